//! The cells of a row, from a CSV line or a JSON object, and the record they make. Each wrong cell is named.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use crate::desk::account::fold::{fold, kanji_numerals_to_digits};
use crate::desk::account::kana::{is_kana, is_latin};
use crate::desk::account::{
    AccountRecord, ApplicationState, Birthdate, EmailAddress, LicenceImage, LoginMailState, Phase, RegistrationNumber,
};

/// Characters of one cell at most.
const MAX_CELL: usize = 2_000;

/// A field that cannot be taken, and why. Never names personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The English name of the field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
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

/// English name, Japanese name; the first [`REQUIRED`] must be there.
pub(super) const COLUMNS: [(Column, &str, &str); 22] = [
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
/// A row without these is none.
pub(super) const REQUIRED: usize = 5;

impl Column {
    /// The column of an English or Japanese name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = fold(name);
        let lower = name.to_ascii_lowercase();
        COLUMNS.iter().find(|(_, en, ja)| *ja == name || *en == lower).map(|(column, _, _)| *column)
    }

    /// Its English name.
    pub(super) fn name(self) -> &'static str {
        COLUMNS.iter().find(|(column, _, _)| *column == self).map_or("", |(_, en, _)| en)
    }
}

/// Which columns a file or an object gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Columns(u32);

impl Columns {
    /// Every column of `accounts.csv`.
    pub const ALL: Self = Self((1 << COLUMNS.len()) - 1);

    pub(super) fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u32)
    }

    pub(super) fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u32 != 0
    }

    /// Whether nothing is left out.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// Takes what was not given from what is known.
    pub(super) fn keep_rest(self, row: &mut AccountRecord, known: &AccountRecord) {
        macro_rules! keep {
            ($($column:ident => $field:ident),+ $(,)?) => {$(
                if !self.has(Column::$column) {
                    row.$field.clone_from(&known.$field);
                }
            )+};
        }
        keep! {
            RegistrationNumber => registration_number,
            Birthdate => birthdate,
            FamilyName => family_name,
            GivenName => given_name,
            FamilyKana => family_kana,
            GivenKana => given_kana,
            FormerNames => former_names,
            Email => email,
            Phone => phone,
            Phase => phase,
            EntryFiscalYear => entry_fiscal_year,
            Specialty => specialty,
            Program => program,
            DirectorName => director_name,
            DirectorEmail => director_email,
            ApplicationState => application_state,
            RegisteredAt => registered_at,
            LoginMailSentAt => login_mail_sent_at,
            LoginMailState => login_mail_state,
            TemporaryPasswordIssuedAt => temporary_password_issued_at,
            LicenceImage => licence_image,
        }
    }
}

