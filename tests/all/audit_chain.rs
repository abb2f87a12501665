//! The chain over the audit (SEC-063): a line that is changed, taken out or put in shows, and so does an end that was cut
//! off. On both databases, and through `madoguchi verify`.

use madoguchi::desk::audit::{self, act, seal};
use madoguchi::platform::crypto::Keys;
use madoguchi::platform::db::{Db, DbError, Tx, query};

use super::support::desk::Desk;
use super::support::{on_each_database, some_morning};

fn keys() -> Keys {
    Keys::new([5; 32])
}

async fn write(db: &Db, lines: std::ops::Range<i64>) {
    let write = async move |tx: &mut Tx| {
        for n in lines {
            audit::append(tx, None, act::RUN_ASKED, &format!("job:{n}"), "by a test", some_morning()).await?;
        }
        Ok::<_, DbError>(())
    };
    db.write(write).await.unwrap();
}

async fn sealed(db: &Db, limit: i64) -> Result<u64, DbError> {
    db.write(async move |tx: &mut Tx| seal::seal(tx, &keys(), limit).await).await
}

async fn run(db: &Db, sql: &'static str) {
    db.write::<_, DbError, _>(async move |tx: &mut Tx| query(sql).execute(tx).await).await.unwrap();
}

/// What the walk along the chain finds: sealed, unsealed, faults.
async fn found(db: &Db, keys: &Keys) -> (u64, u64, Vec<String>) {
    let mut faults = Vec::new();
    let tell = |what: &str, problem: String| faults.push(format!("{what}: {problem}"));
    let chain = seal::check(&mut db.read().await.unwrap(), keys, tell).await.unwrap();
    (chain.sealed, chain.unsealed, faults)
}

#[tokio::test]
async fn sec_063_lines_are_sealed_in_batches_and_an_unsealed_tail_is_normal() {
    on_each_database(async |db| {
        assert_eq!(found(&db, &keys()).await, (0, 0, vec![]));
        write(&db, 0..7).await;
        assert_eq!(found(&db, &keys()).await, (0, 7, vec![]));
        assert_eq!(sealed(&db, 5).await.unwrap(), 5);
        assert_eq!(found(&db, &keys()).await, (5, 2, vec![]));
        assert_eq!((sealed(&db, 5).await.unwrap(), sealed(&db, 5).await.unwrap()), (2, 0));
        write(&db, 7..9).await;
        assert_eq!(sealed(&db, 5).await.unwrap(), 2);
        assert_eq!(found(&db, &keys()).await, (9, 0, vec![]));
        let (_, _, faults) = found(&db, &Keys::new([6; 32])).await;
        assert!(faults[0].contains("master key"), "{faults:?}");
    })
    .await;
}

#[tokio::test]
async fn sec_063_whatever_is_changed_taken_out_or_put_in_is_named() {
    let cases: [(&str, &[&'static str], &str); 8] = [
        ("a word", &["UPDATE audit SET detail = 'by nobody' WHERE object = 'job:3'"], "audit:"),
        (
            "another's doing",
            &["UPDATE audit SET act = 'job_paused', object = 'job:4' WHERE object = 'job:3'"],
            "audit:",
        ),
        ("a line taken out", &["DELETE FROM audit WHERE object = 'job:3'"], "lines 4 to 4"),
        ("the first line", &["DELETE FROM audit WHERE object = 'job:0'"], "lines 1 to 1"),
        ("the end", &["DELETE FROM audit WHERE object IN ('job:8', 'job:9')"], "lines 9 to 10"),
        (
            "a gap that was closed",
            &[
                "DELETE FROM audit WHERE object = 'job:3'",
                "UPDATE audit SET seal_no = -seal_no WHERE seal_no > 4",
                "UPDATE audit SET seal_no = -seal_no - 1 WHERE seal_no < 0",
            ],
            "audit:",
        ),
        ("the head", &["UPDATE meta SET value = '3 aaaa bbbb' WHERE name = 'audit_head'"], "master key"),
        ("all of it", &["DELETE FROM audit WHERE seal_no > 0"], "lines 1 to 10"),
    ];
    for (what, statements, told) in cases {
        on_each_database(async |db| {
            write(&db, 0..10).await;
            sealed(&db, 100).await.unwrap();
            for sql in statements {
                run(&db, sql).await;
            }
            let (_, _, faults) = found(&db, &keys()).await;
            assert!(!faults.is_empty() && faults.iter().any(|fault| fault.contains(told)), "{what}: {faults:?}");
            // What comes after does not hide it.
            write(&db, 20..23).await;
            let more = sealed(&db, 100).await;
            assert_eq!(more.is_err(), what == "the head", "{what}: {more:?}");
            assert!(!found(&db, &keys()).await.2.is_empty(), "{what}");
        })
        .await;
    }
}

#[tokio::test]
async fn of_two_processes_that_seal_at_once_each_line_gets_one_place() {
    on_each_database(async |db| {
        write(&db, 0..40).await;
        let turns = (0..4).map(|_| async { while sealed(&db, 3).await.unwrap() > 0 {} });
        futures::future::join_all(turns).await;
        assert_eq!(found(&db, &keys()).await, (40, 0, vec![]));
    })
    .await;
}

#[test]
fn verify_names_a_line_of_the_audit_that_was_changed() {
    let mut desk = Desk::new(None);
    desk.start();
    desk.stop();
    desk.run(&["staff", "add", "agent", "agent@desk.example.jp", "--role", "agent"]);
    desk.run(&["staff", "add", "other", "other@desk.example.jp", "--role", "agent"]);
    let told = desk.run(&["verify"]).pop().unwrap();
    assert_eq!(told["wrong"], 0, "{told}");
    let lines = told["audit_sealed"].as_u64().unwrap() + told["audit_unsealed"].as_u64().unwrap();
    assert!(lines >= 2, "{told}");
    // The desk seals while it runs.
    desk.start();
    let begun = std::time::Instant::now();
    while desk.run(&["verify"]).pop().unwrap()["audit_unsealed"] != 0 {
        assert!(begun.elapsed().as_secs() < 60, "the lines were never sealed");
    }
    desk.stop();
    let url = format!("sqlite://{}", desk.folder().join("var/madoguchi.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let db = Db::open_and_migrate(&url, 2).await.unwrap();
        run(&db, "UPDATE audit SET act = 'signed_out' WHERE act = 'staff_added'").await;
    });
    let output = desk.command(&["verify"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains("audit:") && complaint.contains("not what was sealed"), "{complaint}");
}
