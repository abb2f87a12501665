//! The confirmation page: what was understood, beside what was typed, and everything again in hidden inputs.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::hints::RuleHint;
use super::inquiry::Typed;
use super::picture::Chosen;
use crate::desk::Lang;
use crate::desk::inquiry::spec::Input;
use crate::desk::inquiry::{Checked, InquiryForm, InquiryKind, Said, Spec};
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, when};

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct Confirm<'a> {
    at: Layout<'a>,
    kind: InquiryKind,
    about: InquiryKind,
    spec: &'a Spec,
    person: Vec<Line>,
    own: Vec<Line>,
    question: Vec<Line>,
    /// What the dated rules say about the answers.
    rules: Vec<RuleHint>,
    chosen: &'a Chosen,
    hidden: Vec<(&'a str, &'a str)>,
    csrf_token: String,
    form_key: &'a str,
}

/// One line of the confirmation page.
struct Line {
    /// The field that 変更 leads to.
    field: String,
    label: String,
    /// What was understood.
    value: String,
    /// What was typed, when it looks different.
    typed: Option<String>,
    notes: Vec<String>,
    is_text: bool,
}

/// The page.
///
/// # Errors
/// When the template fails.
pub fn page(ctx: &Ctx, inquiry: &Typed, checked: &Checked, rules: Vec<RuleHint>) -> Result<Response, PageError> {
    let lang = ctx.lang();
    let here = format!("/inquiries/{}", inquiry.spec.kind);
    let page = Confirm {
        at: Layout::new(ctx, lang.t("この内容でよろしいですか", "Is this right?"), Nav::Inquire, here),
        kind: inquiry.spec.kind,
        spec: &inquiry.spec,
        about: checked.kind,
        person: person(lang, &inquiry.typed, checked),
        own: own(lang, &inquiry.spec, checked),
        question: question(lang, &inquiry.typed, checked),
        rules,
        chosen: &inquiry.chosen,
        hidden: inquiry.pairs(),
        csrf_token: ctx.csrf_token(),
        form_key: &inquiry.form_key,
    };
    ctx.page(StatusCode::OK, &page)
}

fn person(lang: Lang, typed: &InquiryForm, checked: &Checked) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(number) = checked.registration_number {
        let number = number.value().to_string();
        lines.push(Line {
            typed: (typed.registration_number.trim() != number).then(|| typed.registration_number.clone()),
            ..line("registration_number", lang.t("医籍登録番号", "Registration number"), number, &checked.notes)
        });
    }
    if let Some(birthdate) = checked.birthdate {
        let birthdate = match lang {
            Lang::Ja => birthdate.ja(),
            Lang::En => format!("{} ({})", birthdate.en(), birthdate.ja()),
        };
        lines.push(line("birth_year", lang.t("生年月日", "Birthdate"), birthdate, &checked.notes));
    }
    if !checked.name.is_empty() {
        lines.push(line("family_name", lang.t("氏名", "Name"), checked.name.clone(), &checked.notes));
    }
    if !checked.kana.is_empty() {
        let kana = format!("{} {}", typed.family_kana.trim(), typed.given_kana.trim()).trim().to_owned();
        lines.push(Line {
            typed: (kana != checked.kana).then_some(kana),
            ..line("family_kana", lang.t("フリガナ", "Name in kana"), checked.kana.clone(), &checked.notes)
        });
    }
    lines
}

/// The kind's own fields: what was given, and what a word is to be said about.
fn own(lang: Lang, spec: &Spec, checked: &Checked) -> Vec<Line> {
    let mut lines = Vec::new();
    for field in &spec.form.fields {
        let given = checked.fields.get(&field.name).map_or("", String::as_str);
        let boxes = field.boxes();
        let notes = checked.notes.iter().filter(|said| said.field == field.name || boxes.contains(&said.field));
        let notes: Vec<_> = notes.map(|said| said.sentence.clone()).collect();
        if given.is_empty() && notes.is_empty() {
            continue;
        }
        let value = match (given, field.input) {
            ("", _) => lang.t("(記入なし)", "(nothing)").to_owned(),
            (_, Input::Date) => match given.parse() {
                Ok(day) => when::day(lang, day),
                Err(_) => given.to_owned(),
            },
            _ => field.show(given, lang),
        };
        lines.push(Line {
            field: field.first_box(),
            label: field.label.t(lang).to_owned(),
            value,
            typed: None,
            notes,
            is_text: matches!(field.input, Input::Text | Input::Spells),
        });
    }
    lines
}

fn question(lang: Lang, typed: &InquiryForm, checked: &Checked) -> Vec<Line> {
    let email = checked.email.as_str().to_owned();
    let mut lines = vec![Line {
        typed: (typed.email.trim() != email).then(|| typed.email.clone()),
        ..line("email", lang.t("返信を受け取るメールアドレス", "Mail address for the answer"), email, &checked.notes)
    }];
    if !checked.phone.is_empty() {
        lines.push(line("phone", lang.t("電話番号", "Phone number"), checked.phone.clone(), &checked.notes));
    }
    if !typed.subject.is_empty() {
        lines.push(line("subject", lang.t("件名", "Subject"), checked.subject.clone(), &checked.notes));
    }
    if !checked.body.is_empty() {
        lines.push(Line {
            is_text: true,
            ..line("body", lang.t("お問い合わせの内容", "Your text"), checked.body.clone(), &checked.notes)
        });
    }
    lines
}

fn line(field: &str, label: &str, value: String, notes: &[Said]) -> Line {
    let notes = notes.iter().filter(|said| said.field == field).map(|said| said.sentence.clone()).collect();
    Line { field: field.to_owned(), label: label.to_owned(), value, typed: None, notes, is_text: false }
}
