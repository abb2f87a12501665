//! The grid, and who has been told.

use chrono::{DateTime, Utc};

use super::LinkageState;
use crate::desk::staff::StaffId;
use crate::desk::ticket::{Ticket, TicketId};
use crate::platform::db::{DbError, Tx, query};

/// A cell of the grid.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Cell {
    /// 基本領域
    pub specialty: String,
    /// 研修開始年度
    pub entry_fiscal_year: i64,
    /// Where it stands.
    pub state: LinkageState,
    /// When it became linked.
    pub linked_at: Option<DateTime<Utc>>,
}

/// The cells that were ever set.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx) -> Result<Vec<Cell>, DbError> {
    query(
        "SELECT specialty, entry_fiscal_year, state, linked_at FROM linkage_cells \
         ORDER BY specialty, entry_fiscal_year",
    )
    .fetch_all(tx)
    .await
}

pub(super) async fn upsert(
    tx: &mut Tx,
    specialty: &str,
    year: i64,
    state: LinkageState,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let linked_at = (state == LinkageState::Linked).then_some(now);
    query(
        "INSERT INTO linkage_cells (specialty, entry_fiscal_year, state, linked_at, set_by, set_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (specialty, entry_fiscal_year) DO UPDATE SET \
         state = excluded.state, \
         linked_at = CASE WHEN linkage_cells.state = 'linked' AND excluded.state = 'linked' \
                     THEN linkage_cells.linked_at ELSE excluded.linked_at END, set_by = excluded.set_by, set_at = excluded.set_at",
    )
    .bind(specialty)
    .bind(year)
    .bind(state)
    .bind(linked_at)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Record tickets that are no spam and whose requester has not been told, oldest first.
pub(super) async fn untold(tx: &mut Tx) -> Result<Vec<Ticket>, DbError> {
    query(
        "SELECT t.* FROM tickets t WHERE t.kind = 'record' AND t.is_spam = FALSE \
         AND NOT EXISTS (SELECT 1 FROM linkage_told l WHERE l.ticket_id = t.id) ORDER BY t.id",
    )
    .fetch_all(tx)
    .await
}

pub(super) async fn insert_told(tx: &mut Tx, ticket: TicketId, now: DateTime<Utc>) -> Result<(), DbError> {
    query("INSERT INTO linkage_told (ticket_id, told_at) VALUES ($1, $2)").bind(ticket).bind(now).execute(tx).await?;
    Ok(())
}
