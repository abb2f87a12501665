//! The account page, the match panel and the help with a login mail, through the router and on both databases.

use axum::http::StatusCode;
use chrono::{NaiveDate, TimeZone, Utc};
use madoguchi::desk::account::nested::{Application, Nested, TrainingRecord, Withdrawal};
use madoguchi::desk::account::{AccountRecord, ApplicationState, ImportRow, LoginMailState, import_records};
use madoguchi::desk::audit;
use madoguchi::desk::flows::cases;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{Status, TicketId, link, store as tickets};
use madoguchi::platform::db::{Db, DbError, Tx, query};
use madoguchi::platform::outbox;

use super::repair::{decide_path, import, registration};
use super::staff_browser::{Page, TestDesk};
use super::staff_tickets::a_ticket;
use super::support::{on_each_database, some_morning};

const PAGE: &str = "/staff/accounts/A-20918";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A trainee with a gap of one day, a break, an application and a withdrawal under way.
async fn a_full_account(db: &Db) {
    let record = |from: &str, to: Option<&str>, reason: &str| TrainingRecord {
        from: day(from),
        to: to.map(day),
        status: if reason.is_empty() { "研修中".into() } else { "中断".into() },
        site: "みなと総合病院".into(),
        interruption_reason: reason.into(),
        note: String::new(),
    };
    let nested = Nested {
        applications: Some(vec![Application {
            fiscal_year: 2027,
            round: "1".into(),
            program: "みなと総合病院 内科".into(),
            specialty: "内科".into(),
            state: ApplicationState::Accepted,
            decided_at: Utc.with_ymd_and_hms(2026, 11, 27, 3, 0, 0).single(),
        }]),
        withdrawal: Some(Some(Withdrawal {
            requested_at: Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).single(),
            reason_given: "家族の介護のため".into(),
            director_decided_at: None,
            decision: None,
            mailed_at: None,
        })),
        records: Some(vec![
            record("2024-04-01", Some("2025-03-31"), ""),
            record("2025-04-02", Some("2025-09-30"), ""),
            record("2025-10-01", None, "育児"),
        ]),
        former_emails: None,
    };
    let mut row = ImportRow::whole(registration("A-20918", "渡辺", "ichiro@example.jp"));
    row.nested = nested;
    import_records(db, vec![row], "PUT sync-1207", false, some_morning()).await.unwrap();
}

