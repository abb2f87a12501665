//! tantivy and the Japanese analysis chain. The only place that names tantivy: the rest of the house asks
//! [`MemoryIndex`] (small, rebuilt at will: the FAQ) or [`TicketIndex`] (on disk, a cache of the database).

mod analysis;
mod memory;
mod query;
mod ticket;

pub use analysis::{Analyzer, Piece};
pub use memory::{Clause, MemoryIndex};
pub(crate) use query::plain_numbers;
pub use query::{Assignee, SeenBy, TicketQuery};
pub use ticket::{TicketDoc, TicketIndex, TicketWriter};

/// Why an index could not be built, written or read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// tantivy refused.
    #[error("the search index: {0}")]
    Tantivy(#[from] tantivy::TantivyError),
    /// The directory of the index could not be made, read or removed.
    #[error("the search index in {path}: {cause}")]
    Directory {
        /// The directory.
        path: std::path::PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Another process holds the writer.
    #[error("the search index in {path} is being written by another process")]
    Busy {
        /// The directory.
        path: std::path::PathBuf,
    },
    /// A field that the index was not built with.
    #[error("the search index has no field {0}")]
    NoField(String),
}
