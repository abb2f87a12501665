//! Signed-in browsers (SEC-054, SEC-069, SEC-070, SEC-077). The cookie's token is stored as its SHA-256 only; a
//! session ends after 12 hours without a click, after 7 days in any case, and with the person's access, role or
//! password.

use chrono::{DateTime, Duration, Utc};

use super::{Staff, StaffError, StaffId, people, store};
use crate::desk::audit::{self, act};
use crate::platform::crypto::{Random, sha256_hex};
use crate::platform::db::{DbError, Tx};

/// Ends after this long without a click.
pub const IDLE: Duration = Duration::hours(12);
/// Ends after this long in any case.
pub const LIFE: Duration = Duration::days(7);
/// A click is written down at most this often (design rule 12).
const TOUCH: Duration = Duration::minutes(5);

/// A session that was just opened: the only moment its token is known.
#[derive(Clone)]
pub struct Opened {
    /// The value of the cookie.
    pub token: String,
    /// Who is signed in.
    pub staff: StaffId,
    /// When it ends in any case.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("staff", &self.staff).finish_non_exhaustive()
    }
}

/// A living session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who is signed in, as the database knows them now.
    pub staff: Staff,
    /// Whether this click should be written down with [`touch`].
    pub is_stale: bool,
    hash: String,
}

/// Opens a session with a fresh id; sessions that have ended are swept out in passing.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, staff: StaffId, now: DateTime<Utc>, random: &Random) -> Result<Opened, DbError> {
    let opened = Opened { token: random.token(), staff, expires_at: now + LIFE };
    store::delete_ended_sessions(tx, now, now - IDLE).await?;
    store::insert_session(tx, &sha256_hex(opened.token.as_bytes()), staff, now, opened.expires_at).await?;
    Ok(opened)
}

/// The living session of a cookie. Nothing is written.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<Option<Session>, DbError> {
    // Anything of another shape is not worth a query (SEC-066).
    if token.len() != 26 {
        return Ok(None);
    }
    let hash = sha256_hex(token.as_bytes());
    let Some((staff, seen_at)) = store::find_session(tx, &hash, now, now - IDLE).await? else { return Ok(None) };
    Ok(Some(Session { staff, is_stale: now - seen_at >= TOUCH, hash }))
}

/// Writes a click down, so that the session lives on.
///
/// # Errors
/// When the database refuses.
pub async fn touch(tx: &mut Tx, session: &Session, now: DateTime<Utc>) -> Result<(), DbError> {
    store::touch_session(tx, &session.hash, now).await
}

/// Signs out: ends this session.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut Tx, session: &Session, now: DateTime<Utc>) -> Result<(), DbError> {
    store::delete_session(tx, &session.hash).await?;
    audit::append(tx, Some(session.staff.id), act::SIGNED_OUT, &people::object(session.staff.id), "", now).await
}

/// Changes the own password: all sessions and links die, and a new session is opened. `hash` is of a checked
/// password; the current one was verified by the caller against [`password_hash`].
///
/// # Errors
/// When the database refuses.
pub async fn change_password(
    tx: &mut Tx,
    staff: StaffId,
    hash: &str,
    now: DateTime<Utc>,
    random: &Random,
) -> Result<Opened, StaffError> {
    people::store_password(tx, staff, hash).await?;
    audit::append(tx, Some(staff), act::PASSWORD_CHANGED, &people::object(staff), "", now).await?;
    Ok(open(tx, staff, now, random).await?)
}

/// The stored hash of a person's password, to verify the current one before it is changed (SEC-074).
///
/// # Errors
/// When the database refuses.
pub async fn password_hash(tx: &mut Tx, staff: StaffId) -> Result<Option<String>, DbError> {
    store::password_hash(tx, staff).await
}
