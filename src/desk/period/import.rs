//! `periods.csv` (contracts.md): UTF-8 with or without BOM, or CP932; Japanese or English headers in any order. A file
//! with one wrong line is refused whole, and every wrong line is named.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::{NewPeriod, PeriodKind, change, parse_instant};
use crate::platform::db::{DbError, Tx};
use crate::platform::text::Lines;

/// What an import changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Periods that were not there before.
    pub new: usize,
    /// Periods whose name, dates or publication changed.
    pub changed: usize,
    /// Periods that already said the same.
    pub same: usize,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineFault {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// A sentence.
    pub reason: String,
}

impl std::fmt::Display for LineFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// The file is refused; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<LineFault>);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the file was refused whole, nothing was changed")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}
impl std::error::Error for Refused {}

/// Writes the periods down, all in this transaction: new ones, and those of the same fiscal year, round and kind anew.
///
/// # Errors
/// When the database refuses.
pub async fn import(
    tx: &mut Tx,
    periods: &[NewPeriod],
    is_published: bool,
    now: DateTime<Utc>,
) -> Result<Counts, DbError> {
    let mut counts = Counts::default();
    for one in change::wanted(tx, periods.to_vec(), is_published).await? {
        match (change::put(tx, &one, None, now).await?, one.before) {
            (false, _) => counts.same += 1,
            (true, Some(_)) => counts.changed += 1,
            (true, None) => counts.new += 1,
        }
    }
    Ok(counts)
}

/// The periods as a file that [`parse`] reads.
pub fn write(periods: &[NewPeriod]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = COLUMNS.map(|(en, _)| en).join(",") + "\n";
    for period in periods {
        let (opens_at, closes_at) = (period.opens_at.to_rfc3339(), period.closes_at.to_rfc3339());
        let (round, name) = (quoted(&period.round), quoted(&period.name));
        text += &format!("{},{round},{name},{},{opens_at},{closes_at}\n", period.fiscal_year, period.kind);
    }
    text
}

/// The columns: English name, Japanese name.
const COLUMNS: [(&str, &str); 6] = [
    ("fiscal_year", "年度"),
    ("round", "回"),
    ("name", "名称"),
    ("kind", "種別"),
    ("opens_at", "開始"),
    ("closes_at", "終了"),
];

/// Reads a file.
///
/// # Errors
/// Every wrong line with its reason.
pub fn parse(bytes: &[u8]) -> Result<Vec<NewPeriod>, Refused> {
    let whole = |reason: &str| Refused(vec![LineFault { line: 1, reason: reason.to_owned() }]);
    let text = decode(bytes).ok_or_else(|| whole("the file is neither UTF-8 nor CP932 (Shift_JIS)"))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let mut counted = Lines::new(&text);
    let mut line_of = |position: Option<&csv::Position>| {
        position.map_or(1, |position| counted.of(usize::try_from(position.byte()).unwrap_or(usize::MAX)))
    };
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(Refused(vec![csv_fault(1, &error)])),
        None => return Err(whole("the file is empty; the header belongs here")),
    };
    let places = columns(&header).map_err(|reason| whole(&reason))?;

    let mut periods = Vec::new();
    let mut faults = Vec::new();
    let mut lines: HashMap<(i32, String, PeriodKind), u64> = HashMap::new();
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(csv_fault(line_of(error.position()), &error));
                break;
            }
        };
        // Spreadsheets leave rows of nothing but commas at the end.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = line_of(record.position());
        let mut wrong = |reason| faults.push(LineFault { line, reason });
        if record.len() != header.len() {
            wrong(format!("{} columns where the header has {}", record.len(), header.len()));
            continue;
        }
        match row(&record, &places) {
            Err(reasons) => reasons.into_iter().for_each(wrong),
            Ok(period) => {
                let key = (period.fiscal_year, period.round.clone(), period.kind);
                match lines.get(&key) {
                    Some(first) => wrong(format!("the same fiscal year, round and kind as line {first}")),
                    None => {
                        lines.insert(key, line);
                        periods.push(period);
                    }
                }
            }
        }
    }
    if periods.is_empty() && faults.is_empty() {
        faults.push(LineFault { line: 1, reason: "there is no period below the header".into() });
    }
    if faults.is_empty() { Ok(periods) } else { Err(Refused(faults)) }
}

