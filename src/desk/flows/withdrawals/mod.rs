//! Withdrawals that wait for a director (採用辞退, FAQ F22–F26, domain.md §2.14): the case follows what the copy of the online
//! system says, and a director who is silent is written to, by staff or by the job. The job writes only where the online
//! system itself says that the request is there: an inquiry alone, which anybody could have sent, tells a director nothing.
//! Rooms: account, period, ticket, cases.

mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::cases::machine::{Alert, withdrawal_alerts};
use super::cases::{self, Case};
use crate::desk::account::nested::{self, Withdrawal, WithdrawalDecision};
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::{AccountId, ApplicationState, EmailAddress};
use crate::desk::period::{self, PeriodKind};
use crate::desk::staff::StaffId;
use crate::desk::ticket::mails::outward::{self, Nudged};
use crate::desk::ticket::{Actor, Ticket, TicketId, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Why a director was not written to.
#[derive(Debug, thiserror::Error)]
pub enum NudgeError {
    /// The case does not wait for a director.
    #[error("the withdrawal does not wait for a director")]
    NotWaiting,
    /// The ticket is linked to no registration, or the registration names no address of a director.
    #[error("no address of the director is known")]
    NoAddress,
    /// They were written to today.
    #[error("the director was written to today")]
    Today,
    /// No such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl NudgeError {
    /// The sentence a person reads.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            Self::NotWaiting => lang.t(
                "統括責任者の承認を待っている段階ではありません。今の段階を確かめてください。",
                "It does not wait for the director. Look at where it stands now.",
            ),
            Self::NoAddress => lang.t(
                "統括責任者のメールアドレスがわかりません。受付を登録情報に紐付けるか、登録情報の統括責任者を確かめてください。",
                "No address of the director is known. Link the ticket, or look at the director on file.",
            ),
            Self::Today => lang.t(
                "今日はもう連絡しました。返事を待って、明日以降に送ってください。",
                "They were written to today already. Wait for an answer and send tomorrow at the earliest.",
            ),
            Self::NotFound | Self::Db(_) => lang.t(
                "いま送れません。少し待って、もう一度お試しください。",
                "It could not be sent just now. Please wait a little and try again.",
            ),
        }
    }
}

/// The director of a registration who can be written to.
pub fn director(account: &Account) -> Option<EmailAddress> {
    EmailAddress::parse(&account.record.director_email).ok().map(|read| read.value)
}

/// When a director was last written to about a ticket.
///
/// # Errors
/// When the database refuses.
pub async fn last_nudge(tx: &mut Tx, ticket: TicketId) -> Result<Option<DateTime<Utc>>, DbError> {
    store::last(tx, ticket).await
}

/// Writes to the director of a withdrawal that waits; `by` is nobody for the job.
///
/// # Errors
/// Why not; nothing is sent then.
pub async fn nudge(tx: &mut Tx, ctx: &Context, id: TicketId, by: Option<StaffId>) -> Result<(), NudgeError> {
    let now = ctx.now();
    let ticket = tickets::find(tx, id).await?.ok_or(NudgeError::NotFound)?;
    let case = cases::of(tx, &ticket).await?.ok_or(NudgeError::NotWaiting)?;
    if case.flow.word != "withdrawal" || case.state.word != "requested" {
        return Err(NudgeError::NotWaiting);
    }
    let account = linked(tx, &ticket).await?.ok_or(NudgeError::NoAddress)?;
    let to = director(&account).ok_or(NudgeError::NoAddress)?;
    let day = now.with_timezone(&jst()).date_naive();
    if !store::insert(tx, id, day, by, now).await? {
        return Err(NudgeError::Today);
    }
    let (director, resident) = (account.record.director_name.as_str(), account.record.full_name());
    let closes_at = period::season(tx).await?.open_window(PeriodKind::Apply, now).map(|window| window.closes_at);
    let nudged = Nudged { director, resident: &resident, to: &to };
    outbox::enqueue(tx, &outward::director_nudge(ctx, &ticket, &nudged, closes_at, day), now).await?;
    let actor = by.map_or(Actor::Job, Actor::Staff);
    Ok(tickets::insert_event(tx, id, "director_nudged", actor, json!({}), now).await?)
}

