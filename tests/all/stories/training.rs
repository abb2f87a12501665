//! Training: rows 15 (records), 16 (break and pause), 17 (data linkage), 19 (late start), 21 (transfer).

use serde_json::{Value, json};

use super::{Story, says};

/// Her registration as a trainee, with training records.
fn trainee(records: Value) -> Value {
    json!({
        "account_id": "A-1001", "registration_number": 654321, "birthdate": "1996-04-21", "family_name": "山田",
        "given_name": "花子", "family_kana": "ヤマダ", "given_kana": "ハナコ", "email": "hanako@file.example",
        "phase": "trainee", "entry_fiscal_year": 2024, "specialty": "小児科", "records": records,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_records_the_verdict_by_specialty_and_year_the_gap_is_seen_and_closed() {
    Story::play(15, &[&[("phase", "trainee")]], async |s: &mut Story| {
        s.open("/guides/records").await;
        s.fill(&[("specialty", "内科"), ("entry_fiscal_year", "2018")]).await;
        says(&s.press("main form .actions button").await, &["入力が必要", "規則から言えること"]);
        s.fill(&[("specialty", "内科"), ("entry_fiscal_year", "2019")]).await;
        says(&s.press("main form .actions button").await, &["入力は要りません"]);
        s.fill(&[("specialty", "小児科"), ("entry_fiscal_year", "2024")]).await;
        s.press("main form .actions button").await;
        // The guide hands its answers into the form, which gives the way in the online system.
        s.press("main .panel a.btn").await;
        says(&s.text().await, &["研修実績の入力と訂正は、ご自分でできます", "研修施設の登録"]);
        let early =
            [("topic", "correct"), ("period_from_year", "2023"), ("period_from_month", "4"), ("period_from_day", "1")];
        says(&s.go_on(&early).await, &["開始日が、研修を始めた年度より前になっています"]);
        let gap = "2024/4/1 から 2025/3/31 青葉病院\n2025/4/2 から 北病院";
        s.open("/inquiries/record?specialty=%E5%B0%8F%E5%85%90%E7%A7%91&entry_fiscal_year=2024").await;
        let confirm = s.go_on(&[("topic", "correct"), ("spells", gap)]).await;
        says(&confirm, &["2025年4月1日から2025年4月1日までが空白です"]);
        s.send().await;

        let first = json!({ "from": "2024-04-01", "to": "2025-03-31", "status": "研修中", "site": "青葉病院" });
        s.put(trainee(json!([first, { "from": "2025-04-02", "to": null, "status": "研修中", "site": "北病院" }])));
        s.staff().await;
        says(&s.linked().await, &["入力が必要", "小児科"]);
        says(&s.step("enter", "").await, &["本人が入力中"]);
        says(&s.open("/staff/accounts/A-1001?tab=records").await, &["空白", "2025-04-01"]);
        s.canned("record_enter").await;
        s.mail("空白の期間がないように").await;
        s.put(trainee(json!([first, { "from": "2025-04-01", "to": null, "status": "研修中", "site": "北病院" }])));
        says(&s.open("/staff/accounts/A-1001?tab=records").await, &["空白はありません"]);
        s.ticket().await;
        says(&s.step("settle", "").await, &["することはありません"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_break_and_pause_follow_the_entry_year_and_the_entry_is_made() {
    Story::play(16, &[&[("phase", "trainee")]], async |s: &mut Story| {
        s.open("/guides/start_date").await;
        s.fill(&[("entry_fiscal_year", "2021"), ("actual_start", "2021-07-01")]).await;
        says(&s.press("main form .actions button").await, &["2021年4月1日", "2021年6月30日"]);
        s.fill(&[("entry_fiscal_year", "2022"), ("actual_start", "2022-07-01")]).await;
        let page = s.press("main form .actions button").await;
        says(&page, &["2022年7月1日"]);
        assert!(!page.contains("6月30日"), "no pause from FY2022 on");
        let spell = [
            ("specialty", "小児科"),
            ("entry_fiscal_year", "2024"),
            ("topic", "interruption"),
            ("period_from_year", "2025"),
            ("period_from_month", "6"),
            ("period_from_day", "1"),
            ("period_to_year", "2025"),
            ("period_to_month", "3"),
            ("period_to_day", "31"),
            ("interruption_reason", "育児"),
        ];
        let backwards = s.write("record", &spell).await;
        says(&backwards, &["終了日が開始日より前"]);
        says(&s.go_on(&[("period_to_year", "2026")]).await, &["育児"]);
        s.send().await;
        s.staff().await;
        says(&s.linked().await, &["中断・休止について", "育児"]);
        s.step("enter", "").await;
        s.reply("「中断の登録」から、2025年6月1日から2026年3月31日までを入力してください。", "waiting_on_third_party")
            .await;
        s.mail("中断の登録").await;
        s.put(trainee(json!([
            { "from": "2024-04-01", "to": "2025-05-31", "status": "研修中", "site": "青葉病院" },
            { "from": "2025-06-01", "to": "2026-03-31", "status": "中断", "interruption_reason": "育児" },
            { "from": "2026-04-01", "to": null, "status": "研修中", "site": "青葉病院" },
        ])));
        says(&s.open("/staff/accounts/A-1001?tab=records").await, &["空白はありません", "中断"]);
        s.ticket().await;
        s.step("settle", "").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_data_linkage_when_a_cell_is_linked_everybody_is_told_once() {
    Story::play(17, &[&[]], async |s: &mut Story| {
        says(&s.open("/inquiries/record").await, &["連携が終わるまでは表示されません", "こちらからお知らせします"]);
        let waits = [("specialty", "外科"), ("entry_fiscal_year", "2024"), ("topic", "linkage")];
        s.inquire("record", &waits).await;
        let first = s.number.clone();
        s.inquire(
            "record",
            &[waits[0], waits[1], waits[2], ("registration_number", "700001"), ("email", "other@new.example")],
        )
        .await;
        s.staff().await;
        says(&s.ticket().await, &["データ連携待ち"]);
        s.open("/staff/linkage").await;
        s.fill(&[("specialty", "外科"), ("year", "2024"), ("state", "linked")]).await;
        says(&s.press("main form button").await, &["次の送信：2件", "連携済"]);
        assert_eq!(s.job("tell_linked"), 2);
        s.until_count("データ連携が終わりました", 2).await;
        let to: std::collections::BTreeSet<_> =
            s.mails().into_iter().filter(|m| m.body.contains("連携が終わりました")).map(|m| m.to).collect();
        assert!(to.contains("other@new.example") && to.len() == 2, "{to:?}");
        assert_eq!(s.job("tell_linked"), 0);
        s.number = first;
        says(&s.ticket().await, &["データ連携の完了を知らせました", "完了"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_late_start_is_decided_by_the_table_with_the_boundary_of_the_society_and_reminded_of_the_period() {
    Story::play(19, &[&[("application_state", "unapplied"), ("specialty", "精神科")]], async |s: &mut Story| {
        let late = [
            ("specialty", "精神科"),
            ("entry_fiscal_year", "2027"),
            ("planned_start_year", "2027"),
            ("planned_start_month", "10"),
            ("planned_start_day", "1"),
            ("special_reason", "other"),
            ("reason", "前の職場の引き継ぎ"),
            ("director_approves", "yes"),
            ("society_told", "yes"),
            ("applied_in_period", "no"),
        ];
        let early = s
            .write(
                "late_start",
                &[
                    late[0],
                    late[1],
                    ("planned_start_year", "2027"),
                    ("planned_start_month", "3"),
                    late[4],
                    late[5],
                    late[6],
                    late[7],
                    late[8],
                    late[9],
                ],
            )
            .await;
        says(&early, &["採用された年度の4月1日より前"]);
        s.inquire("late_start", &late).await;
        s.staff().await;
        // 1 October is still this year's for the psychiatry society; the application within the period is missing (F52).
        says(&s.linked().await, &["条件を確認中", "精神科", "late_start@"]);
        says(&s.text().await, &["募集期間"]);
        // The job reminds of the period, once.
        s.later("2026-11-11T10:00:00+09:00");
        let mail = s.mail("応募は募集期間の間にシステムから行います").await;
        says(&mail.body, &["2026年11月14日 12:00", "ログインして応募してください"]);
        assert_eq!(s.job("remind_deadlines"), 0);
        s.staff().await;
        says(&s.ticket().await, &["締切が近いことを知らせました"]);
        says(
            &s.step("allow", "10月1日開始、2次募集までに応募すること(F51・F52)").await,
            &["開始を遅らせられる", "F51・F52"],
        );
        says(&s.step("tell", "").await, &["通知済み"]);
        assert!(s.events().contains("F51"), "the verdict is recorded");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_transfer_is_confidential_ticked_reminded_of_the_internal_deadline_and_ends_in_an_application() {
    Story::play(21, &[&[("phase", "trainee")]], async |s: &mut Story| {
        s.staff().await;
        s.colleague("agent");
        s.later("2026-11-16T10:00:00+09:00");
        says(
            &s.open("/inquiries/transfer").await,
            &["年度の途中の転科はできません", "2週間前", "限られた担当者だけが読みます"],
        );
        let items = [
            ("specialty", "内科"),
            ("base_hospital", "青葉病院"),
            ("program", "青葉病院 内科プログラム"),
            ("prefecture", "宮城県"),
            ("new_specialty", "小児科"),
            ("reason", "小児の診療に進みたいため"),
            ("harassment", "cannot_say"),
            ("director_agreed", "no"),
            ("society_agreed", "no"),
        ];
        s.inquire("transfer", &items).await;
        s.staff_as("agent@desk.example").await;
        s.ticket().await;
        assert!(!s.browser.client.source().await.unwrap().contains("青葉病院"), "not for everybody");
        assert!(!s.open("/staff/tickets?view=all").await.contains(&s.number));
        // The desk's own deadline: two weeks before 13 December.
        s.later("2026-11-24T10:00:00+09:00");
        says(&s.mail("統括責任者と学会の同意がそろうと").await.body, &["2026年11月29日 12:00"]);
        assert_eq!(s.job("remind_deadlines"), 0, "once");
        s.staff().await;
        says(&s.ticket().await, &["機密", "統括責任者の同意待ち", "青葉病院"]);
        s.step("director", "").await;
        s.step("society", "").await;
        s.step("check", "").await;
        says(&s.step("give_up", "").await, &["応募できる", "次の年度の4月"]);
        says(&s.open("/guides/transfer").await, &["転科"]);
        s.canned("transfer_rules").await;
        s.mail("年度の途中の転科はできません").await;
        says(&s.status().await, &["応募できる"]);
    })
    .await;
}
