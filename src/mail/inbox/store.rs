//! Raw mails in SQL.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};

use super::held::HeldMail;
use super::{Cause, Outcome, RawMailId, Stored};
use crate::desk::ticket::TicketId;
use crate::platform::db::{Builder, DbError, Tx, Value, query};

/// Reading a mail is begun this often; one that stops the reader each time is held.
const ATTEMPTS: i64 = 3;
/// How long a registered mail may be under way before another attempt counts as one.
const UNDER_WAY_SECONDS: i64 = 30;
/// How long the same text under another Message-ID counts as the same mail (REL-037).
const SAME_CONTENT_MINUTES: i64 = 10;

/// Where a stored mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mail) enum Standing {
    /// To be read and settled.
    Fresh(RawMailId),
    /// Registered before, by a process that did not come to its end.
    Resumed(RawMailId),
    /// It stopped the reader too often.
    Poisonous(RawMailId),
    /// The Message-ID of another mail with another text: held.
    OtherText(RawMailId),
    /// Taken in before.
    Known(RawMailId),
}

#[derive(sqlx::FromRow)]
struct Known {
    id: RawMailId,
    dedupe_key: String,
    content_key: String,
    outcome: Outcome,
}

/// Registers mails whose bytes are durable, all in one statement, and tells where each stands.
///
/// # Errors
/// When the database refuses; nothing is registered then.
pub(in crate::mail) async fn register(
    tx: &mut Tx,
    mailbox: &str,
    mails: &[Stored],
    now: DateTime<Utc>,
) -> Result<Vec<Standing>, DbError> {
    let fresh = insert(tx, mailbox, mails, now).await?;
    let old: HashSet<String> = mails.iter().map(Stored::dedupe_key).filter(|key| !fresh.contains_key(key)).collect();
    let known = find_known(tx, old).await?;
    let mut taken = HashSet::new();
    let mut standings = Vec::with_capacity(mails.len());
    for mail in mails {
        let key = mail.dedupe_key();
        standings.push(match (fresh.get(&key), known.get(&key)) {
            (Some((id, _)), _) if taken.insert(*id) => Standing::Fresh(*id),
            (Some((id, content)), _) if *content == mail.content_key => Standing::Known(*id),
            (None, Some(known)) if known.content_key == mail.content_key => match known.outcome {
                Outcome::Received => resume(tx, known.id, now).await?,
                _ => Standing::Known(known.id),
            },
            _ => other_text(tx, mailbox, mail, now).await?,
        });
    }
    Ok(standings)
}

/// Inserts what is new; a key that comes twice is inserted once. Returns id and content by key.
async fn insert(
    tx: &mut Tx,
    mailbox: &str,
    mails: &[Stored],
    now: DateTime<Utc>,
) -> Result<HashMap<String, (RawMailId, String)>, DbError> {
    let mut insert = Builder::new(
        "INSERT INTO raw_mails (mailbox, dedupe_key, message_id, sha256, size, content_key, outcome, from_address,
            subject, received_at) VALUES",
    );
    for (n, mail) in mails.iter().enumerate() {
        let row: [Value; 10] = [
            mailbox.into(),
            mail.dedupe_key().into(),
            (&mail.message_id).into(),
            (&mail.sha256).into(),
            i64::try_from(mail.size).unwrap_or(i64::MAX).into(),
            (&mail.content_key).into(),
            Outcome::Received.into(),
            (&mail.from).into(),
            (&mail.subject).into(),
            now.into(),
        ];
        insert = insert.with_list(if n == 0 { " (" } else { ", (" }, row, ")");
    }
    let insert = insert.push(" ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, dedupe_key, content_key");
    let rows: Vec<(RawMailId, String, String)> = insert.build().fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id, key, content)| (key, (id, content))).collect())
}

async fn find_known(tx: &mut Tx, keys: HashSet<String>) -> Result<HashMap<String, Known>, DbError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Known> =
        Builder::new("SELECT id, dedupe_key, content_key, outcome FROM raw_mails WHERE dedupe_key IN")
            .with_list(" (", keys, ")")
            .build()
            .fetch_all(tx)
            .await?;
    Ok(rows.into_iter().map(|row| (row.dedupe_key.clone(), row)).collect())
}

