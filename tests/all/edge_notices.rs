//! What people are told before a close: each step once, nothing of a close that has passed, whatever the downtime.

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::parse_instant;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{Ticket, actions};
use madoguchi::jobs::{self, Dispatcher, preview, stop};
use madoguchi::platform::db::{Tx, query};

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
            jobs::schedules(&ctx).unwrap().into_iter().filter(|s| s.name == "remind_edge").collect();
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
        assert!(told == [("remind_edge", 2)], "{told:?}");

        // Seven days before, and again within the hour: once.
        for minutes in [0, 180, 24 * 60 - 180] {
            desk.state.clock.set(at("2024-11-08 12:00") + Duration::minutes(minutes));
            dispatcher.run_due().await.unwrap();
        }
        assert_eq!(mails(&desk, "edge_reminder").await, ["168", "168"]);
        // Down from then until ten hours before the close: of the three steps that passed only the last is told.
        desk.state.clock.set(at("2024-11-15 02:00"));
        dispatcher.run_due().await.unwrap();
        assert_eq!(mails(&desk, "edge_reminder").await[2..], ["24", "24"]);
        assert_eq!(mails(&desk, "edge_digest").await, [agent.to_string()], "one person, one close, one step");
        // Down across the close itself: nothing.
        desk.state.clock.set(at("2024-11-15 12:00"));
        dispatcher.run_due().await.unwrap();
        assert_eq!((mails(&desk, "edge_reminder").await.len(), mails(&desk, "edge_digest").await.len()), (4, 1));
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
            madoguchi::desk::flows::edge_notices::digest(tx, &ctx).await
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
