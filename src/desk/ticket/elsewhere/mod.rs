//! Answering to another address than the one on file: asked by one person, sent when another approves, and to nobody but
//! the address they both saw (SEC-084, design rule 10).

pub mod store;

use serde_json::json;

use super::actions::{self, ActError, Sending};
use super::{Actor, MessageId, Status, Ticket, TicketId, link, store as tickets};
use crate::desk::Context;
use crate::desk::reply::disclosure::{Address, Recipient, Route};
use crate::desk::staff::StaffId;
use crate::desk::staff::approval::{self, Approval, ApprovalError, ApprovalId, ApprovalKind, NewApproval};
use crate::platform::db::{DbError, Tx};

/// Why an answer was not sent elsewhere, or not asked for. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ElsewhereError {
    /// The ticket, its link, or the address is another by now.
    #[error("the ticket has changed since")]
    Changed,
    /// The typed address is the one on file, or there is none: an ordinary reply does.
    #[error("an ordinary reply goes there")]
    NotNeeded,
    /// The reply itself.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

impl From<DbError> for ElsewhereError {
    fn from(error: DbError) -> Self {
        Self::Act(error.into())
    }
}

/// What is kept of an answer until it is approved.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Waiting {
    ticket: TicketId,
    account: i64,
    to: String,
    to_key: String,
    body: String,
    then: Status,
}

/// How the approvals name a ticket.
pub fn object(ticket: &Ticket) -> String {
    format!("ticket:{}", ticket.number)
}

/// Asks for an answer to be sent to the address the requester typed although another one is on file.
///
/// # Errors
/// [`ElsewhereError::NotNeeded`], an empty text, or nobody who could approve.
pub async fn ask(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    by: StaffId,
    (body, then): (&str, Status),
    reason: &str,
) -> Result<ApprovalId, ElsewhereError> {
    let ticket = tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if body.trim().is_empty() {
        return Err(ActError::Empty.into());
    }
    let on_file = link::address_on_file(tx, &ticket).await?;
    let is_elsewhere = on_file.is_some_and(|on_file| on_file.key != ticket.requester_email_key);
    let Some(account) = ticket.account_id.filter(|_| is_elsewhere && !ticket.requester_email_key.is_empty()) else {
        return Err(ElsewhereError::NotNeeded);
    };
    let waiting = Waiting {
        ticket: id,
        account,
        to: ticket.requester_email.clone(),
        to_key: ticket.requester_email_key.clone(),
        body: body.to_owned(),
        then,
    };
    let new = NewApproval {
        kind: ApprovalKind::Disclosure,
        object: object(&ticket),
        request: json!(waiting),
        reason: reason.to_owned(),
    };
    let approval = approval::ask(tx, by, &new, ctx.now()).await?;
    tickets::insert_event(tx, id, "disclosure_asked", Actor::Staff(by), json!({ "approval": approval }), ctx.now())
        .await?;
    Ok(approval)
}

/// Sends what was approved, in the transaction of the approval.
///
/// # Errors
/// [`ElsewhereError::Changed`] when the ticket is about another account or has another address by now.
pub async fn send(tx: &mut Tx, ctx: &Context, approved: &Approval) -> Result<MessageId, ElsewhereError> {
    let waiting: Waiting = serde_json::from_value(approved.request.0.clone()).map_err(|_| ElsewhereError::Changed)?;
    let ticket = tickets::find(tx, waiting.ticket).await?.ok_or(ActError::NotFound)?;
    let is_same = ticket.account_id == Some(waiting.account) && ticket.requester_email_key == waiting.to_key;
    if !is_same {
        return Err(ElsewhereError::Changed);
    }
    let to = Address { address: waiting.to, key: waiting.to_key };
    deliver(tx, ctx, &ticket, approved, &to, (&waiting.body, waiting.then)).await
}

/// Sends an answer about the account to an address that two people agreed on, and remembers that they did.
///
/// # Errors
/// When there is no such ticket.
pub async fn deliver(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    approved: &Approval,
    to: &Address,
    (body, then): (&str, Status),
) -> Result<MessageId, ElsewhereError> {
    let seq = tickets::take_seq(tx, ticket.id, None, None, ctx.now()).await?.ok_or(ActError::NotFound)?;
    let to_one = Recipient { address: to.address.clone(), key: to.key.clone(), is_on_file: false };
    let sending = Sending { staff: approved.asked_by, seq, body, then, about_account: true };
    let message = actions::send(tx, ctx, ticket, sending, &Route { to: to_one, neutral_to: None }).await?;
    store::insert(tx, message, approved.id, &to.key).await?;
    Ok(message)
}