/// The text of the file, or `None` when it is in neither encoding.
fn decode(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    // The web's Shift_JIS is CP932.
    let (text, had_errors) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes);
    (!had_errors).then(|| text.into_owned())
}

fn csv_fault(line: u64, error: &csv::Error) -> LineFault {
    LineFault { line, reason: format!("not readable as CSV: {error}") }
}

/// Where each of [`COLUMNS`] stands.
fn columns(header: &csv::StringRecord) -> Result<[usize; 6], String> {
    let mut places = [None; 6];
    for (place, title) in header.iter().enumerate() {
        let title = folded(title);
        let known = COLUMNS.iter().position(|(en, ja)| title.eq_ignore_ascii_case(en) || title == *ja);
        match known {
            None if title.is_empty() => return Err(format!("column {} has no name", place + 1)),
            None => return Err(format!("unknown column \"{title}\"; known: {}", known_columns())),
            Some(n) if places[n].is_some() => return Err(format!("the column {} stands there twice", COLUMNS[n].0)),
            Some(n) => places[n] = Some(place),
        }
    }
    let mut found = [0; 6];
    for (n, (en, ja)) in COLUMNS.iter().enumerate() {
        found[n] = places[n].ok_or_else(|| format!("the column {en} ({ja}) is missing"))?;
    }
    Ok(found)
}

fn known_columns() -> String {
    COLUMNS.map(|(en, ja)| format!("{en} ({ja})")).join(", ")
}

/// One line, or everything that is wrong with it.
fn row(record: &csv::StringRecord, places: &[usize; 6]) -> Result<NewPeriod, Vec<String>> {
    let cell = |n: usize| folded(record.get(places[n]).unwrap_or_default());
    let mut reasons = Vec::new();

    let fiscal_year = fiscal_year(&cell(0)).unwrap_or_else(|| {
        reasons.push(format!("fiscal_year \"{}\" is not a year such as 2025", cell(0)));
        0
    });
    let round = cell(1);
    if round.is_empty() {
        reasons.push("round is empty; write a word such as 1, 2 or final".to_owned());
    }
    // The name is shown to people and kept as it was written.
    let name = record.get(places[2]).unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        reasons.push("name is empty; people read it".to_owned());
    }
    let kind = kind(&cell(3)).unwrap_or_else(|| {
        reasons.push(format!("kind \"{}\" is none of {}", cell(3), known_kinds()));
        PeriodKind::Deadline
    });
    let mut instant = |n: usize| {
        let typed = cell(n);
        let at = parse_instant(&typed);
        if at.is_none() {
            reasons.push(format!(
                "{} \"{typed}\" is no time; write 2024-11-15 12:00 (Japan) or 2024-11-15T12:00:00+09:00",
                COLUMNS[n].0
            ));
        }
        at.unwrap_or_default().trunc_subsecs(6)
    };
    let (opens_at, closes_at) = (instant(4), instant(5));
    // Only a line that is right in itself is asked whether its parts fit together.
    if reasons.is_empty() && closes_at < opens_at {
        reasons.push("it ends before it starts".to_owned());
    }
    if reasons.is_empty() && closes_at == opens_at && !kind.may_be_an_instant() {
        reasons.push(format!("a window of kind {kind} cannot have length 0"));
    }
    if reasons.is_empty() {
        Ok(NewPeriod { fiscal_year, round, name, kind, opens_at, closes_at })
    } else {
        Err(reasons)
    }
}

/// Full-width digits and letters, half-width kana and wide blanks as one form.
fn folded(cell: &str) -> String {
    cell.nfkc().collect::<String>().trim().to_owned()
}

fn fiscal_year(typed: &str) -> Option<i32> {
    let digits = typed.trim_end_matches("年度").trim_end_matches('年').trim();
    let digits = digits.strip_prefix("FY").unwrap_or(digits);
    (digits.len() == 4).then(|| digits.parse().ok()).flatten().filter(|year| (2000..=2199).contains(year))
}

