//! REL-001, REL-011: kill -9 at random moments under load, then everything that was answered is there, whole and once.
//!
//! Clients log a form key before they send it and the ticket number after they have read it. A longer campaign is the
//! same code: `MADOGUCHI_TEST_KILLS=1000 tests/run crash` (and `MADOGUCHI_TEST_SEED=…` for other moments).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use madoguchi::platform::db::Db;
use rand::{Rng, SeedableRng};

use crate::support::desk::Desk;
use crate::support::http::{Client, hidden, typed};
use crate::support::on_postgres_url;

const CLIENTS: usize = 8;

/// What the clients saw, kept outside the desk.
#[derive(Default)]
struct Judge {
    /// Random part of every form key that was sent.
    sent: Mutex<BTreeSet<String>>,
    /// Form key → ticket number, for every answer that was read.
    answered: Mutex<BTreeMap<String, String>>,
    /// Subjects of the mails whose intake said it was done, with their ticket.
    mails: Mutex<BTreeMap<String, String>>,
    retries: AtomicU64,
}

/// One stored ticket, as the end looks at it.
type Stored = (i64, String, String, String, i64, i64, i64, i64);

#[test]
fn rel_001_rel_011_killed_at_random_under_load_on_sqlite() {
    let kills = number_from("MADOGUCHI_TEST_KILLS", 50);
    let mut desk = Desk::new(None);
    let url = format!("sqlite://{}/var/madoguchi.db", desk.folder().display());
    campaign(&mut desk, &url, kills);
}

#[tokio::test]
async fn rel_001_rel_011_killed_at_random_under_load_on_postgresql() {
    let kills = number_from("MADOGUCHI_TEST_KILLS", 50) * 2 / 5;
    on_postgres_url(async |url: String| {
        tokio::task::spawn_blocking(move || campaign(&mut Desk::new(Some(&url)), &url, kills)).await.unwrap();
    })
    .await;
}

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn campaign(desk: &mut Desk, url: &str, kills: u64) {
    let judge = Arc::new(Judge::default());
    let stop = Arc::new(AtomicBool::new(false));
    let mut random = rand::rngs::StdRng::seed_from_u64(number_from("MADOGUCHI_TEST_SEED", 20261208));
    desk.start();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (judge, stop, address) = (Arc::clone(&judge), Arc::clone(&stop), desk.address);
            std::thread::spawn(move || send_inquiries(client as u64, address, &judge, &stop))
        })
        .collect();
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        std::thread::sleep(Duration::from_millis(random.random_range(20..500)));
        let mail = (kill % 5 == 0).then(|| ingest_beside(desk, kill));
        desk.kill();
        if let Some((subject, child)) = mail {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() {
                let line: serde_json::Value = serde_json::from_str(told.trim()).unwrap();
                judge.mails.lock().unwrap().insert(subject, line["ticket"].as_str().unwrap().to_owned());
            }
        }
        slowest = slowest.max(desk.start());
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    desk.stop();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stored = runtime.block_on(stored(url));
    compare(&judge, &stored, kills, slowest);
}

