//! Acts of a case that are about who somebody is (F35, and an ID told elsewhere): one person asks, another of role lead or
//! above approves, and the case moves in the transaction of the approval (rooms: staff, account, ticket, flows).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::machine::{Doing, Move};
use super::{Case, CaseError, move_to, needs_two_people, of};
use crate::desk::account::store::{self as accounts, Account};
use crate::desk::account::{AccountId, Birthdate, EmailAddress, RegistrationNumber};
use crate::desk::flows::changes::{self, ChangeAct, NewChange};
use crate::desk::staff::approval::{self, Approval, ApprovalId, ApprovalKind, NewApproval};
use crate::desk::staff::{Staff, StaffId};
use crate::desk::ticket::{Ticket, TicketId, elsewhere, store as tickets};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use chrono::{DateTime, Utc};

/// What waits for the second person, exactly as it will be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// The ticket.
    pub ticket: TicketId,
    /// Word of the workflow.
    pub flow: String,
    /// The act, and the state it was asked from.
    pub act: String,
    /// That state.
    pub seen: String,
    /// The sentence that goes with the act.
    pub note: String,
    /// The item of the profile that changes; empty for other acts.
    pub item: String,
    /// What the requester says it is now.
    pub old_value: String,
    /// What it shall be.
    pub new_value: String,
    /// The registration it is about, when the ticket is linked, and when its copy last changed.
    pub account: Option<(AccountId, i64)>,
}

fn kind_of(flow: &str) -> ApprovalKind {
    if flow == "profile" { ApprovalKind::Profile } else { ApprovalKind::Exception }
}

/// The request that waits for a second person on this case.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(
    tx: &mut Tx,
    ticket: &Ticket,
    case: &Case,
    now: DateTime<Utc>,
) -> Result<Option<Approval>, DbError> {
    let latest = approval::latest_of(tx, kind_of(case.flow.word), &elsewhere::object(ticket)).await?;
    Ok(latest.filter(|approval| approval.is_open(now)))
}

/// Asks for the second person. A change of the profile needs a link: without it nobody could tell whose it is.
pub(super) async fn ask(
    tx: &mut Tx,
    (ticket, case): (&Ticket, &Case),
    by: &Staff,
    step: &Move,
    note: &str,
    now: DateTime<Utc>,
) -> Result<ApprovalId, CaseError> {
    let kind = kind_of(case.flow.word);
    let account = account_of(tx, ticket).await?;
    if kind == ApprovalKind::Profile && account.is_none() {
        return Err(CaseError::NotLinked);
    }
    let field = |name: &str| ticket.fields.0.get(name).cloned().unwrap_or_default();
    let is_profile = kind == ApprovalKind::Profile;
    let said = |name: &str| if is_profile { field(name) } else { String::new() };
    let waiting = Waiting {
        ticket: ticket.id,
        flow: case.flow.word.to_owned(),
        act: step.act.to_owned(),
        seen: case.state.word.to_owned(),
        note: note.to_owned(),
        item: said("item"),
        old_value: said("old_value"),
        new_value: said("new_value"),
        account: account.map(|account| (account.id, account.updated_at.timestamp_micros())),
    };
    let new = NewApproval { kind, object: elsewhere::object(ticket), request: json!(waiting), reason: note.to_owned() };
    Ok(approval::ask(tx, by.id, &new, now).await?)
}

