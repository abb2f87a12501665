//! The tables `images`, `upload_links`, `blob_keys` and `erasures`.

use chrono::{DateTime, Utc};

use super::intake::NewImage;
use super::link::{LinkId, UploadLink};
use super::{DueImage, Image, ImageId, ImageKind, ImageState, Readings, STAGED_FOR, likeness, vault};
use crate::desk::audit::StaffId;
use crate::platform::crypto::Random;
use crate::platform::db::{Builder, DbError, Tx, query};

/// Stores an image with the keys of its copies: staged when it has no ticket, else waiting.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, new: &NewImage, random: &Random) -> Result<(ImageId, String), DbError> {
    let p = &new.prepared;
    vault::keep(tx, &p.view, new.received_at).await?;
    vault::keep(tx, &p.thumb, new.received_at).await?;
    let public_id = random.token();
    let state = if new.ticket_id.is_some() { ImageState::Waiting } else { ImageState::Staged };
    let (id,) = query(
        "INSERT INTO images (public_id, staged_by, ticket_id, kind, source, state, file_name, file_type, file_bytes, \
         width, height, view_blob, thumb_blob, pixels, aspect, brightness, likeness, hints, received_at, readings) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) RETURNING id",
    )
    .bind(&public_id)
    .bind(&new.staged_by)
    .bind(new.ticket_id)
    .bind(new.kind)
    .bind(new.source)
    .bind(state)
    .bind(&p.file_name)
    .bind(p.file_type)
    .bind(p.file_bytes)
    .bind(p.width)
    .bind(p.height)
    .bind(&p.view.name)
    .bind(&p.thumb.name)
    .bind(&p.pixels)
    .bind(p.aspect)
    .bind(p.brightness)
    .bind(p.likeness.clone())
    .bind(json(&p.hints)?)
    .bind(new.received_at)
    .bind(json(&Readings::default())?)
    .fetch_one::<(ImageId,)>(tx)
    .await?;
    Ok((id, public_id))
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, DbError> {
    serde_json::to_value(value).map_err(|error| DbError::Unusable(error.to_string()))
}

/// An image by its random name.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, public_id: &str) -> Result<Option<Image>, DbError> {
    query("SELECT * FROM images WHERE public_id = $1").bind(public_id).fetch_optional(tx).await
}

/// An image that this browser staged and may still send (SEC-039).
///
/// # Errors
/// When the database refuses.
pub async fn find_staged(
    tx: &mut Tx,
    public_id: &str,
    staged_by: &str,
    now: DateTime<Utc>,
) -> Result<Option<Image>, DbError> {
    query(
        "SELECT * FROM images WHERE public_id = $1 AND staged_by = $2 AND state = 'staged' AND received_at > $3 \
         AND staged_by <> ''",
    )
    .bind(public_id)
    .bind(staged_by)
    .bind(now - STAGED_FOR)
    .fetch_optional(tx)
    .await
}

/// A staged image becomes the ticket's. Returns false when it is no longer staged.
///
/// # Errors
/// When the database refuses.
pub async fn attach(tx: &mut Tx, id: ImageId, ticket_id: i64, kind: ImageKind) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE images SET state = 'waiting', ticket_id = $2, kind = $3, staged_by = '' \
         WHERE id = $1 AND state = 'staged'",
    )
    .bind(id)
    .bind(ticket_id)
    .bind(kind)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// The images of a ticket, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_ticket(tx: &mut Tx, ticket_id: i64) -> Result<Vec<Image>, DbError> {
    query("SELECT * FROM images WHERE ticket_id = $1 ORDER BY id").bind(ticket_id).fetch_all(tx).await
}

/// The images of a registration, newest first: those approved for it once, and those of its tickets.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(tx: &mut Tx, account_id: i64) -> Result<Vec<Image>, DbError> {
    query(
        "SELECT i.* FROM images i WHERE i.account_id = $1 OR (i.account_id IS NULL AND i.ticket_id IN \
         (SELECT id FROM tickets WHERE account_id = $1)) ORDER BY i.id DESC LIMIT 100",
    )
    .bind(account_id)
    .fetch_all(tx)
    .await
}

/// The current image of a registration.
///
/// # Errors
/// When the database refuses.
pub async fn current_of(tx: &mut Tx, account_id: i64) -> Result<Option<Image>, DbError> {
    query("SELECT * FROM images WHERE account_id = $1 AND state = 'approved' ORDER BY id DESC LIMIT 1")
        .bind(account_id)
        .fetch_optional(tx)
        .await
}

/// Says what a waiting image is of.
///
/// # Errors
/// When the database refuses.
pub async fn set_kind(tx: &mut Tx, id: ImageId, kind: ImageKind) -> Result<(), DbError> {
    query("UPDATE images SET kind = $2 WHERE id = $1 AND state = 'waiting'").bind(id).bind(kind).execute(tx).await?;
    Ok(())
}

