//! SQL of the mirror: candidates and records out. What writes it stands in `import/store.rs`.

use chrono::{DateTime, NaiveDate, Utc};

use super::keys::{AccountKeys, ClaimKeys};
use super::matching::{Grade, match_claim};
use super::{
    AccountId, AccountRecord, ApplicationState, Birthdate, LicenceImage, LoginMailState, Phase, RegistrationNumber,
};
use crate::platform::db::{Builder, DbError, Tx, dialect, query};

/// A registration with where it stands and where it came from.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id here.
    pub id: AccountId,
    /// Its fields.
    pub record: AccountRecord,
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
    former_emails: String,
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
        let record = AccountRecord {
            registration_number: number,
            birthdate,
            former_names: list_of(&row.former_names),
            former_emails: row.former_emails.split_whitespace().map(str::to_owned).collect(),
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

/// Accounts by the online system's ids, at most a few hundred at a time.
///
/// # Errors
/// As [`find_account`].
pub async fn list_by_account_ids(tx: &mut Tx, account_ids: &[&str]) -> Result<Vec<Account>, DbError> {
    if account_ids.is_empty() {
        return Ok(Vec::new());
    }
    let found =
        Builder::new("SELECT * FROM accounts WHERE account_id").with_list(" IN (", account_ids.iter().copied(), ")");
    all_of(found.build().fetch_all(tx).await?)
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
        let numbers = serde_json::json!(numbers.collect::<Vec<_>>());
        let found = Builder::new("SELECT * FROM accounts WHERE registration_number");
        by_row.extend(found.with(dialect::in_numbers(tx), numbers).build().fetch_all::<AccountRow>(tx).await?);
    }
    let dates: Vec<NaiveDate> =
        claim.birthdate.iter().chain(&claim.birthdate_readings).map(|birthdate| birthdate.date()).collect();
    if !dates.is_empty() {
        let found = Builder::new("SELECT * FROM accounts WHERE born_on")
            .with_list(" IN (", dates, ") ORDER BY id LIMIT 400")
            .build();
        by_row.extend(found.fetch_all::<AccountRow>(tx).await?);
    }
    // As in `AccountIndex`: number, birthdate and a third sign settle it, namesakes elsewhere change nothing.
    let mut first = std::mem::take(&mut by_row);
    first.sort_by_key(|row| row.id);
    first.dedup_by_key(|row| row.id);
    let first = keyed(first)?;
    if match_claim(claim, first.iter().map(|(id, keys)| (*id, keys))).grade == Grade::Exact {
        return Ok(first);
    }
    for keys in [claim.name_hashes(), claim.email_hashes()] {
        if keys.is_empty() {
            continue;
        }
        let found = Builder::new("SELECT * FROM accounts WHERE id IN (SELECT account_id FROM account_keys WHERE key")
            .with_list(" IN (", keys, ") LIMIT 1000)")
            .build();
        by_row.extend(found.fetch_all::<AccountRow>(tx).await?);
    }
    let mut all = first;
    all.extend(keyed(by_row)?);
    all.sort_by_key(|(id, _)| *id);
    all.dedup_by_key(|(id, _)| *id);
    Ok(all)
}

fn keyed(rows: Vec<AccountRow>) -> Result<Vec<(AccountId, AccountKeys)>, DbError> {
    Ok(all_of(rows)?.into_iter().map(|account| (account.id, AccountKeys::of(&account.record))).collect())
}

/// Between the texts of a [`KeyRow`]: no cell holds control characters.
const UNIT: &str = "\u{1F}";

/// The texts come in one column: with a column each, reading a mirror takes twice as long.
#[derive(sqlx::FromRow)]
struct KeyRow {
    id: i64,
    registration_number: Option<i64>,
    born_on: Option<NaiveDate>,
    texts: String,
}

/// What matching needs of one account: less than its record.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// Its id here.
    pub id: AccountId,
    /// アカウントID of the online system.
    pub account_id: String,
    /// Its keys.
    pub keys: AccountKeys,
}

impl KeyRow {
    fn keyed(self) -> Result<Keyed, DbError> {
        let impossible = |what: &str| DbError::Impossible { table: "accounts", id: self.id, what: what.to_owned() };
        let number = self.registration_number.and_then(RegistrationNumber::new);
        let number = number.ok_or_else(|| impossible("registration_number"))?;
        let birthdate = self.born_on.map(Birthdate::new).ok_or_else(|| impossible("born_on"))?;
        let mut texts = self.texts.split(UNIT);
        let mut text = || texts.next().ok_or_else(|| impossible("one of its texts holds a control character"));
        let account_id = text()?.to_owned();
        let mut record = AccountRecord::new("", number, birthdate, text()?, text()?);
        record.family_kana = text()?.to_owned();
        record.given_kana = text()?.to_owned();
        record.former_names = list_of(text()?);
        record.email = text()?.to_owned();
        record.former_emails = text()?.split_whitespace().map(str::to_owned).collect();
        record.phone = text()?.to_owned();
        if text().is_ok() {
            return Err(impossible("one of its texts holds a control character"));
        }
        Ok(Keyed { id: AccountId(self.id), account_id, keys: AccountKeys::of(&record) })
    }
}

/// The keys of every account, in the order of its id: for batches.
///
/// # Errors
/// As [`find_account`].
pub async fn all_keys(tx: &mut Tx) -> Result<Vec<Keyed>, DbError> {
    let sql = "SELECT id, registration_number, born_on, account_id || $1 || family_name || $1 || given_name || $1 || family_kana || $1 || given_kana || $1 || former_names || $1 || email || $1 || former_emails || $1 || phone AS texts FROM accounts ORDER BY id";
    let rows: Vec<KeyRow> = query(sql).bind(UNIT).fetch_all(tx).await?;
    super::parallel::map(rows, KeyRow::keyed).into_iter().collect()
}

fn list_of(text: &str) -> Vec<String> {
    text.split(';').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
