//! `accounts.csv` as an operator has it: Japanese or English header in any order, UTF-8 with or without BOM or CP932, dates
//! and numbers in any notation. Each row becomes a record or a refusal with its line and reason.

use std::borrow::Cow;
use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::fold::{fold, kanji_numerals_to_digits};
use super::kana::{is_kana, is_latin};
use super::text::Wording;
use super::{
    AccountRecord, ApplicationState, Birthdate, EmailAddress, LicenceImage, LoginMailState, Phase, RegistrationNumber,
};
use crate::desk::Lang;

/// Rows of one file at most.
pub const MAX_ROWS: usize = 1_000_000;
/// Characters of one cell at most.
const MAX_CELL: usize = 2_000;

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
}

/// Reads a file. `now` bounds birthdates and two-digit years.
///
/// # Errors
/// When the file as a whole cannot be read: its encoding, its header, too many rows.
pub fn read_accounts(bytes: &[u8], now: DateTime<Utc>) -> Result<AccountsFile, Refusal> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(Refusal { line: 1, reason: error.to_string() }),
        None => return Err(Refusal { line: 1, reason: "the file is empty".to_owned() }),
    };
    let columns = columns_of(&header)?;
    let today = (now + Duration::hours(9)).date_naive();
    let mut file = AccountsFile::default();
    let mut ids: HashSet<String> = HashSet::new();
    for record in records {
        let record = record.map_err(|error| Refusal {
            line: error.position().map_or(1, csv::Position::line),
            reason: error.to_string(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if file.rows.len() + file.refused.len() >= MAX_ROWS {
            return Err(Refusal { line, reason: format!("the file has more than {MAX_ROWS} rows") });
        }
        match read_row(&columns, &record, today) {
            Ok(row) if ids.contains(&row.account_id) => {
                file.refused
                    .push(Refusal { line, reason: "account_id: the file has this id on an earlier line".to_owned() });
            }
            Ok(row) => {
                ids.insert(row.account_id.clone());
                file.rows.push((line, row));
            }
            Err(reason) => file.refused.push(Refusal { line, reason }),
        }
    }
    Ok(file)
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
        return Ok(text);
    }
    // The line where the likelier of the two encodings breaks.
    let sjis = text.find('\u{FFFD}').map_or(1, |at| text[..at].matches('\n').count() + 1);
    let utf8 = bytes[..utf8].iter().filter(|byte| **byte == b'\n').count() + 1;
    let line = u64::try_from(sjis.max(utf8)).unwrap_or(1);
    Err(Refusal { line, reason: "the text is neither UTF-8 nor CP932 (Shift_JIS)".to_owned() })
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    AccountId,
    RegistrationNumber,
    Birthdate,
    FamilyName,
    GivenName,
    FamilyKana,
    GivenKana,
    FormerNames,
    Email,
    Phone,
    Phase,
    EntryFiscalYear,
    Specialty,
    Program,
    DirectorName,
    DirectorEmail,
    ApplicationState,
    RegisteredAt,
    LoginMailSentAt,
    LoginMailState,
    TemporaryPasswordIssuedAt,
    LicenceImage,
}

/// English name, Japanese name; the first five must be there.
const COLUMNS: [(Column, &str, &str); 22] = [
    (Column::AccountId, "account_id", "アカウントID"),
    (Column::RegistrationNumber, "registration_number", "医籍登録番号"),
    (Column::Birthdate, "birthdate", "生年月日"),
    (Column::FamilyName, "family_name", "姓"),
    (Column::GivenName, "given_name", "名"),
    (Column::FamilyKana, "family_kana", "セイ"),
    (Column::GivenKana, "given_kana", "メイ"),
    (Column::FormerNames, "former_names", "旧姓"),
    (Column::Email, "email", "メールアドレス"),
    (Column::Phone, "phone", "電話番号"),
    (Column::Phase, "phase", "区分"),
    (Column::EntryFiscalYear, "entry_fiscal_year", "研修開始年度"),
    (Column::Specialty, "specialty", "基本領域"),
    (Column::Program, "program", "プログラム"),
    (Column::DirectorName, "director_name", "統括責任者"),
    (Column::DirectorEmail, "director_email", "統括責任者メール"),
    (Column::ApplicationState, "application_state", "応募状態"),
    (Column::RegisteredAt, "registered_at", "登録日時"),
    (Column::LoginMailSentAt, "login_mail_sent_at", "ログインURL送信日時"),
    (Column::LoginMailState, "login_mail_state", "ログインURL状態"),
    (Column::TemporaryPasswordIssuedAt, "temporary_password_issued_at", "一時パスワード発行日時"),
    (Column::LicenceImage, "licence_image", "免許証画像"),
];
const REQUIRED: usize = 5;

fn columns_of(header: &csv::StringRecord) -> Result<Vec<Column>, Refusal> {
    let refuse = |reason: String| Refusal { line: 1, reason };
    let mut columns = Vec::new();
    for cell in header {
        let name = fold(cell);
        let found = COLUMNS.iter().find(|(_, en, ja)| *ja == name || *en == name.to_ascii_lowercase());
        let Some((column, en, _)) = found else {
            let shown: String = name.chars().take(40).collect();
            return Err(refuse(format!("unknown column \"{shown}\"")));
        };
        if columns.contains(column) {
            return Err(refuse(format!("the column {en} stands twice in the header")));
        }
        columns.push(*column);
    }
    for (column, en, ja) in &COLUMNS[..REQUIRED] {
        if !columns.contains(column) {
            return Err(refuse(format!("the column {en} ({ja}) is missing")));
        }
    }
    Ok(columns)
}

fn read_row(columns: &[Column], record: &csv::StringRecord, today: NaiveDate) -> Result<AccountRecord, String> {
    if record.len() != columns.len() {
        return Err(format!("{} cells where the header has {}", record.len(), columns.len()));
    }
    let cell =
        |column: Column| columns.iter().position(|c| *c == column).and_then(|at| record.get(at)).unwrap_or("").trim();
    for (column, en, _) in &COLUMNS {
        let text = cell(*column);
        if text.starts_with(['=', '@']) || (text.starts_with(['+', '-']) && *column != Column::Phone) {
            return Err(format!("{en}: a formula is not taken"));
        }
        if text.chars().nth(MAX_CELL).is_some() {
            return Err(format!("{en}: longer than {MAX_CELL} characters"));
        }
        if text.contains(|c: char| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            return Err(format!("{en}: holds control characters"));
        }
    }
    let account_id = cell(Column::AccountId);
    if account_id.is_empty() {
        return Err("account_id: is empty".to_owned());
    }
    let number = RegistrationNumber::parse(cell(Column::RegistrationNumber))
        .map_err(|error| format!("registration_number: {error}"))?
        .value;
    let birthdate =
        Birthdate::parse(cell(Column::Birthdate), today).map_err(|error| format!("birthdate: {error}"))?.value;
    let mut row = AccountRecord::new(
        account_id,
        number,
        birthdate,
        name_cell("family_name", cell(Column::FamilyName), true)?,
        name_cell("given_name", cell(Column::GivenName), false)?,
    );
    row.family_kana = kana_cell("family_kana", cell(Column::FamilyKana))?.to_owned();
    row.given_kana = kana_cell("given_kana", cell(Column::GivenKana))?.to_owned();
    row.former_names = cell(Column::FormerNames)
        .split([';', '；'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    row.email = email_cell("email", cell(Column::Email))?.to_owned();
    row.phone = cell(Column::Phone).to_owned();
    row.phase = word("phase", cell(Column::Phase), Phase::ALL, |word| (word.as_str(), word.ja()))?;
    row.entry_fiscal_year = fiscal_year(cell(Column::EntryFiscalYear))?;
    row.specialty = cell(Column::Specialty).to_owned();
    row.program = cell(Column::Program).to_owned();
    row.director_name = cell(Column::DirectorName).to_owned();
    row.director_email = email_cell("director_email", cell(Column::DirectorEmail))?.to_owned();
    row.application_state = word("application_state", cell(Column::ApplicationState), ApplicationState::ALL, |word| {
        (word.as_str(), word.ja())
    })?;
    row.registered_at = instant("registered_at", cell(Column::RegisteredAt), today)?;
    row.login_mail_sent_at = instant("login_mail_sent_at", cell(Column::LoginMailSentAt), today)?;
    row.login_mail_state =
        word("login_mail_state", cell(Column::LoginMailState), LoginMailState::ALL, |word| (word.as_str(), word.ja()))?;
    row.temporary_password_issued_at =
        instant("temporary_password_issued_at", cell(Column::TemporaryPasswordIssuedAt), today)?;
    row.licence_image =
        word("licence_image", cell(Column::LicenceImage), LicenceImage::ALL, |word| (word.as_str(), word.ja()))?;
    Ok(row)
}

/// Digits or @ in a name mean that columns have slipped.
fn name_cell<'a>(column: &str, text: &'a str, required: bool) -> Result<&'a str, String> {
    if text.is_empty() && required {
        return Err(format!("{column}: is empty"));
    }
    if text.contains(|c: char| {
        c.is_numeric() && !"一二三四五六七八九十百千万〇壱弐参".contains(c) || matches!(c, '@' | '＠')
    }) {
        return Err(format!("{column}: is no name (are the columns shifted?)"));
    }
    Ok(text)
}

fn kana_cell<'a>(column: &str, text: &'a str) -> Result<&'a str, String> {
    let folded = fold(text);
    if folded.is_empty() || is_kana(&folded) || is_latin(&folded) {
        Ok(text)
    } else {
        Err(format!("{column}: is not kana (are the columns shifted?)"))
    }
}

