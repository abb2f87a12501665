//! What jobs do with a ticket: the same verbs as those of people, each once.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::actions::{ActError, number_of, route};
use super::{Actor, Status, Ticket, TicketId, due, mails, store};
use crate::desk::Context;
use crate::desk::licence::ImageKind;
use crate::desk::reply::disclosure::Route;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Reminds a requester who was asked something, once in each spell of waiting. False when there was nothing to do.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, id: TicketId) -> Result<bool, ActError> {
    let now = ctx.now();
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.is_spam || !store::update_reminded(tx, id, now).await? {
        return Ok(false);
    }
    let Some(Route { to, .. }) = route(tx, &ticket, None).await? else { return Ok(false) };
    let round = ticket.waiting_since.map_or(0, |at| at.timestamp());
    let mail = mails::waiting_reminder(ctx, &ticket, &number_of(&ticket)?, &to, round);
    outbox::enqueue_automatic(tx, &mail, now, ctx.settings.limits.mails_per_address_per_day).await?;
    store::insert_event(tx, id, "reminded", Actor::Job, json!({}), now).await?;
    Ok(true)
}

/// Tells a requester that the data linkage they wait for is done (FAQ F44). The caller sees to it that it happens once.
///
/// # Errors
/// When the database refuses.
pub async fn tell_linked(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    specialty: &str,
    year: i64,
) -> Result<(), ActError> {
    let Some(route) = route(tx, ticket, None).await? else { return Ok(()) };
    let mail = mails::linkage_done(ctx, ticket, &number_of(ticket)?, &route.to, specialty, year);
    // Promised, and one a ticket: no daily bound may swallow it.
    outbox::enqueue(tx, &mail, ctx.now()).await?;
    Ok(())
}

/// Tells a requester that their image has become the one of the registration. That speaks of an account, so it goes to the
/// address on file or to nobody: false then. The caller sees to it that it happens once.
///
/// # Errors
/// When the database refuses.
pub async fn tell_image_applied(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    image: (ImageKind, &str),
) -> Result<bool, DbError> {
    let Some(Route { to, .. }) = route(tx, ticket, None).await?.filter(|route| route.to.is_on_file) else {
        return Ok(false);
    };
    let mail = mails::image_applied(ctx, ticket, &number_of(ticket)?, image, &to);
    // Promised, and one an image: no daily bound may swallow it.
    outbox::enqueue(tx, &mail, ctx.now()).await?;
    Ok(true)
}

/// Closes a ticket whose requester has not answered. False when it no longer waits.
///
/// # Errors
/// When the database refuses.
pub async fn close_by_job(tx: &mut Tx, ctx: &Context, id: TicketId) -> Result<bool, ActError> {
    let now = ctx.now();
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.status != Status::WaitingOnRequester {
        return Ok(false);
    }
    due::store::update_status(tx, &ticket, Status::Closed, now).await?;
    store::insert_event(tx, id, "closed_by_job", Actor::Job, json!({ "waiting_since": ticket.waiting_since }), now)
        .await?;
    Ok(true)
}

/// What is told before a deadline, and why.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The deadline.
    pub deadline_at: DateTime<Utc>,
    /// The step, in hours before it.
    pub hours: i64,
    /// Whether the requester asked for it.
    pub is_asked: bool,
    /// The reminder of the kind that speaks, and what it says.
    pub say: Option<(&'a str, &'a str)>,
}

/// Reminds a requester that a deadline is near: one mail for each step of it, however often this is called.
///
/// # Errors
/// When the database refuses.
pub async fn remind_deadline(tx: &mut Tx, ctx: &Context, ticket: &Ticket, notice: Notice<'_>) -> Result<(), ActError> {
    let Notice { deadline_at, hours, say, .. } = notice;
    let reminder = say.map_or("", |(id, _)| id);
    // The row comes first: nobody is told twice, also when there is no address to write to.
    if !due::store::insert_notice(tx, ticket.id, deadline_at, hours, reminder, ctx.now()).await? {
        return Ok(());
    }
    let Some(Route { to, .. }) = route(tx, ticket, None).await? else { return Ok(()) };
    let mail = mails::deadline_reminder(ctx, ticket, &number_of(ticket)?, &to, notice);
    outbox::enqueue_automatic(tx, &mail, ctx.now(), ctx.settings.limits.mails_per_address_per_day).await?;
    let data = json!({ "reminder": reminder, "deadline_at": deadline_at, "hours": hours });
    store::insert_event(tx, ticket.id, "deadline_reminded", Actor::Job, data, ctx.now()).await?;
    Ok(())
}

/// Tells a requester that a close they were told of has moved, or is no more; once for each.
///
/// # Errors
/// When the database refuses.
pub async fn correct_edge(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    was: DateTime<Utc>,
    is: Option<DateTime<Utc>>,
) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    due::store::insert_notice(tx, id, was, 0, "", ctx.now()).await?;
    let Some(Route { to, .. }) = route(tx, &ticket, None).await? else { return Ok(()) };
    let mail = mails::edge_moved(ctx, &ticket, &number_of(&ticket)?, &to, was, is);
    // A wrong date must be put right: no daily bound may swallow it.
    outbox::enqueue(tx, &mail, ctx.now()).await?;
    Ok(())
}
