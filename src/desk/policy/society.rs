//! The societies (領域学会) people are sent to: `config/societies.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::desk::Lang;

/// A society.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Society {
    /// 基本領域, by its Japanese name.
    pub specialty: String,
    /// Its name.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// Its pages.
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    society: Vec<Society>,
}

static ALL: LazyLock<Vec<Society>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../../config/societies.toml")).unwrap_or_default().society
});

impl Society {
    /// Every society, in the official order of the specialties.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The society of a specialty, by its stored name.
    pub fn of(specialty: &str) -> Option<&'static Self> {
        ALL.iter().find(|society| society.specialty == specialty)
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
    fn every_specialty_has_its_society_in_the_official_order() {
        let specialties = Policy::embedded().unwrap().specialties().all();
        let names: Vec<_> = specialties.iter().map(|specialty| specialty.name.as_str()).collect();
        assert_eq!(Society::all().iter().map(|society| society.specialty.as_str()).collect::<Vec<_>>(), names);
        for society in Society::all() {
            assert!(url::Url::parse(&society.url).is_ok_and(|url| url.scheme() == "https"), "{}", society.url);
            assert!(!society.name.is_ascii() && society.name_en.is_ascii(), "{}", society.name);
        }
        assert_eq!(Society::of("麻酔科").unwrap().label(Lang::Ja), "日本麻酔科学会");
        assert_eq!(Society::of("魔法科"), None);
    }
}
