//! What people are told before a close: each step once, nothing of a close that has passed, whatever the downtime.

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::flows::reminders;
use madoguchi::desk::inquiry::{Catalogue, InquiryKind};
use madoguchi::desk::period::parse_instant;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::Ticket;
use madoguchi::desk::ticket::actions::{self, ActError};
use madoguchi::jobs::{self, Dispatcher, preview, stop};
use madoguchi::platform::db::{Db, DbError, Tx, query};

use super::edges::{import, received};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

async fn mails(desk: &TestDesk, kind: &'static str) -> Vec<String> {
    let mut tx = desk.state.db.read().await.unwrap();
    let rows: Vec<(String,)> =
        query("SELECT dedupe_key FROM outbox WHERE kind = $1 ORDER BY id").bind(kind).fetch_all(&mut tx).await.unwrap();
    rows.into_iter().map(|(key,)| key.rsplit(':').next().unwrap().to_owned()).collect()
}

async fn wants(desk: &TestDesk, ticket: &Ticket) {
    let (id, now) = (ticket.id, ticket.received_at);
    let write = async move |tx: &mut Tx| actions::want_reminder(tx, id, true, now).await;
    desk.state.db.write(write).await.unwrap();
}

#[tokio::test]
async fn rel_016_each_step_is_told_once_and_downtime_across_a_close_tells_nothing_late() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        let ctx = desk.state.context();
        desk.state.clock.set(at("2024-11-05 10:00"));
        let (_stopper, stop) = stop::pair();
        let schedules: Vec<_> =
            jobs::schedules(&ctx).unwrap().into_iter().filter(|s| s.name == "remind_deadlines").collect();
        let dispatcher = Dispatcher::new(db.clone(), ctx.clock.clone(), "test", schedules.clone(), stop);
        dispatcher.register().await.unwrap();
        let (agent, _) = desk.signed_in("agent", Role::Agent).await;
        let one = received(&desk, InquiryKind::Apply, at("2024-11-05 09:00")).await;
        let other = received(&desk, InquiryKind::Apply, at("2024-11-05 09:01")).await;
        received(&desk, InquiryKind::Record, at("2024-11-05 09:02")).await;
        wants(&desk, &one).await;
        wants(&desk, &other).await;

        let coming = preview(&mut db.read().await.unwrap(), &schedules, at("2024-11-08 11:59"), at("2024-11-08 12:05"))
            .await
            .unwrap();
        let told: Vec<_> = coming.iter().map(|run| (run.job, run.recipients)).collect();
        assert!(told == [("remind_deadlines", 2)], "{told:?}");

        // Seven days before, and again within the hour: once.
        for minutes in [0, 180, 24 * 60 - 180] {
            desk.state.clock.set(at("2024-11-08 12:00") + Duration::minutes(minutes));
            dispatcher.run_due().await.unwrap();
        }
        assert_eq!(mails(&desk, "deadline_reminder").await, ["168", "168"]);
        // Down from then until ten hours before the close: of the three steps that passed only the last is told.
        desk.state.clock.set(at("2024-11-15 02:00"));
        dispatcher.run_due().await.unwrap();
        assert_eq!(mails(&desk, "deadline_reminder").await[2..], ["24", "24"]);
        assert_eq!(mails(&desk, "edge_digest").await, [agent.to_string()], "one person, one close, one step");
        // Down across the close itself: nothing.
        desk.state.clock.set(at("2024-11-15 12:00"));
        dispatcher.run_due().await.unwrap();
        assert_eq!((mails(&desk, "deadline_reminder").await.len(), mails(&desk, "edge_digest").await.len()), (4, 1));
    })
    .await;
}

#[tokio::test]
async fn a_digest_says_what_is_open_and_what_is_ones_own_and_no_word_of_a_requester() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-15 09:30"));
        let (agent, _) = desk.signed_in("agent", Role::Agent).await;
        desk.signed_in("viewer", Role::Viewer).await;
        let mine = received(&desk, InquiryKind::Apply, at("2024-11-15 09:00")).await;
        received(&desk, InquiryKind::Apply, at("2024-11-15 09:10")).await;
        let (ctx, id, now) = (desk.state.context(), mine.id, desk.state.clock.now());
        let write = async move |tx: &mut Tx| {
            actions::assign(tx, id, agent, Some(agent), now).await.unwrap();
            reminders::digest::send(tx, &ctx).await
        };
        assert_eq!(desk.state.db.write(write).await.unwrap(), 1, "viewers do not work tickets");
        let mut tx = desk.state.db.read().await.unwrap();
        let (subject, body): (String, String) =
            query("SELECT subject, body FROM outbox WHERE kind = 'edge_digest'").fetch_one(&mut tx).await.unwrap();
        assert_eq!(subject, "【事務局】1次募集の締切まで3時間以内です(未対応2件)");
        assert!(body.contains("対応が必要：2件(うち未割当 1件)") && body.contains(&mine.number), "{body}");
        assert!(!body.contains("渡邉"));
    })
    .await;
}

