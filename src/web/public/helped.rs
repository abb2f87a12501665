//! `POST /inquiries/{kind}/helped`: a reader says that an answer before the form, or an entry of the FAQ, settled it. Counted
//! by day, without anything of the person.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::inquiry::spec;
use crate::desk::inquiry::{Spec, store};
use crate::platform::db::{DbError, Tx};
use crate::web::form_body::query_value;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, Posted, in_time};

#[derive(Template)]
#[template(path = "public/helped.html")]
struct Helped<'a> {
    at: Layout<'a>,
    spec: &'a Spec,
}

/// `GET /inquiries/{kind}/helped`: the page after it.
///
/// # Errors
/// 404 no such kind.
pub async fn get(ctx: Ctx, Path(word): Path<String>) -> Result<Response, PageError> {
    let spec = spec(&ctx, &word)?;
    let title = ctx.lang().t("お役に立ててよかったです", "Good that it helped");
    let at = Layout::new(&ctx, title, Nav::Inquire, format!("/inquiries/{}/helped", spec.kind));
    ctx.page(StatusCode::OK, &Helped { at, spec: &spec })
}

/// Counts it. A person who clicks often, and a desk whose database is away, see the same page: the number is only a
/// number.
///
/// # Errors
/// 404 no such kind.
pub async fn post(ctx: Ctx, Path(word): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let spec = spec(&ctx, &word)?;
    let (kind, day) = (spec.kind, ctx.state().clock.today());
    if let Some(answer) = told(&ctx, &spec)
        && ctx.state().helped.count(ctx.ip(), None, ctx.now()).is_ok()
    {
        let write = async move |tx: &mut Tx| store::count_helped(tx, kind, &answer, day).await;
        let counted = in_time(async { ctx.state().db.write::<_, DbError, _>(write).await }).await;
        if let Err(error) = counted {
            tracing::warn!(?error, "a helped reader was not counted");
        }
    }
    Ok(Redirect::to(&format!("{}/inquiries/{kind}/helped", ctx.lang().prefix())).into_response())
}

/// What helped, as it is counted: `?answer=` names an answer of the kind, `?entry=` an entry of the FAQ.
fn told(ctx: &Ctx, spec: &Spec) -> Option<String> {
    let (answer, entry) = (query_value(ctx.query(), "answer"), query_value(ctx.query(), "entry"));
    if let Some(answer) = spec.answers.iter().find(|known| known.id == answer) {
        return Some(answer.id.clone());
    }
    let entry = ctx.state().library.entry(ctx.lang(), &entry).filter(|entry| entry.is_public())?;
    Some(format!("{}{}", store::OF_FAQ, entry.id))
}
