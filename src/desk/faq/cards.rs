//! The entries as they are looked up and listed. Ready at once; the search over them ([`super::shelf`]) takes longer.

use std::collections::{BTreeMap, HashMap};

use super::{Entry, FaqError};
use crate::desk::Lang;

/// All entries of both languages.
pub(super) struct Cards {
    list: Vec<Entry>,
    by_id: HashMap<(Lang, String), usize>,
    /// Places of one id in Japanese and in English, by id.
    pairs: Vec<[Option<usize>; 2]>,
}

impl Cards {
    /// Files the entries.
    ///
    /// # Errors
    /// An id that stands twice in one language.
    pub(super) fn new(list: Vec<Entry>) -> Result<Self, FaqError> {
        let mut by_id = HashMap::new();
        let mut ids: BTreeMap<&str, [Option<usize>; 2]> = BTreeMap::new();
        for (at, entry) in list.iter().enumerate() {
            if by_id.insert((entry.lang, entry.id.clone()), at).is_some() {
                let reason = format!("the id `{}` stands twice", entry.id);
                let file = format!("{}/{}.md", entry.lang, entry.id);
                return Err(FaqError::Format { file, line: 0, reason });
            }
            ids.entry(&entry.id).or_default()[entry.lang as usize] = Some(at);
        }
        let pairs = ids.into_values().collect();
        Ok(Self { list, by_id, pairs })
    }

    /// The entry at a place of [`Cards::pairs`].
    pub(super) fn at(&self, place: usize) -> Option<&Entry> {
        self.list.get(place)
    }

    pub(super) fn find(&self, lang: Lang, id: &str) -> Option<&Entry> {
        self.by_id.get(&(lang, id.to_owned())).and_then(|at| self.list.get(*at))
    }

    /// Of one language, by id.
    pub(super) fn of(&self, lang: Lang) -> impl Iterator<Item = &Entry> {
        self.pairs.iter().filter_map(move |pair| self.list.get(pair[lang as usize]?))
    }

    pub(super) fn pairs(&self) -> &[[Option<usize>; 2]] {
        &self.pairs
    }
}
