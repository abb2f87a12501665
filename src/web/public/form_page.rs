//! The page with the form, empty or with what was typed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::answers::{self, Shown};
use super::own_field::{OwnField, Paper, Shape, rounds};
use super::picture::Chosen;
use crate::desk::Lang;
use crate::desk::faq::Entry;
use crate::desk::inquiry::spec::Need;
use crate::desk::inquiry::{FieldErrors, InquiryForm, InquiryKind, Spec};
use crate::desk::policy::{Policy, Table};
use crate::platform::text::size;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, upload};

/// Characters that a link to another form carries: servers bound the length of an address.
const CARRIED: usize = 600;
/// Entries of the FAQ listed before a form.
const RELATED: usize = 5;

/// What the page shows.
pub struct FormPage<'f> {
    /// The kind whose form it is.
    pub spec: &'f Spec,
    /// What was typed.
    pub typed: &'f InquiryForm,
    /// Its picture, for a kind that takes one.
    pub chosen: &'f Chosen,
    /// Whether the answer stands before the form: when it is opened, not when it comes back.
    pub is_fresh: bool,
    /// What has to be put right.
    pub errors: FieldErrors,
    /// The hidden `form_key`.
    pub form_key: String,
    /// The field a person came back to change.
    pub focus: Option<&'f str>,
}

#[derive(Template)]
#[template(path = "public/form.html")]
struct Form<'a> {
    at: Layout<'a>,
    kind: InquiryKind,
    spec: &'a Spec,
    /// The kind that led here, when it is another.
    about: Option<InquiryKind>,
    typed: &'a InquiryForm,
    errors: &'a FieldErrors,
    csrf_token: String,
    form_key: &'a str,
    number: Field<'a>,
    email: Field<'a>,
    phone: Field<'a>,
    subject: Field<'a>,
    body: Field<'a>,
    /// The kind's own fields.
    own: Vec<OwnField<'a>>,
    /// What is said before the form.
    answers: Vec<Shown<'a>>,
    /// Questions that end in an answer, where the rules have one.
    guides: Vec<&'static Table>,
    /// Other entries of the FAQ about it.
    related: Vec<&'a Entry>,
    /// The desk's own deadline, when one is ahead or just over.
    deadline: Option<answers::Notice>,
    /// Why the form cannot be sent now.
    closed: Option<String>,
    /// The form for trouble, with what was written here in it.
    trouble: String,
    focus: &'a str,
    chosen: &'a Chosen,
    /// Megabytes that a picture must stay below.
    image_limit: String,
    image_bytes: u64,
}

/// What all forms may ask for.
#[derive(Debug, Clone, Copy)]
enum Carried {
    Number,
    Birthdate,
    Name,
    Kana,
    Subject,
}

/// One box with its label, help and error: `templates/parts/field.html`.
struct Field<'a> {
    name: &'static str,
    label: &'a str,
    help: String,
    is_required: bool,
    /// Width class of the box.
    class: &'static str,
    /// Attributes that differ: `type`, `inputmode`, `autocomplete`.
    kind: &'static str,
    inputmode: &'static str,
    autocomplete: &'static str,
    /// Rows of a text area; 0 is a single line.
    rows: usize,
    value: &'a str,
    error: Option<&'a str>,
    has_focus: bool,
}

impl Form<'_> {
    fn need(&self, what: Carried) -> Need {
        let carries = &self.spec.form.carries;
        match what {
            Carried::Number => carries.registration_number,
            Carried::Birthdate => carries.birthdate,
            Carried::Name => carries.name,
            Carried::Kana => carries.kana,
            Carried::Subject => carries.subject,
        }
    }

    fn asks(&self, what: Carried) -> bool {
        self.need(what) != Need::Absent
    }

    fn is_required(&self, what: Carried) -> bool {
        self.need(what) == Need::Required
    }

    fn error(&self, name: &str) -> Option<&str> {
        self.errors.of(name)
    }

    fn is_focused(&self, name: &str) -> bool {
        self.focus == name
    }

    /// The first error among the boxes of a group.
    fn error_among(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.errors.of(name))
    }

    fn is_era(&self, era: &str) -> bool {
        self.typed.birth_era == era || (era == "seireki" && self.typed.birth_era.is_empty())
    }

    fn eras(&self) -> [(&'static str, &str); 4] {
        [
            ("seireki", self.at.t("西暦", "Western")),
            ("showa", self.at.t("昭和", "Showa")),
            ("heisei", self.at.t("平成", "Heisei")),
            ("reiwa", self.at.t("令和", "Reiwa")),
        ]
    }
}

fn guides(kind: InquiryKind) -> Vec<&'static Table> {
    Policy::embedded().map(|policy| policy.tables_for(kind.as_str())).unwrap_or_default()
}

/// Entries about a kind that its answers do not rest on already.
fn related<'c>(ctx: &'c Ctx, spec: &Spec) -> Vec<&'c Entry> {
    let entries = ctx.state().library.by_kind(ctx.lang(), spec.kind.as_str()).into_iter();
    entries.filter(|entry| !spec.answers.iter().any(|answer| answer.faq == entry.id)).take(RELATED).collect()
}

