//! Mails that were damaged at random: cut, flipped, doubled, spliced. Whatever comes, the reader ends, quickly and within
//! its limits, and intake keeps the bytes (SEC-045, REL-039).

use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::mail::inbox::Inbox;
use madoguchi::mail::parse::{Limits, ParseError, parse_within, to_json};
use madoguchi::platform::blob::Blobs;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random, sha256_hex};
use madoguchi::platform::db::{Db, query};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::support::some_morning;

/// Cases of a run; more with `MADOGUCHI_TEST_MAIL_MUTATIONS`, other ones with `MADOGUCHI_TEST_SEED`.
const CASES: u64 = 600;
/// Longer than any mail of this size may take, in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);

fn knob(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The mail number `n` of a seed: a fixture with one to six damages.
fn mutant(fixtures: &[Vec<u8>], seed: u64, n: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(n));
    let mut mail = fixtures[random.random_range(0..fixtures.len())].clone();
    for _ in 0..random.random_range(1..=6) {
        if mail.is_empty() {
            break;
        }
        let at = random.random_range(0..mail.len());
        let end = (at + random.random_range(1..400_usize)).min(mail.len());
        match random.random_range(0..8) {
            0 => mail.truncate(at),
            1 => mail[at] ^= 1 << random.random_range(0..8),
            2 => {
                mail[at] = [0, b'\r', b'\n', b'"', b'=', b'?', b'<', b'(', b'-', 0x1b, 0xff][random.random_range(0..11)]
            }
            3 => drop(mail.drain(at..end)),
            4 => {
                let part = mail[at..end].to_vec();
                let times = random.random_range(1..20);
                mail.splice(at..at, part.repeat(times));
            }
            5 => {
                let other = &fixtures[random.random_range(0..fixtures.len())];
                let from = random.random_range(0..other.len());
                mail.splice(at..end, other[from..].iter().copied());
            }
            6 => mail[at..end].reverse(),
            _ => {
                let odd: [&[u8]; 8] =
                    [b"=?utf-8?B?", b"\r\n--b\r\n", b"\x1b$B", b"> ", b"<blockquote>", b"''%", b"\r\n\r\n", b"<x@"];
                let piece = odd[random.random_range(0..odd.len())].repeat(random.random_range(1..200));
                mail.splice(at..at, piece);
            }
        }
    }
    mail
}

fn fixtures() -> Vec<Vec<u8>> {
    super::all().into_iter().map(|case| case.raw).collect()
}

#[test]
fn sec_045_a_damaged_mail_is_read_or_refused_quickly_and_within_the_limits() {
    let (fixtures, limits) = (fixtures(), Limits::default());
    let (count, seed) = (knob("MADOGUCHI_TEST_MAIL_MUTATIONS", CASES), knob("MADOGUCHI_TEST_SEED", 1));
    let (mut read, mut slowest) = (0, Duration::ZERO);
    for n in 0..count {
        let raw = mutant(&fixtures, seed, n);
        let begun = Instant::now();
        let result = std::panic::catch_unwind(|| parse_within(&raw, &limits));
        let took = begun.elapsed();
        slowest = slowest.max(took);
        let told = format!("seed {seed}, mail {n}, {} bytes", raw.len());
        assert!(took < PATIENCE, "{told}: it took {took:?}");
        match result.unwrap_or_else(|_| panic!("{told}: the reader panicked")) {
            Ok(mail) => {
                read += 1;
                assert!(mail.text.len() <= limits.text_bytes && mail.reply_text.len() <= mail.text.len() + 1, "{told}");
                assert!(mail.attachments.len() <= limits.parts, "{told}");
                assert!(
                    mail.attachments.iter().all(|a| !a.name.is_empty() && !a.name.contains(['/', '\\', '\0'])),
                    "{told}"
                );
                let decoded: usize = mail.attachments.iter().map(|a| a.content.len()).sum();
                assert!(decoded <= raw.len() * 2, "{told}: {decoded} bytes of files");
                let lines = [&mail.subject, mail.from.as_ref().map_or(&mail.subject, |f| &f.address)];
                assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0'])), "{told}");
                assert!(!mail.text.contains(['\0', '\r']), "{told}");
                assert_eq!([mail.is_bounce, mail.is_auto_reply].iter().filter(|is| **is).count().max(1), 1, "{told}");
                assert!(!serde_json::to_string(&to_json(&mail)).unwrap().is_empty(), "{told}");
            }
            Err(ParseError::TooComplex { .. } | ParseError::NotAMail) => {}
        }
    }
    eprintln!("SEC-045: {count} damaged mails, {read} read, the slowest in {slowest:?}");
}

#[tokio::test]
async fn rel_039_intake_keeps_the_bytes_of_every_damaged_mail_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    let ctx = Context {
        clock: Clock::manual(some_morning()),
        random: Random::from_os(),
        keys: Keys::new([5; 32]),
        settings: Arc::new(Settings::from_parts(None, std::iter::empty()).unwrap()),
    };
    let blobs = Blobs::open(&folder.path().join("blobs"), ctx.random.clone()).unwrap();
    let inbox = Inbox::new(db.clone(), blobs.clone(), ctx);
    let (fixtures, seed) = (fixtures(), knob("MADOGUCHI_TEST_SEED", 1));
    let mails: Vec<Vec<u8>> =
        (0..knob("MADOGUCHI_TEST_MAIL_MUTATIONS", CASES) / 2).map(|n| mutant(&fixtures, seed, n)).collect();
    let mut settled = 0;
    let sources = mails.iter().cloned().map(madoguchi::mail::ingest::Source::Bytes).collect();
    inbox.take_in("test", sources, |_, result| settled += usize::from(result.is_ok())).await;
    assert_eq!(settled, mails.len());
    for (n, mail) in mails.iter().enumerate() {
        let kept = blobs.get(&sha256_hex(mail)).await.unwrap();
        assert_eq!(kept.as_ref(), Some(mail), "seed {seed}, mail {n}");
    }
    let (waiting,): (i64,) = query("SELECT COUNT(*) FROM raw_mails WHERE outcome = 'received'")
        .fetch_one(&mut db.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(waiting, 0);
}
