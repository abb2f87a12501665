//! Bringing the mirror up to date: what is new, what has changed, what is the same. All of a file or nothing.

mod cells;
mod csv_file;
mod json_row;
mod put;
mod store;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

pub use cells::{Columns, FieldError};
pub use csv_file::{AccountsFile, Refusal, read_accounts, read_bytes};
pub use json_row::RowError;
pub use put::{MAX_AT_ONCE, PutReport, put};

use super::nested::{self, Nested};
use super::{Account, AccountId, AccountRecord, parallel};
use crate::platform::db::{Db, DbError, Tx, dialect};
use store::{Known, NewRow, Prepared};

/// How long one import may hold the writer: half a million rows on a slow disk.
const PATIENCE: Duration = Duration::from_secs(600);

/// Rows of a write that is worth a larger cache.
const LARGE: usize = 10_000;

/// What else is to happen in the transaction of an import, with the accounts it wrote (`flows::mirrored`). In the same
/// transaction, since a crash after it would forget.
pub type AfterWrite =
    Arc<dyn for<'t> Fn(&'t mut Tx, Vec<AccountId>) -> BoxFuture<'t, Result<(), DbError>> + Send + Sync>;

/// How an import treats rows.
#[derive(Clone, Default)]
pub struct ImportOptions {
    /// Count only.
    pub dry_run: bool,
    /// Take the good rows although some are refused.
    pub skip_refused: bool,
    /// What happens with the accounts that were written.
    pub after: Option<AfterWrite>,
}

impl std::fmt::Debug for ImportOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { dry_run, skip_refused, after } = self;
        let mut told = f.debug_struct("ImportOptions");
        told.field("dry_run", dry_run).field("skip_refused", skip_refused).field("after", &after.is_some()).finish()
    }
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
    /// How many accounts were written.
    #[serde(skip)]
    pub written: usize,
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
    let count_only = !accepted || options.dry_run;
    let mut report = write_records(db, rows, source, count_only, options.after, now).await?;
    report.refused = file.refused.len();
    report.errors = file.refused;
    report.accepted = accepted;
    Ok(report)
}

/// Writes records with what does not fit a row, with nothing to happen after it. No account may stand in it twice.
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
    write_records(db, rows, source, count_only, None, now).await
}

