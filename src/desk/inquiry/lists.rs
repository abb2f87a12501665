//! The lists that forms offer: the specialties of the policy tables, and the prefectures.

use std::sync::LazyLock;

use crate::desk::Lang;
use crate::desk::policy::{Office, Policy};

/// A Japanese name, which is stored and matched, and its English one.
#[derive(Debug, Clone, PartialEq, Eq)]
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

static SPECIALTIES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let all = Policy::embedded().map(|policy| policy.specialties().all()).unwrap_or_default();
    all.iter().map(|specialty| Named(specialty.name.clone(), specialty.name_en.clone())).collect()
});

static PREFECTURES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    Office::prefectures().iter().map(|office| Named(office.of.clone(), office.of_en.clone())).collect()
});

/// The 19 basic specialties (基本領域), in the official order.
pub fn specialties() -> &'static [Named] {
    &SPECIALTIES
}

/// The 47 prefectures, from north to south.
pub fn prefectures() -> &'static [Named] {
    &PREFECTURES
}

/// The stored name of a specialty, however it is written.
pub(super) fn specialty(typed: &str) -> Option<String> {
    let found = Policy::embedded().ok()?.specialties().find(typed)?;
    specialties().get(found).map(|named| named.0.clone())
}

/// The stored name of a prefecture, in either language.
pub(super) fn prefecture(typed: &str) -> Option<String> {
    let named = prefectures().iter().find(|named| named.0 == typed || named.1.eq_ignore_ascii_case(typed));
    named.map(|named| named.0.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_complete_and_read_names_in_both_languages() {
        assert_eq!((specialties().len(), prefectures().len()), (19, 47));
        assert_eq!(specialty("internal medicine").as_deref(), Some("内科"));
        assert_eq!(specialty("魔法科"), None);
        assert_eq!(prefecture("Tokyo").as_deref(), Some("東京都"));
        assert_eq!(prefecture("江戸"), None);
    }
}
