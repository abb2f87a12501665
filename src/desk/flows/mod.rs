//! Acts that span rooms.

pub mod approvals;
pub mod backup;
pub mod cases;
pub mod changes;
pub mod demo;
pub mod foresight;
pub mod linkage;
pub mod login_help;
pub mod mirrored;
pub mod provisional;
pub mod reminders;
pub mod repair;
pub mod replacement;
pub mod rules;
pub mod season;
pub mod storage;
pub mod waiting;
pub mod withdrawals;
