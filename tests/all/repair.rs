//! Repair of double registrations (二重登録), through the pages and on both databases: compared by one person, approved
//! by another, journalled, taken back, and asked of the online system.

use axum::http::StatusCode;
use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use madoguchi::desk::account::{
    AccountRecord, ApplicationState, Birthdate, ImportRow, RegistrationNumber, import_records, pairs, store as accounts,
};
use madoguchi::desk::audit;
use madoguchi::desk::flows::cases;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::{TicketId, link, store as tickets};
use madoguchi::platform::db::{Db, DbError, Tx, query};

use super::staff_browser::{Browser, TestDesk};
use super::staff_tickets::a_ticket;
use super::support::{on_each_database, some_morning};

pub const PAIR: &str = "/staff/duplicates/A-20918/A-20921";

/// A registration of Watanabe Ichiro, with his number and birthdate.
pub fn registration(id: &str, family: &str, email: &str) -> AccountRecord {
    let born = Birthdate::new(NaiveDate::from_ymd_opt(1996, 4, 21).unwrap());
    let mut record = AccountRecord::new(id, RegistrationNumber::new(612_048).unwrap(), born, family, "一郎");
    (record.family_kana, record.given_kana) = ("ワタナベ".into(), "イチロウ".into());
    record.email = email.into();
    record.phone = "090-1234-5678".into();
    record.application_state = Some(ApplicationState::Unapplied);
    record
}

/// The mirror: each row as a whole, the pairs found as the nightly job does.
pub async fn import(db: &Db, records: Vec<AccountRecord>, at: DateTime<Utc>) {
    let rows = records.into_iter().map(ImportRow::whole).collect();
    import_records(db, rows, "accounts-1207.csv", false, at).await.unwrap();
    db.write::<_, DbError, _>(async move |tx: &mut Tx| pairs::find(tx, at).await).await.unwrap();
}

/// Two registrations; the second has an open temporary password, and a ticket that was linked to it.
async fn two_registrations(desk: &TestDesk) -> TicketId {
    let mut second = registration("A-20921", "渡邉", "=HYPERLINK(1)@old.example.jp");
    second.temporary_password_issued_at = Utc.with_ymd_and_hms(2026, 12, 7, 14, 6, 0).single();
    let first = registration("A-20918", "渡辺", "ichiro@example.jp");
    import(&desk.state.db, vec![first, second], some_morning()).await;
    let (ticket, _) = a_ticket(desk).await;
    ticket
}

async fn account_of(desk: &TestDesk, ticket: TicketId) -> Option<String> {
    let mut tx = desk.state.db.read().await.unwrap();
    let id = tickets::get(&mut tx, ticket).await.unwrap().account_id?;
    accounts::find_account(&mut tx, madoguchi::desk::account::AccountId(id)).await.unwrap().map(|a| a.record.account_id)
}

