//! People, roles, sign-in, sessions.
