//! What is understood of a form, and what has to be put right. Nothing here looks at a record: a form is judged by its
//! own text alone (SEC-080, SEC-087).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::spec::{Need, Spec};
use super::{InquiryForm, InquiryKind, text};
use crate::desk::Lang;
use crate::desk::account::{
    Birthdate, BirthdateBoxes, BirthdateError, DatePart, EmailAddress, EraChoice, Phone, RegistrationNumber, Wording,
};

/// A sentence about a field: what to put right, or what to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Name of the field.
    pub field: String,
    /// The sentence, in the language of the form.
    pub sentence: String,
}

/// Everything that has to be put right, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<Said>);

impl FieldErrors {
    pub(super) fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.0.push(said(field, sentence));
    }

    /// Puts a sentence before all others; `field` may be the id of any part of the page.
    pub fn put_first(&mut self, field: &str, sentence: &str) {
        self.0.insert(0, said(field, sentence));
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|said| said.field == field).map(|said| said.sentence.as_str())
    }
}

/// How long texts may be, in characters (`limits.subject_chars`, `limits.body_chars`).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of a subject.
    pub subject: usize,
    /// Of a text.
    pub body: usize,
}

const NAME_CHARS: usize = 60;
const ADDRESS_CHARS: usize = 254;

/// An inquiry as it was understood. Its `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct Checked {
    /// What the ticket will be about.
    pub kind: InquiryKind,
    /// One line.
    pub subject: String,
    /// As typed.
    pub body: String,
    /// 姓 名
    pub name: String,
    /// セイ メイ, in katakana.
    pub kana: String,
    /// The address answers go to.
    pub email: EmailAddress,
    /// As typed; may be empty.
    pub phone: String,
    /// 医籍登録番号, when the form asks for it.
    pub registration_number: Option<RegistrationNumber>,
    /// As typed.
    pub registration_number_raw: String,
    /// 生年月日, likewise.
    pub birthdate: Option<Birthdate>,
    /// As typed, e.g. `heisei 8 4 21`.
    pub birthdate_raw: String,
    /// The kind's own fields.
    pub fields: BTreeMap<String, String>,
    /// What the person should look at before sending.
    pub notes: Vec<Said>,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl InquiryForm {
    /// Reads every field of a kind's form; sentences are in `lang`, and stand in the order of the page.
    ///
    /// # Errors
    /// All that has to be put right at once.
    pub fn check(&self, spec: &Spec, lang: Lang, today: NaiveDate, limits: Limits) -> Result<Checked, FieldErrors> {
        let carries = &spec.form.carries;
        let mut errors = FieldErrors::default();
        let mut notes = Vec::new();

        let number = self.number(carries.registration_number, lang, &mut errors, &mut notes);
        let birthdate = self.birthdate(carries.birthdate, lang, today, &mut errors, &mut notes);
        if let (Some(number), Some((birthdate, _))) = (number, &birthdate)
            && number.looks_like_birthdate(birthdate.date())
        {
            let hint = lang.t(
                "生年月日と同じ数字です。医籍登録番号をご確認ください。",
                "These are the digits of your birthdate. Check the registration number.",
            );
            notes.push(said("registration_number", hint));
        }
        let family = self.name("family_name", carries.name, lang, &mut errors);
        let given = self.name("given_name", carries.name, lang, &mut errors);
        let family_kana = self.kana("family_kana", carries.kana, lang, &mut errors);
        let given_kana = self.kana("given_kana", carries.kana, lang, &mut errors);
        let own = super::own::check(&spec.form, self, lang, today);
        errors.0.extend(own.errors);
        notes.extend(own.notes);
        let email = self.email(lang, &mut errors, &mut notes);
        let phone = self.phone(lang, &mut errors);
        let kind = self.ticket_kind(spec.kind);
        let subject = self.subject(spec, kind, lang, limits, &mut errors);
        let body = self.body(carries.body, lang, limits, &mut errors, &mut notes);

        match email {
            Some(email) if errors.0.is_empty() => Ok(Checked {
                kind,
                subject,
                body,
                name: joined(&family, &given),
                kana: joined(&family_kana, &given_kana),
                email,
                phone,
                registration_number: number,
                registration_number_raw: text::one_line(&self.registration_number),
                birthdate: birthdate.as_ref().map(|(birthdate, _)| *birthdate),
                birthdate_raw: birthdate.map(|(_, raw)| raw).unwrap_or_default(),
                fields: own.fields,
                notes,
            }),
            _ => Err(errors),
        }
    }

    fn number(
        &self,
        need: Need,
        lang: Lang,
        errors: &mut FieldErrors,
        notes: &mut Vec<Said>,
    ) -> Option<RegistrationNumber> {
        if need != Need::Required && self.registration_number.trim().is_empty() {
            return None;
        }
        match RegistrationNumber::parse(&self.registration_number) {
            Ok(entered) => {
                notes.extend(entered.notes.iter().map(|n| said("registration_number", n.wording(lang))));
                Some(entered.value)
            }
            Err(error) => {
                errors.add("registration_number", error.wording(lang));
                None
            }
        }
    }

    fn birthdate(
        &self,
        need: Need,
        lang: Lang,
        today: NaiveDate,
        errors: &mut FieldErrors,
        notes: &mut Vec<Said>,
    ) -> Option<(Birthdate, String)> {
        let is_empty = [&self.birth_year, &self.birth_month, &self.birth_day].iter().all(|part| part.trim().is_empty());
        if need != Need::Required && is_empty {
            return None;
        }
        let boxes = BirthdateBoxes {
            era: EraChoice::from_field(&self.birth_era).unwrap_or_default(),
            year: &self.birth_year,
            month: &self.birth_month,
            day: &self.birth_day,
        };
        match Birthdate::parse_boxes(&boxes, today) {
            Ok(entered) => {
                notes.extend(entered.notes.iter().map(|n| said("birth_year", n.wording(lang))));
                Some((entered.value, text::one_line(&entered.raw)))
            }
            Err(error) => {
                let field = match error {
                    BirthdateError::Missing(DatePart::Month) => "birth_month",
                    BirthdateError::Missing(DatePart::Day) | BirthdateError::NoSuchDay => "birth_day",
                    _ => "birth_year",
                };
                errors.add(field, error.wording(lang));
                None
            }
        }
    }

    fn name(&self, field: &'static str, need: Need, lang: Lang, errors: &mut FieldErrors) -> String {
        let (typed, ja, en) = match field {
            "family_name" => (&self.family_name, "姓", "family name"),
            _ => (&self.given_name, "名", "given name"),
        };
        let name = text::one_line(typed);
        bounded(need, field, &name, ja, en, lang, errors);
        name
    }

    fn kana(&self, field: &'static str, need: Need, lang: Lang, errors: &mut FieldErrors) -> String {
        let (typed, ja, en) = match field {
            "family_kana" => (&self.family_kana, "姓のフリガナ", "family name in kana"),
            _ => (&self.given_kana, "名のフリガナ", "given name in kana"),
        };
        let kana = text::katakana(typed);
        if text::has_kanji(&kana) {
            let en = format!("Enter your {en}, without kanji.");
            errors.add(field, lang.t(&format!("{ja}を、漢字を使わずカタカナで入力してください。"), &en).to_owned());
        } else {
            bounded(need, field, &kana, ja, en, lang, errors);
        }
        kana
    }

    fn email(&self, lang: Lang, errors: &mut FieldErrors, notes: &mut Vec<Said>) -> Option<EmailAddress> {
        match EmailAddress::parse(&self.email) {
            Ok(entered) if entered.value.as_str().chars().count() > ADDRESS_CHARS => {
                errors.add(
                    "email",
                    lang.t("メールアドレスが長すぎます。ご確認ください。", "The mail address is too long. Check it."),
                );
                None
            }
            Ok(entered) => {
                notes.extend(entered.notes.iter().map(|n| said("email", n.wording(lang))));
                Some(entered.value)
            }
            Err(error) => {
                errors.add("email", error.wording(lang));
                None
            }
        }
    }

    fn phone(&self, lang: Lang, errors: &mut FieldErrors) -> String {
        let phone = text::one_line(&self.phone);
        if !phone.is_empty()
            && let Err(error) = Phone::parse(&phone)
        {
            errors.add("phone", error.wording(lang));
        }
        phone
    }

    fn subject(&self, spec: &Spec, kind: InquiryKind, lang: Lang, limits: Limits, errors: &mut FieldErrors) -> String {
        let subject = text::one_line(&self.subject);
        let count = subject.chars().count();
        if count > limits.subject {
            errors.add("subject", too_long(lang, "件名", "subject", count, limits.subject));
        } else if subject.is_empty() && spec.form.carries.subject == Need::Required {
            errors.add("subject", lang.t("件名を入力してください。", "Enter a subject."));
        } else if subject.is_empty() {
            return if kind == spec.kind { spec.subject.t(lang) } else { kind.label(lang) }.to_owned();
        }
        subject
    }

    fn body(&self, need: Need, lang: Lang, limits: Limits, errors: &mut FieldErrors, notes: &mut Vec<Said>) -> String {
        let body = text::many_lines(&self.body);
        let count = body.chars().count();
        if count > limits.body {
            errors.add("body", too_long(lang, "お問い合わせの内容", "text", count, limits.body));
        } else if body.is_empty() && need == Need::Required {
            errors.add("body", lang.t("お問い合わせの内容を入力してください。", "Enter your question."));
        }
        if text::tells_a_password(&body) {
            let hint = lang.t(
                "パスワードが書かれているようです。パスワードは消してから送ってください。",
                "This seems to hold a password. Please remove it before sending.",
            );
            notes.push(said("body", hint));
        }
        body
    }
}

