//! Entries and their search: the answers people find before they write.
//!
//! [`Library`] is the door: it holds the entries of both languages with their search, is cheap to clone, and is
//! rebuilt as a whole when an entry or the synonyms change (milliseconds). [`Entry`] is the file format;
//! [`evaluate()`] measures the search against labelled queries.

mod cards;
mod entry;
mod evaluate;
mod library;
mod markdown;
mod query;
mod rank;
mod shelf;
mod snippet;
pub mod store;
mod synonyms;

pub use entry::{Audience, Entry, KINDS};
pub use evaluate::{Report, evaluate};
pub use library::{Hit, Library};
pub use synonyms::Synonyms;

/// Why entries could not be loaded, or a set of queries not be measured.
#[derive(Debug, thiserror::Error)]
pub enum FaqError {
    /// A file breaks the format. Line 0 is the file as a whole.
    #[error("{file}, line {line}: {reason}")]
    Format {
        /// The file as it was given.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// A file or folder could not be read.
    #[error("{path}: {cause}")]
    Read {
        /// What was to be read.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The index refused.
    #[error(transparent)]
    Index(#[from] crate::platform::index::IndexError),
}
