//! Kinds and workflows where a wrong answer would hurt: who must enter records, refused consents, directors, changes of the
//! profile, people who are harassed, contradictions, closed forms.

use axum::http::StatusCode;
use chrono::Duration;
use madoguchi::desk::flows::linkage;
use madoguchi::desk::inquiry::Catalogue;
use madoguchi::desk::staff::Role;
use madoguchi::desk::ticket::Ticket;
use madoguchi::desk::ticket::actions::ActError;
use madoguchi::platform::db::{Db, Tx, query};

use super::cases::{inquire, step};
use super::kinds::{changed, desk, filled, inputs, post};
use super::repair::{decide_path, import, registration};
use super::staff_browser::{Browser, Page, TestDesk};
use super::support::on_each_database;

/// Kind, answers beside what is required, and what must be said.
type Filled = (&'static str, &'static [(&'static str, &'static str)], &'static str);

async fn tell(desk: &TestDesk, db: &Db) -> i64 {
    let context = desk.state.context();
    db.write::<_, ActError, _>(async move |tx: &mut Tx| linkage::tell(tx, &context, 50).await).await.unwrap()
}

async fn reply(staff: &mut Browser, ticket: &Ticket, to: &str, body: &str) -> Page {
    let seen = ticket.last_seq.to_string();
    let fields = [("mode", "reply"), ("body", body), ("seen_seq", seen.as_str()), ("then", "resolved"), ("to", to)];
    staff.post(&format!("/staff/tickets/{}/reply", ticket.number), &fields).await
}

fn draft(page: &Page) -> &str {
    page.text
        .split("<textarea id=\"body\"")
        .nth(1)
        .unwrap()
        .split("</textarea>")
        .next()
        .unwrap()
        .split_once('>')
        .unwrap()
        .1
}

#[tokio::test]
async fn who_must_enter_records_is_told_so_and_waits_for_no_linkage() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        for (specialty, year) in [("内科", "2018"), ("小児科", "2024")] {
            let asks = [("specialty", specialty), ("entry_fiscal_year", year), ("topic", "linkage")];
            let ticket = inquire(&desk, &db, "record", &asks).await;
            let path = format!("/staff/tickets/{}", ticket.number);
            let page = staff.get(&path).await;
            assert!(page.has("?canned=record_must_enter#answer") && page.has("入力が必要です"), "{}", page.text);
            assert!(!page.has("?canned=record_linkage#answer"), "no promise that nothing is to be entered");
            let page = staff.get(&format!("{path}?canned=record_must_enter")).await;
            assert!(draft(&page).contains("空白なく入力してください"), "{}", draft(&page));
        }
        let waits = [("specialty", "内科"), ("entry_fiscal_year", "2024"), ("topic", "linkage")];
        let before = inquire(&desk, &db, "record", &waits).await;
        let page = staff.get(&format!("/staff/tickets/{}", before.number)).await;
        assert!(page.has("?canned=record_linkage#answer") && page.has("データ連携待ち"), "{}", page.text);

        desk.state.clock.advance(Duration::minutes(1));
        let cell = [("specialty", "内科"), ("year", "2024"), ("state", "linked")];
        staff.post("/staff/linkage", &cell).await;
        let after = inquire(&desk, &db, "record", &[waits[0], waits[1], waits[2], ("email", "other@example.jp")]).await;
        // Saying again that it is linked makes nobody wait for it.
        staff.post("/staff/linkage", &cell).await;
        assert_eq!(tell(&desk, &db).await, 1, "who wrote before is told, who wrote after is not brushed off");
        let page = staff.get(&format!("/staff/tickets/{}", after.number)).await;
        assert!(page.has("?canned=record_linked_missing#answer"), "{}", page.text);
        assert!(!page.has("データ連携の完了を知らせました"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_consent_is_shown_as_refused_and_nobody_waits_for_it() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let (_, mut lead) = desk.signed_in("高橋", Role::Lead).await;
        for consents in [("refused", "no"), ("yes", "refused")] {
            let answers = [("director_agreed", consents.0), ("society_agreed", consents.1)];
            let ticket = inquire(&desk, &db, "transfer", &answers).await;
            let page = lead.get(&format!("/staff/tickets/{}", ticket.number)).await;
            assert!(page.has("name=\"seen\" value=\"refused\""), "{consents:?}: {}", page.text);
            assert!(page.has("理由を確かめ、次の方法を案内します"), "{consents:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_of_a_programme_leaves_for_the_director_on_file_only() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let mut resident = registration("A-20918", "渡邉", "resident@example.jp");
        (resident.specialty, resident.program) = ("内科".into(), "青葉病院 内科".into());
        (resident.director_name, resident.director_email) = ("北野 徹".into(), "kitano@aoba.example".into());
        import(&db, vec![resident], desk.state.clock.now()).await;
        let asks = [("specialty", "内科"), ("program", "青葉病院 内科"), ("director_name", "北の徹")];
        let ticket = inquire(&desk, &db, "director", &asks).await;
        let path = format!("/staff/tickets/{}", ticket.number);
        let (_, mut staff) = desk.signed_in("佐藤", Role::Agent).await;
        let page = staff.get(&path).await;
        assert!(page.has("本人が入力したアドレス"), "the name is misspelt: {}", page.text);
        let (first, other) = (page.text.find("?canned=director_not_matched#answer"), page.text.find("id_not_matched"));
        assert!(first.is_some() && other.is_none(), "nobody is asked for a licence: {}", page.text);
        let stopped = reply(&mut staff, &ticket, "typed", "IDは D-00123 です。").await;
        assert_eq!(stopped.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", stopped.text);
        assert!(stopped.has("ログインIDにあたる文字") && stopped.has("D-00123"), "{}", stopped.text);

        // Staff find the programme: the answer goes to its director, never to the resident whose registration says so.
        staff.post(&format!("{path}/link"), &[("act", "link"), ("account", "A-20918")]).await;
        let page = staff.get(&path).await;
        assert!(page.has("k•••@aoba.example"), "{}", page.text);
        assert!(page.has("?canned=director_login#answer") && !page.has("?canned=director_not_matched#answer"));
        let sent = reply(&mut staff, &ticket, "on_file", "IDは D-00123 です。").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let mut tx = db.read().await.unwrap();
        let (to,): (String,) =
            query("SELECT to_address FROM outbox WHERE kind = 'staff_reply'").fetch_one(&mut tx).await.unwrap();
        assert_eq!(to, "kitano@aoba.example");
        let form = desk.browser().get("/inquiries/director").await;
        assert!(
            form.has("連絡を取る方のお名前です") && !form.has("医師免許証のとおりに"),
            "hospital staff have no licence"
        );
    })
    .await;
}

#[tokio::test]
async fn every_approved_change_of_the_profile_reaches_the_change_set_and_a_reading_needs_two() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        import(&db, vec![registration("A-20918", "渡邉", "owner@on-file.example.jp")], desk.state.clock.now()).await;
        let (_, mut agent) = desk.signed_in("鈴木", Role::Agent).await;
        let (_, mut lead) = desk.signed_in("高橋", Role::Lead).await;
        for (item, old, new) in
            [("university", "A大", "B大"), ("phone", "x", "03-9999-8888"), ("address", "旧住所", "新住所1-2")]
        {
            let answers = [("item", item), ("old_value", old), ("new_value", new), ("cannot_log_in", "yes")];
            let ticket = inquire(&desk, &db, "profile", &answers).await;
            let begins = if item == "university" { "asked" } else { "self_service" };
            step(&mut agent, &ticket, begins, "see_proof", "確認").await;
            let unlinked = step(&mut agent, &ticket, "proof_seen", "approve", "よい").await;
            assert_eq!(unlinked.status, StatusCode::UNPROCESSABLE_ENTITY, "{item}");
            assert!(unlinked.has("先に紐付けてください"), "{item}");
            let link = format!("/staff/tickets/{}/link", ticket.number);
            agent.post(&link, &[("act", "link"), ("account", "A-20918")]).await;
            let done = step(&mut agent, &ticket, "proof_seen", "approve", "よい").await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{item}: {}", done.text);
            let mut tx = db.read().await.unwrap();
            let lines: Vec<(String, String)> = query("SELECT field, new_value FROM change_requests WHERE cause = $1")
                .bind(format!("ticket:{}", ticket.number))
                .fetch_all(&mut tx)
                .await
                .unwrap();
            assert_eq!(lines, [(item.to_owned(), new.to_owned())]);
        }
        assert!(agent.get("/staff/changes").await.has("B大"));
        let answers = [("item", "kana"), ("old_value", "ワタナベ"), ("new_value", "ワタベ イチロウ")];
        let kana = inquire(&desk, &db, "profile", &answers).await;
        agent.post(&format!("/staff/tickets/{}/link", kana.number), &[("act", "link"), ("account", "A-20918")]).await;
        step(&mut agent, &kana, "asked", "see_proof", "戸籍で確認").await;
        let asked = step(&mut agent, &kana, "proof_seen", "approve", "戸籍のとおり").await;
        assert_eq!(asked.location(), "/staff/approvals", "a reading is part of who somebody is: {}", asked.text);
        let decide = decide_path(&mut lead).await;
        assert_eq!(lead.post(&decide, &[("act", "approve"), ("note", "")]).await.status, StatusCode::SEE_OTHER);
        assert!(agent.get("/staff/changes").await.has("ワタベ イチロウ"));
    })
    .await;
}

