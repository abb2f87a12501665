//! What parsed keys share: the raw text kept beside the value, and sentences in two languages.

use crate::desk::Lang;
use std::fmt;

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
