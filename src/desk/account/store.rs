//! SQL of the mirror: rows in, candidates and records out.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::keys::{AccountKeys, ClaimKeys};
use super::{
    AccountId, AccountRecord, ApplicationState, Birthdate, EmailAddress, LicenceImage, LoginMailState, Phase,
    RegistrationNumber,
};
use crate::platform::db::{Builder, DbError, Query, Tx, Value, query};

/// Rows in one INSERT. SQLite finds a place `$N` by walking a list, so a statement costs the square of its places; a few
/// hundred are the valley between that and the cost of a statement. The text is prepared once per size.
const ROWS: usize = 12;
/// Keys in one INSERT, three values each.
const KEYS: usize = 100;
/// Ids in one IN list.
const IDS: usize = 500;

const COLUMNS: &str = "account_id, registration_number, born_on, family_name, given_name, family_kana, given_kana, former_names, email, email_key, phone, phase, entry_fiscal_year, specialty, program, director_name, director_email, application_state, registered_at, login_mail_sent_at, login_mail_state, temporary_password_issued_at, licence_image, more, row_hash, source, imported_at, updated_at";

/// A registration with where it stands and where it came from.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id here.
    pub id: AccountId,
    /// Its fields.
    pub record: AccountRecord,
    /// What does not fit a row: applications, withdrawal, records, former_emails.
    pub more: serde_json::Value,
    /// The file or client the row came from.
    pub source: String,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// When it came in.
    pub imported_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: i64,
    account_id: String,
    registration_number: Option<i64>,
    born_on: Option<NaiveDate>,
    family_name: String,
    given_name: String,
    family_kana: String,
    given_kana: String,
    former_names: String,
    email: String,
    phone: String,
    phase: String,
    entry_fiscal_year: Option<i64>,
    specialty: String,
    program: String,
    director_name: String,
    director_email: String,
    application_state: String,
    registered_at: Option<DateTime<Utc>>,
    login_mail_sent_at: Option<DateTime<Utc>>,
    login_mail_state: String,
    temporary_password_issued_at: Option<DateTime<Utc>>,
    licence_image: String,
    more: sqlx::types::Json<serde_json::Value>,
    source: String,
    imported_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<AccountRow> for Account {
    type Error = DbError;

    fn try_from(row: AccountRow) -> Result<Self, DbError> {
        let impossible = |what: &str| DbError::Impossible { table: "accounts", id: row.id, what: what.to_owned() };
        let number = row
            .registration_number
            .and_then(RegistrationNumber::new)
            .ok_or_else(|| impossible("registration_number"))?;
        let birthdate = row.born_on.map(Birthdate::new).ok_or_else(|| impossible("born_on"))?;
        let more = row.more.0;
        let former_emails = more.get("former_emails").and_then(|list| list.as_array());
        let record = AccountRecord {
            registration_number: number,
            birthdate,
            former_names: row.former_names.split(';').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            former_emails: former_emails
                .into_iter()
                .flatten()
                .filter_map(|email| email.as_str())
                .map(str::to_owned)
                .collect(),
            phase: Phase::parse(&row.phase),
            application_state: ApplicationState::parse(&row.application_state),
            login_mail_state: LoginMailState::parse(&row.login_mail_state),
            licence_image: LicenceImage::parse(&row.licence_image),
            account_id: row.account_id,
            family_name: row.family_name,
            given_name: row.given_name,
            family_kana: row.family_kana,
            given_kana: row.given_kana,
            email: row.email,
            phone: row.phone,
            entry_fiscal_year: row.entry_fiscal_year,
            specialty: row.specialty,
            program: row.program,
            director_name: row.director_name,
            director_email: row.director_email,
            registered_at: row.registered_at,
            login_mail_sent_at: row.login_mail_sent_at,
            temporary_password_issued_at: row.temporary_password_issued_at,
        };
        Ok(Self {
            id: AccountId(row.id),
            record,
            more,
            source: row.source,
            imported_at: row.imported_at,
            updated_at: row.updated_at,
        })
    }
}

fn all_of(rows: Vec<AccountRow>) -> Result<Vec<Account>, DbError> {
    rows.into_iter().map(Account::try_from).collect()
}

