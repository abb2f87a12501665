//! Every statement about single tickets, their messages and events.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::due::Due;
use super::intake::{Intake, StoredFile};
use super::{Actor, Attachment, Event, Message, MessageId, MessageKind, Status, Ticket, TicketId, TicketNumber};
use crate::desk::inquiry::Terms;
use crate::desk::period::Touched;
use crate::platform::db::{Builder, DbError, Tx, dialect, query};
use crate::platform::index::TicketDoc;

/// A ticket by its number.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_number(tx: &mut Tx, number: &TicketNumber) -> Result<Option<Ticket>, DbError> {
    query("SELECT * FROM tickets WHERE number = $1").bind(number.as_str()).fetch_optional(tx).await
}

/// A ticket by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: TicketId) -> Result<Option<Ticket>, DbError> {
    query("SELECT * FROM tickets WHERE id = $1").bind(id).fetch_optional(tx).await
}

/// A ticket that must exist: an id that came from another row.
///
/// # Errors
/// Also when it does not.
pub async fn get(tx: &mut Tx, id: TicketId) -> Result<Ticket, DbError> {
    let missing =
        || DbError::Impossible { table: "tickets", id: id.0, what: "is named by another row and missing".into() };
    find(tx, id).await?.ok_or_else(missing)
}

/// A ticket by the key it came with.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_form_key(tx: &mut Tx, form_key: &str) -> Result<Option<Ticket>, DbError> {
    query("SELECT * FROM tickets WHERE form_key = $1").bind(form_key).fetch_optional(tx).await
}

/// Inquiries of an address since an instant, for the daily limit.
///
/// # Errors
/// When the database refuses.
pub async fn count_of_address_since(tx: &mut Tx, email_key: &str, since: DateTime<Utc>) -> Result<i64, DbError> {
    let (n,): (i64,) = query("SELECT COUNT(*) FROM tickets WHERE requester_email_key = $1 AND received_at > $2")
        .bind(email_key)
        .bind(since)
        .fetch_one(tx)
        .await?;
    Ok(n)
}

