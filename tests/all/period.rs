//! Recruitment periods: what the calendar says at an instant, and how it gets into the database.

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::Lang;
use madoguchi::desk::flows::season::{Wish, effect};
use madoguchi::desk::period::{self, PeriodKind, Season, parse_instant, store};
use madoguchi::platform::db::{Db, DbError, Tx};

use crate::support::{on_each_database, some_morning};

/// FY2024 and FY2025, as they were.
const EXAMPLE: &[u8] = include_bytes!("../fixtures/periods/2024_2025.csv");

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

async fn import(db: &Db, file: &[u8], is_published: bool) -> period::Counts {
    let periods = period::import::parse(file).unwrap();
    db.write(async move |tx: &mut Tx| period::import(tx, &periods, is_published, some_morning()).await)
        .await
        .map_err(|e: DbError| e)
        .unwrap()
}

async fn season(db: &Db) -> Season {
    period::season(&mut db.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn importing_the_same_file_twice_changes_nothing_and_a_moved_date_changes_one() {
    on_each_database(|db| async move {
        let first = import(&db, EXAMPLE, true).await;
        assert_eq!((first.changed, first.same), (0, 0));
        assert!(first.new >= 20);
        let again = import(&db, EXAMPLE, true).await;
        assert_eq!((again.new, again.changed, again.same), (0, 0, first.new));
        let moved = String::from_utf8(EXAMPLE.to_vec()).unwrap().replace("2024-11-15 12:00", "2024-11-16 12:00");
        let moved = import(&db, moved.as_bytes(), true).await;
        assert_eq!((moved.new, moved.changed, moved.same), (0, 1, first.new - 1));
        let open: Vec<_> = season(&db).await.at(at("2024-11-16 11:59")).open;
        assert_eq!(open.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_kept_but_says_nothing_to_anyone() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, false).await;
        assert_eq!(season(&db).await.periods().len(), 0);
        let state = season(&db).await.at(at("2024-11-05 12:00"));
        assert!(state.open.is_empty() && state.next_edge.is_none() && !state.all_closed);
        let listed = store::list(&mut db.read().await.unwrap()).await.unwrap();
        assert!(listed.len() >= 20 && listed.iter().all(|p| !p.is_published));
    })
    .await;
}

#[tokio::test]
async fn rel_018_a_window_is_open_until_the_last_microsecond_before_noon_and_closed_at_noon() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, true).await;
        let season = season(&db).await;
        let is_open = |t: &str| season.open_window(PeriodKind::Apply, at(t)).is_some();
        assert!(!is_open("2024-11-01T11:59:59.999+09:00"));
        assert!(is_open("2024-11-01T12:00:00+09:00"));
        assert!(is_open("2024-11-15T11:59:59.999+09:00"));
        assert!(is_open("2024-11-15T11:59:59.999999+09:00"));
        assert!(!is_open("2024-11-15T12:00:00.000+09:00"));
        // The same instant in another zone is the same instant.
        assert!(is_open("2024-11-14T21:59:59.999-05:00"));
        assert!(!is_open("2024-11-15T03:00:00Z"));
    })
    .await;
}

#[tokio::test]
async fn the_state_at_an_instant_is_printed_as_contracts_md_says() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, true).await;
        let season = season(&db).await;
        let json = |t: &str| serde_json::to_value(season.at(at(t))).unwrap();
        assert_eq!(
            json("2024-11-15 11:59"),
            serde_json::json!({
                "open": [{"fiscal_year": 2025, "round": "1", "kind": "apply", "closes_at": "2024-11-15T12:00:00+09:00"}],
                "next_edge": "2024-11-15T12:00:00+09:00",
                "all_closed": false,
            })
        );
        // An edge at the instant itself has happened; the next one is the start of the selection.
        assert_eq!(json("2024-11-15 12:00")["next_edge"], "2024-11-18T12:00:00+09:00");
        assert_eq!(json("2024-11-15 12:00")["open"], serde_json::json!([]));
        // One window's end is the next one's start: confirmation begins as the selection ends, results come inside it.
        let open = json("2024-11-26 12:00")["open"].clone();
        assert_eq!(open.as_array().unwrap().len(), 1);
        assert_eq!(open[0]["kind"], "confirm");
    })
    .await;
}