/// Approves a waiting image for a registration; what was current there makes way. Returns false when it is no longer
/// waiting.
///
/// # Errors
/// When the database refuses.
pub async fn approve(
    tx: &mut Tx,
    id: ImageId,
    account_id: i64,
    readings: &Readings,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE images SET state = 'approved', account_id = $2, readings = $3, decided_by = $4, decided_at = $5 \
         WHERE id = $1 AND state = 'waiting'",
    )
    .bind(id)
    .bind(account_id)
    .bind(json(readings)?)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    if changed == 1 {
        query("UPDATE images SET state = 'replaced', replaced_at = $3 WHERE account_id = $1 AND state = 'approved' AND id <> $2")
            .bind(account_id)
            .bind(id)
            .bind(now)
            .execute(tx)
            .await?;
    }
    Ok(changed == 1)
}

/// An image of the online system that staff took over is current as it is.
///
/// # Errors
/// When the database refuses.
pub async fn take_over(
    tx: &mut Tx,
    id: ImageId,
    account_id: i64,
    readings: &Readings,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE images SET state = 'waiting' WHERE id = $1 AND state = 'staged'").bind(id).execute(tx).await?;
    approve(tx, id, account_id, readings, by, now).await?;
    Ok(())
}

/// Returns a waiting image with a reason. Returns false when it is no longer waiting.
///
/// # Errors
/// When the database refuses.
pub async fn send_back(
    tx: &mut Tx,
    id: ImageId,
    reason: &str,
    readings: &Readings,
    by: StaffId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE images SET state = 'returned', reason = $2, readings = $3, decided_by = $4, decided_at = $5 \
         WHERE id = $1 AND state = 'waiting'",
    )
    .bind(id)
    .bind(reason)
    .bind(json(readings)?)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Pictures compared by their likeness, newest first: a copy is sent soon after its original, if at all.
const COMPARED: i64 = 5_000;

/// Images that other registrations or tickets have and that are this very picture, by their pixels or their likeness.
/// The second value tells whether every pixel is the same.
///
/// # Errors
/// When the database refuses.
pub async fn same_elsewhere(
    tx: &mut Tx,
    image: &Image,
    account_id: Option<i64>,
) -> Result<Vec<(Image, bool)>, DbError> {
    let elsewhere = || {
        Builder::new(
            "SELECT i.* FROM images i LEFT JOIN tickets t ON t.id = i.ticket_id WHERE i.state NOT IN ('staged', 'erased')",
        )
        .with(" AND i.id <> ?", image.id)
        .with_opt(" AND (i.ticket_id IS NULL OR i.ticket_id <> ?)", image.ticket_id)
        .with_opt(" AND COALESCE(i.account_id, t.account_id, 0) <> ?", account_id)
    };
    let equal: Vec<Image> =
        elsewhere().with(" AND i.pixels = ? ORDER BY i.id DESC LIMIT 10", &image.pixels).build().fetch_all(tx).await?;
    let near: Vec<Image> = elsewhere()
        .with(" AND i.aspect BETWEEN ?", image.aspect - 12)
        .with(" AND ?", image.aspect + 12)
        .with(" AND i.pixels <> ? AND i.likeness IS NOT NULL", &image.pixels)
        .with(" ORDER BY i.id DESC LIMIT ?", COMPARED)
        .build()
        .fetch_all(tx)
        .await?;
    let is_alike = |other: &Image| match (&image.likeness, &other.likeness) {
        (Some(a), Some(b)) => likeness::compare(a, b).is_some_and(likeness::Difference::is_same),
        _ => false,
    };
    let alike = near.into_iter().filter(|other| is_alike(other)).take(10);
    Ok(equal.into_iter().map(|other| (other, true)).chain(alike.map(|other| (other, false))).collect())
}

/// Which images are due at (`$1`, `$2`). One that waits is of no use any more when its ticket is closed or put aside as
/// spam, or when the same person sent a newer one to the same ticket.
macro_rules! due {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM images i LEFT JOIN tickets t ON t.id = i.ticket_id LEFT JOIN accounts a \
             ON a.id = COALESCE(i.account_id, t.account_id) \
             WHERE (i.state = 'replaced' AND i.replaced_at <= $1) OR (i.state = 'returned' AND i.decided_at <= $1) \
             OR (i.state = 'staged' AND i.received_at <= $2) \
             OR (i.state = 'waiting' AND i.received_at <= $1 AND ((t.status = 'closed' AND t.closed_at <= $1) \
             OR (t.is_spam AND t.updated_at <= $1) OR EXISTS (SELECT 1 FROM images n WHERE n.ticket_id = i.ticket_id \
             AND n.id > i.id AND n.state <> 'staged' AND n.received_at <= $1)))",
            $rest
        )
    };
}

