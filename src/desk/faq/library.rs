//! The entries of both languages with their search.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::NaiveDate;
use lru::LruCache;

use super::cards::Cards;
use super::query::Query;
use super::shelf::{Shelf, Wanted};
use super::{Entry, FaqError, Synonyms};
use crate::desk::Lang;

/// The file of the synonyms in a folder of entries.
const SYNONYMS: &str = "synonyms.txt";
/// The answers to so many questions are kept at hand (some 20 KB each at most): people ask the same few hundred.
const AT_HAND: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// A longer question, in bytes, is hardly asked twice.
const SHORT: usize = 300;

#[derive(rust_embed::Embed)]
#[folder = "faq/"]
struct Embedded;

/// A found entry.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hit {
    /// The entry.
    pub id: String,
    /// Orders the hits; comparable only within one answer.
    pub score: f32,
    /// Its question.
    pub title: String,
    /// The fitting piece of its answer as escaped HTML with `<mark>`.
    #[serde(skip)]
    pub snippet_html: String,
    /// The same as plain text.
    pub snippet: String,
}

/// The entries of both languages with their search. A clone is a pointer.
#[derive(Clone)]
pub struct Library {
    inner: Arc<Inner>,
}

/// What was found before, by what was typed and wanted.
type AtHand = LruCache<(String, Wanted), Arc<[Hit]>>;

struct Inner {
    cards: Cards,
    synonyms: Synonyms,
    /// Built by [`Library::warm`] or by the first search; empty when the index refused.
    shelf: OnceLock<Option<Shelf>>,
    /// What was found lately; the entries never change within a library.
    at_hand: Mutex<AtHand>,
}

impl Library {
    /// The entries that come with the program.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn embedded() -> Result<Self, FaqError> {
        let mut files = Vec::new();
        for name in Embedded::iter() {
            let ours = lang_of(&name).is_some() || name == SYNONYMS;
            if let Some(file) = Embedded::get(&name).filter(|_| ours) {
                files.push((name.to_string(), String::from_utf8_lossy(&file.data).into_owned()));
            }
        }
        Self::from_files(files)
    }

    /// The entries in a folder laid out like `faq/`: `ja/*.md`, `en/*.md`, `synonyms.txt`.
    ///
    /// # Errors
    /// The first file that cannot be read or breaks the format, with its line.
    pub fn from_dir(path: &Path) -> Result<Self, FaqError> {
        Self::from_files(read_dir(path)?)
    }

    /// Every fault of a folder laid out like `faq/`; empty when it can be loaded.
    ///
    /// # Errors
    /// The folder itself cannot be read.
    pub fn check(path: &Path) -> Result<Vec<FaqError>, FaqError> {
        let (mut faults, mut entries) = (Vec::new(), Vec::new());
        for (name, text) in read_dir(path)? {
            match lang_of(&name) {
                Some(lang) => match Entry::parse(&name, lang, &text) {
                    Ok(entry) => entries.push(entry),
                    Err(fault) => faults.push(fault),
                },
                None => faults.extend(Synonyms::parse(&name, &text).err()),
            }
        }
        faults.extend(cross_faults(&entries));
        Ok(faults)
    }

    /// A library of these entries, from wherever they come.
    ///
    /// # Errors
    /// An id that stands twice in one language.
    pub fn new(entries: Vec<Entry>, synonyms: Synonyms) -> Result<Self, FaqError> {
        let (cards, at_hand) = (Cards::new(entries)?, Mutex::new(LruCache::new(AT_HAND)));
        Ok(Self { inner: Arc::new(Inner { cards, synonyms, shelf: OnceLock::new(), at_hand }) })
    }

    /// Builds the search (some 50 ms of work), so that no reader has to wait for it.
    pub fn warm(&self) {
        let _ = self.shelf();
    }

    fn shelf(&self) -> Option<&Shelf> {
        let build = || match Shelf::build(&self.inner.cards, &self.inner.synonyms) {
            Ok(shelf) => Some(shelf),
            Err(cause) => {
                // The index is in memory: this is a fault of ours, and a reader still gets the list and the forms.
                tracing::error!(%cause, "the search over the FAQ could not be built");
                None
            }
        };
        self.inner.shelf.get_or_init(build).as_ref()
    }

    fn from_files(files: Vec<(String, String)>) -> Result<Self, FaqError> {
        let (mut entries, mut synonyms) = (Vec::new(), Synonyms::default());
        for (name, text) in files {
            match lang_of(&name) {
                Some(lang) => entries.push(Entry::parse(&name, lang, &text)?),
                None => synonyms = Synonyms::parse(&name, &text)?,
            }
        }
        match cross_faults(&entries).into_iter().next() {
            Some(fault) => Err(fault),
            None => Self::new(entries, synonyms),
        }
    }

    /// The entry with this id in this language.
    pub fn entry(&self, lang: Lang, id: &str) -> Option<&Entry> {
        self.inner.cards.find(lang, id)
    }

    /// All entries of a language, by id.
    pub fn entries(&self, lang: Lang) -> impl Iterator<Item = &Entry> {
        self.inner.cards.of(lang)
    }

    /// The entries of a language that belong to an inquiry kind: first those for which it is the nearest kind.
    pub fn by_kind(&self, lang: Lang, kind: &str) -> Vec<&Entry> {
        let place = |entry: &Entry| entry.kinds.iter().position(|k| k == kind);
        let mut found: Vec<_> =
            self.entries(lang).filter(|entry| entry.is_public() && place(entry).is_some()).collect();
        found.sort_by_key(|entry| place(entry));
        found
    }

    /// The synonyms it searches with.
    pub fn synonyms(&self) -> &Synonyms {
        &self.inner.synonyms
    }

    /// The best `limit` public entries for what was typed, shown in `lang` (in the other language where they have only that).
    /// Nothing only for what shares no word with any entry.
    pub fn search(&self, lang: Lang, typed: &str, limit: usize) -> Vec<Hit> {
        self.find(typed, Wanted { lang, limit, unfinished: false, on: None })
    }

    /// The same among the entries that hold on a day.
    pub fn search_on(&self, day: NaiveDate, lang: Lang, typed: &str, limit: usize) -> Vec<Hit> {
        self.find(typed, Wanted { lang, limit, unfinished: false, on: Some(day) })
    }

    /// The same while typing: the last word may be unfinished.
    pub fn suggest(&self, lang: Lang, typed: &str, limit: usize) -> Vec<Hit> {
        self.find(typed, Wanted { lang, limit, unfinished: true, on: None })
    }

    fn find(&self, typed: &str, wanted: Wanted) -> Vec<Hit> {
        let asked = (typed.len() <= SHORT).then(|| (typed.to_owned(), wanted));
        if let Some(found) = asked.as_ref().and_then(|asked| self.at_hand().get(asked).cloned()) {
            return found.to_vec();
        }
        let Some(shelf) = self.shelf() else { return Vec::new() };
        let found = shelf.search(&self.inner.cards, Query::parse(typed, &self.inner.synonyms), wanted);
        if let Some(asked) = asked {
            self.at_hand().put(asked, found.as_slice().into());
        }
        found
    }

    fn at_hand(&self) -> std::sync::MutexGuard<'_, AtHand> {
        self.inner.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lang_of(name: &str) -> Option<Lang> {
    Lang::ALL
        .iter()
        .copied()
        .find(|lang| name.ends_with(".md") && name.split(['/', '\\']).rev().nth(1) == Some(lang.as_str()))
}

