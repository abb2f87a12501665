//! Who is to be told of a deadline, and who has been.

use chrono::{DateTime, Duration, Utc};

use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::{SeenBy, Ticket, TicketId, list};
use crate::platform::db::{Builder, DbError, Tx, query};

/// Tickets whose requester asked to be reminded and whose close lies within (`later_than`, `hours`] hours of `at`, and
/// who have not been told so late of it.
pub(super) async fn asked(
    tx: &mut Tx,
    at: DateTime<Utc>,
    hours: i64,
    later_than: i64,
    limit: i64,
) -> Result<Vec<Ticket>, DbError> {
    query(
        "SELECT t.* FROM tickets t WHERE t.wants_reminder AND t.edge_at > $1 AND t.edge_at <= $2 \
         AND t.is_late = FALSE AND t.is_spam = FALSE AND t.status <> 'closed' \
         AND NOT EXISTS (SELECT 1 FROM edge_notices n WHERE n.ticket_id = t.id AND n.edge_at = t.edge_at \
         AND n.hours > 0 AND n.hours <= $3) ORDER BY t.edge_at, t.id LIMIT $4",
    )
    .bind(at + Duration::hours(later_than))
    .bind(at + Duration::hours(hours))
    .bind(hours)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Tickets of a kind that came between two instants, are not closed, and to whom this reminder of this deadline was not
/// sent; oldest first.
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
         AND t.received_at >= $2 AND t.received_at <= $3 AND NOT EXISTS (SELECT 1 FROM edge_notices n \
         WHERE n.ticket_id = t.id AND n.reminder = $4 AND n.edge_at = $5) ORDER BY t.id",
    )
    .bind(kind)
    .bind(from)
    .bind(until)
    .bind(reminder)
    .bind(deadline_at)
    .fetch_all(tx)
    .await
}

/// Whether a ticket was told of a deadline at this step or a later one.
pub(super) async fn is_told(
    tx: &mut Tx,
    ticket: TicketId,
    deadline_at: DateTime<Utc>,
    hours: i64,
) -> Result<bool, DbError> {
    let row: Option<(i64,)> = query(
        "SELECT hours FROM edge_notices WHERE ticket_id = $1 AND edge_at = $2 AND hours > 0 AND hours <= $3 LIMIT 1",
    )
    .bind(ticket)
    .bind(deadline_at)
    .bind(hours)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// Tickets whose requester has been told of this deadline already and not corrected since.
pub(super) async fn told(tx: &mut Tx, deadline_at: DateTime<Utc>) -> Result<Vec<TicketId>, DbError> {
    let rows: Vec<(TicketId,)> = query(
        "SELECT DISTINCT n.ticket_id FROM edge_notices n WHERE n.edge_at = $1 AND n.hours > 0 \
         AND NOT EXISTS (SELECT 1 FROM edge_notices c WHERE c.ticket_id = n.ticket_id AND c.edge_at = $1 AND c.hours = 0) \
         ORDER BY n.ticket_id",
    )
    .bind(deadline_at)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Tickets that touch a close, by whether they need somebody here and who has them: (needs, assignee, number).
pub(super) async fn touching(
    tx: &mut Tx,
    kinds: &[InquiryKind],
    edge_at: DateTime<Utc>,
    seen_by: SeenBy,
) -> Result<Vec<(i64, Option<i64>, String)>, DbError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let touching = Builder::new("SELECT t.needs_staff, t.assignee_id, t.number FROM tickets t")
        .with(" WHERE t.edge_at = ?", edge_at)
        .push(" AND t.is_late = FALSE AND t.is_spam = FALSE")
        .push(" AND t.status IN ('new', 'open', 'waiting_on_requester', 'waiting_on_third_party')")
        .with_list(" AND t.kind IN (", kinds.iter().map(|kind| kind.as_str()), ")");
    list::visible(touching, seen_by).push(" ORDER BY t.due_at, t.id").build().fetch_all(tx).await
}

/// Which of these mails have been queued before.
pub(super) async fn queued(tx: &mut Tx, keys: &[String]) -> Result<Vec<String>, DbError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String,)> = Builder::new("SELECT dedupe_key FROM outbox")
        .with_list(" WHERE dedupe_key IN (", keys.iter(), ")")
        .build()
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}
