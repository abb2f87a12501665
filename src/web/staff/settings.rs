//! `/staff/settings`: one's own name, language, shortcuts and password.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::layout::{At, Nav};
use super::{Desk, login};
use crate::desk::Lang;
use crate::desk::staff::{Staff, StaffError, link, password, people, session, sign_in};
use crate::platform::crypto::sha256_hex;
use crate::platform::db::Tx;
use crate::web::form_body::query_value;
use crate::web::{Form, PageError, Posted};

#[derive(Template)]
#[template(path = "staff/settings.html")]
struct SettingsPage {
    at: At,
    me: Staff,
    is_saved: bool,
    /// What is wrong with name, language or shortcuts.
    error: Option<String>,
    /// What is wrong with the passwords.
    password_error: Option<String>,
    /// The address of the calendar that was just made: shown this once.
    feed: Option<String>,
}

/// `GET /staff/settings`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    show(&desk, desk.staff().clone(), None, None).await
}

async fn show(
    desk: &Desk,
    me: Staff,
    error: Option<String>,
    password_error: Option<String>,
) -> Result<Response, PageError> {
    let mut at = At::load(&mut desk.read().await?, desk, desk.t("設定", "Settings"), Nav::Settings).await?;
    at.is_error = error.is_some() || password_error.is_some();
    let status = if at.is_error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let is_saved = !at.is_error && query_value(desk.ctx.query(), "saved") == "1";
    desk.ctx.page(status, &SettingsPage { at, me, is_saved, error, password_error, feed: None })
}

/// `POST /staff/settings`
///
/// # Errors
/// When the database is away.
pub async fn save(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["name", "lang", "shortcuts"])?;
    let Some(lang) = Lang::parse(form.get("lang")) else { return Err(PageError::UnknownField("lang".into())) };
    let (id, name, shortcuts) = (desk.id(), form.get("name").to_owned(), form.get("shortcuts") == "1");
    let typed = Staff { name: name.clone(), lang, shortcuts, ..desk.staff().clone() };
    let update = async move |tx: &mut Tx| people::update_settings(tx, id, &name, lang, shortcuts).await;
    match desk.state().db.write(update).await {
        Ok(()) => Ok(Redirect::to("/staff/settings?saved=1").into_response()),
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(error) => show(&desk, typed, Some(error.text(desk.lang())), None).await,
    }
}

/// `POST /staff/settings/feed` with `act`: `make` a new address of one's calendar (the old one ends), or `end` it.
///
/// # Errors
/// When the database is away.
pub async fn feed(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["act"])?;
    let token = (form.get("act") == "make").then(|| desk.state().random.token());
    let (id, hash) = (desk.id(), token.as_ref().map(|token| sha256_hex(token.as_bytes())));
    let update = async move |tx: &mut Tx| people::update_feed(tx, id, hash.as_deref()).await;
    desk.state().db.write::<(), StaffError, _>(update).await.map_err(PageError::internal)?;
    let Some(token) = token else { return Ok(Redirect::to("/staff/settings?saved=1").into_response()) };
    let at = At::load(&mut desk.read().await?, &desk, desk.t("設定", "Settings"), Nav::Settings).await?;
    let base = desk.state().settings.server.base_url.trim_end_matches('/').to_owned();
    let (me, feed) = (desk.staff().clone(), Some(format!("{base}/staff-calendar/{token}")));
    desk.ctx.page(StatusCode::OK, &SettingsPage { at, me, is_saved: false, error: None, password_error: None, feed })
}

/// `POST /staff/settings/password`: every other session ends, this browser gets a new one (SEC-070, SEC-074).
///
/// # Errors
/// When the database is away.
pub async fn change_password(desk: Desk, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["current_password", "new_password", "new_password_again"])?;
    match change(&desk, &form).await {
        Ok(opened) => Ok(login::signed_in(&desk.ctx, &opened, "/staff/settings?saved=1")),
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(error) => {
            let mut response = show(&desk, desk.staff().clone(), None, Some(error.text(desk.lang()))).await?;
            if let StaffError::TooSoon(until) = error {
                let seconds = (until - desk.now()).num_seconds().max(1);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
            }
            Ok(response)
        }
    }
}

async fn change(desk: &Desk, form: &Form) -> Result<session::Opened, StaffError> {
    let (db, now, random, me) = (&desk.state().db, desk.now(), desk.state().random.clone(), desk.staff().clone());
    link::check_password(form.get("new_password"), form.get("new_password_again"), &me.email, &me.name)?;
    // Counted like a sign-in: a stolen session must not become a place to guess the password (SEC-072).
    let (email, ip) = (me.email.clone(), desk.ctx.ip().to_string());
    let attempt = db.write(async move |tx: &mut Tx| sign_in::begin(tx, &email, &ip, now).await).await?;
    if !password::verify(form.get("current_password"), attempt.hash.clone()).await {
        return Err(StaffError::WrongPassword);
    }
    if form.get("new_password") == form.get("current_password") {
        return Err(password::Fault::Same.into());
    }
    let hash = password::hash(form.get("new_password"), &random).await?;
    db.write(async move |tx: &mut Tx| {
        sign_in::forgive(tx, &attempt).await?;
        session::change_password(tx, me.id, &hash, now, &random).await
    })
    .await
}
