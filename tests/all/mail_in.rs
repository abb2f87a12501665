//! Mail in: kept before it is read, known again, placed by proof and by nothing else, held with a cause.

use std::path::Path;
use std::sync::Arc;

use chrono::Duration;
use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::desk::staff::StaffId;
use madoguchi::desk::ticket::actions::{self, Reply};
use madoguchi::desk::ticket::{Message, MessageKind, Status, Ticket, TicketNumber, store};
use madoguchi::mail::inbox::{Cause, Inbox, Outcome, Taken, held};
use madoguchi::mail::ingest::Source;
use madoguchi::mail::out::Mailer;
use madoguchi::platform::blob::Blobs;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, DbError, Tx, query};
use madoguchi::platform::outbox;

use crate::support::{on_each_database, some_morning};

/// A desk with an inbox, and a folder that its mail leaves to.
struct Desk {
    folder: tempfile::TempDir,
    db: Db,
    ctx: Context,
    inbox: Inbox,
}

impl Desk {
    fn new(db: Db) -> Self {
        Self::with(db, &[])
    }

    fn with(db: Db, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = format!("dir:{}/out", folder.path().display());
        let mut pairs = vec![("MADOGUCHI__MAIL__OUTBOUND_URL".to_owned(), out)];
        pairs.extend(
            settings.iter().map(|(k, v)| ((*k).to_owned(), v.replace("{folder}", folder.path().to_str().unwrap()))),
        );
        let ctx = Context {
            clock: Clock::manual(some_morning()),
            random: Random::from_os(),
            keys: Keys::new([5; 32]),
            settings: Arc::new(Settings::from_parts(None, pairs.into_iter()).unwrap()),
        };
        let blobs = Blobs::open(&folder.path().join("blobs"), ctx.random.clone()).unwrap();
        let inbox = Inbox::new(db.clone(), blobs, ctx.clone());
        Self { folder, db, ctx, inbox }
    }

    async fn take(&self, mail: &str) -> Taken {
        self.inbox.take_one("test", mail.replace('\n', "\r\n").into_bytes()).await.unwrap()
    }

    async fn opened(&self, mail: &str) -> Ticket {
        let taken = self.take(mail).await;
        assert_eq!((taken.outcome, taken.cause), (Outcome::Opened, None));
        self.ticket(&taken.ticket.unwrap()).await
    }

    async fn ticket(&self, number: &str) -> Ticket {
        let number = TicketNumber::parse(number).unwrap();
        store::find_by_number(&mut self.db.read().await.unwrap(), &number).await.unwrap().unwrap()
    }

    async fn messages(&self, ticket: &Ticket) -> Vec<Message> {
        store::messages(&mut self.db.read().await.unwrap(), ticket.id).await.unwrap()
    }

    async fn events(&self, ticket: &Ticket) -> Vec<String> {
        let events = store::events(&mut self.db.read().await.unwrap(), ticket.id).await.unwrap();
        events.into_iter().map(|e| e.kind).collect()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let (n,): (i64,) = query(sql).fetch_one(&mut self.db.read().await.unwrap()).await.unwrap();
        n
    }

    async fn staff(&self) -> StaffId {
        let now = self.ctx.now();
        let insert = async move |tx: &mut Tx| {
            query(
                "INSERT INTO staff (name, email, role, created_at) VALUES ('佐藤', 's@d.example', 'agent', $1) \
                 ON CONFLICT (email) DO UPDATE SET name = staff.name RETURNING id",
            )
            .bind(now)
            .fetch_one::<(StaffId,)>(tx)
            .await
        };
        let (id,): (StaffId,) = self.db.write::<_, DbError, _>(insert).await.unwrap();
        id
    }

