//! The form of an inquiry: raw strings as a person typed them, and what is understood of them. Nothing here looks at a
//! record: a form is judged by its own text alone (SEC-080, SEC-087).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{InquiryKind, text};
use crate::desk::Lang;
use crate::desk::account::{
    Birthdate, BirthdateBoxes, BirthdateError, DatePart, EmailAddress, EraChoice, Phone, RegistrationNumber, Wording,
};

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What was typed, field by field, under the names of the form. Its `Debug` shows nothing.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct InquiryForm { $($(#[$doc])* pub $name: String),+ }

        impl InquiryForm {
            /// The names of the fields.
            pub const FIELDS: &[&str] = &[$(stringify!($name)),+];

            /// Takes each field from where the form was read.
            pub fn read<'f>(get: impl Fn(&'static str) -> &'f str) -> Self {
                Self { $($name: get(stringify!($name)).to_owned()),+ }
            }

            /// Names and values, empty ones too.
            pub fn pairs(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($name), self.$name.as_str())),+]
            }
        }
    };
}

fields! {
    /// 医籍登録番号
    registration_number,
    /// seireki, showa, heisei, reiwa
    birth_era,
    /// 年
    birth_year,
    /// 月
    birth_month,
    /// 日
    birth_day,
    /// 姓
    family_name,
    /// 名
    given_name,
    /// セイ
    family_kana,
    /// メイ
    given_kana,
    /// Where answers are wanted.
    email,
    /// Optional.
    phone,
    /// One line.
    subject,
    /// The text.
    body,
    /// The kind that led to the form `other`.
    about,
    /// Seen by programs only; filled in, it adds to the suspicion.
    homepage,
}

impl std::fmt::Debug for InquiryForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InquiryForm(***)")
    }
}

/// A sentence about a field: what to put right, or what to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Name of the field.
    pub field: &'static str,
    /// The sentence, in the language of the form.
    pub sentence: String,
}

/// Everything that has to be put right, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<Said>);

impl FieldErrors {
    fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push(Said { field, sentence: sentence.into() });
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
    /// 医籍登録番号
    pub registration_number: RegistrationNumber,
    /// As typed.
    pub registration_number_raw: String,
    /// 生年月日
    pub birthdate: Birthdate,
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
    /// The kind of the ticket this form opens: that which led to `other`, else the form's own.
    pub fn ticket_kind(&self, form: InquiryKind) -> InquiryKind {
        match form {
            InquiryKind::Other => InquiryKind::parse(&self.about).unwrap_or(form),
            _ => form,
        }
    }

    /// Reads every field; sentences are in `lang`.
    ///
    /// # Errors
    /// All that has to be put right at once.
    pub fn check(
        &self,
        form: InquiryKind,
        lang: Lang,
        today: NaiveDate,
        limits: Limits,
    ) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut notes = Vec::new();

        let number = match RegistrationNumber::parse(&self.registration_number) {
            Ok(entered) => {
                notes.extend(entered.notes.iter().map(|n| said("registration_number", n.wording(lang))));
                Some(entered.value)
            }
            Err(error) => {
                errors.add("registration_number", error.wording(lang));
                None
            }
        };
        let birthdate = self.birthdate(lang, today, &mut errors, &mut notes);
        if let (Some(number), Some((birthdate, _))) = (number, &birthdate)
            && number.looks_like_birthdate(birthdate.date())
        {
            let hint = lang.t(
                "生年月日と同じ数字です。医籍登録番号をご確認ください。",
                "These are the digits of your birthdate. Check the registration number.",
            );
            notes.push(said("registration_number", hint));
        }
        let family = self.name("family_name", lang, &mut errors);
        let given = self.name("given_name", lang, &mut errors);
        let family_kana = self.kana("family_kana", lang, &mut errors);
        let given_kana = self.kana("given_kana", lang, &mut errors);
        let email = self.email(lang, &mut errors, &mut notes);
        let phone = self.phone(lang, &mut errors);
        let kind = self.ticket_kind(form);
        let subject = self.subject(form, kind, lang, limits, &mut errors);
        let body = self.body(form, lang, limits, &mut errors, &mut notes);

