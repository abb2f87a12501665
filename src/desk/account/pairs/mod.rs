//! Pairs of registrations that are one person's, kept where staff see them (二重登録). The nightly finder adds what it
//! finds and takes away what it no longer finds; what staff dismissed stays dismissed.

pub mod store;

use chrono::{DateTime, Utc};

use super::duplicates::find_duplicates;
use super::index::AccountIndex;
use super::matching::RULE_VERSION;
use super::store::all_keys;
use super::{AccountId, Reason, twins};
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx};

/// A stored pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The account with the smaller id.
    pub a: AccountId,
    /// The other.
    pub b: AccountId,
    /// What agrees, field by field; empty when an older rule worded it otherwise.
    pub reasons: Vec<Reason>,
    /// Version of the rule that found it.
    pub rule_version: String,
    /// First time the finder saw it.
    pub found_at: DateTime<Utc>,
    /// Last time.
    pub seen_at: DateTime<Utc>,
    /// When, by whom and why staff said that they are two people.
    pub dismissed: Option<Dismissal>,
}

/// Staff said that a pair is two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: StaffId,
    /// Why, in their words.
    pub why: String,
}

/// What one run of the finder did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Pairs that were not known.
    pub new: i64,
    /// Pairs that are no pair any more.
    pub gone: i64,
    /// Pairs that wait for staff.
    pub open: i64,
}

/// One of the two registrations of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// Its id here.
    pub id: AccountId,
    /// アカウントID of the online system.
    pub account_id: String,
}

/// A pair as the rule sees it in the mirror of this moment; `a` is the earlier registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The account with the smaller id.
    pub a: Half,
    /// The other.
    pub b: Half,
    /// What agrees, field by field.
    pub reasons: Vec<Reason>,
}

/// Looks through the whole mirror but for the registrations that a repair put away.
///
/// # Errors
/// When the database refuses.
pub async fn look(tx: &mut Tx) -> Result<Vec<Seen>, DbError> {
    let mut accounts = all_keys(tx).await?;
    let away = twins::store::survivors(tx).await?;
    accounts.retain(|account| !away.contains_key(&account.id));
    let (halves, keys): (Vec<Half>, Vec<_>) =
        accounts.into_iter().map(|a| (Half { id: a.id, account_id: a.account_id }, a.keys)).unzip();
    let half = |at: u32| usize::try_from(at).ok().and_then(|at| halves.get(at)).cloned();
    Ok(find_duplicates(&AccountIndex::new(keys))
        .into_iter()
        .filter_map(|pair| Some(Seen { a: half(pair.a)?, b: half(pair.b)?, reasons: pair.reasons }))
        .collect())
}

/// What [`look`] sees and staff have not said to be two people: what a person is to settle.
///
/// # Errors
/// When the database refuses.
pub async fn look_open(tx: &mut Tx) -> Result<Vec<Seen>, DbError> {
    let mut seen = look(tx).await?;
    let dismissed = store::all_dismissed(tx).await?;
    seen.retain(|pair| !dismissed.contains(&(pair.a.id, pair.b.id)));
    Ok(seen)
}

/// Looks through the mirror and brings the stored pairs up to date.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, now: DateTime<Utc>) -> Result<Found, DbError> {
    let pairs: Vec<_> = look(tx).await?.into_iter().map(|seen| (seen.a.id, seen.b.id, seen.reasons)).collect();
    let before = store::count_open(tx).await?;
    store::upsert(tx, &pairs, RULE_VERSION, now).await?;
    let gone = store::delete_unseen(tx, now).await?;
    let open = store::count_open(tx).await?;
    Ok(Found { new: open + gone - before, gone, open })
}

/// Staff say that the two are two people, or one account was retired; false when there is no such pair. The order of the
/// two does not matter.
///
/// # Errors
/// When the database refuses.
pub async fn dismiss(
    tx: &mut Tx,
    one: AccountId,
    other: AccountId,
    by: StaffId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    store::update_dismissed(tx, one.min(other), one.max(other), Some((by, why, now))).await
}

/// Takes a dismissal back.
///
/// # Errors
/// When the database refuses.
pub async fn take_up_again(tx: &mut Tx, one: AccountId, other: AccountId) -> Result<bool, DbError> {
    store::update_dismissed(tx, one.min(other), one.max(other), None).await
}
