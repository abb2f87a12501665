//! Images that wait for a decision.

use chrono::{DateTime, Utc};

use crate::desk::licence::{Hints, ImageKind, ImageSource};
use crate::desk::ticket::{SeenBy, list};
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