async fn link_to(desk: &TestDesk, browser: &mut Browser, ticket: TicketId, account: &str) {
    let number = tickets::get(&mut desk.state.db.read().await.unwrap(), ticket).await.unwrap().number;
    let fields = [("act", "link"), ("account", account)];
    let done = browser.post(&format!("/staff/tickets/{number}/link"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

/// Makes the ticket one that came by the form about twins, with two registrations named.
async fn be_about_twins(db: &Db, ticket: TicketId) {
    let write = async move |tx: &mut Tx| {
        query("UPDATE tickets SET kind = 'duplicate', fields = $1 WHERE id = $2")
            .bind(serde_json::json!({ "times_registered": "2" }))
            .bind(ticket)
            .execute(tx)
            .await
    };
    db.write::<_, DbError, _>(write).await.unwrap();
}

/// Where the case of a ticket stands.
async fn case_of(db: &Db, ticket: TicketId) -> &'static str {
    let mut tx = db.read().await.unwrap();
    let ticket = tickets::get(&mut tx, ticket).await.unwrap();
    cases::of(&mut tx, &ticket).await.unwrap().unwrap().state.word
}

/// What is sent when the repair is asked for.
const ASK: [(&str, &str); 5] = [
    ("act", "ask"),
    ("take_name", "b"),
    ("take_email", "a"),
    ("ack_temporary_password", "1"),
    ("reason", "免許証画像の生年月日を確認。どちらにも応募なし。"),
];

async fn ask_and_approve(asker: &mut Browser, lead: &mut Browser) {
    let asked = asker.post(PAIR, &ASK).await;
    assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/staff/approvals"), "{}", asked.text);
    let path = decide_path(lead).await;
    let done = lead.post(&path, &[("act", "approve"), ("note", "")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

/// Where the newest repair is taken back.
async fn undo_path(lead: &mut Browser) -> String {
    let page = lead.get("/staff/duplicates").await;
    let at = page.text.find("/staff/repairs/").unwrap_or_else(|| panic!("nothing to undo: {}", page.text));
    page.text[at..].split('"').next().unwrap().to_owned()
}

/// Where the open request is decided.
pub async fn decide_path(lead: &mut Browser) -> String {
    let page = lead.get("/staff/approvals").await;
    let at = page.text.find("/staff/approvals/").unwrap_or_else(|| panic!("nothing to decide: {}", page.text));
    page.text[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_repair_is_compared_tried_asked_for_approved_by_another_and_taken_back() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let ticket = two_registrations(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        link_to(&desk, &mut agent, ticket, "A-20921").await;
        be_about_twins(&db, ticket).await;
        assert!(agent.get("/staff/duplicates").await.has("data-total=\"1\""));

        let page = agent.get(PAIR).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.has("i•••@example.jp") && !page.has("ichiro@example.jp") && !page.has("612048"), "masked");
        assert!(page.has("accounts-1207.csv") && page.has("一時パスワードが発行されています"));
        let opened = agent.post(&format!("{PAIR}/open"), &[]).await;
        assert!(opened.has("ichiro@example.jp") && opened.has("612048"));

        let tried = agent.post(PAIR, &[("act", "preview"), ("take_name", "b")]).await;
        assert_eq!(tried.status, StatusCode::OK);
        assert!(tried.has("まだ何も変えていません") && tried.has("項目を直す"), "{}", tried.text);
        assert_eq!(account_of(&desk, ticket).await.as_deref(), Some("A-20921"), "a dry run changes nothing");
        let unacknowledged = agent.post(PAIR, &[("act", "ask"), ("reason", "確認済み")]).await;
        assert_eq!(unacknowledged.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unacknowledged.has("一時パスワードの取り消しも依頼する") && unacknowledged.has("確認済み"), "kept");
        let groundless = agent.post(PAIR, &[ASK[0], ASK[3]]).await;
        assert_eq!(groundless.status, StatusCode::UNPROCESSABLE_ENTITY);

        ask_and_approve(&mut agent, &mut lead).await;
        assert_eq!(account_of(&desk, ticket).await.as_deref(), Some("A-20918"), "the ticket follows the survivor");
        assert_eq!(case_of(&db, ticket).await, "fixed", "what is left is to tell the person");
        assert!(lead.get("/staff/duplicates").await.has("data-total=\"0\""), "the pair is settled");
        let gone = agent.get("/staff/accounts/A-20921").await;
        assert!(gone.has("二重登録の修正で取り消した登録です") && gone.has("/staff/accounts/A-20918"));

        let csv = agent.get("/staff/changes.csv").await;
        assert!(
            csv.text.starts_with('\u{feff}') && csv.has("A-20918,set,family_name,渡辺,渡邉,repair:"),
            "{}",
            csv.text
        );
        assert!(csv.has("A-20921,retire,,,A-20918,repair:") && csv.has("A-20921,void_temporary_password,"));
        let json: serde_json::Value = serde_json::from_str(&agent.get("/staff/changes.json").await.text).unwrap();
        assert_eq!(json["changes"].as_array().unwrap().len(), 3);
        let page = agent.get("/staff/changes").await;
        let last = page.value("last");
        agent.post("/staff/changes/handed-over", &[("last", &last)]).await;
        assert!(agent.get("/staff/changes").await.has("data-total=\"0\""));

        let undo = undo_path(&mut lead).await;
        assert!(agent.post(&undo, &[]).await.status == StatusCode::FORBIDDEN, "a lead takes back");
        let undone = lead.post(&undo, &[]).await;
        assert_eq!(undone.location(), "/staff/duplicates", "{}", undone.text);
        assert_eq!(account_of(&desk, ticket).await.as_deref(), Some("A-20921"));
        assert_eq!(case_of(&db, ticket).await, "confirmed", "nothing is fixed any more");
        assert!(lead.get("/staff/duplicates").await.has("data-total=\"1\""), "the pair is open again");
        let csv = agent.get("/staff/changes.csv").await;
        assert!(
            csv.has("A-20921,restore,,A-20918,,undo:repair:")
                && csv.has("A-20918,set,family_name,渡邉,渡辺,undo:repair:")
        );
        let lines = audit::of_object(&mut db.read().await.unwrap(), "account:A-20918").await.unwrap();
        let acts: Vec<&str> = lines.iter().map(|line| line.act.as_str()).collect();
        assert_eq!(acts, ["personal_data_opened", "repair_applied", "repair_undone"]);
    })
    .await;
}

#[tokio::test]
async fn sec_058_a_repair_needs_another_person_of_role_lead_and_a_desk_of_one_says_so() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        two_registrations(&desk).await;
        let (_, mut alone) = desk.signed_in("alone", Role::Admin).await;
        let refused = alone.post(PAIR, &ASK).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.has("承認できる方(責任者か管理者)がほかにいません") && refused.has("どちらにも応募なし"),
            "{}",
            refused.text
        );
        desk.signed_in("agent", Role::Agent).await;
        assert_eq!(alone.post(PAIR, &ASK).await.status, StatusCode::UNPROCESSABLE_ENTITY, "an agent cannot approve");

        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        assert_eq!(alone.post(PAIR, &ASK).await.location(), "/staff/approvals");
        let again = alone.post(PAIR, &ASK).await;
        assert!(again.has("承認を待っています"), "the same is not asked twice: {}", again.text);
        let path = decide_path(&mut lead).await;
        let own = alone.post(&path, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(own.has("依頼した本人は承認できません"), "{}", own.text);
        let mute = lead.post(&path, &[("act", "refuse"), ("note", " ")]).await;
        assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "a refusal needs a word");
        let refused = lead.post(&path, &[("act", "refuse"), ("note", "画像を見てから")]).await;
        assert_eq!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text);
        let late = lead.post(&path, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "what was refused cannot be approved");
        assert!(alone.get("/staff/approvals").await.has("画像を見てから"));
        assert_eq!(alone.post(PAIR, &ASK).await.location(), "/staff/approvals", "and it can be asked for anew");
        let path = decide_path(&mut lead).await.replace("/decide", "/withdraw");
        assert_eq!(lead.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "not theirs");
        assert_eq!(alone.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_said_and_nothing_is_done() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        let first = registration("A-20918", "渡辺", "ichiro@example.jp");
        let mut second = registration("A-20921", "渡邉", "old@example.jp");
        second.application_state = Some(ApplicationState::Applied);
        import(&db, vec![first.clone(), second.clone()], some_morning()).await;
        let page = agent.get(PAIR).await;
        assert!(page.has("応募のある登録を残す側にしてください") && !page.has("value=\"ask\""), "{}", page.text);
        let blocked = agent.post(PAIR, &[("act", "ask"), ("reason", "確認済み")]).await;
        assert_eq!(blocked.status, StatusCode::UNPROCESSABLE_ENTITY);
        let swapped = agent.get("/staff/duplicates/A-20921/A-20918").await;
        assert!(swapped.has("value=\"ask\""), "kept the other way round it can be asked for");

        second.application_state = Some(ApplicationState::WithdrawalRequested);
        import(&db, vec![first.clone(), second.clone()], some_morning()).await;
        for path in [PAIR, "/staff/duplicates/A-20921/A-20918"] {
            assert!(agent.get(path).await.has("採用辞退の手続きが終わっていません"));
        }

        second.application_state = Some(ApplicationState::Unapplied);
        import(&db, vec![first.clone(), second.clone()], some_morning()).await;
        let asked = agent.post(PAIR, &[("act", "ask"), ("reason", "確認済み")]).await;
        assert_eq!(asked.location(), "/staff/approvals", "{}", asked.text);
        second.email = "new@example.jp".into();
        import(&db, vec![first, second], some_morning() + Duration::minutes(5)).await;
        let path = decide_path(&mut lead).await;
        let late = lead.post(&path, &[("act", "approve"), ("note", "")]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "what was seen is not there any more");
        assert!(late.has("依頼の後に登録の写しが変わりました"), "{}", late.text);
        let mut tx = db.read().await.unwrap();
        let (n,): (i64,) = query("SELECT COUNT(*) FROM change_requests").fetch_one(&mut tx).await.unwrap();
        assert_eq!(n, 0, "a refused approval leaves nothing behind");
        let (n,): (i64,) =
            query("SELECT COUNT(*) FROM approvals WHERE state = 'asked'").fetch_one(&mut tx).await.unwrap();
        assert_eq!(n, 1, "and still waits");
    })
    .await;
}