        match (number, birthdate, email) {
            (Some(registration_number), Some((birthdate, birthdate_raw)), Some(email)) if errors.0.is_empty() => {
                Ok(Checked {
                    kind,
                    subject,
                    body,
                    name: format!("{family} {given}"),
                    kana: format!("{family_kana} {given_kana}"),
                    email,
                    phone,
                    registration_number,
                    registration_number_raw: text::one_line(&self.registration_number),
                    birthdate,
                    birthdate_raw,
                    fields: BTreeMap::new(),
                    notes,
                })
            }
            _ => Err(errors),
        }
    }

    fn birthdate(
        &self,
        lang: Lang,
        today: NaiveDate,
        errors: &mut FieldErrors,
        notes: &mut Vec<Said>,
    ) -> Option<(Birthdate, String)> {
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

    fn name(&self, field: &'static str, lang: Lang, errors: &mut FieldErrors) -> String {
        let (typed, ja, en) = match field {
            "family_name" => (&self.family_name, "姓", "family name"),
            _ => (&self.given_name, "名", "given name"),
        };
        let name = text::one_line(typed);
        self.bounded(field, &name, ja, en, lang, errors);
        name
    }

    fn kana(&self, field: &'static str, lang: Lang, errors: &mut FieldErrors) -> String {
        let (typed, ja, en) = match field {
            "family_kana" => (&self.family_kana, "姓のフリガナ", "family name in kana"),
            _ => (&self.given_kana, "名のフリガナ", "given name in kana"),
        };
        let kana = text::katakana(typed);
        if text::has_kanji(&kana) {
            let en = format!("Enter your {en}, without kanji.");
            errors.add(field, lang.t(&format!("{ja}を、漢字を使わずカタカナで入力してください。"), &en).to_owned());
        } else {
            self.bounded(field, &kana, ja, en, lang, errors);
        }
        kana
    }

    fn bounded(&self, field: &'static str, value: &str, ja: &str, en: &str, lang: Lang, errors: &mut FieldErrors) {
        if value.is_empty() {
            let en = format!("Enter your {en}.");
            errors.add(field, lang.t(&format!("{ja}を入力してください。"), &en).to_owned());
        } else if value.chars().count() > NAME_CHARS {
            let en = format!("Your {en} may have at most {NAME_CHARS} characters.");
            errors.add(field, lang.t(&format!("{ja}は{NAME_CHARS}文字までで入力してください。"), &en).to_owned());
        }
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

    fn subject(
        &self,
        form: InquiryKind,
        kind: InquiryKind,
        lang: Lang,
        limits: Limits,
        errors: &mut FieldErrors,
    ) -> String {
        let subject = text::one_line(&self.subject);
        let count = subject.chars().count();
        if count > limits.subject {
            errors.add("subject", too_long(lang, "件名", "subject", count, limits.subject));
        } else if subject.is_empty() && form == InquiryKind::Other {
            errors.add("subject", lang.t("件名を入力してください。", "Enter a subject."));
        } else if subject.is_empty() {
            return kind.default_subject(lang).to_owned();
        }
        subject
    }

    fn body(
        &self,
        form: InquiryKind,
        lang: Lang,
        limits: Limits,
        errors: &mut FieldErrors,
        notes: &mut Vec<Said>,
    ) -> String {
        let body = text::many_lines(&self.body);
        let count = body.chars().count();
        if count > limits.body {
            errors.add("body", too_long(lang, "お問い合わせの内容", "text", count, limits.body));
        } else if body.is_empty() && form == InquiryKind::Other {
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

fn said(field: &'static str, sentence: impl Into<String>) -> Said {
    Said { field, sentence: sentence.into() }
}

fn too_long(lang: Lang, ja: &str, en: &str, count: usize, limit: usize) -> String {
    match lang {
        Lang::Ja => format!("{ja}が{count}文字あります。{limit}文字までにしてください。"),
        Lang::En => format!("The {en} has {count} characters. Use at most {limit}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { subject: 100, body: 5000 };

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 8).unwrap()
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
        InquiryForm::read(|name| {
            let found = changes.iter().chain(&typed).find(|(n, _)| *n == name);
            found.map_or("", |(_, value)| value)
        })
    }

    fn check(kind: InquiryKind, changes: &[(&str, &str)]) -> Result<Checked, FieldErrors> {
        form(changes).check(kind, Lang::Ja, today(), LIMITS)
    }

    #[test]
    fn a_form_is_understood_however_it_is_typed() {
        let checked = check(InquiryKind::Id, &[]).unwrap();
        assert_eq!(checked.registration_number.value(), 612_048);
        assert_eq!(checked.birthdate.date(), NaiveDate::from_ymd_opt(1996, 2, 3).unwrap());
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
        let fields: Vec<_> = errors.0.iter().map(|said| said.field).collect();
        assert_eq!(fields, ["registration_number", "birth_month", "email", "subject", "body"]);
        assert!(errors.of("email").unwrap().contains('@'));
    }

    #[test]
    fn an_empty_form_asks_for_each_required_field() {
        let errors = InquiryForm::default().check(InquiryKind::Id, Lang::En, today(), LIMITS).unwrap_err();
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
