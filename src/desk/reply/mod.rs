//! What may be told to whom, and checks before sending.

pub mod check;
pub mod disclosure;
