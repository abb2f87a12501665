//! `/staff/link/{token}`: the one-time link. GET shows a form and uses nothing up; POST sets the password and signs in.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::gate::Gate;
use super::login::signed_in;
use crate::desk::staff::link::{self, LinkFor};
use crate::desk::staff::people::{self, NewPerson};
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
    faults: Vec<Fault>,
}

/// What is wrong, and the box it is about.
struct Fault {
    field: &'static str,
    text: String,
}

impl Fault {
    fn of(error: &StaffError, ctx: &Ctx) -> Self {
        let field = match error {
            StaffError::BadName => "name",
            StaffError::BadEmail | StaffError::EmailTaken => "email",
            _ => "password",
        };
        Self { field, text: error.text(ctx.lang()) }
    }
}

impl LinkPage {
    /// Whether something is wrong with this box.
    fn is_wrong(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }
}

/// `GET /staff/link/{token}`
///
/// # Errors
/// When the database is away.
pub async fn form(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    let found = link::find(&mut ctx.state().db.read().await?, &token, ctx.now()).await?;
    page(&ctx, found, token, &Form::default(), Vec::new())
}

fn page(
    ctx: &Ctx,
    found: Option<LinkFor>,
    token: String,
    typed: &Form,
    faults: Vec<Fault>,
) -> Result<Response, PageError> {
    let is_dead = found.is_none();
    let mut at = Gate::new(ctx, |lang| match is_dead {
        true => lang.t("リンクが使えません", "The link is not valid"),
        false => lang.t("パスワードを決める", "Set a password"),
    });
    at.is_error = !faults.is_empty();
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
    let page = LinkPage { at, csrf: ctx.csrf_token(), token, is_dead, is_first, name, email, faults };
    Ok(no_referrer(ctx.page(status, &page)?))
}

/// `POST /staff/link/{token}`
///
/// # Errors
/// When the database is away.
pub async fn submit(ctx: Ctx, Path(token): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["name", "email", "password", "password_again"])?;
    let found = link::find(&mut ctx.state().db.read().await?, &token, ctx.now()).await?;
    let Some(found) = found else { return page(&ctx, None, token, &form, Vec::new()) };
    let faults: Vec<_> = faults(&found, &form).iter().map(|error| Fault::of(error, &ctx)).collect();
    if !faults.is_empty() {
        return page(&ctx, Some(found), token, &form, faults);
    }
    match redeem(&ctx, &found, &token, &form).await {
        Ok(opened) => Ok(signed_in(&ctx, &opened, "/staff/tickets")),
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(StaffError::DeadLink) => page(&ctx, None, token, &form, Vec::new()),
        Err(error) => {
            let fault = Fault::of(&error, &ctx);
            page(&ctx, Some(found), token, &form, vec![fault])
        }
    }
}

fn person(found: &LinkFor, form: &Form) -> NewPerson {
    match found {
        LinkFor::Person(p) => NewPerson { name: p.name.clone(), email: p.email.clone(), role: p.role },
        LinkFor::FirstAdmin => {
            NewPerson { name: form.get("name").into(), email: form.get("email").into(), role: Role::Admin }
        }
    }
}

/// Everything that has to be put right, so that the form comes back once.
fn faults(found: &LinkFor, form: &Form) -> Vec<StaffError> {
    let new = person(found, form);
    let mut faults = if *found == LinkFor::FirstAdmin { people::faults(&new) } else { Vec::new() };
    let password = link::check_password(form.get("password"), form.get("password_again"), &new.email, &new.name);
    faults.extend(password.err().map(StaffError::from));
    faults
}

async fn redeem(ctx: &Ctx, found: &LinkFor, token: &str, form: &Form) -> Result<session::Opened, StaffError> {
    let (db, now, random) = (&ctx.state().db, ctx.now(), ctx.state().random.clone());
    let new = person(found, form);
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