/// Another attempt at a mail that is registered and not settled. Within the first moments the same mail may simply be
/// under way elsewhere; that is no sign of poison and is not counted.
async fn resume(tx: &mut Tx, id: RawMailId, now: DateTime<Utc>) -> Result<Standing, DbError> {
    let row: Option<(i64,)> = query(
        "UPDATE raw_mails SET attempts = attempts + CASE WHEN received_at < $2 THEN 1 ELSE 0 END
         WHERE id = $1 AND outcome = 'received' RETURNING attempts",
    )
    .bind(id)
    .bind(now - Duration::seconds(UNDER_WAY_SECONDS))
    .fetch_optional(tx)
    .await?;
    Ok(match row {
        None => Standing::Known(id),
        Some((attempts,)) if attempts > ATTEMPTS => Standing::Poisonous(id),
        Some(_) => Standing::Resumed(id),
    })
}

/// Keeps a mail that carries another mail's Message-ID under a key of its own.
async fn other_text(tx: &mut Tx, mailbox: &str, mail: &Stored, now: DateTime<Utc>) -> Result<Standing, DbError> {
    let key = format!("{}#{}", mail.dedupe_key(), mail.sha256);
    let row: Option<(RawMailId,)> = query(
        "INSERT INTO raw_mails (mailbox, dedupe_key, message_id, sha256, size, content_key, outcome, cause,
            from_address, subject, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'held', 'same_id_other_text', $7, $8, $9)
         ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
    )
    .bind(mailbox)
    .bind(&key)
    .bind(&mail.message_id)
    .bind(&mail.sha256)
    .bind(i64::try_from(mail.size).unwrap_or(i64::MAX))
    .bind(&mail.content_key)
    .bind(&mail.from)
    .bind(&mail.subject)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    if let Some((id,)) = row {
        return Ok(Standing::OtherText(id));
    }
    let (id,): (RawMailId,) = query("SELECT id FROM raw_mails WHERE dedupe_key = $1").bind(key).fetch_one(tx).await?;
    Ok(Standing::Known(id))
}

/// Settles a mail that was still to be read. `false`: another process has settled it meanwhile; undo everything.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn settle(
    tx: &mut Tx,
    id: RawMailId,
    outcome: Outcome,
    cause: Cause,
    ticket: Option<TicketId>,
) -> Result<bool, DbError> {
    let changed =
        query("UPDATE raw_mails SET outcome = $1, cause = $2, ticket_id = $3 WHERE id = $4 AND outcome = 'received'")
            .bind(outcome)
            .bind(cause)
            .bind(ticket)
            .bind(id)
            .execute(tx)
            .await?;
    Ok(changed == 1)
}

/// What must be known of a sender before a ticket is opened: tickets since `since`, and the ticket that took the same
/// text from the same sender a few minutes ago.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn history(
    tx: &mut Tx,
    id: RawMailId,
    address_key: &str,
    now: DateTime<Utc>,
) -> Result<(i64, Option<TicketId>), DbError> {
    query(
        "SELECT (SELECT COUNT(*) FROM tickets WHERE requester_email_key = $1 AND received_at > $2),
            (SELECT e.ticket_id FROM raw_mails m JOIN raw_mails e ON e.content_key = m.content_key AND e.id < m.id
             WHERE m.id = $3 AND e.received_at > $4 AND e.outcome IN ('opened', 'appended')
             ORDER BY e.id DESC LIMIT 1)",
    )
    .bind(address_key)
    .bind(now - Duration::hours(24))
    .bind(id)
    .bind(now - Duration::minutes(SAME_CONTENT_MINUTES))
    .fetch_one(tx)
    .await
}