#[tokio::test]
async fn every_tab_shows_its_part_with_source_and_time_and_no_personal_data_until_it_is_opened() {
    on_each_database(async |db| {
        a_full_account(&db).await;
        let desk = TestDesk::new(db.clone());
        let (_, mut viewer) = desk.signed_in("viewer", Role::Viewer).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let masked = |page: &Page| {
            for word in ["612048", "1996", "ichiro@example.jp", "090-1234-5678", "育児", "家族の介護"] {
                assert!(!page.has(word), "{word} in {}", page.text);
            }
        };
        for (tab, word) in [
            ("", "採用辞退を申請"),
            ("?tab=tickets", "紐付いた問い合わせはありません"),
            ("?tab=images", "画像"),
            ("?tab=applications", "みなと総合病院 内科"),
            ("?tab=records", "2025-04-01 – 2025-04-01"),
            ("?tab=duplicates", "見つかっていません"),
        ] {
            let page = viewer.get(&format!("{PAGE}{tab}")).await;
            assert_eq!(page.status, StatusCode::OK, "{tab}");
            assert!(page.has(word), "{tab}: {word} in {}", page.text);
            assert!(page.has("PUT sync-1207") && page.has("2026-12-08T10:24"), "{tab}: source and time");
            masked(&page);
        }
        let records = viewer.get(&format!("{PAGE}?tab=records")).await;
        assert!(records.has("class=\"gap\"") && records.has("class=\"s2\"") && records.has("<svg class=\"chart\""));
        assert!(!viewer.get(PAGE).await.has("tab=audit"), "the audit is for leads");
        assert!(viewer.get(&format!("{PAGE}?tab=audit")).await.has("採用辞退を申請"), "and the address does not help");

        let opened = viewer.post(&format!("{PAGE}/open?tab=records"), &[]).await;
        assert!(
            opened.has("612048") && opened.has("1996-04-21") && opened.has("平成8年") && opened.has("育児"),
            "{}",
            opened.text
        );
        let lines = audit::of_object(&mut db.read().await.unwrap(), "account:A-20918").await.unwrap();
        assert_eq!(lines.len(), 1, "opening is a line of the audit");
        assert!(lead.get(&format!("{PAGE}?tab=audit")).await.has("個人情報を開いた"));
        assert_eq!(viewer.get("/staff/accounts/nobody").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

/// A ticket whose number is on file under another birthdate.
async fn a_doubtful_ticket(desk: &TestDesk) -> (TicketId, String) {
    let mut record = registration("A-20918", "渡辺", "ichiro@example.jp");
    record.birthdate = madoguchi::desk::account::Birthdate::new(day("1991-01-02"));
    import(&desk.state.db, vec![record, registration("A-1", "佐藤", "x@example.jp")], some_morning()).await;
    let (id, number) = a_ticket(desk).await;
    link::match_pending(&desk.state.db, some_morning()).await.unwrap();
    (id, format!("/staff/tickets/{number}"))
}

#[tokio::test]
async fn the_match_panel_ranks_marks_and_settles_with_one_click() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (id, path) = a_doubtful_ticket(&desk).await;
        let page = agent.get(&path).await;
        assert!(
            page.has("＝") && page.has("≠") && page.has("登録：") && page.has("accounts-1207.csv"),
            "{}",
            page.text
        );
        assert!(!page.has("1991") && !page.has(">612048<"), "masked");
        let opened = agent.post(&format!("{path}/open"), &[]).await;
        assert!(opened.has("1991") && opened.has("612048"));
        let lines = audit::of_object(&mut db.read().await.unwrap(), "account:A-20918").await.unwrap();
        assert!(lines.iter().any(|line| line.act == audit::act::PERSONAL_DATA_OPENED), "the registration remembers it");

        let account = async |db: &Db| tickets::get(&mut db.read().await.unwrap(), id).await.unwrap().account_id;
        agent.post(&format!("{path}/link"), &[("act", "hold")]).await;
        assert!(agent.get(&path).await.has("保留中"));
        agent.post(&format!("{path}/link"), &[("act", "reject"), ("account", "A-20918")]).await;
        assert!(agent.get(&path).await.has("別人"));
        agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-1")]).await;
        assert!(account(&db).await.is_some());
        assert!(!agent.get(&path).await.has("保留中"), "a decision ends the hold");
        agent.post(&format!("{path}/link"), &[("act", "unlink")]).await;
        assert_eq!(account(&db).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_match_on_hold_links_nothing_by_itself_until_it_is_released() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (id, number) = a_ticket(&desk).await;
        let path = format!("/staff/tickets/{number}");
        agent.post(&format!("{path}/link"), &[("act", "hold")]).await;
        import(&db, vec![registration("A-20918", "渡邉", "ichiro@example.jp")], some_morning()).await;
        link::match_pending(&db, some_morning()).await.unwrap();
        let account = async |db: &Db| tickets::get(&mut db.read().await.unwrap(), id).await.unwrap().account_id;
        assert_eq!(account(&db).await, None, "sure, and still on hold");
        assert!(agent.get(&path).await.has("A-20918"), "the candidate is shown all the same");
        agent.post(&format!("{path}/link"), &[("act", "release")]).await;
        link::match_pending(&db, some_morning()).await.unwrap();
        assert!(account(&db).await.is_some());
    })
    .await;
}

/// A ticket about a login mail that bounced; the address on file is mistyped, and a twin exists.
async fn a_login_ticket(desk: &TestDesk) -> (TicketId, String) {
    let mut record = registration("A-20918", "渡邉", "ichiro@gmial.com");
    record.login_mail_sent_at = Utc.with_ymd_and_hms(2026, 12, 7, 13, 49, 0).single();
    record.login_mail_state = Some(LoginMailState::Bounced);
    record.temporary_password_issued_at = Utc.with_ymd_and_hms(2026, 12, 7, 14, 6, 0).single();
    let twin: AccountRecord = registration("A-20921", "渡辺", "other@example.jp");
    import(&desk.state.db, vec![record, twin], some_morning()).await;
    let (id, number) = a_ticket(desk).await;
    let write = async move |tx: &mut Tx| {
        query("UPDATE tickets SET kind = 'login_mail' WHERE id = $1").bind(id).execute(tx).await
    };
    desk.state.db.write::<_, DbError, _>(write).await.unwrap();
    (id, format!("/staff/tickets/{number}"))
}

async fn asked_of_the_system(db: &Db) -> Vec<(String, String, String)> {
    let mut tx = db.read().await.unwrap();
    query("SELECT account_id, act, new_value FROM change_requests ORDER BY id").fetch_all(&mut tx).await.unwrap()
}

#[tokio::test]
async fn a_login_mail_that_never_came_is_seen_at_a_glance_and_settled_in_one_act() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (id, path) = a_login_ticket(&desk).await;
        assert!(!agent.get(&path).await.has("ログインの状況"), "nothing of an account before the link");
        agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-20918")]).await;
        let suppress = async move |tx: &mut Tx| {
            outbox::suppress(tx, "ichiro@gmial.com", "5.1.1 no such user", some_morning()).await
        };
        db.write::<_, DbError, _>(suppress).await.unwrap();
        let page = agent.get(&path).await;
        for word in
            ["ログインの状況", "不達", "ドメインの打ち間違いの疑い", "5.1.1 no such user", "A-20921", "一時パスワード"]
        {
            assert!(page.has(word), "{word} in {}", page.text);
        }
        assert!(!page.has("ichiro@gmial.com"), "masked");
        let seen = page.value("seen_seq");
        let fields = [("answer", "URLの再送を手配しました。"), ("seen_seq", &*seen), ("void_password", "1")];
        let done = agent.post(&format!("{path}/login-help"), &fields).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, path.as_str()), "{}", done.text);
        let ticket = tickets::get(&mut db.read().await.unwrap(), id).await.unwrap();
        assert_eq!(ticket.status, Status::Closed);
        let case = cases::of(&mut db.read().await.unwrap(), &ticket).await.unwrap();
        assert_eq!(case.map(|case| case.state.word), Some("resent"), "the case stands where the act has brought it");
        let asked = asked_of_the_system(&db).await;
        let acts: Vec<&str> = asked.iter().map(|(_, act, _)| act.as_str()).collect();
        assert_eq!(acts, ["void_temporary_password", "resend_login_mail"]);
        assert_eq!(outbox::find_suppression(&mut db.read().await.unwrap(), "ichiro@gmial.com").await.unwrap(), None);
        let mails = outbox::states_for_ticket(&mut db.read().await.unwrap(), id.0).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "staff_reply").count(), 1);
        let again = agent.post(&format!("{path}/login-help"), &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "a double click asks nothing twice");
        assert_eq!(asked_of_the_system(&db).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn sec_085_the_address_is_corrected_only_after_verification_and_by_two_people() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let (id, path) = a_login_ticket(&desk).await;
        agent.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-20918")]).await;
        let seen = agent.get(&path).await.value("seen_seq");
        let base = [("answer", "アドレスを直しました。"), ("seen_seq", &*seen), ("new_email", "ichiro@gmail.com")];
        let unverified = agent.post(&format!("{path}/login-help"), &base).await;
        assert_eq!(unverified.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            unverified.has("本人だと確かめた方法を選んでください") && unverified.has("value=\"ichiro@gmail.com\""),
            "{}",
            unverified.text
        );
        let full = [base[0], base[1], base[2], ("verified", "call_back"), ("help_reason", "登録の電話に折り返した")];
        let asked = agent.post(&format!("{path}/login-help"), &full).await;
        assert_eq!(asked.location(), "/staff/approvals", "{}", asked.text);
        assert!(asked_of_the_system(&db).await.is_empty());
        let decide = decide_path(&mut lead).await;
        let done = lead.post(&decide, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let asked = asked_of_the_system(&db).await;
        assert_eq!(asked[0], ("A-20918".into(), "set".into(), "ichiro@gmail.com".into()));
        assert_eq!(asked[1].1, "resend_login_mail");
        let mut tx = db.read().await.unwrap();
        assert_eq!(tickets::get(&mut tx, id).await.unwrap().status, Status::Closed);
        let to: Vec<String> =
            outbox::states_for_ticket(&mut tx, id.0).await.unwrap().into_iter().map(|mail| mail.to_key).collect();
        assert_eq!(to, ["ichiro@gmail.com"], "the answer goes to the address that two people agreed on");
    })
    .await;
}
