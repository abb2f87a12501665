//! `accounts.csv` as an operator has it: Japanese or English header in any order, UTF-8 with or without BOM or CP932, dates
//! and numbers in any notation. Each row becomes a record or a refusal with its line and reason.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::cells::{COLUMNS, Column, Columns, REQUIRED, read_row};
use crate::desk::account::fold::fold;
use crate::desk::account::{AccountRecord, parallel};
use crate::platform::text::Lines;

/// Rows of one file at most: five times the doctors of thirty years.
pub const MAX_ROWS: usize = 500_000;
/// Bytes of one file at most.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Rows that are cut into cells before they are read on all cores.
const BATCH: usize = 16_384;

/// A row (or the file, at line 1) that is not taken, and why. Never names personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct AccountsFile {
    /// Rows that can be taken, with their lines.
    pub rows: Vec<(u64, AccountRecord)>,
    /// Rows that cannot.
    pub refused: Vec<Refusal>,
    /// The columns it has.
    pub columns: Columns,
}

/// Reads the bytes of a file, no more than [`MAX_BYTES`]: the line where a larger one goes beyond is named.
///
/// # Errors
/// When the file cannot be read.
pub fn read_bytes(file: impl Read) -> std::io::Result<Result<Vec<u8>, Refusal>> {
    let mut bytes = Vec::new();
    file.take(u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= MAX_BYTES {
        return Ok(Ok(bytes));
    }
    let reason = format!("the file is larger than {} MiB or {MAX_ROWS} rows; split it", MAX_BYTES / 1024 / 1024);
    Ok(Err(Refusal { line: lines_in(&bytes) + 1, reason }))
}

fn lines_in(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX)
}

/// Reads a file. `now` bounds birthdates and two-digit years.
///
/// # Errors
/// When the file as a whole cannot be read: its encoding, its header, too many rows.
pub fn read_accounts(bytes: &[u8], now: DateTime<Utc>) -> Result<AccountsFile, Refusal> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let mut lines = Lines::new(&text);
    let mut line_of = |position: Option<&csv::Position>| {
        position.map_or(1, |position| lines.of(usize::try_from(position.byte()).unwrap_or(usize::MAX)))
    };
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(Refusal { line: 1, reason: error.to_string() }),
        None => return Err(Refusal { line: 1, reason: "the file is empty".to_owned() }),
    };
    let columns = columns_of(&header)?;
    let today = (now + Duration::hours(9)).date_naive();
    let given = columns.iter().fold(Columns::default(), |given, column| given.with(*column));
    let mut file = AccountsFile { columns: given, ..AccountsFile::default() };
    let mut ids: HashSet<String> = HashSet::new();
    let mut count = 0;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        for record in records.by_ref().take(BATCH) {
            let record =
                record.map_err(|error| Refusal { line: line_of(error.position()), reason: error.to_string() })?;
            let line = line_of(record.position());
            count += 1;
            if count > MAX_ROWS {
                return Err(Refusal { line, reason: format!("the file has more than {MAX_ROWS} rows; split it") });
            }
            batch.push((line, record));
        }
        if batch.is_empty() {
            return Ok(file);
        }
        for (line, read) in parallel::map(batch, |(line, record)| (line, read_line(&columns, &record, today))) {
            match read {
                None => {}
                Some(Ok(row)) if ids.contains(&row.account_id) => {
                    let reason = "account_id: the file has this id on an earlier line".to_owned();
                    file.refused.push(Refusal { line, reason });
                }
                Some(Ok(row)) => {
                    ids.insert(row.account_id.clone());
                    file.rows.push((line, row));
                }
                Some(Err(reason)) => file.refused.push(Refusal { line, reason }),
            }
        }
    }
}

/// One line; `None` when all its cells are empty.
fn read_line(
    columns: &[Column],
    record: &csv::StringRecord,
    today: NaiveDate,
) -> Option<Result<AccountRecord, String>> {
    if record.iter().all(|cell| cell.trim().is_empty()) {
        return None;
    }
    if record.len() != columns.len() {
        return Some(Err(format!("{} cells where the header has {}", record.len(), columns.len())));
    }
    let mut cells = [""; COLUMNS.len()];
    for (column, cell) in columns.iter().zip(record) {
        cells[*column as usize] = cell.trim();
    }
    let read = read_row(|column| cells[column as usize], today);
    let one_line = |wrong: Vec<super::FieldError>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Some(read.map_err(one_line))
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Refusal { line: 1, reason: "the file is UTF-16; save it as \"CSV UTF-8\"".to_owned() });
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error.valid_up_to(),
    };
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(bytes);
    if !broken {
        return match line_of_euc(bytes, &text) {
            None => Ok(text),
            Some(line) => {
                Err(Refusal { line, reason: "the text looks like EUC-JP; save it as \"CSV UTF-8\"".to_owned() })
            }
        };
    }
    // The line where the likelier of the two encodings breaks.
    let sjis = text.find('\u{FFFD}').map_or(1, |at| Lines::new(&text).of(at));
    let utf8 = String::from_utf8_lossy(&bytes[..utf8]);
    let utf8 = Lines::new(&utf8).of(utf8.len());
    Err(Refusal { line: sjis.max(utf8), reason: "the text is neither UTF-8 nor CP932 (Shift_JIS)".to_owned() })
}

/// Where a text that decodes as CP932 is EUC-JP, if it is: it decodes as that too, and shows half-width kana only as CP932.
fn line_of_euc(bytes: &[u8], cp932: &str) -> Option<u64> {
    let half_width = |c: char| ('\u{FF61}'..='\u{FF9F}').contains(&c);
    let at = cp932.find(half_width)?;
    let (euc, _, broken) = encoding_rs::EUC_JP.decode(bytes);
    (!broken && !euc.contains(half_width)).then(|| Lines::new(cp932).of(at))
}

fn columns_of(header: &csv::StringRecord) -> Result<Vec<Column>, Refusal> {
    let refuse = |reason: String| Refusal { line: 1, reason };
    let mut columns = Vec::new();
    for cell in header {
        let Some(column) = Column::of(cell) else {
            let shown: String = fold(cell).chars().take(40).collect();
            return Err(refuse(format!("unknown column \"{shown}\"")));
        };
        if columns.contains(&column) {
            return Err(refuse(format!("the column {} stands twice in the header", column.name())));
        }
        columns.push(column);
    }
    for (column, en, ja) in &COLUMNS[..REQUIRED] {
        if !columns.contains(column) {
            return Err(refuse(format!("the column {en} ({ja}) is missing")));
        }
    }
    Ok(columns)
}
