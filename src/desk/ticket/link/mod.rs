//! Which account a ticket is about: matching after the response, and what staff decide.

pub mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::actions::ActError;
use super::{Actor, Grade, Ticket, TicketId, store as tickets};
use crate::desk::account::{
    self, AccountId, Birthdate, Claim, ClaimKeys, Grade as Graded, MatchOutcome, RULE_VERSION, RegistrationNumber,
};
use crate::desk::reply::disclosure::Address;
use crate::desk::staff::StaffId;
use crate::platform::clock::jst;
use crate::platform::db::{Db, DbError, Tx};

/// Changed accounts whose tickets are looked up one by one.
const FEW: usize = 2_000;
/// Tickets matched in one transaction.
const BATCH: i64 = 20;

/// The address on file of the linked account; `None` without a link or without an address.
///
/// # Errors
/// When the database refuses.
pub async fn address_on_file(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Address>, DbError> {
    let Some(account) = ticket.account_id else { return Ok(None) };
    store::address_of_account(tx, account).await
}

/// Matches tickets that have not been matched yet, or must be again; returns how many. Runs after the response, so that
/// a form answers the same in bytes and in time whether or not a record exists (design rule 7).
///
/// # Errors
/// When the database refuses.
pub async fn match_pending(db: &Db, now: DateTime<Utc>) -> Result<u64, DbError> {
    let pending = store::unmatched(&mut db.read().await?, BATCH).await?;
    let mut matched = Vec::new();
    // Candidates are read outside the write: a few look-ups each would hold up every other writer.
    for ticket in pending {
        let claim = claim_of(&ticket, now);
        let mut tx = db.read().await?;
        let candidates = account::store::find_candidates(&mut tx, &claim).await?;
        let outcome = account::match_claim(&claim, candidates.iter().map(|(id, keys)| (*id, keys)));
        matched.push((ticket.id, ticket.last_seq, outcome));
    }
    let count = matched.len() as u64;
    if count > 0 {
        let write = async move |tx: &mut Tx| {
            for (ticket, _, outcome) in &matched {
                record(tx, *ticket, outcome, now).await?;
            }
            Ok::<(), DbError>(())
        };
        db.write(write).await?;
    }
    Ok(count)
}

/// Has unfinished tickets that staff have not linked matched again, since these accounts of the mirror have changed:
/// those that name one of them by number, birthdate or address or had one as a candidate; after a large import all.
///
/// # Errors
/// When the database refuses.
pub async fn match_again(tx: &mut Tx, changed: &[AccountId]) -> Result<u64, DbError> {
    if changed.len() > FEW { store::mark_all_stale(tx).await } else { store::mark_stale(tx, changed).await }
}

/// Has every unfinished ticket matched again that another rule matched; for the start of the desk.
///
/// # Errors
/// When the database refuses.
pub async fn match_again_under_new_rule(tx: &mut Tx) -> Result<u64, DbError> {
    store::mark_stale_under_other_rule(tx, RULE_VERSION).await
}

fn claim_of(ticket: &Ticket, now: DateTime<Utc>) -> ClaimKeys {
    let text = |text: &str| Some(text.to_owned());
    let claim = Claim {
        registration_number: text(&ticket.registration_number_raw),
        birthdate: text(&ticket.birthdate_raw),
        name: text(&ticket.requester_name),
        kana: text(&ticket.requester_kana),
        email: text(&ticket.requester_email),
        phone: text(&ticket.requester_phone),
    };
    ClaimKeys::of_ticket(
        ticket.registration_number.and_then(RegistrationNumber::new),
        ticket.born_on.map(Birthdate::new),
        &claim,
        now.with_timezone(&jst()).date_naive(),
    )
}

async fn record(
    tx: &mut Tx,
    ticket: TicketId,
    outcome: &MatchOutcome<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let grade = match outcome.grade {
        Graded::Exact => Grade::Exact,
        Graded::Strong => Grade::Strong,
        Graded::Weak => Grade::Weak,
        Graded::None => Grade::None,
        Graded::Conflict => Grade::Conflict,
    };
    let reasons = outcome.candidates.first().map_or_else(|| json!([]), |c| json!(c.reasons));
    // A link that staff made meanwhile stays: the update says so itself.
    if !store::update_match(tx, ticket, grade, outcome.linked, &reasons, RULE_VERSION, now).await? {
        return Ok(());
    }
    let candidates: Vec<_> = outcome.candidates.iter().map(|c| (c.id, i64::from(c.points), json!(c.reasons))).collect();
    store::replace_candidates(tx, ticket, &candidates).await?;
    let kind = if outcome.linked.is_some() { "linked" } else { "matched" };
    let data = json!({ "grade": grade, "candidates": candidates.len(), "rule": RULE_VERSION });
    tickets::insert_event(tx, ticket, kind, Actor::Job, data, now).await
}

/// Staff say which account it is.
///
/// # Errors
/// When there is no such ticket or account.
pub async fn link(tx: &mut Tx, id: TicketId, by: StaffId, to: AccountId, now: DateTime<Utc>) -> Result<(), ActError> {
    let account = account::store::find_account(tx, to).await?.ok_or(ActError::NotFound)?;
    if !store::update_link(tx, id, Some(to), by, now).await? {
        return Err(ActError::NotFound);
    }
    let data = json!({ "account": account.record.account_id });
    Ok(tickets::insert_event(tx, id, "linked", Actor::Staff(by), data, now).await?)
}

/// Staff take a link away.
///
/// # Errors
/// When there is no such ticket.
pub async fn unlink(tx: &mut Tx, id: TicketId, by: StaffId, now: DateTime<Utc>) -> Result<(), ActError> {
    if !store::update_link(tx, id, None, by, now).await? {
        return Err(ActError::NotFound);
    }
    Ok(tickets::insert_event(tx, id, "unlinked", Actor::Staff(by), json!({}), now).await?)
}

/// Staff say that a candidate is another person (別人); a link to it goes too.
///
/// # Errors
/// When there is no such ticket or candidate.
pub async fn reject(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if !store::reject_candidate(tx, id, account, now).await? {
        return Err(ActError::NotFound);
    }
    if ticket.account_id == Some(account.0) {
        store::update_link(tx, id, None, by, now).await?;
    }
    Ok(tickets::insert_event(tx, id, "candidate_rejected", Actor::Staff(by), json!({}), now).await?)
}
