//! `/staff/login` and `/staff/logout`.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::gate::Gate;
use crate::desk::staff::{StaffError, password, session, sign_in};
use crate::platform::db::{DbError, Tx};
use crate::web::form_body::query_value;
use crate::web::{Ctx, Form, PageError, Posted, cookies};

#[derive(Template)]
#[template(path = "staff/login.html")]
struct LoginPage {
    at: Gate,
    csrf: String,
    next: String,
    email: String,
    error: Option<String>,
}

/// `GET /staff/login`
///
/// # Errors
/// When the template fails.
pub async fn form(ctx: Ctx) -> Result<Response, PageError> {
    let next = query_value(ctx.query(), "next");
    page(&ctx, StatusCode::OK, String::new(), next, None)
}

fn page(
    ctx: &Ctx,
    status: StatusCode,
    email: String,
    next: String,
    error: Option<String>,
) -> Result<Response, PageError> {
    let mut at = Gate::new(ctx, |lang| lang.t("事務局にログイン", "Sign in to the desk"));
    at.is_error = error.is_some();
    ctx.page(status, &LoginPage { csrf: ctx.csrf_token(), next: own_path(&next).unwrap_or_default(), at, email, error })
}

/// `POST /staff/login`: the same work and the same answer for known, unknown and disabled people (SEC-071).
///
/// # Errors
/// When the database is away; nothing typed but the password is lost.
pub async fn submit(ctx: Ctx, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["email", "password", "next"])?;
    let (email, next) = (form.get("email").to_owned(), form.get("next").to_owned());
    match check(&ctx, &form).await {
        Ok(opened) => {
            let to = own_path(&next).unwrap_or_else(|| "/staff/tickets".to_owned());
            Ok(signed_in(&ctx, &opened, &to))
        }
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!("a sign-in was refused");
            let lang = ctx.lang();
            let (status, text) = match error {
                StaffError::TooSoon(_) => (StatusCode::TOO_MANY_REQUESTS, error.text(lang)),
                _ => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    lang.t("メールアドレスかパスワードが違います。", "The mail address or the password is wrong.")
                        .to_owned(),
                ),
            };
            let mut response = page(&ctx, status, email, next, Some(text))?;
            if let StaffError::TooSoon(until) = error {
                let seconds = (until - ctx.now()).num_seconds().max(1);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
            }
            Ok(response)
        }
    }
}

async fn check(ctx: &Ctx, form: &Form) -> Result<session::Opened, StaffError> {
    let (db, now, random) = (&ctx.state().db, ctx.now(), ctx.state().random.clone());
    let (email, ip) = (form.get("email").to_owned(), ctx.ip().to_string());
    let attempt = db.write(async move |tx: &mut Tx| sign_in::begin(tx, &email, &ip, now).await).await?;
    if !password::verify(form.get("password"), attempt.hash.clone()).await {
        return Err(StaffError::WrongPassword);
    }
    db.write(async move |tx: &mut Tx| sign_in::succeed(tx, &attempt, now, &random).await).await
}

/// The answer that gives the browser its session.
pub(super) fn signed_in(ctx: &Ctx, opened: &session::Opened, to: &str) -> Response {
    let cookie = cookies::set(ctx.state().settings.is_https(), cookies::SESSION, &opened.token, Some(session::LIFE));
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// `POST /staff/logout`
///
/// # Errors
/// When the database is away.
pub async fn out(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (session, now) = (desk.session().clone(), desk.now());
    let close = async move |tx: &mut Tx| session::close(tx, &session, now).await;
    desk.state().db.write::<_, DbError, _>(close).await?;
    let mut response = Redirect::to("/staff/login").into_response();
    let cookie = cookies::clear(desk.state().settings.is_https(), cookies::SESSION);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A path of ours behind the counter to go on to; anything else is dropped, so that no link sends people elsewhere
/// after they sign in (SEC-109).
fn own_path(next: &str) -> Option<String> {
    let inside = next == "/staff" || next.starts_with("/staff/");
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (inside && plain && !next.contains("//") && !next.starts_with("/staff/login")).then(|| next.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_sent_elsewhere() {
        assert_eq!(own_path("/staff/tickets?q=%E6").as_deref(), Some("/staff/tickets?q=%E6"));
        for elsewhere in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/staff//evil",
            "/faq",
            "/staff/\nx",
            "/staffx",
        ] {
            assert_eq!(own_path(elsewhere), None, "{elsewhere}");
        }
    }
}
