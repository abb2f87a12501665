//! Where a ticket stands and what it is due for, in the database.

use chrono::{DateTime, Utc};

use super::Due;
use crate::desk::period::Touched;
use crate::desk::ticket::{Status, Ticket, TicketId};
use crate::platform::db::{DbError, Tx, query};

/// Sets the status of a ticket as it stands in the database, and the instants that belong to it.
pub(in crate::desk::ticket) async fn update_status(
    tx: &mut Tx,
    ticket: &Ticket,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    move_to(tx, ticket, status, Due::of_moved(ticket, status, false, now), None, now).await
}

/// The same for a ticket that staff have just answered.
pub(in crate::desk::ticket) async fn update_answered(
    tx: &mut Tx,
    ticket: &Ticket,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    move_to(tx, ticket, status, Due::of_moved(ticket, status, true, now), Some(now), now).await
}

async fn move_to(
    tx: &mut Tx,
    ticket: &Ticket,
    status: Status,
    due: Due,
    answered_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let waiting = (status == Status::WaitingOnRequester).then_some(now);
    let resolved = (status == Status::Resolved).then_some(now);
    let closed = (status == Status::Closed).then_some(now);
    query(
        "UPDATE tickets SET status = $1, needs_staff = $2, updated_at = $3, waiting_since = $4, reminded_at = NULL, \
         resolved_at = COALESCE($5, CASE WHEN $1 = 'closed' THEN resolved_at END), closed_at = $6, \
         answer_by = $8, answer_left_s = $9, due_at = $10, answered_at = COALESCE(answered_at, $11) WHERE id = $7",
    )
    .bind(status)
    .bind(i64::from(status.needs_staff()))
    .bind(now)
    .bind(waiting)
    .bind(resolved)
    .bind(closed)
    .bind(ticket.id)
    .bind(due.answer_by)
    .bind(due.left)
    .bind(due.at)
    .bind(answered_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Sets the kind of inquiry, with the edge and the promise that belong to it.
pub(in crate::desk::ticket) async fn update_kind(
    tx: &mut Tx,
    id: TicketId,
    kind: &str,
    touched: Option<Touched>,
    due: Due,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query(
        "UPDATE tickets SET kind = $1, updated_at = $2, edge_at = $3, is_late = $4, answer_by = $5, answer_left_s = $6, \
         due_at = $7 WHERE id = $8",
    )
    .bind(kind)
    .bind(now)
    .bind(touched.map(|touched| touched.edge_at))
    .bind(touched.is_some_and(|touched| touched.is_late))
    .bind(due.answer_by)
    .bind(due.left)
    .bind(due.at)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that somebody was told of a deadline at a step (0: of a correction), in the words of a reminder of the kind or in
/// none; false when it was noted before, and then it stays as it is.
pub(in crate::desk::ticket) async fn insert_notice(
    tx: &mut Tx,
    id: TicketId,
    edge_at: DateTime<Utc>,
    hours: i64,
    reminder: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let rows = query(
        "INSERT INTO edge_notices (ticket_id, edge_at, hours, reminder, told_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(edge_at)
    .bind(hours)
    .bind(reminder)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(rows > 0)
}

/// Sets whether the requester is reminded before the close.
pub(in crate::desk::ticket) async fn update_wants_reminder(
    tx: &mut Tx,
    id: TicketId,
    wants: bool,
) -> Result<(), DbError> {
    query("UPDATE tickets SET wants_reminder = $1 WHERE id = $2").bind(wants).bind(id).execute(tx).await?;
    Ok(())
}
