//! The walls of the house (design: "The house"): who may use whom, and where each library, SQL text and the
//! environment may be met. The rules read the sources; each is shown below to be able to fail.

mod source;

use std::path::Path;

use source::Source;

/// The modules of the crate in dependency order: a module may use those before it, never those after it.
const HOUSE: &[&str] = &["platform", "config", "desk", "mail", "jobs", "web", "app", "cli"];

/// The rooms of the domain, likewise.
const DESK: &[&str] = &[
    "context", "audit", "calendar", "staff", "period", "account", "policy", "faq", "licence", "inquiry", "reply",
    "ticket", "flows",
];

/// Doors do not go through one another, whatever the order says: (who, whom).
const NEVER: &[(&str, &str)] = &[("web", "jobs"), ("jobs", "web")];

/// A library (or a part of one) and the only places that may name it.
const FENCES: &[(&str, &[&str])] = &[
    ("axum", &["src/web/"]),
    ("askama_web", &["src/web/"]),
    ("hyper", &["src/web/"]),
    ("hyper_util", &["src/web/"]),
    ("tower", &["src/web/"]),
    // The texts of mails are templates as well.
    ("askama", &["src/web/", "src/desk/ticket/mails.rs", "src/desk/ticket/mails/"]),
    ("lettre", &["src/mail/"]),
    ("mail_parser", &["src/mail/"]),
    ("async_imap", &["src/mail/inbox/imap/"]),
    ("tantivy", &["src/platform/index/"]),
    // Pictures from outside are decoded in one place, and storage is spoken to in another.
    ("image", &["src/platform/picture/"]),
    ("madoguchi_codec", &["src/platform/picture/"]),
    ("object_store", &["src/platform/blob/"]),
    ("aws_lc_rs", &["src/platform/seal.rs", "src/mail/inbox/imap/server.rs"]),
    ("tokio_cron_scheduler", &["src/jobs/"]),
    ("std::env", &["src/config.rs"]),
];

/// A file with more lines than this, unit tests aside, is named; with more than the second number it fails.
const LONG: usize = 400;
const TOO_LONG: usize = 480;
/// Stories are read one at a time: a file of the test binary may be longer.
const TOO_LONG_TEST: usize = 700;

#[test]
fn no_source_breaks_a_wall_of_the_house() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = Source::read_all(root, &["src"]);
    assert!(sources.len() > 20, "the sources were not found under {}", root.display());
    let broken: Vec<String> = sources.iter().flat_map(violations).collect();
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_person_reads_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = Source::read_all(root, &["src", "tests", "benches"]);
    for long in sources.iter().filter(|s| s.lines() > LONG) {
        eprintln!("{} has {} lines: time to split it", long.path, long.lines());
    }
    let broken: Vec<String> = sources.iter().filter_map(too_long).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Every rule that one source breaks, a sentence each.
fn violations(source: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    broken.extend(arrows(source));
    broken.extend(fences(source));
    broken.extend(sql_outside_a_store(source));
    broken
}

/// Uses against the order of the modules and of the rooms.
fn arrows(source: &Source) -> Vec<String> {
    let here = source.module();
    let mut broken = Vec::new();
    for (line, path) in source.crate_paths() {
        let mut check = |order: &[&str], from: Option<&String>, to: Option<&String>| {
            let place = |name: Option<&String>| order.iter().position(|m| name.is_some_and(|n| n == m));
            if let (Some(from), Some(to)) = (place(from), place(to)) {
                let never = NEVER.contains(&(order[from], order[to]));
                if to > from || never {
                    broken.push(format!(
                        "{}:{line}: {} may not use {} ({})",
                        source.path,
                        order[from],
                        order[to],
                        path.join("::")
                    ));
                }
            }
        };
        check(HOUSE, here.first(), path.first());
        if here.first().is_some_and(|m| m == "desk") && path.first().is_some_and(|m| m == "desk") {
            check(DESK, here.get(1), path.get(1));
        }
    }
    broken
}

/// Libraries met outside their place.
fn fences(source: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for (line, path) in source.outside_paths() {
        for (library, places) in FENCES {
            let library_path: Vec<&str> = library.split("::").collect();
            let names_it = path.len() >= library_path.len() && library_path.iter().zip(&path).all(|(l, p)| l == p);
            if names_it && !places.iter().any(|place| source.path.starts_with(place)) {
                broken.push(format!("{}:{line}: {library} may be met only in {}", source.path, places.join(", ")));
            }
        }
    }
    broken
}

/// SQL text met outside a store.
fn sql_outside_a_store(source: &Source) -> Vec<String> {
    let path = source.path.as_str();
    let is_store = path.starts_with("src/platform/")
        || path.ends_with("/store.rs")
        || path.ends_with("/list.rs")
        || path.contains("/store/");
    if is_store {
        return Vec::new();
    }
    let statement = |text: &str| {
        let words = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "WITH ", "CREATE TABLE "];
        words.iter().any(|word| text.trim_start().starts_with(word))
    };
    let texts = source.literals().into_iter().filter(|(_, text)| statement(text)).map(|(line, _)| line);
    let uses = source.crate_paths().into_iter().filter(|(_, p)| p.join("::") == "platform::db::query").map(|(l, _)| l);
    let mut lines: Vec<usize> = texts.chain(uses).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
        .into_iter()
        .map(|line| format!("{path}:{line}: SQL may stand only in store.rs, list.rs, store/ and src/platform/"))
        .collect()
}

