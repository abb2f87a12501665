//! Where cases stand.

use chrono::{DateTime, Utc};

use crate::desk::staff::StaffId;
use crate::desk::ticket::TicketId;
use crate::platform::db::{DbError, Tx, query};

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
