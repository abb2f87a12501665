//! The season edited in the browser: what a change would do is said first, what is wrong is refused with a sentence, and
//! tickets, history and corrections follow in one transaction.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use madoguchi::desk::flows::season;
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::{self, parse_instant, store};
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{by_job, store as tickets};
use madoguchi::platform::db::{DbError, Tx, query};

use super::edges::{import, received};
use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

fn at(typed: &str) -> DateTime<Utc> {
    parse_instant(typed).unwrap()
}

/// Presses the button of the page that says what would happen.
async fn confirm(browser: &mut Browser, page: &Page) -> Page {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let unescaped = |name: &str| {
        let escapes = [("&#34;", "\""), ("&quot;", "\""), ("&#38;", "&"), ("&amp;", "&")];
        escapes.iter().fold(page.value(name), |text, (from, to)| text.replace(from, to))
    };
    let mut fields: Vec<_> = ["periods", "remove", "publish", "seen"].map(|name| (name, unescaped(name))).into();
    if page.has("name=\"correct\"") {
        fields.push(("correct", "1".into()));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/staff/periods/apply", &fields).await
}

fn one<'f>(name: &'f str, kind: &'f str, from: &'f str, until: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("source", "one"),
        ("fiscal_year", "2025"),
        ("round", ""),
        ("name", name),
        ("kind", kind),
        ("opens_on", from),
        ("opens_time", "12:00"),
        ("closes_on", until),
        ("closes_time", ""),
        ("publish", "1"),
    ]
}

