//! The one integration binary: a module per feature.

mod outbox;
mod support;
