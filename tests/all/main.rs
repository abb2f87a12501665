//! The one integration binary: a module per feature.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]
#![allow(clippy::disallowed_methods, reason = "tests read MADOGUCHI_TEST_POSTGRES")]

mod account_birthdate;
mod account_claims;
mod account_cli;
mod account_import;
mod account_matching;
mod account_page;
mod account_pairs;
mod account_rematch;
mod account_signs;
mod api_accounts;
mod api_inquiries;
mod architecture;
mod audit_chain;
mod backup;
mod calendar;
mod cases;
mod clock_campaign;
mod clock_cli;
mod clock_guard;
mod confidential;
mod crash;
mod demo;
mod disclosure;
mod disclosure_timing;
mod dry_run;
mod due;
mod edge_notices;
mod edges;
mod faq_search;
mod guides;
mod image_applied;
mod image_browser;
mod image_encoders;
mod image_fixtures;
mod image_hints;
mod image_load;
mod image_review;
mod image_storage;
mod images;
mod jobs;
mod kinds;
mod kinds_browser;
mod kinds_care;
mod mail_cli;
mod mail_fixtures;
mod mail_imap;
mod mail_in;
mod mail_kill;
mod mail_out;
mod mail_postfix;
mod migrations;
mod outbox;
mod period;
mod phone_memo;
mod policy_answers;
mod policy_cli;
mod policy_tables;
mod promises;
mod rehearsal;
mod repair;
mod repair_browser;
mod season_editor;
mod season_property;
mod services;
mod smtp_sink;
mod staff_axe;
mod staff_browser;
mod staff_links;
mod staff_pages;
mod staff_people;
mod staff_permissions;
mod staff_sign_in;
mod staff_tickets;
mod stories;
mod support;
mod ticket;
mod waiting;
mod web_public;
mod whole_loop;