#[tokio::test]
async fn a_moved_date_moves_open_tickets_history_and_those_who_were_told() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-13 10:00"));
        let early = received(&desk, InquiryKind::Apply, at("2024-11-12 10:00")).await;
        let closed = received(&desk, InquiryKind::Apply, at("2024-11-12 10:01")).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (id, ctx) = (early.id, desk.state.context());
        let told = async move |tx: &mut Tx| {
            query("UPDATE tickets SET status = 'closed', needs_staff = 0 WHERE id = $1")
                .bind(closed.id)
                .execute(tx)
                .await?;
            let notice = by_job::Notice { deadline_at: at("2024-11-15 12:00"), hours: 72, is_asked: true, say: None };
            let ticket = tickets::get(tx, id).await?;
            by_job::remind_deadline(tx, &ctx, &ticket, notice).await
        };
        desk.state.db.write(told).await.unwrap();

        let page = lead.post("/staff/periods/preview", &one("1次募集", "apply", "2024-11-01", "2024-11-19")).await;
        assert!(page.has("進行中の受付 1件の締切が変わります"), "{}", page.text);
        assert!(
            page.has("すでに1人にお知らせしています") && page.has("採用調整が1次募集 応募の終わりより前"),
            "{}",
            page.text
        );
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "selection would begin before the close");

        let page = lead.post("/staff/periods/preview", &one("1次募集", "apply", "2024-11-01", "2024-11-14")).await;
        assert!(page.has("2024年11月15日(金) 正午(12:00)") && page.has("2024年11月14日(木) 正午(12:00)"));
        let before = tickets::get(&mut desk.state.db.read().await.unwrap(), id).await.unwrap();
        assert_eq!(before.edge_at, Some(at("2024-11-15 12:00")), "the page changes nothing");
        assert_eq!(confirm(&mut lead, &page).await.location(), "/staff/periods?year=2025");

        let mut tx = desk.state.db.read().await.unwrap();
        let moved = tickets::get(&mut tx, id).await.unwrap();
        assert_eq!((moved.edge_at, moved.is_late), (Some(at("2024-11-14 12:00")), false));
        assert_eq!(moved.due_at, at("2024-11-13 17:30"), "the promised answer is nearer still");
        let finished = tickets::get(&mut tx, closed.id).await.unwrap();
        assert_eq!(finished.edge_at, Some(at("2024-11-15 12:00")), "what is finished stays as it was judged");
        assert!(tickets::events(&mut tx, id).await.unwrap().iter().any(|event| event.kind == "edge_moved"));
        let mails: Vec<(String, String)> = query("SELECT kind, body FROM outbox WHERE ticket_id = $1 ORDER BY id")
            .bind(id)
            .fetch_all(&mut tx)
            .await
            .unwrap();
        assert_eq!(mails.last().unwrap().0, "edge_moved");
        assert!(mails.last().unwrap().1.contains("新しい締切：2024年11月14日 12:00"));
        drop(tx);
        let page = lead.get("/staff/periods?year=2025").await;
        assert!(page.has("→ 1次募集: 2024年11月1日(金) 正午(12:00) – 2024年11月14日(木) 正午(12:00)"), "{}", page.text);
        assert!(page.has("svg class=\"year\"") && page.has("窓口の内部締切"));
        // Once corrected, nobody is corrected again about the same date.
        let page = lead.post("/staff/periods/preview", &one("1次募集", "apply", "2024-11-01", "2024-11-15")).await;
        assert!(!page.has("name=\"correct\""), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_a_sentence_and_what_was_typed() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        desk.state.clock.set(at("2024-11-13 10:00"));
        received(&desk, InquiryKind::Apply, at("2024-11-12 10:00")).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let typed = [("", "名称を60字以内"), ("2次募集", "期間が重なっています")];
        for (name, sentence) in typed {
            let page = lead.post("/staff/periods/preview", &one(name, "apply", "2024-11-10", "2024-12-05")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.has(sentence), "{sentence}: {}", page.text);
        }
        let page = lead.post("/staff/periods/preview", &one("1次募集", "apply", "2024-11-01", "2024-11-12")).await;
        assert!(page.has("締切を過去の日時に動かすことはできません"), "{}", page.text);
        let page = lead.post("/staff/periods/preview", &one("", "apply", "2024-11-01", "")).await;
        assert!(page.has("value=\"2024-11-01\"") && page.has("終了の日付を入れてください"), "what was typed stays");

        let mut tx = desk.state.db.read().await.unwrap();
        let round = store::find(&mut tx, 2025, "1", period::PeriodKind::Apply).await.unwrap().unwrap();
        drop(tx);
        let id = round.id.to_string();
        let page = lead.post("/staff/periods/preview", &[("source", "remove"), ("remove", &id)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.has("この締切に関わる受付が1件あるため削除できません"), "{}", page.text);
        // The button's request itself is refused, too.
        let seen = page_seen(&desk).await;
        let apply = [("periods", ""), ("publish", ""), ("remove", id.as_str()), ("seen", seen.as_str())];
        assert_eq!(lead.post("/staff/periods/apply", &apply).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

/// The state of the season, as the page would carry it.
async fn page_seen(desk: &TestDesk) -> String {
    let wish = season::Wish::default();
    season::effect(&mut desk.state.db.read().await.unwrap(), &wish, desk.state.clock.now()).await.unwrap().seen
}

#[tokio::test]
async fn a_timetable_is_pasted_as_drafts_copied_a_year_on_published_and_guarded_against_a_second_hand() {
    on_each_database(|db| async move {
        let desk = TestDesk::new(db);
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let text = "1次募集 11月4日(水)正午～11月13日(金)正午\r\n1次募集\t採用結果通知\t2026-11-27 12:00\r\n";
        let paste = [("source", "timetable"), ("fiscal_year", "2027"), ("timetable", text)];
        let page = lead.post("/staff/periods/preview", &paste).await;
        let second = lead.post("/staff/periods/preview", &paste).await;
        assert_eq!(confirm(&mut lead, &page).await.status, StatusCode::SEE_OTHER);
        let stale = confirm(&mut lead, &second).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.has("ほかの人が日程を変えました") && stale.has("変わるものはありません"), "{}", stale.text);
        assert!(period::season(&mut desk.state.db.read().await.unwrap()).await.unwrap().periods().is_empty(), "drafts");

        let publish = lead.post("/staff/periods/preview", &[("source", "publish"), ("fiscal_year", "2027")]).await;
        confirm(&mut lead, &publish).await;
        let season = period::season(&mut desk.state.db.read().await.unwrap()).await.unwrap();
        assert_eq!(season.periods().len(), 2);

        let copy = [("source", "copy"), ("from_year", "2027"), ("to_year", "2028"), ("days", "")];
        let page = lead.post("/staff/periods/preview", &copy).await;
        assert!(page.has("2027年11月3日(水) 正午(12:00)") && page.has("休日です(文化の日)"), "{}", page.text);
        confirm(&mut lead, &page).await;
        let list = store::list(&mut desk.state.db.read().await.unwrap()).await.unwrap();
        let copied: Vec<_> = list.iter().filter(|p| p.fiscal_year == 2028).collect();
        assert!(copied.len() == 2 && copied.iter().all(|p| !p.is_published));

        let wrong = [("source", "timetable"), ("fiscal_year", "2027"), ("timetable", "1次募集 11月4日(月)～11月13日")];
        let page = lead.post("/staff/periods/preview", &wrong).await;
        assert!(page.has("1行目：11月4日は水曜日です") && page.has("1次募集 11月4日(月)～11月13日"), "{}", page.text);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        assert_eq!(agent.post("/staff/periods/preview", &copy).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn at_another_instant_the_desk_would_say_other_things() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let before = viewer.get("/staff/periods/moment?day=2024-11-15&time=11:59:59").await;
        let after = viewer.get("/staff/periods/moment?day=2024-11-15&time=12:00").await;
        assert!(before.has("1次募集 応募") && before.has("締切前"), "{}", before.text);
        assert!(after.has("締切後") && !after.has("<dd>1次募集 応募</dd>"), "{}", after.text);
        let wrong = viewer.get("/staff/periods/moment?day=soon").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.has("日付と時刻が読めません"));
    })
    .await;
}

#[tokio::test]
async fn to_replan_twice_moves_nothing_more() {
    on_each_database(|db| async move {
        import(&db).await;
        let desk = TestDesk::new(db);
        for typed in ["2024-11-10 10:00", "2024-11-16 10:00", "2024-11-30 10:00", "2025-03-01 10:00"] {
            received(&desk, InquiryKind::Apply, at(typed)).await;
            received(&desk, InquiryKind::Director, at(typed)).await;
            received(&desk, InquiryKind::Other, at(typed)).await;
        }
        let now = at("2025-03-02 10:00");
        let replan = async move |tx: &mut Tx| season::replan(tx, None, now).await;
        assert_eq!(desk.state.db.write::<_, DbError, _>(replan).await.unwrap(), 0, "as each was judged when it came");
    })
    .await;
}
