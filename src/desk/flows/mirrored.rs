//! What follows when the copy of the online system was brought up to date: the one place for every door by which it comes
//! in (`accounts import`, `PUT /api/v1/accounts`), in the transaction of the import.

use std::sync::Arc;

use futures::FutureExt;

use super::{provisional, replacement};
use crate::desk::Context;
use crate::desk::account::{AccountId, AfterWrite};
use crate::desk::ticket::link;
use crate::platform::db::{DbError, Tx};

/// [`follow`] as what an import does after it wrote.
pub fn after_import(ctx: &Context) -> AfterWrite {
    let ctx = ctx.clone();
    Arc::new(move |tx, written| {
        let ctx = ctx.clone();
        async move { follow(tx, &ctx, &written).await }.boxed()
    })
}

/// These accounts were written: tickets that may be about them are matched again, who came with a provisional image is
/// entered in the register and who has the licence by now is let go, and whose image was taken over is told.
///
/// # Errors
/// When the database refuses.
pub async fn follow(tx: &mut Tx, ctx: &Context, written: &[AccountId]) -> Result<(), DbError> {
    link::match_again(tx, written).await?;
    provisional::follow_mirror(tx, ctx, Some(written)).await?;
    replacement::follow_mirror(tx, ctx).await
}