    /// Answers the ticket and returns the mail that left.
    async fn answer(&self, ticket: &Ticket) -> Left {
        let staff = self.staff().await;
        let (ctx, id) = (self.ctx.clone(), ticket.id);
        let seen_seq = self.ticket(&ticket.number).await.last_seq;
        let reply = Reply { body: "ご回答します。".into(), seen_seq, then: Status::Resolved, to_on_file: None };
        let act = async move |tx: &mut Tx| actions::reply(tx, &ctx, id, staff, &reply).await;
        self.db.write(act).await.unwrap();
        self.deliver().await;
        self.left().into_iter().rfind(|m| m.subject.contains("回答") || m.subject.contains("Answer")).unwrap()
    }

    async fn deliver(&self) {
        Mailer::new(&self.ctx.settings).unwrap().deliver_due(&self.db, &self.ctx.clock).await.unwrap();
    }

    /// The mails that left, oldest first.
    fn left(&self) -> Vec<Left> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("out")) else { return Vec::new() };
        let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| Left::read(p)).collect()
    }
}

/// A mail of ours.
#[derive(Debug)]
struct Left {
    to: String,
    subject: String,
    message_id: String,
    reply_to: String,
    text: String,
    in_reply_to: Option<String>,
}

impl Left {
    fn read(path: &Path) -> Self {
        let mail = madoguchi::mail::parse::parse(&std::fs::read(path).unwrap()).unwrap();
        Self {
            to: mail.to[0].address.clone(),
            subject: mail.subject.clone(),
            message_id: mail.message_id.clone().unwrap(),
            in_reply_to: mail.in_reply_to.clone(),
            reply_to: mail.reply_to[0].address.clone(),
            text: mail.text.clone(),
        }
    }
}

fn question(n: usize) -> String {
    format!(
        "From: 山田 太郎 <taro{n}@x.example>\nTo: desk@desk.example.jp\nSubject: ログインできません {n}\n\
         Message-ID: <q{n}@x.example>\nDate: Tue, 08 Dec 2026 10:00:00 +0900\nContent-Type: text/plain; charset=utf-8\n\n\
         医籍登録番号：第512345号\n生年月日：平成8年4月9日\nログインできません。\n"
    )
}

/// A mail from `from` to `to` with more header fields.
fn mail(from: &str, to: &str, fields: &str, id: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: {to}\nSubject: Re: お問い合わせ\nMessage-ID: <{id}>\n{fields}Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

#[tokio::test]
async fn a_mail_opens_a_ticket_with_what_it_says_and_gets_one_receipt_that_quotes_nothing() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        assert_eq!(ticket.subject, "ログインできません 1");
        assert_eq!((ticket.requester_name.as_str(), ticket.requester_email.as_str()), ("山田 太郎", "taro1@x.example"));
        assert_eq!(ticket.registration_number, Some(512_345));
        assert_eq!(ticket.born_on.unwrap().to_string(), "1996-04-09");
        assert_eq!((ticket.kind.as_str(), ticket.status), ("other", Status::New));
        desk.deliver().await;
        let left = desk.left();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].to, "taro1@x.example");
        assert!(left[0].subject.contains("自動返信") && left[0].text.contains(&ticket.number));
        assert!(!left[0].text.contains("ログインできません") && !left[0].text.contains("512345"));
        assert_eq!(left[0].in_reply_to.as_deref(), Some("q1@x.example"), "it stands under the mail it answers");
        assert_eq!(desk.answer(&ticket).await.in_reply_to.as_deref(), Some("q1@x.example"));
    })
    .await;
}

