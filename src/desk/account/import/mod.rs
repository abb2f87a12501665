//! Bringing the mirror up to date: what is new, what has changed, what is the same. All of a file or nothing.

mod cells;
mod csv_file;
mod json_row;
mod put;
mod store;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

pub use cells::{Columns, FieldError};
pub use csv_file::{AccountsFile, Refusal, read_accounts, read_bytes};
pub use json_row::RowError;
pub use put::{MAX_AT_ONCE, PutReport, put};

use super::keys::AccountKeys;
use super::nested::{self, Nested};
use super::{Account, AccountId, AccountRecord, parallel};
use crate::platform::db::{Db, DbError, Tx, dialect};
use store::{Known, PreparedRow};

/// How long one import may hold the writer: half a million rows on a slow disk.
const PATIENCE: Duration = Duration::from_secs(600);

/// Rows of a write that is worth a larger cache.
const LARGE: usize = 10_000;

/// How an import treats rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Count only.
    pub dry_run: bool,
    /// Take the good rows although some are refused.
    pub skip_refused: bool,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    /// Rows that were not known.
    pub new: usize,
    /// Rows that differ from what was known.
    pub changed: usize,
    /// Rows that say what was known.
    pub same: usize,
    /// Rows not taken.
    pub refused: usize,
    /// Why, line by line.
    pub errors: Vec<Refusal>,
    /// Whether rows were written (or would have been, in a dry run).
    #[serde(skip)]
    pub accepted: bool,
    /// The accounts that were written: matches that involve them are made again.
    #[serde(skip)]
    pub written: Vec<AccountId>,
}

/// A row for the mirror: what was said of the account, and which fields were.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The fields; those that were not given are empty.
    pub record: AccountRecord,
    /// What was given. A known account keeps the rest.
    pub given: Columns,
    /// What does not fit a row.
    pub nested: Nested,
}

impl ImportRow {
    /// A row that gives every field of `accounts.csv`.
    pub fn whole(record: AccountRecord) -> Self {
        Self { record, given: Columns::ALL, nested: Nested::default() }
    }
}

/// Imports a CSV file. With any refused row nothing is written unless `skip_refused`; a file that cannot be read as a whole
/// is one refusal, at its line. Columns that the file does not have keep what is known.
///
/// # Errors
/// When the database refuses; then nothing was written.
pub async fn import_csv(
    db: &Db,
    bytes: &[u8],
    source: &str,
    options: ImportOptions,
    now: DateTime<Utc>,
) -> Result<ImportReport, DbError> {
    let file = match read_accounts(bytes, now) {
        Ok(file) => file,
        Err(refusal) => return Ok(ImportReport { refused: 1, errors: vec![refusal], ..ImportReport::default() }),
    };
    let accepted = file.refused.is_empty() || options.skip_refused;
    let given = file.columns;
    let rows =
        file.rows.into_iter().map(|(_, record)| ImportRow { record, given, nested: Nested::default() }).collect();
    let mut report = import_records(db, rows, source, !accepted || options.dry_run, now).await?;
    report.refused = file.refused.len();
    report.errors = file.refused;
    report.accepted = accepted;
    Ok(report)
}

/// Writes records with what does not fit a row; used by the CSV import, the API and the demonstration. No account may
/// stand in it twice.
///
/// # Errors
/// When the database refuses; then nothing was written.
pub async fn import_records(
    db: &Db,
    rows: Vec<ImportRow>,
    source: &str,
    count_only: bool,
    now: DateTime<Utc>,
) -> Result<ImportReport, DbError> {
    let rows = parallel::map(rows, |row| {
        let hash = row_hash(&row.record);
        (row, hash)
    });
    if count_only {
        return Ok(compare(&mut db.read().await?, rows).await?.report);
    }
    let source = source.to_owned();
    db.write_within(PATIENCE, async move |tx: &mut Tx| {
        store::renew_keys(tx).await?;
        let compared = compare(tx, rows).await?;
        let is_large = compared.write.len() > LARGE;
        if is_large {
            dialect::large_cache(tx, true).await?;
        }
        let written = write(tx, compared, &source, now).await;
        if is_large {
            dialect::large_cache(tx, false).await?;
        }
        written
    })
    .await
}

/// Writes the keys of every account anew when this binary makes them otherwise than the one that wrote them; true when
/// it did. For the start of the desk.
///
/// # Errors
/// When the database refuses.
pub async fn renew_keys(db: &Db) -> Result<bool, DbError> {
    db.write_within(PATIENCE, async move |tx: &mut Tx| store::renew_keys(tx).await).await
}

/// Rows that were compared with the mirror.
#[derive(Default)]
struct Compared {
    report: ImportReport,
    write: Vec<(AccountRecord, u64)>,
    nested: Vec<(String, Nested)>,
    same: Vec<i64>,
    /// Ids of known accounts, by アカウントID.
    ids: HashMap<String, i64>,
    replaced: Vec<Account>,
}