impl FormPage<'_> {
    /// Renders it.
    ///
    /// # Errors
    /// When the template fails.
    pub async fn render(&self, ctx: &Ctx, status: StatusCode) -> Result<Response, PageError> {
        let (lang, spec, now) = (ctx.lang(), self.spec, ctx.now());
        let season = ctx.state().season().await;
        let here = format!("/inquiries/{}", spec.kind);
        let about = (spec.kind == InquiryKind::Other).then(|| self.typed.ticket_kind(spec.kind));
        let mut at = Layout::new(ctx, spec.heading.t(lang), Nav::Inquire, here);
        at.is_error = !self.errors.0.is_empty();
        let paper = Paper {
            lang,
            today: ctx.state().clock.today(),
            rounds: rounds(&season, now),
            typed: self.typed,
            errors: &self.errors,
            focus: self.focus.unwrap_or_default(),
        };
        let page = Form {
            kind: spec.kind,
            spec,
            about: about.filter(|about| *about != InquiryKind::Other),
            typed: self.typed,
            errors: &self.errors,
            csrf_token: ctx.csrf_token(),
            form_key: &self.form_key,
            number: self.number(ctx),
            email: self.email(ctx),
            phone: self.phone(ctx),
            subject: self.subject(ctx),
            body: self.body(ctx),
            own: spec.form.fields.iter().map(|field| paper.field(field)).collect(),
            answers: if self.is_fresh { answers::shown(spec, &season, lang, now) } else { Vec::new() },
            guides: if self.is_fresh { guides(spec.kind) } else { Vec::new() },
            related: if self.is_fresh { related(ctx, spec) } else { Vec::new() },
            deadline: answers::deadline(spec, &season, lang, now),
            closed: answers::closed(spec, &season, lang, now),
            trouble: self.trouble(lang),
            focus: self.focus.unwrap_or_default(),
            chosen: self.chosen,
            image_limit: size::limit(upload::limit(ctx)),
            image_bytes: upload::limit(ctx),
            at,
        };
        ctx.page(status, &page)
    }

    /// The way on from a closed form: nothing typed is lost.
    fn trouble(&self, lang: Lang) -> String {
        let mut lines = Vec::new();
        for field in &self.spec.form.fields {
            let value = field.boxes().iter().map(|name| self.typed.own(name)).collect::<Vec<_>>().join(" ");
            if !value.trim().is_empty() {
                lines.push(format!("{}{}{}", field.label.t(lang), lang.t("：", ": "), field.show(value.trim(), lang)));
            }
        }
        if !self.typed.body.is_empty() {
            lines.push(self.typed.body.clone());
        }
        if lines.is_empty() {
            return "/inquiries/trouble".to_owned();
        }
        lines.insert(0, self.spec.heading.t(lang).to_owned());
        let body: String = lines.join("\n").chars().take(CARRIED).collect();
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("/inquiries/trouble?{}", query.append_pair("body", &body).finish())
    }

    fn field<'a>(&'a self, name: &'static str, label: &'a str, help: String, value: &'a str) -> Field<'a> {
        Field {
            name,
            label,
            help,
            is_required: true,
            class: "",
            kind: "text",
            inputmode: "",
            autocomplete: "off",
            rows: 0,
            value,
            error: self.errors.of(name),
            has_focus: self.focus == Some(name),
        }
    }

    fn number(&self, ctx: &Ctx) -> Field<'_> {
        let help = ctx.lang().t(
            "医師免許証の「医籍登録番号 第○○○○○○号」の数字です。全角でも半角でも入力できます。",
            "The number after 第 on your medical licence, up to six digits.",
        );
        let label = ctx.lang().t("医籍登録番号", "Medical registration number");
        let field = self.field("registration_number", label, help.to_owned(), &self.typed.registration_number);
        let is_required = self.spec.form.carries.registration_number == Need::Required;
        Field { class: "w8", inputmode: "numeric", is_required, ..field }
    }

    fn email(&self, ctx: &Ctx) -> Field<'_> {
        let help = ctx.lang().t(
            "受付の控えをお送りします。大学や病院を移られても読めるアドレスをおすすめします。",
            "The receipt goes there. An address you keep when you change hospitals is best.",
        );
        let label = ctx.lang().t("返信を受け取るメールアドレス", "Mail address for the answer");
        let field = self.field("email", label, help.to_owned(), &self.typed.email);
        Field { class: "w24", inputmode: "email", autocomplete: "email", ..field }
    }

    fn phone(&self, ctx: &Ctx) -> Field<'_> {
        let label = ctx.lang().t("電話番号", "Phone number");
        let help = ctx.lang().t("お答えはメールでお送りします。", "Answers are sent by mail.").to_owned();
        let field = self.field("phone", label, help, &self.typed.phone);
        Field { class: "w24", inputmode: "tel", autocomplete: "tel", is_required: false, ..field }
    }

    fn subject(&self, ctx: &Ctx) -> Field<'_> {
        let limit = ctx.state().settings.limits.subject_chars;
        let label = ctx.lang().t("件名", "Subject");
        let help = ctx.lang().t(&format!("{limit}文字まで。"), &format!("Up to {limit} characters.")).to_owned();
        self.field("subject", label, help, &self.typed.subject)
    }

    fn body(&self, ctx: &Ctx) -> Field<'_> {
        let limit = ctx.state().settings.limits.body_chars;
        let form = &self.spec.form;
        let is_required = form.carries.body == Need::Required;
        let label = match (form.body_label.is_empty(), is_required) {
            (false, _) => form.body_label.t(ctx.lang()),
            (true, true) => ctx.lang().t("お問い合わせの内容", "Your question"),
            (true, false) => ctx.lang().t("伝えておきたいこと", "Anything you would like to add"),
        };
        let usual = match ctx.lang() {
            Lang::Ja => format!("{limit}文字まで。パスワードは書かないでください。"),
            Lang::En => format!("Up to {limit} characters. Please do not write passwords."),
        };
        let help = format!("{}{usual}", form.body_help.t(ctx.lang()));
        let field = self.field("body", label, help, &self.typed.body);
        Field { is_required, rows: if is_required { 9 } else { 5 }, ..field }
    }
}
