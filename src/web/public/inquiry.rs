//! `GET /inquiries/{kind}`: the form, or the answer of a kind without one. `POST`: the confirmation page, or the form
//! again. Neither touches the database.

use askama::Template;
use askama::filters::HtmlSafeOutput;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::form_page::FormPage;
use super::{kind, shelf};
use crate::desk::Lang;
use crate::desk::faq::Entry;
use crate::desk::inquiry::{Checked, FieldErrors, InquiryForm, InquiryKind, Limits, Said};
use crate::web::form_body::query_value;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, Form, Kept, PageError, Posted, form_key};

/// `GET /inquiries/{kind}`
pub async fn get(ctx: Ctx, Path(word): Path<String>) -> Result<Response, PageError> {
    let kind = kind(&word)?;
    if !kind.has_form() {
        return answers(&ctx, kind).await;
    }
    let mut typed = InquiryForm::default();
    if kind == InquiryKind::Other {
        typed.about = InquiryKind::parse(&query_value(ctx.query(), "about")).map_or("", InquiryKind::as_str).to_owned();
    }
    let page = FormPage { kind, typed: &typed, errors: FieldErrors::default(), form_key: ctx.form_key(), focus: None };
    page.render(&ctx, StatusCode::OK)
}

/// `POST /inquiries/{kind}`; with `?edit=FIELD` the form to change it.
pub async fn post(ctx: Ctx, Path(word): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    let inquiry = Typed::read(&ctx, &word, form)?;
    let edit = query_value(ctx.query(), "edit");
    if !edit.is_empty() {
        let page = FormPage {
            kind: inquiry.kind,
            typed: &inquiry.typed,
            errors: FieldErrors::default(),
            form_key: inquiry.form_key,
            focus: Some(&edit),
        };
        return page.render(&ctx, StatusCode::OK);
    }
    match inquiry.check(&ctx) {
        Ok(checked) => confirm(&ctx, &inquiry, &checked),
        Err(errors) => inquiry.again(&ctx, errors),
    }
}

/// A posted inquiry form with a form key of ours.
pub struct Typed {
    /// The form: `id` or `other`.
    pub kind: InquiryKind,
    /// What was typed.
    pub typed: InquiryForm,
    /// The hidden field, genuine.
    pub form_key: String,
    /// The same, read.
    pub key: form_key::FormKey,
}

impl Typed {
    /// Reads the fields. A kind without a form of its own is written with that of `other`.
    ///
    /// # Errors
    /// 404 no such kind, 422 a field that is not in the form, 403 without a form key of ours, all text kept.
    pub fn read(ctx: &Ctx, word: &str, form: Form) -> Result<Self, PageError> {
        let asked = kind(word)?;
        let known: Vec<_> = InquiryForm::FIELDS.iter().copied().chain(["form_key"]).collect();
        form.only(&known)?;
        let Some(key) = form_key::parse(&ctx.state().keys, form.get("form_key")) else {
            // The same text with a key that is good.
            let mut fields = form.fields().to_vec();
            fields.retain(|(name, _)| name != "form_key");
            fields.push(("form_key".to_owned(), ctx.form_key()));
            return Err(PageError::Expired(Kept::of(ctx, Form::from_fields(fields))));
        };
        let mut typed = InquiryForm::read(|name| form.get(name));
        let kind = if asked.has_form() { asked } else { InquiryKind::Other };
        if kind != asked {
            typed.about = asked.as_str().to_owned();
        }
        Ok(Self { kind, typed, form_key: form.get("form_key").to_owned(), key })
    }

    /// What is understood of it.
    ///
    /// # Errors
    /// All that has to be put right.
    pub fn check(&self, ctx: &Ctx) -> Result<Checked, FieldErrors> {
        let limits = &ctx.state().settings.limits;
        let limits = Limits { subject: limits.subject_chars, body: limits.body_chars };
        self.typed.check(self.kind, ctx.lang(), ctx.state().clock.today(), limits)
    }