#[tokio::test]
async fn the_reply_of_the_requester_lands_on_the_same_ticket_and_reopens_it() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let by_address =
            mail("taro1@x.example", &answer.reply_to, "", "r1@x.example", "ありがとうございます。\n\n> ご回答します。");
        let taken = desk.take(&by_address).await;
        assert_eq!((taken.outcome, taken.ticket.as_deref()), (Outcome::Appended, Some(ticket.number.as_str())));
        // The reply address was dropped by the mail program; the Message-ID of ours proves the same.
        let fields = format!("In-Reply-To: <{}>\n", answer.message_id);
        let by_id = mail("taro1@x.example", "desk@desk.example.jp", &fields, "r2@x.example", "もう一点あります。");
        assert_eq!(desk.take(&by_id).await.outcome, Outcome::Appended);
        let messages = desk.messages(&ticket).await;
        assert_eq!(messages.len(), 4);
        assert_eq!(messages[2].body, "ありがとうございます。");
        assert!(messages[2].full_body.as_ref().unwrap().contains("ご回答します。"));
        assert_eq!(desk.ticket(&ticket.number).await.status, Status::Open);
        assert!(!desk.events(&ticket).await.contains(&"other_sender".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn sec_001_sec_004_nothing_but_a_full_token_joins_a_ticket() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let spoofed = format!(
            "From: taro1@x.example\nTo: desk@desk.example.jp\nCc: evil@evil.example\nSubject: Re: [{}]\n\
             Message-ID: <s1@x.example>\nIn-Reply-To: <q1@x.example>\nReferences: <q1@x.example> <notify-12-3-abc@desk.example.jp>\n\n見せてください\n",
            ticket.number
        );
        let second = desk.opened(&spoofed).await;
        assert_eq!(second.may_belong_to, Some(ticket.id.0));
        assert_eq!(desk.messages(&ticket).await.len(), 2);
        assert_eq!(desk.messages(&second).await[0].kind, MessageKind::Inquiry);
        // A right number with a wrong MAC, and the right token of another epoch of the key.
        let mut forged = answer.reply_to.clone();
        forged.replace_range(20..22, "zz");
        let third = desk.opened(&mail("x@x.example", &forged, "", "s2@x.example", "これも")).await;
        assert_ne!(third.id, ticket.id);
        assert_eq!(desk.count("SELECT COUNT(*) FROM audit WHERE act = 'reply_token_invalid'").await, 1);
        desk.deliver().await;
        assert!(desk.left().iter().all(|m| m.to != "evil@evil.example"));
    })
    .await;
}

#[tokio::test]
async fn sec_002_sec_007_a_token_from_another_address_joins_and_changes_nobody() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let other =
            mail("hanako@y.example", &answer.reply_to, "Cc: evil@evil.example\n", "o1@y.example", "代わりに送ります。");
        assert_eq!(desk.take(&other).await.outcome, Outcome::Appended);
        let after = desk.ticket(&ticket.number).await;
        assert_eq!(after.requester_email, "taro1@x.example");
        assert!(desk.events(&ticket).await.contains(&"other_sender".to_owned()));
        let last = desk.messages(&ticket).await.pop().unwrap();
        assert_eq!(last.address, "hanako@y.example");
        let before = desk.left().len();
        let next = desk.answer(&after).await;
        assert_eq!((next.to.as_str(), desk.left().len()), ("taro1@x.example", before + 1));
    })
    .await;
}

#[tokio::test]
async fn sec_003_a_token_of_any_other_length_or_case_is_no_token() {
    let (folder, db) = sqlite().await;
    let desk = Desk::with(db, &[("MADOGUCHI__LIMITS__INQUIRIES_PER_ADDRESS_PER_DAY", "0")]);
    let ticket = desk.opened(&question(1)).await;
    let answer = desk.answer(&ticket).await;
    let token = answer.reply_to.strip_prefix("desk+").unwrap().split('@').next().unwrap().to_owned();
    let wrong = [
        String::new(),
        token[..1].to_owned(),
        token[..16].to_owned(),
        token[..48].to_owned(),
        token.to_uppercase(),
        format!("{token}a"),
        token.repeat(200),
        format!("{}{}", &token[..48], if token.ends_with('a') { 'b' } else { 'a' }),
    ];
    for (n, text) in wrong.iter().enumerate() {
        let taken = desk
            .take(&mail(
                "x@x.example",
                &format!("desk+{text}@desk.example.jp"),
                "",
                &format!("w{n}@x"),
                &format!("本文 {n}"),
            ))
            .await;
        assert_eq!(taken.outcome, Outcome::Opened, "{text}");
    }
    assert_eq!(desk.messages(&ticket).await.len(), 2);
    let right = desk.take(&mail("x@x.example", &answer.reply_to, "", "right@x", "本文")).await;
    assert_eq!(right.outcome, Outcome::Appended);
    drop(folder);
}

