//! Keys, MACs, tokens, password hashes.
