//! What a handler knows of its request, read once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::csrf::{self, Sender};
use super::host::{self, Addressed};
use super::{Form, Kept, PageError, State, cookies, form_key};
use crate::desk::Lang;
use crate::platform::crypto::Purpose;

/// The address a connection came from, laid beside each request by [`super::server`].
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The request at hand: the desk's parts, the language, the client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: State,
    lang: OnceLock<Lang>,
    path: String,
    query: String,
    headers: HeaderMap,
    ip: IpAddr,
    addressed: Addressed,
    /// The visitor id when the browser brought none.
    fresh_visitor: OnceLock<String>,
    /// What was typed into the form that this request brought.
    posted: OnceLock<Kept>,
}

impl Ctx {
    pub(super) fn new(state: State, head: &Head) -> Self {
        let path = head.uri.path();
        let peer = head.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let ip = if state.settings.server.trust_forwarded_for { forwarded_for(&head.headers) } else { None };
        Self(Arc::new(Inner {
            addressed: host::addressed(&head.headers, &head.uri, &state.settings.server.base_url),
            lang: OnceLock::new(),
            path: path.to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers.clone(),
            ip: ip.unwrap_or(peer),
            fresh_visitor: OnceLock::new(),
            posted: OnceLock::new(),
            state,
        }))
    }

    /// The parts of the desk.
    pub fn state(&self) -> &State {
        &self.0.state
    }

    /// The language of the path (`/en/…` is English); behind the counter the one that the member of staff has chosen, and
    /// before they sign in the browser's.
    pub fn lang(&self) -> Lang {
        let unset = || match self.0.path.as_str() {
            "/en" => Lang::En,
            path if path.starts_with("/en/") => Lang::En,
            path if path.starts_with("/staff") => preferred(&self.0.headers),
            _ => Lang::Ja,
        };
        *self.0.lang.get_or_init(unset)
    }

    /// From here on the request is answered in the language of the person who is signed in.
    pub(super) fn speak(&self, lang: Lang) {
        let _ = self.0.lang.set(lang);
    }

    /// The path as requested, with `/en`. Never put it into a link: links are made from routes (SEC-036).
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The query string as requested.
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The client's address: the peer's, or the last entry of X-Forwarded-For behind a proxy that is trusted.
    pub fn ip(&self) -> IpAddr {
        self.0.ip
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.state.clock.now()
    }

    /// The value of one of our cookies.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookies::read(&self.0.headers, self.0.state.settings.is_https(), name)
    }

    /// A fresh `csrf_token` for a form on the page. Gives the browser its visitor cookie if it has none.
    pub fn csrf_token(&self) -> String {
        csrf::issue(&self.state().keys, &self.binding(self.visitor()), self.now())
    }

    /// Whether the token was issued to this browser.
    pub fn is_own_token(&self, token: &str) -> bool {
        // Without a cookie there is no browser the token could belong to.
        self.brought_visitor()
            .is_some_and(|visitor| csrf::is_valid(&self.state().keys, &self.binding(visitor), token, self.now()))
    }

    /// A fresh `form_key` for a form on the page.
    pub fn form_key(&self) -> String {
        form_key::issue(&self.state().keys, &self.state().random, self.now())
    }

    /// Where the request says it comes from.
    pub fn sender(&self) -> Sender {
        match &self.0.addressed {
            Addressed::Us(authority) => csrf::sender(&self.0.headers, authority),
            Addressed::Another | Addressed::Unclear => Sender::Foreign,
        }
    }

    /// The page, with `no-store`.
    ///
    /// # Errors
    /// When the template fails.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
        let html = template.render()?;
        Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
    }

    /// A page without personal data: a browser may keep it, and asks before it shows it again.
    ///
    /// # Errors
    /// When the template fails.
    pub fn public_page(&self, template: &impl Template) -> Result<Response, PageError> {
        let mut response = self.page(StatusCode::OK, template)?;
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
        Ok(response)
    }

    /// A short name of this browser, of which its cookie cannot be told: what it staged is bound to it.
    pub fn browser(&self) -> String {
        self.state().keys.tag(Purpose::Csrf, &[b"browser", self.brought_visitor().unwrap_or_default().as_bytes()])
    }

    pub(super) fn addressed(&self) -> &Addressed {
        &self.0.addressed
    }

    /// The visitor id that must be set as a cookie, because a form was made for it.
    pub(super) fn fresh_visitor(&self) -> Option<&str> {
        self.0.fresh_visitor.get().map(String::as_str)
    }

    /// Keeps what was typed, for the page that tells that it could not be taken.
    pub(super) fn remember(&self, form: &Form) {
        let _ = self.0.posted.set(Kept::of(self, form.clone()));
    }

    /// What the form of this request said, once it was read.
    pub(super) fn posted(&self) -> Option<&Kept> {
        self.0.posted.get()
    }

    /// Whether the browser brought the cookie that its forms are bound to.
    pub fn has_visitor(&self) -> bool {
        self.brought_visitor().is_some()
    }

    fn brought_visitor(&self) -> Option<&str> {
        self.cookie(cookies::VISITOR).filter(|v| v.len() == 26 && v.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    fn visitor(&self) -> &str {
        match self.brought_visitor() {
            Some(visitor) => visitor,
            None => self.0.fresh_visitor.get_or_init(|| self.state().random.token()),
        }
    }

    /// What a token is bound to: the browser, and the session of the person signed in.
    fn binding(&self, visitor: &str) -> String {
        format!("{visitor}.{}", self.cookie(cookies::SESSION).unwrap_or_default())
    }
}

impl<S: Sync> FromRequestParts<S> for Ctx {
    type Rejection = PageError;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Self, PageError> {
        head.extensions.get::<Self>().cloned().ok_or_else(|| PageError::internal("a route outside the frame"))
    }
}

/// Japanese, unless the browser names English before it (RFC 9110 §12.5.4).
fn preferred(headers: &HeaderMap) -> Lang {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let weight = |wanted: &str| {
        let entries = text.split(',').filter_map(|entry| {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let is_wanted = tag.trim().split('-').next().is_some_and(|lang| lang.eq_ignore_ascii_case(wanted));
            let q = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok());
            q.filter(|_| is_wanted)
        });
        entries.fold(0.0, f32::max)
    };
    if weight("en") > weight("ja") { Lang::En } else { Lang::Ja }
}

fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
