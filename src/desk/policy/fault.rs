//! What is wrong with a file of rules, and where.

use std::ops::Range;

use serde::de::DeserializeOwned;

/// A file of rules that is refused whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: line {line}: {reason}")]
pub struct TableFault {
    /// The file.
    pub file: String,
    /// Counted from 1; 0 when it is no line's fault.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl TableFault {
    /// A fault of the whole.
    pub fn whole(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: 0, reason: reason.into() }
    }
}

/// A file that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'s> {
    pub file: &'s str,
    pub text: &'s str,
}

impl Source<'_> {
    /// The file as `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, TableFault> {
        toml::from_str(self.text).map_err(|error| self.fault(error.span().unwrap_or(0..0), error.message()))
    }

    /// A fault at a place.
    pub fn fault(&self, span: Range<usize>, reason: impl Into<String>) -> TableFault {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        TableFault { file: self.file.to_owned(), line, reason: reason.into() }
    }
}
