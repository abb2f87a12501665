//! The kind's own fields: what is understood of them, what does not go together.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::check::{Said, said, too_long};
use super::spec::{Field, Form, Input};
use super::{InquiryForm, lists, spells, text};
use crate::desk::Lang;
use crate::desk::account::{Birthdate, EmailAddress, RegistrationNumber, Wording};

/// Usual bounds of a line and of a text, in characters.
const LINE: usize = 200;
const TEXT: usize = 3000;
/// The first fiscal year of the training system.
pub const FIRST_FISCAL_YEAR: i32 = 2018;

/// What came of the kind's own fields.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub fields: BTreeMap<String, String>,
    pub errors: Vec<Said>,
    pub notes: Vec<Said>,
}

/// The fiscal year (April to March) of a day.
pub fn fiscal_year(day: NaiveDate) -> i32 {
    day.year() - i32::from(day.month() < 4)
}

/// Reads the kind's own fields.
pub(super) fn check(form: &Form, typed: &InquiryForm, lang: Lang, today: NaiveDate) -> Own {
    let mut own = Own::default();
    let mut empty = Vec::new();
    for field in &form.fields {
        match read(field, typed, lang, today, &mut own.notes) {
            Ok(value) if value.is_empty() => empty.push(field),
            Ok(value) => drop(own.fields.insert(field.name.clone(), value)),
            Err(error) => own.errors.push(error),
        }
    }
    for field in empty.into_iter().filter(|field| field.required) {
        // Another answer may set free from it, wherever that stands on the form.
        let is_free = field.required_unless.iter().any(|(name, values)| {
            own.fields.get(name).is_some_and(|given| values.split('|').any(|value| value == given))
        });
        if !is_free {
            own.errors.push(said(field.first_box(), missing(field, lang)));
        }
    }
    spells_of(form, lang, today, &mut own);
    rules(form, lang, today, &mut own);
    orders(form, lang, today, &mut own);
    let place =
        |said: &Said| form.fields.iter().position(|field| field.boxes().contains(&said.field)).unwrap_or(usize::MAX);
    own.errors.sort_by_key(place);
    own
}

/// One field, canonical; empty when nothing was given.
fn read(
    field: &Field,
    typed: &InquiryForm,
    lang: Lang,
    today: NaiveDate,
    notes: &mut Vec<Said>,
) -> Result<String, Said> {
    let raw = typed.own(&field.name);
    let line = text::one_line(raw);
    let no = |ja: &str, en: [&str; 2]| Err(said(field.first_box(), sentence(field, lang, ja, en)));
    match field.input {
        Input::Line | Input::Round => bounded(field, line, LINE, lang),
        Input::Text => bounded(field, text::many_lines(raw), TEXT, lang),
        Input::Spells => {
            // What is amiss between them is said once the year of entry is known, wherever that stands on the form.
            bounded(field, text::many_lines(raw), TEXT, lang)
        }
        Input::Email if line.is_empty() => Ok(line),
        Input::Email => match EmailAddress::parse(&line) {
            Ok(entered) => {
                notes.extend(entered.notes.iter().map(|note| said(&field.name, note.wording(lang))));
                Ok(entered.value.as_str().to_owned())
            }
            Err(error) => Err(said(&field.name, error.wording(lang))),
        },
        Input::Radio | Input::Select => {
            let chosen = field
                .options
                .iter()
                .find(|choice| choice.value == line || choice.ja == line || choice.en.eq_ignore_ascii_case(&line));
            match chosen {
                Some(choice) => Ok(choice.value.clone()),
                None if line.is_empty() => Ok(line),
                None => no("を選び直してください。", ["Choose", " with one of the values offered"]),
            }
        }
        Input::Specialty | Input::Prefecture if line.is_empty() => Ok(line),
        Input::Specialty | Input::Prefecture => {
            let find = if field.input == Input::Specialty { lists::specialty } else { lists::prefecture };
            match find(&line) {
                Some(name) => Ok(name),
                None => no("を一覧から選んでください。", ["Choose", " from the list"]),
            }
        }
        Input::FiscalYear => {
            let digits: String = line.nfkc().filter(char::is_ascii_digit).collect();
            match digits.parse::<i32>() {
                _ if line.is_empty() => Ok(line),
                Ok(year) if (FIRST_FISCAL_YEAR..=fiscal_year(today) + 5).contains(&year) => Ok(year.to_string()),
                _ => no("を西暦で選んでください。", ["Choose", " as a year such as 2027"]),
            }
        }
        Input::Date => date(field, typed, lang, today),
    }
}

