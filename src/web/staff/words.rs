//! What stored words are called on the pages.

use serde_json::Value;

use crate::desk::Lang;
use crate::desk::audit::act;
use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::{Event, Grade, Status};
use crate::mail::inbox::Cause;

/// What an audit line tells of; an unknown word as it is.
pub fn act(lang: Lang, word: &str) -> &str {
    match word {
        act::SIGNED_IN => lang.t("ログイン", "signed in"),
        act::LINK_USED => lang.t("リンクでログインし、パスワードを決めた", "signed in by link and set a password"),
        act::SIGNED_OUT => lang.t("ログアウト", "signed out"),
        act::PASSWORD_CHANGED => lang.t("パスワードを変えた", "changed the password"),
        act::STAFF_ADDED => lang.t("職員を加えた", "added a person"),
        act::ROLE_CHANGED => lang.t("役割を変えた", "changed a role"),
        act::LINK_MADE => lang.t("ログイン用リンクを作った", "made a sign-in link"),
        act::STAFF_DISABLED => lang.t("利用を止めた", "took access away"),
        act::STAFF_ENABLED => lang.t("利用を戻した", "gave access again"),
        act::PERSONAL_DATA_OPENED => lang.t("個人情報を開いた", "opened personal data"),
        act::FILE_DOWNLOADED => lang.t("ファイルを取り出した", "downloaded a file"),
        "held_mail_dismissed" => lang.t("保留メールを片付けた", "put a held mail away"),
        "held_mail_released" => lang.t("保留メールを受付にした", "made a held mail an inquiry"),
        act::RUN_ASKED => lang.t("ジョブを今すぐ実行した", "ran a job now"),
        act::JOB_PAUSED => lang.t("ジョブを止めた", "paused a job"),
        act::JOB_RESUMED => lang.t("ジョブを再開した", "let a job go on"),
        act::RUN_RETRIED => lang.t("ジョブをやり直した", "ran a job again"),
        act::APPROVAL_ASKED => lang.t("承認を頼んだ", "asked for approval"),
        act::APPROVED => lang.t("承認した", "approved"),
        act::APPROVAL_REFUSED => lang.t("承認しなかった", "refused to approve"),
        act::APPROVAL_WITHDRAWN => lang.t("承認の依頼を取り下げた", "withdrew a request"),
        act::REPAIR_APPLIED => lang.t("二重登録を修正した", "repaired a duplicate"),
        act::REPAIR_UNDONE => lang.t("二重登録の修正を戻した", "took a repair back"),
        act::SAID_DISTINCT => lang.t("別人と記録した", "said they are two people"),
        act::CHANGES_EXPORTED => lang.t("変更依頼を取り出した", "downloaded the change set"),
        act::CHANGES_HANDED_OVER => lang.t("変更依頼を引き渡した", "handed the change set over"),
        act::SUPPRESSION_RELEASED => lang.t("送信の停止を解いた", "let mail go to an address again"),
        act::IMAGE_VIEWED => lang.t("免許証画像を見た", "looked at a licence image"),
        act::IMAGE_APPROVED => lang.t("免許証画像を承認した", "approved a licence image"),
        act::IMAGE_RETURNED => lang.t("免許証画像を差し戻した", "returned a licence image"),
        act::NAME_DIFFERS => lang.t("画像から氏名変更を作った", "opened a change of name from an image"),
        act::IMAGE_ADDED => lang.t("今の免許証画像を取り込んだ", "took the present image over"),
        act::IMAGE_ERASED => lang.t("免許証画像を消去した", "erased a licence image"),
        act::UPLOAD_LINK_MADE => lang.t("画像の専用リンクを送った", "sent a link for an image"),
        act::UPLOAD_LINK_REVOKED => lang.t("画像の専用リンクを止めた", "ended a link for an image"),
        act::REFUSED => lang.t("権限のない操作を試みた", "was refused"),
        other => other,
    }
}

