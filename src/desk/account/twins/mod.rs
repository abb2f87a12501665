//! Registrations of one person (二重登録) as staff see and settle them: who looks like a second registration of whom,
//! which pairs are two people (別人), and which registration a repair put away in favour of which.

pub mod store;

use chrono::{DateTime, Utc};

use super::store::{self as accounts, Account};
use super::{AccountId, AccountIndex, AccountKeys, Claim, ClaimKeys, RULE_VERSION, Reason, find_duplicates, pairs};
use crate::desk::audit::StaffId;
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};

/// Another registration that the rule takes for the same person's.
#[derive(Debug, Clone)]
pub struct Twin {
    /// The other one.
    pub account: Account,
    /// What agrees, field by field.
    pub reasons: Vec<Reason>,
    /// Staff said that they are two people.
    pub is_dismissed: bool,
}

/// Whether the rule takes two registrations for one person's, and why.
pub fn same_person(a: &Account, b: &Account) -> Option<Vec<Reason>> {
    let index = AccountIndex::new([AccountKeys::of(&a.record), AccountKeys::of(&b.record)]);
    find_duplicates(&index).pop().map(|pair| pair.reasons)
}

/// The twins of a registration, computed now from its neighbours (number ± one slip, birthdate, names, addresses). Those
/// that a repair has put away are left out.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, account: &Account, now: DateTime<Utc>) -> Result<Vec<Twin>, DbError> {
    let r = &account.record;
    let claim = Claim {
        name: Some(r.full_name()),
        kana: Some(r.full_kana()),
        email: Some(r.email.clone()),
        phone: Some(r.phone.clone()),
        ..Claim::default()
    };
    let today = now.with_timezone(&jst()).date_naive();
    let claim = ClaimKeys::of_ticket(Some(r.registration_number), Some(r.birthdate), &claim, today);
    let own = AccountKeys::of(r);
    let mut twins = Vec::new();
    for (id, keys) in accounts::find_candidates(tx, &claim).await? {
        if id == account.id {
            continue;
        }
        let Some(pair) = find_duplicates(&AccountIndex::new([own.clone(), keys])).pop() else { continue };
        if store::survivor_of(tx, id).await?.is_some() {
            continue;
        }
        let Some(other) = accounts::find_account(tx, id).await? else { continue };
        let is_dismissed = pairs::store::find(tx, account.id, id).await?.is_some_and(|pair| pair.dismissed.is_some());
        twins.push(Twin { account: other, reasons: pair.reasons, is_dismissed });
    }
    twins.sort_by_key(|twin| (twin.is_dismissed, twin.account.id));
    Ok(twins)
}

/// Staff say that two registrations are two people: the pair is not proposed again, also when the nightly finder has
/// not met it yet.
///
/// # Errors
/// When the database refuses.
pub async fn dismiss(
    tx: &mut Tx,
    (one, other): (AccountId, AccountId),
    reasons: Vec<Reason>,
    by: StaffId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    if !pairs::dismiss(tx, one, other, by, why, now).await? {
        pairs::store::upsert(tx, &[(one.min(other), one.max(other), reasons)], RULE_VERSION, now).await?;
        pairs::dismiss(tx, one, other, by, why, now).await?;
    }
    Ok(())
}

/// Puts a registration away in favour of another; its open pairs are settled with it. `None` when it was put away
/// before; else the pairs, which [`restore`] wants back.
///
/// # Errors
/// When the database refuses.
pub async fn retire(
    tx: &mut Tx,
    id: AccountId,
    survivor: AccountId,
    by: StaffId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<AccountId>>, DbError> {
    if !store::retire(tx, id, survivor, now).await? {
        return Ok(None);
    }
    let open = pairs::store::of_account(tx, id).await?.into_iter().filter(|pair| pair.dismissed.is_none());
    let mut others = Vec::new();
    for pair in open {
        pairs::dismiss(tx, pair.a, pair.b, by, why, now).await?;
        others.push(if pair.a == id { pair.b } else { pair.a });
    }
    Ok(Some(others))
}

/// Brings a registration back, and its pairs with it.
///
/// # Errors
/// When the database refuses.
pub async fn restore(tx: &mut Tx, id: AccountId, others: &[AccountId]) -> Result<(), DbError> {
    store::restore(tx, id).await?;
    for other in others {
        pairs::take_up_again(tx, id, *other).await?;
    }
    Ok(())
}

/// Candidates of a match without those that a repair put away: the survivor stands for them, also when only they were
/// found, so that someone who still gives an old address meets the survivor.
///
/// # Errors
/// When the database refuses.
pub async fn living(
    tx: &mut Tx,
    candidates: Vec<(AccountId, AccountKeys)>,
) -> Result<Vec<(AccountId, AccountKeys)>, DbError> {
    let ids: Vec<AccountId> = candidates.iter().map(|(id, _)| *id).collect();
    let retired = store::retired_among(tx, &ids).await?;
    if retired.is_empty() {
        return Ok(candidates);
    }
    let mut living: Vec<(AccountId, AccountKeys)> = Vec::with_capacity(candidates.len());
    for (id, keys) in candidates {
        let survivor = retired.iter().find(|(gone, _)| *gone == id).map(|(_, survivor)| *survivor);
        let Some(survivor) = survivor else {
            living.push((id, keys));
            continue;
        };
        let is_there = ids.contains(&survivor) || living.iter().any(|(id, _)| *id == survivor);
        if !is_there && let Some(account) = accounts::find_account(tx, survivor).await? {
            living.push((survivor, AccountKeys::of(&account.record)));
        }
    }
    Ok(living)
}
