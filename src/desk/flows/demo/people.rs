//! The invented doctors of the demo: those of `account::synth`, a third of them already in training, with the
//! applications, withdrawals and training records that the online system keeps beside a registration.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};

use crate::desk::account::nested::{Application, Nested, TrainingRecord, Withdrawal, WithdrawalDecision};
use crate::desk::account::synth::Synth;
use crate::desk::account::{AccountRecord, ApplicationState, Birthdate, ImportRow, Phase, RegistrationNumber};
use crate::platform::clock::fiscal_year;

/// Exactly `count` registrations; some doctors have registered twice.
pub(super) fn registrations(count: u32, seed: u64, today: NaiveDate) -> Vec<AccountRecord> {
    let count = count as usize;
    let mut accounts = Synth::new(seed).population(count, today).accounts;
    accounts.truncate(count);
    for (n, account) in accounts.iter_mut().enumerate().step_by(3) {
        account.phase = Some(Phase::Trainee);
        account.entry_fiscal_year = Some(i64::from(today.year()) - 1 - (n % 7) as i64);
        account.application_state = Some(ApplicationState::Accepted);
    }
    if let Some(last) = accounts.last_mut() {
        be_the_guest(last);
    }
    accounts
}

/// 窓口 花子, whom the tour of the README plays: who types her data finds their ticket linked.
fn be_the_guest(account: &mut AccountRecord) {
    let texts = [
        (&mut account.family_name, "窓口"),
        (&mut account.given_name, "花子"),
        (&mut account.family_kana, "マドグチ"),
        (&mut account.given_kana, "ハナコ"),
        (&mut account.email, "hanako.madoguchi@example.jp"),
    ];
    for (field, text) in texts {
        text.clone_into(field);
    }
    account.registration_number = RegistrationNumber::new(612_048).unwrap_or(account.registration_number);
    account.birthdate = NaiveDate::from_ymd_opt(1996, 4, 21).map_or(account.birthdate, Birthdate::new);
    account.former_names.clear();
    account.former_emails.clear();
}

/// The rows of the mirror: the registrations, with what does not fit a row.
pub(super) fn rows(accounts: &[AccountRecord], now: DateTime<Utc>, today: NaiveDate) -> Vec<ImportRow> {
    let row = |(n, account): (usize, &AccountRecord)| ImportRow {
        nested: Nested {
            applications: Some(applications(n, account, now, today)),
            withdrawal: Some(withdrawal(n, account, now)),
            records: Some(records(n, account, today)),
            former_emails: None,
        },
        ..ImportRow::whole(account.clone())
    };
    accounts.iter().enumerate().map(row).collect()
}

/// A trainee has the application that was accepted, a third of them after another that was not; an applicant the ones of
/// this year.
fn applications(n: usize, account: &AccountRecord, now: DateTime<Utc>, today: NaiveDate) -> Vec<Application> {
    let one = |fiscal_year: i64, round: &str, state, decided_at| Application {
        fiscal_year,
        round: round.to_owned(),
        program: account.program.clone(),
        specialty: account.specialty.clone(),
        state,
        decided_at,
    };
    let state = account.application_state.unwrap_or(ApplicationState::Unapplied);
    let next_year = i64::from(fiscal_year(today)) + 1;
    match (account.phase, account.entry_fiscal_year) {
        (Some(Phase::Trainee), Some(entry)) => {
            let decided = now - Duration::days(365 * (next_year - entry) + 60);
            let accepted = |round| one(entry, round, ApplicationState::Accepted, Some(decided));
            if n.is_multiple_of(9) {
                let first = one(entry, "1", ApplicationState::Rejected, Some(decided - Duration::days(30)));
                return vec![first, accepted("2")];
            }
            vec![accepted("1")]
        }
        _ if state == ApplicationState::Unapplied => Vec::new(),
        _ => {
            let is_decided = state != ApplicationState::Applied;
            vec![one(next_year, "1", state, is_decided.then(|| now - Duration::days(12)))]
        }
    }
}

