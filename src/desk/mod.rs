//! The domain: what the product is about. Knows nothing of HTTP, SMTP or cron. In the order of who may use whom.

pub mod account;
pub mod audit;
pub mod calendar;
pub mod context;
pub mod faq;
pub mod flows;
pub mod inquiry;
pub mod licence;
pub mod period;
pub mod policy;
pub mod reply;
pub mod staff;
pub mod ticket;

pub use context::Context;

use crate::word_enum;

word_enum! {
    /// The language a person is answered in.
    Lang {
        /// Japanese, the default.
        Ja = "ja",
        /// English, under `/en`.
        En = "en",
    }
}

impl Lang {
    /// The text in this language; both stand side by side where they are written.
    pub fn t<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    /// Whether this is Japanese.
    pub fn is_ja(self) -> bool {
        self == Self::Ja
    }

    /// What stands before a public path in this language.
    pub fn prefix(self) -> &'static str {
        self.t("", "/en")
    }

    /// The other language.
    pub fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }
}
