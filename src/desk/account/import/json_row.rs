//! One object of `PUT /api/v1/accounts`: the names of `accounts.csv`, and what does not fit a row.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::ImportRow;
use super::cells::{COLUMNS, Column, Columns, fiscal_year, instant, plain_text, read_row, word};
use crate::desk::Lang;
use crate::desk::account::nested::{Application, Nested, TrainingRecord, Withdrawal, WithdrawalDecision};
use crate::desk::account::{ApplicationState, Birthdate, EmailAddress, Wording};

/// Entries of one nested list at most: a career has fewer.
const MAX_NESTED: usize = 500;

/// A field of one object that cannot be taken. Never names personal data.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowError {
    /// Place of the object in the array, from 0.
    pub index: usize,
    /// The field, `records[2].from` for a nested one; empty for the object itself.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What is wrong, as it is found.
#[derive(Default)]
struct Wrong(Vec<(String, String)>);

impl Wrong {
    fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.push((field.into(), reason.into()));
    }

    /// The value, or what is wrong with it is noted.
    fn take<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|reason| self.add(field, reason)).ok()
    }
}

/// Reads one object; every wrong field is named.
pub(super) fn read_object(value: &Value, today: NaiveDate) -> Result<ImportRow, Vec<(String, String)>> {
    let Value::Object(object) = value else {
        return Err(vec![(String::new(), "is not an object".to_owned())]);
    };
    let mut wrong = Wrong::default();
    let mut cells: [String; COLUMNS.len()] = std::array::from_fn(|_| String::new());
    let mut given = Columns::default();
    let mut nested = Nested::default();
    for (name, value) in object {
        match name.as_str() {
            "applications" => {
                nested.applications = list(value, name, &mut wrong, |o, at, w| application(o, at, w, today))
            }
            "records" => {
                nested.records = list(value, name, &mut wrong, |o, at, w| training_record(o, at, w, today));
                if let Some(records) = &mut nested.records {
                    records.sort_by_key(|record| (record.from, record.to));
                }
            }
            "former_emails" => nested.former_emails = emails(value, name, &mut wrong),
            "withdrawal" => nested.withdrawal = withdrawal(value, &mut wrong, today),
            _ => match Column::of(name) {
                None => wrong.add(name.chars().take(40).collect::<String>(), "is not a field of an account"),
                Some(column) if given.has(column) => wrong.add(column.name(), "is given twice"),
                Some(column) => {
                    given = given.with(column);
                    let text = if column == Column::FormerNames { joined(value) } else { text(value) };
                    if let Some(text) = wrong.take(column.name(), text) {
                        cells[column as usize] = text;
                    }
                }
            },
        }
    }
    match read_row(|column| cells[column as usize].trim(), today) {
        Ok(record) if wrong.0.is_empty() => Ok(ImportRow { record, given, nested }),
        Ok(_) => Err(wrong.0),
        Err(fields) => {
            for error in fields {
                // A field that is no text at all was named already.
                if !wrong.0.iter().any(|(field, _)| field == error.field) {
                    wrong.add(error.field, error.reason);
                }
            }
            Err(wrong.0)
        }
    }
}

/// A text as it is typed in the CSV; numbers may stand bare, `null` is an empty text.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("is not a text".to_owned()),
    }
}

/// Former names: one text with `;` between, or a list.
fn joined(value: &Value) -> Result<String, String> {
    match value {
        Value::Array(list) => Ok(list.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(";")),
        one => text(one),
    }
}

fn list<T>(
    value: &Value,
    name: &str,
    wrong: &mut Wrong,
    read: impl Fn(&Map<String, Value>, &str, &mut Wrong) -> Option<T>,
) -> Option<Vec<T>> {
    let entries = match value {
        Value::Null => return Some(Vec::new()),
        Value::Array(entries) if entries.len() <= MAX_NESTED => entries,
        Value::Array(_) => {
            wrong.add(name, format!("has more than {MAX_NESTED} entries"));
            return None;
        }
        _ => {
            wrong.add(name, "is not a list");
            return None;
        }
    };
    let mut all = Vec::with_capacity(entries.len());
    for (n, entry) in entries.iter().enumerate() {
        let at = format!("{name}[{n}]");
        match entry {
            Value::Object(object) => all.extend(read(object, &at, wrong)),
            _ => wrong.add(at, "is not an object"),
        }
    }
    Some(all)
}

/// Reads the fields of a nested object; one that is not in `known` is named.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    at: &'a str,
    wrong: &'a mut Wrong,
    today: NaiveDate,
}