/// Who wants to withdraw stands somewhere between the request and the mail that ends it.
fn withdrawal(n: usize, account: &AccountRecord, now: DateTime<Utc>) -> Option<Withdrawal> {
    let days = |days: i64| Some(now - Duration::days(days));
    let (decided, mailed) = match account.application_state? {
        ApplicationState::WithdrawalRequested if n.is_multiple_of(2) => (None, None),
        ApplicationState::WithdrawalRequested => (days(1), None),
        ApplicationState::Withdrawn => (days(4), days(3)),
        _ => return None,
    };
    Some(Withdrawal {
        requested_at: days(6),
        reason_given: "家庭の事情により、別の地域での研修を希望するため".to_owned(),
        director_decided_at: decided,
        decision: decided.map(|_| WithdrawalDecision::Approved),
        mailed_at: mailed,
    })
}

/// The records of a trainee, year by year: some with a break for a child or an illness, some with days that no entry
/// covers.
fn records(n: usize, account: &AccountRecord, today: NaiveDate) -> Vec<TrainingRecord> {
    let (Some(Phase::Trainee), Some(entry)) = (account.phase, account.entry_fiscal_year) else { return Vec::new() };
    let base = account.program.split("専門研修").next().unwrap_or_default();
    let base = base.strip_suffix(&account.specialty).unwrap_or(base).to_owned();
    let entry_of = |from: NaiveDate, to: Option<NaiveDate>, status: &str, site: &str, reason: &str| TrainingRecord {
        from,
        to,
        status: status.to_owned(),
        site: site.to_owned(),
        interruption_reason: reason.to_owned(),
        note: String::new(),
    };
    let day = |year: i32, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
    let first = i32::try_from(entry).unwrap_or(today.year());
    let mut records = Vec::new();
    // Three years of training; who began longer ago has finished.
    for (turn, year) in (first..=fiscal_year(today)).take(3).enumerate() {
        let (from, last) = (day(year, 4, 1), day(year + 1, 3, 31));
        let to = (last < today).then_some(last);
        let site = if turn == 1 { "みどり野市立病院" } else { base.as_str() };
        match (n % 12, turn) {
            (3, 1) => {
                records.push(entry_of(from, Some(day(year, 7, 31)), "研修中", site, ""));
                let back = day(year, 12, 31);
                let ended = (back < today).then_some(back);
                records.push(entry_of(day(year, 8, 1), ended, "中断", "", "出産・育児"));
                if back < today {
                    records.push(entry_of(day(year + 1, 1, 1), to, "研修中", site, ""));
                }
            }
            // The new hospital was entered two weeks late.
            (6, 1) => records.push(entry_of(day(year, 4, 16), to, "研修中", site, "")),
            (9, 0) => {
                records.push(entry_of(from, Some(day(year, 9, 30)), "研修中", site, ""));
                records.push(entry_of(day(year, 10, 1), Some(day(year, 11, 15)), "中断", "", "病気療養"));
                records.push(entry_of(day(year, 12, 1), to, "研修中", site, ""));
            }
            _ => records.push(entry_of(from, to, "研修中", site, "")),
        }
    }
    records.retain(|record| record.from <= today);
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::account::gaps;

    #[test]
    fn the_records_hold_breaks_and_gaps_and_the_applications_fit_their_state() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        let now = today.and_hms_opt(3, 0, 0).unwrap().and_utc();
        let accounts = registrations(300, 1, today);
        let rows = rows(&accounts, now, today);
        let records: Vec<_> = rows.iter().filter_map(|row| row.nested.records.as_ref()).collect();
        let with_break = records.iter().filter(|r| r.iter().any(TrainingRecord::is_interruption)).count();
        let in_training = |r: &[TrainingRecord]| r.last().is_some_and(|last| last.to.is_none());
        let with_gap = records.iter().filter(|r| in_training(r) && !gaps(r, today).is_empty()).count();
        assert!(with_break > 5 && with_gap > 2, "{with_break} {with_gap}");
        assert!(rows.iter().any(|row| matches!(&row.nested.withdrawal, Some(Some(w)) if w.mailed_at.is_some())));
        assert_eq!(accounts.iter().filter(|a| a.registration_number.value() == 612_048).count(), 1);
        for (row, account) in rows.iter().zip(&accounts) {
            let last = row.nested.applications.as_ref().and_then(|all| all.last());
            assert!(last.is_none_or(|last| Some(last.state) == account.application_state), "{}", account.account_id);
        }
    }
}
