//! Tickets: intake, actions, lists and what a requester may see, on both databases.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;
use madoguchi::config::Settings;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::reply::disclosure::Viewer;
use madoguchi::desk::staff::StaffId;
use madoguchi::desk::ticket::actions::{self, ActError, Addition, Reply};
use madoguchi::desk::ticket::intake::{self, Inquiry, Intake, Received};
use madoguchi::desk::ticket::list::{self, Filter, View};
use madoguchi::desk::ticket::thread::{self, Entry};
use madoguchi::desk::ticket::{Actor, Channel, MessageKind, SeenBy, Status, store, token};
use madoguchi::desk::{Context, Lang};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, DbError, Tx, query};

use crate::support::{on_each_database, some_morning};

fn context() -> Context {
    let settings = Settings::from_parts(None, std::iter::empty()).unwrap();
    Context {
        clock: Clock::manual(some_morning()),
        random: Random::seeded(7),
        keys: Keys::new([5; 32]),
        settings: Arc::new(settings),
    }
}

fn inquiry(form_key: &str, ctx: &Context) -> Intake {
    Intake {
        inquiry: Inquiry {
            kind: InquiryKind::Id,
            lang: Lang::Ja,
            subject: "ログインIDを知りたい".into(),
            body: "異動でメールが変わり、IDがわからなくなりました。".into(),
            name: "渡邉 一郎".into(),
            kana: "ワタナベ イチロウ".into(),
            email: "ichiro@example.jp".into(),
            email_key: "ichiro@example.jp".into(),
            phone: String::new(),
            registration_number: Some(612_048),
            registration_number_raw: "第６１２０４８号".into(),
            born_on: chrono::NaiveDate::from_ymd_opt(1996, 4, 21),
            birthdate_raw: "平成 8-4-21".into(),
            fields: BTreeMap::new(),
        },
        terms: None,
        channel: Channel::Web,
        form_key: form_key.into(),
        received_at: ctx.now(),
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: true,
        actor: Actor::Requester,
    }
}

async fn receive(db: &Db, ctx: &Context, intake: Intake) -> Received {
    let ctx = ctx.clone();
    db.write(async move |tx: &mut Tx| intake::receive(tx, &ctx, &intake).await).await.unwrap()
}

async fn a_member_of_staff(db: &Db, ctx: &Context) -> StaffId {
    let now = ctx.now();
    let insert = async move |tx: &mut Tx| {
        query("INSERT INTO staff (name, email, role, created_at) VALUES ('佐藤 由美', 'sato@desk.example', 'agent', $1) RETURNING id")
            .bind(now)
            .fetch_one::<(StaffId,)>(tx)
            .await
    };
    db.write(insert).await.map(|(id,)| id).unwrap_or_else(|e: DbError| panic!("{e}"))
}