#[tokio::test]
async fn sec_010_automatic_mail_is_kept_and_never_answered() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let left = desk.left().len();
        let signs = [
            "Auto-Submitted: auto-replied\n",
            "Auto-Submitted: auto-generated\n",
            "Auto-Submitted: auto-notified\n",
            "Precedence: bulk\n",
            "Precedence: junk\n",
            "List-Id: <l.x.example>\n",
            "X-Auto-Response-Suppress: All\n",
            "Return-Path: <>\nAuto-Submitted: auto-replied\n",
            "X-Loop: desk@desk.example.jp\n",
        ];
        for (n, sign) in signs.iter().enumerate() {
            let to_nobody =
                mail("robot@x.example", "desk@desk.example.jp", sign, &format!("a{n}@x"), &format!("不在です {n}"));
            let taken = desk.take(&to_nobody).await;
            assert!(matches!(taken.outcome, Outcome::Held | Outcome::Opened), "{sign}: {taken:?}");
            let with_token =
                mail("taro1@x.example", &answer.reply_to, sign, &format!("b{n}@x"), &format!("不在です {n}"));
            assert_eq!(desk.take(&with_token).await.outcome, Outcome::Appended, "{sign}");
        }
        desk.deliver().await;
        assert_eq!(desk.left().len(), left, "something was answered");
        assert!(desk.events(&ticket).await.contains(&"automatic_answer".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn an_automatic_answer_leaves_the_status_alone() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let vacation = mail("taro1@x.example", &answer.reply_to, "Auto-Submitted: auto-replied\n", "v@x", "不在です");
        assert_eq!(desk.take(&vacation).await.outcome, Outcome::Appended);
        assert_eq!(desk.ticket(&ticket.number).await.status, Status::Resolved);
        let plain = mail("robot@x.example", "desk@desk.example.jp", "Auto-Submitted: auto-generated\n", "v2@x", "通知");
        assert_eq!(desk.take(&plain).await.cause, Some(Cause::Automatic));
        let list = mail("l@x.example", "desk@desk.example.jp", "List-Id: <l.x.example>\n", "v3@x", "お知らせ");
        assert_eq!(desk.take(&list).await.cause, Some(Cause::List));
    })
    .await;
}

#[tokio::test]
async fn sec_011_a_dumb_responder_gets_three_receipts_and_no_tickets_beyond_the_cap() {
    on_each_database(async |db: Db| {
        let desk = Desk::with(db, &[("MADOGUCHI__LIMITS__INQUIRIES_PER_ADDRESS_PER_DAY", "5")]);
        let mut causes = Vec::new();
        for n in 0..30 {
            let taken = desk
                .take(&mail("robot@x.example", "desk@desk.example.jp", "", &format!("loop{n}@x"), &format!("返事 {n}")))
                .await;
            causes.push(taken.cause);
            desk.deliver().await;
        }
        assert_eq!(desk.left().len(), 3);
        assert_eq!(desk.count("SELECT COUNT(*) FROM tickets").await, 5);
        assert!(causes[5..].iter().all(|c| *c == Some(Cause::TooMany)), "{causes:?}");
        assert_eq!(held::count(&mut desk.db.read().await.unwrap()).await.unwrap(), 25);
    })
    .await;
}

