//! The guides of the public site, and the same answers as a suggestion on the ticket page.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use madoguchi::desk::account::{self, ImportOptions};
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::{self, import};
use madoguchi::desk::policy::Topic;
use madoguchi::desk::reply::last_look;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::intake::Intake;
use madoguchi::desk::ticket::{TicketNumber, link};
use madoguchi::platform::db::{Db, Tx};

use super::staff_browser::{Page, TestDesk};
use super::staff_tickets::{intake, receive};
use super::support::browser::Browser as Chromium;
use super::support::desk::Desk;
use super::support::{on_each_database, some_morning};

const EXAMPLE: &str = include_str!("../fixtures/periods/2024_2025.csv");

async fn publish(db: &Db, at: DateTime<Utc>) {
    let periods = import::parse(EXAMPLE.as_bytes()).unwrap();
    db.write(async move |tx: &mut Tx| period::import(tx, &periods, true, at).await).await.unwrap();
}

fn query(facts: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(facts).finish()
}

/// The address that a link with this text leads to.
fn link_with(page: &Page, text: &str) -> String {
    let before = page.text.split(text).next().unwrap();
    let href = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    href.replace("&amp;", "&").replace("&#38;", "&")
}

#[tokio::test]
async fn every_guide_asks_its_questions_in_both_languages() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        for prefix in ["", "/en"] {
            let list = browser.get(&format!("{prefix}/guides")).await;
            assert_eq!(list.status, StatusCode::OK);
            for topic in Topic::ALL {
                assert!(list.has(&format!("href=\"{prefix}/guides/{topic}\"")), "{topic}");
                let page = browser.get(&format!("{prefix}/guides/{topic}")).await;
                assert_eq!(page.status, StatusCode::OK, "{prefix}/guides/{topic}");
                assert!(page.has("method=\"get\"") && !page.has("<script") && !page.has("error-summary"));
                assert!(page.has(&format!("action=\"{prefix}/guides/{topic}\"")), "{topic}");
            }
        }
        assert_eq!(browser.get("/guides/weather").await.status, StatusCode::NOT_FOUND);
        let form = browser.get("/inquiries/record").await;
        assert!(form.has("href=\"/guides/records\""), "a kind leads to its guide: {}", form.text);
        let landing = browser.get("/").await;
        assert!(landing.has("href=\"/guides\""));
    })
    .await;
}

