//! tantivy and the Japanese analysis chain.
