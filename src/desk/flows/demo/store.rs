//! The demo in SQL.

use chrono::{DateTime, Duration, Utc};

use crate::desk::ticket::{TicketId, undelivered};
use crate::platform::db::{DbError, Tx, query};

/// How long a mail of the demo that "waits" is left alone: nothing of the demo may be mailed.
const NEVER: Duration = Duration::days(3_650);

/// Whether there are neither tickets nor accounts.
pub(super) async fn is_empty(tx: &mut Tx) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        query("SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM tickets) OR EXISTS (SELECT 1 FROM accounts)")
            .fetch_optional(tx)
            .await?;
    Ok(row.is_none())
}

/// Tickets about images that are linked to a registration and have no image yet, with their registration.
pub(super) async fn image_tickets(tx: &mut Tx, limit: i64) -> Result<Vec<(i64, i64)>, DbError> {
    query(
        "SELECT t.id, t.account_id FROM tickets t WHERE t.kind = 'image' AND t.account_id IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM images i WHERE i.ticket_id = t.id) ORDER BY t.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Counts what waits in the outbox as sent at once: nothing of the demo may be mailed.
pub(super) async fn count_as_sent(tx: &mut Tx) -> Result<(), DbError> {
    query("UPDATE outbox SET state = 'sent', sent_at = created_at, attempts = 1 WHERE state = 'queued'")
        .execute(tx)
        .await?;
    Ok(())
}

/// A reply of staff that was mailed.
#[derive(sqlx::FromRow)]
pub(super) struct Sent {
    pub(super) mail_id: String,
    pub(super) to_address: String,
    pub(super) reply_token: String,
    pub(super) subject: String,
    pub(super) requester_name: String,
    pub(super) created_at: DateTime<Utc>,
}

/// The latest mailed replies of tickets that wait for their requester, newest first.
pub(super) async fn latest_replies(tx: &mut Tx, limit: i64) -> Result<Vec<Sent>, DbError> {
    query(
        "SELECT o.mail_id, o.to_address, o.reply_token, o.subject, t.requester_name, o.created_at \
         FROM outbox o JOIN tickets t ON t.id = o.ticket_id \
         WHERE o.kind = 'staff_reply' AND o.reply_token <> '' AND t.status = 'waiting_on_requester' \
         ORDER BY o.id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Three of the latest mails did not leave: one is to be sent again, one was refused, of one nobody knows.
pub(super) async fn leave_some_unsent(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    let rows: Vec<(i64, TicketId, String)> = query(
        "SELECT o.id, o.ticket_id, o.kind FROM outbox o JOIN tickets t ON t.id = o.ticket_id \
         WHERE o.state = 'sent' AND o.bounced_at IS NULL AND t.is_spam = FALSE ORDER BY o.id DESC LIMIT 3",
    )
    .fetch_all(tx)
    .await?;
    let refused = "550 5.1.1 user unknown";
    let states = [
        ("queued", "451 4.7.1 greylisted, please try again later", 3_i64, 0_i64),
        ("failed", refused, 1, 0),
        ("unknown", "the connection was lost after the mail had been handed over", 2, 2),
    ];
    for ((id, ticket, kind), (state, why, attempts, lost)) in rows.into_iter().zip(states) {
        query(
            "UPDATE outbox SET state = $1, last_error = $2, attempts = $3, lost_answers = $4, sent_at = NULL, due_at = $5 \
             WHERE id = $6",
        )
        .bind(state)
        .bind(why)
        .bind(attempts)
        .bind(lost)
        .bind(now + NEVER)
        .bind(id)
        .execute(tx)
        .await?;
        if state == "failed" {
            undelivered::note(tx, ticket, &kind, why, now).await?;
        }
    }
    Ok(())
}

/// A linked ticket that staff work on and whose requester wrote from another address than the one on file.
pub(super) async fn written_from_elsewhere(tx: &mut Tx) -> Result<Option<TicketId>, DbError> {
    let row: Option<(TicketId,)> = query(
        "SELECT t.id FROM tickets t JOIN accounts a ON a.id = t.account_id \
         WHERE t.needs_staff = 1 AND t.is_spam = FALSE AND t.requester_email LIKE 'private%' ORDER BY t.id DESC LIMIT 1",
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// The registration numbers of linked tickets, newest first.
pub(super) async fn linked_numbers(tx: &mut Tx, limit: i64) -> Result<Vec<i64>, DbError> {
    let rows: Vec<(i64,)> = query(
        "SELECT registration_number FROM tickets WHERE account_id IS NOT NULL AND registration_number IS NOT NULL \
         ORDER BY id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}