/// The newest ticket that a mail with one of these Message-IDs became part of.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn ticket_of_message_ids(tx: &mut Tx, ids: Vec<&str>) -> Result<Option<TicketId>, DbError> {
    if ids.is_empty() {
        return Ok(None);
    }
    let row: Option<(TicketId,)> = Builder::new("SELECT ticket_id FROM raw_mails WHERE message_id IN")
        .with_list(" (", ids, ")")
        .push(" AND ticket_id IS NOT NULL ORDER BY id DESC LIMIT 1")
        .build()
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Ticket numbers of mails taken in before.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn tickets_of(
    tx: &mut Tx,
    ids: Vec<RawMailId>,
) -> Result<HashMap<RawMailId, String>, DbError> {
    let rows: Vec<(RawMailId, String)> =
        Builder::new("SELECT r.id, t.number FROM raw_mails r JOIN tickets t ON t.id = r.ticket_id WHERE r.id IN")
            .with_list(" (", ids, ")")
            .build()
            .fetch_all(tx)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Mails that were registered before `before` and never settled: their reader died.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn abandoned(
    tx: &mut Tx,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(RawMailId, String)>, DbError> {
    query(
        "SELECT id, sha256 FROM raw_mails WHERE outcome = 'received' AND settled_at IS NULL AND received_at < $1
         ORDER BY id LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Begins another attempt at an abandoned mail.
///
/// # Errors
/// When the database refuses.
pub(in crate::mail) async fn begin_again(tx: &mut Tx, id: RawMailId, now: DateTime<Utc>) -> Result<Standing, DbError> {
    resume(tx, id, now).await
}

/// How far an IMAP folder was taken in.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Position {
    /// The server's word for "these UIDs still mean the same mails".
    pub(super) uid_validity: i64,
    /// Every mail up to this UID is settled.
    pub(super) settled_uid: i64,
    /// When it moved last.
    pub(super) moved_at: DateTime<Utc>,
}

pub(super) async fn position(tx: &mut Tx, inbox: &str) -> Result<Option<Position>, DbError> {
    query("SELECT uid_validity, settled_uid, moved_at FROM inbox_positions WHERE inbox = $1")
        .bind(inbox)
        .fetch_optional(tx)
        .await
}

pub(super) async fn move_on(tx: &mut Tx, inbox: &str, to: Position) -> Result<(), DbError> {
    query(
        "INSERT INTO inbox_positions (inbox, uid_validity, settled_uid, moved_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (inbox) DO UPDATE SET uid_validity = excluded.uid_validity,
            settled_uid = excluded.settled_uid, moved_at = excluded.moved_at",
    )
    .bind(inbox)
    .bind(to.uid_validity)
    .bind(to.settled_uid)
    .bind(to.moved_at)
    .execute(tx)
    .await?;
    Ok(())
}

fn held() -> Builder {
    Builder::new(
        "SELECT id, cause, from_address, subject, size, sha256, received_at FROM raw_mails
         WHERE outcome = 'held' AND settled_at IS NULL",
    )
}

pub(super) async fn list_held(tx: &mut Tx, before: Option<RawMailId>, limit: i64) -> Result<Vec<HeldMail>, DbError> {
    held().with_opt(" AND id < ?", before).with(" ORDER BY id DESC LIMIT ?", limit).build().fetch_all(tx).await
}

pub(super) async fn find_held(tx: &mut Tx, id: RawMailId) -> Result<Option<HeldMail>, DbError> {
    held().with(" AND id = ?", id).build().fetch_optional(tx).await
}

pub(super) async fn count_held(tx: &mut Tx) -> Result<i64, DbError> {
    let (n,): (i64,) =
        query("SELECT COUNT(*) FROM raw_mails WHERE outcome = 'held' AND settled_at IS NULL").fetch_one(tx).await?;
    Ok(n)
}

/// Ends the holding of a mail; `false` when somebody else has done so.
pub(super) async fn release(
    tx: &mut Tx,
    id: RawMailId,
    ticket: Option<TicketId>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE raw_mails SET outcome = CASE WHEN $1 IS NULL THEN outcome ELSE 'opened' END, ticket_id = $1,
            settled_at = $2 WHERE id = $3 AND outcome = 'held' AND settled_at IS NULL",
    )
    .bind(ticket)
    .bind(now)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}
