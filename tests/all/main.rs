//! The one integration binary: a module per feature.

mod account_birthdate;
mod outbox;
mod staff_links;
mod staff_people;
mod staff_sign_in;
mod support;
