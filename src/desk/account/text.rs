//! What parsed keys share: the raw text kept beside the value, and sentences in two languages.

use std::fmt;

/// The language of a page or mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

/// A sentence for the person at the form.
pub trait Wording {
    /// The sentence in the given language.
    fn wording(&self, lang: Lang) -> String;
}

/// What was typed and what was understood. Prints neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Entered<T, N> {
    /// Exactly as typed.
    pub raw: String,
    /// The canonical form.
    pub value: T,
    /// What the confirmation page should point at.
    pub notes: Vec<N>,
}

impl<T, N> Entered<T, N> {
    pub(super) fn new(raw: &str, value: T, notes: Vec<N>) -> Self {
        Self { raw: raw.to_owned(), value, notes }
    }
}

impl<T: fmt::Debug, N: fmt::Debug> fmt::Debug for Entered<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").field("raw", &"***").field("value", &self.value).field("notes", &self.notes).finish()
    }
}
