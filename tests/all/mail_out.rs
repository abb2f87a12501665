//! Mail out: what leaves, and what happens when the other side is not as it should be.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use madoguchi::config::Settings;
use madoguchi::mail::out::{DeliverySummary, Mailer};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::{Db, DbError, Tx};
use madoguchi::platform::outbox::{self, Delivery, MailState, NewMail, Outcome};
use proptest::prelude::*;

use crate::smtp_sink::{Act, Sink};
use crate::support::{on_each_database, some_morning};

const TOKEN: &str = "26k7qm3xpaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn settings(outbound_url: &str) -> Settings {
    let pair = ("MADOGUCHI__MAIL__OUTBOUND_URL".to_owned(), outbound_url.to_owned());
    Settings::from_parts(None, std::iter::once(pair)).unwrap()
}

pub fn mailer(outbound_url: &str) -> Mailer {
    Mailer::new(&settings(outbound_url)).unwrap()
}

pub fn reply(n: usize, body: &str) -> NewMail {
    NewMail {
        kind: "staff_reply",
        dedupe_key: format!("staff_reply:{n}"),
        ticket_id: None,
        message_id: None,
        mail_id: format!("{TOKEN}.{n}@desk.example.jp"),
        in_reply_to: "question.1@x.example".to_owned(),
        to_address: "taro@x.example".to_owned(),
        to_key: "taro@x.example".to_owned(),
        reply_token: TOKEN.to_owned(),
        subject: "お問い合わせへの回答 26-K7QM-3XPA".to_owned(),
        body: body.to_owned(),
        is_automatic: false,
    }
}

fn acknowledgement(n: usize) -> NewMail {
    NewMail {
        kind: "acknowledgement",
        dedupe_key: format!("ack:{n}"),
        is_automatic: true,
        ..reply(n, "受け付けました。")
    }
}

pub async fn queue(db: &Db, clock: &Clock, mails: Vec<NewMail>) {
    let now = clock.now();
    let write = async move |tx: &mut Tx| {
        for mail in mails {
            outbox::enqueue(tx, &mail, now).await?;
        }
        Ok::<(), DbError>(())
    };
    db.write(write).await.unwrap();
}

pub async fn all(db: &Db) -> Vec<Delivery> {
    let mut tx = db.read().await.unwrap();
    let mut all = Vec::new();
    for state in MailState::ALL {
        all.extend(outbox::list(&mut tx, *state, None, 100).await.unwrap());
    }
    all.sort_by_key(|d| d.id);
    all
}

async fn sqlite() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    (folder, db)
}

#[tokio::test]
async fn a_reply_leaves_once_with_our_header_fields_and_comes_back_to_its_ticket_when_it_bounces() {
    on_each_database(async |db: Db| {
        let clock = Clock::manual(some_morning());
        let sink = Sink::start(|_, _| Act::Accept).await;
        queue(&db, &clock, vec![reply(1, "ご回答します。\n.\n一行\r\n")]).await;
        let summary = mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
        assert_eq!(summary, DeliverySummary { sent: 1, ..Default::default() });
        let again = mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
        assert_eq!(again.total(), 0);
        let taken = sink.taken();
        assert_eq!(taken.len(), 1);
        let mail = &taken[0];
        assert_eq!(mail.from, format!("MAIL FROM:<desk+{TOKEN}@desk.example.jp>"));
        assert_eq!(mail.to, ["RCPT TO:<taro@x.example>"]);
        assert_eq!(mail.field("Message-ID").unwrap(), format!("<{TOKEN}.1@desk.example.jp>"));
        assert_eq!(mail.field("Reply-To").unwrap(), format!("desk+{TOKEN}@desk.example.jp"));
        assert_eq!(mail.field("In-Reply-To").unwrap(), "<question.1@x.example>");
        assert_eq!(mail.field("References").unwrap(), "<question.1@x.example>");
        assert_eq!(mail.field("To").unwrap(), "taro@x.example");
        assert_eq!(mail.field("Date").unwrap(), "Tue, 08 Dec 2026 01:24:00 +0000");
        assert_eq!(mail.field("Auto-Submitted"), None);
        let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
        assert_eq!(parsed.subject().unwrap(), "お問い合わせへの回答 26-K7QM-3XPA");
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), "ご回答します。\n.\n一行\n");
        assert_eq!(parsed.from().unwrap().first().unwrap().name().unwrap(), "専攻医お問い合わせ窓口");
    })
    .await;
}

