//! Acts that span rooms.

pub mod approvals;
pub mod changes;
pub mod demo;
pub mod login_help;
pub mod repair;
pub mod waiting;
