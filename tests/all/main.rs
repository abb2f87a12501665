//! The one integration binary: a module per feature.

mod account_birthdate;
mod outbox;
mod support;
