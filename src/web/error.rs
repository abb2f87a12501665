//! One error type decides the status and the page. Handlers return it, [`super::frame`] renders it: in the language of
//! the request, saying what to do, with a way back, and with everything that was typed when there was something.

mod words;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;

use super::layout::{Layout, Nav};
use super::{Ctx, Form, when};
use crate::desk::Lang;
use crate::platform::db::DbError;

/// What a person had typed when something went wrong, and where it was going.
#[derive(Debug, Clone)]
pub struct Kept {
    action: String,
    fields: Vec<(String, String)>,
}

impl Kept {
    /// Keeps all fields but passwords and the token, to be sent to the same address again.
    pub fn of(ctx: &Ctx, form: Form) -> Self {
        Self::to(ctx.path().to_owned(), form)
    }

    /// As [`Kept::of`], to be sent to another path of ours.
    pub fn to(action: String, form: Form) -> Self {
        let dropped = ["csrf_token", "password", "current_password", "new_password", "passcode"];
        let fields = form.fields().iter().filter(|(name, _)| !dropped.contains(&name.as_str())).cloned().collect();
        Self { action, fields }
    }
}

/// Why a request got no page of its own.
#[derive(Debug, Clone)]
pub enum PageError {
    /// 404: nothing lies here, or not for this person.
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 403: the person's role does not allow it.
    Forbidden,
    /// 403: sent by another site.
    Foreign,
    /// 403: the form was open too long, or is another browser's. Everything typed is kept.
    Expired(Kept),
    /// 403: the browser brought no cookie. Everything typed is kept.
    NoCookie(Kept),
    /// 400: cut off on the way, or no form at all.
    CutOff,
    /// 415: something else than a form.
    NoForm,
    /// 431: more headers, or longer ones, than a browser sends.
    HeadTooLarge,
    /// 400: not UTF-8.
    NotUtf8,
    /// 400
    TooManyFields,
    /// 408
    SlowBody,
    /// 413
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// 421: the desk has another name.
    WrongHost,
    /// 400: no host, or two.
    NoHost,
    /// 422: a field that is not in the form, or twice in it.
    UnknownField(String),
    /// 429
    TooMany {
        /// How long to wait.
        wait: Duration,
        /// What was typed.
        kept: Option<Kept>,
    },
    /// 503: the database is away; nothing was stored.
    Unavailable(Option<Kept>),
    /// 500: our own mistake; the cause is in the log.
    Internal,
}

/// Seconds after which a client may come back when the database is away.
const RETRY_SECONDS: i64 = 30;

impl PageError {
    /// Logs the cause of our own mistake.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::Internal
    }

    /// Adds what was typed, where the page can show it and has nothing yet.
    #[must_use]
    pub fn keeping(self, kept: Kept) -> Self {
        match self {
            Self::Unavailable(None) => Self::Unavailable(Some(kept)),
            Self::TooMany { wait, kept: None } => Self::TooMany { wait, kept: Some(kept) },
            other => other,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden | Self::Foreign | Self::Expired(_) | Self::NoCookie(_) => StatusCode::FORBIDDEN,
            Self::NoForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::CutOff | Self::NotUtf8 | Self::TooManyFields | Self::NoHost => StatusCode::BAD_REQUEST,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::UnknownField(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn kept(self) -> Option<Kept> {
        match self {
            Self::Expired(kept) | Self::NoCookie(kept) => Some(kept),
            Self::TooMany { kept, .. } | Self::Unavailable(kept) => kept,
            _ => None,
        }
    }

    fn wait(&self) -> Option<i64> {
        match self {
            Self::TooMany { wait, .. } => Some(wait.num_seconds().max(1)),
            Self::Unavailable(_) => Some(RETRY_SECONDS),
            _ => None,
        }
    }

    /// The whole answer. JSON under `/api/`, a page elsewhere.
    pub(super) fn render(self, ctx: &Ctx) -> Response {
        let (status, wait) = (self.status(), self.wait());
        let [title, what, advice] = self.words(ctx.lang());
        let is_api = ctx.path().starts_with("/api/");
        let mut response = if is_api {
            let body =
                serde_json::json!({ "error": status.as_u16(), "title": title, "detail": what, "advice": advice });
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
        } else {
            let is_staff = ctx.path().starts_with("/staff");
            let mut at = Layout::new(ctx, title, Nav::None, "/");
            at.is_error = true;
            let kept = self.kept().map(|kept| KeptForm::new(ctx, kept));
            let page = ErrorPage { at, what, advice, is_staff, kept, time: when::stamp(ctx.lang(), ctx.now()) };
            ctx.page(status, &page).unwrap_or_else(|_| (status, page.what).into_response())
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            // What is left of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        if error.is_passing() {
            tracing::warn!(%error, "the database is away");
            Self::Unavailable(None)
        } else {
            Self::internal(error)
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

#[derive(Template)]
#[template(path = "public/error.html")]
struct ErrorPage<'a> {
    at: Layout<'a>,
    what: String,
    advice: String,
    is_staff: bool,
    kept: Option<KeptForm>,
    time: String,
}

/// What was typed, with a fresh token.
struct KeptForm {
    action: String,
    token: String,
    /// Name and value of what goes along unseen.
    hidden: Vec<(String, String)>,
    /// What is shown: label, value.
    shown: Vec<(String, String)>,
    /// The text, which can be selected and copied.
    body: Option<String>,
}

impl KeptForm {
    fn new(ctx: &Ctx, kept: Kept) -> Self {
        let mut fields = kept.fields;
        let body = fields.iter().position(|(name, _)| name == "body").map(|at| fields.remove(at).1);
        let shown = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, value)| Some((label(ctx.lang(), name)?.to_owned(), value.clone())))
            .collect();
        Self { action: kept.action, token: ctx.csrf_token(), hidden: fields, shown, body }
    }
}

/// What a field is called on our pages; `None` for those a person never saw.
pub fn label(lang: Lang, name: &str) -> Option<&'static str> {
    Some(match name {
        "registration_number" => lang.t("医籍登録番号", "Registration number"),
        "birth_year" => lang.t("生年月日の年", "Year of birth"),
        "birth_month" => lang.t("生年月日の月", "Month of birth"),
        "birth_day" => lang.t("生年月日の日", "Day of birth"),
        "family_name" => lang.t("姓", "Family name"),
        "given_name" => lang.t("名", "Given name"),
        "family_kana" => lang.t("セイ", "Family name in kana"),
        "given_kana" => lang.t("メイ", "Given name in kana"),
        "email" => lang.t("メールアドレス", "Mail address"),
        "phone" => lang.t("電話番号", "Phone"),
        "subject" => lang.t("件名", "Subject"),
        "number" => lang.t("受付番号", "Inquiry number"),
        _ => return None,
    })
}
