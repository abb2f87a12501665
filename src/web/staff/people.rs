//! `/staff/people`: who belongs to the desk. Admins only.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::staff::people::{self, NewPerson};
use crate::desk::staff::{Role, Staff, StaffError, StaffId, link};
use crate::platform::db::Tx;
use crate::web::{Form, PageError, Posted};

/// A one-time link, shown this once.
struct Shown {
    name: String,
    url: String,
    until: String,
}

#[derive(Template)]
#[template(path = "staff/people.html")]
struct PeoplePage {
    at: At,
    me: StaffId,
    people: Vec<Staff>,
    name: String,
    email: String,
    role: Role,
    error: Option<String>,
    shown: Option<Shown>,
}

/// `GET /staff/people`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    show(&desk, &Form::default(), None, None).await
}

async fn show(
    desk: &Desk,
    typed: &Form,
    error: Option<StaffError>,
    shown: Option<Shown>,
) -> Result<Response, PageError> {
    let error = match error {
        Some(StaffError::Db(error)) => return Err(error.into()),
        other => other.map(|error| error.text(desk.lang())),
    };
    let mut tx = desk.read().await?;
    let mut at = At::load(&mut tx, desk, desk.t("職員", "People"), Nav::People).await?;
    at.is_error = error.is_some();
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PeoplePage {
        at,
        me: desk.id(),
        people: people::list(&mut tx).await?,
        name: typed.get("name").to_owned(),
        email: typed.get("email").to_owned(),
        role: Role::parse(typed.get("role")).unwrap_or(Role::Agent),
        error,
        shown,
    };
    desk.ctx.page(status, &page)
}

/// `POST /staff/people`: adds a person and shows their link, once.
///
/// # Errors
/// When the database is away.
pub async fn add(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["name", "email", "role"])?;
    let Some(role) = Role::parse(form.get("role")) else { return Err(PageError::UnknownField("role".into())) };
    let new = NewPerson { name: form.get("name").to_owned(), email: form.get("email").to_owned(), role };
    let (by, now, random, name) = (desk.id(), desk.now(), desk.state().random.clone(), new.name.clone());
    let added = desk.state().db.write(async move |tx: &mut Tx| {
        let id = people::add(tx, Some(by), &new, now).await?;
        link::issue(tx, Some(by), id, now, &random).await
    });
    match added.await {
        Ok(link) => {
            let shown = shown(&desk, name, &link);
            show(&desk, &Form::default(), None, Some(shown)).await
        }
        Err(error) => show(&desk, &form, Some(error), None).await,
    }
}

fn shown(desk: &Desk, name: String, link: &link::FreshLink) -> Shown {
    let until = crate::web::when::stamp(desk.lang(), link.expires_at);
    Shown { name, url: link.url(&desk.state().settings.server.base_url), until }
}

/// `POST /staff/people/{id}`: `act` is role, disable, enable or link.
///
/// # Errors
/// 404 for nobody, 422 for an act that is none, and when the database is away.
pub async fn change(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act", "role"])?;
    let (id, by, now, db) = (StaffId(id), desk.id(), desk.now(), &desk.state().db);
    let done = match (form.get("act"), Role::parse(form.get("role"))) {
        ("role", Some(role)) => {
            db.write(async move |tx: &mut Tx| people::set_role(tx, Some(by), id, role, now).await).await
        }
        ("disable", _) => db.write(async move |tx: &mut Tx| people::disable(tx, Some(by), id, now).await).await,
        ("enable", _) => db.write(async move |tx: &mut Tx| people::enable(tx, Some(by), id, now).await).await,
        ("link", _) => return new_link(&desk, id).await,
        _ => return Err(PageError::UnknownField("act".into())),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/staff/people").into_response()),
        Err(StaffError::NoSuchPerson) => Err(PageError::NotFound),
        Err(error) => show(&desk, &Form::default(), Some(error), None).await,
    }
}

async fn new_link(desk: &Desk, id: StaffId) -> Result<Response, PageError> {
    let person = people::find(&mut desk.read().await?, id).await?.ok_or(PageError::NotFound)?;
    let (by, now, random) = (desk.id(), desk.now(), desk.state().random.clone());
    let issue = async move |tx: &mut Tx| link::issue(tx, Some(by), id, now, &random).await;
    match desk.state().db.write(issue).await {
        Ok(link) => show(desk, &Form::default(), None, Some(shown(desk, person.name, &link))).await,
        Err(StaffError::NoSuchPerson) => Err(PageError::NotFound),
        Err(error) => show(desk, &Form::default(), Some(error), None).await,
    }
}
