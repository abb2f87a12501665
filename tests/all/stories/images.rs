//! Images of the licence: rows 6 (upload), 7 (provisional), 8 (replacement).

use fantoccini::Locator;
use serde_json::Value;

use super::{Story, says};
use crate::image_fixtures::{drawn, jpeg, padded};

impl Story {
    async fn choose(&self, file: &str) {
        let input = self.browser.client.find(Locator::Css("#image")).await.unwrap();
        input.send_keys(self.desk.folder().join(file).to_str().unwrap()).await.unwrap();
    }

    fn picture(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.desk.folder().join(name), bytes).unwrap();
    }

    /// Staff open the image of the first line that waits, and it is seen.
    async fn review(&self) {
        self.open("/staff/images").await;
        self.press("tbody form button").await;
        let wait = async {
            let seen = "return [...document.images].every(i => i.complete && i.naturalWidth > 0)";
            let mut look = tokio::time::interval(std::time::Duration::from_millis(20));
            while self.browser.client.execute(seen, vec![]).await.ok() != Some(Value::Bool(true)) {
                look.tick().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("the image is readable");
    }

    /// … reads it and approves it as the licence.
    async fn approve(&self) {
        self.fill(&[
            ("name", "山田花子"),
            ("registration_number", "654321"),
            ("birthdate", "平成8年4月21日"),
            ("registered_on", "令和4年4月12日"),
        ])
        .await;
        self.browser.press("label[for=sharp]").await;
        self.press("button[value=licence]").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_image_upload_names_the_size_that_is_too_large_and_a_good_one_is_readable() {
    Story::play(6, &[&[("licence_image", "none")]], async |s: &mut Story| {
        let good = jpeg(&drawn(1, 700), 80);
        s.picture("good.jpg", &good);
        s.picture("large.jpg", &padded(&good, 14_239_000));
        s.picture("note.jpg", b"this is no picture");
        says(&s.open("/inquiries/image").await, &["10MB以上の画像は登録できません", "PNG か JPEG"]);
        s.choose("large.jpg").await;
        says(&s.go_on(&[("reason", "upload_fails")]).await, &["14.2 MB"]);
        assert!(s.source().await.contains("value=\"山田\""), "nothing typed is lost");
        s.choose("note.jpg").await;
        let refused = s.press("#form .actions button").await;
        assert!(refused.contains("直してください"), "no picture is refused: {refused}");
        s.choose("good.jpg").await;
        says(&s.press("#form .actions button").await, &["この内容でよろしいですか"]);
        // Chosen and never sent: an orphan of another window.
        s.open("/inquiries/image").await;
        s.choose("good.jpg").await;
        s.go_on(&[("reason", "other")]).await;
        s.open("/inquiries/image").await;
        s.choose("good.jpg").await;
        s.go_on(&[("reason", "upload_fails")]).await;
        s.send().await;

        s.staff().await;
        s.linked().await;
        s.review().await;
        says(&s.text().await, &["JPEG"]);
        s.approve().await;
        // The cleaner of the night after takes the two that were never sent, and only those.
        s.later("2026-11-11T10:00:00+09:00");
        s.staff().await;
        s.until("/staff/images?tab=erasure", "次の回で消去する画像：0件").await;
        says(&s.open("/staff/accounts/A-1001?tab=images").await, &["承認"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_provisional_image_its_second_duty_is_told_listed_by_age_reminded_escalated_and_ended() {
    let provisional = [("licence_image", "provisional")];
    Story::play(7, &[&provisional], async |s: &mut Story| {
        says(&s.open("/inquiries/image").await, &["免許証が届いたら、必ずこの窓口に知らせてください"]);
        s.job("remind_provisional");
        assert_eq!(s.mail("画像の差し替えが必要です").await.to, "hanako@file.example", "told at once");
        s.staff().await;
        let list = s.open("/staff/images?tab=provisional").await;
        says(&list, &["A-1001", "山田"]);
        // 14 days later: reminded. Before the close of a window: again, and somebody should call.
        s.later("2026-11-24T09:30:00+09:00");
        s.mail("日がたちました").await;
        s.later("2026-12-11T09:30:00+09:00");
        says(&s.mail("応募は 2026年12月13日").await.body, &["締め切られます"]);
        s.staff().await;
        says(&s.open("/staff/images?tab=provisional").await, &["直接の連絡が必要"]);
        // The licence is there: the register is empty and nobody writes any more.
        s.import(&[&[("licence_image", "licence")]]);
        let before = s.mails().len();
        assert_eq!(s.job("remind_provisional"), 0);
        says(&s.open("/staff/images?tab=provisional").await, &["仮の画像のままの登録はありません"]);
        assert_eq!(s.mails().len(), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_image_replacement_goes_by_a_one_time_link_is_compared_approved_handed_over_and_the_old_one_purged() {
    let provisional = [("licence_image", "provisional")];
    Story::play(8, &[&provisional], async |s: &mut Story| {
        s.picture("licence.jpg", &jpeg(&drawn(3, 700), 80));
        s.picture("blurred.jpg", &jpeg(&drawn(4, 700), 80));
        s.open("/inquiries/image").await;
        s.choose("blurred.jpg").await;
        s.go_on(&[("reason", "arrived")]).await;
        s.send().await;
        s.staff().await;
        s.linked().await;
        s.review().await;
        s.fill(&[("reason", "番号の上が光っています。")]).await;
        s.press("button[value=return]").await;
        assert_eq!(s.mail("番号の上が光っています").await.to, "hanako@file.example");
        let mail = s.mail("/upload/").await;
        says(&mail.body, &["コピー"]);
        let link = mail.body.lines().find(|line| line.contains("/upload/")).unwrap().trim().to_owned();
        s.browser.open(&link).await;
        s.press("main form button").await;
        s.choose("licence.jpg").await;
        says(&s.press("main form .actions button").await, &["ありがとうございました"]);
        s.browser.open(&link).await;
        let again = s.press("main form button").await;
        assert!(
            again.contains("すでに画像を受け取っています") && !s.has("#image").await,
            "the link is used up: {again}"
        );
        says(&s.ticket().await, &["今の画像と見比べます", "使用済み"]);
        s.review().await;
        s.approve().await;
        says(&s.open("/staff/changes").await, &["A-1001", "引き渡し待ち"]);
        s.press("form[action$='/handed-over'] button").await;
        s.import(&[&[("licence_image", "licence")]]);
        // The copy of the online system shows it: that it was taken over, and that she was told, needs no hand.
        assert_eq!(s.mail("ご登録に反映されました").await.to, "hanako@file.example");
        says(&s.ticket().await, &["反映した", "通知済み"]);
        s.reply("ほかにお手伝いできることがあれば、お知らせください。", "resolved").await;
        // A second link that nobody uses runs out, and the image that was returned is purged.
        s.press("form[action$='/upload-link'] button").await;
        s.until_count("/upload/", 2).await;
        s.later("2027-01-20T04:00:00+09:00");
        let second = s.mails().into_iter().rfind(|mail| mail.body.contains("/upload/")).unwrap();
        let link = second.body.lines().find(|line| line.contains("/upload/")).unwrap().trim().to_owned();
        s.browser.open(&link).await;
        if s.has("main form button").await {
            s.press("main form button").await;
        }
        assert!(!s.has("#image").await && s.text().await.contains("期限"), "{}", s.text().await);
        s.staff().await;
        s.until("/staff/accounts/A-1001?tab=images", "消去").await;
    })
    .await;
}
