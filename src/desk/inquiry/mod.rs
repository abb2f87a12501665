//! Kinds of inquiry, their fields, what each must carry.

mod audience;
mod form;
mod kind;
mod text;

pub use audience::Audience;
pub use form::{Checked, FieldErrors, InquiryForm, Limits, Said};
pub use kind::InquiryKind;
