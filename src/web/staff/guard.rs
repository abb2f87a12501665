//! Who is at the desk: every request under `/staff` passes here, is looked up in [`super::permissions`], and gets a
//! [`Desk`] when somebody is signed in.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts as Head;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use super::permissions::{self, Needs};
use crate::desk::audit::{self, act};
use crate::desk::staff::session::{self, Session};
use crate::desk::staff::{Role, Staff, StaffId};
use crate::desk::ticket::{SeenBy, confidential};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};
use crate::web::{Ctx, Form, Kept, PageError, State, cookies};

/// The one route whose requests are no clicks: it must not keep a session alive (SEC-077).
const LIVE: &str = "/staff/events";

/// The member of staff at the desk, and the request. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The request.
    pub ctx: Ctx,
    session: Arc<Session>,
}

impl Desk {
    /// Who it is.
    pub fn staff(&self) -> &Staff {
        &self.session.staff
    }

    /// Their key.
    pub fn id(&self) -> StaffId {
        self.session.staff.id
    }

    /// The living session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The language they chose.
    pub fn lang(&self) -> Lang {
        self.session.staff.lang
    }

    /// The text in that language.
    pub fn t<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        self.lang().t(ja, en)
    }

    /// Whether their role includes `needed`.
    pub fn may(&self, needed: Role) -> bool {
        self.session.staff.role.includes(needed)
    }

    /// Which tickets they may see, find and count.
    pub fn seen_by(&self) -> SeenBy {
        confidential::seen_by(self.staff())
    }

    /// The parts of the desk.
    pub fn state(&self) -> &State {
        self.ctx.state()
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.ctx.now()
    }

    /// A handle for reading.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self) -> Result<Tx, PageError> {
        Ok(self.state().db.read().await?)
    }

    /// What acts of the domain need.
    pub fn context(&self) -> Context {
        let state = self.state();
        Context {
            clock: state.clock.clone(),
            random: state.random.clone(),
            keys: state.keys.clone(),
            settings: state.settings.clone(),
        }
    }

    /// Appends an audit line of this person, durable when it returns.
    ///
    /// # Errors
    /// When it could not be stored; what it tells of must then not happen.
    pub async fn audit(&self, act: &'static str, object: String, detail: &str) -> Result<(), PageError> {
        let (id, now, detail) = (self.id(), self.now(), detail.to_owned());
        let write = async move |tx: &mut Tx| audit::append(tx, Some(id), act, &object, &detail, now).await;
        Ok(self.state().db.write::<_, DbError, _>(write).await?)
    }
}

impl<S: Sync> FromRequestParts<S> for Desk {
    type Rejection = PageError;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Self, PageError> {
        head.extensions.get::<Self>().cloned().ok_or_else(|| PageError::internal("a staff page outside the guard"))
    }
}

/// The middleware.
pub async fn guard(mut request: Request, next: Next) -> Response {
    match admit(&mut request).await {
        Ok(()) => next.run(request).await,
        Err(Refusal::SignIn) if request.method() == Method::POST => signed_out(request).await,
        Err(Refusal::SignIn) => to_login(&request),
        Err(Refusal::Page(error)) => {
            keep(request).await;
            error.into_response()
        }
    }
}

/// Reads what a form brought, so that the page that tells of the fault still has it.
async fn keep(request: Request) {
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else { return };
    if request.method() == Method::POST
        && let Ok(form) = Form::from_request(request, &()).await
    {
        ctx.remember(&form);
    }
}

enum Refusal {
    SignIn,
    Page(PageError),
}

impl<E: Into<PageError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Page(error.into())
    }
}

async fn admit(request: &mut Request) -> Result<(), Refusal> {
    let ctx = request.extensions().get::<Ctx>().cloned().ok_or_else(|| PageError::internal("no frame"))?;
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let needed = match permissions::needs(request.method(), &path) {
        Some(Needs::Nothing) => None,
        Some(Needs::Role(role)) => Some(role),
        // A wrong method is answered by the router; a path outside the table is nobody's.
        None if permissions::TABLE.iter().any(|rule| rule.path == path) => return Ok(()),
        None => return Err(PageError::Forbidden.into()),
    };
    let found = match ctx.cookie(cookies::SESSION) {
        Some(token) => session::find(&mut ctx.state().db.read().await?, token, ctx.now()).await?,
        None => None,
    };
    if let Some(session) = &found {
        ctx.speak(session.staff.lang);
    }
    let Some(session) = found else { return if needed.is_none() { Ok(()) } else { Err(Refusal::SignIn) } };
    if needed.is_some_and(|needed| !session.staff.role.includes(needed)) {
        let line = format!("{} {path}", request.method());
        let desk = Desk { ctx, session: Arc::new(session) };
        desk.audit(act::REFUSED, "route".to_owned() + ":" + &path, &line).await?;
        return Err(PageError::Forbidden.into());
    }
    let session = Arc::new(session);
    if session.is_stale && path != LIVE {
        let (session, now) = (session.clone(), ctx.now());
        let touch = async move |tx: &mut Tx| session::touch(tx, &session, now).await;
        ctx.state().db.write::<_, DbError, _>(touch).await?;
    }
    request.extensions_mut().insert(Desk { ctx, session });
    Ok(())
}

/// To the sign-in page, and back here afterwards.
fn to_login(request: &Request) -> Response {
    let here = request.uri().path_and_query().map_or("", |p| p.as_str());
    let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
    let mut response = Redirect::to(&format!("/staff/login?next={next}")).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The session ended while something was being written: nothing is done, and what was typed stays on the page, ready
/// to be sent again after signing in.
async fn signed_out(request: Request) -> Response {
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else { return PageError::Forbidden.into_response() };
    match Form::from_request(request, &()).await {
        Ok(form) => PageError::Expired(Kept::of(&ctx, form)).into_response(),
        Err(error) => error.into_response(),
    }
}