#[tokio::test]
async fn sec_010_automatic_mail_says_so_and_has_an_empty_envelope_sender() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let sink = Sink::start(|_, _| Act::Accept).await;
    let reminder = NewMail { kind: "waiting_reminder", dedupe_key: "r".into(), ..acknowledgement(2) };
    queue(&db, &clock, vec![acknowledgement(1), reminder]).await;
    mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
    for mail in sink.taken() {
        assert_eq!(mail.from, "MAIL FROM:<>");
        let is_first = mail.field("Message-ID").unwrap().contains(".1@");
        assert_eq!(mail.field("Auto-Submitted").unwrap(), if is_first { "auto-replied" } else { "auto-generated" });
        assert_eq!(mail.field("X-Auto-Response-Suppress").unwrap(), "All");
    }
    assert_eq!(sink.taken().len(), 2);
}

#[tokio::test]
async fn rel_032_a_passing_refusal_at_any_verb_is_tried_later_on_a_fresh_connection() {
    for verb in ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "DOT"] {
        for answer in ["421 closing", "450 greylisted", "452 too many"] {
            let (_folder, db) = sqlite().await;
            let clock = Clock::manual(some_morning());
            let sink =
                Sink::start(move |at, n| if at == verb && n == 0 { Act::Say(answer) } else { Act::Accept }).await;
            queue(&db, &clock, vec![reply(1, "本文")]).await;
            let mailer = mailer(&sink.url());
            let first = mailer.deliver_due(&db, &clock).await.unwrap();
            assert_eq!(first, DeliverySummary { waiting: 1, ..Default::default() }, "{answer} at {verb}");
            clock.advance(Duration::minutes(1));
            let second = mailer.deliver_due(&db, &clock).await.unwrap();
            assert_eq!(second.sent, 1, "{answer} at {verb}");
            assert_eq!(sink.taken().len(), 1, "{answer} at {verb}: 0 doubled");
        }
    }
}

#[tokio::test]
async fn rel_033_a_lasting_refusal_stops_the_mail_and_no_other() {
    for verb in ["MAIL", "RCPT", "DATA", "DOT"] {
        let (_folder, db) = sqlite().await;
        let clock = Clock::manual(some_morning());
        let sink = Sink::start(
            move |at, n| {
                if at == verb && n == 0 { Act::Say("552 5.2.2 mailbox full") } else { Act::Accept }
            },
        )
        .await;
        queue(&db, &clock, (0..5).map(|n| reply(n, "本文")).collect()).await;
        let mailer = mailer(&sink.url());
        let summary = mailer.deliver_due(&db, &clock).await.unwrap();
        assert_eq!((summary.failed, summary.sent), (1, 4), "{verb}");
        clock.advance(Duration::days(6));
        assert_eq!(mailer.deliver_due(&db, &clock).await.unwrap().total(), 0, "{verb}: never tried again");
        let failed: Vec<_> = all(&db).await.into_iter().filter(|d| d.state == MailState::Failed).collect();
        assert!(failed[0].last_error.contains("552"), "{}", failed[0].last_error);
    }
}

#[tokio::test]
async fn rel_033_an_address_that_is_none_fails_with_a_sentence() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let bad = ["taro", "taro@", "@x.example", "a@b\r\nBcc: c@d", "太郎@x.example", "a b@x.example"];
    let mails = bad.iter().enumerate().map(|(n, to)| NewMail { to_address: (*to).to_owned(), ..reply(n, "x") });
    queue(&db, &clock, mails.collect()).await;
    let sink = Sink::start(|_, _| Act::Accept).await;
    let summary = mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
    assert_eq!(summary.failed, bad.len());
    assert!(sink.taken().is_empty());
    assert!(all(&db).await.iter().all(|d| d.last_error.contains("recipient")));
}

