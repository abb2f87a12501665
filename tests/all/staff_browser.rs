//! A browser without a window: the whole router in this process, a cookie jar, and the forms of the last page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::desk::faq::Library;
use madoguchi::desk::staff::{Role, StaffId, people, session};
use madoguchi::platform::blob::Blobs;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, Tx};
use madoguchi::web::{Parts, State, routes};
use tower::ServiceExt;

use super::support::some_morning;

/// A desk whose clock stands until it is moved.
pub struct TestDesk {
    pub state: State,
    _folder: tempfile::TempDir,
}

impl TestDesk {
    pub fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Arc::new(Settings::from_parts(None, std::iter::empty()).unwrap());
        let random = Random::from_os();
        let blobs = Blobs::open(folder.path(), random.clone()).unwrap();
        let clock = Clock::manual(some_morning());
        let wake = Arc::new(tokio::sync::Notify::new());
        let ctx = Context { clock, random, keys: Keys::new([5; 32]), settings };
        let state = Parts::new(ctx, db, blobs, Library::embedded().unwrap(), wake);
        Self { state, _folder: folder }
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser { state: self.state.clone(), cookies: BTreeMap::new() }
    }

    /// Adds a person and gives a browser in which they are signed in.
    pub async fn signed_in(&self, name: &str, role: Role) -> (StaffId, Browser) {
        let new = super::staff_people::person(name, role);
        let (now, random) = (self.state.clock.now(), self.state.random.clone());
        let open = async move |tx: &mut Tx| {
            let id = people::add(tx, None, &new, now).await?;
            Ok::<_, madoguchi::desk::staff::StaffError>((id, session::open(tx, id, now, &random).await?))
        };
        let (id, opened) = self.state.db.write(open).await.unwrap();
        let mut browser = self.browser();
        browser.cookies.insert("session".into(), opened.token);
        (id, browser)
    }
}

/// A cookie jar and the router.
pub struct Browser {
    state: State,
    pub cookies: BTreeMap<String, String>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Page {
    /// The token of the first form.
    pub fn csrf(&self) -> String {
        self.value("csrf_token")
    }

    /// The value of the first field of this name.
    pub fn value(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let from = self.text.find(&mark).unwrap_or_else(|| panic!("no field {name} in {}", self.text)) + mark.len();
        self.text[from..].split('"').next().unwrap().to_owned()
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    pub fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts the fields with a fresh token of the settings or sign-in page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let signed_in = self.cookies.contains_key("session");
        let page = self.get(if signed_in { "/staff/settings" } else { "/staff/login" }).await;
        // A session that has ended is led to the sign-in page, whose token is as good.
        let page = if page.status == StatusCode::SEE_OTHER { self.get("/staff/login").await } else { page };
        let token = page.csrf();
        let mut all = vec![("csrf_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post_as_is(path, &all).await
    }

    /// Posts exactly these fields.
    pub async fn post_as_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a request as it is, as a program does.
    pub async fn request(&mut self, request: Request<Body>) -> Page {
        self.send(request).await
    }

    /// The answer with its body unread (streams).
    pub async fn open(&mut self, path: &str) -> Response {
        let request = self.dressed(Request::get(path).body(Body::empty()).unwrap());
        routes::router(self.state.clone()).oneshot(request).await.unwrap()
    }

    fn dressed(&self, mut request: Request<Body>) -> Request<Body> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(header::HOST, "127.0.0.1:8080".parse().unwrap());
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        request
    }

    async fn send(&mut self, request: Request<Body>) -> Page {
        let request = self.dressed(request);
        let response = routes::router(self.state.clone()).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for line in head.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: head.status, headers: head.headers, text }
    }
}
