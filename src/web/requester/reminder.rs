//! `POST /status/{number}/reminder`: whether the requester is reminded before the close the ticket touches. Only the holder
//! of a mailed link may ask for it: that the address is theirs is then known.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::grants;
use crate::desk::reply::disclosure::Viewer;
use crate::desk::ticket::actions::{self, ActError};
use crate::platform::db::Tx;
use crate::web::{Ctx, PageError, Posted};

/// The button of the page.
pub async fn set(ctx: Ctx, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["wanted"])?;
    let Some((ticket, Viewer::Link { .. })) = grants::opened(&ctx, &number).await? else {
        return Err(PageError::NotFound);
    };
    let (id, wanted, now) = (ticket.id, form.get("wanted") == "1", ctx.now());
    let write = async move |tx: &mut Tx| actions::want_reminder(tx, id, wanted, now).await;
    ctx.state().db.write::<(), ActError, _>(write).await?;
    Ok(Redirect::to(&format!("{}/status/{}", ctx.lang().prefix(), ticket.number)).into_response())
}
