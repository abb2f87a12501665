//! Getting in: rows 1–5 (login mail, general form, ID, password, duplicate), 9 (profile) and 22 (directors).

use super::{Story, says};

/// A bounce as a mail server writes it.
fn bounce(original: &str, recipient: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: desk@desk.example.jp\nSubject: Undelivered Mail\n\
         Message-ID: <bounce@x.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nUser unknown\n\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\nContent-Type: message/rfc822\n\n\
         Message-ID: <{original}>\nSubject: x\n\nx\n--b--\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn row_01_login_mail_is_missed_its_mistyped_address_found_and_corrected_until_mail_arrives() {
    let registration = [("email", "hanako@gmial.com"), ("login_mail_state", "sent")];
    Story::play(1, &[&registration], async |s: &mut Story| {
        s.staff().await;
        s.colleague("lead");
        let form = s.open("/inquiries/login_mail").await;
        says(&form, &["もう一度登録しないでください", "迷惑メールのフォルダー"]);
        s.inquire("login_mail", &[("email", "hanako@gmail.com"), ("registered_on", "11月5日の朝")]).await;

        let page = s.linked().await;
        says(
            &page,
            &["送信済み、1日以上反応なし", "ドメインの打ち間違いの疑い", "1〜2文字だけ違う", "1日たっても反応がない"],
        );
        s.canned("login_mail_silent").await;
        let answer = s.mail("もう一度お送りするよう手配しました").await;
        assert_eq!(answer.to, "hanako@gmial.com", "only the address on file hears of the registration");

        // It bounces: the service reads it and brings the ticket back.
        assert_eq!(s.desk.ingest(bounce(&answer.message_id, &answer.to).as_bytes())["outcome"], "appended");
        says(&s.ticket().await, &["不達", "対応中"]);
        s.unfold().await;
        s.fill(&[
            ("new_email", "hanako@gmail.com"),
            ("verified", "licence_image"),
            ("help_reason", "免許証の画像と登録を見比べた"),
        ])
        .await;
        s.press("form[action$='/login-help'] .actions button").await;
        s.staff_as("lead@desk.example").await;
        s.open("/staff/approvals").await;
        says(&s.press("button[value=approve]").await, &["承認済み"]);
        let arrived = s.mail("ログイン用のURLをもう一度お送りするよう手配しました").await;
        assert_eq!(arrived.to, "hanako@gmail.com");
        says(&s.ticket().await, &["完了"]);
        says(&s.open("/staff/changes").await, &["A-1001", "ログイン用URLを再送する"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_general_form_is_written_confirmed_followed_answered_and_closed_with_a_guard() {
    Story::play(2, &[&[]], async |s: &mut Story| {
        s.inquire("other", &[("subject", "書類について"), ("body", "書類の送り先を教えてください。")]).await;
        says(&s.status().await, &["書類について", "書類の送り先を教えてください"]);
        s.staff().await;
        says(&s.linked().await, &["回答期限まで"]);
        s.press("form[action$='/take'] button").await;
        s.browser.client.execute("document.querySelector('#mode-note').click()", vec![]).await.unwrap();
        s.fill(&[("body", "過去の例を確認中")]).await;
        says(&s.press("#answer button.for-note").await, &["過去の例を確認中", "本人には見えません"]);
        says(&s.reply("どの書類のことでしょうか。", "waiting_on_requester").await, &["本人回答待ち"]);
        assert!(!s.status().await.contains("過去の例を確認中"), "a note stays inside");

        // 7 days of silence: one reminder, with the link to the page.
        s.later("2026-11-17T09:30:00+09:00");
        let reminder = s.mail("まだお返事をいただいていません").await;
        assert_eq!(reminder.to, "hanako@file.example");
        // 14 days: an edge is near (24 November, noon), nothing is closed.
        assert_eq!(s.job_at("auto_close", "2026-11-24T09:30:00+09:00"), 0, "an edge is near");
        // The day after it is.
        s.later("2026-11-25T09:30:00+09:00");
        s.staff().await;
        s.until(&format!("/staff/tickets/{}", s.number), "お返事がないため完了としました").await;

        // The requester answers all the same, by the mailed link, and is read.
        let link = reminder.body.lines().find(|line| line.contains("/t/")).unwrap().trim().to_owned();
        s.browser.open(&link).await;
        s.press("main form button").await;
        s.fill(&[("body", "修了証のことです。")]).await;
        says(&s.press("main form .actions button").await, &["修了証のことです"]);
        says(&s.ticket().await, &["修了証のことです", "回答期限まで"]);
        s.reply("修了証は写しで足ります。", "resolved").await;
        s.mail("修了証は写しで足ります").await;
        says(&s.press("button[name=status][value=closed]").await, &["完了"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_03_id_form_is_matched_with_reasons_its_clock_runs_and_the_id_goes_to_the_registered_mail_only() {
    Story::play(3, &[&[]], async |s: &mut Story| {
        s.inquire("id", &[]).await;
        s.later("2026-11-12T10:00:00+09:00");
        s.staff().await;
        let queue = s.open("/staff/tickets?queue=login").await;
        says(&queue, &[&s.number.clone(), "回答期限を超過"]);
        assert!(!s.open("/staff/tickets?queue=rules").await.contains(&s.number));
        says(&s.linked().await, &["確実", "医籍登録番号", "生年月日", "回答の期限", "2026年11月11日(水) 17:30"]);
        s.press("form[action$='/open'] button").await;
        s.step("check", "番号・生年月日・氏名が一致").await;
        says(&s.canned("id_on_file").await, &["A-1001"]);
        let told = s.mail("ログインIDは A-1001").await;
        assert_eq!(told.to, "hanako@file.example");
        let elsewhere = s.mail("登録されているメールアドレス").await;
        assert!(elsewhere.to == "hanako@new.example" && !elsewhere.body.contains("A-1001"));
        s.ticket().await;
        assert!(!s.has("button[name=act][value=tell]").await, "the answer has told it");
        assert!(!s.status().await.contains("A-1001"), "number and passcode are no credential");
        s.staff().await;
        says(&s.open("/staff/audit").await, &["個人情報を開いた", &s.number.clone()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_04_password_is_found_without_a_ticket_and_counted() {
    Story::play(4, &[&[]], async |s: &mut Story| {
        says(
            &s.open("/faq?q=%E3%83%91%E3%82%B9%E3%83%AF%E3%83%BC%E3%83%89%E3%82%92%E5%BF%98%E3%82%8C%E3%81%9F").await,
            &["パスワード"],
        );
        s.open("/inquiries/password").await;
        says(
            &s.text().await,
            &["お問い合わせは要りません", "※ パスワードをお忘れの方はこちら", "それでも問い合わせる"],
        );
        says(&s.press("button[formaction$='answer=reset']").await, &["お役に立ててよかったです"]);
        assert!(s.desk.run(&["tickets", "list"]).is_empty(), "no ticket was needed");

        s.staff().await;
        s.open("/staff/answers").await;
        let line = s.browser.text("[data-kind=password]").await;
        says(&line, &["100%", "ご自分で設定し直せます"]);
        s.browser.examine("answers").await;
        s.browser.staff_language(&s.base.clone(), "en").await;
        s.open("/staff/answers").await;
        s.browser.examine("answers en").await;
        s.browser.staff_language(&s.base.clone(), "ja").await;

        // A caller is led to the form; who writes all the same gets the one-key answer.
        s.open("/staff/phone").await;
        s.fill(&[("kind", "password"), ("memo", "パスワードを忘れたとのこと"), ("email", "hanako@new.example")]).await;
        says(&s.press("main form .actions button").await, &["リンクを送りました"]);
        assert!(s.mail("/inquiries/password").await.body.contains("お電話では"));
        s.inquire("password", &[("situation", "no_mail")]).await;
        s.linked().await;
        s.canned("password_reset").await;
        s.mail("ご自分で設定し直せます").await;
        s.open("/staff/answers").await;
        says(&s.browser.text("[data-kind=password]").await, &["50%"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_05_duplicate_is_told_found_at_night_compared_and_one_registration_stays() {
    let twin = [
        ("account_id", "A-1002"),
        ("email", "hanako@old.example"),
        ("temporary_password_issued_at", "2026-11-08 23:06"),
        ("application_state", "unapplied"),
    ];
    Story::play(5, &[&[], &twin], async |s: &mut Story| {
        s.staff().await;
        s.colleague("lead");
        s.job("find_duplicates");
        s.inquire(
            "duplicate",
            &[("temporary_password", "yes"), ("times_registered", "2"), ("used_email_1", "hanako@old.example")],
        )
        .await;
        says(&s.linked().await, &["二重登録の疑い", "登録を見比べ"]);
        s.unfold().await;
        let link = "form:has(input[name=account][value=A-1001]) button[value=link]";
        if s.has(link).await {
            s.press(link).await;
        }
        says(&s.step("confirm", "").await, &["残す登録を選びます"]);
        says(&s.open("/staff/duplicates").await, &["A-1001", "A-1002"]);
        s.open("/staff/duplicates/A-1001/A-1002").await;
        s.browser.press("label[for=ack-temporary_password]").await;
        s.fill(&[("reason", "免許証の画像で同じ方と確認")]).await;
        says(&s.press("button[value=preview]").await, &["まだ何も変えていません"]);
        s.press("button[value=ask]").await;
        s.staff_as("lead@desk.example").await;
        s.open("/staff/approvals").await;
        says(&s.press("button[value=approve]").await, &["承認済み"]);
        says(&s.open("/staff/accounts/A-1002").await, &["取り消した登録です"]);
        s.open("/staff/duplicates").await;
        assert!(s.has("form[action$='/undo']").await, "it can be taken back");
        s.job("find_duplicates");
        s.open("/staff/duplicates").await;
        assert!(!s.has("a[href$='/A-1001/A-1002']").await, "nothing is left to find");
        s.ticket().await;
        assert!(s.has("button[name=act][value=tell]").await, "the repair has fixed it");
        s.reply("ご登録を一つにまとめました。", "resolved").await;
        assert_eq!(s.mail("一つにまとめました").await.to, "hanako@file.example");
        says(&s.step("tell", "").await, &["通知済み"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_profile_three_fields_are_self_service_and_a_name_is_changed_by_two_people() {
    Story::play(9, &[&[]], async |s: &mut Story| {
        s.staff().await;
        s.colleague("lead");
        says(
            &s.open("/inquiries/profile").await,
            &["メールアドレス・住所・電話番号は、ご自分で変えられます", "登録情報管理", "更新"],
        );
        let refused = s
            .write("profile", &[("item", "phone"), ("old_value", "a"), ("new_value", "b"), ("cannot_log_in", "no")])
            .await;
        says(&refused, &["ご自分で変えられます", "ログインできない"]);
        s.inquire(
            "profile",
            &[("item", "name"), ("old_value", "山田 花子"), ("new_value", "佐藤 花子"), ("proof", "licence")],
        )
        .await;
        s.linked().await;
        s.step("see_proof", "改姓後の免許証で確認").await;
        says(&s.text().await, &["承認を頼む：承認する"]);
        s.step("approve", "改姓後の免許証").await;
        s.staff_as("lead@desk.example").await;
        says(&s.open("/staff/approvals").await, &["佐藤 花子"]);
        says(&s.press("button[value=approve]").await, &["承認済み"]);
        says(&s.open("/staff/changes").await, &["山田 花子", "佐藤 花子"]);
        s.press("form[action$='/handed-over'] button").await;
        // The online system has taken it over.
        s.import(&[&[("family_name", "佐藤")]]);
        says(&s.open("/staff/accounts/A-1001").await, &["佐藤"]);
        s.ticket().await;
        s.step("change", "").await;
        s.reply("登録のお名前を改めました。", "resolved").await;
        s.mail("登録のお名前を改めました").await;
        says(&s.step("tell", "").await, &["通知済み"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_22_director_gives_three_items_and_is_answered_at_the_registered_mail_only() {
    Story::play(22, &[&[]], async |s: &mut Story| {
        let missing = s.write("director", &[("body", "IDを教えてください。")]).await;
        says(&missing, &["領域", "プログラム名", "統括責任者名"]);
        let three = [
            ("specialty", "内科"),
            ("program", "青葉病院　内科プログラム"),
            ("director_name", "北野徹"),
            ("topic", "login"),
            ("body", "IDを教えてください。"),
        ];
        s.inquire("director", &three).await;
        s.staff().await;
        says(&s.ticket().await, &["登録されているアドレス", "k•••@aoba.example", "照合待ち"]);
        s.step("check", "領域・プログラム・氏名が一致").await;
        s.reply("統括責任者のIDは D-77 です。", "resolved").await;
        let told = s.mail("D-77").await;
        assert_eq!(told.to, "kitano@aoba.example");
        let neutral = s.mail("登録されているメールアドレス").await;
        assert!(neutral.to == "hanako@new.example" && !neutral.body.contains("D-77"), "whoever asked may be anybody");
        assert!(!s.status().await.contains("D-77"));
        s.staff().await;
        s.ticket().await;
        assert!(!s.has("button[name=act][value=tell]").await, "the answer has told it");

        // A director who is in no registration is not guessed.
        s.inquire("director", &[("director_name", "南 太郎"), three[0], three[1], three[4]]).await;
        says(&s.ticket().await, &["本人が入力したアドレス"]);
    })
    .await;
}
