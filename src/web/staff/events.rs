//! `/staff/events`: a stream of what changes (server-sent events). Each `ticket` event names the tickets that changed
//! and carries the id of the newest event, so that a browser that comes back goes on from there. The session is looked
//! at again each second: whoever loses access loses the stream (SEC-054), and watching keeps no session alive.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::Desk;
use crate::desk::staff::session;
use crate::desk::ticket::{list, store};
use crate::platform::db::DbError;
use crate::web::form_body::query_value;
use crate::web::{PageError, cookies};

/// How often the events are looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// How far a look goes back: ids can commit out of order on PostgreSQL.
const WINDOW: i64 = 50;
/// Events told at once.
const MOST: i64 = 500;
/// Looks without news after which a comment keeps proxies from closing the line.
const QUIET: u32 = 15;

struct Watch {
    desk: Desk,
    last: i64,
    /// Events of the window that were told or were there before.
    seen: BTreeSet<i64>,
    quiet: u32,
    is_first: bool,
}

/// `GET /staff/events?after=`; `Last-Event-ID` wins over `after`.
///
/// # Errors
/// When the database is away.
pub async fn stream(desk: Desk) -> Result<Response, PageError> {
    let given = desk.ctx.headers().get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let after: Option<i64> = given.unwrap_or_else(|| query_value(desk.ctx.query(), "after")).parse().ok();
    let mut tx = desk.read().await?;
    let last = match after {
        Some(after) => after,
        None => store::last_event_id(&mut tx).await?,
    };
    let window = store::events_after(&mut tx, last - WINDOW, WINDOW).await?;
    drop(tx);
    let seen = window.into_iter().map(|(id, _)| id).filter(|id| *id <= last).collect();
    let watch = Watch { desk, last, seen, quiet: 0, is_first: true };
    let body = Body::from_stream(stream::unfold(watch, |watch| async move {
        let (text, watch) = next(watch).await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), watch))
    }));
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((StatusCode::OK, headers, body).into_response())
}

/// The next piece of the stream; `None` ends it: the desk stops, the session is over, or the database is away (the
/// browser then comes back by itself).
async fn next(mut watch: Watch) -> Option<(String, Watch)> {
    if std::mem::take(&mut watch.is_first) {
        return Some(("retry: 3000\n\n".to_owned(), watch));
    }
    loop {
        let state = watch.desk.state().clone();
        tokio::select! {
            () = state.stopped() => return None,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        if let Some(text) = look(&mut watch).await.ok()?? {
            watch.quiet = 0;
            return Some((text, watch));
        }
        watch.quiet += 1;
        if watch.quiet >= QUIET {
            watch.quiet = 0;
            return Some((": still here\n\n".to_owned(), watch));
        }
    }
}

/// One look: `None` when the session is over, else the event if there is news.
async fn look(watch: &mut Watch) -> Result<Option<Option<String>>, DbError> {
    let desk = &watch.desk;
    let mut tx = desk.state().db.read().await?;
    let token = desk.ctx.cookie(cookies::SESSION).unwrap_or_default();
    if session::find(&mut tx, token, desk.now()).await?.is_none() {
        return Ok(None);
    }
    let events = store::events_after(&mut tx, watch.last - WINDOW, MOST).await?;
    let fresh: Vec<_> = events.into_iter().filter(|(id, _)| !watch.seen.contains(id)).collect();
    let Some(newest) = fresh.iter().map(|(id, _)| *id).max() else { return Ok(Some(None)) };
    watch.last = watch.last.max(newest);
    watch.seen.extend(fresh.iter().map(|(id, _)| *id));
    watch.seen = watch.seen.split_off(&(watch.last - WINDOW));
    let tickets: BTreeSet<i64> = fresh.iter().map(|(_, ticket)| ticket.0).collect();
    let tickets: Vec<i64> = tickets.into_iter().collect();
    let tickets = list::visible_among(&mut tx, &tickets, desk.seen_by()).await?;
    if tickets.is_empty() {
        return Ok(Some(None));
    }
    let data = serde_json::json!({ "tickets": tickets });
    Ok(Some(Some(format!("event: ticket\nid: {}\ndata: {data}\n\n", watch.last))))
}
