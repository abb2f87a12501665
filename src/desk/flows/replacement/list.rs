//! Images that wait for a decision, and approved ones that the online system has taken over.

use chrono::{DateTime, Utc};

use crate::desk::licence::{Hints, ImageKind, ImageSource};
use crate::desk::ticket::{SeenBy, TicketId, list};
use crate::platform::db::{Builder, DbError, Tx, query};

/// A line of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    /// The image.
    pub public_id: String,
    /// Its ticket.
    pub number: String,
    /// Who sent it.
    pub requester_name: String,
    /// The registration the ticket is linked to.
    pub account_id: Option<String>,
    /// What it says to be of.
    pub kind: ImageKind,
    /// How it came.
    pub source: ImageSource,
    /// What was noticed.
    pub hints: sqlx::types::Json<Hints>,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// Images that wait, oldest first, of tickets that this person may see.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(tx: &mut Tx, seen_by: SeenBy, limit: i64) -> Result<Vec<Waiting>, DbError> {
    let all = Builder::new(
        "SELECT i.public_id, t.number, t.requester_name, a.account_id, i.kind, i.source, i.hints, i.received_at \
         FROM images i JOIN tickets t ON t.id = i.ticket_id LEFT JOIN accounts a ON a.id = t.account_id \
         WHERE i.state = 'waiting'",
    );
    list::visible(all, seen_by).with(" ORDER BY i.id LIMIT ?", limit).build().fetch_all(tx).await
}

/// How many of them.
///
/// # Errors
/// When the database refuses.
pub async fn count_waiting(tx: &mut Tx, seen_by: SeenBy) -> Result<i64, DbError> {
    let all =
        Builder::new("SELECT COUNT(*) FROM images i JOIN tickets t ON t.id = i.ticket_id WHERE i.state = 'waiting'");
    let (count,): (i64,) = list::visible(all, seen_by).build().fetch_one(tx).await?;
    Ok(count)
}

/// An approved image that the mirror shows to be the one of its registration.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct TakenOver {
    pub ticket_id: TicketId,
    pub public_id: String,
    pub kind: ImageKind,
}

/// Approved images of cases that wait for the online system, and whose registration shows what was asked for and did not show
/// it then. A ticket that was linked to another registration since is left to people.
pub(super) async fn taken_over(tx: &mut Tx) -> Result<Vec<TakenOver>, DbError> {
    query(
        "SELECT t.id AS ticket_id, i.public_id, i.kind FROM cases s JOIN tickets t ON t.id = s.ticket_id \
         JOIN images i ON i.ticket_id = t.id AND i.state = 'approved' \
         JOIN change_requests c ON c.cause = 'image:' || i.public_id AND c.field = 'licence_image' \
         JOIN accounts a ON a.account_id = c.account_id AND a.id = t.account_id \
         WHERE s.flow = 'image' AND s.state = 'approved' AND t.is_spam = FALSE AND c.state <> 'withdrawn' \
         AND a.licence_image = c.new_value AND c.old_value <> c.new_value ORDER BY t.id, i.id DESC",
    )
    .fetch_all(tx)
    .await
}