/// An account by its id here.
///
/// # Errors
/// When the database refuses or the row cannot be.
pub async fn find_account(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, DbError> {
    let row: Option<AccountRow> = query("SELECT * FROM accounts WHERE id = $1").bind(id).fetch_optional(tx).await?;
    row.map(Account::try_from).transpose()
}

/// An account by the online system's id.
///
/// # Errors
/// As [`find_account`].
pub async fn find_by_account_id(tx: &mut Tx, account_id: &str) -> Result<Option<Account>, DbError> {
    let row: Option<AccountRow> =
        query("SELECT * FROM accounts WHERE account_id = $1").bind(account_id).fetch_optional(tx).await?;
    row.map(Account::try_from).transpose()
}

/// Accounts by number, for the account search of staff.
///
/// # Errors
/// As [`find_account`].
pub async fn list_by_number(tx: &mut Tx, number: RegistrationNumber) -> Result<Vec<Account>, DbError> {
    all_of(
        query("SELECT * FROM accounts WHERE registration_number = $1 ORDER BY id LIMIT 50")
            .bind(number.value())
            .fetch_all(tx)
            .await?,
    )
}

/// Every account, in the order of its id: for batches.
///
/// # Errors
/// As [`find_account`].
pub async fn list_all(tx: &mut Tx) -> Result<Vec<Account>, DbError> {
    all_of(query("SELECT * FROM accounts ORDER BY id").fetch_all(tx).await?)
}

/// How many accounts, and when the mirror was last changed.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut Tx) -> Result<(i64, Option<DateTime<Utc>>), DbError> {
    query("SELECT COUNT(*), MAX(updated_at) FROM accounts").fetch_one(tx).await
}

/// Everyone who shares a key with the claim or whose number is one slip away. Each look-up uses an index.
///
/// # Errors
/// As [`find_account`].
pub async fn find_candidates(tx: &mut Tx, claim: &ClaimKeys) -> Result<Vec<(AccountId, AccountKeys)>, DbError> {
    let mut by_row: Vec<AccountRow> = Vec::new();
    if let Some(number) = claim.number {
        let numbers = std::iter::once(number).chain(number.one_slip_away()).map(RegistrationNumber::value);
        let found =
            Builder::new("SELECT * FROM accounts WHERE registration_number").with_list(" IN (", numbers, ")").build();
        by_row.extend(found.fetch_all::<AccountRow>(tx).await?);
    }
    let dates: Vec<NaiveDate> =
        claim.birthdate.iter().chain(&claim.birthdate_readings).map(|birthdate| birthdate.date()).collect();
    if !dates.is_empty() {
        let found = Builder::new("SELECT * FROM accounts WHERE born_on")
            .with_list(" IN (", dates, ") ORDER BY id LIMIT 400")
            .build();
        by_row.extend(found.fetch_all::<AccountRow>(tx).await?);
    }
    for (kind, keys) in [
        ("name", claim.name_lookups()),
        ("kana", claim.kana_lookups()),
        ("romaji", claim.romaji_lookups()),
        ("email", claim.email_lookups()),
    ] {
        if keys.is_empty() {
            continue;
        }
        let found = Builder::new("SELECT * FROM accounts WHERE id IN (SELECT account_id FROM account_keys")
            .with(" WHERE kind = ?", kind)
            .with_list(" AND key IN (", keys, ") LIMIT 400)")
            .build();
        by_row.extend(found.fetch_all::<AccountRow>(tx).await?);
    }
    by_row.sort_by_key(|row| row.id);
    by_row.dedup_by_key(|row| row.id);
    Ok(all_of(by_row)?.into_iter().map(|account| (account.id, AccountKeys::of(&account.record))).collect())
}

/// What the mirror holds of each account: its id here and the hash of its row.
pub(super) async fn row_hashes(tx: &mut Tx) -> Result<HashMap<String, (i64, String)>, DbError> {
    let rows: Vec<(i64, String, String)> = query("SELECT id, account_id, row_hash FROM accounts").fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id, account_id, hash)| (account_id, (id, hash))).collect())
}

/// A row ready to be written.
pub(super) struct PreparedRow {
    pub record: AccountRecord,
    pub more: serde_json::Value,
    pub hash: String,
}