#[tokio::test]
async fn sec_012_our_own_mail_coming_back_stops_there() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        desk.opened(&question(1)).await;
        desk.deliver().await;
        let path = std::fs::read_dir(desk.folder.path().join("out")).unwrap().next().unwrap().unwrap().path();
        let back = desk.inbox.take_one("test", std::fs::read(path).unwrap()).await.unwrap();
        assert_eq!((back.outcome, back.cause), (Outcome::Ignored, Some(Cause::Own)));
        let other_desk = mail("desk@desk.example.jp", "desk@desk.example.jp", "", "x@other.example", "こんにちは");
        assert_eq!(desk.take(&other_desk).await.cause, Some(Cause::OwnAddress));
        assert_eq!(desk.count("SELECT COUNT(*) FROM tickets").await, 1);
    })
    .await;
}

#[tokio::test]
async fn sec_013_header_fields_from_outside_change_nothing() {
    let (_folder, db) = sqlite().await;
    let desk = Desk::new(db);
    let fields = "X-Ticket-Status: closed\nX-Ticket-Number: 26-AAAA-AAAA\nX-Priority: 1\nX-Madoguchi-Account: 1\n\
                  Resent-From: staff@desk.example.jp\nAuthentication-Results: desk.example.jp; dmarc=pass\nX-Board-Role: admin\n";
    let ticket = desk.opened(&mail("x@x.example", "desk@desk.example.jp", fields, "h@x", "本文")).await;
    assert_eq!((ticket.status, ticket.account_id, ticket.assignee_id), (Status::New, None, None));
    assert_eq!(ticket.requester_email, "x@x.example");
    desk.deliver().await;
    assert!(desk.left().iter().all(|m| !m.text.contains("dmarc") && !m.text.contains("admin")));
}

#[tokio::test]
async fn rel_035_a_bounce_of_ours_comes_to_its_ticket_by_message_id_or_by_token() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        assert_eq!(desk.ticket(&ticket.number).await.status, Status::Resolved);
        let report = |id: &str, to: &str, original: &str| {
            format!(
                "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n\
                 Message-ID: <{id}>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
                 --b\nContent-Type: text/plain\n\nUser unknown\n\n--b\nContent-Type: message/delivery-status\n\n\
                 Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; taro1@x.example\nAction: failed\nStatus: 5.1.1\n\
                 Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\nContent-Type: message/rfc822\n\n\
                 Message-ID: <{original}>\nSubject: x\n\nx\n--b--\n"
            )
        };
        let taken = desk.take(&report("b1@x", "desk@desk.example.jp", &answer.message_id)).await;
        assert_eq!((taken.outcome, taken.ticket.as_deref()), (Outcome::Appended, Some(ticket.number.as_str())));
        let after = desk.ticket(&ticket.number).await;
        assert_eq!(after.status, Status::Open, "an answer that did not arrive brings the ticket back");
        let last = desk.messages(&ticket).await.pop().unwrap();
        assert_eq!(last.kind, MessageKind::Bounce);
        let deliveries = outbox::states_for_ticket(&mut desk.db.read().await.unwrap(), ticket.id.0).await.unwrap();
        let bounced: Vec<_> = deliveries.iter().filter(|d| d.bounced_at.is_some()).collect();
        assert_eq!(bounced.len(), 1);
        assert!(bounced[0].bounce_detail.contains("5.1.1"), "{}", bounced[0].bounce_detail);
        // The copy of our mail is missing; the address it bounced to has the token.
        let by_token = desk.take(&report("b2@x", &answer.reply_to, "unknown@x.example")).await;
        assert_eq!(by_token.outcome, Outcome::Appended);
        let of_nobody = desk.take(&report("b3@x", "desk@desk.example.jp", "unknown@x.example")).await;
        assert_eq!((of_nobody.outcome, of_nobody.cause), (Outcome::Held, Some(Cause::BounceOfNobody)));
    })
    .await;
}