#[tokio::test]
async fn all_is_closed_from_the_last_round_until_the_next_year_opens() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, true).await;
        let season = season(&db).await;
        let closed = |t: &str| season.all_closed(at(t));
        assert!(!closed("2023-10-01 12:00"), "before the first year opens there is everything to come");
        assert!(!closed("2023-11-20 12:00"), "between two rounds there is one to come");
        assert!(!closed("2024-01-22T11:59:59.999+09:00"));
        assert!(closed("2024-01-22 12:00"), "the last round of FY2024 has ended");
        assert!(closed("2024-11-01T11:59:59.999+09:00"), "although the windows of FY2025 are known");
        assert!(!closed("2024-11-01 12:00"), "FY2025 opens");
        assert!(closed("2025-01-22 12:00"));
        assert!(closed("2030-01-01 00:00"));
        assert!(!Season::default().all_closed(at("2024-01-01 12:00")), "nothing known is nothing closed");
    })
    .await;
}

#[tokio::test]
async fn edges_stand_in_the_order_of_time_and_the_guard_sees_those_ahead() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, true).await;
        let season = season(&db).await;
        let edges = season.edges();
        assert!(edges.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let guard = |t: &str| season.edge_within(at(t), Duration::hours(48)).map(|edge| edge.at);
        assert_eq!(guard("2024-11-13 11:59"), None);
        assert_eq!(guard("2024-11-13 12:00"), Some(at("2024-11-15 12:00")));
        assert_eq!(guard("2024-11-15 12:00"), Some(at("2024-11-15 12:00")));
        assert_eq!(guard("2024-11-15 12:01"), None);
    })
    .await;
}

#[tokio::test]
async fn the_landing_page_announces_the_nearest_cutoff_within_a_fortnight() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, true).await;
        let season = season(&db).await;
        assert_eq!(season.banner(at("2024-11-01 11:59")), None);
        let banner = season.banner(at("2024-11-01 12:00")).unwrap();
        assert_eq!((banner.period.kind, banner.period.closes_at), (PeriodKind::Apply, at("2024-11-15 12:00")));
        assert!(banner.is_open);
        assert_eq!(season.banner(at("2024-11-15 12:00")), None, "what has closed is not announced");
        let early = season.banner(at("2024-12-01 12:00")).unwrap();
        assert!(!early.is_open, "a short window may be announced before it opens");
    })
    .await;
}

#[tokio::test]
async fn the_shipped_example_holds_every_published_year_as_far_as_known_and_nothing_of_it_is_refused() {
    on_each_database(|db| async move {
        let shipped = include_bytes!("../../config/periods_example.csv");
        let put = period::import::parse(shipped).unwrap();
        let wish = Wish { put, is_published: true, remove: Vec::new() };
        let effect = effect(&mut db.read().await.unwrap(), &wish, some_morning()).await.unwrap();
        let refused: Vec<_> = effect.findings.iter().filter(|f| f.refuses).map(|f| f.text(Lang::Ja)).collect();
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(import(&db, shipped, true).await.new, 50);
        let season = season(&db).await;
        // domain.md §3.1: the rounds of application of each year, and when they closed.
        let known = [
            (2018, ["2017-11-15 18:00", "2018-01-15 12:00", "2018-03-05 12:00"].as_slice()),
            (2019, &["2018-11-21 12:00"]),
            (2020, &["2019-11-15 12:00", "2020-01-10 12:00", "2020-02-20 12:00"]),
            (2021, &["2020-11-16 12:00", "2020-12-14 12:00", "2021-01-22 12:00"]),
            (2022, &["2021-12-14 12:00"]),
            (2023, &[]),
            (2024, &["2023-11-14 12:00", "2023-12-14 12:00", "2024-01-22 12:00"]),
            (2025, &["2024-11-15 12:00", "2024-12-13 12:00", "2025-01-22 12:00"]),
            (2026, &["2025-11-14 12:00"]),
        ];
        for (year, closes) in known {
            let of_year = season.periods().iter().filter(|p| p.fiscal_year == year && p.kind == PeriodKind::Apply);
            let mut found: Vec<_> = of_year.map(|p| p.closes_at).collect();
            found.sort_unstable();
            assert_eq!(found, closes.iter().map(|typed| at(typed)).collect::<Vec<_>>(), "{year}");
        }
    })
    .await;
}