#[tokio::test]
async fn old_carrier_addresses_and_unicode_domains_are_reached() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let to = ["a..b@docomo.example", "taro.@docomo.example", "x@例え.テスト"];
    let mails = to.iter().enumerate().map(|(n, to)| NewMail { to_address: (*to).to_owned(), ..reply(n, "x") });
    queue(&db, &clock, mails.collect()).await;
    let sink = Sink::start(|_, _| Act::Accept).await;
    mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
    let mut reached: Vec<_> = sink.taken().into_iter().flat_map(|t| t.to).collect();
    reached.sort();
    let right = [
        "RCPT TO:<\"a..b\"@docomo.example>",
        "RCPT TO:<\"taro.\"@docomo.example>",
        "RCPT TO:<x@xn--r8jz45g.xn--zckzah>",
    ];
    assert_eq!(reached, right);
}

#[tokio::test]
async fn rel_034_an_answer_lost_after_the_dot_is_unknown_and_repeated_once_with_the_same_message_id() {
    on_each_database(async |db: Db| {
        let clock = Clock::manual(some_morning());
        let sink = Sink::start(|at, _| if at == "DOT" { Act::Cut } else { Act::Accept }).await;
        queue(&db, &clock, vec![reply(1, "本文")]).await;
        let mailer = mailer(&sink.url());
        let first = mailer.deliver_due(&db, &clock).await.unwrap();
        assert_eq!(first, DeliverySummary { unknown: 1, ..Default::default() });
        for _ in 0..5 {
            clock.advance(Duration::hours(5));
            mailer.deliver_due(&db, &clock).await.unwrap();
        }
        let taken = sink.taken();
        assert_eq!(taken.len(), 2, "one repeat and no more");
        assert_eq!(taken[0].bytes, taken[1].bytes, "the repeat is the same mail");
        assert_eq!(all(&db).await[0].state, MailState::Unknown);
    })
    .await;
}

#[tokio::test]
async fn rel_032_a_connection_that_was_closed_while_idle_is_replaced_at_once() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    // The second mail of each connection finds it closed.
    let seen = Arc::new(AtomicBool::new(false));
    let toggle = seen.clone();
    let sink = Sink::start(move |at, _| match at {
        "MAIL" if toggle.fetch_xor(true, Ordering::Relaxed) => Act::Cut,
        _ => Act::Accept,
    })
    .await;
    // One ticket-less batch of two mails goes over two connections; five of them share four.
    queue(&db, &clock, (0..12).map(|n| reply(n, "本文")).collect()).await;
    let mailer = mailer(&sink.url());
    for _ in 0..12 {
        mailer.deliver_due(&db, &clock).await.unwrap();
        clock.advance(Duration::hours(3));
    }
    assert_eq!(sink.taken().len(), 12);
    assert!(all(&db).await.iter().all(|d| d.state == MailState::Sent));
}

#[tokio::test]
async fn rel_031_mail_waits_while_the_server_is_down_and_leaves_when_it_is_back() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let sink = Sink::start(|_, _| Act::Accept).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("smtp://{}", free.local_addr().unwrap());
    drop(free);
    queue(&db, &clock, (0..10).map(|n| reply(n, "本文")).collect()).await;
    for url in [refused.as_str(), "smtp://no-such-host.invalid:25"] {
        let summary = mailer(url).deliver_due(&db, &clock).await.unwrap();
        assert_eq!(summary, DeliverySummary { waiting: 10, ..Default::default() });
        clock.advance(Duration::hours(1));
    }
    assert_eq!(mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap().sent, 10);
    assert_eq!(sink.taken().len(), 10);
}