async fn linked(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Account>, DbError> {
    match ticket.account_id {
        Some(id) => accounts::find_account(tx, AccountId(id)).await,
        None => Ok(None),
    }
}

/// What the online system says about a withdrawal: the state of the case, and since when.
fn mirrored(
    row: Option<ApplicationState>,
    withdrawal: Option<&Withdrawal>,
) -> Option<(&'static str, Option<DateTime<Utc>>)> {
    let told = withdrawal.and_then(|w| match (w.mailed_at, w.decision, w.requested_at) {
        (Some(at), ..) => Some(("mailed", Some(at))),
        // Asked once more after the refusal.
        (None, Some(WithdrawalDecision::Denied), Some(at)) if w.director_decided_at.is_some_and(|no| no < at) => {
            Some(("requested", Some(at)))
        }
        (None, Some(WithdrawalDecision::Approved), _) => Some(("approved", w.director_decided_at)),
        (None, Some(WithdrawalDecision::Denied), _) => Some(("denied", w.director_decided_at)),
        (None, None, Some(at)) => Some(("requested", Some(at))),
        (None, None, None) => None,
    });
    let by_row = match row {
        Some(ApplicationState::WithdrawalRequested) => Some(("requested", None)),
        // The row says that it is done, not that the mail has left; the director waits no more.
        Some(ApplicationState::Withdrawn) => Some(("approved", None)),
        _ => None,
    };
    told.or(by_row)
}

/// Whether the way from one state to another leads forward: what staff did is never taken back by an older copy. From a
/// refusal back to waiting only by a request `after` it.
fn is_ahead(from: &str, to: &str, is_after: bool) -> bool {
    let place = |state: &str| ["before", "requested", "approved", "mailed"].iter().position(|known| *known == state);
    match (from, to) {
        ("before" | "requested", "denied") | ("denied", "approved" | "mailed") => true,
        ("denied", "requested") => is_after,
        _ => place(from).zip(place(to)).is_some_and(|(from, to)| from < to),
    }
}

/// One thing that is due.
#[derive(Debug, Clone)]
pub enum Due {
    /// The case goes to this state.
    Move(&'static str, DateTime<Utc>),
    /// The director is written to, at this address.
    Nudge(EmailAddress),
}

/// Brings at most `limit` cases up to date and writes to their directors. Returns how many were touched.
///
/// # Errors
/// When the database refuses.
pub async fn follow(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, DbError> {
    let now = ctx.now();
    let mut done = 0;
    for (ticket, due) in due(tx, now, limit).await? {
        match due {
            Due::Move(to, since) => cases::settle_since(tx, &ticket, Actor::Job, (to, since), "", now).await?,
            Due::Nudge(_) => match nudge(tx, ctx, ticket.id, None).await {
                Ok(()) => {}
                Err(NudgeError::Db(error)) => return Err(error),
                // Nobody to write to: it stays an alert on the page.
                Err(_) => continue,
            },
        }
        done += 1;
    }
    Ok(done)
}

/// How many directors would be written to, or cases moved, at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn count_due(tx: &mut Tx, at: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(i64::try_from(due(tx, at, i64::MAX).await?.len()).unwrap_or(i64::MAX))
}

/// What would be done at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx, at: DateTime<Utc>, limit: i64) -> Result<Vec<(Ticket, Due)>, DbError> {
    let closes_at = period::season(tx).await?.open_window(PeriodKind::Apply, at).map(|window| window.closes_at);
    let mut found = Vec::new();
    for ticket in store::linked_withdrawals(tx).await? {
        if i64::try_from(found.len()).is_ok_and(|n| n >= limit) {
            break;
        }
        let (Some(case), Some(account)) = (cases::of(tx, &ticket).await?, linked(tx, &ticket).await?) else { continue };
        let withdrawal = nested::store::withdrawal(tx, account.id).await?;
        let row = account.record.application_state;
        let Some((says, since)) = mirrored(row, withdrawal.as_ref()) else { continue };
        if is_ahead(case.state.word, says, since.is_some_and(|since| since > case.since)) {
            found.push((ticket, Due::Move(says, since.unwrap_or(at).min(at))));
        } else if says == "requested"
            && let Some(to) = director(&account)
            && is_silent(tx, &ticket, &case, at, closes_at).await?
        {
            found.push((ticket, Due::Nudge(to)));
        }
    }
    Ok(found)
}

/// Whether the director has been silent for so long, since the request or since the last letter, that they are written to.
async fn is_silent(
    tx: &mut Tx,
    ticket: &Ticket,
    case: &Case,
    at: DateTime<Utc>,
    closes_at: Option<DateTime<Utc>>,
) -> Result<bool, DbError> {
    let last = store::last(tx, ticket.id).await?;
    let since = last.map_or(case.since, |last| last.max(case.since));
    let alerts = withdrawal_alerts(case.state.word, since, at, closes_at);
    Ok(alerts.iter().any(|alert| matches!(alert, Alert::SilentDirector { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_leads_a_case_forward_and_never_back() {
        for (from, to, is_later, ahead) in [
            ("before", "requested", false, true),
            ("requested", "mailed", false, true),
            ("requested", "denied", false, true),
            ("denied", "approved", false, true),
            ("approved", "requested", true, false),
            ("mailed", "denied", true, false),
            ("requested", "requested", true, false),
            ("denied", "requested", false, false),
            ("denied", "requested", true, true),
        ] {
            assert_eq!(is_ahead(from, to, is_later), ahead, "{from} → {to}");
        }
    }

    #[test]
    fn a_second_request_waits_again_and_a_row_that_says_withdrawn_waits_no_more() {
        let at = |day: i64| DateTime::from_timestamp(1_770_000_000 + day * 86_400, 0);
        let denied = |requested_at, decided_at| Withdrawal {
            requested_at,
            director_decided_at: decided_at,
            decision: Some(WithdrawalDecision::Denied),
            reason_given: String::new(),
            mailed_at: None,
        };
        let says = |row, withdrawal: Option<&Withdrawal>| mirrored(row, withdrawal).map(|(state, _)| state);
        assert_eq!(says(None, Some(&denied(at(0), at(1)))), Some("denied"));
        assert_eq!(says(None, Some(&denied(at(2), at(1)))), Some("requested"));
        assert_eq!(mirrored(None, Some(&denied(at(2), at(1)))).unwrap().1, at(2));
        assert_eq!(says(Some(ApplicationState::Withdrawn), None), Some("approved"));
        assert_eq!(says(Some(ApplicationState::WithdrawalRequested), None), Some("requested"));
        assert_eq!(says(Some(ApplicationState::Accepted), None), None);
    }
}
