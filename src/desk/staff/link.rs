//! One-time links (SEC-065, SEC-066): the first sign-in, and a new password. A link lives 24 hours, works once, and
//! dies with a newer link or a change of password. Only its SHA-256 is stored.

use chrono::{DateTime, Duration, Utc};

use super::{Role, Staff, StaffError, StaffId, password, people, session, store};
use crate::desk::audit::{self, act};
use crate::platform::crypto::{Random, sha256_hex};
use crate::platform::db::{DbError, Tx};

/// How long a link lives.
const LIFE: Duration = Duration::hours(24);

/// A fresh link, before it is forgotten: the only moment its token can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct FreshLink {
    /// What stands behind `/staff/link/`.
    pub token: String,
    /// When it dies by itself.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for FreshLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreshLink").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl FreshLink {
    /// The whole address, under the desk's `server.base_url`.
    pub fn url(&self, base_url: &str) -> String {
        format!("{base_url}/staff/link/{}", self.token)
    }
}

/// Whom a living link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkFor {
    /// A member of staff, who sets a new password with it.
    Person(Box<Staff>),
    /// Nobody yet: it makes the first admin.
    FirstAdmin,
}

/// Makes a link for a member of staff; older ones of the same person die.
///
/// # Errors
/// When there is no such person who may sign in, or the database refuses.
pub async fn issue(
    tx: &mut Tx,
    by: Option<StaffId>,
    staff: StaffId,
    now: DateTime<Utc>,
    random: &Random,
) -> Result<FreshLink, StaffError> {
    let person = store::find(tx, staff).await?.filter(|p| p.disabled_at.is_none()).ok_or(StaffError::NoSuchPerson)?;
    audit::append(tx, by, act::LINK_MADE, &people::object(person.id), "", now).await?;
    Ok(fresh(tx, Some(staff), now, random).await?)
}

/// Makes the link that creates the first admin, when the desk has nobody who may sign in; else `None`.
///
/// # Errors
/// When the database refuses.
pub async fn first_link(tx: &mut Tx, now: DateTime<Utc>, random: &Random) -> Result<Option<FreshLink>, DbError> {
    if store::count_able(tx).await? > 0 {
        return Ok(None);
    }
    Ok(Some(fresh(tx, None, now, random).await?))
}

async fn fresh(tx: &mut Tx, staff: Option<StaffId>, now: DateTime<Utc>, random: &Random) -> Result<FreshLink, DbError> {
    let link = FreshLink { token: random.token(), expires_at: now + LIFE };
    store::delete_links(tx, staff).await?;
    store::insert_link(tx, &sha256_hex(link.token.as_bytes()), staff, now, link.expires_at).await?;
    Ok(link)
}

/// Whom the link is for; `None` when it is dead or never lived. Changes nothing (a link scanner's GET uses nothing up).
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<Option<LinkFor>, DbError> {
    let Some(staff) = store::find_link(tx, &sha256_hex(token.as_bytes()), now).await? else { return Ok(None) };
    match staff {
        Some(id) => {
            let person = store::find(tx, id).await?.filter(|p| p.disabled_at.is_none());
            Ok(person.map(|p| LinkFor::Person(Box::new(p))))
        }
        None => Ok((store::count_able(tx).await? == 0).then_some(LinkFor::FirstAdmin)),
    }
}

/// Uses a link up: sets the password, ends every session of the person, signs in. `hash` is of a checked password.
///
/// # Errors
/// [`StaffError::DeadLink`] when it is dead, or the database refuses.
pub async fn redeem(
    tx: &mut Tx,
    token: &str,
    hash: &str,
    now: DateTime<Utc>,
    random: &Random,
) -> Result<session::Opened, StaffError> {
    let Some(LinkFor::Person(person)) = find(tx, token, now).await? else { return Err(StaffError::DeadLink) };
    use_up(tx, token, now).await?;
    people::store_password(tx, person.id, hash).await?;
    store::clear_failures(tx, &person.email).await?;
    audit::append(tx, Some(person.id), act::LINK_USED, &people::object(person.id), "", now).await?;
    session::open(tx, person.id, now, random).await.map_err(StaffError::from)
}

/// Uses the first link up: creates the first admin with the password and signs in.
///
/// # Errors
/// [`StaffError::DeadLink`] when it is dead, a fault of name or address, or the database refuses.
pub async fn redeem_first(
    tx: &mut Tx,
    token: &str,
    new: &people::NewPerson,
    hash: &str,
    now: DateTime<Utc>,
    random: &Random,
) -> Result<session::Opened, StaffError> {
    let Some(LinkFor::FirstAdmin) = find(tx, token, now).await? else { return Err(StaffError::DeadLink) };
    use_up(tx, token, now).await?;
    let admin = people::NewPerson { role: Role::Admin, ..new.clone() };
    let id = people::add(tx, None, &admin, now).await?;
    people::store_password(tx, id, hash).await?;
    audit::append(tx, Some(id), act::LINK_USED, &people::object(id), "", now).await?;
    session::open(tx, id, now, random).await.map_err(StaffError::from)
}

/// The UPDATE decides between two who use the same link at the same time.
async fn use_up(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<(), StaffError> {
    match store::use_link(tx, &sha256_hex(token.as_bytes()), now).await? {
        1 => Ok(()),
        _ => Err(StaffError::DeadLink),
    }
}

/// Checks the password that is to be set with a link.
///
/// # Errors
/// The rule it breaks.
pub fn check_password(first: &str, again: &str, email: &str, name: &str) -> Result<(), password::Fault> {
    password::check(first, email, name)?;
    if first == again { Ok(()) } else { Err(password::Fault::Differs) }
}
