//! Who decides outside this desk, and where people ask them: the societies (領域学会) of `config/societies.toml`, the
//! prefectures of `config/prefectures.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::fault::{Source, TableFault};
use crate::config::rules;
use crate::desk::Lang;

/// Whom people are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// What it is in charge of, by its stored name: a specialty (基本領域) or a prefecture.
    pub of: String,
    /// The same in English.
    pub of_en: String,
    name: String,
    name_en: String,
    /// Its pages.
    pub url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Society {
    specialty: String,
    name: String,
    name_en: String,
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Societies {
    society: Vec<Society>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prefectures {
    prefectures: Vec<(String, String, String)>,
}

static SOCIETIES: LazyLock<Result<Vec<Office>, TableFault>> = LazyLock::new(|| {
    let text = rules::text("societies.toml", include_str!("../../../config/societies.toml"));
    let file: Societies = Source { file: "societies.toml", text }.parse()?;
    let office =
        |s: Society| Office { of: s.specialty, of_en: String::new(), name: s.name, name_en: s.name_en, url: s.url };
    Ok(file.society.into_iter().map(office).collect())
});

static PREFECTURES: LazyLock<Result<Vec<Office>, TableFault>> = LazyLock::new(|| {
    let text = rules::text("prefectures.toml", include_str!("../../../config/prefectures.toml"));
    let file: Prefectures = Source { file: "prefectures.toml", text }.parse()?;
    let office = |(of, of_en, url): (String, String, String)| Office {
        name: format!("{of}の医師確保を担当する課"),
        name_en: format!("{of_en}: the office in charge of securing physicians"),
        of,
        of_en,
        url,
    };
    Ok(file.prefectures.into_iter().map(office).collect())
});

impl Office {
    /// Whether the files of offices can be read.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn check() -> Result<(), TableFault> {
        SOCIETIES.as_ref().and(PREFECTURES.as_ref()).map(|_| ()).map_err(Clone::clone)
    }

    /// Every society, in the official order of the specialties.
    pub fn societies() -> &'static [Self] {
        SOCIETIES.as_deref().unwrap_or_default()
    }

    /// The 47 prefectures, from north to south.
    pub fn prefectures() -> &'static [Self] {
        PREFECTURES.as_deref().unwrap_or_default()
    }

    /// The society of a specialty, by its stored name.
    pub fn of_specialty(specialty: &str) -> Option<&'static Self> {
        Self::societies().iter().find(|office| office.of == specialty)
    }

    /// The office of a prefecture, by its stored name.
    pub fn of_prefecture(prefecture: &str) -> Option<&'static Self> {
        Self::prefectures().iter().find(|office| office.of == prefecture)
    }

    /// Its name in a language.
    pub fn label(&self, lang: Lang) -> &str {
        lang.t(&self.name, &self.name_en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::policy::Policy;

    #[test]
    fn every_specialty_has_its_society_and_every_prefecture_its_office() {
        let specialties = Policy::embedded().unwrap().specialties().all();
        let names: Vec<_> = specialties.iter().map(|specialty| specialty.name.as_str()).collect();
        assert_eq!(Office::societies().iter().map(|office| office.of.as_str()).collect::<Vec<_>>(), names);
        assert_eq!(Office::prefectures().len(), 47);
        for office in Office::societies().iter().chain(Office::prefectures()) {
            assert!(url::Url::parse(&office.url).is_ok_and(|url| url.scheme() == "https"), "{}", office.url);
            assert!(!office.name.is_ascii() && office.name_en.is_ascii(), "{}", office.name);
        }
        assert_eq!(Office::of_specialty("麻酔科").unwrap().label(Lang::Ja), "日本麻酔科学会");
        assert_eq!(Office::of_specialty("魔法科"), None);
        assert_eq!(Office::of_prefecture("北海道").unwrap().label(Lang::Ja), "北海道の医師確保を担当する課");
    }
}
