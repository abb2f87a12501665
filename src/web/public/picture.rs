//! The picture of an inquiry form: chosen, staged until the form is sent, shown back to the browser that chose it.

use axum::extract::Path;
use axum::response::Response;

use crate::desk::Lang;
use crate::desk::inquiry::Said;
use crate::desk::licence::intake::{self, IntakeError, NewImage};
use crate::desk::licence::{Image, ImageKind, ImageSource, LARGE_BYTES, STAGED_FOR, store};
use crate::platform::db::{DbError, Tx};
use crate::web::upload::{FIELD, Sent};
use crate::web::{Ctx, PageError, form_key::FormKey, in_time, pictures};

/// Name of the hidden input that stands for a file that was taken already.
pub const STAGED: &str = "staged_image";

/// What a form says about its picture.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The one that will be sent.
    pub image: Option<Image>,
    /// Why the last one was not taken.
    pub error: Option<String>,
    /// A picture was named that is no longer there: it was sent already, or waited too long.
    pub is_gone: bool,
}

impl Chosen {
    /// What has to be put right.
    pub fn said(&self) -> Option<Said> {
        self.error.as_ref().map(|sentence| Said { field: FIELD.to_owned(), sentence: sentence.clone() })
    }

    /// What the person should look at before sending.
    pub fn notes(&self, lang: Lang) -> Vec<&'static str> {
        let Some(image) = &self.image else { return Vec::new() };
        let is_large = image.file_bytes.unsigned_abs() >= LARGE_BYTES;
        let large = lang.t(
            "ファイルが10 MB以上あります。この窓口では受け取れますが、オンラインシステムでは登録できない大きさです。ご自分で登録するときは、小さくしてください。",
            "The file has 10 MB or more. We can take it, but the online system cannot: make it smaller before you register it there yourself.",
        );
        image.hints.0.sentences(lang).into_iter().chain(is_large.then_some(large)).collect()
    }
}

/// Takes the file that came with the form, or finds the one that was staged before.
///
/// # Errors
/// 429 too many, or when database or storage are away.
pub async fn choose(ctx: &Ctx, key: &FormKey, staged: &str, sent: Option<Sent>) -> Result<Chosen, PageError> {
    let by = staged_by(ctx, &key.id);
    let earlier = match staged {
        "" => None,
        staged => find(ctx, staged, &by).await?,
    };
    let lang = ctx.lang();
    let error = match sent {
        None => {
            let is_gone = earlier.is_none() && !staged.is_empty();
            let error = is_gone.then(|| gone(lang).to_owned());
            return Ok(Chosen { image: earlier, error, is_gone });
        }
        Some(Sent::TooLarge { found, limit }) => intake::too_large(found, limit, lang),
        Some(Sent::Whole(file)) => {
            // Looking at a picture costs more than a form; the same form is not counted again when it is sent.
            if let Err(wait) = ctx.state().inquiries.count(ctx.ip(), Some(&key.id), ctx.now()) {
                return Err(PageError::TooMany { wait, kept: None });
            }
            let state = ctx.state();
            match intake::prepare(&state.room, &state.blobs, &state.context(), &file.incoming()).await {
                Ok(prepared) => {
                    let new = NewImage {
                        prepared,
                        staged_by: by.clone(),
                        ticket_id: None,
                        kind: ImageKind::Licence,
                        source: ImageSource::Form,
                        received_at: ctx.now(),
                    };
                    let image = stage(ctx, new).await?;
                    return Ok(Chosen { image: Some(image), error: None, is_gone: false });
                }
                Err(error) => refused(error, lang)?,
            }
        }
    };
    // What was chosen before stays chosen.
    Ok(Chosen { image: earlier, error: Some(error), is_gone: false })
}

/// The sentence for a file that was not taken.
///
/// # Errors
/// When it is no fault of the file.
pub fn refused(error: IntakeError, lang: Lang) -> Result<String, PageError> {
    match error {
        IntakeError::Refused(refusal) => Ok(intake::told(&refusal, lang)),
        IntakeError::Full => Ok(lang
            .t(
                "いま画像の受け取りが混み合っています。1分ほど待って、もう一度選んでください。",
                "Many images are arriving right now. Wait a minute and choose it again.",
            )
            .to_owned()),
        other => Err(PageError::internal(other)),
    }
}

fn gone(lang: Lang) -> &'static str {
    lang.t(
        "選んだ画像の預かり時間(1時間)が過ぎました。もう一度選んでください。",
        "The image you chose was kept for an hour only. Choose it again.",
    )
}

/// Stores it; what this form had staged before goes.
async fn stage(ctx: &Ctx, new: NewImage) -> Result<Image, PageError> {
    let (random, now) = (ctx.state().random.clone(), new.received_at);
    let write = async move |tx: &mut Tx| {
        for earlier in store::staged_by(tx, &new.staged_by).await? {
            store::erase(tx, &earlier, "discarded", now).await?;
        }
        let (_, public_id) = store::insert(tx, &new, &random).await?;
        store::find(tx, &public_id).await
    };
    let stored = in_time::<_, DbError>(ctx.state().db.write(write)).await?;
    stored.ok_or_else(|| PageError::internal("a staged image was not stored"))
}

async fn find(ctx: &Ctx, public_id: &str, by: &str) -> Result<Option<Image>, PageError> {
    let now = ctx.now();
    in_time::<_, DbError>(async { store::find_staged(&mut ctx.state().db.read().await?, public_id, by, now).await })
        .await
}

/// Who stages: this browser, for this form.
pub fn staged_by(ctx: &Ctx, form_key: &str) -> String {
    format!("{}.{form_key}", ctx.browser())
}

/// `GET /inquiries/image/staged/{id}`: the small copy, to the browser that chose the picture and to nobody else
/// (SEC-039).
///
/// # Errors
/// 404, the same for whatever is not this browser's.
pub async fn show(ctx: Ctx, Path(public_id): Path<String>) -> Result<Response, PageError> {
    let find = async { store::find(&mut ctx.state().db.read().await?, &public_id).await };
    let image = in_time::<_, DbError>(find).await?.ok_or(PageError::NotFound)?;
    let is_own = image.staged_by.split_once('.').is_some_and(|(browser, _)| browser == ctx.browser());
    let is_there = ctx.now() < image.received_at + STAGED_FOR;
    let blob = image.thumb_blob.filter(|_| is_own && is_there).ok_or(PageError::NotFound)?;
    let bytes = pictures::load(ctx.state(), &blob).await?.ok_or(PageError::NotFound)?;
    Ok(pictures::inline(bytes))
}
