//! `/staff/images`: what waits for a decision, who still owes a licence, and what will be erased.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};

use super::Desk;
use super::layout::{At, Nav};
use crate::desk::audit::act;
use crate::desk::flows::provisional::{self, Entry};
use crate::desk::flows::replacement::{self, list::Waiting};
use crate::desk::licence::{DueImage, Image, ImageState, store};
use crate::desk::staff::Role;
use crate::desk::ticket::{Ticket, TicketId, confidential, store as tickets};
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::{Cron, store as schedules};
use crate::web::form_body::query_value;
use crate::web::{PageError, pictures};
use crate::word_enum;

/// Lines on a page.
const MOST: i64 = 200;

word_enum! {
    /// The tabs of the page.
    Tab {
        /// 確認待ち
        Waiting = "waiting",
        /// 仮の画像
        Provisional = "provisional",
        /// 消去の予定
        Erasure = "erasure",
    }
}

#[derive(Template)]
#[template(path = "staff/images.html")]
struct ImagesPage {
    at: At,
    tab: Tab,
    waiting: Vec<Waiting>,
    register: Vec<Entry>,
    /// What the next run would erase.
    due: Vec<DueImage>,
    /// When that is; `None` while the job is paused.
    next_run: Option<DateTime<Utc>>,
    /// How many it would erase, those beyond the list as well.
    count: i64,
    /// How many would be erased within the month after that.
    later: i64,
}

impl ImagesPage {
    fn is_tab(&self, word: &str) -> bool {
        self.tab.as_str() == word
    }

    /// Whether the list stops before its end.
    fn is_cut(&self) -> bool {
        usize::try_from(self.count).is_ok_and(|count| count > self.due.len())
    }

    fn hints(&self, line: &Waiting) -> Vec<&'static str> {
        line.hints.0.sentences(self.at.lang())
    }
}

/// `GET /staff/images?tab=`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let tab = Tab::parse(&query_value(desk.ctx.query(), "tab")).unwrap_or(Tab::Waiting);
    let (mut tx, ctx) = (desk.read().await?, desk.context());
    let at = At::load(&mut tx, &desk, desk.t("画像", "Images"), Nav::Images).await?;
    let (mut waiting, mut register, mut due) = (Vec::new(), Vec::new(), Vec::new());
    let (mut next_run, mut count, mut later) = (None, 0, 0);
    match tab {
        Tab::Waiting => waiting = replacement::list::waiting(&mut tx, desk.seen_by(), MOST).await?,
        Tab::Provisional => register = provisional::register(&mut tx, &ctx, MOST).await?,
        Tab::Erasure => {
            next_run = next_erasure(&mut tx, desk.now()).await?;
            let at = next_run.unwrap_or_else(|| desk.now());
            due = replacement::due(&mut tx, &ctx, at, MOST).await?;
            count = replacement::count_due(&mut tx, &ctx, at).await?;
            later = replacement::count_due(&mut tx, &ctx, at + Duration::days(30)).await? - count;
        }
    }
    let page = ImagesPage { at, tab, waiting, register, due, next_run, count, later };
    desk.ctx.page(StatusCode::OK, &page)
}

/// When the job that erases images runs next.
async fn next_erasure(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbError> {
    let rows = schedules::schedules(tx).await?;
    let row = rows.into_iter().find(|row| row.name == "erase_images" && row.is_enabled);
    Ok(row.and_then(|row| Cron::parse(&row.cron).ok()?.next(now)))
}

/// An image and its ticket, when this person may see them: staged images are nobody's, those of confidential tickets are
/// their readers', and what was replaced or returned is history, for those who work with it (SEC-048).
///
/// # Errors
/// 404, the same for all of these.
pub(super) async fn find(tx: &mut Tx, desk: &Desk, public_id: &str) -> Result<(Image, Option<Ticket>), PageError> {
    let image = store::find(tx, public_id).await?.ok_or(PageError::NotFound)?;
    let is_history = matches!(image.state, ImageState::Replaced | ImageState::Returned);
    if image.state == ImageState::Staged || (is_history && !desk.may(Role::Agent)) {
        return Err(PageError::NotFound);
    }
    let ticket = match image.ticket_id {
        Some(id) => tickets::find(tx, TicketId(id)).await?,
        None => None,
    };
    if let Some(ticket) = &ticket
        && !confidential::may_see(tx, ticket, desk.seen_by()).await?
    {
        return Err(PageError::NotFound);
    }
    Ok((image, ticket))
}

/// `GET /staff/images/{id}/view`: the bytes. Who looked at which image and for what is durable before the first of them
/// leaves.
///
/// # Errors
/// 404, or when the audit line could not be stored.
pub async fn view(desk: Desk, Path(public_id): Path<String>) -> Result<Response, PageError> {
    send(&desk, &public_id, |image| image.view_blob.clone()).await
}

/// `GET /staff/images/{id}/thumb`: the small copy, under the same rules.
///
/// # Errors
/// As [`view`].
pub async fn thumb(desk: Desk, Path(public_id): Path<String>) -> Result<Response, PageError> {
    send(&desk, &public_id, |image| image.thumb_blob.clone()).await
}

async fn send(desk: &Desk, public_id: &str, which: fn(&Image) -> Option<String>) -> Result<Response, PageError> {
    let (image, ticket) = find(&mut desk.read().await?, desk, public_id).await?;
    let blob = which(&image).ok_or(PageError::NotFound)?;
    let bytes = pictures::load(desk.state(), &blob).await?.ok_or(PageError::NotFound)?;
    let why = match query_value(desk.ctx.query(), "for").as_str() {
        "review" => "review",
        "compare" => "compare",
        _ => "view",
    };
    let detail = ticket.map_or_else(|| why.to_owned(), |ticket| format!("{why} ticket:{}", ticket.number));
    desk.audit(act::IMAGE_VIEWED, format!("image:{}", image.public_id), &detail).await?;
    Ok(pictures::inline(bytes))
}