#[tokio::test]
async fn a_guide_ends_in_verdict_reason_source_and_who_decides() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        let facts = query(&[("specialty", "内科"), ("entry_fiscal_year", "２０１８年度")]);
        let page = browser.get(&format!("/guides/records?{facts}")).await;
        for text in [
            "入力が必要です",
            "2018年度に研修を始めた方は対象から除かれます",
            "href=\"/faq/record-exceptions-by-year\"",
            "決めるのは機構です",
            "records@2018-04-01/internal-medicine-2018",
            "value=\"２０１８年度\"",
            "<option value=\"内科\" selected>",
        ] {
            assert!(page.has(text), "{text}: {}", page.text);
        }
        let english = browser.get(&format!("/en/guides/records?{facts}")).await;
        assert!(english.has("Entry is needed") && english.has("href=\"/en/faq/record-exceptions-by-year\""));
        let days = query(&[("entry_fiscal_year", "2021"), ("actual_start", "2021-07-01")]);
        let page = browser.get(&format!("/guides/start_date?{days}")).await;
        assert!(page.has("2021年4月1日(木)") && page.has("2021年6月30日(水)"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_unreadable_is_asked_at_its_question_and_nothing_typed_is_lost() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        let empty = browser.get("/guides/records?specialty=&entry_fiscal_year=").await;
        assert!(empty.has("<title>エラー：") && empty.has("href=\"#specialty\""), "{}", empty.text);
        assert!(empty.has("href=\"#entry_fiscal_year\"") && empty.has("id=\"entry_fiscal_year-e\""));
        assert!(!empty.has("(specialty)"), "names for scripts are not for people");
        let facts = query(&[("specialty", "内科"), ("entry_fiscal_year", "<b>去年")]);
        let odd = browser.get(&format!("/guides/records?{facts}")).await;
        assert!(
            odd.has("が読み取れません") && odd.has("value=\"&#60;b&#62;去年\"") && !odd.has("<b>去年"),
            "{}",
            odd.text
        );
        assert!(!odd.has("href=\"#specialty\""));
        let unknown = browser.get("/guides/ceiling?trains_in_shortage_area=unknown&contract_with_prefecture=yes").await;
        assert!(unknown.has("href=\"#trains_in_shortage_area\"") && unknown.has("まだ答えられません"));
        let long = "あ".repeat(3_000);
        let page = browser.get(&format!("/guides/profile?{}", query(&[("field", &long)]))).await;
        assert!(page.status == StatusCode::OK && page.text.len() < 40_000);
        assert_eq!(browser.get("/guides/profile?field=%FF%00&x=1").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_calendar_answers_what_it_knows_at_the_very_edge() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        publish(&db, some_morning()).await;
        let mut browser = desk.browser();
        let facts = query(&[("application_state", "unapplied"), ("withdrawal_step", "none"), ("window_open", "yes")]);
        for (at, verdict) in [
            // The year before is over until the next one opens.
            ("2024-11-01T11:59:59+09:00", "今年度の募集はすべて終わりました"),
            ("2024-11-01T12:00:00+09:00", "応募できます"),
            ("2024-11-15T11:59:59+09:00", "応募できます"),
            ("2024-11-15T12:00:00+09:00", "次の応募期間をお待ちください"),
            ("2025-01-22T11:59:59+09:00", "応募できます"),
            ("2025-01-22T12:00:00+09:00", "今年度の募集はすべて終わりました"),
        ] {
            desk.state.clock.set(at.parse::<DateTime<Utc>>().unwrap());
            let page = browser.get(&format!("/guides/apply?{facts}")).await;
            assert!(page.has(&format!("<h2 id=\"said\">{verdict}</h2>")), "{at}: {}", page.text);
            assert!(!page.has("name=\"window_open\""), "what the schedule tells is not asked");
        }
        // Round 1 was closed on 15 November; its results are out on the 29th at noon.
        let rejected = query(&[("application_state", "rejected"), ("withdrawal_step", "none")]);
        for (at, verdict) in [
            ("2024-11-29T11:59:59+09:00", "採否結果をお待ちください"),
            ("2024-11-29T12:00:00+09:00", "次の応募期間をお待ちください"),
            ("2024-12-02T12:00:00+09:00", "応募できます"),
        ] {
            desk.state.clock.set(at.parse::<DateTime<Utc>>().unwrap());
            let page = browser.get(&format!("/guides/apply?{rejected}")).await;
            assert!(page.has(&format!("<h2 id=\"said\">{verdict}</h2>")), "{at}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_answers_go_on_into_the_form() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let mut browser = desk.browser();
        let facts = query(&[("ground", "3"), ("withdrawn", "no"), ("left_hospital", "yes")]);
        let page = browser.get(&format!("/guides/curriculum?{facts}")).await;
        let href = link_with(&page, "この内容を添えて問い合わせる");
        let form = browser.get(&href).await;
        assert_eq!(form.status, StatusCode::OK, "{href}");
        assert!(form.has("3 海外・国内への留学") && form.has("領域の学会に相談してください"), "{}", form.text);
        assert!(
            form.has("<option value=\"study\" selected>"),
            "the ground stands in the form's own field: {}",
            form.text
        );
        let late =
            query(&[("entry_fiscal_year", "R9"), ("planned_start", "2027年7月1日"), ("director_approves", "yes")]);
        let page = browser.get(&format!("/guides/late_start?{late}")).await;
        let href = link_with(&page, "この内容を添えて問い合わせる");
        for part in
            ["entry_fiscal_year=2027", "planned_start_year=2027", "planned_start_month=7", "director_approves=yes"]
        {
            assert!(href.contains(part), "{part} in {href}");
        }
        assert!(browser.get(&href).await.has("<option value=\"2027\" selected>"));
        let english = browser.get(&format!("/en/guides/curriculum?{facts}")).await;
        let form = browser.get(&link_with(&english, "Ask the desk, with these answers")).await;
        assert!(form.has("3 Study abroad or in Japan"), "{}", form.text);
    })
    .await;
}

/// A ticket about `kind` of the person in [`account`], matched.
async fn a_ticket(desk: &TestDesk, kind: InquiryKind, fields: &[(&str, &str)]) -> TicketNumber {
    let mut intake: Intake = intake(&format!("key-{kind}"), "開始が遅れます");
    intake.inquiry.kind = kind;
    intake.inquiry.fields = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let (_, number) = receive(desk, intake).await;
    link::match_pending(&desk.state.db, desk.state.clock.now()).await.unwrap();
    number
}

/// The registration that the intake of `staff_tickets` matches for certain.
async fn an_account(desk: &TestDesk, more: &str) {
    let intake = intake("key", "x").inquiry;
    let (number, born) = (intake.registration_number.unwrap(), intake.born_on.unwrap());
    let (family, given) = intake.name.split_once(' ').unwrap();
    let csv = format!(
        "account_id,registration_number,birthdate,family_name,given_name,email,phase,entry_fiscal_year,specialty,\
         application_state\nA-1,{number},{born},{family},{given},{},{more}\n",
        intake.email
    );
    let now = desk.state.clock.now();
    let report =
        account::import_csv(&desk.state.db, csv.as_bytes(), "a.csv", ImportOptions::default(), now).await.unwrap();
    assert_eq!(report.new, 1, "{report:?}");
}

#[tokio::test]
async fn a_ticket_shows_what_the_rules_say_about_what_is_known() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        an_account(&desk, "trainee,2018,内科,accepted").await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let number = a_ticket(&desk, InquiryKind::Record, &[]).await;
        let page = agent.get(&format!("/staff/tickets/{number}")).await;
        assert!(page.has("おすすめの回答") && page.has("records@2018-04-01/internal-medicine-2018"), "{}", page.text);
        assert!(page.has("決めるのは機構です") && page.has("href=\"/faq/record-exceptions-by-year\""));
        let href = link_with(&page, "返信に入れる").split('#').next().unwrap().to_owned();
        assert_eq!(href, format!("/staff/tickets/{number}?suggest=records"));
        let drafted = agent.get(&href).await;
        let body = drafted.text.split("<textarea id=\"body\"").nth(1).unwrap().split("</textarea>").next().unwrap();
        assert!(
            body.contains("研修実績をシステムに入力してください") && body.contains("/faq/record-exceptions-by-year")
        );
        let other = agent.get(&format!("/staff/tickets/{number}?suggest=weather")).await;
        let body = other.text.split("<textarea id=\"body\"").nth(1).unwrap().split("</textarea>").next().unwrap();
        assert!(body.trim_end().ends_with('>'), "an unknown suggestion writes nothing: {body}");
    })
    .await;
}

