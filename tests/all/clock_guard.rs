//! What the clock does when numbers are unusual, at the edges of the season, and what it keeps as proof.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use madoguchi::desk::flows::season;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::parse_instant;
use madoguchi::desk::staff::Role;
use madoguchi::jobs::{self, Dispatcher, Job, JobFault, Schedule, Step, Turn, stop};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::{Db, DbError, Tx};
use madoguchi::platform::queue::proof::{self, Check};
use madoguchi::platform::queue::store::{self, Run};
use madoguchi::platform::queue::{CatchUp, RunState};

use super::edges::{import, received};
use super::staff_browser::TestDesk;
use super::support::{on_each_database, some_morning};

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

/// Would mail so many people.
struct Mailing(i64);

impl Job for Mailing {
    fn step<'t>(&'t self, _: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { Ok(Step::done(self.0)) })
    }

    fn reach<'t>(&'t self, _: &'t mut Tx, _: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async { Ok(Some(self.0)) })
    }
}

async fn runs(db: &Db) -> Vec<Run> {
    store::recent(&mut db.read().await.unwrap(), 200).await.unwrap()
}

#[tokio::test]
async fn a_run_that_would_reach_an_unusual_number_waits_for_people() {
    on_each_database(|db| async move {
        let clock = Clock::manual(some_morning());
        let (_stopper, stop) = stop::pair();
        for (day, reach, expected) in
            [(1, 400, RunState::Done), (2, 3_000, RunState::Done), (3, 40_000, RunState::Failed)]
        {
            let daily = Schedule::new("mailing", "0 0 9 * * *", CatchUp::Each, Arc::new(Mailing(reach))).unwrap();
            let dispatcher = Dispatcher::new(db.clone(), clock.clone(), "test", vec![daily], stop.clone());
            dispatcher.register().await.unwrap();
            clock.set(some_morning() + Duration::days(day));
            dispatcher.run_due().await.unwrap();
            let last = runs(&db).await.into_iter().max_by_key(|run| run.due_at).unwrap();
            assert_eq!(last.state, expected, "{day}: {}", last.note);
            if expected == RunState::Failed {
                assert_eq!((last.effects, last.attempts), (0, 1), "it is not tried again by itself");
                assert!(
                    last.note.starts_with("held: it would reach 40000 where at most 30000 are usual"),
                    "{}",
                    last.note
                );
                let (id, now) = (last.id, clock.now());
                let retry = async move |tx: &mut Tx| store::retry(tx, id, now).await;
                assert!(db.write::<_, DbError, _>(retry).await.unwrap());
                dispatcher.run_due().await.unwrap();
                let again = store::find(&mut db.read().await.unwrap(), id).await.unwrap().unwrap();
                assert_eq!((again.state, again.effects), (RunState::Done, 40_000), "a person said that it is right");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rel_016_each_edge_has_one_run_also_after_downtime_and_a_moved_date_moves_it() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        desk.state.clock.set(at("2024-11-10 10:00"));
        let replan = async |now| {
            let write = async move |tx: &mut Tx| season::replan(tx, None, now).await;
            db.write::<_, DbError, _>(write).await.unwrap()
        };
        replan(at("2024-11-10 10:00")).await;
        let planned: Vec<_> =
            runs(&db).await.iter().filter(|run| run.state == RunState::Due).map(|run| run.due_at).collect();
        assert!(planned.contains(&at("2024-11-15 12:00")) && planned.contains(&at("2025-02-03 12:00")), "{planned:?}");
        let sql = "UPDATE periods SET closes_at = $1 WHERE fiscal_year = 2025 AND round = '1' AND kind = 'apply'";
        let moved =
            async move |tx: &mut Tx| madoguchi::platform::db::query(sql).bind(at("2024-11-14 12:00")).execute(tx).await;
        db.write::<_, DbError, _>(moved).await.unwrap();
        replan(at("2024-11-10 10:01")).await;

        let ctx = desk.state.context();
        let (_stopper, stop) = stop::pair();
        let edges = jobs::schedules(&ctx).unwrap().into_iter().filter(|schedule| schedule.name == "edges").collect();
        let dispatcher = Dispatcher::new(db.clone(), ctx.clock.clone(), "test", edges, stop);
        dispatcher.register().await.unwrap();
        // Down for three days, across the close.
        desk.state.clock.set(at("2024-11-16 09:00"));
        for _ in 0..2 {
            dispatcher.run_due().await.unwrap();
        }
        let all = runs(&db).await;
        let at_edge = |typed: &str| all.iter().filter(|run| run.due_at == at(typed)).collect::<Vec<_>>();
        let close = at_edge("2024-11-14 12:00");
        assert_eq!(close.len(), 1);
        assert_eq!((close[0].state, close[0].note.as_str()), (RunState::Done, "1次募集 応募 closes"));
        assert!(at_edge("2024-11-15 12:00").is_empty(), "that date is no edge any more");
    })
    .await;
}

#[tokio::test]
async fn how_the_clocks_stood_is_kept_beside_what_was_received() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db);
        let note = async |when: &str, ahead_ms, is_synchronised| {
            let check = Check { at: at(when), ahead_ms, is_synchronised };
            let write = async move |tx: &mut Tx| proof::note(tx, "clock", check).await;
            desk.state.db.write::<_, DbError, _>(write).await.unwrap();
        };
        note("2026-12-08 09:00", 12, Some(true)).await;
        note("2026-12-08 09:00:30", 13, Some(true)).await;
        note("2026-12-08 11:30", 2_400, Some(false)).await;
        desk.state.clock.set(at("2026-12-08 11:40"));
        let ticket = received(&desk, InquiryKind::Other, at("2026-12-08 10:00")).await;
        let later = received(&desk, InquiryKind::Other, at("2026-12-08 11:35")).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let page = agent.get(&format!("/staff/tickets/{}", ticket.number)).await;
        assert!(page.has("時計の差 12 ms") && page.has("時刻同期あり"), "{}", page.text);
        let page = agent.get(&format!("/staff/tickets/{}", later.number)).await;
        assert!(page.has("時計の差 2400 ms") && page.has("時刻同期なし"));
    })
    .await;
}

