//! Rules that others decide: rows 18 (ceiling) and 20 (curriculum).

use super::{Story, says};

#[tokio::test(flavor = "multi_thread")]
async fn row_18_ceiling_gives_the_conditions_says_who_decides_is_routed_and_its_rules_are_reviewed() {
    Story::play(18, &[&[]], async |s: &mut Story| {
        s.open("/guides/ceiling").await;
        says(&s.text().await, &["確かめてあるのは次の日までです：2027年3月31日", "もとになる説明"]);
        s.browser.examine("guide").await;
        s.fill(&[
            ("trains_in_shortage_area", "yes"),
            ("contract_with_prefecture", "yes"),
            ("jichi_graduate", "no"),
            ("university_quota_only", "no"),
        ])
        .await;
        let said = s.press("main form .actions button").await;
        says(&said, &["地域医療対策協議会", "2027年度", "この案内は決定ではありません", "一つになりました"]);
        s.press("main .panel a.btn").await;
        s.go_on(&[("prefecture", "岩手県"), ("council_consent", "yes")]).await;
        s.send().await;
        says(&s.open("/faq/ceiling-who-decides").await, &["質問に答えて確かめる", "シーリングの対象外になるか"]);
        for path in ["/en/faq/ceiling-who-decides", "/en/guides/ceiling"] {
            s.open(path).await;
            s.browser.examine(path).await;
        }
        s.staff().await;
        says(&s.linked().await, &["ceiling@2026-04-01/contract", "岩手県", "確かめてある期限：2027年3月31日"]);
        s.canned("ceiling_prefecture").await;
        s.mail("都道府県の地域医療対策協議会が確かめます").await;
        s.ticket().await;
        says(&s.step("prefecture", "").await, &["都道府県を案内した", "協議会の確認を待ちます"]);
        says(&s.step("settle", "").await, &["することはありません"]);
        // Two months before the year is over those who lead the desk are asked to look at the rules, once.
        s.later("2027-02-01T10:00:00+09:00");
        let review = s.mail("見直しの時期になりました").await;
        assert_eq!(review.to, "first@desk.example");
        assert_eq!(s.job("review_rules"), 0);
        s.staff().await;
        says(&s.open("/staff/answers").await, &["2027年3月31日", "2018-04-01, 2026-04-01"]);
        // After it the answer says that it may be out of date.
        s.later("2027-04-01T10:00:00+09:00");
        says(&s.open("/guides/ceiling").await, &["まだ確かめていません"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_curriculum_names_the_grounds_sends_to_the_society_and_keeps_harassment_to_a_few() {
    Story::play(20, &[&[]], async |s: &mut Story| {
        s.staff().await;
        s.colleague("agent");
        s.open("/guides/curriculum").await;
        says(&s.text().await, &["義務年限", "留学"]);
        s.fill(&[("ground", "2"), ("withdrawn", "no"), ("left_hospital", "no")]).await;
        says(&s.press("main form .actions button").await, &["学会", "相談先の一覧"]);
        s.browser.examine("guide with the societies").await;
        says(&s.open("/inquiries/curriculum").await, &["まず領域の学会に確かめてください"]);
        s.inquire(
            "curriculum",
            &[("specialty", "麻酔科"), ("ground", "family"), ("situation", "in_program"), ("harassment", "no")],
        )
        .await;
        says(&s.linked().await, &["curriculum@", "ご相談先：日本麻酔科学会"]);
        s.canned("curriculum_society").await;
        says(
            &s.mail("まず日本麻酔科学会にご確認ください").await.body,
            &["条件と手続きは、領域の学会によって違います", "https://anesth.or.jp/"],
        );
        s.ticket().await;
        says(&s.step("society", "").await, &["学会を案内した", "学会の判断を待ちます"]);
        says(&s.step("settle", "").await, &["することはありません"]);
        s.inquire(
            "curriculum",
            &[("specialty", "麻酔科"), ("ground", "accepted"), ("situation", "left_hospital"), ("harassment", "yes")],
        )
        .await;
        says(&s.ticket().await, &["機密"]);
        s.staff_as("agent@desk.example").await;
        assert!(!s.open("/staff/tickets?view=all").await.contains(&s.number));
    })
    .await;
}