/// Does what was approved: the case moves, and a change of the profile becomes a line of the change set.
///
/// # Errors
/// [`CaseError::Moved`] when the case, the link or the registration is another by now; nothing is stored then.
pub async fn carry_out(tx: &mut Tx, approved: &Approval, by: &Staff, now: DateTime<Utc>) -> Result<(), CaseError> {
    let waiting: Waiting = serde_json::from_value(approved.request.0.clone()).map_err(|_| CaseError::NotFound)?;
    let ticket = tickets::find(tx, waiting.ticket).await?.ok_or(CaseError::NotFound)?;
    let case = of(tx, &ticket).await?.ok_or(CaseError::NotFound)?;
    let account = account_of(tx, &ticket).await?;
    let stands = account.as_ref().map(|account| (account.id, account.updated_at.timestamp_micros()));
    if case.flow.word != waiting.flow || case.state.word != waiting.seen || stands != waiting.account {
        return Err(CaseError::Moved);
    }
    let doing = Doing {
        act: &waiting.act,
        note: &waiting.note,
        is_for_two: needs_two_people(&ticket, &case),
        is_approved: true,
    };
    let to = case.flow.step(case.state.word, &doing).map_err(CaseError::Refused)?;
    move_to(tx, &ticket, &case, &waiting.act, to, &waiting.note, by, now).await?;
    if let (ApprovalKind::Profile, Some(account)) = (approved.kind, account) {
        let change = change_of((&waiting.item, &waiting.old_value, &waiting.new_value), &account, now);
        changes::ask(tx, approved.asked_by, &approved.object, &[change], now).await?;
    }
    Ok(())
}

/// The registration that an act of one person alone changes: the approval of a profile's item. `None` for every other act.
///
/// # Errors
/// [`CaseError::NotLinked`]: without a link nobody could tell whose it is.
pub(super) async fn account_of_approval(
    tx: &mut Tx,
    ticket: &Ticket,
    case: &Case,
    act: &str,
) -> Result<Option<Account>, CaseError> {
    if case.flow.word != "profile" || act != "approve" {
        return Ok(None);
    }
    account_of(tx, ticket).await?.ok_or(CaseError::NotLinked).map(Some)
}

/// Asks the online system for what a ticket about the profile wants.
///
/// # Errors
/// When the database refuses.
pub(super) async fn ask_for_change(
    tx: &mut Tx,
    ticket: &Ticket,
    account: &Account,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let field = |name: &str| ticket.fields.0.get(name).map_or("", String::as_str);
    let change = change_of((field("item"), field("old_value"), field("new_value")), account, now);
    changes::ask(tx, by, &elsewhere::object(ticket), &[change], now).await
}

async fn account_of(tx: &mut Tx, ticket: &Ticket) -> Result<Option<Account>, DbError> {
    match ticket.account_id {
        Some(id) => accounts::find_account(tx, AccountId(id)).await,
        None => Ok(None),
    }
}

/// What the online system is asked to set: the value on file (what the requester says it is, where the copy does not have it),
/// and the new one in its canonical form where it has one.
fn change_of((item, said, new): (&str, &str, &str), account: &Account, now: DateTime<Utc>) -> NewChange {
    let (record, typed) = (&account.record, new.trim());
    let today = now.with_timezone(&jst()).date_naive();
    let (field, old, new) = match item {
        "birthdate" => {
            let new = Birthdate::parse(typed, today).map(|read| read.value.date().to_string());
            ("birthdate", record.birthdate.date().to_string(), new.ok())
        }
        "registration_number" => {
            let new = RegistrationNumber::parse(typed).map(|read| read.value.value().to_string());
            ("registration_number", record.registration_number.value().to_string(), new.ok())
        }
        "email" => {
            let new = EmailAddress::parse(typed).map(|read| read.value.as_str().to_owned());
            ("email", record.email.clone(), new.ok())
        }
        "name" => ("name", record.full_name(), None),
        "kana" => ("kana", record.full_kana(), None),
        "phone" => ("phone", record.phone.clone(), None),
        "address" => ("address", said.to_owned(), None),
        "gender" => ("gender", said.to_owned(), None),
        "university" => ("university", said.to_owned(), None),
        "registered_on" => ("registered_on", said.to_owned(), None),
        "clinical_training" => ("clinical_training", said.to_owned(), None),
        _ => ("other", said.to_owned(), None),
    };
    let new = new.unwrap_or_else(|| typed.to_owned());
    NewChange { account_id: record.account_id.clone(), act: ChangeAct::Set, field, old, new }
}
