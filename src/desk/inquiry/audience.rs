//! Who asks what: how the kinds are grouped where people choose one. Which kind is listed where stands in its file.

use serde::Deserialize;

use crate::desk::Lang;

/// Whom a kind is listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// 応募する方
    Applicant,
    /// 研修中の方
    Trainee,
    /// 制度について知りたい方
    Rules,
    /// 統括責任者・施設の方
    Director,
    /// すべての方
    Everyone,
}

impl Audience {
    /// In the order of the pages.
    pub const ALL: [Self; 5] = [Self::Applicant, Self::Trainee, Self::Rules, Self::Director, Self::Everyone];

    /// The heading.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Applicant => lang.t("応募する方", "Applicants"),
            Self::Trainee => lang.t("研修中の方", "Doctors in training"),
            Self::Rules => lang.t("制度について知りたい方", "The rules of the system"),
            Self::Director => lang.t("統括責任者・施設の方", "Programme directors and hospitals"),
            Self::Everyone => lang.t("すべての方", "Everyone"),
        }
    }

    /// A word for addresses within a page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Trainee => "trainee",
            Self::Rules => "rules",
            Self::Director => "director",
            Self::Everyone => "everyone",
        }
    }
}
