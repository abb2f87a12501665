//! What staff enter for a caller (FAQ F31): as much as could be learnt on the phone. Only a text is needed; number,
//! birthdate and address are read as tolerantly as on the public form, and refused only when they read as nothing.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::intake::Inquiry;
use crate::config::Limits;
use crate::desk::Lang;
use crate::desk::account::{Birthdate, EmailAddress, RegistrationNumber, Wording};
use crate::desk::inquiry::InquiryKind;

/// The fields as typed; all but `body` may be empty.
#[derive(Clone, Copy, Default)]
#[expect(missing_docs, reason = "named as on the form, contracts.md")]
pub struct Typed<'t> {
    pub kind: &'t str,
    pub name: &'t str,
    pub kana: &'t str,
    pub registration_number: &'t str,
    pub birthdate: &'t str,
    pub email: &'t str,
    pub phone: &'t str,
    pub subject: &'t str,
    pub body: &'t str,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its name.
    pub field: &'static str,
    /// The sentence beside it.
    pub text: String,
}

/// Reads the form.
///
/// # Errors
/// Every fault, in the order of the form.
pub fn read(typed: &Typed<'_>, limits: &Limits, today: NaiveDate, lang: Lang) -> Result<Inquiry, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |field, text: String| faults.push(Fault { field, text });
    let name = one_line(typed.name);
    let number = optional(typed.registration_number, RegistrationNumber::parse)
        .map_err(|error| fault("registration_number", error.wording(lang)))
        .unwrap_or_default();
    let born = optional(typed.birthdate, |text| Birthdate::parse(text, today))
        .map_err(|error| fault("birthdate", error.wording(lang)))
        .unwrap_or_default();
    let email = optional(typed.email, EmailAddress::parse)
        .map_err(|error| fault("email", error.wording(lang)))
        .unwrap_or_default();
    let mut subject = one_line(typed.subject);
    let (most, most_body) = (limits.subject_chars, limits.body_chars);
    if subject.chars().count() > most {
        fault("subject", too_long(lang, most));
    }
    if typed.body.trim().is_empty() {
        fault("body", lang.t("聞いた内容を入力してください。", "Enter what was said.").to_owned());
    }
    if typed.body.chars().count() > most_body {
        fault("body", too_long(lang, most_body));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if subject.is_empty() {
        subject = typed.body.trim().lines().next().unwrap_or_default().chars().take(most.min(40)).collect();
    }
    let email = email.map(|entered| entered.value);
    Ok(Inquiry {
        kind: InquiryKind::parse(typed.kind).unwrap_or(InquiryKind::Other),
        lang: Lang::Ja,
        subject,
        body: typed.body.to_owned(),
        name,
        kana: one_line(typed.kana),
        email: email.as_ref().map(|address| address.as_str().to_owned()).unwrap_or_default(),
        email_key: email.as_ref().map(EmailAddress::key).unwrap_or_default(),
        phone: one_line(typed.phone),
        registration_number: number.map(|entered| entered.value.value()),
        registration_number_raw: typed.registration_number.trim().to_owned(),
        born_on: born.map(|entered| entered.value.date()),
        birthdate_raw: typed.birthdate.trim().to_owned(),
        fields: BTreeMap::new(),
    })
}

/// Reads what was typed, if anything was.
fn optional<T, E>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// One line of at most 200 characters.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn too_long(lang: Lang, most: usize) -> String {
    if lang.is_ja() {
        format!("{most}文字以内にしてください。")
    } else {
        format!("Use at most {most} characters.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn reading(typed: &Typed<'_>) -> Result<Inquiry, Vec<Fault>> {
        let settings = Settings::from_parts(None, std::iter::empty()).unwrap();
        read(typed, &settings.limits, NaiveDate::from_ymd_opt(2026, 12, 8).unwrap(), Lang::Ja)
    }

    #[test]
    fn a_text_alone_is_enough() {
        let read = reading(&Typed { body: "IDがわからないとのこと\n折り返し希望", ..Typed::default() }).unwrap();
        assert_eq!((read.subject.as_str(), read.kind), ("IDがわからないとのこと", InquiryKind::Other));
        assert_eq!((read.email.as_str(), read.registration_number), ("", None));
    }

    #[test]
    fn what_was_learnt_is_read_however_it_is_written() {
        let typed = Typed {
            kind: "id",
            name: " 渡邉　一郎 ",
            registration_number: "第６１２０４８号",
            birthdate: "H8.4.21",
            body: "…",
            ..Typed::default()
        };
        let read = reading(&typed).unwrap();
        assert_eq!((read.name.as_str(), read.registration_number), ("渡邉 一郎", Some(612_048)));
        assert_eq!(read.born_on, NaiveDate::from_ymd_opt(1996, 4, 21));
        assert_eq!(read.registration_number_raw, "第６１２０４８号");
    }

    #[test]
    fn what_reads_as_nothing_is_told_field_by_field() {
        let typed = Typed { registration_number: "なし", birthdate: "春", email: "x", ..Typed::default() };
        let fields: Vec<_> = reading(&typed).unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["registration_number", "birthdate", "email", "body"]);
    }
}