#[tokio::test]
async fn a_calendar_of_ones_own_opens_by_its_secret_and_says_numbers_only() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-13 10:00"));
        let ticket = received(&desk, InquiryKind::Apply, at("2024-11-13 09:00")).await;
        let (agent, mut browser) = desk.signed_in("agent", Role::Agent).await;
        let (id, now) = (ticket.id, desk.state.clock.now());
        let take =
            async move |tx: &mut Tx| madoguchi::desk::ticket::actions::assign(tx, id, agent, Some(agent), now).await;
        desk.state.db.write(take).await.unwrap();
        let made = browser.post("/staff/settings/feed", &[("act", "make")]).await;
        let path = made.text.split("<code class=\"feed\">").nth(1).unwrap().split('<').next().unwrap();
        let path = &path[path.find("/staff-calendar/").unwrap()..];
        let feed = desk.browser().get(path).await;
        let text = feed.text.replace("\r\n ", "");
        assert!(
            text.contains(&format!("UID:ticket-{}@", ticket.number)) && text.contains("DTSTART:20241114T083000Z"),
            "{text}"
        );
        assert!(
            text.contains("UID:internal-transfer-2025-apply-")
                && text.contains("SEQUENCE:")
                && text.contains("TRIGGER")
        );
        assert!(!text.contains("渡邉") && !text.contains("締切について"), "no name and no word of a requester");
        assert_eq!(feed.headers["cache-control"], "private, no-store");
        browser.post("/staff/settings/feed", &[("act", "end")]).await;
        assert_eq!(desk.browser().get(path).await.status, axum::http::StatusCode::NOT_FOUND);
    })
    .await;
}
