//! The season: rows 10 (periods), 11 (all closed), 12 (results), 13 (un-applied again), 14 (withdrawal).

use serde_json::json;

use super::{Story, says};

#[tokio::test(flavor = "multi_thread")]
async fn row_10_periods_the_clock_is_seen_the_window_shuts_at_noon_and_each_edge_runs_once() {
    Story::play(10, &[&[]], async |s: &mut Story| {
        says(&s.browser_page("/").await, &["1次募集", "11月14日"]);
        says(&s.open("/inquiries/apply").await, &["応募は、締切まで変更できます", "正午(12:00)"]);
        s.inquire("apply", &[("round", "1次募集"), ("topic", "change"), ("body", "応募先を変えたいです。")]).await;
        s.staff().await;
        says(&s.ticket().await, &["締切まで", "締切前に受信"]);
        s.later("2026-11-14T11:59:30+09:00");
        says(&s.open("/inquiries/apply").await, &["応募は、締切まで変更できます"]);
        // Down over noon: the window is shut all the same.
        s.later("2026-11-14T12:00:00+09:00");
        says(&s.open("/inquiries/apply").await, &["次の応募期間までお待ちください"]);
        s.inquire("apply", &[("round", "1次募集"), ("topic", "deadline"), ("body", "間に合いますか。")]).await;
        s.staff().await;
        says(&s.ticket().await, &["締切後に受信"]);
        // Staff move the next opening: what it would do is said first, then the page follows.
        s.open("/staff/periods").await;
        let find = "return [...document.querySelectorAll('main a[href*=\"edit?id=\"]')]\
            .find(a => a.textContent.includes('2次募集') && a.textContent.includes('応募')).getAttribute('href');";
        let edit = s.browser.client.execute(find, vec![]).await.unwrap();
        s.open(edit.as_str().unwrap()).await;
        s.fill(&[("opens_on", "2026-12-02"), ("closes_on", "2026-12-14")]).await;
        says(&s.press("form:has([name=opens_on]) .actions button").await, &["起きること", "変更後"]);
        says(&s.press("form[action$='/apply'] .actions button").await, &["2026年12月2日"]);
        s.later("2026-11-14T12:11:00+09:00");
        says(&s.open("/inquiries/apply").await, &["2026年12月2日(水) 正午(12:00)"]);
        let at = s.desk.run(&["periods", "at", "2026-12-14T12:00:00+09:00"]).pop().unwrap();
        assert!(at["open"].as_array().unwrap().iter().all(|open| open["kind"] != "apply"), "{at}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_all_closed_says_not_possible_still_takes_a_fault_and_keeps_the_finding() {
    Story::play(11, &[&[]], async |s: &mut Story| {
        s.later("2027-02-10T10:00:00+09:00");
        says(
            &s.open("/inquiries/apply").await,
            &["すべての募集期間が終わりました", "例外なくできません", "システムの不具合"],
        );
        let fault = [
            ("happened_at", "1月22日の11時50分"),
            ("screen", "応募の確認画面"),
            ("action", "「応募」を押した"),
            ("message_shown", "エラーが発生しました"),
            ("kept_from_applying", "yes"),
        ];
        s.inquire("trouble", &fault).await;
        s.staff().await;
        says(&s.linked().await, &["時刻・画面・文言から記録を調べます", "応募の確認画面"]);
        says(&s.step("system", "").await, &["理由や根拠を書いてから"]);
        says(
            &s.step("system", "11:49:58 のサーバー記録にエラー E-51").await,
            &["システムが原因", "サーバー記録にエラー E-51"],
        );
        s.canned("fault_system").await;
        s.mail("システムの不具合を確認しました").await;
        assert!(s.events().contains("E-51"), "the finding is stored with its evidence");
        // Somebody who forgot: the answer follows from the other finding.
        s.inquire("apply", &[("round", "最終調整"), ("topic", "missed"), ("body", "応募を忘れました。")]).await;
        s.linked().await;
        says(&s.text().await, &["すべての募集期間が終了"]);
        s.step("own", "応募の操作の記録なし").await;
        s.canned("fault_own_closed").await;
        s.mail("事務局で直すことができません").await;
        s.ticket().await;
        says(&s.step("answer", "").await, &["回答済み"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_result_notice_flips_at_its_time_and_no_mail_ever_holds_a_result() {
    Story::play(12, &[&[("application_state", "accepted")]], async |s: &mut Story| {
        s.later("2026-11-28T11:59:00+09:00");
        let before = s.open("/inquiries/result").await;
        says(&before, &["結果は、ログインするとご覧になれます", "採用結果通知の時刻を過ぎてから"]);
        assert!(!before.contains("採用されなかったとき"));
        s.later("2026-11-28T12:00:00+09:00");
        says(&s.open("/inquiries/result").await, &["採用されなかったとき", "もう一度応募できます"]);
        s.inquire("result", &[("situation", "cannot_see")]).await;
        s.staff().await;
        s.linked().await;
        let stopped = s.reply("確認したところ、採用されていました。", "resolved").await;
        says(&stopped, &["採否の結果にあたる言葉"]);
        assert!(s.source().await.contains("採用されていました"), "the text is kept");
        s.canned("result_login").await;
        let mail = s.mail("ログインして「採否結果」をご覧ください").await;
        assert_eq!(mail.to, "hanako@file.example");
        for mail in s.mails() {
            assert!(!mail.body.replace("採否", "").contains("採用"), "a result stands in a mail: {}", mail.body);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_return_to_un_applied_after_the_notice_unset_like_rejected() {
    Story::play(13, &[&[]], async |s: &mut Story| {
        s.later("2026-11-29T10:00:00+09:00");
        // The state refresh: the online system hands over what the notice changed.
        s.import(&[&[("application_state", "unset")]]);
        says(&s.open("/inquiries/apply").await, &["不採用・未設定の方は未応募に戻り", "2026年12月1日(火) 正午"]);
        s.inquire("apply", &[("round", "2次募集"), ("topic", "how"), ("body", "もう一度応募できますか。")]).await;
        s.staff().await;
        let page = s.linked().await;
        says(&page, &["おすすめの回答", "未設定"]);
        says(&s.open("/staff/accounts/A-1001").await, &["未設定"]);
        // The window opens: the suggestion says so by itself.
        s.later("2026-12-01T12:00:00+09:00");
        s.staff().await;
        let unset = s.ticket().await;
        s.import(&[&[("application_state", "rejected")]]);
        let rejected = s.ticket().await;
        for page in [&unset, &rejected] {
            says(page, &["応募できます"]);
        }
        s.import(&[&[("application_state", "unapplied")]]);
        says(&s.ticket().await, &["未応募", "応募できます"]);
        s.canned("apply_open").await;
        s.mail("2次募集").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_withdrawal_its_steps_are_seen_a_silent_director_is_written_to_and_one_may_apply() {
    Story::play(14, &[&[("application_state", "withdrawal_requested")]], async |s: &mut Story| {
        let never = s
            .write(
                "withdraw",
                &[("result", "not_accepted"), ("program", "青葉"), ("director_told", "yes"), ("step", "before")],
            )
            .await;
        says(&never, &["辞退の手続きは要りません"]);
        assert!(s.source().await.contains("value=\"青葉\""), "nothing typed is lost");
        s.inquire(
            "withdraw",
            &[
                ("result", "accepted"),
                ("program", "青葉病院 内科プログラム"),
                ("director_told", "yes"),
                ("step", "requested"),
            ],
        )
        .await;
        says(&s.status().await, &["2 承認待ち", "統括責任者"]);
        s.staff().await;
        s.linked().await;
        says(&s.unfold().await, &["北野 徹 先生", "k•••@aoba.example"]);
        s.press("form[action$='/nudge'] button").await;
        says(&s.unfold().await, &["統括責任者に連絡しました", "前回の連絡"]);
        let letter = s.mail("採用辞退の申請が出ています").await;
        assert_eq!(letter.to, "kitano@aoba.example");
        assert!(!letter.body.contains("/t/") && !letter.body.contains("654321"), "{}", letter.body);
        says(&s.press("form[action$='/nudge'] button").await, &["今日はもう連絡しました"]);
        s.browser.examine("a withdrawal and its letter").await;

        // The job: two days later, and near the close every day; staff are warned.
        s.later("2026-11-11T11:30:00+09:00");
        s.until_count("採用辞退の申請が出ています", 2).await;
        s.later("2026-11-12T11:45:00+09:00");
        s.until_count("採用辞退の申請が出ています", 3).await;
        s.staff().await;
        says(&s.ticket().await, &["日返事がありません", "承認が間に合わないおそれ"]);
        assert_eq!(s.job("follow_withdrawals"), 0, "once a day");
        // The director approves in the online system, and the mail goes out there.
        s.put(json!({
            "account_id": "A-1001", "registration_number": 654321, "birthdate": "1996-04-21", "family_name": "山田",
            "given_name": "花子", "family_kana": "ヤマダ", "given_kana": "ハナコ", "email": "hanako@file.example",
            "phase": "applicant", "program": "青葉病院 内科プログラム", "director_email": "kitano@aoba.example",
            "application_state": "withdrawn",
            "withdrawal": {
                "requested_at": "2026-11-08 20:00", "reason_given": "転居", "director_decided_at": "2026-11-12 11:10",
                "decision": "approved", "mailed_at": "2026-11-12 11:15",
            },
        }));
        assert_eq!(s.job("follow_withdrawals"), 1);
        says(&s.ticket().await, &["4 応募できる"]);
        assert_eq!(s.job_at("follow_withdrawals", "2026-11-14T10:00:00+09:00"), 0);
        assert_eq!(s.count("採用辞退の申請が出ています"), 3, "nobody writes to the director any more");
    })
    .await;
}

impl Story {
    /// The whole page, banner and all.
    async fn browser_page(&self, path: &str) -> String {
        self.open(path).await;
        self.browser.text("body").await
    }

    /// Waits until so many mails that say something have left.
    pub async fn until_count(&self, text: &str, wanted: usize) {
        let wait = async {
            let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
            while self.count(text) < wanted {
                look.tick().await;
            }
        };
        let came = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
        assert!(came.is_ok(), "{} of {wanted} mails say {text}", self.count(text));
        assert_eq!(self.count(text), wanted, "mails that say {text}");
    }
}