async fn write_records(
    db: &Db,
    rows: Vec<ImportRow>,
    source: &str,
    count_only: bool,
    after: Option<AfterWrite>,
    now: DateTime<Utc>,
) -> Result<ImportReport, DbError> {
    let rows = parallel::map(rows, |row| {
        let hash = row_hash(&row.record);
        (row, hash)
    });
    if count_only {
        return Ok(compare(&mut db.read().await?, rows).await?.report);
    }
    let source: Arc<str> = source.into();
    db.write_within(PATIENCE, async move |tx: &mut Tx| {
        super::mirror::wait_in_line(tx).await?;
        store::renew_keys(tx).await?;
        let compared = compare(tx, rows).await?;
        let is_large = compared.write.len() > LARGE;
        if is_large {
            dialect::large_cache(tx, true).await?;
        }
        super::mirror::was_read(tx, &source, now).await?;
        let written = write(tx, compared, source, now).await;
        if is_large {
            dialect::large_cache(tx, false).await?;
        }
        let (report, written) = written?;
        if !written.is_empty() {
            super::mirror::has_changed(tx).await?;
            if let Some(after) = after {
                after(tx, written).await?;
            }
        }
        Ok::<ImportReport, DbError>(report)
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

/// Which row of the table: one that is there, or the n-th new one.
#[derive(Clone, Copy)]
enum Place {
    Known(i64),
    New(i64),
}

/// Rows that were compared with the mirror.
#[derive(Default)]
struct Compared {
    report: ImportReport,
    write: Vec<(Place, AccountRecord, u64)>,
    nested: Vec<(Place, Nested)>,
    same: Vec<i64>,
    /// How many rows are new.
    new: i64,
    /// Whether every account of the mirror stands in the file.
    is_whole_mirror: bool,
    replaced: Vec<Account>,
}

async fn compare(tx: &mut Tx, rows: Vec<(ImportRow, u64)>) -> Result<Compared, DbError> {
    let is_all = rows.len() > 2_000;
    let known = if is_all {
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
    let mut met = 0;
    for (mut row, mut hash) in rows {
        let Some(known) = known.get(&row.record.account_id) else {
            let place = Place::New(compared.new);
            compared.new += 1;
            compared.report.new += 1;
            row.record.former_emails = row.nested.former_emails.clone().unwrap_or_default();
            if !row.nested.is_empty() {
                compared.nested.push((place, row.nested));
            }
            compared.write.push((place, row.record, hash));
            continue;
        };
        met += 1;
        let place = Place::Known(known.id);
        let account = accounts.remove(&row.record.account_id);
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
            compared.nested.push((place, row.nested));
        }
        match account {
            Some(account) => {
                compared.replaced.push(account);
                compared.write.push((place, row.record, hash));
            }
            None => compared.same.push(known.id),
        }
    }
    compared.is_whole_mirror = is_all && met == known.len();
    Ok(compared)
}

/// Writes what [`compare`] found, and returns the accounts that were written.
async fn write(
    tx: &mut Tx,
    compared: Compared,
    source: Arc<str>,
    now: DateTime<Utc>,
) -> Result<(ImportReport, Vec<AccountId>), DbError> {
    let Compared { mut report, write, nested, same, new, is_whole_mirror, replaced } = compared;
    if is_whole_mirror {
        store::touch_all(tx, &source, now).await?;
    } else {
        store::touch(tx, &same, &source, now).await?;
    }
    store::delete_keys(tx, &replaced).await?;
    // The ids are given out here: a look-up of each row after it was written would cost as much as the write.
    let first = if new > 0 { dialect::reserve_ids(tx, "accounts", new).await? } else { 0 };
    let id_of = |place: Place| match place {
        Place::Known(id) => id,
        Place::New(n) => first + n,
    };
    let rows: Vec<NewRow> =
        write.into_iter().map(|(place, record, hash)| NewRow { id: id_of(place), record, hash }).collect();
    let mut written: Vec<AccountId> = rows.iter().map(|row| AccountId(row.id)).collect();
    write_rows(tx, rows, source, now).await?;
    for (place, nested) in nested {
        let id = AccountId(id_of(place));
        nested::store::write(tx, id, &nested, now).await?;
        written.push(id);
    }
    written.sort_unstable();
    written.dedup();
    report.written = written.len();
    Ok((report, written))
}

/// Writes rows share by share: while the database takes one, the next is made ready on another core.
async fn write_rows(tx: &mut Tx, rows: Vec<NewRow>, source: Arc<str>, now: DateTime<Utc>) -> Result<(), DbError> {
    let share = store::ROWS_AT_ONCE * 8;
    let mut rows = rows.into_iter();
    let mut next = move || {
        let rows: Vec<NewRow> = rows.by_ref().take(share).collect();
        let source = Arc::clone(&source);
        let is_small = rows.len() < store::ROWS_AT_ONCE;
        (!rows.is_empty()).then(|| Ready::of(is_small, move || store::prepare(rows, &source, now)))
    };
    let mut keys = Vec::new();
    let mut ready = next();
    while let Some(share) = ready {
        let Prepared { values, keys: more } = share.get().await?;
        ready = next();
        keys.extend(more);
        store::upsert(tx, values).await?;
    }
    // In the order of the table: each page of it is touched once.
    keys.sort_unstable();
    keys.dedup();
    store::write_keys(tx, keys).await
}

/// Work that is done at once when it is small, and on another thread when it is not.
enum Ready<T> {
    Here(T),
    There(tokio::task::JoinHandle<T>),
}

impl<T: Send + 'static> Ready<T> {
    fn of(is_small: bool, make: impl FnOnce() -> T + Send + 'static) -> Self {
        if is_small { Self::Here(make()) } else { Self::There(tokio::task::spawn_blocking(make)) }
    }

    async fn get(self) -> Result<T, DbError> {
        match self {
            Self::Here(made) => Ok(made),
            Self::There(work) => work.await.map_err(|_| DbError::Panicked),
        }
    }
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