async fn compare(tx: &mut Tx, rows: Vec<(ImportRow, u64)>) -> Result<Compared, DbError> {
    let known = if rows.len() > 2_000 {
        store::known(tx).await?
    } else {
        let ids: Vec<&str> = rows.iter().map(|(row, _)| row.record.account_id.as_str()).collect();
        store::known_of_these(tx, &ids).await?
    };
    let differs = |row: &ImportRow, hash: u64, known: &Known| {
        !row.given.is_all() || row.nested.former_emails.is_some() || hash != known.hash
    };
    let to_load: Vec<&str> = rows
        .iter()
        .filter(|(row, hash)| known.get(&row.record.account_id).is_some_and(|known| differs(row, *hash, known)))
        .map(|(row, _)| row.record.account_id.as_str())
        .collect();
    let mut accounts = store::accounts_of(tx, &to_load).await?;
    let mut compared =
        Compared { report: ImportReport { accepted: true, ..ImportReport::default() }, ..Compared::default() };
    for (mut row, mut hash) in rows {
        let account_id = row.record.account_id.clone();
        let Some(known) = known.get(&account_id) else {
            compared.report.new += 1;
            row.record.former_emails = row.nested.former_emails.clone().unwrap_or_default();
            if !row.nested.is_empty() {
                compared.nested.push((account_id, row.nested));
            }
            compared.write.push((row.record, hash));
            continue;
        };
        compared.ids.insert(account_id.clone(), known.id);
        let account = accounts.remove(&account_id);
        if let Some(account) = &account {
            row.given.keep_rest(&mut row.record, &account.record);
            row.record.former_emails =
                row.nested.former_emails.clone().unwrap_or_else(|| account.record.former_emails.clone());
            hash = row_hash(&row.record);
        }
        let nested_differs = row.nested.differs(known.nested);
        if hash == known.hash && !nested_differs {
            compared.report.same += 1;
            compared.same.push(known.id);
            continue;
        }
        compared.report.changed += 1;
        if nested_differs {
            compared.nested.push((account_id, row.nested));
        }
        match account {
            Some(account) => {
                compared.replaced.push(account);
                compared.write.push((row.record, hash));
            }
            None => compared.same.push(known.id),
        }
    }
    Ok(compared)
}

async fn write(tx: &mut Tx, compared: Compared, source: &str, now: DateTime<Utc>) -> Result<ImportReport, DbError> {
    let Compared { mut report, write, nested, same, ids, replaced } = compared;
    store::touch(tx, &same, source, now).await?;
    store::delete_keys(tx, &replaced).await?;
    let rows = parallel::map(write, |(record, hash)| PreparedRow {
        keys: store::hashes(&AccountKeys::of(&record)),
        record,
        hash,
    });
    let mut names: Vec<String> = rows.iter().map(|row| row.record.account_id.clone()).collect();
    let ids = store::upsert(tx, rows, ids, source, now).await?;
    for (account_id, nested) in nested {
        if let Some(id) = ids.get(&account_id) {
            nested::store::write(tx, AccountId(*id), &nested, now).await?;
            names.push(account_id);
        }
    }
    report.written = names.iter().filter_map(|name| ids.get(name).copied().map(AccountId)).collect();
    report.written.sort_unstable();
    report.written.dedup();
    Ok(report)
}

/// A hash over every field of a row, each with its length, so that a value cannot slip into its neighbour.
fn row_hash(record: &AccountRecord) -> u64 {
    use std::fmt::Write;
    let mut hash = Sha256::new();
    let mut number = String::new();
    let mut add = |field: &str| {
        hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(field.as_bytes());
    };
    for text in [
        &record.account_id,
        &record.family_name,
        &record.given_name,
        &record.family_kana,
        &record.given_kana,
        &record.email,
        &record.phone,
        &record.specialty,
        &record.program,
        &record.director_name,
        &record.director_email,
        &record.former_names.join(";"),
    ] {
        add(text);
    }
    for word in [
        record.phase.map(super::Phase::as_str),
        record.application_state.map(super::ApplicationState::as_str),
        record.login_mail_state.map(super::LoginMailState::as_str),
        record.licence_image.map(super::LicenceImage::as_str),
    ] {
        add(word.unwrap_or(""));
    }
    for instant in [record.registered_at, record.login_mail_sent_at, record.temporary_password_issued_at] {
        let _ = write!(number, "{};", instant.map_or(0, |at| at.timestamp_micros()));
    }
    let _ = write!(
        number,
        "{};{};{}",
        record.registration_number.value(),
        record.birthdate.date(),
        record.entry_fiscal_year.unwrap_or(0)
    );
    add(&number);
    first_64_bits(hash)
}

fn first_64_bits(hash: Sha256) -> u64 {
    let digest: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