#[tokio::test]
async fn rel_037_the_same_mail_many_times_is_one_message() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let again = desk.take(&question(1)).await;
        assert_eq!((again.outcome, again.ticket.as_deref()), (Outcome::Duplicate, Some(ticket.number.as_str())));
        let on_another_way = format!("Received: from a by b; now\n{}", question(1));
        assert_eq!(desk.take(&on_another_way).await.outcome, Outcome::Duplicate);
        let under_another_id = question(1).replace("<q1@x.example>", "<other@x.example>");
        let merged = desk.take(&under_another_id).await;
        assert_eq!((merged.outcome, merged.cause), (Outcome::Duplicate, Some(Cause::SameContent)));
        assert!(desk.events(&ticket).await.contains(&"mail_merged".to_owned()));
        desk.ctx.clock.advance(Duration::minutes(11));
        let later = question(1).replace("<q1@x.example>", "<later@x.example>");
        assert_eq!(desk.take(&later).await.outcome, Outcome::Opened, "the same text later is a new inquiry");
        let borrowed = question(1).replace("ログインできません。", "別の文面です。");
        let held = desk.take(&borrowed).await;
        assert_eq!((held.outcome, held.cause), (Outcome::Held, Some(Cause::SameIdOtherText)));
        assert_eq!(desk.take(&borrowed).await.outcome, Outcome::Duplicate);
        assert_eq!(desk.messages(&ticket).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn rel_037_many_fetchers_at_once_make_one_ticket() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let fetchers = (0..8).map(|_| {
            let inbox = desk.inbox.clone();
            tokio::spawn(async move { inbox.take_one("test", question(1).into_bytes()).await.unwrap() })
        });
        let mut opened = 0;
        for fetcher in fetchers.collect::<Vec<_>>() {
            opened += usize::from(fetcher.await.unwrap().outcome == Outcome::Opened);
        }
        assert_eq!(opened, 1);
        assert_eq!(desk.count("SELECT COUNT(*) FROM messages").await, 1);
        assert_eq!(desk.count("SELECT COUNT(*) FROM outbox").await, 1);
    })
    .await;
}

#[tokio::test]
async fn rel_038_a_mail_whose_reader_died_is_taken_up_again_and_a_poisonous_one_is_held() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        desk.opened(&question(1)).await;
        // As if the process had died between registering and settling: the row stands, its effects do not.
        let die = |sql: &'static str| {
            let db = desk.db.clone();
            async move {
                let write = async move |tx: &mut Tx| {
                    query("DELETE FROM outbox").execute(tx).await?;
                    query("UPDATE raw_mails SET outcome = 'received', ticket_id = NULL").execute(tx).await?;
                    query("DELETE FROM attachments").execute(tx).await?;
                    query("DELETE FROM messages").execute(tx).await?;
                    query("DELETE FROM events").execute(tx).await?;
                    query("DELETE FROM tickets").execute(tx).await?;
                    query(sql).execute(tx).await?;
                    Ok::<(), DbError>(())
                };
                db.write(write).await.unwrap();
            }
        };
        die("SELECT 1").await;
        assert_eq!(desk.take(&question(1)).await.outcome, Outcome::Opened, "the mail server sent it again");
        die("SELECT 1").await;
        assert_eq!(desk.inbox.poll().await.unwrap().taken, 0, "its reader may still be at it");
        desk.ctx.clock.advance(Duration::minutes(6));
        assert_eq!(desk.inbox.poll().await.unwrap().taken, 1);
        assert_eq!(desk.count("SELECT COUNT(*) FROM tickets").await, 1);
        die("UPDATE raw_mails SET attempts = 3").await;
        desk.ctx.clock.advance(Duration::minutes(1));
        let taken = desk.take(&question(1)).await;
        assert_eq!((taken.outcome, taken.cause), (Outcome::Held, Some(Cause::Undecodable)));
    })
    .await;
}