/// The word a spreadsheet has for a kind: ours, or the board's.
fn kind(typed: &str) -> Option<PeriodKind> {
    use crate::desk::Lang;
    let known = |kind: &&PeriodKind| typed.eq_ignore_ascii_case(kind.as_str()) || typed == kind.label(Lang::Ja);
    PeriodKind::ALL.iter().find(known).copied()
}

fn known_kinds() -> String {
    use crate::desk::Lang;
    PeriodKind::ALL.iter().map(|k| format!("{k} ({})", k.label(Lang::Ja))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = "fiscal_year,round,name,kind,opens_at,closes_at\n";

    fn reasons(text: &str) -> Vec<String> {
        parse(text.as_bytes()).unwrap_err().0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn japanese_and_english_headers_in_any_order_and_encoding_mean_the_same() {
        let en = format!("{EN}2025,final,最終調整,apply,2025-01-07T12:00:00+09:00,2025-01-22 12:00\n");
        let ja =
            "終了,開始,種別,名称,回,年度\r\n2025/1/22 12:00,2025/1/7 12:00,応募,最終調整,ｆｉｎａｌ,２０２５年度\r\n";
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(ja);
        let expected = parse(en.as_bytes()).unwrap();
        assert_eq!(expected.len(), 1);
        assert_eq!(parse(ja.as_bytes()).unwrap(), expected);
        assert_eq!(parse(format!("\u{feff}{ja}").as_bytes()).unwrap(), expected);
        assert_eq!(parse(&cp932).unwrap(), expected);
    }

    #[test]
    fn every_wrong_line_is_named_and_the_file_refused_whole() {
        let told = reasons(&format!(
            "{EN}2025,1,1次募集,apply,2024-11-01 12:00,2024-11-15 12:00\n\
             twenty,1,1次募集,apply,2024-11-01 12:00,soon\n\
             2025,1,1次募集,apply,2024-12-01 12:00,2024-12-15 12:00\n\
             2025,2,2次募集,apply,2024-12-13 12:00,2024-12-02 12:00\n\
             2025,2,2次募集,party,2024-12-02 12:00,2024-12-13 12:00\n\
             2025,2,2次募集,decide,2024-12-02 12:00,2024-12-02 12:00\n\
             2025,2\n"
        ));
        assert_eq!(told.len(), 7, "{told:#?}");
        assert!(told[0].starts_with("line 3: fiscal_year \"twenty\""));
        assert!(told[1].starts_with("line 3: closes_at \"soon\""));
        assert_eq!(told[2], "line 4: the same fiscal year, round and kind as line 2");
        assert_eq!(told[3], "line 5: it ends before it starts");
        assert!(told[4].starts_with("line 6: kind \"party\""));
        assert_eq!(told[5], "line 7: a window of kind decide cannot have length 0");
        assert_eq!(told[6], "line 8: 2 columns where the header has 6");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let read = parse(include_bytes!("../../../config/periods_example.csv")).unwrap();
        assert!(read.len() > 5);
        assert_eq!(parse(write(&read).as_bytes()).unwrap(), read);
    }

    #[test]
    fn a_wrong_header_is_line_1() {
        assert!(
            reasons("fiscal_year,round,kind,opens_at,closes_at\n")[0].starts_with("line 1: the column name (名称)")
        );
        assert!(reasons("fiscal_year,colour\n")[0].starts_with("line 1: unknown column \"colour\""));
        assert!(reasons("")[0].starts_with("line 1: the file is empty"));
        assert!(reasons(EN)[0].starts_with("line 1: there is no period"));
        assert!(parse(b"\xff\xfe\x00\x81").is_err());
    }

    #[test]
    fn an_instant_and_a_round_without_its_other_parts_are_legal() {
        let text = format!(
            "{EN}2025,1,結果通知,result,2024-11-29 12:00,2024-11-29 12:00\n2025,x,書類締切,deadline,2024-10-25 17:00,2024-10-25 17:00\n,,,,,\n"
        );
        assert_eq!(parse(text.as_bytes()).unwrap().len(), 2);
    }
}
