//! Acts that span rooms.

pub mod demo;
