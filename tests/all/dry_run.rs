//! The dry run of the jobs: each line that would be reached, as many as the preview counts, addresses masked, and nothing
//! of a confidential ticket for those who may not see it.

use chrono::Duration;
use madoguchi::desk::flows::demo::{self, Size};
use madoguchi::desk::flows::foresight;
use madoguchi::desk::inquiry::{Catalogue, InquiryKind};
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::actions;
use madoguchi::jobs::{self, Dispatcher, stop};
use madoguchi::platform::db::{DbError, Tx, query};

use super::edges::{import, received};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

fn at(typed: &str) -> chrono::DateTime<chrono::Utc> {
    madoguchi::desk::period::parse_instant(typed).unwrap()
}

/// Jobs that reach nobody: their count is not one of recipients.
const ALONE: [&str; 5] = ["backup", "sweep", "find_duplicates", "index_check", "edges"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_lists_as_many_as_the_preview_counts_and_a_run_does_just_that() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db.clone());
        let ctx = desk.state.context();
        let kinds = Catalogue::embedded().unwrap();
        demo::fill(&db, &ctx, Size { tickets: 120, accounts: 150, seed: 3 }).await.unwrap();
        let owing = async |tx: &mut Tx| {
            query("UPDATE accounts SET licence_image = 'provisional', registered_at = NULL WHERE id <= 5")
                .execute(tx)
                .await
        };
        db.write::<_, DbError, _>(owing).await.unwrap();
        let mut turns: Vec<_> = jobs::schedules(&ctx)
            .unwrap()
            .into_iter()
            .filter(|schedule| !ALONE.contains(&schedule.name))
            .flat_map(|schedule| {
                let all: Vec<_> = schedule.cron.between(ctx.now(), ctx.now() + Duration::days(25)).collect();
                all.into_iter().map(move |turn| (turn, schedule.clone()))
            })
            .collect();
        turns.sort_by_key(|(turn, _)| *turn);
        let (first_day, mut listed) = (ctx.now() + Duration::days(1), std::collections::BTreeMap::new());
        for (turn, schedule) in turns {
            desk.state.clock.set(turn);
            let mut tx = db.read().await.unwrap();
            let list = foresight::of(&mut tx, &ctx, &kinds, schedule.name, turn, 10_000).await.unwrap();
            let reach = schedule.job.reach(&mut tx, turn).await.unwrap().unwrap_or(0);
            drop(tx);
            assert!(list.iter().all(|one| one.to.is_empty() || one.to.contains("•••@")), "{list:?}");
            let (mut done, mut more) = (0, true);
            while more {
                let job = schedule.job.clone();
                let step = async move |tx: &mut Tx| job.step(tx, jobs::Turn { due_at: turn, now: turn }).await;
                let step = db.write::<_, jobs::JobFault, _>(step).await.unwrap();
                (done, more) = (done + step.effects, step.more);
            }
            let lines = i64::try_from(list.len()).unwrap();
            // The first run enters those of the mirror into the register of provisional images, and then writes to them.
            if turn > first_day {
                assert_eq!(lines, done, "{} at {turn}", schedule.name);
                // What closes counts in the preview also those whose reminder comes first.
                assert!(
                    lines == reach || schedule.name == "auto_close" && lines < reach,
                    "{} at {turn}",
                    schedule.name
                );
            }
            *listed.entry(schedule.name).or_insert(0) += lines;
        }
        let all = ["auto_close", "remind_deadlines", "remind_provisional", "remind_waiting"];
        assert!(all.iter().all(|name| listed.get(name).is_some_and(|lines| *lines > 0)), "{listed:?}");
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
        // The schedules are in the database once a clock has started.
        let (_stopper, stop) = stop::pair();
        let schedules = jobs::schedules(&desk.state.context()).unwrap();
        Dispatcher::new(db.clone(), desk.state.clock.clone(), "test", schedules, stop).register().await.unwrap();
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