/// `mail ingest` in its own process, as the MTA would start it, while the desk dies.
fn ingest_beside(desk: &Desk, kill: u64) -> (String, std::process::Child) {
    use std::io::Write;
    let subject = format!("mail {kill}");
    let mut command = desk.command(&["mail", "ingest", "-"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = format!(
        "From: m{kill}@requester.example\r\nTo: desk@desk.example.jp\r\nSubject: {subject}\r\n\
         Message-ID: <{kill}@requester.example>\r\n\r\nText {kill}\r\n"
    );
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    (subject, child)
}

/// Opens, confirms and sends inquiries until told to stop. What was not answered is sent again with the same key, as a
/// person would press the button again: it must be the same ticket.
fn send_inquiries(client: u64, address: SocketAddr, judge: &Judge, stop: &AtomicBool) {
    let mut browser = Client::new(address);
    let mut n = client * 1_000_000;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let Ok(form) = browser.get("/inquiries/other") else {
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        let fields = typed(n).into_iter().chain(hidden(&form.body)).collect();
        let Ok(confirm) = browser.post("/inquiries/other", &fields) else { continue };
        if confirm.status != 200 {
            assert!(confirm.status >= 500, "{} {}", confirm.status, confirm.body);
            continue;
        }
        let fields = hidden(&confirm.body);
        let key = fields["form_key"].split('-').next().unwrap().to_owned();
        judge.sent.lock().unwrap().insert(key.clone());
        for attempt in 0..400 {
            if attempt > 0 {
                judge.retries.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
            match browser.post("/inquiries/other/submit", &fields) {
                Ok(answer) if answer.status == 303 => {
                    let number = answer.location.rsplit('/').next().unwrap().to_owned();
                    judge.answered.lock().unwrap().insert(key.clone(), number);
                    break;
                }
                // 503 while it stops or starts: try again.
                Ok(answer) => assert!(answer.status >= 500, "{} {}", answer.status, answer.body),
                // Every third is given up after one try: its ticket may be there or not, but whole.
                Err(_) if n.is_multiple_of(3) => break,
                Err(_) => {}
            }
        }
    }
}

/// Id, number, form key, subject; messages, `received` events, receipts in the outbox, last_seq.
async fn stored(url: &str) -> Vec<Stored> {
    let text = "SELECT t.id, t.number, t.form_key, t.subject, \
        (SELECT count(*) FROM messages m WHERE m.ticket_id = t.id), \
        (SELECT count(*) FROM events e WHERE e.ticket_id = t.id AND e.kind = 'received'), \
        (SELECT count(*) FROM outbox o WHERE o.ticket_id = t.id), t.last_seq FROM tickets t ORDER BY t.id";
    match Db::open(url, 2).await.unwrap() {
        Db::Sqlite { readers, .. } => {
            let (answer,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&readers).await.unwrap();
            assert_eq!(answer, "ok", "PRAGMA integrity_check");
            let broken: Vec<(String,)> =
                sqlx::query_as("SELECT \"table\" FROM pragma_foreign_key_check").fetch_all(&readers).await.unwrap();
            assert!(broken.is_empty(), "rows that point nowhere in {broken:?}");
            sqlx::query_as(text).fetch_all(&readers).await.unwrap()
        }
        Db::Postgres(pool) => sqlx::query_as(text).fetch_all(&pool).await.unwrap(),
    }
}

fn compare(judge: &Judge, stored: &[Stored], kills: u64, slowest: Duration) {
    let answered = judge.answered.lock().unwrap();
    let by_key: BTreeMap<&str, &Stored> = stored.iter().map(|ticket| (ticket.2.as_str(), ticket)).collect();
    let numbers: BTreeSet<&str> = stored.iter().map(|ticket| ticket.1.as_str()).collect();
    let lost: Vec<_> = answered
        .iter()
        .filter(|(key, number)| by_key.get(key.as_str()).is_none_or(|ticket| ticket.1 != **number))
        .collect();
    let mails = judge.mails.lock().unwrap();
    let lost_mails: Vec<_> = mails.values().filter(|number| !numbers.contains(number.as_str())).collect();
    let half: Vec<_> = stored.iter().filter(|t| (t.4, t.5, t.6, t.7) != (1, 1, 1, 1)).collect();
    let doubled = stored.len() - by_key.len();
    let sent = judge.sent.lock().unwrap();
    let unknown = sent.iter().filter(|key| !answered.contains_key(*key)).count();
    let foreign =
        stored.iter().filter(|t| !sent.contains(&t.2) && !t.3.starts_with("mail ")).map(|t| &t.2).collect::<Vec<_>>();
    eprintln!(
        "REL-001: {kills} kills, {} inquiries and {} mails acknowledged, {} sent again, {unknown} never answered: {} lost, {} half, \
         {doubled} doubled; slowest start {} ms",
        answered.len(),
        mails.len(),
        judge.retries.load(Ordering::Relaxed),
        lost.len() + lost_mails.len(),
        half.len(),
        slowest.as_millis()
    );
    assert!(answered.len() as u64 > kills, "the load was too small to say anything");
    assert!(lost.is_empty() && lost_mails.is_empty(), "lost: {lost:?} {lost_mails:?}");
    assert!(half.is_empty(), "half: {half:?}");
    assert_eq!(doubled, 0, "doubled");
    assert!(foreign.is_empty(), "nobody sent {foreign:?}");
}
