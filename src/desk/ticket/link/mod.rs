//! Which account a ticket is about: matching after the response, and what staff decide.

pub mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::actions::ActError;
use super::{Actor, Grade, Ticket, TicketId, store as tickets};
use crate::desk::account::{
    self, AccountId, Birthdate, Claim, ClaimKeys, EmailAddress, Grade as Graded, MatchOutcome, Phone, RULE_VERSION,
    RegistrationNumber,
};
use crate::desk::inquiry::InquiryKind;
use crate::desk::reply::check::Known;
use crate::desk::reply::disclosure::Address;
use crate::desk::staff::StaffId;
use crate::platform::clock::jst;
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::text;

/// Changed accounts whose tickets are looked up one by one.
const FEW: usize = 2_000;
/// Tickets matched in one transaction.
const BATCH: i64 = 200;

/// The address on file: that of the linked account. For an inquiry of a director it is the director's, never that of a
/// resident: of the director whom the linked registration names, or whom the form does. `None` without any.
///
/// # Errors
/// When the database refuses.
pub async fn address_on_file(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Address>, DbError> {
    match (ticket.account_id, is_of_director(ticket)) {
        (Some(account), false) => store::address_of_account(tx, account).await,
        (Some(account), true) => director_of_account(tx, AccountId(account)).await,
        (None, true) => director_on_file(tx, ticket).await,
        (None, false) => Ok(None),
    }
}

/// Whether a ticket comes from a director or a hospital, and not from who is registered.
pub fn is_of_director(ticket: &Ticket) -> bool {
    ticket.kind == InquiryKind::Director.as_str()
}

/// Staff chose a registration of the programme: its director is meant.
async fn director_of_account(tx: &mut Tx, id: AccountId) -> Result<Option<Address>, DbError> {
    let account = account::store::find_account(tx, id).await?;
    let email = account.and_then(|account| EmailAddress::parse(&account.record.director_email).ok());
    Ok(email.map(|email| Address { address: email.value.as_str().to_owned(), key: email.value.key() }))
}

/// The address of the director of a programme, as the registrations of its residents name it (domain.md §2.22). Two
/// addresses for one name are none: nobody can tell which of them reads the answer.
async fn director_on_file(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Address>, DbError> {
    let field = |name: &str| ticket.fields.0.get(name).map_or("", String::as_str);
    let (program, name) = (plain(field("program")), account::name_key(field("director_name")));
    if program.is_empty() || name.is_empty() {
        return Ok(None);
    }
    let mut found: Option<Address> = None;
    for director in store::directors(tx, field("specialty")).await? {
        if plain(&director.program) != program || account::name_key(&director.director_name) != name {
            continue;
        }
        let Ok(email) = EmailAddress::parse(&director.director_email) else { continue };
        let address = Address { address: email.value.as_str().to_owned(), key: email.value.key() };
        match &found {
            Some(other) if other.key != address.key => return Ok(None),
            _ => found = Some(address),
        }
    }
    Ok(found)
}

/// The name of a programme without what differs from hand to hand: widths and blanks.
fn plain(program: &str) -> String {
    text::fold(program).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The registration numbers that belong to a ticket: what was typed, and what is on file of its account.
///
/// # Errors
/// When the database refuses.
pub async fn numbers_of(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<i64>, DbError> {
    let mut numbers: Vec<i64> = ticket.registration_number.into_iter().collect();
    if let Some(account) = ticket.account_id {
        let account = account::store::find_account(tx, account::AccountId(account)).await?;
        numbers.extend(account.map(|account| account.record.registration_number.value()));
    }
    Ok(numbers)
}

/// What is on file of the accounts a ticket may be about, for the check before sending.
///
/// # Errors
/// When the database refuses.
pub async fn known_of_candidates(tx: &mut Tx, ticket: &Ticket) -> Result<Vec<Known>, DbError> {
    let mut known = store::known_of_candidates(tx, ticket.id, ticket.account_id).await?;
    let digits = |text: &str| Phone::parse(text).map(|phone| phone.value.digits().to_owned()).unwrap_or_default();
    let given = digits(&ticket.requester_phone);
    for account in &mut known {
        account.phone = Some(digits(&account.phone)).filter(|phone| *phone != given).unwrap_or_default();
        account.registration_number = account.registration_number.filter(|n| Some(*n) != ticket.registration_number);
    }
    Ok(known)
}

/// Matches tickets that have not been matched yet, or must be again; returns how many. Runs after the response, so that
/// a form answers the same in bytes and in time whether or not a record exists (design rule 7).
///
/// # Errors
/// When the database refuses.
pub async fn match_pending(db: &Db, now: DateTime<Utc>) -> Result<u64, DbError> {
    let mut tx = db.read().await?;
    let mirror = account::mirror::version(&mut tx).await?;
    let pending = store::unmatched(&mut tx, BATCH).await?;
    let mut matched = Vec::new();
    // Candidates are read outside the write: a few look-ups each would hold up every other writer.
    for ticket in pending {
        let claim = claim_of(&ticket, now);
        let candidates = account::store::find_candidates(&mut tx, &claim).await?;
        let candidates = account::twins::living(&mut tx, candidates).await?;
        let outcome = account::match_claim(&claim, candidates.iter().map(|(id, keys)| (*id, keys)));
        matched.push((ticket.id, ticket.grade, outcome));
    }
    drop(tx);
    if matched.is_empty() {
        return Ok(0);
    }
    let write = async move |tx: &mut Tx| {
        account::mirror::wait_in_line(tx).await?;
        if account::mirror::version(tx).await? != mirror {
            // An import came between: what was found may be of yesterday. The tickets still wait and are looked at again.
            return Ok(0);
        }
        let held = store::held_among(tx, matched.iter().map(|(ticket, ..)| *ticket)).await?;
        for (ticket, was, outcome) in &matched {
            // On hold nothing is linked by itself; the candidates are kept up to date all the same.
            let linked = if held.contains(ticket) { None } else { outcome.linked };
            record(tx, *ticket, *was, outcome, linked, now).await?;
        }
        Ok::<u64, DbError>(matched.len() as u64)
    };
    db.write(write).await
}

/// Matches one ticket, in the transaction that it is part of.
///
/// # Errors
/// When there is no such ticket, or the database refuses.
pub async fn match_one(tx: &mut Tx, id: TicketId, now: DateTime<Utc>) -> Result<(), DbError> {
    let ticket = tickets::get(tx, id).await?;
    let claim = claim_of(&ticket, now);
    let candidates = account::store::find_candidates(tx, &claim).await?;
    let candidates = account::twins::living(tx, candidates).await?;
    let outcome = account::match_claim(&claim, candidates.iter().map(|(id, keys)| (*id, keys)));
    let linked = if store::find_hold(tx, id).await?.is_some() { None } else { outcome.linked };
    record(tx, id, ticket.grade, &outcome, linked, now).await
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
    was: Grade,
    outcome: &MatchOutcome<AccountId>,
    linked: Option<AccountId>,
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
    if !store::update_match(tx, ticket, grade, linked, &reasons, RULE_VERSION, now).await? {
        return Ok(());
    }
    let candidates: Vec<_> = outcome.candidates.iter().map(|c| (c.id, i64::from(c.points), json!(c.reasons))).collect();
    // A ticket that was never matched has none yet.
    if was != Grade::Pending || !candidates.is_empty() {
        store::replace_candidates(tx, ticket, &candidates).await?;
    }
    let kind = if linked.is_some() { "linked" } else { "matched" };
    let data = json!({ "grade": grade, "candidates": candidates.len(), "rule": RULE_VERSION });
    tickets::insert_event(tx, ticket, kind, Actor::Job, data, now).await
}

/// A ticket that followed its person from one registration to another, and who had linked it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Moved {
    /// The ticket.
    pub ticket: TicketId,
    /// The member of staff who had linked it; `None` for the rule.
    pub linked_by: Option<i64>,
}

/// Two registrations became one: the tickets of `from` follow to `to`, and each tells so. The link is a decision of
/// people from then on; no rule undoes it.
///
/// # Errors
/// When the database refuses.
pub async fn follow(
    tx: &mut Tx,
    from: AccountId,
    to: AccountId,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, DbError> {
    let moved = store::linked_to(tx, from).await?;
    for ticket in &moved {
        store::update_link(tx, ticket.ticket, Some(to), Some(by.0), now).await?;
        let data = json!({ "from": from, "to": to });
        tickets::insert_event(tx, ticket.ticket, "account_repaired", Actor::Staff(by), data, now).await?;
    }
    Ok(moved)
}

/// The repair is taken back: the tickets that followed return, unless staff linked them elsewhere since.
///
/// # Errors
/// When the database refuses.
pub async fn follow_back(
    tx: &mut Tx,
    moved: &[Moved],
    from: AccountId,
    to: AccountId,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for Moved { ticket, linked_by } in moved {
        let stands = tickets::find(tx, *ticket).await?.is_some_and(|t| t.account_id == Some(from.0));
        if stands {
            store::update_link(tx, *ticket, Some(to), *linked_by, now).await?;
            let data = json!({ "from": from, "to": to });
            tickets::insert_event(tx, *ticket, "repair_undone", Actor::Staff(by), data, now).await?;
        }
    }
    Ok(())
}

/// Has unfinished tickets matched again for which one of these accounts is a candidate and that staff have not linked.
///
/// # Errors
/// When the database refuses.
pub async fn match_again_for(tx: &mut Tx, accounts: &[AccountId]) -> Result<u64, DbError> {
    store::mark_stale_of(tx, accounts).await
}

/// The tickets of an account that are not closed.
///
/// # Errors
/// When the database refuses.
pub async fn unfinished_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Ticket>, DbError> {
    store::unfinished_of(tx, account).await
}

/// How many replies of staff left, or wait to leave, since an instant: on these tickets, and on those of the account that are about its
/// registrations.
///
/// # Errors
/// When the database refuses.
pub async fn replies_since(
    tx: &mut Tx,
    account: AccountId,
    tickets: &[TicketId],
    since: DateTime<Utc>,
) -> Result<i64, DbError> {
    store::count_replies_since(tx, account, tickets, since).await
}

/// Staff put the match on hold (保留): nothing is linked by itself until somebody decides.
///
/// # Errors
/// When there is no such ticket.
pub async fn hold(tx: &mut Tx, id: TicketId, by: StaffId, now: DateTime<Utc>) -> Result<(), ActError> {
    tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if store::insert_hold(tx, id, by, now).await? {
        tickets::insert_event(tx, id, "match_held", Actor::Staff(by), json!({}), now).await?;
    }
    Ok(())
}

/// The hold is over without a decision: the ticket is matched again.
///
/// # Errors
/// When there is no such ticket.
pub async fn release(tx: &mut Tx, id: TicketId, by: StaffId, now: DateTime<Utc>) -> Result<(), ActError> {
    tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if store::delete_hold(tx, id).await? {
        store::mark_one_stale(tx, id).await?;
        tickets::insert_event(tx, id, "match_released", Actor::Staff(by), json!({}), now).await?;
    }
    Ok(())
}

/// Staff say which account it is. One that a repair put away stands for its survivor.
///
/// # Errors
/// When there is no such ticket or account.
pub async fn link(tx: &mut Tx, id: TicketId, by: StaffId, to: AccountId, now: DateTime<Utc>) -> Result<(), ActError> {
    let to = account::twins::store::survivor_of(tx, to).await?.unwrap_or(to);
    let account = account::store::find_account(tx, to).await?.ok_or(ActError::NotFound)?;
    if !store::update_link(tx, id, Some(to), Some(by.0), now).await? {
        return Err(ActError::NotFound);
    }
    store::delete_hold(tx, id).await?;
    let data = json!({ "account": account.record.account_id });
    Ok(tickets::insert_event(tx, id, "linked", Actor::Staff(by), data, now).await?)
}

/// Staff take a link away.
///
/// # Errors
/// When there is no such ticket.
pub async fn unlink(tx: &mut Tx, id: TicketId, by: StaffId, now: DateTime<Utc>) -> Result<(), ActError> {
    if !store::update_link(tx, id, None, Some(by.0), now).await? {
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
        store::update_link(tx, id, None, Some(by.0), now).await?;
    }
    Ok(tickets::insert_event(tx, id, "candidate_rejected", Actor::Staff(by), json!({}), now).await?)
}