fn email_cell<'a>(column: &str, text: &'a str) -> Result<&'a str, String> {
    if text.is_empty() {
        return Ok(text);
    }
    EmailAddress::parse(text).map(|_| text).map_err(|error| format!("{column}: {error}"))
}

fn word<T: Copy>(
    column: &str,
    text: &str,
    all: &[T],
    names: impl Fn(T) -> (&'static str, &'static str),
) -> Result<Option<T>, String> {
    let folded = fold(text);
    if folded.is_empty() {
        return Ok(None);
    }
    let found = all.iter().copied().find(|value| {
        let (en, ja) = names(*value);
        folded == ja || folded.to_ascii_lowercase() == en
    });
    found.map(Some).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|value| names(*value).0).collect();
        format!("{column}: is none of {}", known.join(", "))
    })
}

/// 2024, 2024年度, 令和6年度, R6.
fn fiscal_year(text: &str) -> Result<Option<i64>, String> {
    let folded = kanji_numerals_to_digits(&fold(text).replace("元年", "1年").to_lowercase());
    let bare = folded.trim_start_matches("fy").trim_end_matches("度").trim_end_matches('年').trim();
    if bare.is_empty() {
        return Ok(None);
    }
    let wrong = || "entry_fiscal_year: is no fiscal year from 1950 to 2200".to_owned();
    let year = match bare.parse::<i64>() {
        Ok(year) => year,
        Err(_) => {
            // The era's rules are the birthdate's; 1 October avoids eras that began within a year.
            let last = NaiveDate::from_ymd_opt(2200, 1, 1).unwrap_or(NaiveDate::MAX);
            let date = Birthdate::parse(&format!("{bare}年10月1日"), last).map_err(|_| wrong())?.value.date();
            i64::from(chrono::Datelike::year(&date))
        }
    };
    if (1950..=2200).contains(&year) { Ok(Some(year)) } else { Err(wrong()) }
}

/// RFC 3339, or a date in any notation with an optional time of day, taken as Japan time.
fn instant(column: &str, text: &str, today: NaiveDate) -> Result<Option<DateTime<Utc>>, String> {
    let folded = fold(text);
    if folded.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(&folded) {
        return Ok(Some(at.with_timezone(&Utc)));
    }
    let (date, time) = match folded.find(':').and_then(|colon| folded[..colon].rfind([' ', 'T'])) {
        Some(gap) => (&folded[..gap], folded[gap + 1..].trim()),
        None => (folded.as_str(), "0:00"),
    };
    let last = today + Duration::days(36_500);
    let date =
        Birthdate::parse(date, last).map_err(|error| format!("{column}: {}", error.wording(Lang::En)))?.value.date();
    let time = ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(time, format).ok())
        .ok_or_else(|| format!("{column}: the time of day cannot be read"))?;
    Ok(Some(date.and_time(time).and_utc() - Duration::hours(9)))
}
