//! Who is to be told of a close, and who has been.

use chrono::{DateTime, Duration, Utc};

use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::TicketId;
use crate::platform::db::{Builder, DbError, Tx, query};

/// Tickets whose requester asked to be reminded and whose close lies within (`later_than`, `hours`] hours of `at`, and
/// who have not been told so late of it.
pub(super) async fn due(
    tx: &mut Tx,
    at: DateTime<Utc>,
    hours: i64,
    later_than: i64,
    limit: i64,
) -> Result<Vec<(TicketId, DateTime<Utc>)>, DbError> {
    query(
        "SELECT t.id, t.edge_at FROM tickets t WHERE t.wants_reminder AND t.edge_at > $1 AND t.edge_at <= $2 \
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

/// Tickets that touch a close, by whether they need somebody here and who has them: (needs, assignee, number).
pub(super) async fn touching(
    tx: &mut Tx,
    kinds: &[InquiryKind],
    edge_at: DateTime<Utc>,
) -> Result<Vec<(i64, Option<i64>, String)>, DbError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    Builder::new("SELECT needs_staff, assignee_id, number FROM tickets")
        .with(" WHERE edge_at = ?", edge_at)
        .push(" AND is_late = FALSE AND is_spam = FALSE")
        .push(" AND status IN ('new', 'open', 'waiting_on_requester', 'waiting_on_third_party')")
        .with_list(" AND kind IN (", kinds.iter().map(|kind| kind.as_str()), ")")
        .push(" ORDER BY due_at, id")
        .build()
        .fetch_all(tx)
        .await
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
