//! The outbox in SQL.

use chrono::{DateTime, Duration, Utc};

use super::{
    Claimed, Counts, Delivery, LOST_ANSWERS, MailState, NewMail, OutboxId, Outcome, REPEAT_AFTER_MINUTES, suppression,
    wait_after,
};
use crate::platform::db::{Builder, DbError, Query, Tx, dialect, query};

/// Queues a mail, due at once. `None`: a mail of the same cause is there already.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, mail: &NewMail, now: DateTime<Utc>) -> Result<Option<OutboxId>, DbError> {
    let insert = query(
        "INSERT INTO outbox (kind, dedupe_key, ticket_id, message_id, mail_id, in_reply_to, to_address, to_key,
            reply_token, subject, body, is_automatic, state, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $13)
         ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
    );
    Ok(bind(insert, mail, now).fetch_optional::<(OutboxId,)>(tx).await?.map(|(id,)| id))
}

/// Queues an automatic mail unless its address already got `cap_per_day` automatic mails in the last 24 hours (0: no
/// cap) or is suppressed. `None`: over the cap, suppressed, or there already. Exact also when many ask at once (SEC-008): the second waits for the
/// first on PostgreSQL, and SQLite has one writer.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue_automatic(
    tx: &mut Tx,
    mail: &NewMail,
    now: DateTime<Utc>,
    cap_per_day: u32,
) -> Result<Option<OutboxId>, DbError> {
    let mail = &NewMail { is_automatic: true, ..mail.clone() };
    if suppression::is_held_back(tx, mail.kind, &mail.to_key).await? {
        return Ok(None);
    }
    if cap_per_day == 0 {
        return enqueue(tx, mail, now).await;
    }
    dialect::wait_in_line(tx, "outbox", &mail.to_key).await?;
    let insert = query(
        "INSERT INTO outbox (kind, dedupe_key, ticket_id, message_id, mail_id, in_reply_to, to_address, to_key,
            reply_token, subject, body, is_automatic, state, due_at, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $13
         WHERE (SELECT COUNT(*) FROM outbox WHERE to_key = $8 AND is_automatic AND created_at > $14) < $15
         ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
    );
    let insert = bind(insert, mail, now).bind(now - Duration::hours(24)).bind(cap_per_day);
    Ok(insert.fetch_optional::<(OutboxId,)>(tx).await?.map(|(id,)| id))
}

fn bind(insert: Query, mail: &NewMail, now: DateTime<Utc>) -> Query {
    insert
        .bind(mail.kind)
        .bind(&mail.dedupe_key)
        .bind(mail.ticket_id)
        .bind(mail.message_id)
        .bind(&mail.mail_id)
        .bind(&mail.in_reply_to)
        .bind(&mail.to_address)
        .bind(&mail.to_key)
        .bind(&mail.reply_token)
        .bind(&mail.subject)
        .bind(&mail.body)
        .bind(mail.is_automatic)
        .bind(now)
}

/// Takes up to `limit` due mails for sending until `now + lease`. Mails of one ticket to one address are taken one
/// after the other, so that they arrive in order (REL-031). Mails whose sender died are taken again once its lease has
/// passed. `now` is [`dialect::db_now`].
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(tx: &mut Tx, now: DateTime<Utc>, lease: Duration, limit: i64) -> Result<Vec<Claimed>, DbError> {
    // While a mail is being sent, its due time is the end of the lease: one condition finds new, refused and abandoned.
    let claim = Builder::new(
        "WITH due AS MATERIALIZED (SELECT o.id FROM outbox o WHERE o.state IN ('queued', 'sending', 'unknown')",
    )
    .with(" AND o.due_at <= ?", now)
    .with(" AND o.lost_answers < ?", LOST_ANSWERS)
    .with(
        " AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.ticket_id = o.ticket_id AND e.to_key = o.to_key
            AND e.id < o.id AND e.state IN ('queued', 'sending', 'unknown') AND e.lost_answers < ?)",
        LOST_ANSWERS,
    )
    .with(" ORDER BY o.due_at, o.id LIMIT ?", limit)
    .push(dialect::skip_locked(tx))
    .push(") UPDATE outbox SET state = 'sending', fencing = fencing + 1, attempts = attempts + 1")
    .with(", lease_until = ?", now + lease)
    .with(", due_at = ?", now + lease)
    .push(
        " WHERE id IN (SELECT id FROM due)
          RETURNING id, fencing, kind, ticket_id, message_id, mail_id, in_reply_to, to_address, reply_token, subject,
            body, is_automatic, attempts, lost_answers, created_at",
    );
    let mut claimed: Vec<Claimed> = claim.build().fetch_all(tx).await?;
    claimed.sort_by_key(|mail| mail.id);
    Ok(claimed)
}

/// When the next mail that waits is due.
///
/// # Errors
/// When the database refuses.
pub async fn next_due(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, DbError> {
    let row: Option<(DateTime<Utc>,)> = query(
        "SELECT due_at FROM outbox WHERE state IN ('queued', 'sending', 'unknown') AND lost_answers < $1
         ORDER BY due_at LIMIT 1",
    )
    .bind(LOST_ANSWERS)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(at,)| at))
}