#[tokio::test]
async fn who_is_harassed_writes_as_much_as_they_can_and_everybody_else_the_whole_form() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let mut browser = desk.browser();
        let page = browser.get("/inquiries/transfer").await;
        assert!(page.has("書ける範囲だけでかまいません"), "{}", page.text);
        let mut typed = filled(&inputs(&page.text), false);
        for field in
            ["specialty", "base_hospital", "program", "prefecture", "reason", "director_agreed", "society_agreed"]
        {
            assert!(typed.remove(field).is_some(), "{field} is asked of everybody else");
        }
        typed.remove("family_kana");
        typed.remove("given_kana");
        typed.insert("harassment".into(), "no".into());
        let refused = post(&mut browser, "/inquiries/transfer", &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.text.split("<li><a href=\"#").count() - 1, 7, "{}", refused.text);
        for harassment in ["yes", "cannot_say"] {
            typed.insert("harassment".into(), harassment.into());
            let confirm = post(&mut browser, "/inquiries/transfer", &typed).await;
            assert_eq!(confirm.status, StatusCode::OK, "{harassment}: {}", confirm.text);
        }
        let sent = post(&mut browser, "/inquiries/transfer/submit", &typed).await;
        assert!(super::kinds::ticket(&db, &sent).await.is_confidential);
    })
    .await;
}