fn bounded(field: &Field, value: String, usual: usize, lang: Lang) -> Result<String, Said> {
    let limit = if field.max == 0 { usual } else { field.max };
    let count = value.chars().count();
    if count > limit {
        let sentence = match lang {
            Lang::Ja => too_long(lang, &format!("「{}」", field.label.ja), "", count, limit),
            Lang::En => format!("“{}” has {count} characters. Use at most {limit}.", field.label.en),
        };
        return Err(said(&field.name, sentence));
    }
    Ok(value)
}

/// The three boxes of a day; as `2027-10-01`.
fn date(field: &Field, typed: &InquiryForm, lang: Lang, today: NaiveDate) -> Result<String, Said> {
    let [year, month, day] = ["year", "month", "day"].map(|part| {
        let name = format!("{}_{part}", field.name);
        let digits: String = typed.own(&name).nfkc().filter(char::is_ascii_digit).collect();
        (name, digits)
    });
    if [&year, &month, &day].iter().all(|(_, digits)| digits.is_empty()) {
        return Ok(String::new());
    }
    let parts = [(&year, "年", "year"), (&month, "月", "month"), (&day, "日", "day")];
    if let Some(((name, _), ja, en)) = parts.into_iter().find(|((_, digits), _, _)| digits.is_empty()) {
        let label = field.label.t(lang);
        let said_ja = format!("「{label}」の{ja}を選んでください。");
        return Err(said(name, lang.t(&said_ja, &format!("Choose the {en} of “{label}”."))));
    }
    let read = |(_, digits): &(String, String)| digits.parse::<u32>().unwrap_or(0);
    let found = NaiveDate::from_ymd_opt(i32::try_from(read(&year)).unwrap_or(0), read(&month), read(&day));
    let (first, last) = (today.year() - field.years_back, today.year() + field.years_ahead);
    match found {
        Some(day) if (first..=last).contains(&day.year()) => Ok(day.to_string()),
        // A real day that the form does not offer.
        Some(_) => {
            let label = field.label.t(lang);
            let ja = format!("「{label}」の年は、{first}年から{last}年までの間で選んでください。");
            let en = format!("Choose a year from {first} to {last} for “{label}”.");
            Err(said(&year.0, lang.t(&ja, &en)))
        }
        None => {
            let label = field.label.t(lang);
            let ja = format!("「{label}」の日付がカレンダーにありません。選び直してください。");
            Err(said(&day.0, lang.t(&ja, &format!("“{label}” is no day of the calendar. Choose it again."))))
        }
    }
}

/// What a field asks for, within an English sentence: "your result", "the programme"; `None` for a question.
fn in_a_sentence(label: &str) -> Option<String> {
    if label.ends_with('?') {
        return None;
    }
    let first = label.split(' ').next().unwrap_or_default();
    let mut rest = label.chars();
    let is_short_form = first.len() > 1 && first.chars().all(|c| c.is_ascii_uppercase());
    let label = match rest.next() {
        Some(start) if !is_short_form => start.to_lowercase().chain(rest).collect(),
        _ => label.to_owned(),
    };
    let stands_alone = ["a", "an", "the", "your", "what", "when", "where", "which", "who", "why", "how"]
        .contains(&first.to_lowercase().as_str());
    Some(if stands_alone { label } else { format!("the {label}") })
}

/// `ja` follows the label in brackets. In English `verb` and `rest` stand around what is asked for; a question is
/// quoted and answered instead.
fn sentence(field: &Field, lang: Lang, ja: &str, [verb, rest]: [&str; 2]) -> String {
    let label = &field.label.en;
    match (lang, in_a_sentence(label)) {
        (Lang::Ja, _) => format!("「{}」{ja}", field.label.ja),
        (Lang::En, Some(what)) => format!("{verb} {what}{rest}."),
        (Lang::En, None) => format!("Answer the question “{label}”{rest}."),
    }
}

fn missing(field: &Field, lang: Lang) -> String {
    match field.input {
        Input::Line | Input::Text | Input::Email | Input::Spells => {
            sentence(field, lang, "を入力してください。", ["Enter", ""])
        }
        _ => sentence(field, lang, "を選んでください。", ["Choose", ""]),
    }
}

