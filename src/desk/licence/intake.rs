//! A file that came in becomes an image: decoded, drawn anew, sealed. Nothing of the file as it came is kept (SEC-046).

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::vault::{self, Sealed, VaultError};
use super::{Hints, ImageKind, ImageSource, hints, likeness};
use crate::desk::{Context, Lang};
use crate::platform::blob::Blobs;
use crate::platform::picture::{PictureKind, Refusal, Room, RoomError};
use crate::platform::text::size;

/// The longest name of a file that is kept, in characters.
const NAME_CHARS: usize = 120;

/// A file on its way in.
#[derive(Debug)]
pub struct Incoming {
    /// Where its bytes were gathered.
    pub path: PathBuf,
    /// What its sender called it.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// An image whose copies lie sealed in storage; no row names them yet.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What its sender called it, fit to be shown.
    pub file_name: String,
    /// Found by decoding.
    pub file_type: PictureKind,
    /// Bytes as received.
    pub file_bytes: i64,
    /// Pixels as received, upright.
    pub width: i64,
    /// Likewise.
    pub height: i64,
    /// The copy for viewing.
    pub view: Sealed,
    /// The small copy.
    pub thumb: Sealed,
    /// SHA-256 of the pixels.
    pub pixels: String,
    /// Height by width in permille.
    pub aspect: i64,
    /// Mean brightness in tenths.
    pub brightness: i64,
    /// See [`likeness`].
    pub likeness: Vec<u8>,
    /// What was noticed.
    pub hints: Hints,
}

/// A row to be: the image and where it belongs.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// The image.
    pub prepared: Prepared,
    /// The browser and form that stage it; empty when it is not staged.
    pub staged_by: String,
    /// The ticket it is for, unless it is staged.
    pub ticket_id: Option<i64>,
    /// What it is of.
    pub kind: ImageKind,
    /// How it came.
    pub source: ImageSource,
    /// When the whole of it had arrived.
    pub received_at: DateTime<Utc>,
}

/// Why a file became no image.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is no picture for us: told to its sender.
    #[error(transparent)]
    Refused(Refusal),
    /// Too many are being looked at.
    #[error("too many pictures are being looked at; try again in a minute")]
    Full,
    /// It could not be read back.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It could not be stored.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<RoomError> for IntakeError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Refused(refusal) => Self::Refused(refusal),
            RoomError::Full => Self::Full,
            RoomError::Io(error) => Self::Io(error),
        }
    }
}

/// Decodes, measures and seals.
///
/// # Errors
/// Why it became no image. Nothing names what was stored by then; the sweep removes it.
pub async fn prepare(room: &Room, blobs: &Blobs, ctx: &Context, file: &Incoming) -> Result<Prepared, IntakeError> {
    let mut picture = room.render(file.path.clone()).await?;
    let view = vault::put(blobs, ctx, std::mem::take(&mut picture.view)).await?;
    let thumb = vault::put(blobs, ctx, std::mem::take(&mut picture.thumb)).await?;
    Ok(Prepared {
        file_name: shown(&file.name),
        file_type: picture.kind,
        file_bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        width: picture.width.into(),
        height: picture.height.into(),
        view,
        thumb,
        aspect: likeness::aspect(&picture),
        brightness: likeness::brightness(&picture),
        likeness: likeness::of(&picture),
        hints: hints::measure(&picture),
        pixels: picture.pixels,
    })
}

/// A name fit to be shown: the last part of a path, without signs that turn the reading direction or cannot be seen
/// (SEC-030, SEC-040).
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_unseen = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    last.chars().filter(|c| !is_unseen(c)).take(NAME_CHARS).collect::<String>().trim().to_owned()
}

