//! `/staff/link/{token}`: the one-time link. GET shows a form and uses nothing up; POST sets the password and signs in.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::gate::Gate;
use super::login::signed_in;
use crate::desk::staff::link::{self, LinkFor};
use crate::desk::staff::people::NewPerson;
use crate::desk::staff::{Role, StaffError, password, session};
use crate::platform::db::Tx;
use crate::web::headers::no_referrer;
use crate::web::{Ctx, Form, PageError, Posted};

#[derive(Template)]
#[template(path = "staff/link.html")]
struct LinkPage {
    at: Gate,
    csrf: String,
    token: String,
    is_dead: bool,
    is_first: bool,
    name: String,
    email: String,
    error: Option<String>,
}

/// `GET /staff/link/{token}`
///
/// # Errors
/// When the database is away.
pub async fn form(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    let found = link::find(&mut ctx.state().db.read().await?, &token, ctx.now()).await?;
    page(&ctx, found, token, &Form::default(), None)
}

fn page(
    ctx: &Ctx,
    found: Option<LinkFor>,
    token: String,
    typed: &Form,
    error: Option<String>,
) -> Result<Response, PageError> {
    let is_dead = found.is_none();
    let mut at = Gate::new(ctx, |lang| match is_dead {
        true => lang.t("リンクが使えません", "The link is not valid"),
        false => lang.t("パスワードを決める", "Set a password"),
    });
    at.is_error = error.is_some();
    let status = match (is_dead, at.is_error) {
        (true, _) => StatusCode::NOT_FOUND,
        (_, true) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let is_first = found == Some(LinkFor::FirstAdmin);
    let (name, email) = match found {
        Some(LinkFor::Person(person)) => (person.name, person.email),
        _ => (typed.get("name").to_owned(), typed.get("email").to_owned()),
    };
    // A dead token is not repeated on the page: it may be ten megabytes of anything.
    let token = if is_dead { String::new() } else { token };
    let page = LinkPage { at, csrf: ctx.csrf_token(), token, is_dead, is_first, name, email, error };
    Ok(no_referrer(ctx.page(status, &page)?))
}

/// `POST /staff/link/{token}`
///
/// # Errors
/// When the database is away.
pub async fn submit(ctx: Ctx, Path(token): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["name", "email", "password", "password_again"])?;
    let found = link::find(&mut ctx.state().db.read().await?, &token, ctx.now()).await?;
    let Some(found) = found else { return page(&ctx, None, token, &form, None) };
    match redeem(&ctx, &found, &token, &form).await {
        Ok(opened) => Ok(signed_in(&ctx, &opened, "/staff/tickets")),
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(StaffError::DeadLink) => page(&ctx, None, token, &form, None),
        Err(error) => page(&ctx, Some(found), token, &form, Some(error.text(ctx.lang()))),
    }
}

async fn redeem(ctx: &Ctx, found: &LinkFor, token: &str, form: &Form) -> Result<session::Opened, StaffError> {
    let (db, now, random) = (&ctx.state().db, ctx.now(), ctx.state().random.clone());
    let new = match found {
        LinkFor::Person(p) => NewPerson { name: p.name.clone(), email: p.email.clone(), role: p.role },
        LinkFor::FirstAdmin => {
            NewPerson { name: form.get("name").into(), email: form.get("email").into(), role: Role::Admin }
        }
    };
    link::check_password(form.get("password"), form.get("password_again"), &new.email, &new.name)?;
    let hash = password::hash(form.get("password"), &random).await?;
    let (token, is_first) = (token.to_owned(), *found == LinkFor::FirstAdmin);
    db.write(async move |tx: &mut Tx| {
        if is_first {
            link::redeem_first(tx, &token, &new, &hash, now, &random).await
        } else {
            link::redeem(tx, &token, &hash, now, &random).await
        }
    })
    .await
}