#[tokio::test]
async fn two_doctors_one_digit_apart_are_not_made_one_without_a_word_and_can_be_told_apart_for_good() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        desk.signed_in("lead", Role::Lead).await;
        let first = registration("A-20918", "渡辺", "ichiro@example.jp");
        let born = Birthdate::new(NaiveDate::from_ymd_opt(1990, 1, 2).unwrap());
        let other = AccountRecord::new("A-20921", RegistrationNumber::new(612_049).unwrap(), born, "佐藤", "花子");
        import(&db, vec![first, other], some_morning()).await;
        assert!(agent.get("/staff/duplicates").await.has("data-total=\"0\""));
        let page = agent.get(PAIR).await;
        assert!(page.has("同じ人の登録とみなされていません"), "{}", page.text);
        let refused = agent.post(PAIR, &[("act", "ask"), ("reason", "x")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

        let same = [registration("A-1", "渡辺", "a@example.jp"), registration("A-2", "渡邉", "b@example.jp")];
        import(&db, same.to_vec(), some_morning()).await;
        let total = |page: &super::staff_browser::Page| {
            page.text.split("data-total=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let before = total(&agent.get("/staff/duplicates").await);
        let path = "/staff/duplicates/A-1/A-2";
        let mute = agent.post(path, &[("act", "distinct"), ("reason", "")]).await;
        assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = agent.post(path, &[("act", "distinct"), ("reason", "双子の方")]).await;
        assert_eq!(said.location(), "/staff/duplicates", "{}", said.text);
        let after = total(&agent.get("/staff/duplicates").await);
        assert_eq!(after.parse::<i64>().unwrap(), before.parse::<i64>().unwrap() - 1);
        db.write::<_, DbError, _>(async move |tx: &mut Tx| pairs::find(tx, some_morning() + Duration::days(1)).await)
            .await
            .unwrap();
        assert_eq!(total(&agent.get("/staff/duplicates").await), after, "the nightly finder does not bring it back");
        assert!(agent.get("/staff/accounts/A-1?tab=duplicates").await.has("別人と記録済み"));
    })
    .await;
}

#[tokio::test]
async fn a_repair_is_not_taken_back_after_a_mail_has_left_nor_after_seven_days() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        let ticket = two_registrations(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        link_to(&desk, &mut agent, ticket, "A-20921").await;
        ask_and_approve(&mut agent, &mut lead).await;
        let undo = undo_path(&mut lead).await;
        let number = tickets::get(&mut desk.state.db.read().await.unwrap(), ticket).await.unwrap().number;
        let path = format!("/staff/tickets/{number}");
        let page = agent.get(&path).await;
        let (seen, to) = (page.value("seen_seq"), page.value("to"));
        let fields = [
            ("mode", "reply"),
            ("body", "登録を1件にしました。"),
            ("seen_seq", &*seen),
            ("then", "resolved"),
            ("to", &*to),
        ];
        let sent = agent.post(&format!("{path}/reply"), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let list = lead.get("/staff/duplicates").await;
        assert!(list.has("本人へのメールを送ったため、元に戻せません") && !list.has("/undo\""), "{}", list.text);
        let undone = lead.post(&undo, &[]).await;
        assert_eq!(undone.status, StatusCode::CONFLICT);
        assert!(undone.has("修正の後に本人へのメールを送っているため"), "{}", undone.text);
        assert_eq!(account_of(&desk, ticket).await.as_deref(), Some("A-20918"));

        let later = [registration("A-1", "渡辺", "a@example.jp"), registration("A-2", "渡邉", "b@example.jp")];
        import(&desk.state.db, later.to_vec(), some_morning()).await;
        let asked = agent.post("/staff/duplicates/A-1/A-2", &[("act", "ask"), ("reason", "確認済み")]).await;
        assert_eq!(asked.location(), "/staff/approvals", "{}", asked.text);
        let path = decide_path(&mut lead).await;
        assert_eq!(lead.post(&path, &[("act", "approve"), ("note", "")]).await.status, StatusCode::SEE_OTHER);
        let undo = undo_path(&mut lead).await;
        desk.state.clock.advance(Duration::days(7));
        let (_, mut lead) = desk.signed_in("another", Role::Lead).await;
        let late = lead.post(&undo, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.has("7日を過ぎた"), "{}", late.text);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_waited_too_long_is_not_approved_and_makes_room_for_a_new_one() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db);
        two_registrations(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        assert_eq!(agent.post(PAIR, &ASK).await.location(), "/staff/approvals");
        let path = decide_path(&mut lead).await;
        desk.state.clock.advance(Duration::days(7));
        let (_, mut lead) = desk.signed_in("another", Role::Lead).await;
        let (_, mut agent) = desk.signed_in("third", Role::Agent).await;
        assert_eq!(
            lead.post(&path, &[("act", "approve"), ("note", "")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(agent.post(PAIR, &ASK).await.location(), "/staff/approvals");
    })
    .await;
}

#[tokio::test]
async fn after_a_repair_a_claim_meets_the_survivor_and_not_the_one_that_went() {
    on_each_database(async |db| {
        let desk = TestDesk::new(db.clone());
        let ticket = two_registrations(&desk).await;
        let (_, mut agent) = desk.signed_in("agent", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("lead", Role::Lead).await;
        link::match_pending(&db, some_morning()).await.unwrap();
        let grade =
            async |desk: &TestDesk| tickets::get(&mut desk.state.db.read().await.unwrap(), ticket).await.unwrap().grade;
        let before = grade(&desk).await;
        ask_and_approve(&mut agent, &mut lead).await;
        link::match_pending(&db, some_morning()).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let candidates = link::store::candidates(&mut tx, ticket).await.unwrap();
        let mut names = Vec::new();
        for row in candidates {
            names.push(accounts::find_account(&mut tx, row.account_id).await.unwrap().unwrap().record.account_id);
        }
        assert_eq!(names, ["A-20918"], "{before:?} → {:?}", grade(&desk).await);
        assert_eq!(
            account_of(&desk, ticket).await.as_deref(),
            Some("A-20918"),
            "one registration is left, so it is sure"
        );
    })
    .await;
}