/// Inserts a ticket; `None` when its form key or its number is already there.
pub(super) async fn insert(
    tx: &mut Tx,
    intake: &Intake,
    terms: Terms,
    touched: Option<Touched>,
    due: Due,
    number: &TicketNumber,
) -> Result<Option<TicketId>, DbError> {
    let inquiry = &intake.inquiry;
    let row: Option<(TicketId,)> = query(
        "INSERT INTO tickets (number, form_key, kind, form_version, status, needs_staff, channel, lang, subject, \
         requester_name, requester_kana, requester_email, requester_email_key, requester_phone, registration_number, \
         registration_number_raw, born_on, birthdate_raw, fields, grade, match_reasons, match_rule, spam_score, \
         may_belong_to, last_seq, received_at, updated_at, edge_at, is_late, answer_by, due_at) \
         VALUES ($1, $2, $3, COALESCE($25, (SELECT MAX(id) FROM forms WHERE kind = $3), 0), 'new', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'pending', $17, '', \
         $18, $19, 1, $20, $20, $21, $22, $23, $24) ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(number.as_str())
    .bind(&intake.form_key)
    .bind(inquiry.kind.as_str())
    .bind(intake.channel)
    .bind(inquiry.lang)
    .bind(&inquiry.subject)
    .bind(&inquiry.name)
    .bind(&inquiry.kana)
    .bind(&inquiry.email)
    .bind(&inquiry.email_key)
    .bind(&inquiry.phone)
    .bind(inquiry.registration_number)
    .bind(&inquiry.registration_number_raw)
    .bind(inquiry.born_on)
    .bind(&inquiry.birthdate_raw)
    .bind(json!(inquiry.fields))
    .bind(json!([]))
    .bind(intake.spam_score)
    .bind(intake.may_belong_to)
    .bind(intake.received_at)
    .bind(touched.map(|touched| touched.edge_at))
    .bind(touched.is_some_and(|touched| touched.is_late))
    .bind(due.answer_by)
    .bind(due.at)
    .bind(terms.form_version)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// A message to be appended.
#[derive(Debug)]
#[expect(missing_docs, reason = "the columns of messages, see migrations/*/0001_house.sql")]
pub struct NewMessage<'a> {
    pub ticket_id: TicketId,
    pub seq: i64,
    pub kind: MessageKind,
    pub channel: super::Channel,
    pub actor: Actor,
    pub body: &'a str,
    pub full_body: Option<&'a str>,
    pub html: Option<&'a str>,
    pub address: &'a str,
    pub about_account: bool,
    pub raw_mail_id: Option<i64>,
    pub at: DateTime<Utc>,
}

/// Appends a message whose `seq` was taken by the caller's update of the ticket.
pub(super) async fn insert_message(tx: &mut Tx, new: &NewMessage<'_>) -> Result<MessageId, DbError> {
    let (id,): (MessageId,) = query(
        "INSERT INTO messages (ticket_id, seq, kind, channel, staff_id, body, full_body, html, address, about_account, \
         raw_mail_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
    )
    .bind(new.ticket_id)
    .bind(new.seq)
    .bind(new.kind)
    .bind(new.channel)
    .bind(new.actor.staff())
    .bind(new.body)
    .bind(new.full_body)
    .bind(new.html)
    .bind(new.address)
    .bind(new.about_account)
    .bind(new.raw_mail_id)
    .bind(new.at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// Names the files of a message; their bytes are already durable.
pub(super) async fn insert_attachments(
    tx: &mut Tx,
    ticket: TicketId,
    message: MessageId,
    files: &[StoredFile],
) -> Result<(), DbError> {
    for file in files {
        query(
            "INSERT INTO attachments (ticket_id, message_id, name, mime, size, sha256) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(ticket)
        .bind(message)
        .bind(&file.name)
        .bind(&file.mime)
        .bind(file.size)
        .bind(&file.sha256)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Appends an event, in the transaction of the change it tells of (design rule 9).
///
/// # Errors
/// When the database refuses.
pub async fn insert_event(
    tx: &mut Tx,
    ticket: TicketId,
    kind: &'static str,
    actor: Actor,
    data: serde_json::Value,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO events (ticket_id, kind, actor, staff_id, data, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(ticket)
        .bind(kind)
        .bind(actor.word())
        .bind(actor.staff())
        .bind(data)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Lets writes to one ticket go one after the other until their commit, also on PostgreSQL: what is read of it first
/// then still holds.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut Tx, id: TicketId) -> Result<(), DbError> {
    dialect::wait_in_line(tx, "tickets", &id.0.to_string()).await
}

/// Takes the next place in the thread and sets the status that follows from the new message. With `seen`, only when
/// nothing arrived since: `None` then, and for a ticket that does not exist.
pub(super) async fn take_seq(
    tx: &mut Tx,
    id: TicketId,
    seen: Option<i64>,
    status: Option<Status>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, DbError> {
    let row: Option<(i64,)> = Builder::new("UPDATE tickets SET last_seq = last_seq + 1")
        .with(", updated_at = ?", now)
        .with_opt(", status = ?", status)
        .with_opt(", needs_staff = ?", status.map(|s| i64::from(s.needs_staff())))
        .with(" WHERE id = ?", id)
        .with_opt(" AND last_seq = ?", seen)
        .push(" RETURNING last_seq")
        .build()
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|(seq,)| seq))
}

pub(super) async fn update_assignee(
    tx: &mut Tx,
    id: TicketId,
    to: Option<crate::desk::staff::StaffId>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE tickets SET assignee_id = $1, updated_at = $2 WHERE id = $3")
        .bind(to)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn update_spam(tx: &mut Tx, id: TicketId, is_spam: bool, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE tickets SET is_spam = $1, updated_at = $2 WHERE id = $3")
        .bind(is_spam)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn update_reminded(tx: &mut Tx, id: TicketId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE tickets SET reminded_at = $1 WHERE id = $2 AND reminded_at IS NULL AND status = 'waiting_on_requester'",
    )
    .bind(now)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Tickets whose requester was asked something at `asked_before` or earlier and has not been reminded since, the
/// longest waiting first; spam is left out.
///
/// # Errors
/// When the database refuses.
pub async fn waiting_unreminded(
    tx: &mut Tx,
    asked_before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let rows: Vec<(TicketId,)> = query(
        "SELECT id FROM tickets WHERE waiting_since <= $1 AND status = 'waiting_on_requester' AND NOT is_spam \
         AND reminded_at IS NULL ORDER BY waiting_since, id LIMIT $2",
    )
    .bind(asked_before)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Tickets whose requester was asked something at `asked_before` or earlier, and reminded at `reminded_before` or
/// earlier, the longest waiting first; spam is left out.
///
/// # Errors
/// When the database refuses.
pub async fn waiting_too_long(
    tx: &mut Tx,
    asked_before: DateTime<Utc>,
    reminded_before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let rows: Vec<(TicketId,)> = query(
        "SELECT id FROM tickets WHERE waiting_since <= $1 AND status = 'waiting_on_requester' AND NOT is_spam \
         AND reminded_at <= $2 ORDER BY waiting_since, id LIMIT $3",
    )
    .bind(asked_before)
    .bind(reminded_before)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The thread, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn messages(tx: &mut Tx, id: TicketId) -> Result<Vec<Message>, DbError> {
    query(
        "SELECT m.id, m.seq, m.kind, m.channel, m.staff_id, s.name AS staff_name, m.body, m.full_body, m.html, m.address, \
         m.about_account, m.raw_mail_id, m.created_at FROM messages m LEFT JOIN staff s ON s.id = m.staff_id \
         WHERE m.ticket_id = $1 ORDER BY m.seq",
    )
    .bind(id)
    .fetch_all(tx)
    .await
}

/// The files of the thread.
///
/// # Errors
/// When the database refuses.
pub async fn attachments(tx: &mut Tx, id: TicketId) -> Result<Vec<Attachment>, DbError> {
    query("SELECT id, message_id, name, mime, size, sha256 FROM attachments WHERE ticket_id = $1 ORDER BY id")
        .bind(id)
        .fetch_all(tx)
        .await
}

/// One file of one ticket: the ticket stands in the query, so another ticket's file cannot be had (SEC-038).
///
/// # Errors
/// When the database refuses.
pub async fn find_attachment(tx: &mut Tx, ticket: TicketId, attachment: i64) -> Result<Option<Attachment>, DbError> {
    query("SELECT id, message_id, name, mime, size, sha256 FROM attachments WHERE ticket_id = $1 AND id = $2")
        .bind(ticket)
        .bind(attachment)
        .fetch_optional(tx)
        .await
}

/// The blob of a raw mail that belongs to a ticket: the ticket stands in the query, as for files.
///
/// # Errors
/// When the database refuses.
pub async fn raw_mail_hash(tx: &mut Tx, ticket: TicketId, raw_mail: i64) -> Result<Option<String>, DbError> {
    let row: Option<(String,)> = query(
        "SELECT r.sha256 FROM messages m JOIN raw_mails r ON r.id = m.raw_mail_id WHERE m.ticket_id = $1 AND r.id = $2",
    )
    .bind(ticket)
    .bind(raw_mail)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(hash,)| hash))
}

/// The timeline, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn events(tx: &mut Tx, id: TicketId) -> Result<Vec<Event>, DbError> {
    query(
        "SELECT e.id, e.kind, e.actor, s.name AS staff_name, e.data, e.at FROM events e \
         LEFT JOIN staff s ON s.id = e.staff_id WHERE e.ticket_id = $1 ORDER BY e.id",
    )
    .bind(id)
    .fetch_all(tx)
    .await
}

/// Tickets touched by events after `after`, with the id of the last event seen: what the search index and the live
/// page follow. Ids can commit out of order on PostgreSQL, so readers look back over a window (design rule 9).
///
/// # Errors
/// When the database refuses.
pub async fn events_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<(i64, TicketId)>, DbError> {
    query("SELECT id, ticket_id FROM events WHERE id > $1 AND ticket_id IS NOT NULL ORDER BY id LIMIT $2")
        .bind(after)
        .bind(limit)
        .fetch_all(tx)
        .await
}

/// The id of the newest event, 0 when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn last_event_id(tx: &mut Tx) -> Result<i64, DbError> {
    let row: Option<(i64,)> = query("SELECT id FROM events ORDER BY id DESC LIMIT 1").fetch_optional(tx).await?;
    Ok(row.map_or(0, |(id,)| id))
}

/// What the search index holds of the tickets with these ids.
pub(super) async fn index_docs(tx: &mut Tx, ids: &[i64]) -> Result<Vec<TicketDoc>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tickets: Vec<Ticket> = Builder::new("SELECT * FROM tickets")
        .with_list(" WHERE id IN (", ids.iter().copied(), ")")
        .build()
        .fetch_all(tx)
        .await?;
    let texts: Vec<(i64, String, Option<String>)> = Builder::new("SELECT ticket_id, body, full_body FROM messages")
        .with_list(" WHERE ticket_id IN (", ids.iter().copied(), ") ORDER BY ticket_id, seq")
        .build()
        .fetch_all(tx)
        .await?;
    let readers: Vec<(i64, i64)> = Builder::new("SELECT ticket_id, staff_id FROM ticket_readers")
        .with_list(" WHERE ticket_id IN (", ids.iter().copied(), ") ORDER BY ticket_id, staff_id")
        .build()
        .fetch_all(tx)
        .await?;
    let readers_of = |t: i64| readers.iter().filter(|(ticket, _)| *ticket == t).map(|(_, staff)| *staff).collect();
    let mut docs: Vec<TicketDoc> = tickets
        .into_iter()
        .map(|t| TicketDoc {
            id: t.id.0,
            number: t.number,
            registration_numbers: t.registration_number.map(|n| n.to_string()).into_iter().collect(),
            emails: vec![t.requester_email_key],
            phones: vec![t.requester_phone],
            texts: vec![t.subject, t.requester_name, t.requester_kana],
            status: t.status.as_str().to_owned(),
            kind: t.kind,
            assignee: t.assignee_id,
            confidential_to: t.is_confidential.then(|| readers_of(t.id.0)),
        })
        .collect();
    for (ticket, body, full_body) in texts {
        if let Some(doc) = docs.iter_mut().find(|d| d.id == ticket) {
            doc.texts.push(full_body.unwrap_or(body));
        }
    }
    Ok(docs)
}
