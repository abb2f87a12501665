//! `POST /api/v1/inquiries`: another program of the board (the online system, a call centre) opens a ticket. The fields
//! are those of the forms; `Idempotency-Key` makes a retry safe: the same key is the same ticket.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::problem::Wrong;
use super::{Problem, json as read_json, program};
use crate::desk::Lang;
use crate::desk::inquiry::{Catalogue, Checked, InquiryForm, InquiryKind, Limits, Spec, Terms};
use crate::desk::staff::api_token::Scope;
use crate::desk::ticket::intake::{Inquiry, Intake, receive};
use crate::desk::ticket::{Actor, Channel, token};
use crate::platform::crypto::sha256_hex;
use crate::platform::db::{DbError, Tx};
use crate::web::form_body::FORM_BYTES;
use crate::web::{Ctx, in_time};

/// The longest key a program may choose.
const KEY_CHARS: usize = 255;
/// What a body may hold beside the fields of the form.
const BESIDE: [&str; 3] = ["kind", "lang", "birthdate"];

/// The handler.
pub async fn post(ctx: Ctx, request: Request) -> Result<Response, Problem> {
    let program = program(&ctx, Scope::Inquiries).await?;
    let key = idempotency_key(&ctx)?;
    let sent = Sent::read(read_json(request, FORM_BYTES).await?, ctx.state().kinds())?;
    let checked = sent.check(&ctx)?;
    // The key belongs to the program: two programs may choose the same one. Hashed, so that the passcode derived from
    // it is as good as the key is secret, and as long as any other.
    let form_key = format!("api:{}:{}", program.id, sha256_hex(key.as_bytes()));
    let intake = intake(&ctx, &sent, checked, form_key);
    let (context, key) = (ctx.state().context(), intake.form_key.clone());
    let store = async move |tx: &mut Tx| receive(tx, &context, &intake).await;
    let received = in_time::<_, DbError>(ctx.state().db.write(store)).await?;
    if received.differs {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("This Idempotency-Key was used for another inquiry ({}); choose a new key.", received.number),
        ));
    }
    ctx.state().wake.notify_waiters();
    let number = received.number.as_str();
    let body = json!({
        "ticket": number, "number": number, "status": "new", "is_new": received.is_new,
        "passcode": token::passcode(&ctx.state().keys, &key),
        "status_url": format!("{}{}/status?number={number}", ctx.state().settings.server.base_url.trim_end_matches('/'), sent.lang.prefix()),
    });
    let mut response =
        (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/status?number={number}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn idempotency_key(ctx: &Ctx) -> Result<String, Problem> {
    let key = ctx.headers().get("idempotency-key").and_then(|v| v.to_str().ok()).unwrap_or_default().trim();
    match key.chars().count() {
        1..=KEY_CHARS => Ok(key.to_owned()),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "Send `Idempotency-Key` with 1 to {KEY_CHARS} characters, new for each inquiry and the same for its retries."
            ),
        )),
    }
}

/// The body of a request.
struct Sent {
    spec: Spec,
    lang: Lang,
    fields: BTreeMap<String, String>,
}

impl Sent {
    fn read(body: Map<String, Value>, kinds: &Catalogue) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut fields = BTreeMap::new();
        let word = body.get("kind").and_then(Value::as_str).unwrap_or(InquiryKind::Other.as_str());
        let spec = InquiryKind::parse(word).and_then(|kind| kinds.get(kind)).map(hand_in);
        let own: Vec<String> = spec.iter().flat_map(|spec| spec.form.boxes()).collect();
        for (name, value) in body {
            let known = BESIDE.contains(&name.as_str()) || InquiryForm::FIELDS.contains(&name.as_str());
            let known = known || own.contains(&name);
            match value {
                _ if !known => errors.push(wrong(&name, "There is no such field.")),
                Value::String(text) => drop(fields.insert(name, text)),
                Value::Number(number) => drop(fields.insert(name, number.to_string())),
                Value::Null => {}
                _ => errors.push(wrong(&name, "Send a string.")),
            }
        }
        fields.remove("kind");
        if spec.is_none() {
            let known: Vec<_> = InquiryKind::ALL.iter().map(|kind| kind.as_str()).collect();
            errors.push(wrong("kind", format!("One of: {}.", known.join(", "))));
        }
        let lang = match fields.remove("lang").as_deref() {
            None | Some("ja") => Lang::Ja,
            Some("en") => Lang::En,
            Some(_) => {
                errors.push(wrong("lang", "One of: ja, en."));
                Lang::Ja
            }
        };
        if let Some(birthdate) = fields.remove("birthdate") {
            // One string instead of the three boxes: the year's box reads a whole date.
            fields.entry("birth_year".to_owned()).or_insert(birthdate);
        }
        match spec {
            Some(spec) if errors.is_empty() => Ok(Self { spec, lang, fields }),
            _ => Err(Problem::fields(errors)),
        }
    }

    fn check(&self, ctx: &Ctx) -> Result<Checked, Problem> {
        let form = InquiryForm::read(&self.spec.form, |name| self.fields.get(name).map_or("", String::as_str));
        let limits = &ctx.state().settings.limits;
        let limits = Limits { subject: limits.subject_chars, body: limits.body_chars };
        form.check(&self.spec, self.lang, ctx.state().clock.today(), limits).map_err(|errors| {
            Problem::fields(errors.0.into_iter().map(|said| wrong(&said.field, said.sentence)).collect())
        })
    }
}

/// A program hands in what it has: the kind's own fields are read as on the form, and none is required.
fn hand_in(spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    for field in &mut spec.form.fields {
        field.required = false;
    }
    spec
}

fn wrong(field: &str, message: impl Into<String>) -> Wrong {
    Wrong { field: field.chars().take(60).collect(), message: message.into() }
}

fn intake(ctx: &Ctx, sent: &Sent, checked: Checked, form_key: String) -> Intake {
    Intake {
        terms: Some(Terms::of(ctx.state().kinds(), checked.kind, &checked.fields)),
        inquiry: Inquiry::from_checked(checked, sent.lang),
        channel: Channel::Api,
        form_key,
        received_at: ctx.now(),
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: true,
        actor: Actor::Requester,
    }
}
