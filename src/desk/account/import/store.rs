//! SQL that writes the mirror: rows and the keys they are found by.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::desk::account::keys::{AccountKeys, key_hash};
use crate::desk::account::nested::PartHashes;
use crate::desk::account::{Account, AccountRecord, ApplicationState, LicenceImage, LoginMailState, Phase, store};
use crate::platform::db::{Builder, DbError, Tx, Value, bulk, query};

/// Ids in one IN list.
const IDS: usize = 500;
/// The version of the keys in the table: raise it when `name_key`, `kana_key` or another key changes, and they are
/// written anew before the next match.
const KEYS: &str = "2026-11-b";

const HEAD: &str = "INSERT INTO accounts (id, account_id, registration_number, born_on, family_name, given_name, family_kana, given_kana, former_names, email, email_key, former_emails, phone, phase, entry_fiscal_year, specialty, program, director_name, director_email, application_state, registered_at, login_mail_sent_at, login_mail_state, temporary_password_issued_at, licence_image, row_hash, source, imported_at, updated_at) VALUES ";
const WIDTH: usize = 29;
/// Rows of one statement.
pub(super) const ROWS_AT_ONCE: usize = bulk::rows_at_once(WIDTH);
const OR_REPLACE: &str = " ON CONFLICT (account_id) DO UPDATE SET registration_number = excluded.registration_number, born_on = excluded.born_on, family_name = excluded.family_name, given_name = excluded.given_name, family_kana = excluded.family_kana, given_kana = excluded.given_kana, former_names = excluded.former_names, email = excluded.email, email_key = excluded.email_key, former_emails = excluded.former_emails, phone = excluded.phone, phase = excluded.phase, entry_fiscal_year = excluded.entry_fiscal_year, specialty = excluded.specialty, program = excluded.program, director_name = excluded.director_name, director_email = excluded.director_email, application_state = excluded.application_state, registered_at = excluded.registered_at, login_mail_sent_at = excluded.login_mail_sent_at, login_mail_state = excluded.login_mail_state, temporary_password_issued_at = excluded.temporary_password_issued_at, licence_image = excluded.licence_image, row_hash = excluded.row_hash, source = excluded.source, imported_at = excluded.imported_at, updated_at = excluded.updated_at";

/// What the mirror holds of one account.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub id: i64,
    pub hash: u64,
    pub nested: PartHashes,
}

/// What the mirror holds of each account, by アカウントID.
pub(super) async fn known(tx: &mut Tx) -> Result<HashMap<String, Known>, DbError> {
    // In one column, as in `store::all_keys`: each column costs as much as the row.
    let sql = "SELECT id, row_hash || $1 || nested_hash || $1 || account_id FROM accounts";
    let rows: Vec<(i64, String)> = query(sql).bind(" ").fetch_all(tx).await?;
    let known = |(id, text): (i64, String)| {
        let mut parts = text.splitn(3, ' ');
        let (hash, nested) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        (parts.next().unwrap_or("").to_owned(), known_of(id, hash, nested))
    };
    Ok(rows.into_iter().map(known).collect())
}

/// What the mirror holds of these accounts.
pub(super) async fn known_of_these(tx: &mut Tx, account_ids: &[&str]) -> Result<HashMap<String, Known>, DbError> {
    let mut all = HashMap::with_capacity(account_ids.len());
    for chunk in account_ids.chunks(IDS) {
        let rows: Vec<(i64, String, String, String)> =
            Builder::new("SELECT id, account_id, row_hash, nested_hash FROM accounts WHERE account_id")
                .with_list(" IN (", chunk.iter().copied(), ")")
                .build()
                .fetch_all(tx)
                .await?;
        all.extend(rows.into_iter().map(|(id, account_id, hash, nested)| (account_id, known_of(id, &hash, &nested))));
    }
    Ok(all)
}

fn known_of(id: i64, hash: &str, nested: &str) -> Known {
    // A hash that is none compares as "changed", and is then written anew.
    let number = |hex: &str| u64::from_str_radix(hex, 16).unwrap_or(0);
    Known { id, hash: number(hash), nested: PartHashes::of_text(nested) }
}

/// Accounts by アカウントID, whole.
pub(super) async fn accounts_of(tx: &mut Tx, account_ids: &[&str]) -> Result<HashMap<String, Account>, DbError> {
    let mut all = HashMap::with_capacity(account_ids.len());
    for chunk in account_ids.chunks(IDS) {
        let found = store::list_by_account_ids(tx, chunk).await?;
        all.extend(found.into_iter().map(|account| (account.record.account_id.clone(), account)));
    }
    Ok(all)
}

/// A row that is to be written under this id.
pub(super) struct NewRow {
    pub id: i64,
    pub record: AccountRecord,
    pub hash: u64,
}

/// Rows as values of the two tables.
pub(super) struct Prepared {
    /// Of `accounts`, row by row.
    pub values: Vec<Value>,
    /// Of `account_keys`.
    pub keys: Vec<(i64, i64)>,
}

