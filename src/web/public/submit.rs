//! `POST /inquiries/{kind}/submit`: the ticket, durable before anything is said, then 303 to number and passcode.

use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;

use super::answers;
use super::done::Receipt;
use super::inquiry::Typed;
use crate::desk::flows::replacement;
use crate::desk::inquiry::{Checked, FieldErrors, Terms, moment};
use crate::desk::period;
use crate::desk::ticket::intake::{Inquiry, Intake, Received, receive};
use crate::desk::ticket::{Actor, Channel, store};
use crate::platform::db::{DbError, Tx};
use crate::web::{Ctx, PageError, in_time};

/// Suspicion of a form whose hidden box was filled in.
const HONEYPOT_POINTS: i64 = 50;
/// Suspicion of a form that was sent faster than a person types.
const HASTE_POINTS: i64 = 20;
/// Faster than this is haste. It only sorts; a password manager may fill in a form at once.
const HASTE: Duration = Duration::seconds(4);

/// The handler.
pub async fn post(ctx: Ctx, Path(word): Path<String>, request: Request) -> Result<Response, PageError> {
    let mut inquiry = Typed::receive(&ctx, &word, request).await?;
    inquiry.forgive_sent_picture(&ctx).await?;
    let checked = match inquiry.check(&ctx) {
        Ok(checked) => checked,
        Err(errors) => return inquiry.again(&ctx, errors).await,
    };
    let now = ctx.now();
    if let Err(wait) = ctx.state().inquiries.count(ctx.ip(), Some(&inquiry.key.id), now) {
        return Err(PageError::TooMany { wait, kept: Some(inquiry.kept(&ctx)) });
    }
    let intake = intake(&ctx, &inquiry, checked);
    let email = intake.inquiry.email.clone();
    let stored = in_time::<_, PageError>(async {
        match store_intake(&ctx, intake, &inquiry).await {
            Ok(received) => Ok(Some(received)),
            Err(Refusal::Closed) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    });
    let Some(received) = stored.await.map_err(|error| error.keeping(inquiry.kept(&ctx)))? else {
        return closed(&ctx, &inquiry).await;
    };
    ctx.state().wake.notify_waiters();
    tracing::info!(ticket = %received.number, kind = %inquiry.spec.kind, is_new = received.is_new, "an inquiry came by the form");
    let receipt = Receipt::new(&received, inquiry.spec.kind, &inquiry.key.id, &email, now);
    let location = format!("{}/done/{}", ctx.lang().prefix(), received.number);
    let headers = [(header::LOCATION, location.as_str()), (header::CACHE_CONTROL, "no-store")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    response.headers_mut().append(header::SET_COOKIE, receipt.cookie(&ctx));
    Ok(response)
}

fn intake(ctx: &Ctx, inquiry: &Typed, checked: Checked) -> Intake {
    let received_at = ctx.now();
    let honeypot = if inquiry.typed.homepage.is_empty() { 0 } else { HONEYPOT_POINTS };
    let haste = if received_at - inquiry.key.opened_at < HASTE { HASTE_POINTS } else { 0 };
    Intake {
        terms: Some(Terms::of(ctx.state().kinds(), checked.kind, &checked.fields).sent_with(&inquiry.spec)),
        inquiry: Inquiry::from_checked(checked, ctx.lang()),
        channel: Channel::Web,
        form_key: inquiry.key.id.clone(),
        received_at,
        spam_score: honeypot + haste,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: true,
        actor: Actor::Requester,
    }
}

/// The form again, with the sentence that says when it can be sent, and the way on.
///
/// # Errors
/// When the template fails.
pub(super) async fn closed(ctx: &Ctx, inquiry: &Typed) -> Result<Response, PageError> {
    let season = ctx.state().season().await;
    let mut errors = FieldErrors::default();
    let why = answers::closed(&inquiry.spec, &season, ctx.lang(), ctx.now());
    let passed = ctx.lang().t("受付期間が終わりました。", "The form has closed.");
    errors.put_first("form", why.as_deref().unwrap_or(passed));
    inquiry.again(ctx, errors).await
}

/// Why nothing was stored.
enum Refusal {
    Db(DbError),
    /// The address has sent as many as it may today.
    TooMany,
    /// The kind is taken only while its window is open.
    Closed,
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Db(error) => error.into(),
            Refusal::Closed => Self::internal("a closed form was not shown again"),
            Refusal::TooMany => Self::TooMany { wait: Duration::hours(24), kept: None },
        }
    }
}

async fn store_intake(ctx: &Ctx, intake: Intake, inquiry: &Typed) -> Result<Received, Refusal> {
    let (context, spec, image) = (ctx.state().context(), inquiry.spec.clone(), inquiry.chosen.image.clone());
    let limit = i64::from(context.settings.limits.inquiries_per_address_per_day);
    let write = async move |tx: &mut Tx| {
        if limit > 0 {
            let since = intake.received_at - Duration::hours(24);
            let sent = store::count_of_address_since(tx, &intake.inquiry.email_key, since).await?;
            // A retry of what was already received gets its number, limit or not.
            if sent >= limit && store::find_by_form_key(tx, &intake.form_key).await?.is_none() {
                return Err(Refusal::TooMany);
            }
        }
        // The cutoff is this comparison, with the instant of receipt and inside the transaction (design rule 6).
        if spec.opening.is_some()
            && !moment::is_taken(&spec, &period::season(tx).await?, intake.received_at)
            && store::find_by_form_key(tx, &intake.form_key).await?.is_none()
        {
            return Err(Refusal::Closed);
        }
        let received = receive(tx, &context, &intake).await?;
        if let Some(image) = image.filter(|_| received.is_new) {
            replacement::came_with_form(tx, received.id, image.id, intake.received_at).await?;
        }
        Ok(received)
    };
    ctx.state().db.write(write).await
}