/// Ends an attempt and returns the mail's new state; `None` when the claim was lost to another process meanwhile
/// (nothing is changed then: the other one answers for the mail).
///
/// # Errors
/// When the database refuses.
pub async fn finish(
    tx: &mut Tx,
    claim: &Claimed,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<Option<MailState>, DbError> {
    let mut lost_answers = claim.lost_answers;
    let (state, due_at, error) = match outcome {
        Outcome::Sent => (MailState::Sent, now, String::new()),
        Outcome::Permanent(error) => (MailState::Failed, now, error),
        Outcome::Passing(error) => match wait_after(claim.attempts) {
            Some(wait) => (MailState::Queued, now + wait, error),
            None => (MailState::Failed, now, error),
        },
        Outcome::Unknown(error) => {
            lost_answers += 1;
            (MailState::Unknown, now + Duration::minutes(REPEAT_AFTER_MINUTES), error)
        }
    };
    let changed = query(
        "UPDATE outbox SET state = $1, due_at = $2, lease_until = NULL, lost_answers = $3, last_error = $4,
            sent_at = CASE WHEN $1 = 'sent' THEN $5 ELSE sent_at END
         WHERE id = $6 AND fencing = $7 AND state = 'sending'",
    )
    .bind(state)
    .bind(due_at)
    .bind(lost_answers)
    .bind(error.chars().filter(|c| *c != '\0').take(500).collect::<String>())
    .bind(now)
    .bind(claim.id)
    .bind(claim.fencing)
    .execute(tx)
    .await?;
    Ok((changed == 1).then_some(state))
}

/// Hands a claimed mail back untried: it is due again at once, and the claim was no attempt.
///
/// # Errors
/// When the database refuses.
pub async fn give_back(tx: &mut Tx, claim: &Claimed, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "UPDATE outbox SET state = 'queued', due_at = $1, lease_until = NULL, attempts = attempts - 1
         WHERE id = $2 AND fencing = $3 AND state = 'sending'",
    )
    .bind(now)
    .bind(claim.id)
    .bind(claim.fencing)
    .execute(tx)
    .await?;
    Ok(())
}

/// Queues a failed or unknown mail once more, because a member of staff asked for it. `false`: it is neither.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Tx, id: OutboxId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE outbox SET state = 'queued', due_at = $1, attempts = 0, lost_answers = 0
         WHERE id = $2 AND state IN ('failed', 'unknown')",
    )
    .bind(now)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Notes that a mail came back (不達). A second notice of the same mail keeps the first time. `None`: no mail of ours.
///
/// # Errors
/// When the database refuses.
pub async fn mark_bounced(
    tx: &mut Tx,
    id: OutboxId,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<Option<MailState>, DbError> {
    let row: Option<(MailState,)> = query(
        "UPDATE outbox SET bounced_at = COALESCE(bounced_at, $1), bounce_detail = $2 WHERE id = $3 RETURNING state",
    )
    .bind(now)
    .bind(detail.chars().filter(|c| *c != '\0').take(500).collect::<String>())
    .bind(id)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(state,)| state))
}

/// The mail of ours that carries this Message-ID (without angle brackets).
///
/// # Errors
/// When the database refuses.
pub async fn find_by_mail_id(tx: &mut Tx, mail_id: &str) -> Result<Option<Delivery>, DbError> {
    columns().with(" WHERE mail_id = ?", mail_id).build().fetch_optional(tx).await
}

/// The newest mail of a ticket that was mailed with this reply token: what a bounce to that address is about. The
/// token must have been verified.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_reply_token(tx: &mut Tx, ticket_id: i64, token: &str) -> Result<Option<Delivery>, DbError> {
    columns()
        .with(" WHERE ticket_id = ?", ticket_id)
        .with(" AND reply_token = ?", token)
        .push(" ORDER BY id DESC LIMIT 1")
        .build()
        .fetch_optional(tx)
        .await
}

/// Every mail of a ticket, oldest first: the delivery state beside each message.
///
/// # Errors
/// When the database refuses.
pub async fn states_for_ticket(tx: &mut Tx, ticket_id: i64) -> Result<Vec<Delivery>, DbError> {
    columns().with(" WHERE ticket_id = ?", ticket_id).push(" ORDER BY id").build().fetch_all(tx).await
}

/// Mails in one state, newest first, before `before` (the last id of the page above).
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut Tx,
    state: MailState,
    before: Option<OutboxId>,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    columns()
        .with(" WHERE state = ?", state)
        .with_opt(" AND id < ?", before)
        .with(" ORDER BY id DESC LIMIT ?", limit)
        .build()
        .fetch_all(tx)
        .await
}

/// How many mails wait, are being sent, are unknown, have failed.
///
/// # Errors
/// When the database refuses.
pub async fn counts(tx: &mut Tx) -> Result<Counts, DbError> {
    let rows: Vec<(MailState, i64)> = query(
        "SELECT state, COUNT(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown', 'failed') GROUP BY state",
    )
    .fetch_all(tx)
    .await?;
    let mut counts = Counts::default();
    for (state, n) in rows {
        match state {
            MailState::Queued => counts.queued = n,
            MailState::Sending => counts.sending = n,
            MailState::Unknown => counts.unknown = n,
            MailState::Failed => counts.failed = n,
            MailState::Sent => {}
        }
    }
    Ok(counts)
}

fn columns() -> Builder {
    Builder::new(
        "SELECT id, kind, ticket_id, message_id, mail_id, to_address, to_key, subject, is_automatic, state, attempts,
            last_error, due_at, created_at, sent_at, bounced_at, bounce_detail FROM outbox",
    )
}
