//! Acts that span rooms.

pub mod demo;
pub mod waiting;