#[tokio::test]
async fn rel_031_a_server_that_stands_still_at_any_verb_is_left_when_the_time_of_an_attempt_is_over() {
    let patience = std::time::Duration::from_millis(400);
    for verb in ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT"] {
        let sink = Sink::start(move |at, _| if at == verb { Act::Stall } else { Act::Accept }).await;
        let began = std::time::Instant::now();
        let outcome = mailer(&sink.url()).with_patience(patience).send_once(&claimed(reply(1, "本文"))).await;
        let right = match verb {
            "DOT" => matches!(outcome, Outcome::Unknown(_)),
            "QUIT" => matches!(outcome, Outcome::Sent),
            _ => matches!(outcome, Outcome::Passing(_)),
        };
        assert!(right, "{verb}: {outcome:?}");
        assert!(began.elapsed() < std::time::Duration::from_secs(6), "{verb}: {:?}", began.elapsed());
    }
}

fn claimed(mail: NewMail) -> outbox::Claimed {
    outbox::Claimed {
        id: outbox::OutboxId(1),
        fencing: 1,
        kind: mail.kind.to_owned(),
        ticket_id: None,
        message_id: None,
        mail_id: mail.mail_id,
        in_reply_to: mail.in_reply_to,
        to_address: mail.to_address,
        reply_token: mail.reply_token,
        subject: mail.subject,
        body: mail.body,
        is_automatic: mail.is_automatic,
        attempts: 1,
        lost_answers: 0,
        created_at: some_morning(),
    }
}

/// The header fields a letter may have.
const FIELDS: [&str; 12] = [
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];

fn check(bytes: &[u8], body: &str) {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_ascii());
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{text}");
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for line in head.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])) {
        let name = line.split_once(':').unwrap().0.to_lowercase();
        assert!(FIELDS.contains(&name.as_str()), "{line}");
    }
    assert_eq!(head.to_lowercase().matches("\r\nto:").count(), 1);
    let parsed = mail_parser::MessageParser::default().parse(bytes).unwrap();
    assert_eq!(parsed.to().unwrap().iter().count(), 1);
    let kept: String = body
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect();
    let read = parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n");
    assert_eq!(read.trim_end_matches('\n'), kept.trim_end_matches('\n'));
}

