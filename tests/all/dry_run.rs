//! The dry run of the jobs: each line that would be reached, as many as the preview counts, addresses masked, and nothing
//! of a confidential ticket for those who may not see it.

use chrono::Duration;
use madoguchi::desk::flows::demo::{self, Size};
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::actions;
use madoguchi::jobs::{self, next_turn};
use madoguchi::platform::db::{DbError, Tx, query};

use super::edges::{import, received};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn at(typed: &str) -> chrono::DateTime<chrono::Utc> {
    madoguchi::desk::period::parse_instant(typed).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_lists_as_many_as_the_preview_counts_and_a_run_does_just_that() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db.clone());
        let ctx = desk.state.context();
        demo::fill(&db, &ctx, Size { tickets: 120, accounts: 150, seed: 3 }).await.unwrap();
        let schedules = jobs::schedules(&ctx).unwrap();
        let mut listed = std::collections::BTreeSet::new();
        for days in 0..40 {
            let then = ctx.now() + Duration::days(days);
            for schedule in &schedules {
                let mut tx = db.read().await.unwrap();
                let turn = next_turn(schedule, then).unwrap();
                let list = schedule.job.recipients(&mut tx, turn, 10_000).await.unwrap();
                let reach = schedule.job.reach(&mut tx, turn).await.unwrap().unwrap_or(0);
                // What closes counts in the preview also those whose reminder comes first; the next run closes none of them.
                let is_close = schedule.name == "auto_close";
                let lines = i64::try_from(list.len()).unwrap();
                assert!(lines == reach || is_close && lines < reach, "{} at {turn}: {lines}, {reach}", schedule.name);
                assert!(list.iter().all(|one| one.to.is_empty() || one.to.contains("•••@")), "{list:?}");
                if lines > 0 {
                    listed.insert(schedule.name);
                }
            }
        }
        let all = ["auto_close", "remind_deadlines", "remind_provisional", "remind_waiting"];
        assert!(all.iter().all(|name| listed.contains(name)), "{listed:?}");
        // The list of the next run is what that run does.
        let waiting = schedules.iter().find(|schedule| schedule.name == "remind_waiting").unwrap();
        let turn = next_turn(waiting, ctx.now() + Duration::days(6)).unwrap();
        let list = waiting.job.recipients(&mut db.read().await.unwrap(), turn, 10_000).await.unwrap();
        desk.state.clock.set(turn);
        let job = waiting.job.clone();
        let step = async move |tx: &mut Tx| job.step(tx, jobs::Turn { due_at: turn, now: turn }).await;
        db.write::<_, jobs::JobFault, _>(step).await.unwrap();
        let sql = "SELECT t.id FROM outbox o JOIN tickets t ON t.id = o.ticket_id \
                   WHERE o.kind = 'waiting_reminder' AND o.created_at = $1 ORDER BY t.id";
        let sent: Vec<(i64,)> = query(sql).bind(turn).fetch_all(&mut db.read().await.unwrap()).await.unwrap();
        let mut expected: Vec<_> = list.iter().filter_map(|one| one.ticket).map(|id| (id.0,)).collect();
        expected.sort_unstable();
        assert!(!sent.is_empty());
        assert_eq!(sent, expected);
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_job_and_the_page_of_a_moment_name_whom_they_reach_but_hide_what_is_confidential() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db.clone());
        desk.state.clock.set(at("2024-11-08 10:00"));
        let open = received(&desk, InquiryKind::Apply, at("2024-11-05 09:00")).await;
        let hidden = received(&desk, InquiryKind::Apply, at("2024-11-05 09:01")).await;
        let (one, other, now) = (open.id, hidden.id, desk.state.clock.now());
        let write = async move |tx: &mut Tx| {
            for id in [one, other] {
                actions::want_reminder(tx, id, true, now).await.unwrap();
            }
            query("UPDATE tickets SET is_confidential = TRUE WHERE id = $1").bind(other).execute(tx).await?;
            Ok::<_, DbError>(())
        };
        db.write(write).await.unwrap();
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        for path in ["/staff/schedules/remind_deadlines", "/staff/periods/moment?day=2024-11-08&time=12:00"] {
            let page = viewer.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.has(&open.number) && page.has("i•••@example.jp"), "{path}: {}", page.text);
            assert!(page.has("締切のお知らせ(168時間前、希望による)"), "{path}: {}", page.text);
            assert!(!page.has(&hidden.number) && page.has("ほか1件"), "{path}: {}", page.text);
            assert!(!page.has("渡邉") && !page.has("i@example.jp"), "{path}");
            assert!(lead.get(path).await.has(&hidden.number), "{path}");
        }
        assert!(viewer.get("/staff/schedules/sweep").await.has("どなたにも何も起きません"));
        assert_eq!(viewer.get("/staff/schedules/nothing").await.status, 404);
        assert!(viewer.get("/staff/jobs").await.has("href=\"/staff/schedules/remind_deadlines\""));
    })
    .await;
}