async fn count(db: &Db, table: &'static str) -> i64 {
    let sql = match table {
        "tickets" => "SELECT COUNT(*) FROM tickets",
        "messages" => "SELECT COUNT(*) FROM messages",
        "events" => "SELECT COUNT(*) FROM events",
        _ => "SELECT COUNT(*) FROM outbox",
    };
    query(sql).fetch_one::<(i64,)>(&mut db.read().await.unwrap()).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inquiry_becomes_a_ticket_with_message_event_and_receipt() {
    on_each_database(|db| async move {
        let ctx = context();
        let received = receive(&db, &ctx, inquiry("form-1", &ctx)).await;
        assert!(received.is_new);
        assert!(received.number.as_str().starts_with("26-"));
        for table in ["tickets", "messages", "events", "outbox"] {
            assert_eq!(count(&db, table).await, 1, "{table}");
        }
        let mut tx = db.read().await.unwrap();
        let ticket = store::find_by_number(&mut tx, &received.number).await.unwrap().unwrap();
        assert_eq!(ticket.status, Status::New);
        assert_eq!(ticket.registration_number_raw, "第６１２０４８号");
        assert_eq!(ticket.received_at, ctx.now());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_008_the_receipt_quotes_nothing_the_submitter_typed() {
    on_each_database(|db| async move {
        let ctx = context();
        let mut intake = inquiry("form-1", &ctx);
        intake.inquiry.subject = "FREE BTC evil.example".into();
        intake.inquiry.body = "http://evil.example".into();
        intake.inquiry.name = "evil.example".into();
        receive(&db, &ctx, intake).await;
        let mut tx = db.read().await.unwrap();
        let (subject, body): (String, String) =
            query("SELECT subject, body FROM outbox").fetch_one(&mut tx).await.unwrap();
        assert!(!subject.contains("evil") && !body.contains("evil"), "{subject}\n{body}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_011_the_same_form_key_is_the_same_ticket_however_often_and_however_changed() {
    on_each_database(|db| async move {
        let ctx = context();
        let first = receive(&db, &ctx, inquiry("form-1", &ctx)).await;
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (db, ctx) = (db.clone(), ctx.clone());
                tokio::spawn(async move { receive(&db, &ctx, inquiry("form-1", &ctx)).await })
            })
            .collect();
        for task in tasks {
            let again = task.await.unwrap();
            assert_eq!(again.number, first.number);
            assert!(!again.is_new && !again.differs);
        }
        let mut changed = inquiry("form-1", &ctx);
        changed.inquiry.body = "べつの文".into();
        let again = receive(&db, &ctx, changed).await;
        assert!(again.differs);
        assert_eq!(count(&db, "tickets").await, 1);
        assert_eq!(count(&db, "messages").await, 1);
        assert_eq!(count(&db, "outbox").await, 1);
        assert_eq!(token::passcode(&ctx.keys, "form-1"), token::passcode(&ctx.keys, "form-1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_008_an_address_gets_at_most_the_configured_number_of_receipts_a_day() {
    on_each_database(|db| async move {
        let ctx = context();
        for n in 0..6 {
            receive(&db, &ctx, inquiry(&format!("form-{n}"), &ctx)).await;
        }
        assert_eq!(count(&db, "tickets").await, 6);
        assert_eq!(count(&db, "outbox").await, 3);
        ctx.clock.advance(Duration::hours(25));
        receive(&db, &ctx, inquiry("form-next-day", &ctx)).await;
        assert_eq!(count(&db, "outbox").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_064_a_reply_is_refused_when_something_unseen_arrived_and_nothing_is_sent() {
    on_each_database(|db| async move {
        let ctx = context();
        let staff = a_member_of_staff(&db, &ctx).await;
        let received = receive(&db, &ctx, inquiry("form-1", &ctx)).await;
        let (id, now) = (received.id, ctx.now());
        let addition = Addition { body: "追記です".into(), ..Addition::default() };
        db.write(async move |tx: &mut Tx| actions::append_from_requester(tx, id, Channel::Web, &addition, now).await)
            .await
            .unwrap();
        let reply = Reply { body: "回答".into(), seen_seq: 1, then: Status::Resolved, to_on_file: None };
        let (late, context) = (reply.clone(), ctx.clone());
        let refused = db.write(async move |tx: &mut Tx| actions::reply(tx, &context, id, staff, &late).await).await;
        assert!(matches!(refused, Err(ActError::Unseen)));
        assert_eq!(count(&db, "messages").await, 2);
        let reply = Reply { seen_seq: 2, ..reply };
        let context = ctx.clone();
        db.write(async move |tx: &mut Tx| actions::reply(tx, &context, id, staff, &reply).await).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let ticket = store::get(&mut tx, id).await.unwrap();
        assert_eq!((ticket.status, ticket.assignee_id), (Status::Resolved, Some(staff.0)));
        assert_eq!(count(&db, "outbox").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_055_a_requester_never_sees_an_internal_note_and_a_passcode_never_shows_an_answer() {
    on_each_database(|db| async move {
        let ctx = context();
        let staff = a_member_of_staff(&db, &ctx).await;
        let received = receive(&db, &ctx, inquiry("form-1", &ctx)).await;
        let (id, now) = (received.id, ctx.now());
        db.write(async move |tx: &mut Tx| actions::note(tx, id, staff, "CANARY-NOTE", now).await).await.unwrap();
        let context = ctx.clone();
        let reply =
            Reply { body: "CANARY-REPLY".into(), seen_seq: 2, then: Status::WaitingOnRequester, to_on_file: None };
        db.write(async move |tx: &mut Tx| actions::reply(tx, &context, id, staff, &reply).await).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let ticket = store::get(&mut tx, id).await.unwrap();
        let by_passcode = thread::for_viewer(&mut tx, &ctx, &ticket, &Viewer::Passcode).await.unwrap();
        let shown = format!("{by_passcode:?}");
        assert!(!shown.contains("CANARY"), "{shown}");
        assert!(matches!(by_passcode[1], Entry::Elsewhere { .. }));
        let viewer = Viewer::Link { address_tag: token::address_tag(&ctx.keys, "ichiro@example.jp") };
        let by_link = format!("{:?}", thread::for_viewer(&mut tx, &ctx, &ticket, &viewer).await.unwrap());
        assert!(by_link.contains("CANARY-REPLY") && !by_link.contains("CANARY-NOTE"), "{by_link}");
        let stranger = Viewer::Link { address_tag: token::address_tag(&ctx.keys, "other@example.jp") };
        assert!(
            !format!("{:?}", thread::for_viewer(&mut tx, &ctx, &ticket, &stranger).await.unwrap()).contains("CANARY")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_who_writes_again_reopens_a_closed_ticket_and_may_withdraw_only_an_unfinished_one() {
    on_each_database(|db| async move {
        let ctx = context();
        let staff = a_member_of_staff(&db, &ctx).await;
        let received = receive(&db, &ctx, inquiry("form-1", &ctx)).await;
        let (id, now) = (received.id, ctx.now());
        db.write(async move |tx: &mut Tx| actions::set_status(tx, id, staff, Status::Closed, now).await).await.unwrap();
        let refused = db.write(async move |tx: &mut Tx| actions::withdraw(tx, id, now).await).await;
        assert!(matches!(refused, Err(ActError::Finished)));
        let addition = Addition { body: "まだ困っています".into(), ..Addition::default() };
        db.write(async move |tx: &mut Tx| actions::append_from_requester(tx, id, Channel::Mail, &addition, now).await)
            .await
            .unwrap();
        let mut tx = db.read().await.unwrap();
        let ticket = store::get(&mut tx, id).await.unwrap();
        assert_eq!((ticket.status, ticket.closed_at), (Status::Open, None));
        let kinds: Vec<_> = store::messages(&mut tx, id).await.unwrap().into_iter().map(|m| m.kind).collect();
        assert_eq!(kinds, [MessageKind::Inquiry, MessageKind::RequesterReply]);
        drop(tx);
        db.write(async move |tx: &mut Tx| actions::withdraw(tx, id, now).await).await.unwrap();
        assert_eq!(store::get(&mut db.read().await.unwrap(), id).await.unwrap().status, Status::Closed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_key_and_counts_agree_with_them() {
    on_each_database(|db| async move {
        let ctx = context();
        let staff = a_member_of_staff(&db, &ctx).await;
        let mut ids = Vec::new();
        for n in 0..7 {
            ids.push(receive(&db, &ctx, inquiry(&format!("form-{n}"), &ctx)).await.id);
        }
        let (mine, spam, waiting, now) = (ids[0], ids[1], ids[2], ctx.now());
        db.write(async move |tx: &mut Tx| {
            actions::assign(tx, mine, staff, Some(staff), now).await?;
            actions::set_spam(tx, spam, staff, true, now).await?;
            actions::set_status(tx, waiting, staff, Status::WaitingOnRequester, now).await
        })
        .await
        .unwrap();
        let mut tx = db.read().await.unwrap();
        let filter = Filter::default();
        let first = list::page(&mut tx, &View::NeedsStaff, &filter, None, 3).await.unwrap();
        let rest = list::page(&mut tx, &View::NeedsStaff, &filter, first.last().map(|l| l.id.0), 10).await.unwrap();
        let all: Vec<i64> = first.iter().chain(&rest).map(|l| l.id.0).collect();
        assert_eq!(all, [ids[6].0, ids[5].0, ids[4].0, ids[3].0, ids[0].0]);
        let counts = list::counts(&mut tx, SeenBy::Everything).await.unwrap();
        assert_eq!((counts.needs_staff, counts.unassigned, counts.waiting_on_requester, counts.spam), (5, 4, 1, 1));
        for view in
            [View::NeedsStaff, View::Mine(staff), View::Unassigned, View::Status(Status::New), View::Spam, View::All]
        {
            let page = list::page(&mut tx, &view, &filter, None, 100).await.unwrap();
            assert_eq!(page.len() as i64, list::count(&mut tx, &view, &filter).await.unwrap(), "{view:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_or_panicking_write_leaves_nothing_and_its_neighbours_stay() {
    on_each_database(|db| async move {
        let ctx = context();
        let mut tasks = Vec::new();
        for n in 0..30_i64 {
            let (db, ctx) = (db.clone(), ctx.clone());
            tasks.push(tokio::spawn(async move {
                let intake = inquiry(&format!("form-{n}"), &ctx);
                db.write(async move |tx: &mut Tx| {
                    let received = intake::receive(tx, &ctx, &intake).await?;
                    match n % 3 {
                        0 => Ok(received),
                        1 => Err(DbError::Unusable("refused after its inserts".into())),
                        _ => panic!("on purpose"),
                    }
                })
                .await
                .is_ok()
            }));
        }
        let mut stored = 0;
        for task in tasks {
            stored += i64::from(task.await.unwrap());
        }
        assert_eq!(stored, 10);
        assert_eq!(count(&db, "tickets").await, 10);
        assert_eq!(count(&db, "events").await, 10);
    })
    .await;
}
