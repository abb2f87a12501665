//! Kinds of inquiry, their fields, what each must carry.

mod kind;

pub use kind::InquiryKind;
