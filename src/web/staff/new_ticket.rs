//! `/staff/tickets/new`: a ticket entered for a caller (FAQ F31). It goes through the same intake as every other.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::inquiry::{InquiryKind, Terms};
use crate::desk::ticket::intake::{self, Intake};
use crate::desk::ticket::{Actor, Channel, caller};
use crate::platform::db::{DbError, Tx};
use crate::web::{Form, PageError, Posted};

const FIELDS: [&str; 11] = [
    "form_key",
    "kind",
    "name",
    "kana",
    "registration_number",
    "birthdate",
    "email",
    "phone",
    "subject",
    "body",
    "receipt",
];

#[derive(Template)]
#[template(path = "staff/new_ticket.html")]
struct NewPage {
    at: At,
    form: Form,
    form_key: String,
    faults: Vec<caller::Fault>,
}

impl NewPage {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.text.as_str())
    }

    fn is_kind(&self, kind: &InquiryKind) -> bool {
        let chosen = InquiryKind::parse(self.form.get("kind")).unwrap_or(InquiryKind::Other);
        chosen == *kind
    }
}

/// `GET /staff/tickets/new`
///
/// # Errors
/// When the database is away.
pub async fn form(desk: Desk) -> Result<Response, PageError> {
    let key = desk.state().random.token();
    show(&desk, Form::default(), key, Vec::new()).await
}

async fn show(desk: &Desk, form: Form, form_key: String, faults: Vec<caller::Fault>) -> Result<Response, PageError> {
    let title = desk.t("電話の問い合わせを入力", "Enter an inquiry for a caller");
    let mut at = At::load(&mut desk.read().await?, desk, title, Nav::New).await?;
    at.is_error = !faults.is_empty();
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.ctx.page(status, &NewPage { at, form, form_key, faults })
}

/// `POST /staff/tickets/new`: the same form key again is the same ticket.
///
/// # Errors
/// When the database is away; what was typed is then on the error page.
pub async fn submit(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&FIELDS)?;
    let typed = caller::Typed {
        kind: form.get("kind"),
        name: form.get("name"),
        kana: form.get("kana"),
        registration_number: form.get("registration_number"),
        birthdate: form.get("birthdate"),
        email: form.get("email"),
        phone: form.get("phone"),
        subject: form.get("subject"),
        body: form.get("body"),
    };
    let key: String = form.get("form_key").chars().filter(char::is_ascii_alphanumeric).take(26).collect();
    let inquiry = match caller::read(&typed, &desk.state().settings.limits, desk.state().clock.today(), desk.lang()) {
        Ok(inquiry) => inquiry,
        Err(faults) => return show(&desk, form, key, faults).await,
    };
    let intake = Intake {
        acknowledge: form.get("receipt") == "1",
        terms: Some(Terms::of(desk.state().kinds(), inquiry.kind, &inquiry.fields)),
        inquiry,
        channel: Channel::Phone,
        form_key: format!("phone:{key}"),
        received_at: desk.now(),
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        actor: Actor::Staff(desk.id()),
    };
    let context = desk.context();
    let receive = async move |tx: &mut Tx| intake::receive(tx, &context, &intake).await;
    let received = desk.state().db.write::<_, DbError, _>(receive).await?;
    desk.state().wake.notify_waiters();
    Ok(Redirect::to(&format!("/staff/tickets/{}", received.number)).into_response())
}
