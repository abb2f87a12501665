//! Confidential tickets (機密): what only a few may know of, such as harassment as a reason to move (FAQ F64). Whoever is
//! not one of the readers neither sees nor finds nor counts them; leads and admins see everything, for somebody must be
//! able to hand a ticket on (SEC-052, SEC-056).

pub mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::actions::ActError;
use super::{Actor, SeenBy, Ticket, TicketId, list, store as tickets};
use crate::desk::staff::{Role, Staff, StaffId, people};
use crate::platform::db::{DbError, Tx};

/// What a member of staff may see.
pub fn seen_by(staff: &Staff) -> SeenBy {
    if staff.role.includes(Role::Lead) { SeenBy::Everything } else { SeenBy::Person(staff.id.0) }
}

/// Whether somebody may see a ticket.
///
/// # Errors
/// When the database refuses.
pub async fn may_see(tx: &mut Tx, ticket: &Ticket, seen_by: SeenBy) -> Result<bool, DbError> {
    Ok(!ticket.is_confidential || !list::visible_among(tx, &[ticket.id.0], seen_by).await?.is_empty())
}

/// Marks a ticket that its form makes confidential (its kind, or what was answered); nobody but leads reads it then, until
/// one of them names readers.
///
/// # Errors
/// When the database refuses.
pub async fn mark(tx: &mut Tx, id: TicketId, now: DateTime<Utc>) -> Result<(), DbError> {
    store::update_confidential(tx, id, true, now).await?;
    tickets::insert_event(tx, id, "made_confidential", Actor::System, json!({}), now).await
}

/// Makes a ticket confidential or open to all again. Whoever does it and whoever works on it become its readers.
///
/// # Errors
/// When there is no such ticket.
pub async fn set(
    tx: &mut Tx,
    id: TicketId,
    by: Actor,
    is_confidential: bool,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.is_confidential == is_confidential {
        return Ok(());
    }
    store::update_confidential(tx, id, is_confidential, now).await?;
    if is_confidential {
        for reader in [by.staff(), ticket.assignee_id.map(StaffId)].into_iter().flatten() {
            store::insert_reader(tx, id, reader, now).await?;
        }
    }
    let kind = if is_confidential { "made_confidential" } else { "made_open" };
    Ok(tickets::insert_event(tx, id, kind, by, json!({}), now).await?)
}

/// Lets somebody else read a confidential ticket, or no longer.
///
/// # Errors
/// When there is no such ticket or person.
pub async fn set_reader(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    reader: StaffId,
    may_read: bool,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    tickets::find(tx, id).await?.filter(|t| t.is_confidential).ok_or(ActError::NotFound)?;
    people::find(tx, reader).await?.filter(|p| p.disabled_at.is_none()).ok_or(ActError::NotFound)?;
    if may_read {
        store::insert_reader(tx, id, reader, now).await?;
    } else {
        store::delete_reader(tx, id, reader).await?;
    }
    let data = json!({ "reader": reader, "may_read": may_read });
    Ok(tickets::insert_event(tx, id, "readers_changed", Actor::Staff(by), data, now).await?)
}
