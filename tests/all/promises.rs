//! What the desk promises and keeps: answers within working days, queues, letters to silent directors, reminders before a
//! deadline. The same in Chromium: `stories`.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use madoguchi::desk::Lang;
use madoguchi::desk::account::ApplicationState;
use madoguchi::desk::faq::{Entry, Library};
use madoguchi::desk::flows::{reminders, withdrawals};
use madoguchi::desk::inquiry::{Catalogue, InquiryKind};
use madoguchi::desk::period::{self, NewPeriod, PeriodKind};
use madoguchi::desk::policy::{Policy, Topic, Verdict};
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::actions::ActError;
use madoguchi::desk::ticket::store;
use madoguchi::platform::db::{Db, DbError, Tx};
use serde_json::json;

use super::cases::inquire;
use super::kinds::desk;
use super::repair::{import, registration};
use super::staff_browser::TestDesk;
use super::support::on_each_database;

#[tokio::test]
async fn a_ticket_keeps_the_form_it_was_written_with_shows_its_promise_and_lies_in_its_queue() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let ticket = inquire(&desk, &db, "withdraw", &[("step", "before")]).await;
        assert_eq!(ticket.form_version, desk.state.kinds().get(InquiryKind::Withdraw).unwrap().version);
        let path = format!("/staff/tickets/{}", ticket.number);
        let (_, mut staff) = desk.signed_in("佐藤", Role::Lead).await;
        assert!(staff.get(&path).await.has("回答期限まで"));
        for (queue, is_there) in [("application", true), ("login", false), ("nonsense", false), ("", true)] {
            let list = staff.get(&format!("/staff/tickets?queue={queue}")).await;
            assert_eq!(list.has(&ticket.number), is_there, "{queue}");
        }
        staff.post(&format!("{path}/change"), &[("kind", "record")]).await;
        assert!(staff.get("/staff/tickets?queue=training").await.has(&ticket.number));
        staff.post(&format!("{path}/change"), &[("status", "waiting_on_requester")]).await;
        assert!(!staff.get(&path).await.has("回答期限まで"), "it lies with the requester");
        desk.state.clock.advance(Duration::days(9));
        staff = desk.signed_in("田中", Role::Agent).await.1;
        staff.post(&format!("{path}/change"), &[("status", "open")]).await;
        desk.state.clock.advance(Duration::hours(10 * 24));
        staff = desk.signed_in("鈴木", Role::Agent).await.1;
        assert!(staff.get(&path).await.has("回答期限を超過"));
    })
    .await;
}

#[tokio::test]
async fn a_kind_for_a_small_circle_stays_so_by_whatever_door_it_comes() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let about = inquire(&desk, &db, "other", &[("about", "transfer"), ("subject", "転科")]).await;
        assert!(about.kind == "transfer" && about.is_confidential, "by the form of another kind");
        assert_eq!(about.form_version, desk.state.kinds().get(InquiryKind::Other).unwrap().version);
        let (_, mut agent) = desk.signed_in("佐藤", Role::Agent).await;
        agent.get("/staff/tickets/new").await;
        let call = [
            ("kind", "transfer"),
            ("name", "山田 花子"),
            ("email", "x@example.jp"),
            ("subject", "転科"),
            ("body", "相談"),
        ];
        let sent = agent.post("/staff/tickets/new", &call).await;
        let number = sent.location().rsplit('/').next().unwrap().to_owned();
        let number = madoguchi::desk::ticket::TicketNumber::parse(&number).unwrap();
        let found = store::find_by_number(&mut db.read().await.unwrap(), &number).await.unwrap().unwrap();
        assert!(found.is_confidential, "by phone");
    })
    .await;
}

