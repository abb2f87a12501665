//! Records of the online system: the keys of persons, import, matching, duplicates.
//!
//! Keys first: [`RegistrationNumber`], [`Birthdate`], [`EmailAddress`], [`Phone`] and the keys of names each read what a
//! person typed, keep it beside the canonical form, and print masked.

mod birthdate;
mod birthdate_parse;
mod email;
mod era;
mod fold;
mod kana;
mod number;
mod phone;
mod text;

pub use birthdate::{Birthdate, BirthdateBoxes, BirthdateError, BirthdateNote, DatePart};
pub use email::{EmailAddress, EmailError, EmailNote};
pub use era::{Era, EraChoice};
pub use number::{NumberError, NumberNote, RegistrationNumber};
pub use phone::{Phone, PhoneError};
pub use text::{Entered, Lang, Wording};
