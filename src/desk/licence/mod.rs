//! Licence images: what comes in is decoded and drawn anew ([`intake`]), sealed ([`vault`]), and kept with what was
//! noticed about it ([`hints`], [`likeness`]). What happens to an image between people stands in `flows::replacement`.

pub mod hints;
pub mod intake;
pub mod likeness;
pub mod link;
pub mod store;
pub mod vault;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::Lang;
use crate::platform::text::size::size;
use crate::{id_type, word_enum};

/// How long a picture that was chosen in a form waits for the form to be sent (SEC-039).
pub const STAGED_FOR: Duration = Duration::hours(1);

/// From this size on a sender is told that the file is large: the online system itself takes less than 10 MB (F09).
pub const LARGE_BYTES: u64 = 10_000_000;

id_type! {
    /// An image inside the database; outside it has a random name.
    ImageId
}

word_enum! {
    /// What an image is of.
    ImageKind {
        /// 医師免許証
        Licence = "licence",
        /// 仮の画像: another proof of the qualification for now (F05)
        Provisional = "provisional",
    }
}

impl ImageKind {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Licence => lang.t("医師免許証", "medical licence"),
            Self::Provisional => lang.t("仮の画像", "provisional image"),
        }
    }
}

word_enum! {
    /// How an image came.
    ImageSource {
        /// With the inquiry form.
        Form = "form",
        /// By a one-time link.
        Link = "link",
        /// Taken over from the online system by staff.
        Staff = "staff",
    }
}

impl ImageSource {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Form => lang.t("フォーム", "form"),
            Self::Link => lang.t("専用リンク", "one-time link"),
            Self::Staff => lang.t("事務局", "staff"),
        }
    }
}

word_enum! {
    /// Where an image stands.
    ImageState {
        /// Chosen in a form that has not been sent.
        Staged = "staged",
        /// 確認待ち
        Waiting = "waiting",
        /// 承認: the current one of its registration.
        Approved = "approved",
        /// 差し戻し
        Returned = "returned",
        /// It made way for another one.
        Replaced = "replaced",
        /// Its bytes are gone; what is left is that there was one.
        Erased = "erased",
    }
}

impl ImageState {
    /// The word people see.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Staged => lang.t("未送信", "not sent"),
            Self::Waiting => lang.t("確認待ち", "to be reviewed"),
            Self::Approved => lang.t("承認", "approved"),
            Self::Returned => lang.t("差し戻し", "returned"),
            Self::Replaced => lang.t("差し替え済み", "replaced"),
            Self::Erased => lang.t("消去済み", "erased"),
        }
    }
}

/// What was noticed about a picture, with the figures it rests on. Each is a hint for people, never a refusal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Too few pixels for the smallest print.
    pub too_small: bool,
    /// The print runs together.
    pub blurred: bool,
    /// Even the paper is dark.
    pub too_dark: bool,
    /// Energy of fine detail, in permille of that of all detail.
    pub sharpness: i64,
    /// Brightness of the paper, 0 to 255.
    pub light: i64,
}

impl Hints {
    /// A sentence for each, for the person who sends the picture and for staff.
    pub fn sentences(self, lang: Lang) -> Vec<&'static str> {
        let all = [
            (
                self.too_small,
                lang.t(
                    "画素数が少なく、細かい文字が読めないおそれがあります。",
                    "It has few pixels: small print may not be legible.",
                ),
            ),
            (
                self.blurred,
                lang.t(
                    "ぼやけていて、文字が読めないおそれがあります。",
                    "It looks blurred: the print may not be legible.",
                ),
            ),
            (
                self.too_dark,
                lang.t("暗くて、文字が読めないおそれがあります。", "It is dark: the print may not be legible."),
            ),
        ];
        all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, sentence)| sentence).collect()
    }
}

/// What a member of staff read from an image. Texts are as they were typed; empty is not read.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Readings {
    /// 氏名
    pub name: String,
    /// 医籍登録番号
    pub registration_number: String,
    /// 生年月日
    pub birthdate: String,
    /// 登録年月日
    pub registered_on: String,
    /// 鮮明さ: everything can be read.
    pub is_sharp: bool,
}

impl std::fmt::Debug for Readings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readings(***)")
    }
}

/// An image, without its bytes. Its `Debug` shows nothing of the person.
#[derive(Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0009_images.sql")]
pub struct Image {
    pub id: ImageId,
    pub public_id: String,
    pub staged_by: String,
    pub ticket_id: Option<i64>,
    pub account_id: Option<i64>,
    pub kind: ImageKind,
    pub source: ImageSource,
    pub state: ImageState,
    pub file_name: String,
    pub file_type: String,
    pub file_bytes: i64,
    pub width: i64,
    pub height: i64,
    pub view_blob: Option<String>,
    pub thumb_blob: Option<String>,
    pub pixels: String,
    pub aspect: i64,
    pub brightness: i64,
    pub likeness: Option<Vec<u8>>,
    pub hints: sqlx::types::Json<Hints>,
    pub received_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<i64>,
    pub reason: String,
    pub readings: sqlx::types::Json<Readings>,
    pub replaced_at: Option<DateTime<Utc>>,
    pub erased_at: Option<DateTime<Utc>>,
}

/// An image whose time is over, with whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DueImage {
    /// The image.
    #[sqlx(flatten)]
    pub image: Image,
    /// The number of its ticket; empty when it has none, or when only some may know of it.
    #[sqlx(rename = "due_ticket")]
    pub ticket: String,
    /// アカウントID of the registration; empty likewise.
    #[sqlx(rename = "due_account")]
    pub account: String,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Image {
    /// 「JPEG、4032×3024、2.1 MB」
    pub fn facts(&self, lang: Lang) -> String {
        let kind = self.file_type.to_uppercase();
        let comma = lang.t("、", ", ");
        format!("{kind}{comma}{}×{}{comma}{}", self.width, self.height, size(self.file_bytes.unsigned_abs()))
    }
}