/// Her registration, as [`registration`] has it, with a director and where her application stands.
async fn mirror(db: &Db, state: ApplicationState, directors: &[(&str, &str)], at: DateTime<Utc>) {
    let rows = directors.iter().enumerate().map(|(n, (name, email))| {
        let mut record = registration(&format!("A-{n}"), "渡邉", "owner@on-file.example.jp");
        if n > 0 {
            record.registration_number = madoguchi::desk::account::RegistrationNumber::new(700_000 + n as i64).unwrap();
        }
        (record.specialty, record.program) = ("内科".into(), "青葉病院 内科".into());
        (record.director_name, record.director_email) = ((*name).into(), (*email).into());
        record.application_state = Some(state);
        record
    });
    import(db, rows.collect(), at).await;
}

async fn follow(desk: &TestDesk) -> i64 {
    let context = desk.state.context();
    let follow = async move |tx: &mut Tx| withdrawals::follow(tx, &context, 50).await;
    desk.state.db.write::<_, DbError, _>(follow).await.unwrap()
}

#[tokio::test]
async fn a_director_is_written_to_by_itself_only_when_the_online_system_has_the_request() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let now = desk.state.clock.now();
        mirror(&db, ApplicationState::Accepted, &[("北野 徹", "kitano@aoba.example")], now).await;
        let ticket = inquire(&desk, &db, "withdraw", &[("step", "requested")]).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let path = format!("/staff/tickets/{}", ticket.number);
        assert!(staff.get(&path).await.has("統括責任者のアドレスがないため"), "not linked yet");
        let refused = staff.post(&format!("{path}/nudge"), &[]).await;
        assert!(refused.status == 422 && refused.has("アドレスがわかりません"), "{}", refused.text);
        staff.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-0")]).await;
        desk.state.clock.advance(Duration::days(3));
        assert_eq!(follow(&desk).await, 0, "anybody could have sent this inquiry");
        let at = desk.state.clock.now();
        mirror(&db, ApplicationState::WithdrawalRequested, &[("北野 徹", "kitano@aoba.example")], at).await;
        assert_eq!((follow(&desk).await, follow(&desk).await), (1, 0), "once");
        desk.state.clock.advance(Duration::days(1));
        assert_eq!(follow(&desk).await, 0, "not yet again");
        desk.state.clock.advance(Duration::days(1));
        assert_eq!(follow(&desk).await, 1);
        mirror(&db, ApplicationState::Rejected, &[("北野 徹", "kitano@aoba.example")], at).await;
        let (_, mut staff) = desk.signed_in("田中", Role::Agent).await;
        assert!(staff.get(&path).await.has("登録情報では採用されていません"), "nothing to withdraw from");
        desk.state.clock.advance(Duration::days(9));
        assert_eq!(follow(&desk).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_director_with_two_addresses_is_answered_where_they_wrote_from_and_nothing_is_guessed() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let asks = [("specialty", "内科"), ("program", "青葉病院　内科"), ("director_name", "北野徹")];
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        for (directors, on_file) in [
            (&[("北野 徹", "kitano@aoba.example"), ("北野 徹", "kitano@aoba.example")][..], true),
            (&[("北野 徹", "kitano@aoba.example"), ("北野 徹", "second@aoba.example")], false),
            (&[("南 太郎", "kitano@aoba.example")], false),
        ] {
            let now = desk.state.clock.now();
            let gone = madoguchi::platform::db::query("DELETE FROM accounts");
            db.write::<_, DbError, _>(async move |tx: &mut Tx| gone.execute(tx).await.map(|_| ())).await.unwrap();
            mirror(&db, ApplicationState::Applied, directors, now).await;
            let ticket = inquire(&desk, &db, "director", &asks).await;
            let page = staff.get(&format!("/staff/tickets/{}", ticket.number)).await;
            assert_eq!(page.has("k•••@aoba.example"), on_file, "{directors:?}");
            assert_eq!(page.has("本人が入力したアドレス"), !on_file, "{directors:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_must_still_apply_is_reminded_once_of_each_close_and_only_while_it_concerns_them() {
    on_each_database(async |db| {
        let kinds = Catalogue::embedded().unwrap();
        let desk = desk(&db, &kinds).await;
        let now = desk.state.clock.now();
        let window = |round: &str, from: i64, until: i64| NewPeriod {
            fiscal_year: 2027,
            round: round.into(),
            name: format!("{round}次募集"),
            kind: PeriodKind::Apply,
            opens_at: now + Duration::days(from),
            closes_at: now + Duration::days(until),
        };
        let periods = [window("1", -3, 7), window("2", 20, 30)];
        let put = async move |tx: &mut Tx| period::import(tx, &periods, true, now).await;
        db.write::<_, DbError, _>(put).await.unwrap();
        let late =
            |applied| [("applied_in_period", applied), ("planned_start_year", "2027"), ("entry_fiscal_year", "2026")];
        inquire(&desk, &db, "late_start", &late("no")).await;
        inquire(&desk, &db, "late_start", &late("yes")).await;
        let remind = async || {
            let (context, kinds) = (desk.state.context(), kinds.clone());
            let remind = async move |tx: &mut Tx| reminders::remind(tx, &context, &kinds, 50).await;
            db.write::<_, ActError, _>(remind).await.unwrap()
        };
        assert_eq!(remind().await, 0, "seven days are left");
        desk.state.clock.advance(Duration::days(2));
        assert_eq!((remind().await, remind().await), (1, 0), "who has applied is left in peace");
        desk.state.clock.advance(Duration::days(10));
        assert_eq!(remind().await, 0, "between two windows");
        desk.state.clock.advance(Duration::days(15));
        assert_eq!((remind().await, remind().await), (1, 0), "the next close is another");
    })
    .await;
}

#[test]
fn a_table_may_have_several_versions_and_each_day_is_judged_by_its_own() {
    let topic = Topic::Ceiling;
    let facts = json!({"trains_in_shortage_area": true, "contract_with_prefecture": true, "jichi_graduate": false, "university_quota_only": false});
    let policy = Policy::embedded().unwrap();
    let given = policy.given(topic, facts.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value)));
    let on = |at: &str| policy.explain(topic, at.parse().unwrap(), &given);
    for (at, from, merged) in [
        ("2018-04-01", "2018-04-01", false),
        ("2010-01-01", "2018-04-01", false),
        ("2026-03-31", "2018-04-01", false),
        ("2026-04-01", "2026-04-01", true),
        ("2028-01-01", "2026-04-01", true),
    ] {
        let answer = on(at);
        assert_eq!(
            (answer.verdict, answer.rule.as_str()),
            (Verdict::CouncilDecides, &*format!("ceiling@{from}/contract"))
        );
        assert_eq!(answer.reason.contains("一つになりました"), merged, "{at}");
    }
    let table = policy.table(topic).unwrap();
    let until = |at: &str| table.version(at.parse().unwrap()).unwrap().holds_until.unwrap().to_string();
    assert_eq!((until("2026-03-31").as_str(), until("2026-11-25").as_str()), ("2026-03-31", "2027-03-31"));
}

#[test]
fn every_fact_of_the_boards_faq_is_told_in_both_languages_and_every_kind_has_entries() {
    let library = Library::embedded().unwrap();
    for lang in [Lang::Ja, Lang::En] {
        let told: BTreeSet<&str> = library.entries(lang).flat_map(|e| e.facts.iter().map(String::as_str)).collect();
        let missing: Vec<_> =
            (1..=66).map(|n| format!("F{n:02}")).filter(|fact| !told.contains(fact.as_str())).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?}");
        for kind in InquiryKind::ALL {
            let is_about = |entry: &&Entry| entry.is_public() && entry.kinds.iter().any(|word| word == kind.as_str());
            assert!(library.entries(lang).any(|entry| is_about(&entry)), "{lang}: no entry about {kind}");
        }
        // The answer stands alone in the board's FAQ: somebody has to say which question it was.
        let open: Vec<_> = library.entries(lang).filter(|entry| entry.needs_curation).collect();
        assert!(open.iter().any(|entry| entry.facts.iter().any(|fact| fact == "F19")), "{lang}");
    }
}
