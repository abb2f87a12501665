//! What `PUT /api/v1/accounts` does: up to a thousand accounts at once, the same request twice is the same mirror.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::json_row::{RowError, read_object};
use super::{ImportOptions, ImportRow, write_records};
use crate::platform::clock::jst;
use crate::platform::db::{Db, DbError};

/// Accounts of one request at most.
pub const MAX_AT_ONCE: usize = 1_000;

/// What a request did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct PutReport {
    /// Accounts that were not known.
    pub new: usize,
    /// Accounts that differ from what was known.
    pub changed: usize,
    /// Accounts of which it says what was known.
    pub same: usize,
    /// Objects not taken.
    pub refused: usize,
    /// Why, by place and field.
    pub errors: Vec<RowError>,
    /// Whether the good ones were written (or would have been, in a dry run).
    pub applied: bool,
    /// How many accounts were written.
    #[serde(skip)]
    pub written: usize,
}

/// Brings the mirror up to date from an array of objects. With any refused object nothing is written unless
/// `skip_refused`. Fields that an object does not have keep what is known.
///
/// # Errors
/// When the database refuses; then nothing was written.
pub async fn put(
    db: &Db,
    objects: &[Value],
    source: &str,
    options: ImportOptions,
    now: DateTime<Utc>,
) -> Result<PutReport, DbError> {
    let today = now.with_timezone(&jst()).date_naive();
    let mut report = PutReport::default();
    let mut rows: Vec<ImportRow> = Vec::with_capacity(objects.len());
    let mut first_of: HashMap<String, usize> = HashMap::new();
    for (index, object) in objects.iter().enumerate() {
        let wrong = match read_object(object, today) {
            Ok(row) => match first_of.insert(row.record.account_id.clone(), index) {
                None => {
                    rows.push(row);
                    continue;
                }
                Some(first) => vec![("account_id".to_owned(), format!("is the same as in object {first}"))],
            },
            Err(wrong) => wrong,
        };
        report.refused += 1;
        report.errors.extend(wrong.into_iter().map(|(field, reason)| RowError { index, field, reason }));
    }
    report.applied = report.refused == 0 || options.skip_refused;
    let count_only = !report.applied || options.dry_run;
    let done = write_records(db, rows, source, count_only, options.after, now).await?;
    (report.new, report.changed, report.same) = (done.new, done.changed, done.same);
    report.written = done.written;
    Ok(report)
}
