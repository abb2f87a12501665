//! Who belongs to the desk: add, roles, access, own settings. Each verb is one transaction with its audit line.

use chrono::{DateTime, Utc};

use super::{Role, Staff, StaffError, StaffId, email_key, store};
use crate::desk::Lang;
use crate::desk::audit::{self, act};
use crate::platform::db::{DbError, Tx};

/// A person to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// 1 to 100 characters.
    pub name: String,
    /// As typed.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// How the audit names a member of staff.
pub fn object(id: StaffId) -> String {
    format!("staff:{id}")
}

/// Adds a person who has no password yet. `by` is `None` on the command line.
///
/// # Errors
/// A fault of name or address, an address that is taken, or the database refuses.
pub async fn add(tx: &mut Tx, by: Option<StaffId>, new: &NewPerson, now: DateTime<Utc>) -> Result<StaffId, StaffError> {
    let name = sound_name(&new.name)?;
    let email = email_key(&new.email).ok_or(StaffError::BadEmail)?;
    let id = store::insert(tx, name, &email, new.role, now).await?.ok_or(StaffError::EmailTaken)?;
    audit::append(tx, by, act::STAFF_ADDED, &object(id), new.role.as_str(), now).await?;
    Ok(id)
}

/// What is wrong with name and address, both at once; empty when nothing is.
pub fn faults(new: &NewPerson) -> Vec<StaffError> {
    let name = sound_name(&new.name).err();
    let email = email_key(&new.email).is_none().then_some(StaffError::BadEmail);
    name.into_iter().chain(email).collect()
}

fn sound_name(typed: &str) -> Result<&str, StaffError> {
    let name = typed.trim();
    let fits = !name.is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(StaffError::BadName) }
}

/// Everyone, those with access first, by name.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx) -> Result<Vec<Staff>, DbError> {
    store::list(tx).await
}

/// Those a ticket can be assigned to: access, and at least the role agent.
///
/// # Errors
/// When the database refuses.
pub async fn assignable(tx: &mut Tx) -> Result<Vec<Staff>, DbError> {
    let everyone = store::list(tx).await?;
    Ok(everyone.into_iter().filter(|p| p.disabled_at.is_none() && p.role.includes(Role::Agent)).collect())
}

/// One person.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>, DbError> {
    store::find(tx, id).await
}

/// One person by sign-in address, as typed.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_email(tx: &mut Tx, typed: &str) -> Result<Option<Staff>, DbError> {
    match email_key(typed) {
        Some(email) => store::find_by_email(tx, &email).await,
        None => Ok(None),
    }
}

/// Gives a person another role; their sessions die, so the new role holds at once (SEC-054).
///
/// # Errors
/// No such person, the last admin, or the database refuses.
pub async fn set_role(
    tx: &mut Tx,
    by: Option<StaffId>,
    id: StaffId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(), StaffError> {
    let person = store::find(tx, id).await?.ok_or(StaffError::NoSuchPerson)?;
    if person.role == role {
        return Ok(());
    }
    if person.role == Role::Admin {
        keep_an_admin(tx, id).await?;
    }
    store::set_role(tx, id, role).await?;
    store::delete_sessions(tx, id).await?;
    let detail = format!("{} → {role}", person.role);
    audit::append(tx, by, act::ROLE_CHANGED, &object(id), &detail, now).await?;
    Ok(())
}

/// Takes a person's access away: sessions and links die now.
///
/// # Errors
/// No such person, the last admin, or the database refuses.
pub async fn disable(tx: &mut Tx, by: Option<StaffId>, id: StaffId, now: DateTime<Utc>) -> Result<(), StaffError> {
    let person = store::find(tx, id).await?.ok_or(StaffError::NoSuchPerson)?;
    if person.disabled_at.is_some() {
        return Ok(());
    }
    if person.role == Role::Admin {
        keep_an_admin(tx, id).await?;
    }
    store::set_disabled(tx, id, Some(now)).await?;
    store::delete_sessions(tx, id).await?;
    store::delete_links(tx, Some(id)).await?;
    audit::append(tx, by, act::STAFF_DISABLED, &object(id), "", now).await?;
    Ok(())
}

/// Gives a person access again; the old password holds.
///
/// # Errors
/// No such person, or the database refuses.
pub async fn enable(tx: &mut Tx, by: Option<StaffId>, id: StaffId, now: DateTime<Utc>) -> Result<(), StaffError> {
    let person = store::find(tx, id).await?.ok_or(StaffError::NoSuchPerson)?;
    if person.disabled_at.is_some() {
        store::set_disabled(tx, id, None).await?;
        audit::append(tx, by, act::STAFF_ENABLED, &object(id), "", now).await?;
    }
    Ok(())
}

async fn keep_an_admin(tx: &mut Tx, but: StaffId) -> Result<(), StaffError> {
    if store::count_admins_but(tx, but).await? == 0 { Err(StaffError::LastAdmin) } else { Ok(()) }
}

/// Sets a password from outside a browser (`staff add --password-file`). `hash` is of a checked password.
///
/// # Errors
/// When the database refuses.
pub async fn store_password(tx: &mut Tx, id: StaffId, hash: &str) -> Result<(), DbError> {
    store::set_password(tx, id, hash).await?;
    store::delete_sessions(tx, id).await?;
    store::delete_links(tx, Some(id)).await
}

/// Gives a person's calendar a new secret (its hash), or takes it away.
///
/// # Errors
/// When the database refuses.
pub async fn update_feed(tx: &mut Tx, id: StaffId, hash: Option<&str>) -> Result<(), StaffError> {
    Ok(store::update_feed(tx, id, hash).await?)
}

/// Whose calendar a secret opens, by its hash; somebody without access has none.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_feed(tx: &mut Tx, hash: &str) -> Result<Option<Staff>, DbError> {
    let Some(id) = store::find_by_feed(tx, hash).await? else { return Ok(None) };
    Ok(store::list(tx).await?.into_iter().find(|staff| staff.id == id && staff.disabled_at.is_none()))
}

/// Stores what a person chose on their settings page.
///
/// # Errors
/// A fault of the name, or the database refuses.
pub async fn update_settings(
    tx: &mut Tx,
    id: StaffId,
    name: &str,
    lang: Lang,
    shortcuts: bool,
) -> Result<(), StaffError> {
    store::update_settings(tx, id, sound_name(name)?, lang, shortcuts).await?;
    Ok(())
}