/// Makes a record of the cells, which the caller hands out trimmed, or says what is wrong with each.
pub(super) fn read_row<'a>(
    cell: impl Fn(Column) -> &'a str,
    today: NaiveDate,
) -> Result<AccountRecord, Vec<FieldError>> {
    let mut wrong: Vec<FieldError> = Vec::new();
    for (column, en, _) in &COLUMNS {
        if let Err(reason) = plain_text(cell(*column), *column) {
            wrong.push(FieldError { field: en, reason });
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if let Some(slipped) = slipped_names(&cell) {
        return Err(vec![slipped]);
    }
    macro_rules! take {
        ($column:ident, $read:expr) => {
            match $read(cell(Column::$column)) {
                Ok(value) => Some(value),
                Err(reason) => {
                    wrong.push(FieldError { field: Column::$column.name(), reason: reason.to_string() });
                    None
                }
            }
        };
    }
    let account_id = take!(AccountId, |text: &'a str| if text.is_empty() { Err("is empty") } else { Ok(text) });
    let number = take!(RegistrationNumber, |text| RegistrationNumber::parse(text).map(|number| number.value));
    let birthdate = take!(Birthdate, |text| Birthdate::parse(text, today).map(|birthdate| birthdate.value));
    let family_name = take!(FamilyName, |text| name_cell(text, true));
    let given_name = take!(GivenName, |text| name_cell(text, false));
    let family_kana = take!(FamilyKana, kana_cell);
    let given_kana = take!(GivenKana, kana_cell);
    let former_names = take!(FormerNames, former_names_cell);
    let email = take!(Email, email_cell);
    let phone = take!(Phone, phone_cell);
    let phase = take!(Phase, |text| word(text, Phase::ALL, |word| (word.as_str(), word.ja())));
    let entry_fiscal_year = take!(EntryFiscalYear, fiscal_year);
    let director_name = take!(DirectorName, |text| name_cell(text, false));
    let director_email = take!(DirectorEmail, email_cell);
    let application_state =
        take!(ApplicationState, |text| word(text, ApplicationState::ALL, |word| (word.as_str(), word.ja())));
    let registered_at = take!(RegisteredAt, |text| instant(text, today));
    let login_mail_sent_at = take!(LoginMailSentAt, |text| instant(text, today));
    let login_mail_state =
        take!(LoginMailState, |text| word(text, LoginMailState::ALL, |word| (word.as_str(), word.ja())));
    let temporary_password_issued_at = take!(TemporaryPasswordIssuedAt, |text| instant(text, today));
    let licence_image = take!(LicenceImage, |text| word(text, LicenceImage::ALL, |word| (word.as_str(), word.ja())));
    let (Some(account_id), Some(number), Some(birthdate), Some(family_name), Some(given_name), true) =
        (account_id, number, birthdate, family_name, given_name, wrong.is_empty())
    else {
        return Err(wrong);
    };
    let mut row = AccountRecord::new(account_id, number, birthdate, family_name, given_name);
    let owned = |text: Option<&str>| text.unwrap_or("").to_owned();
    row.family_kana = owned(family_kana);
    row.given_kana = owned(given_kana);
    row.former_names = former_names.unwrap_or_default();
    row.email = owned(email);
    row.phone = owned(phone);
    row.phase = phase.flatten();
    row.entry_fiscal_year = entry_fiscal_year.flatten();
    row.specialty = cell(Column::Specialty).to_owned();
    row.program = cell(Column::Program).to_owned();
    row.director_name = owned(director_name);
    row.director_email = owned(director_email);
    row.application_state = application_state.flatten();
    row.registered_at = registered_at.flatten();
    row.login_mail_sent_at = login_mail_sent_at.flatten();
    row.login_mail_state = login_mail_state.flatten();
    row.temporary_password_issued_at = temporary_password_issued_at.flatten();
    row.licence_image = licence_image.flatten();
    Ok(row)
}

/// What no cell may hold: formulas of a spreadsheet, control characters, a whole text.
pub(super) fn plain_text(text: &str, column: Column) -> Result<(), String> {
    if is_formula(text, column) {
        return Err("a formula is not taken".to_owned());
    }
    if text.len() > MAX_CELL && text.chars().nth(MAX_CELL).is_some() {
        return Err(format!("longer than {MAX_CELL} characters (is a quotation mark missing?)"));
    }
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
        return Err("holds control characters".to_owned());
    }
    Ok(())
}

fn is_formula(text: &str, column: Column) -> bool {
    let is_phone = column == Column::Phone && !text.contains(|c: char| c.is_ascii_alphabetic() || c == '=' || c == '|');
    text.starts_with(['=', '@']) || (text.starts_with(['+', '-']) && text.len() > 1 && !is_phone)
}

/// Digits or @ in a name mean that columns have slipped.
fn name_cell(text: &str, required: bool) -> Result<&str, String> {
    if text.is_empty() && required {
        return Err("is empty".to_owned());
    }
    if text.contains(|c: char| {
        c.is_numeric() && !"一二三四五六七八九十百千万〇壱弐参".contains(c) || matches!(c, '@' | '＠')
    }) {
        return Err("is no name (are the columns shifted?)".to_owned());
    }
    Ok(text)
}

/// Names of which each by itself could be one, one column to the left: 太郎, ヤマダ, タロウ.
fn slipped_names<'a>(cell: impl Fn(Column) -> &'a str) -> Option<FieldError> {
    let is_reading = |column| is_kana(&fold(cell(column)));
    let slipped = cell(Column::GivenKana).is_empty()
        && is_reading(Column::FamilyKana)
        && is_reading(Column::GivenName)
        && !cell(Column::FamilyName).is_empty()
        && !is_reading(Column::FamilyName);
    let reason = || "is a reading beside a name in kanji (are the columns shifted?)".to_owned();
    slipped.then(|| FieldError { field: Column::GivenName.name(), reason: reason() })
}

fn former_names_cell(text: &str) -> Result<Vec<String>, String> {
    let names = text.split([';', '；']).map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| name_cell(name, true).map(str::to_owned)).collect()
}

fn kana_cell(text: &str) -> Result<&str, String> {
    let folded = fold(text);
    if folded.is_empty() || is_kana(&folded) || is_latin(&folded) {
        Ok(text)
    } else {
        Err("is not kana (are the columns shifted?)".to_owned())
    }
}

fn email_cell(text: &str) -> Result<&str, String> {
    if text.is_empty() {
        return Ok(text);
    }
    EmailAddress::read(text).map(|_| text).map_err(|error| error.to_string())
}

/// A mail address or a name in the place of the phone means that columns have slipped.
fn phone_cell(text: &str) -> Result<&str, String> {
    if text.contains(['@', '＠']) || (!text.is_empty() && !text.contains(char::is_numeric)) {
        return Err("is no phone number (are the columns shifted?)".to_owned());
    }
    Ok(text)
}

pub(super) fn word<T: Copy>(
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
        format!("is none of {}", known.join(", "))
    })
}

/// 2024, 2024年度, 令和6年度, R6.
pub(super) fn fiscal_year(text: &str) -> Result<Option<i64>, String> {
    let folded = kanji_numerals_to_digits(&fold(text).replace("元年", "1年").to_lowercase());
    let bare = folded.trim_start_matches("fy").trim_end_matches("度").trim_end_matches('年').trim();
    if bare.is_empty() {
        return Ok(None);
    }
    let wrong = || "is no fiscal year from 1950 to 2200".to_owned();
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
pub(super) fn instant(text: &str, today: NaiveDate) -> Result<Option<DateTime<Utc>>, String> {
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
    let date = Birthdate::parse(date, last).map_err(|_| "is no date, with or without a time of day".to_owned())?;
    let date = date.value.date();
    let time = ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(time, format).ok())
        .ok_or_else(|| "the time of day cannot be read".to_owned())?;
    Ok(Some(date.and_time(time).and_utc() - Duration::hours(9)))
}
