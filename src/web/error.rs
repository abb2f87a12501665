//! One error type decides the status and the page. Handlers return it, [`super::frame`] renders it: in the language of
//! the request, saying what to do, with a way back, and with everything that was typed when there was something.

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
    /// 400: cut off on the way, or no form at all.
    CutOff,
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

    /// Adds what was typed, where the page can show it.
    #[must_use]
    pub fn keeping(self, kept: Kept) -> Self {
        match self {
            Self::Unavailable(_) => Self::Unavailable(Some(kept)),
            Self::TooMany { wait, .. } => Self::TooMany { wait, kept: Some(kept) },
            other => other,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden | Self::Foreign | Self::Expired(_) => StatusCode::FORBIDDEN,
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
            Self::Expired(kept) => Some(kept),
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

    /// What happened and what to do: heading, explanation, advice.
    fn words(&self, lang: Lang) -> [String; 3] {
        let say = |ja: [&str; 3], en: [&str; 3]| if lang.is_ja() { ja } else { en }.map(str::to_owned);
        match self {
            Self::NotFound => say(
                [
                    "ページが見つかりません",
                    "お探しのページは、移動したか、なくなった可能性があります。",
                    "下のリンクから、もう一度お探しください。",
                ],
                [
                    "Page not found",
                    "The page may have moved or no longer exists.",
                    "Please look for it again from the links below.",
                ],
            ),
            Self::MethodNotAllowed => say(
                [
                    "この操作はできません",
                    "このページは、その方法では開けません。",
                    "下のリンクから、もう一度お試しください。",
                ],
                [
                    "This cannot be done here",
                    "The page cannot be opened in this way.",
                    "Please try again from the links below.",
                ],
            ),
            Self::Forbidden => say(
                [
                    "この操作の権限がありません",
                    "あなたの役割では、この操作はできません。",
                    "必要なときは、管理者にご相談ください。",
                ],
                [
                    "You may not do this",
                    "Your role does not allow this.",
                    "If you need it, please ask an administrator.",
                ],
            ),
            Self::Foreign => say(
                [
                    "受け付けられませんでした",
                    "ほかのサイトから送られた内容のため、受け付けていません。",
                    "この窓口のページを開いて、もう一度入力してください。",
                ],
                [
                    "This was not accepted",
                    "It was sent from another site.",
                    "Please open a page of this desk and enter it again.",
                ],
            ),
            Self::Expired(_) => say(
                [
                    "もう一度送ってください",
                    "ページを開いてから時間がたったか、別の画面から送られたため、まだ受け付けていません。入力した内容は下に残っています。",
                    "内容を確かめて、「もう一度送る」を押してください。",
                ],
                [
                    "Please send it again",
                    "It has not been received: the page was open for too long, or was sent from another window. What you entered is kept below.",
                    "Check it and press “Send again”.",
                ],
            ),
            Self::CutOff => say(
                [
                    "途中までしか届きませんでした",
                    "送られた内容が途中で切れているため、何も受け付けていません。",
                    "通信の状態を確かめて、前の画面からもう一度送ってください。",
                ],
                [
                    "Only part of it arrived",
                    "What was sent is cut off, so nothing has been received.",
                    "Please check your connection and send it again from the previous page.",
                ],
            ),
            Self::NotUtf8 => say(
                [
                    "文字を読み取れませんでした",
                    "文字の符号化がUTF-8ではないため、何も受け付けていません。",
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "The text could not be read",
                    "It is not encoded in UTF-8, so nothing has been received.",
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::TooManyFields => say(
                [
                    "項目が多すぎます",
                    "このフォームにない項目が含まれているため、何も受け付けていません。",
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "Too many fields",
                    "There are fields that this form does not have, so nothing has been received.",
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::SlowBody => say(
                [
                    "時間内に届きませんでした",
                    "送信に時間がかかりすぎたため、何も受け付けていません。",
                    "通信の状態を確かめて、前の画面からもう一度送ってください。",
                ],
                [
                    "It took too long to arrive",
                    "Sending took too long, so nothing has been received.",
                    "Please check your connection and send it again from the previous page.",
                ],
            ),
            Self::TooLarge { limit } => {
                let size = size(*limit);
                say(
                    [
                        "内容が大きすぎます",
                        &format!("一度に送れるのは {size} までです。何も受け付けていません。"),
                        "前の画面に戻り、文章を短くするか、ファイルを小さくして、もう一度送ってください。",
                    ],
                    [
                        "This is too large",
                        &format!("At most {size} can be sent at a time. Nothing has been received."),
                        "Please go back, shorten the text or reduce the file, and send it again.",
                    ],
                )
            }
            Self::WrongHost => say(
                [
                    "この名前では開けません",
                    "この窓口は、別のアドレスで公開されています。",
                    "正しいアドレスで開いてください。管理者の方は、設定の server.base_url をご確認ください。",
                ],
                [
                    "Not under this name",
                    "This desk is published under another address.",
                    "Please open the right address. Administrators: see the setting server.base_url.",
                ],
            ),
            Self::NoHost => say(
                [
                    "要求を読み取れませんでした",
                    "宛先のホスト名がないか、二つあります。",
                    "ブラウザーで開き直してください。",
                ],
                [
                    "The request could not be read",
                    "It names no host, or two.",
                    "Please open the page again in a browser.",
                ],
            ),
            Self::UnknownField(name) => say(
                [
                    "受け付けられませんでした",
                    &format!("このフォームにない項目「{name}」が含まれているか、同じ項目が2つあります。"),
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "This was not accepted",
                    &format!("The form has no field “{name}”, or it was sent twice."),
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::TooMany { wait, .. } => {
                let wait = when::span(lang, *wait);
                say(
                    [
                        "しばらく待ってから、もう一度送ってください",
                        "短い時間に多くの送信があったため、まだ受け付けていません。入力した内容は残っています。",
                        &format!("{wait}ほど待ってから、もう一度送ってください。"),
                    ],
                    [
                        "Please wait a little and send it again",
                        "There were many requests in a short time, so this one has not been received. What you entered is kept.",
                        &format!("Please wait about {wait} and send it again."),
                    ],
                )
            }
            Self::Unavailable(_) => say(
                [
                    "いま受け付けられませんでした",
                    "窓口の機械に一時的な不具合があり、まだ受け付けていません。入力の誤りではありません。",
                    "1分ほど待ってから、もう一度お試しください。何度送っても、二重に受け付けられることはありません。",
                ],
                [
                    "This could not be received just now",
                    "The desk has a temporary fault, so it has not been received. Nothing is wrong with what you entered.",
                    "Please wait about a minute and try again. Sending it again never makes a second inquiry.",
                ],
            ),
            Self::Internal => say(
                [
                    "うまく処理できませんでした",
                    "窓口の側で問題が起きました。原因は記録されています。",
                    "少し待ってから、もう一度お試しください。続くときは、下のアドレスにお知らせください。",
                ],
                [
                    "Something went wrong",
                    "The fault is on our side and has been recorded.",
                    "Please try again in a little while. If it goes on, please write to the address below.",
                ],
            ),
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

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 { format!("{} MB", bytes / 1024 / 1024) } else { format!("{} KB", bytes / 1024) }
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