    /// The form again, with what has to be put right: 422.
    ///
    /// # Errors
    /// When the template fails.
    pub fn again(&self, ctx: &Ctx, errors: FieldErrors) -> Result<Response, PageError> {
        let page =
            FormPage { kind: self.kind, typed: &self.typed, errors, form_key: self.form_key.clone(), focus: None };
        page.render(ctx, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// All that was typed, to be sent again when the desk could not take it.
    pub fn kept(&self, ctx: &Ctx) -> Kept {
        let mut fields: Vec<_> = self.pairs().iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        fields.push(("form_key".to_owned(), self.form_key.clone()));
        let action = format!("{}/inquiries/{}/submit", ctx.lang().prefix(), self.kind);
        Kept::to(action, Form::from_fields(fields))
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        self.typed.pairs().into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct Confirm<'a> {
    at: Layout<'a>,
    kind: InquiryKind,
    about: InquiryKind,
    person: Vec<Line>,
    question: Vec<Line>,
    hidden: Vec<(&'static str, &'a str)>,
    csrf_token: String,
    form_key: &'a str,
}

/// One line of the confirmation page.
struct Line {
    /// The field that 変更 leads to.
    field: &'static str,
    label: &'static str,
    /// What was understood.
    value: String,
    /// What was typed, when it looks different.
    typed: Option<String>,
    notes: Vec<String>,
    is_text: bool,
}

fn confirm(ctx: &Ctx, inquiry: &Typed, checked: &Checked) -> Result<Response, PageError> {
    let lang = ctx.lang();
    let here = format!("/inquiries/{}", inquiry.kind);
    let page = Confirm {
        at: Layout::new(ctx, lang.t("この内容でよろしいですか", "Is this right?"), Nav::Inquire, here),
        kind: inquiry.kind,
        about: checked.kind,
        person: person(lang, &inquiry.typed, checked),
        question: question(lang, &inquiry.typed, checked),
        hidden: inquiry.pairs(),
        csrf_token: ctx.csrf_token(),
        form_key: &inquiry.form_key,
    };
    ctx.page(StatusCode::OK, &page)
}

fn person(lang: Lang, typed: &InquiryForm, checked: &Checked) -> Vec<Line> {
    let number = checked.registration_number.value().to_string();
    let birthdate = match lang {
        Lang::Ja => checked.birthdate.ja(),
        Lang::En => format!("{} ({})", checked.birthdate.en(), checked.birthdate.ja()),
    };
    let kana = format!("{} {}", typed.family_kana.trim(), typed.given_kana.trim());
    vec![
        Line {
            typed: (typed.registration_number.trim() != number).then(|| typed.registration_number.clone()),
            ..line("registration_number", lang.t("医籍登録番号", "Registration number"), number, &checked.notes)
        },
        line("birth_year", lang.t("生年月日", "Birthdate"), birthdate, &checked.notes),
        line("family_name", lang.t("氏名", "Name"), checked.name.clone(), &checked.notes),
        Line {
            typed: (kana != checked.kana).then_some(kana),
            ..line("family_kana", lang.t("フリガナ", "Name in kana"), checked.kana.clone(), &checked.notes)
        },
    ]
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
    let body = Line {
        is_text: true,
        ..line("body", lang.t("お問い合わせの内容", "Your text"), checked.body.clone(), &checked.notes)
    };
    lines.push(body);
    lines
}

fn line(field: &'static str, label: &'static str, value: String, notes: &[Said]) -> Line {
    let notes = notes.iter().filter(|said| said.field == field).map(|said| said.sentence.clone()).collect();
    Line { field, label, value, typed: None, notes, is_text: false }
}

#[derive(Template)]
#[template(path = "public/kind.html")]
struct Answers<'a> {
    at: Layout<'a>,
    kind: InquiryKind,
    answers: Vec<(&'a Entry, HtmlSafeOutput<String>)>,
    more: Vec<&'a Entry>,
}

/// Answers shown in full; the rest are links.
const IN_FULL: usize = 2;

async fn answers(ctx: &Ctx, kind: InquiryKind) -> Result<Response, PageError> {
    let mut entries = ctx.state().library.by_kind(shelf(ctx.lang()), kind.as_str());
    let more = entries.split_off(entries.len().min(IN_FULL));
    let here = format!("/inquiries/{kind}");
    let page = Answers {
        at: Layout::new(ctx, kind.label(ctx.lang()), Nav::Inquire, here).with_banner().await,
        kind,
        answers: entries.into_iter().map(|entry| (entry, HtmlSafeOutput(entry.answer_html()))).collect(),
        more: more.into_iter().take(6).collect(),
    };
    ctx.public_page(&page)
}
