//! Letters to directors, and the withdrawals they are about.

use chrono::{DateTime, NaiveDate, Utc};

use crate::desk::staff::StaffId;
use crate::desk::ticket::{Ticket, TicketId};
use crate::platform::db::{DbError, Tx, query};

/// Notes a letter; false when there was one that day.
pub(super) async fn insert(
    tx: &mut Tx,
    ticket: TicketId,
    day: NaiveDate,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let inserted = query(
        "INSERT INTO director_nudges (ticket_id, day, staff_id, sent_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(ticket)
    .bind(day)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(inserted == 1)
}

pub(super) async fn last(tx: &mut Tx, ticket: TicketId) -> Result<Option<DateTime<Utc>>, DbError> {
    let row: Option<(DateTime<Utc>,)> =
        query("SELECT sent_at FROM director_nudges WHERE ticket_id = $1 ORDER BY day DESC LIMIT 1")
            .bind(ticket)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(at,)| at))
}

/// Withdrawals that are linked to a registration and not closed, oldest first.
pub(super) async fn linked_withdrawals(tx: &mut Tx) -> Result<Vec<Ticket>, DbError> {
    query(
        "SELECT * FROM tickets WHERE kind = 'withdraw' AND status <> 'closed' AND is_spam = FALSE \
         AND account_id IS NOT NULL ORDER BY id",
    )
    .fetch_all(tx)
    .await
}
