//! Who may read a confidential ticket: `ticket_readers` and the mark on the ticket.

use chrono::{DateTime, Utc};

use crate::desk::staff::StaffId;
use crate::desk::ticket::TicketId;
use crate::platform::db::{DbError, Tx, query};

pub(super) async fn update_confidential(
    tx: &mut Tx,
    id: TicketId,
    is_confidential: bool,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE tickets SET is_confidential = $1, updated_at = $2 WHERE id = $3")
        .bind(is_confidential)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(in crate::desk::ticket) async fn insert_reader(
    tx: &mut Tx,
    id: TicketId,
    reader: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO ticket_readers (ticket_id, staff_id, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(reader)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_reader(tx: &mut Tx, id: TicketId, reader: StaffId) -> Result<(), DbError> {
    query("DELETE FROM ticket_readers WHERE ticket_id = $1 AND staff_id = $2")
        .bind(id)
        .bind(reader)
        .execute(tx)
        .await?;
    Ok(())
}

/// Who may read a confidential ticket, by name.
///
/// # Errors
/// When the database refuses.
pub async fn readers(tx: &mut Tx, id: TicketId) -> Result<Vec<(StaffId, String)>, DbError> {
    query(
        "SELECT s.id, s.name FROM ticket_readers r JOIN staff s ON s.id = r.staff_id WHERE r.ticket_id = $1 ORDER BY s.name",
    )
    .bind(id)
    .fetch_all(tx)
    .await
}
