//! Where cases stand.

use chrono::{DateTime, Utc};

use crate::desk::staff::StaffId;
use crate::desk::ticket::TicketId;
use crate::platform::db::{DbError, Tx, query};
use serde_json::Value;
use sqlx::types::Json;

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub flow: String,
    pub state: String,
    pub note: String,
    pub since: DateTime<Utc>,
    pub moved_by: Option<i64>,
}

pub(super) async fn find(tx: &mut Tx, ticket: TicketId) -> Result<Option<Row>, DbError> {
    query("SELECT flow, state, note, since, moved_by FROM cases WHERE ticket_id = $1")
        .bind(ticket)
        .fetch_optional(tx)
        .await
}

/// Since when a cell of the data linkage is linked.
pub(super) async fn linked_at(tx: &mut Tx, specialty: &str, year: i64) -> Result<Option<DateTime<Utc>>, DbError> {
    let row: Option<(Option<DateTime<Utc>>,)> = query(
        "SELECT linked_at FROM linkage_cells WHERE specialty = $1 AND entry_fiscal_year = $2 AND state = 'linked'",
    )
    .bind(specialty)
    .bind(year)
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|(at,)| at))
}

pub(super) async fn upsert(
    tx: &mut Tx,
    ticket: TicketId,
    flow: &str,
    state: &str,
    note: &str,
    by: impl Into<Option<StaffId>>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query(
        "INSERT INTO cases (ticket_id, flow, state, note, since, moved_by) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (ticket_id) DO UPDATE SET flow = excluded.flow, state = excluded.state, note = excluded.note, \
         since = excluded.since, moved_by = excluded.moved_by",
    )
    .bind(ticket)
    .bind(flow)
    .bind(state)
    .bind(note)
    .bind(now)
    .bind(by.into())
    .execute(tx)
    .await?;
    Ok(())
}

/// A move of a case: the ticket with its number, what the event says, and when.
pub(super) type Moved = (TicketId, String, Json<Value>, DateTime<Utc>);

/// The latest moves of cases of a workflow on other tickets that came in time, or late; newest first.
pub(super) async fn moves_of(
    tx: &mut Tx,
    flow: &str,
    but: TicketId,
    is_late: bool,
    limit: i64,
) -> Result<Vec<Moved>, DbError> {
    query(
        "SELECT e.ticket_id, t.number, e.data, e.at FROM events e JOIN cases c ON c.ticket_id = e.ticket_id \
         JOIN tickets t ON t.id = e.ticket_id WHERE e.kind = 'case_moved' AND c.flow = $1 AND e.ticket_id <> $2 \
         AND t.is_late = $3 AND t.is_spam = FALSE ORDER BY e.id DESC LIMIT $4",
    )
    .bind(flow)
    .bind(but)
    .bind(is_late)
    .bind(limit)
    .fetch_all(tx)
    .await
}
