//! Who asks what: how the kinds are grouped and introduced where people choose one.

use super::InquiryKind;
use crate::desk::Lang;

/// Whom a kind is listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

    /// The kinds listed under it.
    pub fn kinds(self) -> impl Iterator<Item = InquiryKind> {
        InquiryKind::ALL.iter().copied().filter(move |kind| kind.audience() == self)
    }
}

impl InquiryKind {
    /// Whom it is listed under.
    pub fn audience(self) -> Audience {
        match self {
            Self::LoginMail
            | Self::Duplicate
            | Self::Image
            | Self::Apply
            | Self::Withdraw
            | Self::Result
            | Self::LateStart => Audience::Applicant,
            Self::Id | Self::Profile | Self::Record | Self::Transfer => Audience::Trainee,
            Self::Ceiling | Self::Curriculum => Audience::Rules,
            Self::Director => Audience::Director,
            Self::Password | Self::Trouble | Self::Other => Audience::Everyone,
        }
    }

    /// Whether it has a form of its own; the others show their answer and lead to [`InquiryKind::Other`].
    pub fn has_form(self) -> bool {
        matches!(self, Self::Id | Self::Other)
    }

    /// The heading of its form or page.
    pub fn heading(self, lang: Lang) -> &'static str {
        match self {
            Self::Id => lang.t("ログインIDを問い合わせる", "Ask for your login ID"),
            Self::Other => lang.t("問い合わせる", "Ask the desk"),
            other => other.label(lang),
        }
    }

    /// The subject of a ticket whose form asks for none.
    pub fn default_subject(self, lang: Lang) -> &'static str {
        match self {
            Self::Id => lang.t("ログインIDの問い合わせ", "Login ID"),
            other => other.label(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once() {
        let listed: Vec<_> = Audience::ALL.into_iter().flat_map(Audience::kinds).collect();
        assert_eq!(listed.len(), InquiryKind::ALL.len());
        assert_eq!(listed.len(), 17);
    }
}
