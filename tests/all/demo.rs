//! `madoguchi demo`: every page of the desk has something to show, the same seed makes the same desk, and nothing of it
//! is mailed.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi::platform::db::{Db, Tx, query};
use serde_json::Value;

use crate::support::desk::Desk;

fn demo(seed: &str) -> Desk {
    let mut desk = Desk::new(None);
    desk.set("CLOCK__NOW", "2026-12-08T10:24:00+09:00");
    let made = desk.run(&["demo", "--tickets", "200", "--accounts", "300", "--seed", seed]).pop().unwrap();
    assert_eq!((made["tickets"].as_u64(), made["accounts"].as_u64()), (Some(200), Some(300)));
    desk
}

async fn opened(desk: &Desk) -> Db {
    let url = format!("sqlite://{}", desk.folder().join("var/madoguchi.db").display());
    Db::open(&url, 2).await.unwrap()
}

async fn words(tx: &mut Tx, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = query(sql).fetch_all(tx).await.unwrap();
    rows.into_iter().collect()
}

fn has_all(found: &BTreeMap<String, i64>, wanted: &[&str]) {
    for word in wanted {
        assert!(found.get(*word).is_some_and(|n| *n > 0), "no {word} in {found:?}");
    }
}

#[tokio::test]
async fn every_page_has_something_to_show() {
    let desk = demo("1");
    let db = opened(&desk).await;
    let mut tx = db.read().await.unwrap();
    let full = "SELECT 'attachments', COUNT(*) FROM attachments \
        UNION ALL SELECT 'training_records', COUNT(*) FROM training_records \
        UNION ALL SELECT 'breaks', COUNT(*) FROM training_records WHERE status = '中断' \
        UNION ALL SELECT 'applications', COUNT(*) FROM account_applications \
        UNION ALL SELECT 'withdrawals', COUNT(*) FROM account_withdrawals \
        UNION ALL SELECT 'pairs', COUNT(*) FROM duplicate_pairs WHERE dismissed_at IS NULL \
        UNION ALL SELECT 'change_requests', COUNT(*) FROM change_requests \
        UNION ALL SELECT 'linkage_cells', COUNT(*) FROM linkage_cells \
        UNION ALL SELECT 'phone_memos', COUNT(*) FROM phone_memos \
        UNION ALL SELECT 'runs', COUNT(*) FROM runs";
    let full = words(&mut tx, full).await;
    assert!(full.values().all(|n| *n > 0), "{full:?}");
    let grades = words(&mut tx, "SELECT grade, COUNT(*) FROM tickets GROUP BY grade").await;
    has_all(&grades, &["exact", "strong", "weak", "none", "conflict"]);
    let held = words(&mut tx, "SELECT cause, COUNT(*) FROM raw_mails WHERE outcome = 'held' GROUP BY cause").await;
    has_all(&held, &["too_large", "undecodable", "bounce_of_nobody", "list", "automatic"]);
    let mails = words(&mut tx, "SELECT outcome, COUNT(*) FROM raw_mails GROUP BY outcome").await;
    assert!(mails["opened"] >= 15 && mails["appended"] >= 2, "{mails:?}");
    let outbox = words(&mut tx, "SELECT state, COUNT(*) FROM outbox GROUP BY state").await;
    has_all(&outbox, &["sent", "queued", "failed", "unknown"]);
    let approvals = words(&mut tx, "SELECT state, COUNT(*) FROM approvals GROUP BY state").await;
    has_all(&approvals, &["asked", "approved"]);
    let statuses = words(&mut tx, "SELECT status, COUNT(*) FROM tickets GROUP BY status").await;
    let all = ["new", "open", "waiting_on_requester", "waiting_on_third_party", "resolved", "closed"];
    has_all(&statuses, &all);

    // No ticket is linked long after it came in, and nobody is told of a later day than today.
    let late: Vec<(i64,)> = query(
        "SELECT e.id FROM events e JOIN tickets t ON t.id = e.ticket_id \
         WHERE e.kind IN ('linked', 'matched') AND julianday(e.at) > julianday(t.received_at) + 0.01",
    )
    .fetch_all(&mut tx)
    .await
    .unwrap();
    assert_eq!(late, []);
    assert!(!desk.folder().join("var/mail/out").exists(), "no mail has left");
}

#[test]
fn the_same_seed_makes_the_same_desk_and_another_makes_another() {
    let told = |seed| {
        let lines = demo(seed).run(&["tickets", "list", "--limit", "500"]);
        let kept = |line: &Value| {
            ["number", "kind", "status", "subject", "requester", "account", "grade"].map(|key| line[key].clone())
        };
        lines.iter().map(kept).collect::<Vec<_>>()
    };
    let first = told("1");
    // Spam is not listed.
    assert!((190..200).contains(&first.len()), "{}", first.len());
    assert_eq!(first, told("1"));
    assert_ne!(first, told("2"));
    let numbers: BTreeSet<String> = first.iter().map(|line| line[0].to_string()).collect();
    assert_eq!(numbers.len(), first.len());
}
