//! The last two steps of a replacement, done by the machine: the copy of the online system shows that the image was taken
//! over, and its sender is told. The clicks of staff stay for what the copy cannot show: a licence that took the place of a
//! licence.

use crate::desk::Context;
use crate::desk::flows::{cases, changes};
use crate::desk::ticket::{Actor, by_job, store as tickets};
use crate::platform::db::{DbError, Tx};

use super::{follow_case, image_object, list};

/// Moves each approved image that the mirror shows to be taken over to 反映した, tells its sender, once, at the address on
/// file, and moves on to 通知済み. Where there is no such address the case waits for staff to tell the person.
///
/// # Errors
/// When the database refuses.
pub async fn follow_mirror(tx: &mut Tx, ctx: &Context) -> Result<(), DbError> {
    let now = ctx.now();
    for taken in list::taken_over(tx).await? {
        let ticket = tickets::get(tx, taken.ticket_id).await?;
        // Of two images of one ticket the newer has moved the case.
        if cases::of(tx, &ticket).await?.is_none_or(|case| case.state.word != "approved") {
            continue;
        }
        changes::has_come_true(tx, &image_object(&taken.public_id), now).await?;
        follow_case(tx, &ticket, Actor::Job, "applied", "", now).await?;
        if by_job::tell_image_applied(tx, ctx, &ticket, (taken.kind, &taken.public_id)).await? {
            follow_case(tx, &ticket, Actor::Job, "told", "", now).await?;
        }
    }
    Ok(())
}
