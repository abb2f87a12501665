//! `/staff/phone`: a memo of a call, and the link to the form for the caller (FAQ F31).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::inquiry::InquiryKind;
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::caller::Fault;
use crate::desk::ticket::memo::{self, NewMemo, Typed};
use crate::platform::db::{DbError, Tx};
use crate::web::{Form, PageError, Posted};

const FIELDS: [&str; 6] = ["form_key", "kind", "registration_number", "subject", "memo", "email"];

#[derive(Template)]
#[template(path = "staff/phone.html")]
struct PhonePage {
    at: At,
    form: Form,
    form_key: String,
    faults: Vec<Fault>,
    kept: Option<KeptMemo>,
}

/// What the page says after a memo.
struct KeptMemo {
    link: String,
    /// Masked address of the mail.
    sent_to: Option<String>,
}

impl PhonePage {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.text.as_str())
    }

    fn is_kind(&self, kind: &InquiryKind) -> bool {
        InquiryKind::parse(self.form.get("kind")).unwrap_or(InquiryKind::Other) == *kind
    }
}

/// `GET /staff/phone`
///
/// # Errors
/// When the database is away.
pub async fn form(desk: Desk) -> Result<Response, PageError> {
    let key = desk.state().random.token();
    show(&desk, Form::default(), key, Vec::new(), None).await
}

async fn show(
    desk: &Desk,
    form: Form,
    form_key: String,
    faults: Vec<Fault>,
    kept: Option<KeptMemo>,
) -> Result<Response, PageError> {
    let title = desk.t("電話メモ", "Memo of a call");
    let mut at = At::load(&mut desk.read().await?, desk, title, Nav::New).await?;
    at.is_error = !faults.is_empty();
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.ctx.page(status, &PhonePage { at, form, form_key, faults, kept })
}

/// `POST /staff/phone`: the same form key again is the same memo.
///
/// # Errors
/// When the database is away; what was typed is then on the error page.
pub async fn submit(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&FIELDS)?;
    let typed = Typed {
        kind: form.get("kind"),
        registration_number: form.get("registration_number"),
        subject: form.get("subject"),
        memo: form.get("memo"),
        email: form.get("email"),
    };
    let key: String = form.get("form_key").chars().filter(char::is_ascii_alphanumeric).take(26).collect();
    let memo = match memo::read(&typed, &desk.state().settings.limits, desk.lang()) {
        Ok(memo) => memo,
        Err(faults) => return show(&desk, form, key, faults, None).await,
    };
    let kept = kept(&desk, &memo);
    let (context, by) = (desk.context(), desk.id());
    let keep = async move |tx: &mut Tx| memo::keep(tx, &context, by, &key, &memo).await;
    desk.state().db.write::<_, DbError, _>(keep).await?;
    desk.state().wake.notify_waiters();
    let fresh = desk.state().random.token();
    show(&desk, Form::default(), fresh, Vec::new(), Some(kept)).await
}

fn kept(desk: &Desk, memo: &NewMemo) -> KeptMemo {
    let sent_to = memo.email.as_ref().map(|email| masked(email.as_str()));
    KeptMemo { link: memo::link(&desk.context(), memo), sent_to }
}