#[tokio::test]
async fn sec_056_a_digest_counts_no_confidential_ticket_that_is_not_for_its_reader() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-15 09:30"));
        desk.signed_in("agent", Role::Agent).await;
        desk.signed_in("lead", Role::Lead).await;
        let kept = received(&desk, InquiryKind::Apply, at("2024-11-15 09:00")).await;
        received(&desk, InquiryKind::Apply, at("2024-11-15 09:10")).await;
        let (ctx, id) = (desk.state.context(), kept.id);
        let write = async move |tx: &mut Tx| {
            query("UPDATE tickets SET is_confidential = TRUE WHERE id = $1").bind(id).execute(tx).await?;
            reminders::digest::send(tx, &ctx).await
        };
        assert_eq!(desk.state.db.write::<_, DbError, _>(write).await.unwrap(), 2);
        let mut tx = desk.state.db.read().await.unwrap();
        let subjects: Vec<(String,)> = query("SELECT subject FROM outbox WHERE kind = 'edge_digest' ORDER BY id")
            .fetch_all(&mut tx)
            .await
            .unwrap();
        assert!(subjects[0].0.contains("未対応1件") && subjects[1].0.contains("未対応2件"), "{subjects:?}");
    })
    .await;
}

/// The kinds of the desk, but applicants are also promised a word five days before the close.
fn kinds_with_a_promise() -> Catalogue {
    let folder = tempfile::tempdir().unwrap();
    let promise = "\n[[reminders]]\nid = \"apply_now\"\nbefore = { close = \"apply\" }\ndays_before = 5\n\
                   say = { ja = \"種別のお知らせ。{closes_at} まで。\", en = \"The kind says: {closes_at}.\" }\n";
    let apply = std::fs::read_to_string("config/kinds/apply.toml").unwrap();
    std::fs::write(folder.path().join("apply.toml"), apply + promise).unwrap();
    Catalogue::with_folder(folder.path()).unwrap()
}

#[tokio::test]
async fn rel_016_who_asked_and_whose_kind_promises_it_gets_one_mail_for_each_step_of_a_close() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        let kinds = kinds_with_a_promise();
        let both = received(&desk, InquiryKind::Apply, at("2024-11-05 09:00")).await;
        let promised = received(&desk, InquiryKind::Apply, at("2024-11-05 09:01")).await;
        let other = received(&desk, InquiryKind::Id, at("2024-11-05 09:02")).await;
        wants(&desk, &both).await;
        wants(&desk, &other).await;
        let told = async |typed: &str| {
            desk.state.clock.set(at(typed));
            for _ in 0..2 {
                let (ctx, kinds) = (desk.state.context(), kinds.clone());
                let remind = async move |tx: &mut Tx| reminders::remind(tx, &ctx, &kinds, 50).await;
                db.write::<_, ActError, _>(remind).await.unwrap();
            }
            let sql = "SELECT ticket_id, dedupe_key, body FROM outbox WHERE kind = 'deadline_reminder' ORDER BY id";
            let rows: Vec<(i64, String, String)> = query(sql).fetch_all(&mut db.read().await.unwrap()).await.unwrap();
            let line = |(ticket, key, body): (i64, String, String)| {
                let who = [(both.id, "both"), (promised.id, "promised"), (other.id, "other")];
                let who = who.iter().find(|(id, _)| id.0 == ticket).unwrap().1;
                let asked = if body.contains("ご希望により") { " asked" } else { "" };
                let kind = if body.contains("種別のお知らせ。2024年11月15日 12:00 まで。") {
                    " kind"
                } else {
                    ""
                };
                format!("{who} {}{asked}{kind}", key.rsplit(':').next().unwrap())
            };
            rows.into_iter().map(line).collect::<Vec<_>>()
        };
        // 7 days before: both reasons are not due together yet.
        assert_eq!(told("2024-11-08 12:00").await, ["both 168 asked", "other 168 asked"]);
        // 5 days before: the promise is due, once for each.
        let five = told("2024-11-10 12:00").await;
        assert_eq!(five[2..], ["both 120 kind", "promised 120 kind"]);
        // Who has heard the kind's words hears the later steps alone.
        let three = told("2024-11-12 12:00").await;
        assert_eq!(three[4..], ["both 72 asked", "other 72 asked"]);
        // The kind's words wait for nobody's second mail: a new wish after the step makes no doubled one.
        wants(&desk, &promised).await;
        let last = told("2024-11-15 09:00").await;
        assert_eq!(last[6..], ["both 3 asked", "promised 3 asked", "other 3 asked"]);
        assert_eq!(told("2024-11-15 12:00").await.len(), 9, "nothing after the close");
    })
    .await;
}