/// One line of a ticket's timeline.
pub fn event(lang: Lang, event: &Event, names: &dyn Fn(i64) -> Option<String>) -> String {
    let data = &event.data.0;
    let word = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
    let status = |key: &str| Status::parse(word(key)).map_or("?", |s| s.label(lang));
    let kind = |key: &str| InquiryKind::parse(word(key)).map_or("?", |k| k.label(lang));
    let who = event.staff_name.as_deref().unwrap_or(match event.actor.as_str() {
        "requester" => lang.t("本人", "the requester"),
        "job" => lang.t("自動", "a job"),
        _ => lang.t("システム", "the desk"),
    });
    let said = match event.kind.as_str() {
        "received" => lang.t("受け付けました", "received").to_owned(),
        "matched" => {
            let grade = Grade::parse(word("grade")).map_or("?", |g| g.label(lang));
            format!("{}{grade}", lang.t("照合：", "matched: "))
        }
        "linked" => lang.t("登録情報に紐付けました", "linked to an account").to_owned(),
        "unlinked" => lang.t("紐付けを外しました", "link removed").to_owned(),
        "candidate_rejected" => lang.t("候補を別人としました", "a candidate is another person").to_owned(),
        "match_held" => lang.t("照合を保留にしました", "match put on hold").to_owned(),
        "match_released" => lang.t("照合の保留を解きました", "match released").to_owned(),
        "account_repaired" => lang
            .t("二重登録の修正で、残した登録に移りました", "followed its person to the registration that stays")
            .to_owned(),
        "repair_undone" => lang
            .t("修正が戻され、前の登録に戻りました", "returned to its registration: the repair was taken back")
            .to_owned(),
        "disclosure_asked" => {
            lang.t("入力されたアドレスへの回答の承認を頼みました", "asked to answer to the typed address").to_owned()
        }
        "made_confidential" => lang.t("機密にしました", "made confidential").to_owned(),
        "made_open" => lang.t("機密を解きました", "no longer confidential").to_owned(),
        "readers_changed" => lang.t("読める人を変えました", "readers changed").to_owned(),
        "assigned" => match data.get("to").and_then(Value::as_i64) {
            Some(id) => format!("{}{}", lang.t("担当：", "assignee: "), names(id).unwrap_or_default()),
            None => lang.t("担当を外しました", "assignee removed").to_owned(),
        },
        "status_changed" => format!("{} → {}", status("from"), status("to")),
        "kind_changed" => format!("{} → {}", kind("from"), kind("to")),
        "replied" => format!("{}{}", lang.t("返信しました → ", "replied → "), status("status")),
        "noted" => lang.t("内部メモを残しました", "left a note").to_owned(),
        "requester_replied" if data.get("reopened").and_then(Value::as_bool) == Some(true) => {
            lang.t("本人から続きが届き、再開しました", "the requester wrote again; reopened").to_owned()
        }
        "requester_replied" => lang.t("本人から続きが届きました", "the requester wrote again").to_owned(),
        "bounced" => lang.t("メールが届きませんでした(不達)", "a mail bounced").to_owned(),
        "automatic_answer" => lang.t("自動応答が届きました", "an automatic answer came").to_owned(),
        "withdrawn" => lang.t("取り下げました", "withdrawn").to_owned(),
        "marked_spam" => lang.t("迷惑としました", "marked as spam").to_owned(),
        "unmarked_spam" => lang.t("迷惑ではないとしました", "not spam").to_owned(),
        "reminded" => lang.t("お返事のお願いを送りました", "reminded the requester").to_owned(),
        "closed_by_job" => lang.t("お返事がないため完了としました", "closed for want of an answer").to_owned(),
        "case_moved" => {
            let states = crate::desk::flows::cases::tables::ALL.iter().find(|flow| flow.word == word("flow"));
            let label = |key: &str| states.map_or(("?", "?"), |flow| flow.state(word(key)).label);
            let (from, to) = (label("from"), label("to"));
            let note = word("note");
            let note = if note.is_empty() { String::new() } else { format!("({note})") };
            format!("{} → {}{note}", lang.t(from.0, from.1), lang.t(to.0, to.1))
        }
        "image_received" => lang.t("画像が届きました", "an image arrived").to_owned(),
        "image_approved" => lang.t("画像を承認しました", "approved the image").to_owned(),
        "image_returned" => lang.t("画像を差し戻しました", "returned the image").to_owned(),
        "upload_link_sent" => lang.t("画像の専用リンクを送りました", "sent a link for an image").to_owned(),
        "upload_link_revoked" => lang.t("画像の専用リンクを止めました", "ended the link for an image").to_owned(),
        "name_differs" => {
            format!("{}{}", lang.t("氏名の変更を作りました：", "opened a change of name: "), word("ticket"))
        }
        "linkage_told" => lang.t("データ連携の完了を知らせました", "told that the linkage is done").to_owned(),
        other => other.to_owned(),
    };
    format!("{said}　{who}")
}

/// Why a mail is held.
pub fn cause(lang: Lang, cause: Cause) -> &'static str {
    match cause {
        Cause::TooLarge => lang.t("大きすぎて読んでいません", "too large to be read"),
        Cause::Undecodable => lang.t("メールとして読めません", "cannot be read as a mail"),
        Cause::TooComplex => lang.t("作りが複雑すぎて読んでいません", "too complex to be read"),
        Cause::BounceOfNobody => lang.t("当窓口の送信にない不達通知", "a bounce of no mail of ours"),
        Cause::Automatic => lang.t("自動送信のメール", "written by a program"),
        Cause::List => lang.t("メーリングリスト", "from a mailing list"),
        Cause::TooMany => lang.t("同じ差出人から多すぎます", "too many from one sender"),
        Cause::OwnAddress => lang.t("当窓口を名乗るメール", "says it comes from the desk"),
        Cause::SameIdOtherText => lang.t("同じ番号で本文が違うメール", "the id of another mail with another text"),
        Cause::Own | Cause::SameContent | Cause::Dismissed | Cause::Nothing => lang.t("その他", "other"),
    }
}

/// Bytes as people read them.
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
