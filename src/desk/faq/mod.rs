//! Entries and their search.