#[tokio::test]
async fn after_a_downtime_one_mail_speaks_for_both_reasons() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        let kinds = kinds_with_a_promise();
        let ticket = received(&desk, InquiryKind::Apply, at("2024-11-05 09:00")).await;
        wants(&desk, &ticket).await;
        desk.state.clock.set(at("2024-11-13 09:00"));
        let due = reminders::due(&mut db.read().await.unwrap(), &kinds, desk.state.clock.now(), 50).await.unwrap();
        let found: Vec<_> = due.iter().map(|one| (one.hours, one.is_asked, one.reminder.is_some())).collect();
        assert_eq!(found, [(72, true, true)]);
        let (ctx, kinds_then) = (desk.state.context(), kinds.clone());
        let remind = async move |tx: &mut Tx| reminders::remind(tx, &ctx, &kinds_then, 50).await;
        assert_eq!(db.write::<_, ActError, _>(remind).await.unwrap(), 1);
        let due = reminders::due(&mut db.read().await.unwrap(), &kinds, desk.state.clock.now(), 50).await.unwrap();
        assert!(due.is_empty(), "both reasons are settled by the one mail");
    })
    .await;
}

#[tokio::test]
async fn what_kinds_had_told_before_the_two_tables_became_one_is_not_told_again() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        let kinds = kinds_with_a_promise();
        let asked = received(&desk, InquiryKind::Apply, at("2024-11-05 09:00")).await;
        let promised = received(&desk, InquiryKind::Apply, at("2024-11-05 09:01")).await;
        let (a, p) = (asked.id, promised.id);
        // As it was before migration 0014, then its statements.
        let is_postgres = matches!(db, Db::Postgres(..));
        let write = async move |tx: &mut Tx| {
            let (file, time) = match is_postgres {
                true => (include_str!("../../migrations/postgres/0014_one_reminder.sql"), "TIMESTAMPTZ"),
                false => (include_str!("../../migrations/sqlite/0014_one_reminder.sql"), "TEXT"),
            };
            let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
            let old = format!(
                "CREATE TABLE deadline_reminders (ticket_id BIGINT, reminder TEXT, deadline_at {time}, sent_at {time})"
            );
            query(leak(old)).execute(tx).await?;
            for (ticket, minutes) in [(a, 0), (p, 1)] {
                query("INSERT INTO deadline_reminders VALUES ($1, 'apply_now', $2, $3)")
                    .bind(ticket)
                    .bind(at("2024-11-15 12:00"))
                    .bind(at("2024-11-10 12:14") + Duration::minutes(minutes))
                    .execute(tx)
                    .await?;
            }
            // One of them had been told at the same hour because they asked for it.
            query("INSERT INTO edge_notices (ticket_id, edge_at, hours, told_at) VALUES ($1, $2, 120, $2)")
                .bind(a)
                .bind(at("2024-11-15 12:00"))
                .execute(tx)
                .await?;
            for statement in file.split(';').map(|s| s.trim()).filter(|s| s.contains("deadline_reminders")) {
                query(leak(statement.to_owned())).execute(tx).await?;
            }
            Ok::<_, DbError>(())
        };
        db.write(write).await.unwrap();
        let sql = "SELECT ticket_id, hours, reminder FROM edge_notices ORDER BY ticket_id";
        let rows: Vec<(i64, i64, String)> = query(sql).fetch_all(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(rows, [(a.0, 120, "apply_now".to_owned()), (p.0, 120, "apply_now".to_owned())]);
        desk.state.clock.set(at("2024-11-10 15:00"));
        let due = reminders::due(&mut db.read().await.unwrap(), &kinds, desk.state.clock.now(), 50).await.unwrap();
        assert!(due.is_empty());
    })
    .await;
}
