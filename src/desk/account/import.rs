//! Bringing the mirror up to date: what is new, what has changed, what is the same. All of a file or nothing.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::csv_file::{Refusal, read_accounts};
use super::store::{self, PreparedRow};
use super::{AccountId, AccountRecord};
use crate::platform::db::{Db, DbError, Tx};

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

/// Imports a CSV file. With any refused row nothing is written unless `skip_refused`; a file that cannot be read as a whole
/// is one refusal, at its line.
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
    let rows = file.rows.into_iter().map(|(_, record)| (record, serde_json::json!({}))).collect();
    let mut report = import_records(db, rows, source, !accepted || options.dry_run, now).await?;
    report.refused = file.refused.len();
    report.errors = file.refused;
    report.accepted = accepted;
    Ok(report)
}

/// Writes records with what does not fit a row; used by the CSV import, the API and the demonstration.
///
/// # Errors
/// When the database refuses; then nothing was written.
pub async fn import_records(
    db: &Db,
    rows: Vec<(AccountRecord, serde_json::Value)>,
    source: &str,
    count_only: bool,
    now: DateTime<Utc>,
) -> Result<ImportReport, DbError> {
    let known = store::row_hashes(&mut db.read().await?).await?;
    let mut report = ImportReport { accepted: true, ..ImportReport::default() };
    let (mut write, mut replaced, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for (record, more) in rows {
        let hash = row_hash(&record, &more);
        match known.get(&record.account_id) {
            None => report.new += 1,
            Some((id, same)) if *same == hash => {
                report.same += 1;
                seen.push(*id);
                continue;
            }
            Some((id, _)) => {
                report.changed += 1;
                replaced.push(*id);
            }
        }
        write.push(PreparedRow { record, more, hash });
    }
    if count_only {
        return Ok(report);
    }
    let source = source.to_owned();
    report.written = db
        .write(async move |tx: &mut Tx| {
            store::touch(tx, &seen, &source, now).await?;
            store::delete_keys(tx, &replaced).await?;
            store::upsert(tx, &write, &source, now).await
        })
        .await?;
    Ok(report)
}

/// A hash over every field, each with its length, so that a value cannot slip into its neighbour.
fn row_hash(record: &AccountRecord, more: &serde_json::Value) -> String {
    let mut hash = Sha256::new();
    let mut add = |field: &str| {
        hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(field.as_bytes());
    };
    let at = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_micros().to_string()).unwrap_or_default();
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
    ] {
        add(text);
    }
    add(&record.registration_number.value().to_string());
    add(&record.birthdate.date().to_string());
    add(&record.former_names.join(";"));
    add(&record.former_emails.join(";"));
    add(record.phase.map_or("", super::Phase::as_str));
    add(&record.entry_fiscal_year.map(|year| year.to_string()).unwrap_or_default());
    add(record.application_state.map_or("", super::ApplicationState::as_str));
    add(record.login_mail_state.map_or("", super::LoginMailState::as_str));
    add(record.licence_image.map_or("", super::LicenceImage::as_str));
    add(&at(record.registered_at));
    add(&at(record.login_mail_sent_at));
    add(&at(record.temporary_password_issued_at));
    add(&more.to_string());
    hex::encode(hash.finalize())
}
