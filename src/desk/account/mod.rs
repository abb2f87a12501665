//! Records of the online system: the keys of persons, import, matching, duplicates.
//!
//! Keys first: [`RegistrationNumber`], [`Birthdate`], [`EmailAddress`], [`Phone`] and the keys of names each read what a
//! person typed, keep it beside the canonical form, and print masked. [`AccountKeys`] and [`ClaimKeys`] put them together;
//! [`match_claim`] grades a claim against candidates, which come from the database (`store`) or, for batches, from an
//! [`AccountIndex`] in memory.

mod birthdate;
mod birthdate_parse;
mod birthdate_tokens;
mod claims;
mod compare;
mod dossier;
mod duplicates;
mod email;
mod era;
mod fold;
mod import;
mod index;
mod kana;
mod keys;
mod matching;
pub mod mirror;
mod name;
pub mod nested;
mod number;
pub mod pairs;
mod parallel;
mod phone;
mod record;
pub mod store;
pub mod synth;
mod text;
pub mod twins;

pub use birthdate::{Birthdate, BirthdateBoxes, BirthdateError, BirthdateNote, DatePart};
pub use claims::{LinesReport, match_lines};
pub use compare::{Field, Mark, Reason};
pub use dossier::{Gap, gaps};
pub use duplicates::{DuplicatePair, find_duplicates};
pub use email::{EmailAddress, EmailError, EmailNote};
pub use era::{Era, EraChoice};
pub use import::{
    AccountsFile, AfterWrite, Columns, FieldError, ImportOptions, ImportReport, ImportRow, MAX_AT_ONCE, PutReport,
    Refusal, RowError, import_csv, import_records, put, read_accounts, read_bytes, renew_keys,
};
pub use index::AccountIndex;
pub use keys::{AccountKeys, Claim, ClaimKeys};
pub use matching::{Candidate, Grade, MatchOutcome, RULE_VERSION, match_claim};
pub use name::name_key;
pub use number::{NumberError, NumberNote, RegistrationNumber};
pub use phone::{Phone, PhoneError};
pub use record::{AccountId, AccountRecord, ApplicationState, LicenceImage, LoginMailState, Phase};
pub use store::Account;
pub use text::{Entered, Wording};
