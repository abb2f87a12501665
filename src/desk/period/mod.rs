//! Recruitment rounds and their edges.