pub(super) fn said(field: impl Into<String>, sentence: impl Into<String>) -> Said {
    Said { field: field.into(), sentence: sentence.into() }
}

fn joined(family: &str, given: &str) -> String {
    format!("{family} {given}").trim().to_owned()
}

fn bounded(need: Need, field: &'static str, value: &str, ja: &str, en: &str, lang: Lang, errors: &mut FieldErrors) {
    if value.is_empty() && need == Need::Required {
        let en = format!("Enter your {en}.");
        errors.add(field, lang.t(&format!("{ja}を入力してください。"), &en).to_owned());
    } else if value.chars().count() > NAME_CHARS {
        let en = format!("Your {en} may have at most {NAME_CHARS} characters.");
        errors.add(field, lang.t(&format!("{ja}は{NAME_CHARS}文字までで入力してください。"), &en).to_owned());
    }
}

pub(super) fn too_long(lang: Lang, ja: &str, en: &str, count: usize, limit: usize) -> String {
    match lang {
        Lang::Ja => format!("{ja}が{count}文字あります。{limit}文字までにしてください。"),
        Lang::En => format!("The {en} has {count} characters. Use at most {limit}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::inquiry::Catalogue;

    const LIMITS: Limits = Limits { subject: 100, body: 5000 };

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 8).unwrap()
    }

    fn spec(kind: InquiryKind) -> Spec {
        Catalogue::embedded().unwrap().get(kind).unwrap().clone()
    }

    fn form(changes: &[(&str, &str)]) -> InquiryForm {
        let typed = [
            ("registration_number", "第６１２０４８号"),
            ("birth_era", "heisei"),
            ("birth_year", "８"),
            ("birth_month", "2"),
            ("birth_day", "3"),
            ("family_name", "渡邉"),
            ("given_name", "一郎"),
            ("family_kana", "わたなべ"),
            ("given_kana", "ｲﾁﾛｳ"),
            ("email", "ｉ.watanabe@Example.jp"),
            ("body", "以前のメールが使えません。"),
        ];
        InquiryForm::read(&spec(InquiryKind::Other).form, |name| {
            let found = changes.iter().chain(&typed).find(|(n, _)| *n == name);
            found.map_or("", |(_, value)| value)
        })
    }

    fn check(kind: InquiryKind, changes: &[(&str, &str)]) -> Result<Checked, FieldErrors> {
        form(changes).check(&spec(kind), Lang::Ja, today(), LIMITS)
    }

    #[test]
    fn a_form_is_understood_however_it_is_typed() {
        let checked = check(InquiryKind::Id, &[]).unwrap();
        assert_eq!(checked.registration_number.unwrap().value(), 612_048);
        assert_eq!(checked.birthdate.unwrap().date(), NaiveDate::from_ymd_opt(1996, 2, 3).unwrap());
        assert_eq!(checked.name, "渡邉 一郎");
        assert_eq!(checked.kana, "ワタナベ イチロウ");
        assert_eq!(checked.email.as_str(), "i.watanabe@example.jp");
        assert_eq!(checked.subject, "ログインIDの問い合わせ");
        assert_eq!(checked.registration_number_raw, "第６１２０４８号");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_form() {
        let errors = check(
            InquiryKind::Other,
            &[("registration_number", "abc"), ("birth_month", ""), ("email", "x"), ("body", " ")],
        )
        .unwrap_err();
        let fields: Vec<_> = errors.0.iter().map(|said| said.field.as_str()).collect();
        assert_eq!(fields, ["registration_number", "birth_month", "email", "subject", "body"]);
        assert!(errors.of("email").unwrap().contains('@'));
    }

    #[test]
    fn an_empty_form_asks_for_each_required_field() {
        let errors = InquiryForm::default().check(&spec(InquiryKind::Id), Lang::En, today(), LIMITS).unwrap_err();
        assert_eq!(errors.0.len(), 7, "{errors:?}");
    }

    #[test]
    fn the_kind_that_led_to_other_is_that_of_the_ticket() {
        let checked = check(InquiryKind::Other, &[("subject", "s"), ("about", "duplicate")]).unwrap();
        assert_eq!(checked.kind, InquiryKind::Duplicate);
        let checked = check(InquiryKind::Other, &[("subject", "s"), ("about", "nonsense")]).unwrap();
        assert_eq!(checked.kind, InquiryKind::Other);
        assert_eq!(check(InquiryKind::Id, &[("about", "duplicate")]).unwrap().kind, InquiryKind::Id);
    }

    #[test]
    fn long_texts_are_refused_with_their_length() {
        let long = "あ".repeat(5001);
        let errors = check(InquiryKind::Id, &[("body", &long), ("family_name", &long)]).unwrap_err();
        assert_eq!(errors.of("body"), Some("お問い合わせの内容が5001文字あります。5000文字までにしてください。"));
        assert!(errors.of("family_name").is_some());
    }

    #[test]
    fn a_mistyped_domain_is_a_hint_and_no_refusal() {
        let checked = check(InquiryKind::Id, &[("email", "taro@gmial.com")]).unwrap();
        assert!(checked.notes.iter().any(|said| said.field == "email" && said.sentence.contains("gmail.com")));
    }

    #[test]
    fn sec_117_impossible_dates_are_refused_without_a_panic() {
        for (year, month, day) in
            [("0000", "0", "0"), ("9999", "12", "31"), ("1997", "2", "29"), ("1e309", "1", "1"), ("-1", "1", "1")]
        {
            let changes = [("birth_era", "seireki"), ("birth_year", year), ("birth_month", month), ("birth_day", day)];
            assert!(check(InquiryKind::Id, &changes).is_err(), "{year}-{month}-{day}");
        }
    }
}
