//! What the nested data of an account say to staff: whether a withdrawal is under way, and where training records leave
//! a gap.

use chrono::{Days, NaiveDate};

use super::nested::{TrainingRecord, Withdrawal, WithdrawalDecision};

impl Withdrawal {
    /// Asked for and not yet told to the person: nothing new can be applied for until then (F22, F25).
    pub fn is_pending(&self) -> bool {
        let is_denied = self.decision == Some(WithdrawalDecision::Denied);
        self.requested_at.is_some() && self.mailed_at.is_none() && !is_denied
    }
}

impl TrainingRecord {
    /// Whether it is a break or a pause: no training, and no gap either (F37, F40).
    pub fn is_interruption(&self) -> bool {
        !self.interruption_reason.is_empty() || self.status.contains("中断") || self.status.contains("休止")
    }
}

/// Days that no entry covers, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first day without an entry.
    pub from: NaiveDate,
    /// The last day without an entry.
    pub to: NaiveDate,
}

impl Gap {
    /// How long.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }
}

/// The gaps of the entries up to `today` (「空白の期間」がないこと: F40, F41: from the start of training until now). Entries may
/// overlap, come in any order and be open at the end. Without entries there is nothing to measure.
pub fn gaps(records: &[TrainingRecord], today: NaiveDate) -> Vec<Gap> {
    let mut spans: Vec<(NaiveDate, NaiveDate)> =
        records.iter().map(|r| (r.from, r.to.unwrap_or(today.max(r.from)))).filter(|(a, b)| a <= b).collect();
    spans.sort_unstable();
    let Some(&(_, first_end)) = spans.first() else { return Vec::new() };
    let day_after = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(day);
    let mut covered = first_end;
    let mut gaps = Vec::new();
    for &(from, to) in &spans[1..] {
        if from > day_after(covered) && day_after(covered) <= today {
            let last = from.pred_opt().unwrap_or(from).min(today);
            gaps.push(Gap { from: day_after(covered), to: last });
        }
        covered = covered.max(to);
    }
    if covered < today {
        gaps.push(Gap { from: day_after(covered), to: today });
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn record(from: &str, to: &str) -> TrainingRecord {
        TrainingRecord {
            from: day(from),
            to: (!to.is_empty()).then(|| day(to)),
            status: "研修中".into(),
            site: String::new(),
            interruption_reason: String::new(),
            note: String::new(),
        }
    }

    fn found(records: &[TrainingRecord]) -> Vec<(String, String, i64)> {
        gaps(records, day("2026-11-30")).iter().map(|g| (g.from.to_string(), g.to.to_string(), g.days())).collect()
    }

    #[test]
    fn a_day_without_an_entry_is_a_gap_and_an_overlap_is_none() {
        let whole = [record("2024-04-01", "2025-03-31"), record("2025-04-01", "")];
        assert!(found(&whole).is_empty());
        let one_day = [record("2025-04-02", ""), record("2024-04-01", "2025-03-31")];
        assert_eq!(found(&one_day), [("2025-04-01".into(), "2025-04-01".into(), 1)]);
        let overlap = [record("2024-04-01", "2026-11-30"), record("2024-06-01", "2024-07-01")];
        assert!(found(&overlap).is_empty());
    }

    #[test]
    fn what_was_never_closed_runs_until_today_and_what_ended_leaves_a_gap_until_today() {
        assert!(found(&[record("2024-04-01", "")]).is_empty());
        assert_eq!(found(&[record("2024-04-01", "2026-11-28")]), [("2026-11-29".into(), "2026-11-30".into(), 2)]);
        assert!(found(&[record("2027-04-01", "")]).is_empty(), "training that begins later has no gap yet");
        let leap = [record("2024-02-01", "2024-02-28"), record("2024-03-01", "")];
        assert_eq!(found(&leap), [("2024-02-29".into(), "2024-02-29".into(), 1)], "29 February is a day");
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn a_withdrawal_is_pending_until_the_person_was_told_or_it_was_denied() {
        let at = day("2026-11-30").and_hms_opt(3, 0, 0).map(|at| at.and_utc());
        let mut w = Withdrawal {
            requested_at: at,
            reason_given: String::new(),
            director_decided_at: None,
            decision: None,
            mailed_at: None,
        };
        assert!(w.is_pending());
        w.decision = Some(WithdrawalDecision::Approved);
        assert!(w.is_pending(), "approved, not told");
        w.mailed_at = at;
        assert!(!w.is_pending());
    }
}
