//! Delivery killed at random: nothing lost, and what goes out twice is the same mail.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::Db;
use madoguchi::platform::outbox::{self, MailState};

use crate::mail_out::{queue, reply};
use crate::smtp_sink::{Act, Sink};
use crate::support::some_morning;

const KILLS: i32 = 10;
const MAILS: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_030_delivery_killed_at_random_loses_nothing_and_repeats_at_most_one_mail_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", folder.path().display());
    let sink = Sink::start(|_, _| Act::Accept).await;
    let db = Db::open_and_migrate(&url, 2).await.unwrap();
    let mails = (0..MAILS).map(|n| {
        let mut mail = reply(n, "本文");
        mail.to_address = format!("p{n}@x.example");
        mail
    });
    queue(&db, &Clock::manual(some_morning()), mails.collect()).await;
    db.close().await;
    let outbound = sink.url();
    let worker = |restart: i32| {
        // Each process finds the leases of the one that was killed run out.
        let now = some_morning() + chrono::Duration::minutes(2 * i64::from(restart));
        Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .current_dir(folder.path())
            .args(["serve", "--role", "worker"])
            .env("MADOGUCHI__DATABASE__URL", &url)
            .env("MADOGUCHI__MAIL__OUTBOUND_URL", &outbound)
            .env("MADOGUCHI__CLOCK__NOW", now.to_rfc3339())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for restart in 0..KILLS {
        let mut child = worker(restart);
        let before = sink.taken().len();
        // Killed in the middle of sending, not while it starts.
        for _ in 0..500 {
            if sink.taken().len() > before || sink.taken().len() >= MAILS {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis((restart as u64 * 13) % 60)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = worker(KILLS);
    let db = Db::open(&url, 2).await.unwrap();
    for _ in 0..600 {
        let counts = outbox::counts(&mut db.read().await.unwrap()).await.unwrap();
        if counts.queued + counts.sending + counts.unknown == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let sent = outbox::list(&mut db.read().await.unwrap(), MailState::Sent, None, 10_000).await.unwrap();
    assert_eq!(sent.len(), MAILS);
    let mut copies: HashMap<String, Vec<_>> = HashMap::new();
    for mail in sink.taken() {
        copies.entry(mail.field("Message-ID").unwrap()).or_default().push((mail.to, mail.bytes));
    }
    assert_eq!(copies.len(), MAILS, "0 lost");
    let repeated: usize = copies.values().map(|c| c.len() - 1).sum();
    eprintln!("REL-030: {KILLS} kills, {MAILS} mails: 0 lost, {repeated} repeated under the same Message-ID");
    assert!(repeated <= KILLS as usize, "{repeated} repeats");
    assert!(copies.values().all(|c| c.iter().all(|copy| *copy == c[0])), "a repeat differs from its first copy");
}
