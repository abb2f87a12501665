//! Who has been told of which deadline.

use chrono::{DateTime, Utc};

use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::{Ticket, TicketId};
use crate::platform::db::{DbError, Tx, query};

/// Tickets of a kind that came between two instants, are not closed, and were not told of this deadline; oldest first.
pub(super) async fn untold(
    tx: &mut Tx,
    kind: InquiryKind,
    reminder: &str,
    deadline_at: DateTime<Utc>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Ticket>, DbError> {
    query(
        "SELECT t.* FROM tickets t WHERE t.kind = $1 AND t.status <> 'closed' AND t.is_spam = FALSE \
         AND t.received_at >= $2 AND t.received_at <= $3 AND NOT EXISTS (SELECT 1 FROM deadline_reminders r \
         WHERE r.ticket_id = t.id AND r.reminder = $4 AND r.deadline_at = $5) ORDER BY t.id",
    )
    .bind(kind)
    .bind(from)
    .bind(until)
    .bind(reminder)
    .bind(deadline_at)
    .fetch_all(tx)
    .await
}

pub(super) async fn insert(
    tx: &mut Tx,
    ticket: TicketId,
    reminder: &str,
    deadline_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO deadline_reminders (ticket_id, reminder, deadline_at, sent_at) VALUES ($1, $2, $3, $4)")
        .bind(ticket)
        .bind(reminder)
        .bind(deadline_at)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
