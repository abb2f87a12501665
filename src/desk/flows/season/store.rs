//! Open tickets and the edges they touch, moved as a whole: a statement for each span of the season, not one a ticket.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::desk::inquiry::InquiryKind;
use crate::desk::period::Span;
use crate::desk::staff::StaffId;
use crate::desk::ticket::due;
use crate::platform::db::{Builder, DbError, Tx, query};

/// Unfinished tickets of these kinds, received within the span, that touch another close than the span says.
fn wrong(builder: Builder, kinds: &[InquiryKind], span: &Span) -> Builder {
    let is_late = span.touched.is_some_and(|touched| touched.is_late);
    builder
        .push(" WHERE status IN ('new', 'open', 'waiting_on_requester', 'waiting_on_third_party')")
        .with_list(" AND kind IN (", kinds.iter().map(|kind| kind.as_str()), ")")
        .with_opt(" AND received_at >= ?", span.from)
        .with_opt(" AND received_at < ?", span.until)
        .with(" AND (edge_at IS DISTINCT FROM ?", span.touched.map(|touched| touched.edge_at))
        .with(" OR is_late <> ?)", is_late)
}

/// How many tickets a span would move: all, and those whose verdict turns to late or to in time.
pub(super) async fn count_wrong(tx: &mut Tx, kinds: &[InquiryKind], span: &Span) -> Result<(i64, i64, i64), DbError> {
    let is_late = span.touched.is_some_and(|touched| touched.is_late);
    let rows: Vec<(bool, i64)> = wrong(Builder::new("SELECT is_late, COUNT(*) FROM tickets"), kinds, span)
        .push(" GROUP BY is_late")
        .build()
        .fetch_all(tx)
        .await?;
    let turned = |to: bool| rows.iter().filter(|(was, _)| *was != to && is_late == to).map(|(_, n)| n).sum::<i64>();
    Ok((rows.iter().map(|(_, n)| n).sum(), turned(true), turned(false)))
}

/// Moves them, each with an event of its own; returns how many.
pub(super) async fn move_wrong(
    tx: &mut Tx,
    kinds: &[InquiryKind],
    span: &Span,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let edge_at = span.touched.map(|touched| touched.edge_at);
    let is_late = span.touched.is_some_and(|touched| touched.is_late);
    let event = Builder::new("INSERT INTO events (ticket_id, kind, actor, staff_id, data, at) SELECT id, 'edge_moved'")
        .with(", CAST(? AS TEXT)", if by.is_some() { "staff" } else { "system" })
        .with(", ?", by)
        .with(", ?", json!({ "edge_at": edge_at, "is_late": is_late }))
        .with(", ? FROM tickets", now);
    wrong(event, kinds, span).build().execute(tx).await?;
    let ahead = edge_at.filter(|_| !is_late);
    let update = Builder::new("UPDATE tickets SET")
        .with(" edge_at = ?", edge_at)
        .with(", is_late = ?", is_late)
        .with(", due_at = CASE WHEN answer_by IS NOT NULL AND answer_by <= ?", ahead.unwrap_or_else(due::never))
        .with(" THEN answer_by ELSE ? END", ahead.unwrap_or_else(due::never));
    wrong(update, kinds, span).build().execute(tx).await
}

/// Whether any ticket touches this close.
pub(super) async fn count_touching(tx: &mut Tx, kinds: &[InquiryKind], edge_at: DateTime<Utc>) -> Result<i64, DbError> {
    if kinds.is_empty() {
        return Ok(0);
    }
    let (n,): (i64,) = Builder::new("SELECT COUNT(*) FROM tickets")
        .with(" WHERE edge_at = ?", edge_at)
        .with_list(" AND kind IN (", kinds.iter().map(|kind| kind.as_str()), ")")
        .build()
        .fetch_one(tx)
        .await?;
    Ok(n)
}

/// People with a provisional image who have been reminded of this close.
pub(super) async fn count_provisional_told(tx: &mut Tx, edge_at: DateTime<Utc>) -> Result<i64, DbError> {
    let (n,): (i64,) =
        query("SELECT COUNT(*) FROM provisional_images WHERE reminded_edge = $1 AND replaced_at IS NULL")
            .bind(edge_at)
            .fetch_one(tx)
            .await?;
    Ok(n)
}
