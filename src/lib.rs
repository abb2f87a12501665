//! Madoguchi (窓口): one binary that runs the inquiry desk of a medical specialty board.
//!
//! The map, in dependency order: a module may use those above it, never those below
//! (`tests/all/architecture.rs` reads the `use` lines and fails on an arrow against this order).

// What any service needs: database, blobs, queue, outbox, clock, crypto, Japanese text, search index.
pub mod platform;

// The configuration: every key, its default, where it came from. The only place that reads the environment.
pub mod config;

// The domain: tickets, inquiries, accounts, periods, staff, FAQ.
pub mod desk;

// Door 4: mail in and mail out.
pub mod mail;

// Door 3: the clock.
pub mod jobs;

// Door 2: HTTP.
pub mod web;

// The application: wires the parts, runs them, stops them.
pub mod app;

// Door 1: the command line.
pub mod cli;
