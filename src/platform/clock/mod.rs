//! Time and randomness, passed in.