fn too_long(source: &Source) -> Option<String> {
    let most = if source.path.starts_with("tests/") { TOO_LONG_TEST } else { TOO_LONG };
    (source.lines() > most).then(|| format!("{} has {} lines: split it", source.path, source.lines()))
}

fn broken_by(path: &str, text: &str) -> Vec<String> {
    violations(&Source::new(path, text))
}

#[test]
fn an_arrow_against_the_order_is_seen_in_every_way_of_writing_it() {
    let ways = [
        ("src/desk/ticket/store.rs", "use crate::web::Ctx;"),
        ("src/platform/clock.rs", "use crate::{config::Settings};"),
        ("src/desk/ticket/store.rs", "use crate::{\n  platform::db::Tx,\n  web::{self, Ctx},\n};"),
        ("src/desk/ticket/store.rs", "fn f() { crate::mail::send(); }"),
        ("src/desk/ticket/store.rs", "use super::super::super::web::Ctx;"),
        ("src/desk/ticket/mod.rs", "pub use super::super::jobs;"),
        ("src/web/public/mod.rs", "use crate::jobs::service;"),
        ("src/jobs/mod.rs", "use crate::web;"),
    ];
    for (path, text) in ways {
        assert!(!broken_by(path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn a_room_of_the_domain_may_use_only_the_rooms_before_it() {
    assert_eq!(broken_by("src/desk/staff/people.rs", "use crate::desk::ticket::TicketId;").len(), 1);
    assert_eq!(broken_by("src/desk/staff/people.rs", "use super::super::{ticket::TicketId, audit};").len(), 1);
    assert_eq!(broken_by("src/desk/staff.rs", "use super::ticket;").len(), 1);
    assert!(broken_by("src/desk/ticket/actions.rs", "use crate::desk::{Lang, audit, staff::Staff};").is_empty());
    assert!(broken_by("src/desk/ticket/actions.rs", "use super::store;\nuse super::ticket;").is_empty());
}

#[test]
fn comments_strings_and_tests_are_not_uses() {
    let text = "// use crate::web;\n/* crate::web */ fn f() -> &'static str { \"crate::web 'a\" }\n\
                fn g<'a>(c: &'a char) -> bool { *c == '\"' || *c == '\\'' }\n\
                #[cfg(test)]\nmod tests { use crate::web; }";
    assert!(broken_by("src/desk/audit/mod.rs", text).is_empty());
}

#[test]
fn a_library_outside_its_fence_is_seen() {
    for (path, text) in [
        ("src/desk/ticket/intake.rs", "use axum::http::StatusCode;"),
        ("src/desk/ticket/intake.rs", "fn f() -> axum::Router { todo() }"),
        ("src/desk/reply/mod.rs", "use askama::Template;"),
        ("src/jobs/mod.rs", "use {chrono::Utc, lettre::Message};"),
        ("src/web/mod.rs", "use mail_parser::MessageParser;"),
        ("src/desk/faq/query.rs", "pub use tantivy;"),
        ("src/app.rs", "use tokio_cron_scheduler as cron;"),
        ("src/web/server.rs", "fn f() { std::env::var_os(\"HOME\"); }"),
        ("src/web/server.rs", "use std::{env, fs};"),
    ] {
        assert_eq!(broken_by(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/web/mod.rs", "use axum::Router;"),
        ("src/desk/ticket/mails.rs", "use askama::Template;"),
        ("src/mail/parse/mod.rs", "use mail_parser::MessageParser;"),
        ("src/platform/index/mod.rs", "use tantivy::Index;"),
        ("src/config.rs", "use std::env;"),
        ("src/web/assets.rs", "const V: &str = env!(\"CARGO_PKG_VERSION\");"),
        ("src/web/assets.rs", "fn f(axum: u8) -> u8 { axum }"),
    ] {
        assert!(broken_by(path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn sql_outside_a_store_is_seen() {
    let select = "fn f() { let q = \"SELECT id FROM tickets\"; }";
    assert_eq!(broken_by("src/web/staff/queue.rs", select).len(), 1);
    assert_eq!(broken_by("src/web/staff/queue.rs", "const Q: &str = r#\"\n  DELETE FROM staff\"#;").len(), 1);
    assert_eq!(broken_by("src/desk/ticket/actions.rs", "use crate::platform::db::{Tx, query};").len(), 1);
    for path in ["src/desk/ticket/store.rs", "src/desk/ticket/list.rs", "src/desk/a/store/b.rs", "src/platform/x.rs"] {
        assert!(broken_by(path, select).is_empty(), "{path}");
    }
    assert!(broken_by("src/web/a.rs", "const BUTTON: &str = \"Select a file\"; // SELECT 1").is_empty());
}

#[test]
fn a_file_that_is_too_long_is_seen() {
    assert!(too_long(&Source::new("src/a.rs", &"\n".repeat(TOO_LONG))).is_none());
    assert!(too_long(&Source::new("src/a.rs", &"\n".repeat(TOO_LONG + 1))).is_some());
    let tested = "\n".repeat(TOO_LONG) + "#[cfg(test)]\nmod tests {\n}\n";
    assert!(too_long(&Source::new("src/a.rs", &tested)).is_none());
    assert!(too_long(&Source::new("tests/all/a.rs", &tested)).is_none());
}
