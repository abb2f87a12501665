//! In time or late: decided inside the transaction of the inquiry, by the instant the whole of it had arrived.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::Lang;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::{self, PeriodKind, parse_instant};
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::intake::{self, Inquiry, Intake};
use madoguchi::desk::ticket::{Actor, Channel, Ticket, store};
use madoguchi::platform::db::{Db, DbError, Tx};

use super::staff_browser::TestDesk;
use super::support::on_each_database;

const EXAMPLE: &[u8] = include_bytes!("../fixtures/periods/2024_2025.csv");

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

pub async fn import(db: &Db) {
    let periods = period::import::parse(EXAMPLE).unwrap();
    let write = async move |tx: &mut Tx| period::import(tx, &periods, true, at("2023-10-01 09:00")).await;
    db.write::<_, DbError, _>(write).await.unwrap();
}

/// An inquiry of a kind, received at an instant.
pub async fn received(desk: &TestDesk, kind: InquiryKind, received_at: DateTime<Utc>) -> Ticket {
    let intake = Intake {
        inquiry: Inquiry {
            kind,
            lang: Lang::Ja,
            subject: "締切について".into(),
            body: "間に合いますか。".into(),
            name: "渡邉 一郎".into(),
            kana: "ワタナベ イチロウ".into(),
            email: "i@example.jp".into(),
            email_key: "i@example.jp".into(),
            phone: String::new(),
            registration_number: None,
            registration_number_raw: String::new(),
            born_on: None,
            birthdate_raw: String::new(),
            fields: BTreeMap::new(),
        },
        terms: None,
        channel: Channel::Web,
        form_key: format!("{kind}:{received_at}"),
        received_at,
        spam_score: 0,
        files: Vec::new(),
        raw_mail_id: None,
        full_body: None,
        html: None,
        may_belong_to: None,
        acknowledge: false,
        actor: Actor::Requester,
    };
    let ctx = desk.state.context();
    let write = async move |tx: &mut Tx| {
        let received = intake::receive(tx, &ctx, &intake).await?;
        store::get(tx, received.id).await
    };
    desk.state.db.write::<_, DbError, _>(write).await.unwrap()
}

#[tokio::test]
async fn rel_018_a_millisecond_before_noon_is_in_time_and_noon_is_late() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        let noon = at("2024-11-15 12:00");
        for (received_at, is_late) in [
            (at("2024-11-15T11:59:59.999+09:00"), false),
            (noon - Duration::microseconds(1), false),
            (at("2024-11-15T12:00:00.000+09:00"), true),
            (at("2024-11-14T22:00:00.001-05:00"), true),
        ] {
            let ticket = received(&desk, InquiryKind::Apply, received_at).await;
            assert_eq!((ticket.edge_at, ticket.is_late), (Some(noon), is_late), "{received_at}");
        }
        let other = received(&desk, InquiryKind::Record, noon).await;
        assert_eq!((other.edge_at, other.is_late), (None, false), "training records know no such edge");
        let director = received(&desk, InquiryKind::Director, at("2024-11-20 12:00")).await;
        assert_eq!(director.edge_at, Some(at("2024-11-26 12:00")), "directors decide until then");
    })
    .await;
}

#[tokio::test]
async fn between_two_windows_the_nearer_one_counts_and_after_the_last_all_are_late() {
    on_each_database(|db| async move {
        import(&db).await;
        let season = period::season(&mut db.read().await.unwrap()).await.unwrap();
        let touched = |typed: &str| {
            let touched = season.touched(PeriodKind::Apply, at(typed)).unwrap();
            (touched.edge_at, touched.is_late)
        };
        assert_eq!(touched("2024-11-16 12:00"), (at("2024-11-15 12:00"), true));
        assert_eq!(touched("2024-11-30 12:00"), (at("2024-12-13 12:00"), false), "the second round is near");
        assert_eq!(touched("2025-03-01 12:00"), (at("2025-01-22 12:00"), true));
        assert_eq!(touched("2023-10-20 12:00"), (at("2023-11-14 12:00"), false), "the first of all is to come");
        assert_eq!(period::Season::default().touched(PeriodKind::Apply, at("2024-11-16 12:00")), None);
    })
    .await;
}

#[tokio::test]
async fn queue_and_ticket_show_how_long_is_left() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-15 11:35"));
        let ticket = received(&desk, InquiryKind::LoginMail, at("2024-11-15 09:00")).await;
        let (_, mut browser) = desk.signed_in("edge", Role::Agent).await;
        let queue = browser.get("/staff/tickets").await;
        assert!(queue.has("chip fill") && queue.has("至急 25分"), "{}", queue.text);
        let page = browser.get(&format!("/staff/tickets/{}", ticket.number)).await;
        assert!(page.has("至急 25分") && page.has("2024年11月15日(金) 正午(12:00)") && page.has("締切前に受信"));
        desk.state.clock.set(at("2024-11-15 12:00"));
        assert!(browser.get("/staff/tickets").await.has("締切を過ぎました"));
        received(&desk, InquiryKind::LoginMail, at("2024-11-15 12:00")).await;
        assert!(browser.get("/staff/tickets").await.has("締切後に受信"));
    })
    .await;
}
