//! Records of the online system: the keys of persons, import, matching, duplicates.
//!
//! Keys first: [`RegistrationNumber`], [`Birthdate`], [`EmailAddress`], [`Phone`] and the keys of names each read what a
//! person typed, keep it beside the canonical form, and print masked. [`AccountKeys`] and [`ClaimKeys`] put them together;
//! [`match_claim`] grades a claim against candidates, which come from the database (`store`) or, for batches, from an
//! [`AccountIndex`] in memory.

mod birthdate;
mod birthdate_parse;
mod compare;
mod duplicates;
mod email;
mod era;
mod fold;
mod index;
mod kana;
mod keys;
mod matching;
mod name;
mod number;
mod phone;
mod record;
mod text;

pub use birthdate::{Birthdate, BirthdateBoxes, BirthdateError, BirthdateNote, DatePart};
pub use compare::{Field, Mark, Reason};
pub use duplicates::{DuplicatePair, find_duplicates};
pub use email::{EmailAddress, EmailError, EmailNote};
pub use era::{Era, EraChoice};
pub use index::AccountIndex;
pub use keys::{AccountKeys, Claim, ClaimKeys};
pub use matching::{Candidate, Grade, MatchOutcome, RULE_VERSION, match_claim};
pub use name::name_key;
pub use number::{NumberError, NumberNote, RegistrationNumber};
pub use phone::{Phone, PhoneError};
pub use record::{AccountId, AccountRecord, ApplicationState, LicenceImage, LoginMailState, Phase};
pub use text::{Entered, Wording};
