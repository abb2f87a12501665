//! Invented images: one for each of some tickets about images, and a provisional one before it for every other.

use super::{DemoError, store};
use crate::desk::Context;
use crate::desk::flows::replacement;
use crate::desk::licence::intake::{self, Incoming, NewImage};
use crate::desk::licence::{ImageKind, ImageSource, Readings, store as images};
use crate::desk::staff::people;
use crate::desk::ticket::TicketId;
use crate::platform::blob::Blobs;
use crate::platform::crypto::Random;
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::picture::{Room, specimen};

/// Tickets that get an image.
const TICKETS: i64 = 12;

/// Adds them, once the tickets are matched; returns how many wait.
///
/// # Errors
/// When the database or storage refuse.
pub async fn add(db: &Db, blobs: &Blobs, ctx: &Context, seed: u64) -> Result<usize, DemoError> {
    let ctx = Context { random: Random::seeded(seed.wrapping_add(9)), ..ctx.clone() };
    let (room, now) = (Room::default(), ctx.now());
    let mut tx = db.read().await?;
    let tickets = store::image_tickets(&mut tx, TICKETS).await?;
    let staff = people::assignable(&mut tx).await?.into_iter().next();
    drop(tx);
    for (n, (ticket, account)) in (0_u64..).zip(&tickets) {
        let (ticket, account) = (*ticket, *account);
        if let Some(by) = staff.as_ref().map(|person| person.id).filter(|_| n % 2 == 0) {
            let old = image(&room, blobs, &ctx, seed.wrapping_add(500 + n), None, ImageKind::Provisional).await?;
            let random = ctx.random.clone();
            let write = async move |tx: &mut Tx| {
                let (id, _) = images::insert(tx, &old, &random).await?;
                images::take_over(tx, id, account, &Readings::default(), by, now).await
            };
            db.write::<_, DbError, _>(write).await?;
        }
        let new = image(&room, blobs, &ctx, seed.wrapping_add(n), Some(ticket), ImageKind::Licence).await?;
        let random = ctx.random.clone();
        let write = async move |tx: &mut Tx| {
            images::insert(tx, &new, &random).await?;
            replacement::arrived(tx, TicketId(ticket), "form", now).await
        };
        db.write::<_, DbError, _>(write).await?;
    }
    Ok(tickets.len())
}

async fn image(
    room: &Room,
    blobs: &Blobs,
    ctx: &Context,
    who: u64,
    ticket_id: Option<i64>,
    kind: ImageKind,
) -> Result<NewImage, DemoError> {
    let (bytes, path) = (specimen(who), blobs.temporary());
    let file = Incoming { path: path.clone(), name: "menkyo.jpg".to_owned(), bytes: bytes.len() as u64 };
    tokio::fs::write(&path, bytes).await.map_err(intake::IntakeError::Io)?;
    let prepared = intake::prepare(room, blobs, ctx, &file).await;
    // A sweep finds what cannot be removed here.
    let _ = tokio::fs::remove_file(&path).await;
    let source = if ticket_id.is_some() { ImageSource::Form } else { ImageSource::Staff };
    Ok(NewImage { prepared: prepared?, staged_by: String::new(), ticket_id, kind, source, received_at: ctx.now() })
}