impl<'a> Fields<'a> {
    fn new(
        object: &'a Map<String, Value>,
        at: &'a str,
        wrong: &'a mut Wrong,
        today: NaiveDate,
        known: &[&str],
    ) -> Self {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            wrong.add(format!("{at}.{}", name.chars().take(40).collect::<String>()), "is not a field of this");
        }
        Self { object, at, wrong, today }
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.object.get(name).unwrap_or(&Value::Null);
        let cell =
            text(value).and_then(|text| plain_text(text.trim(), Column::Program).map(|()| text.trim().to_owned()));
        let read = cell.and_then(|text| read(&text));
        self.wrong.take(&format!("{}.{name}", self.at), read)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |text| Ok(text.to_owned()))
    }

    fn instant(&mut self, name: &str) -> Option<Option<DateTime<Utc>>> {
        let today = self.today;
        self.read(name, |text| instant(text, today))
    }

    /// A date in any notation, as far ahead as a training plan reaches; `None` when empty.
    fn date(&mut self, name: &str) -> Option<Option<NaiveDate>> {
        let last = self.today + chrono::Duration::days(36_500);
        self.read(name, |text| {
            if text.is_empty() {
                return Ok(None);
            }
            Birthdate::parse(text, last).map(|date| Some(date.value.date())).map_err(|error| error.wording(Lang::En))
        })
    }
}

fn application(object: &Map<String, Value>, at: &str, wrong: &mut Wrong, today: NaiveDate) -> Option<Application> {
    let known = ["fiscal_year", "round", "program", "specialty", "state", "decided_at"];
    let mut fields = Fields::new(object, at, wrong, today, &known);
    let fiscal_year = fields.read("fiscal_year", |text| fiscal_year(text)?.ok_or_else(|| "is empty".to_owned()));
    let round = fields.text("round");
    let (program, specialty) = (fields.text("program"), fields.text("specialty"));
    let state = fields.read("state", |text| {
        word(text, ApplicationState::ALL, |word| (word.as_str(), word.ja()))?.ok_or_else(|| "is empty".to_owned())
    });
    let decided_at = fields.instant("decided_at");
    Some(Application {
        fiscal_year: fiscal_year?,
        round: round?,
        program: program?,
        specialty: specialty?,
        state: state?,
        decided_at: decided_at?,
    })
}

fn withdrawal(value: &Value, wrong: &mut Wrong, today: NaiveDate) -> Option<Option<Withdrawal>> {
    let object = match value {
        Value::Null => return Some(None),
        Value::Object(object) => object,
        _ => {
            wrong.add("withdrawal", "is not an object");
            return None;
        }
    };
    let known = ["requested_at", "reason_given", "director_decided_at", "decision", "mailed_at"];
    let mut fields = Fields::new(object, "withdrawal", wrong, today, &known);
    let requested_at = fields.instant("requested_at");
    let reason_given = fields.text("reason_given");
    let director_decided_at = fields.instant("director_decided_at");
    let decision = fields.read("decision", |text| {
        word(text, WithdrawalDecision::ALL, |word| match word {
            WithdrawalDecision::Approved => ("approved", "承認"),
            WithdrawalDecision::Denied => ("denied", "否認"),
        })
    });
    let mailed_at = fields.instant("mailed_at");
    Some(Some(Withdrawal {
        requested_at: requested_at?,
        reason_given: reason_given?,
        director_decided_at: director_decided_at?,
        decision: decision?,
        mailed_at: mailed_at?,
    }))
}

fn training_record(
    object: &Map<String, Value>,
    at: &str,
    wrong: &mut Wrong,
    today: NaiveDate,
) -> Option<TrainingRecord> {
    let known = ["from", "to", "status", "site", "interruption_reason", "note"];
    let mut fields = Fields::new(object, at, wrong, today, &known);
    let (from, to) = (fields.date("from"), fields.date("to"));
    let (status, site) = (fields.text("status"), fields.text("site"));
    let (interruption_reason, note) = (fields.text("interruption_reason"), fields.text("note"));
    let Some(from) = from? else {
        wrong.add(format!("{at}.from"), "is empty");
        return None;
    };
    let to = to?;
    if to.is_some_and(|to| to < from) {
        wrong.add(format!("{at}.to"), "lies before from");
        return None;
    }
    Some(TrainingRecord {
        from,
        to,
        status: status?,
        site: site?,
        interruption_reason: interruption_reason?,
        note: note?,
    })
}

fn emails(value: &Value, name: &str, wrong: &mut Wrong) -> Option<Vec<String>> {
    let entries = match value {
        Value::Null => return Some(Vec::new()),
        Value::Array(entries) => entries.iter().map(text).collect::<Result<Vec<_>, _>>(),
        Value::String(one) => Ok(one.split([';', ' ']).filter(|one| !one.is_empty()).map(str::to_owned).collect()),
        _ => Err("is not a list".to_owned()),
    };
    let mut all = Vec::new();
    for (n, one) in wrong.take(name, entries)?.iter().enumerate() {
        match EmailAddress::parse(one) {
            Ok(address) => all.push(address.value.as_str().to_owned()),
            Err(error) => wrong.add(format!("{name}[{n}]"), error.to_string()),
        }
    }
    Some(all)
}