#[tokio::test]
async fn the_form_of_a_ticket_speaks_and_what_is_missing_is_named() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let fields = [
            ("specialty", "精神科"),
            ("entry_fiscal_year", "2027"),
            ("planned_start", "2027-10-02"),
            ("special_reason", "childbirth"),
            ("director_approves", "yes"),
            ("applied_in_period", "yes"),
        ];
        let number = a_ticket(&desk, InquiryKind::LateStart, &fields).await;
        let page = agent.get(&format!("/staff/tickets/{number}")).await;
        assert!(page.has("late_start@2018-04-01/ask") && page.has("学会への連絡"), "{}", page.text);
        assert!(!page.has("start_date@"), "of the first day nothing is asked here");
        assert!(!page.has("?suggest="));
    })
    .await;
}

#[tokio::test]
async fn a_suggested_answer_about_an_application_can_be_sent_and_tells_no_result() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        publish(&db, some_morning()).await;
        desk.state.clock.set("2024-12-03T12:00:00+09:00".parse::<DateTime<Utc>>().unwrap());
        an_account(&desk, "applicant,2025,外科,accepted").await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        for kind in [InquiryKind::Apply, InquiryKind::Withdraw, InquiryKind::Result] {
            let number = a_ticket(&desk, kind, &[]).await;
            let page = agent.get(&format!("/staff/tickets/{number}?suggest=apply")).await;
            assert!(page.has("apply@2018-04-01/accepted"), "{kind}: {}", page.text);
            let body = page.text.split("<textarea id=\"body\"").nth(1).unwrap().split("</textarea>").next().unwrap();
            let body = body.split_once('>').unwrap().1;
            // The rule, for whoever it concerns; never what is on file.
            assert!(body.contains("採用された場合") && body.contains("採否結果"), "{body}");
            assert!(!body.contains("採用されている") && !body.contains("採用されましたが"), "{body}");
            assert_eq!(last_look::before_sending(body, &[]), Ok(()));
            assert!(!page.has("&amp;suggest=") && page.has("?suggest=apply#"), "{}", page.text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_guide_passes_axe_in_both_languages_and_needs_no_script() {
    let Some(mut browser) = Chromium::start().await else { return };
    let mut desk = Desk::new(None);
    desk.start();
    let base = format!("http://{}", desk.address);
    for lang in ["", "/en"] {
        browser.open(&format!("{base}{lang}/guides")).await;
        browser.examine(&format!("{lang}/guides")).await;
        for topic in Topic::ALL {
            browser.open(&format!("{base}{lang}/guides/{topic}")).await;
            browser.examine(&format!("{lang}/guides/{topic}")).await;
            browser.press("main form .actions button").await;
            browser.examine(&format!("{lang}/guides/{topic} unanswered")).await;
        }
        for answered in ["records?specialty=%E5%86%85%E7%A7%91&entry_fiscal_year=2018", "profile?field=phone"] {
            browser.open(&format!("{base}{lang}/guides/{answered}")).await;
            assert!(!browser.client.source().await.unwrap().contains("<script"));
            browser.examine(&format!("{lang}/guides/{answered}")).await;
        }
    }
    // A resident answers two questions and takes the answer into the form.
    browser.open(&format!("{base}/guides/records")).await;
    browser.press("select option[value='放射線科']").await;
    browser.fill("entry_fiscal_year", "平成31").await;
    browser.press("main form .actions button").await;
    assert!(browser.text("#said").await.contains("入力が必要です"));
    browser.press(".panel.soft a.btn").await;
    let carried = browser.client.source().await.unwrap();
    assert!(carried.contains("放射線科") && carried.contains("2019"), "the form knows what was answered");
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}