/// Images whose bytes are due to go: replaced or returned before `before`, waiting ones that nobody will decide on, and
/// staged ones that were never sent.
///
/// # Errors
/// When the database refuses.
pub async fn due_for_erasure(
    tx: &mut Tx,
    before: DateTime<Utc>,
    staged_before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueImage>, DbError> {
    query(due!(
        "i.*, CASE WHEN t.is_confidential THEN '' ELSE COALESCE(t.number, '') END AS due_ticket, \
         CASE WHEN t.is_confidential THEN '' ELSE COALESCE(a.account_id, '') END AS due_account",
        " ORDER BY i.id LIMIT $3"
    ))
    .bind(before)
    .bind(staged_before)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// How many images [`due_for_erasure`] would find without a limit.
///
/// # Errors
/// When the database refuses.
pub async fn count_due_for_erasure(
    tx: &mut Tx,
    before: DateTime<Utc>,
    staged_before: DateTime<Utc>,
) -> Result<i64, DbError> {
    let (count,): (i64,) = query(due!("COUNT(*)", "")).bind(before).bind(staged_before).fetch_one(tx).await?;
    Ok(count)
}

/// Erases an image: its keys are forgotten, and with them its bytes wherever they lie. A staged one leaves nothing.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Tx, image: &Image, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    for name in [&image.view_blob, &image.thumb_blob].into_iter().flatten() {
        vault::forget(tx, name, why, now).await?;
    }
    if image.state == ImageState::Staged {
        query("DELETE FROM images WHERE id = $1").bind(image.id).execute(tx).await?;
    } else {
        query(
            "UPDATE images SET state = 'erased', erased_at = $2, view_blob = NULL, thumb_blob = NULL, likeness = NULL, \
             file_name = '', pixels = '', reason = '', readings = $3 WHERE id = $1",
        )
        .bind(image.id)
        .bind(now)
        .bind(json(&Readings::default())?)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// What a browser staged for a form before: makes way for what it stages now.
///
/// # Errors
/// When the database refuses.
pub async fn staged_by(tx: &mut Tx, staged_by: &str) -> Result<Vec<Image>, DbError> {
    query("SELECT * FROM images WHERE staged_by = $1 AND state = 'staged' AND staged_by <> ''")
        .bind(staged_by)
        .fetch_all(tx)
        .await
}

pub(super) async fn insert_key(tx: &mut Tx, blob: &str, wrapped: &[u8], now: DateTime<Utc>) -> Result<(), DbError> {
    query("INSERT INTO blob_keys (blob, wrapped, created_at) VALUES ($1, $2, $3)")
        .bind(blob)
        .bind(wrapped.to_vec())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn delete_key(tx: &mut Tx, blob: &str) -> Result<(), DbError> {
    query("DELETE FROM blob_keys WHERE blob = $1").bind(blob).execute(tx).await?;
    Ok(())
}

pub(super) async fn insert_erasure(tx: &mut Tx, blob: &str, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query("INSERT INTO erasures (blob, why, at) VALUES ($1, $2, $3) ON CONFLICT (blob) DO NOTHING")
        .bind(blob)
        .bind(why)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

/// The wrapped key of a sealed file; `None` when it is erased.
///
/// # Errors
/// When the database refuses.
pub async fn wrapped_key(tx: &mut Tx, blob: &str) -> Result<Option<Vec<u8>>, DbError> {
    let row: Option<(Vec<u8>,)> =
        query("SELECT wrapped FROM blob_keys WHERE blob = $1").bind(blob).fetch_optional(tx).await?;
    Ok(row.map(|(wrapped,)| wrapped))
}

pub(super) async fn insert_link(tx: &mut Tx, link: &UploadLink) -> Result<LinkId, DbError> {
    let (id,) = query(
        "INSERT INTO upload_links (link_key, ticket_id, purpose, sent_to, made_by, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(&link.link_key)
    .bind(link.ticket_id)
    .bind(link.purpose)
    .bind(&link.sent_to)
    .bind(link.made_by)
    .bind(link.made_at)
    .bind(link.expires_at)
    .fetch_one::<(LinkId,)>(tx)
    .await?;
    Ok(id)
}

/// A link by the random part of its token.
///
/// # Errors
/// When the database refuses.
pub async fn find_link(tx: &mut Tx, link_key: &str) -> Result<Option<UploadLink>, DbError> {
    query("SELECT * FROM upload_links WHERE link_key = $1").bind(link_key).fetch_optional(tx).await
}

/// The newest link of a ticket.
///
/// # Errors
/// When the database refuses.
pub async fn latest_link(tx: &mut Tx, ticket_id: i64) -> Result<Option<UploadLink>, DbError> {
    query("SELECT * FROM upload_links WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1")
        .bind(ticket_id)
        .fetch_optional(tx)
        .await
}

/// Uses a link up. Returns false when it was used, revoked or has expired: of two images at once one wins.
///
/// # Errors
/// When the database refuses.
pub async fn use_link(tx: &mut Tx, id: LinkId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE upload_links SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
    )
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Revokes the links of a ticket that are still good. Returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_links(tx: &mut Tx, ticket_id: i64, now: DateTime<Utc>) -> Result<u64, DbError> {
    query("UPDATE upload_links SET revoked_at = $2 WHERE ticket_id = $1 AND used_at IS NULL AND revoked_at IS NULL")
        .bind(ticket_id)
        .bind(now)
        .execute(tx)
        .await
}
