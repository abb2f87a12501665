//! Kinds of inquiry, their fields, what each must carry. The kinds are data: `config/kinds/{kind}.toml`, read by `load`
//! into a [`Spec`], held by the [`Catalogue`]. A new kind is a word in `kind`, its file, and its entries in the FAQ.

mod audience;
mod catalogue;
mod check;
mod form;
mod kind;
pub mod lists;
mod load;
pub mod moment;
mod own;
pub mod queues;
pub mod spec;
pub mod spells;
pub mod store;
mod terms;
mod text;

pub use audience::Audience;
pub use catalogue::{Catalogue, Given, edge_of, install, kinds_touching, ours, promise_of};
pub use check::{Checked, FieldErrors, Limits, Said};
pub use form::InquiryForm;
pub use kind::InquiryKind;
pub use load::{KindFault, VARIABLES};
pub use own::{FIRST_FISCAL_YEAR, fiscal_year};
pub use spec::Spec;
pub use terms::Terms;
pub use text::tells_a_password;
