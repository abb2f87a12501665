//! The calendar feed, as a calendar program reads it; and the landing page at the very edge.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::period::{self, parse_instant};
use madoguchi::platform::db::{Db, DbError, Tx};

use super::staff_browser::TestDesk;
use super::support::on_each_database;

const EXAMPLE: &str = include_str!("../fixtures/periods/2024_2025.csv");

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

async fn import(db: &Db, csv: &str, now: &str, is_published: bool) {
    let (periods, now) = (period::import::parse(csv.as_bytes()).unwrap(), at(now));
    let write = async move |tx: &mut Tx| period::import(tx, &periods, is_published, now).await;
    db.write::<_, DbError, _>(write).await.unwrap();
}

/// The events of a feed: property name (without parameters) to values, those of alarms under `ALARM`.
fn events(feed: &str) -> Vec<BTreeMap<String, Vec<String>>> {
    assert!(feed.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && feed.ends_with("END:VCALENDAR\r\n"));
    assert!(feed.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
    let unfolded = feed.replace("\r\n ", "");
    let mut events = Vec::new();
    let mut is_alarm = false;
    for line in unfolded.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        match (name, value) {
            ("BEGIN", "VEVENT") => events.push(BTreeMap::<String, Vec<String>>::new()),
            ("BEGIN" | "END", "VALARM") => is_alarm = name == "BEGIN",
            _ => {
                let Some(event) = events.last_mut() else { continue };
                let name = name.split(';').next().unwrap();
                let key = if is_alarm { format!("ALARM {name}") } else { name.to_owned() };
                event.entry(key).or_default().push(value.to_owned());
            }
        }
    }
    events
}

#[tokio::test]
async fn the_feed_holds_every_published_period_with_its_instants_and_alarms() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, "2024-10-01 09:00", true).await;
        import(
            &db,
            "fiscal_year,round,name,kind,opens_at,closes_at\n2026,1,秘密,apply,2025-11-04 12:00,2025-11-14 12:00\n",
            "2024-10-01 09:00",
            false,
        )
        .await;
        let desk = TestDesk::new(db);
        let page = desk.browser().get("/calendar.ics").await;
        assert_eq!(page.headers["content-type"], "text/calendar; charset=utf-8");
        assert!(!page.has("秘密"), "a draft is nobody's business");
        let found = events(&page.text);
        assert_eq!(found.len(), EXAMPLE.lines().count() - 1);
        let first = found.iter().find(|e| e["SUMMARY"][0] == "1次募集 応募(2025年度)").unwrap();
        assert_eq!(
            (&first["DTSTART"][0], &first["DTEND"][0]),
            (&"20241101T030000Z".into(), &"20241115T030000Z".into())
        );
        assert_eq!(first["DTSTAMP"], ["20241001T000000Z"]);
        assert_eq!(first["SEQUENCE"], ["0"]);
        assert_eq!(first["ALARM TRIGGER"], ["-P7D", "-P1D"]);
        assert!(page.has("TRIGGER;RELATED=END:-P7D\r\n"));
        let result = found.iter().find(|e| e["SUMMARY"][0] == "1次採用結果通知(2025年度)").unwrap();
        assert!(!result.contains_key("DTEND"), "an instant has no end of its own");
        let mut ids: Vec<_> = found.iter().map(|e| e["UID"][0].clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), found.len());

        let english = desk.browser().get("/en/calendar.ics").await;
        let english = events(&english.text);
        assert!(english.iter().any(|e| e["SUMMARY"][0] == "Applications\\, final round (FY2025)"));
        assert!(english.iter().all(|e| e["SUMMARY"][0].is_ascii() && e["DESCRIPTION"][0].is_ascii()));
        assert!(desk.browser().get("/").await.has("href=\"/calendar.ics\""));
        assert!(desk.browser().get("/en/").await.has("href=\"/en/calendar.ics\""));
    })
    .await;
}

#[tokio::test]
async fn a_moved_date_moves_the_same_event_under_a_higher_number() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, "2024-10-01 09:00", true).await;
        let desk = TestDesk::new(db.clone());
        let of =
            |feed: &str| events(feed).into_iter().find(|e| e["SUMMARY"][0].starts_with("1次募集 応募(2025")).unwrap();
        let before = of(&desk.browser().get("/calendar.ics").await.text);
        let moved = EXAMPLE.replace("2024-11-15 12:00", "2024-11-18 12:00");
        import(&db, &moved, "2024-11-02 10:00", true).await;
        import(&db, &moved, "2024-11-03 10:00", true).await;
        desk.state.clock.advance(Duration::seconds(11));
        let after = of(&desk.browser().get("/calendar.ics").await.text);
        assert_eq!(before["UID"], after["UID"]);
        assert_eq!(after["DTEND"], ["20241118T030000Z"]);
        assert_eq!((after["SEQUENCE"][0].as_str(), after["DTSTAMP"][0].as_str()), ("1", "20241102T010000Z"));
    })
    .await;
}

#[tokio::test]
async fn the_banner_stands_until_the_last_microsecond_and_is_gone_at_noon() {
    on_each_database(|db| async move {
        import(&db, EXAMPLE, "2024-10-01 09:00", true).await;
        let desk = TestDesk::new(db);
        let noon = at("2024-11-15 12:00");
        let mut browser = desk.browser();
        let mut stands = async |at: DateTime<Utc>| {
            desk.state.clock.set(at);
            let page = browser.get("/").await;
            (page.has("class=\"deadline\""), page.has("2024年11月15日(金) 正午(12:00)"))
        };
        assert_eq!(stands(at("2024-11-01T11:59:59.999+09:00")).await, (false, false));
        assert_eq!(stands(at("2024-11-01 12:00")).await, (true, true));
        assert_eq!(stands(noon - Duration::microseconds(1)).await, (true, true));
        // The periods were read a microsecond ago and are not read again: the comparison is with the clock.
        assert_eq!(stands(noon).await, (false, false));
    })
    .await;
}
