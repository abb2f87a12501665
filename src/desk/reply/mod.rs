//! What may be told to whom, and checks before sending.

pub mod canned;
pub mod check;
pub mod disclosure;
pub mod last_look;
mod result_words;
