//! The lists that forms offer: `config/lists.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::desk::Lang;

/// A Japanese name, which is stored and matched, and its English one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named(pub String, pub String);

impl Named {
    /// The stored name.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The name in a language.
    pub fn t(&self, lang: Lang) -> &str {
        lang.t(&self.0, &self.1)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    specialties: Vec<Named>,
    prefectures: Vec<Named>,
}

static LISTS: LazyLock<Lists> =
    LazyLock::new(|| toml::from_str(include_str!("../../../config/lists.toml")).unwrap_or_default());

/// The 19 basic specialties (基本領域), in the official order.
pub fn specialties() -> &'static [Named] {
    &LISTS.specialties
}

/// The 47 prefectures, from north to south.
pub fn prefectures() -> &'static [Named] {
    &LISTS.prefectures
}

/// The stored name of what was chosen or typed, in either language.
pub(super) fn find(list: &[Named], typed: &str) -> Option<String> {
    let named = list.iter().find(|named| named.0 == typed || named.1.eq_ignore_ascii_case(typed));
    named.map(|named| named.0.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_complete() {
        assert_eq!((specialties().len(), prefectures().len()), (19, 47));
        assert_eq!(find(specialties(), "internal medicine").as_deref(), Some("内科"));
        assert_eq!(find(prefectures(), "Tokyo").as_deref(), Some("東京都"));
        assert_eq!(find(prefectures(), "江戸"), None);
    }
}