/// What is to be said about spells of training, with the year of entry when the form asks for it.
fn spells_of(form: &Form, lang: Lang, today: NaiveDate, own: &mut Own) {
    let year = form.fields.iter().find(|field| field.input == Input::FiscalYear);
    let entry = year.and_then(|field| own.fields.get(&field.name)?.parse::<i32>().ok());
    for field in form.fields.iter().filter(|field| field.input == Input::Spells) {
        let Some(text) = own.fields.get(&field.name) else { continue };
        let remarks = spells::remarks(text, lang, today, entry);
        own.notes.extend(remarks.into_iter().map(|remark| said(&field.name, remark)));
    }
}

/// Whether what was given for a field is what a rule looks for.
fn is_so(looked_for: &str, given: &str, fields: &BTreeMap<String, String>, today: NaiveDate) -> bool {
    match looked_for.split_at_checked(1) {
        None => given.is_empty(),
        Some(_) if given.is_empty() => false,
        Some(("*", "")) => true,
        Some(("=", other)) => fields.get(other).is_some_and(|other| other == given),
        Some(("!", end)) => !given.ends_with(end),
        Some(("?", "date")) => Birthdate::parse(given, today).is_err(),
        Some(("?", "number")) => RegistrationNumber::parse(given).is_err(),
        Some(_) => looked_for == given,
    }
}

fn rules(form: &Form, lang: Lang, today: NaiveDate, own: &mut Own) {
    for rule in &form.rules {
        let holds = rule.when.iter().all(|(name, values)| {
            let given = own.fields.get(name).map_or("", String::as_str);
            values.split('|').any(|value| is_so(value, given, &own.fields, today))
        });
        let box_name = form.field(&rule.field).map_or_else(|| rule.field.clone(), Field::first_box);
        speak(own, holds, rule.hint, said(box_name, rule.say.t(lang)));
    }
}

fn orders(form: &Form, lang: Lang, today: NaiveDate, own: &mut Own) {
    for order in &form.orders {
        let day = |name: &str| match name {
            "today" => Some(today),
            _ => {
                let given = own.fields.get(name)?;
                match given.parse::<i32>() {
                    Ok(year) => NaiveDate::from_ymd_opt(year, 4, 1),
                    Err(_) => given.parse().ok(),
                }
            }
        };
        let wrong = matches!((day(&order.earlier), day(&order.later)), (Some(earlier), Some(later)) if earlier > later);
        let box_name = form.field(&order.field).map_or_else(|| order.field.clone(), Field::first_box);
        speak(own, wrong, order.hint, said(box_name, order.say.t(lang)));
    }
}

