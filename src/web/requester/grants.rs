//! Which tickets a browser has opened, and as whom: a signed cookie, no table.

use axum::http::HeaderValue;
use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::desk::reply::disclosure::Viewer;
use crate::desk::ticket::{Ticket, TicketNumber, store};
use crate::web::{Ctx, PageError, cookies, in_time, signed};

/// How long a browser may look without opening the ticket again.
const GOOD_FOR: Duration = Duration::hours(12);
/// Tickets a browser has open at a time.
const MOST: usize = 5;

/// One opened ticket.
#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    number: String,
    /// The tag of the address the link was mailed to; without one it was number and passcode.
    tag: Option<String>,
    /// The ticket's epoch then: a revoked link ends what it opened.
    epoch: i64,
}

/// Adds a ticket to those of the browser. A link outranks a passcode for the same ticket.
pub(super) fn add(ctx: &Ctx, ticket: &Ticket, viewer: Viewer) -> HeaderValue {
    let tag = match viewer {
        Viewer::Passcode => None,
        Viewer::Link { address_tag } => Some(address_tag),
    };
    let mut grants = all(ctx);
    let kept = grants.iter().position(|g| g.number == ticket.number).map(|at| grants.remove(at));
    let tag = tag.or(kept.filter(|g| g.epoch == ticket.token_epoch).and_then(|g| g.tag));
    grants.insert(0, Grant { number: ticket.number.clone(), tag, epoch: ticket.token_epoch });
    grants.truncate(MOST);
    let state = ctx.state();
    let sealed = signed::seal(&state.keys, cookies::TICKETS, &grants, ctx.now(), GOOD_FOR);
    cookies::set(state.settings.is_https(), cookies::TICKETS, &sealed, Some(GOOD_FOR))
}

/// The ticket of a number and who is looking, when this browser has opened it; `None` otherwise, also when there is no
/// such ticket.
///
/// # Errors
/// When the database is away.
pub(super) async fn opened(ctx: &Ctx, number: &str) -> Result<Option<(Ticket, Viewer)>, PageError> {
    let Some(number) = TicketNumber::parse(number) else { return Ok(None) };
    let Some(grant) = all(ctx).into_iter().find(|g| g.number == number.as_str()) else { return Ok(None) };
    let ticket = in_time(async { store::find_by_number(&mut ctx.state().db.read().await?, &number).await }).await?;
    let viewer = grant.tag.map_or(Viewer::Passcode, |address_tag| Viewer::Link { address_tag });
    Ok(ticket.filter(|t| t.token_epoch == grant.epoch).map(|t| (t, viewer)))
}

fn all(ctx: &Ctx) -> Vec<Grant> {
    let cookie = ctx.cookie(cookies::TICKETS).unwrap_or_default();
    signed::open(&ctx.state().keys, cookies::TICKETS, cookie, ctx.now()).unwrap_or_default()
}