#[test]
fn sec_016_nothing_typed_becomes_a_header_field() {
    let settings = settings("dir:x");
    let sender = madoguchi::mail::out::Sender::new(&settings.desk.name, &settings.mail).unwrap();
    let long = "長い件名".repeat(25_000);
    for nasty in [
        "件名\r\nBcc: evil@x.example",
        "a\nBcc: evil@x.example",
        "%0d%0aBcc: evil@x.example",
        "a\u{2028}Bcc: evil@x.example",
        "a\u{85}Bcc: evil@x.example",
        "a\0b",
        "=?utf-8?q?=0D=0ABcc:_evil?=",
        long.as_str(),
        "",
    ] {
        let mail = NewMail { subject: nasty.to_owned(), in_reply_to: nasty.to_owned(), ..reply(1, nasty) };
        let letter = sender.letter(&claimed(mail)).unwrap();
        check(&letter.bytes, nasty);
        let parsed = mail_parser::MessageParser::default().parse(&letter.bytes).unwrap();
        assert!(parsed.bcc().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn sec_016_any_subject_and_text_give_our_header_fields_and_the_text(subject in any::<String>(), body in any::<String>()) {
        let settings = settings("dir:x");
        let sender = madoguchi::mail::out::Sender::new(&settings.desk.name, &settings.mail).unwrap();
        let letter = sender.letter(&claimed(NewMail { subject, ..reply(1, &body) })).unwrap();
        check(&letter.bytes, &body);
    }
}

#[tokio::test]
async fn sec_017_no_text_ends_the_data_early() {
    let (_folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let sink = Sink::start(|_, _| Act::Accept).await;
    let line = "x".repeat(100_000);
    let texts = [
        "a\r\n.\r\nMAIL FROM:<evil@x.example>\r\n",
        "a\n.\nMAIL FROM:<evil@x.example>\n",
        "a\r.\rb",
        ".",
        "..\n.\n",
        "あ\r\n.\r\nMAIL FROM:<evil@x.example>\r\n",
        line.as_str(),
    ];
    queue(&db, &clock, texts.iter().enumerate().map(|(n, t)| reply(n, t)).collect()).await;
    mailer(&sink.url()).deliver_due(&db, &clock).await.unwrap();
    assert_eq!(sink.taken().len(), texts.len());
    assert_eq!(sink.count("MAIL"), texts.len());
    for mail in sink.taken() {
        let n: usize = mail.field("Message-ID").unwrap().split(['.', '@']).nth(1).unwrap().parse().unwrap();
        check(&mail.bytes, texts[n]);
    }
}

/// A TLS server with a certificate nobody trusts; logs what it is told.
fn untrusted_tls_server(folder: &std::path::Path, port: u16) -> std::process::Child {
    let (key, cert) = (folder.join("key.pem"), folder.join("cert.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-key"])
        .arg(&key)
        .arg("-cert")
        .arg(&cert)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn sec_018_nothing_is_said_to_a_server_whose_certificate_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut server = untrusted_tls_server(folder.path(), port);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let mailer = mailer(&format!("smtps://localhost:{port}"));
    let outcome = mailer.send_once(&claimed(reply(1, "本文"))).await;
    assert!(matches!(&outcome, Outcome::Passing(why) if why.starts_with("connection")), "{outcome:?}");
    server.kill().unwrap();
    let mut heard = String::new();
    server.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
    server.wait().unwrap();
    assert_eq!(heard, "");
}

#[tokio::test]
async fn sec_018_nothing_is_said_when_starttls_was_stripped() {
    let sink = Sink::start(|_, _| Act::Accept).await;
    let url = format!("smtp+starttls://user:geheim@{}", sink.address);
    let outcome = mailer(&url).send_once(&claimed(reply(1, "本文"))).await;
    assert!(matches!(outcome, Outcome::Passing(_)), "{outcome:?}");
    assert_eq!((sink.count("MAIL"), sink.count("AUTH"), sink.taken().len()), (0, 0, 0));
}

#[test]
fn sec_018_a_password_never_travels_unencrypted() {
    let wrong = Mailer::new(&settings("smtp://user:geheim@mail.example.jp")).unwrap_err().to_string();
    assert!(wrong.contains("unencrypted") && !wrong.contains("geheim"), "{wrong}");
    assert!(Mailer::new(&settings("smtp://mail.example.jp")).is_ok());
    assert!(Mailer::new(&settings("smtp://user:geheim@127.0.0.1:2525")).is_ok());
    assert!(Mailer::new(&settings("smtps://user:p%26%2Bss@mail.example.jp")).is_ok());
}

#[tokio::test]
async fn a_folder_holds_one_file_a_mail_however_often_it_is_written() {
    let (folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    let out = folder.path().join("mail/out");
    let mailer = mailer(&format!("dir:{}", out.display()));
    queue(&db, &clock, (0..40).map(|n| reply(n, "本文")).collect()).await;
    assert_eq!(mailer.deliver_due(&db, &clock).await.unwrap().sent, 40);
    // A repeat (the process died between writing and noting) is the same file.
    let first = all(&db).await.remove(0);
    let mail = outbox::Claimed { id: first.id, ..claimed(reply(0, "本文")) };
    mailer.send_once(&mail).await;
    let names: Vec<_> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 40, "{names:?}");
    assert!(names.iter().all(|n| n.ends_with(".eml") && !n.starts_with('.')));
}

#[tokio::test]
async fn a_folder_that_refuses_keeps_the_mail_waiting() {
    let (folder, db) = sqlite().await;
    let clock = Clock::manual(some_morning());
    std::fs::write(folder.path().join("file"), "").unwrap();
    queue(&db, &clock, vec![reply(1, "本文")]).await;
    let summary = mailer(&format!("dir:{}/file", folder.path().display())).deliver_due(&db, &clock).await.unwrap();
    assert_eq!(summary.waiting, 1);
    assert!(all(&db).await[0].last_error.contains("refused"));
}