/// Inserts new rows or, by `account_id`, replaces known ones, and their keys with them.
pub(super) async fn upsert(
    tx: &mut Tx,
    rows: &[PreparedRow],
    source: &str,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>, DbError> {
    let mut ids = Vec::with_capacity(rows.len());
    let mut keys: Vec<(i64, &'static str, String)> = Vec::with_capacity(rows.len() * 5);
    for chunk in rows.chunks(ROWS) {
        let mut insert = Builder::new("INSERT INTO accounts (").push(COLUMNS).push(") VALUES ");
        for (n, row) in chunk.iter().enumerate() {
            insert = insert.with_list(if n == 0 { "(" } else { ",(" }, values(row, source, now), ")");
        }
        let insert = insert.push(
            " ON CONFLICT (account_id) DO UPDATE SET registration_number = excluded.registration_number, born_on = excluded.born_on, family_name = excluded.family_name, given_name = excluded.given_name, family_kana = excluded.family_kana, given_kana = excluded.given_kana, former_names = excluded.former_names, email = excluded.email, email_key = excluded.email_key, phone = excluded.phone, phase = excluded.phase, entry_fiscal_year = excluded.entry_fiscal_year, specialty = excluded.specialty, program = excluded.program, director_name = excluded.director_name, director_email = excluded.director_email, application_state = excluded.application_state, registered_at = excluded.registered_at, login_mail_sent_at = excluded.login_mail_sent_at, login_mail_state = excluded.login_mail_state, temporary_password_issued_at = excluded.temporary_password_issued_at, licence_image = excluded.licence_image, more = excluded.more, row_hash = excluded.row_hash, source = excluded.source, imported_at = excluded.imported_at, updated_at = excluded.updated_at RETURNING id, account_id",
        );
        let written: Vec<(i64, String)> = insert.build().fetch_all(tx).await?;
        let by_account: HashMap<&str, i64> =
            written.iter().map(|(id, account_id)| (account_id.as_str(), *id)).collect();
        for row in chunk {
            let Some(&id) = by_account.get(row.record.account_id.as_str()) else { continue };
            ids.push(AccountId(id));
            keys.extend(key_rows(&row.record).into_iter().map(|(kind, key)| (id, kind, key)));
        }
    }
    write_keys(tx, keys).await?;
    Ok(ids)
}

/// Notes that these rows were read again and say what was known.
pub(super) async fn touch(tx: &mut Tx, ids: &[i64], source: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    for chunk in ids.chunks(IDS) {
        let update = Builder::new("UPDATE accounts").with(" SET source = ?", source).with(", imported_at = ?", now);
        update.with_list(" WHERE id IN (", chunk.iter().copied(), ")").build().execute(tx).await?;
    }
    Ok(())
}

/// Deletes the keys of accounts that are about to be replaced.
pub(super) async fn delete_keys(tx: &mut Tx, ids: &[i64]) -> Result<(), DbError> {
    for chunk in ids.chunks(IDS) {
        Builder::new("DELETE FROM account_keys WHERE account_id")
            .with_list(" IN (", chunk.iter().copied(), ")")
            .build()
            .execute(tx)
            .await?;
    }
    Ok(())
}

async fn write_keys(tx: &mut Tx, keys: Vec<(i64, &'static str, String)>) -> Result<(), DbError> {
    for chunk in keys.chunks(KEYS) {
        let mut insert = Builder::new("INSERT INTO account_keys (account_id, kind, key) VALUES ");
        for (n, (id, kind, key)) in chunk.iter().enumerate() {
            let row = [Value::from(*id), Value::from(*kind), Value::from(key)];
            insert = insert.with_list(if n == 0 { "(" } else { ",(" }, row, ")");
        }
        let query: Query = insert.push(" ON CONFLICT DO NOTHING").build();
        query.execute(tx).await?;
    }
    Ok(())
}

/// What an account is found by: names in each writing, the reading, its romanisation, addresses.
fn key_rows(record: &AccountRecord) -> Vec<(&'static str, String)> {
    let keys = AccountKeys::of(record);
    let mut rows: Vec<(&'static str, String)> = keys.wholes.iter().map(|whole| ("name", whole.to_string())).collect();
    if !keys.kana().is_empty() {
        rows.push(("kana", keys.kana().to_owned()));
        rows.push(("romaji", keys.romaji()));
    }
    rows.extend(keys.emails.iter().map(|email| ("email", email.to_string())));
    rows
}

fn values(row: &PreparedRow, source: &str, now: DateTime<Utc>) -> [Value; 28] {
    let r = &row.record;
    let word = |word: Option<&'static str>| Value::from(word.unwrap_or(""));
    let email_key = EmailAddress::parse(&r.email).map(|email| email.value.key()).unwrap_or_default();
    [
        Value::from(&r.account_id),
        Value::from(r.registration_number.value()),
        Value::from(r.birthdate.date()),
        Value::from(&r.family_name),
        Value::from(&r.given_name),
        Value::from(&r.family_kana),
        Value::from(&r.given_kana),
        Value::from(r.former_names.join(";")),
        Value::from(&r.email),
        Value::from(email_key),
        Value::from(&r.phone),
        word(r.phase.map(Phase::as_str)),
        Value::from(r.entry_fiscal_year),
        Value::from(&r.specialty),
        Value::from(&r.program),
        Value::from(&r.director_name),
        Value::from(&r.director_email),
        word(r.application_state.map(ApplicationState::as_str)),
        Value::from(r.registered_at),
        Value::from(r.login_mail_sent_at),
        word(r.login_mail_state.map(LoginMailState::as_str)),
        Value::from(r.temporary_password_issued_at),
        word(r.licence_image.map(LicenceImage::as_str)),
        Value::from(with_former_emails(&row.more, r)),
        Value::from(&row.hash),
        Value::from(source),
        Value::from(now),
        Value::from(now),
    ]
}

fn with_former_emails(more: &serde_json::Value, record: &AccountRecord) -> serde_json::Value {
    let mut more = if more.is_object() { more.clone() } else { json!({}) };
    if let (Some(fields), false) = (more.as_object_mut(), record.former_emails.is_empty()) {
        fields.insert("former_emails".to_owned(), json!(record.former_emails));
    }
    more
}
