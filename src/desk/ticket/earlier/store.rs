//! The same in SQL.

use crate::desk::staff::StaffId;
use crate::desk::ticket::{MessageId, MessageKind, TicketId};
use crate::platform::db::{DbError, Tx, query};

/// What this member of staff wrote, word for word, after `since` in the thread: the same form sent again.
///
/// # Errors
/// When the database refuses.
pub(in crate::desk::ticket) async fn find_same(
    tx: &mut Tx,
    id: TicketId,
    kind: MessageKind,
    staff: StaffId,
    body: &str,
    since: i64,
) -> Result<Option<MessageId>, DbError> {
    let row: Option<(MessageId,)> = query(
        "SELECT id FROM messages WHERE ticket_id = $1 AND kind = $2 AND staff_id = $3 AND seq > $4 AND body = $5 LIMIT 1",
    )
    .bind(id)
    .bind(kind)
    .bind(staff)
    .bind(since)
    .bind(body)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(message,)| message))
}

/// The Message-ID, without angle brackets, that a mail to this address about this ticket answers: the newest mail that
/// came from there, or the first that went there. Empty when there is neither.
///
/// # Errors
/// When the database refuses.
pub(in crate::desk::ticket) async fn mail_to_answer(
    tx: &mut Tx,
    id: TicketId,
    address_key: &str,
) -> Result<String, DbError> {
    let came: Option<(String,)> = query(
        "SELECT r.message_id FROM messages m JOIN raw_mails r ON r.id = m.raw_mail_id WHERE m.ticket_id = $1 \
         AND m.address = $2 AND m.kind IN ('inquiry', 'requester_reply') AND r.message_id <> '' ORDER BY m.seq DESC LIMIT 1",
    )
    .bind(id)
    .bind(address_key)
    .fetch_optional(tx)
    .await?;
    if let Some((mail,)) = came {
        return Ok(mail);
    }
    let went: Option<(String,)> =
        query("SELECT mail_id FROM outbox WHERE ticket_id = $1 AND to_key = $2 ORDER BY id LIMIT 1")
            .bind(id)
            .bind(address_key)
            .fetch_optional(tx)
            .await?;
    Ok(went.map(|(mail,)| mail).unwrap_or_default())
}
