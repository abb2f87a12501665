//! The figures of the README, in one run against the release binary: `cargo bench`. Loopback only, bounded loops.
//! Beside each figure of the desk stands the floor of the machine: how fast one small commit reaches the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench fails by panicking")]

#[allow(dead_code, reason = "shared with the tests, which use other parts")]
#[path = "../tests/all/support/desk.rs"]
mod desk;
#[allow(dead_code, reason = "shared with the tests, which use other parts")]
#[path = "../tests/all/support/http.rs"]
mod http;

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use desk::Desk;
use http::{Client, hidden, typed};

/// How long each load runs.
const RUN: Duration = Duration::from_secs(10);
/// Mails of the intake.
const MAILS: u64 = 2_000;
/// Sizes of the queue.
const QUEUES: [u64; 2] = [1_000, 100_000];

fn main() {
    println!("| figure | value |\n|---|---|");
    let mut desk = Desk::new(None);
    row("commit floor, 8 KiB pwrite + fdatasync", format!("{:.0} /s", commits_per_second(&desk)));
    row("ready on a new database", ms(desk.start()));
    row("PSS idle", format!("{:.1} MiB", pss(&desk)));
    for clients in [1, 8, 64] {
        inquiries(&desk, clients);
    }
    faq(&desk);
    row("PSS after the load", format!("{:.1} MiB", pss(&desk)));
    desk.stop();
    row("ready on this database", ms(desk.start()));
    desk.kill();
    mails(&desk);
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_madoguchi")).unwrap().len();
    row("size of the binary", format!("{:.1} MiB", size as f64 / 1_048_576.0));
    for tickets in QUEUES {
        queue(tickets);
    }
}

fn row(figure: &str, value: impl std::fmt::Display) {
    println!("| {figure} | {value} |");
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// The time below which `part` of the sorted times lie.
fn share(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

fn commits_per_second(desk: &Desk) -> f64 {
    let file = std::fs::File::create(desk.folder().join("floor")).unwrap();
    let (begun, page, rounds) = (Instant::now(), [7; 8192], 2_000);
    for n in 0..rounds {
        file.write_all_at(&page, n * 8192).unwrap();
        file.sync_data().unwrap();
    }
    rounds as f64 / begun.elapsed().as_secs_f64()
}

/// Processor time of the server so far, in milliseconds: fields 14 and 15 of its stat, in hundredths of a second.
fn cpu_ms(desk: &Desk) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", desk.pid())).unwrap();
    let after = text.rsplit(") ").next().unwrap();
    after.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}

/// Proportional set size of the server, in MiB.
fn pss(desk: &Desk) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", desk.pid())).unwrap();
    let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Runs `act` in `clients` threads for [`RUN`] and gives the times it returned.
fn load(desk: &Desk, clients: u64, act: impl Fn(&mut Client) -> Duration + Sync) -> Vec<Duration> {
    let (act, address) = (&act, desk.address);
    std::thread::scope(|scope| {
        let run = move || {
            let (mut client, begun, mut times) = (Client::new(address), Instant::now(), Vec::new());
            while begun.elapsed() < RUN {
                times.push(act(&mut client));
            }
            times
        };
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// GET the form, POST it, POST the confirmation: stored and durable when the answer comes.
fn inquiries(desk: &Desk, clients: u64) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (cpu, begun) = (cpu_ms(desk), Instant::now());
    let mut times = load(desk, clients, |client| {
        let form = client.get("/inquiries/other").unwrap();
        let fields = typed(NEXT.fetch_add(1, Ordering::Relaxed)).into_iter().chain(hidden(&form.body)).collect();
        let confirm = client.post("/inquiries/other", &fields).unwrap();
        let (fields, begun) = (hidden(&confirm.body), Instant::now());
        let answer = client.post("/inquiries/other/submit", &fields).unwrap();
        assert_eq!(answer.status, 303, "{}", answer.body);
        begun.elapsed()
    });
    let (stored, spent) = (times.len() as f64, begun.elapsed().as_secs_f64());
    let (p50, p99) = (share(&mut times, 0.5), share(&mut times, 0.99));
    let cpu = (cpu_ms(desk) - cpu) / stored;
    row(
        &format!("inquiries stored, {clients} clients"),
        format!("{:.0} /s, submit p50 {} p99 {}, {cpu:.2} ms CPU each", stored / spent, ms(p50), ms(p99)),
    );
}

fn faq(desk: &Desk) {
    let mut times = load(desk, 8, |client| {
        let begun = Instant::now();
        assert_eq!(client.get("/faq?q=%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3").unwrap().status, 200);
        begun.elapsed()
    });
    row("FAQ search, 8 clients", format!("p99 {}, {} in {RUN:?}", ms(share(&mut times, 0.99)), times.len()));
}

/// One `mail ingest` of a folder.
fn mails(desk: &Desk) {
    let folder = desk.folder().join("in");
    std::fs::create_dir(&folder).unwrap();
    for n in 0..MAILS {
        let text = format!(
            "From: p{n}@x.example\r\nTo: desk@desk.example.jp\r\nSubject: question {n}\r\n\
             Message-ID: <m{n}@x.example>\r\n\r\nThe text of mail {n}.\r\n"
        );
        std::fs::write(folder.join(format!("{n:06}.eml")), text).unwrap();
    }
    let begun = Instant::now();
    assert_eq!(desk.run(&["mail", "ingest", "in"]).len() as u64, MAILS);
    row("mails taken in", format!("{:.0} /s", MAILS as f64 / begun.elapsed().as_secs_f64()));
}

/// The queue page of a signed-in person, on a desk with that many tickets.
fn queue(tickets: u64) {
    let mut desk = Desk::new(None);
    let filled = desk.command(&["demo", "--tickets", &tickets.to_string()]).output().unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let ready = desk.start();
    let added = desk.command(&["staff", "add", "Bench", "bench@desk.example.jp", "--role", "admin"]).output().unwrap();
    let told = String::from_utf8_lossy(&added.stdout).into_owned() + desk.link.as_deref().unwrap_or_default();
    let start = told.find("/staff/link/").expect("a sign-in link");
    let path: String = told[start..].chars().take_while(|c| !c.is_whitespace() && *c != '"').collect();
    let mut client = Client::new(desk.address);
    let mut fields: BTreeMap<String, String> = hidden(&client.get(&path).unwrap().body);
    for name in ["password", "password_again"] {
        fields.insert(name.into(), "four quiet words here".into());
    }
    assert_eq!(client.post(&path, &fields).unwrap().status, 303, "signing in");
    let mut times = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        assert_eq!(client.get("/staff/tickets").unwrap().status, 200);
        times.push(begun.elapsed());
    }
    row(&format!("queue page, {tickets} tickets"), format!("p50 {}", ms(share(&mut times, 0.5))));
    row(&format!("ready, {tickets} tickets"), ms(ready));
    desk.stop();
}