#[tokio::test]
async fn rel_039_what_cannot_be_read_is_kept_held_and_stands_in_nobodys_way() {
    on_each_database(async |db: Db| {
        let desk = Desk::with(db, &[("MADOGUCHI__LIMITS__MAIL_BYTES", "200000")]);
        let large = format!("{}{}", question(2), "あ".repeat(100_000));
        let nested =
            (0..2000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect::<String>();
        let headers = format!("{}\n{}", "X-A: b\n".repeat(5000), question(3));
        let cases = [
            (large, Cause::TooLarge),
            (format!("From: a@x.example\nMessage-ID: <n@x>\nMIME-Version: 1.0\n{nested}"), Cause::TooComplex),
            (headers, Cause::TooComplex),
            (String::new(), Cause::Undecodable),
            ("\0\0\0 nothing".to_owned(), Cause::Undecodable),
        ];
        for (n, (mail, cause)) in cases.iter().enumerate() {
            let taken = desk.take(mail).await;
            assert_eq!((taken.outcome, taken.cause), (Outcome::Held, Some(*cause)), "case {n}");
        }
        assert_eq!(desk.take(&question(9)).await.outcome, Outcome::Opened);
        let mut tx = desk.db.read().await.unwrap();
        let tray = held::list(&mut tx, None, 10).await.unwrap();
        drop(tx);
        assert_eq!(tray.len(), cases.len());
        let large = tray.iter().find(|m| m.cause == Cause::TooLarge).unwrap();
        assert_eq!(large.subject, "ログインできません 2");
        assert!(desk.inbox.raw(large).await.unwrap().len() > 300_000, "the bytes are all there");
        for again in &cases {
            assert_eq!(desk.take(&again.0).await.outcome, Outcome::Duplicate);
        }
    })
    .await;
}

#[tokio::test]
async fn staff_open_a_ticket_from_a_held_mail_or_put_it_away_once() {
    on_each_database(async |db: Db| {
        let desk = Desk::with(db, &[("MADOGUCHI__LIMITS__MAIL_BYTES", "2000")]);
        let staff = desk.staff().await;
        desk.take(&mail(
            "robot@x.example",
            "desk@desk.example.jp",
            "Auto-Submitted: auto-generated\n",
            "a@x",
            "通知です",
        ))
        .await;
        desk.take(&format!("{}{}", question(2), "a".repeat(5_000))).await;
        desk.take(&mail("l@x.example", "desk@desk.example.jp", "List-Id: <l.x>\n", "l@x", "お知らせ")).await;
        let mut tx = desk.db.read().await.unwrap();
        let tray = held::list(&mut tx, None, 10).await.unwrap();
        drop(tx);
        let of = |cause| tray.iter().find(|m| m.cause == cause).unwrap();
        let number = desk.inbox.release(of(Cause::Automatic), staff).await.unwrap().unwrap();
        let ticket = desk.ticket(number.as_str()).await;
        assert_eq!(desk.messages(&ticket).await[0].body, "通知です");
        assert_eq!(desk.inbox.release(of(Cause::Automatic), staff).await.unwrap(), None, "released twice");
        let unread = desk.inbox.release(of(Cause::TooLarge), staff).await.unwrap().unwrap();
        let unread = desk.ticket(unread.as_str()).await;
        let files = store::attachments(&mut desk.db.read().await.unwrap(), unread.id).await.unwrap();
        assert_eq!(files[0].name, "mail.eml");
        assert_eq!(
            (unread.requester_name.as_str(), unread.requester_email.as_str()),
            ("山田 太郎", "taro2@x.example"),
            "its sender can be answered"
        );
        let (id, now) = (of(Cause::List).id, desk.ctx.now());
        let dismiss = async move |tx: &mut Tx| held::dismiss(tx, id, staff, now).await;
        assert!(desk.db.write(dismiss).await.unwrap());
        assert_eq!(held::count(&mut desk.db.read().await.unwrap()).await.unwrap(), 0);
        assert_eq!(desk.count("SELECT COUNT(*) FROM outbox").await, 0, "nobody is sent a receipt");
        assert_eq!(desk.count("SELECT COUNT(*) FROM audit").await, 3);
    })
    .await;
}

#[tokio::test]
async fn files_of_a_mail_are_kept_under_their_hash() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let with_file = "From: a@x.example\nTo: desk@desk.example.jp\nSubject: f\nMessage-ID: <f@x>\nMIME-Version: 1.0\n\
                         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\n\
                         Content-Type: application/pdf; name=\"../../etc/a.pdf\"\nContent-Transfer-Encoding: base64\n\n\
                         aGVsbG8gZmlsZQ==\n--b--\n";
        let ticket = desk.opened(with_file).await;
        let files = store::attachments(&mut desk.db.read().await.unwrap(), ticket.id).await.unwrap();
        assert_eq!((files.len(), files[0].size), (1, 10));
        assert!(!files[0].name.contains('/'));
        let blob = desk.folder.path().join("blobs").join(&files[0].sha256[..2]);
        assert_eq!(std::fs::read(blob.join(&files[0].sha256)).unwrap(), b"hello file");
    })
    .await;
}

