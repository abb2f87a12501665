//! Acts that span rooms.