/// Makes rows ready: keys are computed here.
pub(super) fn prepare(rows: Vec<NewRow>, source: &str, now: DateTime<Utc>) -> Prepared {
    let mut values = Vec::with_capacity(rows.len() * WIDTH);
    let mut keys = Vec::with_capacity(rows.len() * 5);
    for row in rows {
        let account = AccountKeys::of(&row.record);
        keys.extend(hashes(&account).into_iter().map(|key| (key, row.id)));
        push_values(&mut values, row, account.email(), source, now);
    }
    Prepared { values, keys }
}

/// Inserts new rows or replaces known ones (whose keys were deleted before).
pub(super) async fn upsert(tx: &mut Tx, values: Vec<Value>) -> Result<(), DbError> {
    bulk::insert(tx, HEAD, WIDTH, values, OR_REPLACE).await.map(|_| ())
}

/// Writes keys with their accounts.
pub(super) async fn write_keys(tx: &mut Tx, pairs: Vec<(i64, i64)>) -> Result<(), DbError> {
    let head = "INSERT INTO account_keys (key, account_id) VALUES ";
    for share in pairs.chunks(bulk::rows_at_once(2)) {
        let values = share.iter().flat_map(|(key, id)| [Value::from(*key), Value::from(*id)]).collect();
        bulk::insert(tx, head, 2, values, " ON CONFLICT DO NOTHING").await?;
    }
    Ok(())
}

/// Notes that these rows were read again and say what was known.
pub(super) async fn touch(tx: &mut Tx, ids: &[i64], source: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    for chunk in ids.chunks(IDS) {
        let update = Builder::new("UPDATE accounts").with(" SET source = ?", source).with(", imported_at = ?", now);
        update.with_list(" WHERE id IN (", chunk.iter().copied(), ")").build().execute(tx).await?;
    }
    Ok(())
}

/// The same for every row of the mirror.
pub(super) async fn touch_all(tx: &mut Tx, source: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE accounts SET source = $1, imported_at = $2").bind(source).bind(now).execute(tx).await?;
    Ok(())
}

/// Deletes the keys of these accounts, which are about to be replaced.
pub(super) async fn delete_keys(tx: &mut Tx, accounts: &[Account]) -> Result<(), DbError> {
    for account in accounts {
        Builder::new("DELETE FROM account_keys")
            .with(" WHERE account_id = ?", account.id)
            .with_list(" AND key IN (", hashes(&AccountKeys::of(&account.record)), ")")
            .build()
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Writes every key anew when the ones in the table are of another version. Cheap when they are not.
pub(super) async fn renew_keys(tx: &mut Tx) -> Result<bool, DbError> {
    let sql = "SELECT value FROM meta WHERE name = 'account_keys'";
    let found: Option<(String,)> = query(sql).fetch_optional(tx).await?;
    if found.is_some_and(|(version,)| version == KEYS) {
        return Ok(false);
    }
    query("DELETE FROM account_keys").execute(tx).await?;
    let mut pairs: Vec<(i64, i64)> = store::all_keys(tx)
        .await?
        .into_iter()
        .flat_map(|account| hashes(&account.keys).into_iter().map(move |key| (key, account.id.0)))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    write_keys(tx, pairs).await?;
    query("INSERT INTO meta (name, value) VALUES ('account_keys', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(KEYS)
        .execute(tx)
        .await?;
    Ok(true)
}

/// What an account is found by: names in each writing, the reading, its romanisation, addresses.
pub(super) fn hashes(keys: &AccountKeys) -> Vec<i64> {
    let mut hashes: Vec<i64> = keys.wholes().map(|whole| key_hash('n', whole)).collect();
    if !keys.kana().is_empty() {
        hashes.push(key_hash('k', keys.kana()));
        hashes.push(key_hash('r', &keys.romaji()));
    }
    hashes.extend(keys.emails().map(|email| key_hash('e', email)));
    hashes
}

fn push_values(values: &mut Vec<Value>, row: NewRow, email_key: &str, source: &str, now: DateTime<Utc>) {
    let word = |word: Option<&'static str>| Value::from(word.unwrap_or(""));
    let NewRow { id, record: r, hash } = row;
    values.extend([
        Value::from(id),
        Value::from(r.account_id),
        Value::from(r.registration_number.value()),
        Value::from(r.birthdate.date()),
        Value::from(r.family_name),
        Value::from(r.given_name),
        Value::from(r.family_kana),
        Value::from(r.given_kana),
        Value::from(r.former_names.join(";")),
        Value::from(r.email),
        Value::from(email_key),
        Value::from(r.former_emails.join(" ")),
        Value::from(r.phone),
        word(r.phase.map(Phase::as_str)),
        Value::from(r.entry_fiscal_year),
        Value::from(r.specialty),
        Value::from(r.program),
        Value::from(r.director_name),
        Value::from(r.director_email),
        word(r.application_state.map(ApplicationState::as_str)),
        Value::from(r.registered_at),
        Value::from(r.login_mail_sent_at),
        word(r.login_mail_state.map(LoginMailState::as_str)),
        Value::from(r.temporary_password_issued_at),
        word(r.licence_image.map(LicenceImage::as_str)),
        Value::from(format!("{hash:016x}")),
        Value::from(source),
        Value::from(now),
        Value::from(now),
    ]);
}
