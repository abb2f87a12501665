//! The tables `staff`, `staff_links`, `sessions` and `login_failures`.

use chrono::{DateTime, Utc};

use super::{Role, Staff, StaffId};
use crate::desk::Lang;
use crate::platform::db::{DbError, Tx, query};

/// A counter of failed sign-ins.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Failures {
    pub(super) subject: String,
    pub(super) count: i64,
    pub(super) last_at: DateTime<Utc>,
}

// ---- staff

/// Inserts a person; `None` when the address is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    name: &str,
    email: &str,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Option<StaffId>, DbError> {
    let row: Option<(StaffId,)> = query(
        "INSERT INTO staff (name, email, role, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (email) DO NOTHING RETURNING id",
    )
    .bind(name)
    .bind(email)
    .bind(role)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

pub(super) async fn find(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>, DbError> {
    query(
        "SELECT id, name, email, role, lang, shortcuts, created_at, disabled_at, password_hash IS NOT NULL AS has_password
         FROM staff WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(tx)
    .await
}

pub(super) async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<Staff>, DbError> {
    query(
        "SELECT id, name, email, role, lang, shortcuts, created_at, disabled_at, password_hash IS NOT NULL AS has_password
         FROM staff WHERE email = $1",
    )
    .bind(email)
    .fetch_optional(tx)
    .await
}

pub(super) async fn list(tx: &mut Tx) -> Result<Vec<Staff>, DbError> {
    query(
        "SELECT id, name, email, role, lang, shortcuts, created_at, disabled_at, password_hash IS NOT NULL AS has_password
         FROM staff ORDER BY CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, name, id",
    )
    .fetch_all(tx)
    .await
}

/// People who have access and a password: who may sign in.
pub(super) async fn count_able(tx: &mut Tx) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM staff WHERE password_hash IS NOT NULL AND disabled_at IS NULL";
    let (count,): (i64,) = query(sql).fetch_one(tx).await?;
    Ok(count)
}

/// Admins with access besides one; on PostgreSQL the rows are locked, so that two admins cannot demote each other.
pub(super) async fn count_admins_but(tx: &mut Tx, but: StaffId) -> Result<i64, DbError> {
    query("UPDATE staff SET role = role WHERE role = 'admin'").execute(tx).await?;
    let (count,): (i64,) =
        query("SELECT COUNT(*) FROM staff WHERE role = 'admin' AND disabled_at IS NULL AND id <> $1")
            .bind(but)
            .fetch_one(tx)
            .await?;
    Ok(count)
}

pub(super) async fn set_role(tx: &mut Tx, id: StaffId, role: Role) -> Result<(), DbError> {
    query("UPDATE staff SET role = $2 WHERE id = $1").bind(id).bind(role).execute(tx).await?;
    Ok(())
}

pub(super) async fn set_disabled(tx: &mut Tx, id: StaffId, at: Option<DateTime<Utc>>) -> Result<(), DbError> {
    query("UPDATE staff SET disabled_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await?;
    Ok(())
}

pub(super) async fn set_password(tx: &mut Tx, id: StaffId, hash: &str) -> Result<(), DbError> {
    query("UPDATE staff SET password_hash = $2 WHERE id = $1").bind(id).bind(hash).execute(tx).await?;
    Ok(())
}

pub(super) async fn update_feed(tx: &mut Tx, id: StaffId, hash: Option<&str>) -> Result<(), DbError> {
    query("UPDATE staff SET feed_hash = $2 WHERE id = $1").bind(id).bind(hash).execute(tx).await?;
    Ok(())
}

pub(super) async fn find_by_feed(tx: &mut Tx, hash: &str) -> Result<Option<StaffId>, DbError> {
    let row: Option<(StaffId,)> =
        query("SELECT id FROM staff WHERE feed_hash = $1").bind(hash).fetch_optional(tx).await?;
    Ok(row.map(|(id,)| id))
}

pub(super) async fn update_settings(
    tx: &mut Tx,
    id: StaffId,
    name: &str,
    lang: Lang,
    shortcuts: bool,
) -> Result<(), DbError> {
    query("UPDATE staff SET name = $2, lang = $3, shortcuts = $4 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(lang)
        .bind(shortcuts)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn password_hash(tx: &mut Tx, id: StaffId) -> Result<Option<String>, DbError> {
    let row: Option<(Option<String>,)> =
        query("SELECT password_hash FROM staff WHERE id = $1").bind(id).fetch_optional(tx).await?;
    Ok(row.and_then(|(hash,)| hash))
}

/// Key and hash of a person with access.
pub(super) async fn find_credentials(tx: &mut Tx, email: &str) -> Result<Option<(StaffId, Option<String>)>, DbError> {
    query("SELECT id, password_hash FROM staff WHERE email = $1 AND disabled_at IS NULL")
        .bind(email)
        .fetch_optional(tx)
        .await
}

// ---- links

pub(super) async fn insert_link(
    tx: &mut Tx,
    hash: &str,
    staff: Option<StaffId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO staff_links (token_hash, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash)
        .bind(staff)
        .bind(now)
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes every link of a person, or every link for the first admin.
pub(super) async fn delete_links(tx: &mut Tx, staff: Option<StaffId>) -> Result<(), DbError> {
    match staff {
        Some(id) => query("DELETE FROM staff_links WHERE staff_id = $1").bind(id).execute(tx).await?,
        None => query("DELETE FROM staff_links WHERE staff_id IS NULL").execute(tx).await?,
    };
    Ok(())
}

/// The person of a living link; the inner `None` is the link for the first admin.
pub(super) async fn find_link(tx: &mut Tx, hash: &str, now: DateTime<Utc>) -> Result<Option<Option<StaffId>>, DbError> {
    let row: Option<(Option<StaffId>,)> =
        query("SELECT staff_id FROM staff_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
            .bind(hash)
            .bind(now)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(staff,)| staff))
}

/// Marks a living link as used; 1 when this call did it.
pub(super) async fn use_link(tx: &mut Tx, hash: &str, now: DateTime<Utc>) -> Result<u64, DbError> {
    query("UPDATE staff_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(hash)
        .bind(now)
        .execute(tx)
        .await
}

pub(super) async fn delete_dead_links(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    query("DELETE FROM staff_links WHERE expires_at <= $1").bind(now).execute(tx).await?;
    Ok(())
}

// ---- sessions

pub(super) async fn insert_session(
    tx: &mut Tx,
    hash: &str,
    staff: StaffId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO sessions (token_hash, staff_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)")
        .bind(hash)
        .bind(staff)
        .bind(now)
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    #[sqlx(flatten)]
    staff: Staff,
    seen_at: DateTime<Utc>,
}

pub(super) async fn find_session(
    tx: &mut Tx,
    hash: &str,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Option<(Staff, DateTime<Utc>)>, DbError> {
    let row: Option<SessionRow> = query(
        "SELECT p.id, p.name, p.email, p.role, p.lang, p.shortcuts, p.created_at, p.disabled_at,
                p.password_hash IS NOT NULL AS has_password, s.seen_at
         FROM sessions s JOIN staff p ON p.id = s.staff_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND p.disabled_at IS NULL",
    )
    .bind(hash)
    .bind(now)
    .bind(idle_since)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (row.staff, row.seen_at)))
}

pub(super) async fn touch_session(tx: &mut Tx, hash: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1").bind(hash).bind(now).execute(tx).await?;
    Ok(())
}

pub(super) async fn delete_session(tx: &mut Tx, hash: &str) -> Result<(), DbError> {
    query("DELETE FROM sessions WHERE token_hash = $1").bind(hash).execute(tx).await?;
    Ok(())
}

pub(super) async fn delete_sessions(tx: &mut Tx, staff: StaffId) -> Result<(), DbError> {
    query("DELETE FROM sessions WHERE staff_id = $1").bind(staff).execute(tx).await?;
    Ok(())
}

pub(super) async fn delete_ended_sessions(
    tx: &mut Tx,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<(), DbError> {
    query("DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2")
        .bind(now)
        .bind(idle_since)
        .execute(tx)
        .await?;
    Ok(())
}

// ---- failed sign-ins

pub(super) async fn lock_failures(tx: &mut Tx, email: &str, client: &str) -> Result<Vec<Failures>, DbError> {
    // Written, not read, so that attempts side by side wait for each other on PostgreSQL.
    query("UPDATE login_failures SET count = count WHERE subject IN ($1, $2) RETURNING subject, count, last_at")
        .bind(email)
        .bind(client)
        .fetch_all(tx)
        .await
}

pub(super) async fn count_failure(tx: &mut Tx, subject: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO login_failures (subject, count, last_at) VALUES ($1, 1, $2)
         ON CONFLICT (subject) DO UPDATE SET count = login_failures.count + 1, last_at = excluded.last_at",
    )
    .bind(subject)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn clear_failures(tx: &mut Tx, email: &str) -> Result<(), DbError> {
    query("DELETE FROM login_failures WHERE subject = $1").bind(email).execute(tx).await?;
    Ok(())
}

/// Takes one attempt back.
pub(super) async fn uncount_failure(tx: &mut Tx, subject: &str) -> Result<(), DbError> {
    query("UPDATE login_failures SET count = count - 1 WHERE subject = $1 AND count > 0")
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn forget_failures(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), DbError> {
    query("DELETE FROM login_failures WHERE last_at < $1").bind(before).execute(tx).await?;
    Ok(())
}