#[tokio::test]
async fn answers_that_do_not_go_together_are_told_on_the_confirmation_page_and_still_taken() {
    on_each_database(async |db| {
        let desk = desk(&db, &Catalogue::embedded().unwrap()).await;
        let cases: [Filled; 15] = [
            (
                "record",
                &[("entry_fiscal_year", "2024"), ("spells", "2020/4/1 から 2024/3/31 青葉病院")],
                "1行目の開始日が、研修を始めた2024年度より前です",
            ),
            ("record", &[("entry_fiscal_year", "2024"), ("spells", "2024/4/1 から 2030/3/31")], "今日より後の日付"),
            ("record", &[("entry_fiscal_year", "2022"), ("spells", "2024/4/1 青葉病院")], "2022年度の分がありません"),
            (
                "withdraw",
                &[("result", "accepted"), ("step", "requested"), ("director_told", "no")],
                "申請は済んでいますが",
            ),
            ("withdraw", &[("result", "not_yet"), ("step", "before")], "結果が出る前に応募先を変えたいときは"),
            (
                "withdraw",
                &[
                    ("step", "before"),
                    ("requested_on_year", "2026"),
                    ("requested_on_month", "11"),
                    ("requested_on_day", "20"),
                ],
                "申請した日が入っています",
            ),
            ("ceiling", &[("ground", "contract"), ("shortage_area", "no")], "医師少数区域などで研修する予定がないとき"),
            ("ceiling", &[("ground", "contract"), ("shortage_area", "no")], "対象外の条件に当てはまりません"),
            (
                "late_start",
                &[
                    ("specialty", "内科"),
                    ("entry_fiscal_year", "2026"),
                    ("planned_start_year", "2027"),
                    ("planned_start_month", "1"),
                    ("planned_start_day", "5"),
                    ("special_reason", "other"),
                ],
                "次の年度の募集に応募することになります",
            ),
            ("transfer", &[("specialty", "内科"), ("new_specialty", "内科")], "今の領域と同じ領域"),
            (
                "transfer",
                &[("start_on_year", "2027"), ("start_on_month", "10"), ("start_on_day", "1")],
                "年度の途中からは始められません",
            ),
            ("profile", &[("item", "university"), ("old_value", "A大"), ("new_value", "A大")], "同じです"),
            (
                "duplicate",
                &[("times_registered", "1"), ("used_email_1", "a@example.jp"), ("used_email_2", "b@example.jp")],
                "登録した回数をご確認ください",
            ),
            ("apply", &[("round", "9")], "公表された日程にありません"),
            ("image", &[("reason", "arrived")], "画像がまだ選ばれていません"),
        ];
        for (kind, answers, said) in cases {
            desk.state.clock.advance(Duration::minutes(1));
            let mut browser = desk.browser();
            let path = format!("/inquiries/{kind}");
            let mut typed = filled(&inputs(&browser.get(&path).await.text), false);
            typed.extend(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let confirm = post(&mut browser, &path, &typed).await;
            assert_eq!(confirm.status, StatusCode::OK, "{kind} {answers:?}: {}", confirm.text);
            assert!(confirm.has(said), "{kind} {answers:?}: {said}\n{}", confirm.text);
        }
        let refused: [Filled; 3] = [
            ("profile", &[("item", "birthdate"), ("new_value", "あした")], "正しい生年月日が日付として読み取れません"),
            ("profile", &[("item", "registration_number"), ("new_value", "abc")], "正しい医籍登録番号が読み取れません"),
            (
                "late_start",
                &[("planned_start_year", "2033"), ("planned_start_month", "4"), ("planned_start_day", "1")],
                "年までの間で選んでください",
            ),
        ];
        for (kind, answers, said) in refused {
            desk.state.clock.advance(Duration::minutes(1));
            let mut browser = desk.browser();
            let path = format!("/inquiries/{kind}");
            let mut typed = filled(&inputs(&browser.get(&path).await.text), false);
            typed.extend(answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let again = post(&mut browser, &path, &typed).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {answers:?}");
            assert!(again.has(said), "{kind} {answers:?}: {}", again.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_form_is_not_confirmed_either_and_the_way_on_keeps_what_was_typed() {
    on_each_database(async |db| {
        let closed = changed("late_start", |source| {
            source.replace("queue = \"training\"", "queue = \"training\"\nopening = \"confirm\"")
        });
        let desk = desk(&db, &closed).await;
        let mut browser = desk.browser();
        let path = "/inquiries/late_start";
        let mut typed = filled(&inputs(&browser.get(path).await.text), false);
        typed.insert("reason".into(), "たいせつな理由".into());
        let page = post(&mut browser, path, &typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        assert!(page.has("「募集実施確認」の期間だけ受け付けます") && page.has("たいせつな理由"), "{}", page.text);
        let href = page.text.split("href=\"/inquiries/trouble?").nth(1).unwrap().split('"').next().unwrap();
        let trouble = browser.get(&format!("/inquiries/trouble?{}", href.replace("&#38;", "&"))).await;
        assert!(trouble.has("たいせつな理由") && trouble.has("研修開始の遅れ"), "{}", trouble.text);
    })
    .await;
}
