//! What is done about images from a ticket and from a registration: the one-time link, and the present image of the
//! online system, taken over so that there is something to compare with.

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::ticket::{self, Draft};
use crate::desk::account::store as accounts;
use crate::desk::audit::{self, act};
use crate::desk::flows::replacement;
use crate::desk::licence::intake::{self, NewImage};
use crate::desk::licence::link::UploadLink;
use crate::desk::licence::{Image, ImageKind, ImageSource, Readings, store};
use crate::desk::ticket::Ticket;
use crate::desk::ticket::actions::ActError;
use crate::platform::db::{DbError, Tx};
use crate::web::public::picture::refused;
use crate::web::upload::{self, Sent};
use crate::web::{PageError, Posted, in_time, qr};

/// What the ticket page shows about images.
pub struct ImagePanel {
    /// The images of the ticket.
    pub images: Vec<Image>,
    /// The newest link.
    pub link: Option<UploadLink>,
    /// Whether it still opens something.
    pub is_good: bool,
    /// The same link for a telephone, for those who may work.
    pub code: Option<qr::Code>,
    /// Whether the panel belongs on this ticket.
    pub is_shown: bool,
}

impl ImagePanel {
    /// Reads it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(tx: &mut Tx, desk: &Desk, ticket: &Ticket) -> Result<Self, DbError> {
        let images = store::of_ticket(tx, ticket.id.0).await?;
        let link = store::latest_link(tx, ticket.id.0).await?;
        let is_good = link.as_ref().is_some_and(|link| link.ended(desk.now()).is_none());
        let may_work = desk.may(crate::desk::staff::Role::Agent);
        let ctx = desk.context();
        let code = link
            .as_ref()
            .filter(|_| is_good && may_work)
            .map(|link| qr::Code::of(&link.url(&ctx, ticket.lang.prefix())));
        let is_shown = !images.is_empty()
            || link.is_some()
            || ["image", "profile", "id", "login_mail"].contains(&ticket.kind.as_str());
        Ok(Self { images, link, is_good, code, is_shown })
    }
}

/// `POST /staff/tickets/{number}/upload-link`: makes a link and mails it to where answers go.
///
/// # Errors
/// 404, or when the database is away.
pub async fn send_link(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["to"])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let (ctx, id, by) = (desk.context(), found.id, desk.id());
    // What the button stood beside: the link goes there or nowhere.
    let named = Some(form.get("to") == "on_file");
    let write = async move |tx: &mut Tx| replacement::send_link(tx, &ctx, id, ImageKind::Licence, named, by).await;
    let (status, error) = match desk.state().db.write(write).await {
        Ok(_) => {
            desk.state().wake.notify_waiters();
            return Ok(Redirect::to(&format!("/staff/tickets/{}#images", found.number)).into_response());
        }
        Err(ActError::Db(error)) => return Err(error.into()),
        Err(ActError::NoAddress) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            desk.t(
                "返信先のメールアドレスがないため、リンクを送れません。登録情報に紐付けると、登録されているアドレスに送れます。",
                "There is no mail address to send the link to. Link the inquiry to a registration first.",
            ),
        ),
        Err(ActError::Recipient) => (
            StatusCode::CONFLICT,
            desk.t(
                "リンクの宛先が、この画面を開いたときから変わりました。まだ送っていません。下の宛先を確かめて、もう一度送ってください。",
                "The link would go to another address than when this page was opened; nothing was sent. Look at the address below and send it again.",
            ),
        ),
        Err(_) => return Err(PageError::NotFound),
    };
    let draft = Draft { error: Some(error.to_owned()), ..Draft::default() };
    // Read anew: it is about another registration by now.
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    ticket::show(&desk, found, status, draft, false).await
}

/// `POST /staff/tickets/{number}/upload-link/revoke`
///
/// # Errors
/// 404, or when the database is away.
pub async fn revoke_link(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let to = format!("/staff/tickets/{}#images", found.number);
    let (ctx, by) = (desk.context(), desk.id());
    let write = async move |tx: &mut Tx| replacement::revoke_links(tx, &ctx, &found, by).await;
    desk.state().db.write::<_, DbError, _>(write).await?;
    Ok(Redirect::to(&to).into_response())
}

/// `POST /staff/accounts/{account_id}/image`: the image that the online system has now.
///
/// # Errors
/// 404, 422 a file that is no picture for us, or when database or storage are away.
pub async fn add(desk: Desk, Path(account_id): Path<String>, request: Request) -> Result<Response, PageError> {
    let account = accounts::find_by_account_id(&mut desk.read().await?, &account_id).await?;
    let account = account.ok_or(PageError::NotFound)?;
    let (Posted(form), sent) = upload::read(&desk.ctx, request).await?;
    form.only(&["kind"])?;
    let kind = ImageKind::parse(form.get("kind")).unwrap_or(ImageKind::Provisional);
    let state = desk.state();
    let error = match sent {
        None => desk.t("画像を選んでください。", "Choose an image.").to_owned(),
        Some(Sent::TooLarge { found, limit }) => intake::too_large(found, limit, desk.lang()),
        Some(Sent::Whole(file)) => {
            match intake::prepare(&state.room, &state.blobs, &state.context(), &file.incoming()).await {
                Err(error) => refused(error, desk.lang())?,
                Ok(prepared) => {
                    let new = NewImage {
                        prepared,
                        staged_by: String::new(),
                        ticket_id: None,
                        kind,
                        source: ImageSource::Staff,
                        received_at: desk.now(),
                    };
                    let (id, by, random, now) = (account.id, desk.id(), state.random.clone(), desk.now());
                    let write = async move |tx: &mut Tx| {
                        let (image, public_id) = store::insert(tx, &new, &random).await?;
                        store::take_over(tx, image, id.0, &Readings::default(), by, now).await?;
                        audit::append(tx, Some(by), act::IMAGE_ADDED, &format!("image:{public_id}"), "", now).await
                    };
                    in_time::<_, DbError>(state.db.write(write)).await?;
                    return Ok(
                        Redirect::to(&format!("{}?tab=images", super::account::href(&account_id))).into_response()
                    );
                }
            }
        }
    };
    super::account::show_with(&desk, &account_id, Some(error)).await
}
