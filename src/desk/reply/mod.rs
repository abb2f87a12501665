//! What may be told to whom, and checks before sending.

pub mod disclosure;