/// What is said to the sender of a file that is no picture for us: what it is, and what to do.
pub fn told(refusal: &Refusal, lang: Lang) -> String {
    let again = lang.t("PNG か JPEG の画像を選んでください。", "Choose a PNG or JPEG image.");
    match refusal {
        Refusal::Empty => lang.t("ファイルが空です。", "The file is empty.").to_owned() + again,
        Refusal::Heic => lang
            .t(
                "iPhone などの HEIC 形式の画像です。このままでは受け取れません。iPhone では「設定」→「カメラ」→「フォーマット」で「互換性優先」を選んで撮り直すと、JPEG になります。撮影済みの画像は、写真アプリで画面の写し(スクリーンショット)を撮って送ることもできます。",
                "This is a HEIC image, as iPhones take it, and we cannot take it as it is. On an iPhone choose Settings, Camera, Formats, “Most Compatible” and take the picture again: it will be a JPEG. Of a picture you already have, you can send a screenshot.",
            )
            .to_owned(),
        Refusal::Pdf => lang
            .t(
                "PDF の書類です。画像だけを受け取れます。スマートフォンで免許証を撮影するか、PDF を開いて画面の写し(スクリーンショット)を撮り、その画像を選んでください。スキャナーをお使いのときは、保存の形式で JPEG を選んでください。",
                "This is a PDF document; we can take images only. Photograph the licence with your phone, or open the PDF, take a screenshot and choose that. With a scanner, choose JPEG as the format.",
            )
            .to_owned(),
        Refusal::OtherKind(Some(name)) => match lang {
            Lang::Ja => format!("{name} 形式のファイルです。{again}"),
            Lang::En => format!("This is a file of the kind {name}. {again}"),
        },
        Refusal::OtherKind(None) => {
            lang.t("画像として読み取れないファイルです。", "This file cannot be read as an image. ").to_owned() + again
        }
        Refusal::RareJpeg => lang
            .t(
                "JPEG のなかでも、あまり使われない方式で保存された画像で、読み取れません。写真アプリやペイントで開き、JPEG か PNG で保存し直して、もう一度選んでください。",
                "This is a JPEG of a rare sort that cannot be read here. Open it in a photo program or Paint, save it as JPEG or PNG, and choose that.",
            )
            .to_owned(),
        Refusal::CutOff => lang
            .t(
                "画像が途中で切れています。元の画像を開けるか確かめて、もう一度選んでください。開けないときは撮り直してください。",
                "The image is cut off. See whether the original opens, and choose it again; if it does not open, take it again.",
            )
            .to_owned(),
        Refusal::Broken => lang
            .t(
                "画像が壊れていて開けません。元の画像を開けるか確かめ、画面の写し(スクリーンショット)を撮るか、撮り直して、もう一度選んでください。",
                "The image is damaged and cannot be opened. Take a screenshot of it, or take it again, and choose that.",
            )
            .to_owned(),
        Refusal::Animated => {
            lang.t("動く画像は受け取れません。", "Animated images cannot be taken. ").to_owned() + again
        }
        Refusal::TooManyPixels { width, height } => match lang {
            Lang::Ja => format!(
                "画素数が多すぎます({width}×{height})。4,000万画素までにしてください。写真アプリで小さくするか、カメラの画素数を下げて撮り直してください。"
            ),
            Lang::En => format!(
                "The image has too many pixels ({width}×{height}). Up to 40 million can be taken: make it smaller, or take it again at a lower resolution."
            ),
        },
    }
}

/// How large a file is that was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLarge {
    /// Its size in bytes.
    Bytes(u64),
    /// The whole of it was never seen, and its sender did not say: more than so many bytes.
    MoreThan(u64),
}

/// What is said to the sender of a file that is too large: its real size, and how to make it smaller (FAQ F09). `limit` is
/// never 0: without a limit of its own a file has that of the whole form.
pub fn too_large(found: TooLarge, limit: u64, lang: Lang) -> String {
    let limit = size::limit(limit);
    let is = match (found, lang) {
        (TooLarge::Bytes(bytes), Lang::Ja) => format!("選んだ画像は {} あります。", size::size(bytes)),
        (TooLarge::Bytes(bytes), Lang::En) => format!("The image you chose has {}.", size::size(bytes)),
        (TooLarge::MoreThan(bytes), Lang::Ja) => {
            format!("選んだ画像は {} を超えていて、途中で受け取りを止めました。", size::limit(bytes))
        }
        (TooLarge::MoreThan(bytes), Lang::En) => {
            format!("The image you chose has more than {}; we stopped taking it in.", size::limit(bytes))
        }
    };
    match lang {
        Lang::Ja => format!(
            "{is}{limit} 未満にしてください。スマートフォンでは、写真を開いて画面の写し(スクリーンショット)を撮るか、メールで自分に送るときに「中」の大きさを選ぶと小さくなります。パソコンでは、ペイントやプレビューで開き、大きさを半分にして JPEG で保存してください。"
        ),
        Lang::En => format!(
            "{is} It must be smaller than {limit}. On a phone, open the picture and take a screenshot, or mail it to yourself in “medium” size. On a computer, open it in Paint or Preview, halve its size and save it as JPEG."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_030_a_name_is_shown_without_tricks() {
        assert_eq!(shown("C:\\fakepath\\免許証.jpg"), "免許証.jpg");
        assert_eq!(shown("../../etc/cron.d/x"), "x");
        assert_eq!(shown("a\u{202e}gnp.exe\r\n"), "agnp.exe");
        assert_eq!(shown("\u{200b}.htaccess"), ".htaccess");
        assert_eq!(shown(&"あ".repeat(4_000)).chars().count(), NAME_CHARS);
    }

    #[test]
    fn the_real_size_is_told() {
        let told = |found, lang| too_large(found, 10 << 20, lang);
        assert!(told(TooLarge::Bytes(14_250_000), Lang::Ja).starts_with("選んだ画像は 14.3 MB あります。10 MB 未満"));
        assert!(told(TooLarge::Bytes(10_485_760), Lang::En).contains("has 10.5 MB. It must be smaller than 10 MB."));
        assert!(told(TooLarge::MoreThan(64 << 20), Lang::Ja).starts_with("選んだ画像は 64 MB を超えていて"));
        assert!(told(TooLarge::MoreThan(64 << 20), Lang::En).contains("has more than 64 MB;"));
    }
}