/// What only shows when all entries are there: an id twice, a language missing, a link to no entry.
fn cross_faults(entries: &[Entry]) -> Vec<FaqError> {
    let file = |entry: &Entry| format!("{}/{}.md", entry.lang.as_str(), entry.id);
    let fault = |entry: &Entry, reason: String| FaqError::Format { file: file(entry), line: 0, reason };
    let mut known = HashSet::new();
    let mut faults = Vec::new();
    for entry in entries {
        if !known.insert((entry.lang, entry.id.as_str())) {
            faults.push(fault(entry, format!("the id `{}` stands twice", entry.id)));
        }
    }
    for entry in entries {
        for lang in Lang::ALL.iter().copied() {
            if !known.contains(&(lang, entry.id.as_str())) {
                faults.push(fault(entry, format!("there is no {}/{}.md", lang.as_str(), entry.id)));
            }
        }
        for target in entry.answer.split("](/faq/").skip(1).chain(entry.answer.split("](/en/faq/").skip(1)) {
            let id = target.split([')', '#', '?']).next().unwrap_or_default();
            if !known.contains(&(entry.lang, id)) {
                faults.push(fault(entry, format!("it links to the entry `{id}`, which is not there")));
            }
        }
    }
    faults
}

fn read_dir(path: &Path) -> Result<Vec<(String, String)>, FaqError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |cause| FaqError::Read { path, cause }
    };
    let mut files = Vec::new();
    for lang in Lang::ALL.iter().copied() {
        let folder = path.join(lang.as_str());
        let mut names = Vec::new();
        for file in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            names.push(file.map_err(failed(&folder))?.path());
        }
        names.sort();
        for name in names.into_iter().filter(|name| name.extension().is_some_and(|e| e == "md")) {
            let text = std::fs::read(&name).map_err(failed(&name))?;
            let shown = name.display().to_string();
            let text = String::from_utf8(text).map_err(|_| FaqError::Format {
                file: shown.clone(),
                line: 0,
                reason: "the file is not UTF-8".to_owned(),
            })?;
            files.push((shown, text));
        }
    }
    let synonyms = path.join(SYNONYMS);
    if synonyms.exists() {
        files.push((synonyms.display().to_string(), std::fs::read_to_string(&synonyms).map_err(failed(&synonyms))?));
    }
    Ok(files)
}
