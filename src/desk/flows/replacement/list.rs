//! Images that wait for a decision.

use chrono::{DateTime, Utc};

use crate::desk::licence::{Hints, ImageKind, ImageSource};
use crate::desk::ticket::SeenBy;
use crate::platform::db::{Builder, DbError, Tx};

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
    let all = match seen_by {
        SeenBy::Everything => all,
        SeenBy::Anyone => all.push(" AND t.is_confidential = FALSE"),
        SeenBy::Person(id) => all.with(
            " AND (t.is_confidential = FALSE OR EXISTS (SELECT 1 FROM ticket_readers r WHERE r.ticket_id = t.id AND r.staff_id = ?))",
            id,
        ),
    };
    all.with(" ORDER BY i.id LIMIT ?", limit).build().fetch_all(tx).await
}

/// How many wait.
///
/// # Errors
/// When the database refuses.
pub async fn count_waiting(tx: &mut Tx) -> Result<i64, DbError> {
    let (count,): (i64,) =
        Builder::new("SELECT COUNT(*) FROM images WHERE state = 'waiting'").build().fetch_one(tx).await?;
    Ok(count)
}