fn speak(own: &mut Own, holds: bool, is_hint: bool, what: Said) {
    if holds && is_hint {
        own.notes.push(what);
    } else if holds && !own.errors.iter().any(|error| error.field == what.field) {
        own.errors.push(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::inquiry::{Catalogue, InquiryKind};

    fn reading(kind: InquiryKind, typed: &[(&str, &str)]) -> Own {
        let catalogue = Catalogue::embedded().unwrap();
        let form = &catalogue.get(kind).unwrap().form;
        let get = |name: &str| typed.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| *value);
        check(form, &InquiryForm::read(form, get), Lang::Ja, NaiveDate::from_ymd_opt(2026, 12, 8).unwrap())
    }

    fn errors(own: &Own) -> Vec<&str> {
        own.errors.iter().map(|said| said.field.as_str()).collect()
    }

    const LATE: [(&str, &str); 10] = [
        ("specialty", "Internal medicine"),
        ("entry_fiscal_year", "２０２７年度"),
        ("planned_start_year", "2027"),
        ("planned_start_month", "７"),
        ("planned_start_day", "1"),
        ("special_reason", "妊娠・出産・育児"),
        ("reason", "六月に出産の予定です。"),
        ("director_approves", "yes"),
        ("society_told", "no"),
        ("applied_in_period", "yes"),
    ];

    #[test]
    fn values_become_canonical_however_they_are_written() {
        let own = reading(InquiryKind::LateStart, &LATE);
        assert!(own.errors.is_empty(), "{:?}", own.errors);
        let field = |name: &str| own.fields[name].as_str();
        assert_eq!(field("specialty"), "内科");
        assert_eq!((field("entry_fiscal_year"), field("planned_start")), ("2027", "2027-07-01"));
        assert_eq!(field("special_reason"), "childbirth");
    }

    #[test]
    fn everything_missing_is_told_in_the_order_of_the_form() {
        let own = reading(InquiryKind::Withdraw, &[]);
        assert_eq!(errors(&own), ["result", "program", "director_told", "step"]);
        assert_eq!(own.errors[1].sentence, "「採用されたプログラム」を入力してください。");
    }

    #[test]
    fn in_english_too_everything_missing_is_told_in_sentences() {
        for spec in Catalogue::embedded().unwrap().all() {
            let typed = InquiryForm::read(&spec.form, |_| "");
            let own = check(&spec.form, &typed, Lang::En, NaiveDate::from_ymd_opt(2026, 12, 8).unwrap());
            for Said { sentence, .. } in own.errors {
                let begins =
                    ["Enter ", "Choose ", "Answer the question “"].iter().any(|start| sentence.starts_with(start));
                assert!(begins && sentence.ends_with('.') && !sentence.contains(':'), "{}: {sentence}", spec.kind);
            }
        }
        let catalogue = Catalogue::embedded().unwrap();
        let said = |kind, name: &str| missing(catalogue.get(kind).unwrap().form.field(name).unwrap(), Lang::En);
        assert_eq!(said(InquiryKind::Withdraw, "result"), "Choose your result.");
        assert_eq!(said(InquiryKind::Withdraw, "program"), "Enter the programme that accepted you.");
        let question = "Answer the question “Have you told the director?”.";
        assert_eq!(said(InquiryKind::Withdraw, "director_told"), question);
    }

    #[test]
    fn half_a_day_and_a_day_that_does_not_exist_lead_to_their_box() {
        let with = |year: &'static str, month: &'static str, day: &'static str| {
            let mut typed = LATE.to_vec();
            typed.splice(
                2..5,
                [("planned_start_year", year), ("planned_start_month", month), ("planned_start_day", day)],
            );
            let own = reading(InquiryKind::LateStart, &typed);
            errors(&own).join(" ")
        };
        assert_eq!(with("2027", "", "1"), "planned_start_month");
        assert_eq!(with("2027", "2", "30"), "planned_start_day");
        assert_eq!(with("", "", ""), "planned_start_year");
        assert_eq!(with("99999999999", "1", "1"), "planned_start_year");
        assert_eq!(with("2033", "4", "1"), "planned_start_year", "no more than the form offers");
    }

    #[test]
    fn answers_that_contradict_each_other_are_told_with_the_way_on() {
        let told = |result, step| {
            let typed = [("result", result), ("program", "青葉"), ("director_told", "yes"), ("step", step)];
            reading(InquiryKind::Withdraw, &typed)
        };
        assert!(told("accepted", "requested").errors.is_empty());
        let never = told("not_accepted", "before");
        assert_eq!(errors(&never), ["result"]);
        assert!(never.errors[0].sentence.contains("次の応募期間"));
        assert_eq!(errors(&told("not_yet", "requested")), ["result"]);
        assert!(told("not_yet", "before").errors.is_empty());
    }

    #[test]
    fn days_in_the_wrong_order_and_outside_the_training_are_told() {
        let told = |from: (&'static str, &'static str), to: (&'static str, &'static str)| {
            let typed = [
                ("specialty", "内科"),
                ("entry_fiscal_year", "2024"),
                ("topic", "interruption"),
                ("period_from_year", from.0),
                ("period_from_month", from.1),
                ("period_from_day", "1"),
                ("period_to_year", to.0),
                ("period_to_month", to.1),
                ("period_to_day", "1"),
            ];
            let own = reading(InquiryKind::Record, &typed);
            let hints = own.notes.iter().map(|said| format!("({})", said.field));
            errors(&own).into_iter().map(str::to_owned).chain(hints).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(("2025", "4"), ("2025", "9")), "");
        assert_eq!(told(("2025", "9"), ("2025", "4")), "period_to_year");
        assert_eq!(told(("2024", "3"), ("2025", "4")), "(period_from_year)");
        assert_eq!(told(("2027", "1"), ("2027", "2")), "period_from_year");
    }

    #[test]
    fn a_value_that_is_not_offered_and_a_text_that_is_too_long_are_refused() {
        let mut typed = LATE.to_vec();
        typed[0] = ("specialty", "魔法科");
        typed[5] = ("special_reason", "weather");
        let long = "あ".repeat(2001);
        typed[6] = ("reason", &long);
        assert_eq!(errors(&reading(InquiryKind::LateStart, &typed)), ["specialty", "special_reason", "reason"]);
    }
}
