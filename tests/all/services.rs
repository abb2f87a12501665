//! Work that goes on all the time: contained, written down, tried again, stopped gracefully.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use madoguchi::jobs::service::{self, Pace};
use madoguchi::jobs::{Stopper, stop};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::Db;
use madoguchi::platform::queue::services;
use tokio::sync::Notify;

use crate::support::{on_each_database, some_morning};

fn means(db: &Db) -> (Stopper, service::Means) {
    let (stopper, stop) = stop::pair();
    let clock = Clock::manual(some_morning());
    (stopper, service::Means { db: db.clone(), clock, wake: Arc::new(Notify::new()), stop })
}

#[tokio::test]
async fn a_service_works_on_while_there_is_something_to_do_and_counts_it() {
    on_each_database(|db| async move {
        let (stopper, means) = means(&db);
        let turns = AtomicU32::new(0);
        service::run(
            means.clone(),
            "busy",
            Pace { interval: Duration::from_secs(3600), rest: Duration::ZERO, rest_per_turn: 0 },
            || async {
                // Two, one, nothing; then the desk stops.
                let left = 2u32.saturating_sub(turns.fetch_add(1, Ordering::SeqCst));
                if left == 0 {
                    stopper.stop();
                }
                Ok::<u64, String>(left.into())
            },
        )
        .await;
        assert_eq!(turns.load(Ordering::SeqCst), 3);
        let row = services::list(&mut db.read().await.unwrap()).await.unwrap().remove(0);
        assert_eq!((row.name.as_str(), row.done, row.is_failing()), ("busy", 3, false));
    })
    .await;
}

#[tokio::test]
async fn a_ring_during_the_work_is_not_missed() {
    on_each_database(|db| async move {
        let (stopper, means) = means(&db);
        let turns = AtomicU32::new(0);
        let wake = Arc::clone(&means.wake);
        service::run(
            means,
            "woken",
            Pace { interval: Duration::from_secs(3600), rest: Duration::ZERO, rest_per_turn: 0 },
            || async {
                match turns.fetch_add(1, Ordering::SeqCst) {
                    0 => wake.notify_waiters(),
                    _ => stopper.stop(),
                }
                Ok::<u64, String>(0)
            },
        )
        .await;
        assert_eq!(turns.load(Ordering::SeqCst), 2);
    })
    .await;
}

#[tokio::test]
async fn rel_013_a_panic_or_an_error_is_written_down_and_the_service_goes_on() {
    on_each_database(|db| async move {
        let (stopper, means) = means(&db);
        let turns = AtomicU32::new(0);
        // The pauses after errors are real, one and two seconds.
        service::run(
            means,
            "poison",
            Pace { interval: Duration::from_millis(1), rest: Duration::ZERO, rest_per_turn: 0 },
            || async {
                match turns.fetch_add(1, Ordering::SeqCst) {
                    0 => panic!("poison"),
                    1 => {
                        let row = services::list(&mut db.read().await.unwrap()).await.unwrap().remove(0);
                        assert!(row.is_failing() && row.last_error.contains("stopped by itself"), "{row:?}");
                        Err("the server said no".to_owned())
                    }
                    _ => {
                        let row = services::list(&mut db.read().await.unwrap()).await.unwrap().remove(0);
                        assert_eq!(row.last_error, "the server said no");
                        stopper.stop();
                        Ok(0)
                    }
                }
            },
        )
        .await;
        let row = services::list(&mut db.read().await.unwrap()).await.unwrap().remove(0);
        assert_eq!(row.last_ok_at, Some(some_morning()));
    })
    .await;
}