#[tokio::test]
async fn rel_038_a_maildir_is_emptied_only_of_what_was_taken_in() {
    on_each_database(async |db: Db| {
        let desk = Desk::with(db, &[("MADOGUCHI__MAIL__INBOX", "maildir:{folder}/box,maildir:{folder}/missing")]);
        let new = desk.folder.path().join("box/new");
        std::fs::create_dir_all(new.join("a folder")).unwrap();
        for n in 0..100 {
            std::fs::write(new.join(format!("17000000{n:02}.x")), question(n)).unwrap();
        }
        std::fs::write(new.join(".hidden"), "").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", new.join("link")).unwrap();
        std::fs::write(new.join("9.empty"), "").unwrap();
        let summary = desk.inbox.poll().await.unwrap();
        assert_eq!((summary.taken, summary.held, summary.unreadable), (100, 1, 1), "{summary:?}");
        let mut left: Vec<_> =
            std::fs::read_dir(&new).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".hidden", "a folder", "link"]);
        let done: Vec<_> = std::fs::read_dir(new.with_file_name("cur")).unwrap().collect();
        assert_eq!(done.len(), 101);
        assert_eq!(desk.count("SELECT COUNT(*) FROM tickets").await, 100);
        assert_eq!(desk.inbox.poll().await.unwrap().taken, 0);

        // A colleague's mail program moved a new mail to cur, unread; another one it has shown to them.
        let cur = new.with_file_name("cur");
        std::fs::write(cur.join("1800000000.x:2,F"), question(200)).unwrap();
        std::fs::write(cur.join("1800000001.x:2,S"), question(201)).unwrap();
        assert_eq!(desk.inbox.poll().await.unwrap().taken, 1);
        assert!(cur.join("1800000000.x:2,FS").exists(), "it is marked as seen");
        assert_eq!(desk.inbox.poll().await.unwrap().settled(), 0);
    })
    .await;
}

#[tokio::test]
async fn mails_of_one_sender_stay_in_order_and_every_mail_is_told() {
    on_each_database(async |db: Db| {
        let desk = Desk::new(db);
        let ticket = desk.opened(&question(1)).await;
        let answer = desk.answer(&ticket).await;
        let sources: Vec<Source> = (0..150)
            .map(|n| {
                Source::Bytes(
                    mail("taro1@x.example", &answer.reply_to, "", &format!("o{n}@x"), &format!("返事 {n}"))
                        .into_bytes(),
                )
            })
            .collect();
        let mut told = Vec::new();
        desk.inbox
            .take_in("test", sources.clone(), |source, result| told.push((source.clone(), result.unwrap().outcome)))
            .await;
        assert!(told.iter().map(|(s, _)| s).eq(sources.iter()));
        assert!(told.iter().all(|(_, outcome)| *outcome == Outcome::Appended));
        let bodies: Vec<_> = desk.messages(&ticket).await.into_iter().skip(2).map(|m| m.body).collect();
        assert_eq!(bodies, (0..150).map(|n| format!("返事 {n}")).collect::<Vec<_>>());
    })
    .await;
}

async fn sqlite() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 2).await.unwrap();
    (folder, db)
}
