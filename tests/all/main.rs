//! The one integration binary: a module per feature.

mod account_birthdate;
mod jobs;
mod outbox;
mod period;
mod staff_links;
mod staff_people;
mod staff_sign_in;
mod support;
