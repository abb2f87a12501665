//! A mail of ours that did not arrive: noted on its ticket, and a ticket whose answer was lost comes back to the desk.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Actor, Status, TicketId, due, store};
use crate::platform::db::{DbError, Tx};

/// Notes that a mail about the ticket was given up or came back. When it carried a reply of staff, somebody must look
/// again: an answered, waiting or closed ticket is opened. `mail_kind` as in the outbox; `why` is what the other side
/// said.
///
/// # Errors
/// When the database refuses.
pub async fn note(tx: &mut Tx, id: TicketId, mail_kind: &str, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    let ticket = store::get(tx, id).await?;
    let reopened = mail_kind == "staff_reply" && !ticket.status.needs_staff();
    if reopened {
        due::store::update_status(tx, &ticket, Status::Open, now).await?;
    }
    let data = json!({ "mail": mail_kind, "why": why, "reopened": reopened });
    store::insert_event(tx, id, "delivery_failed", Actor::System, data, now).await
}
