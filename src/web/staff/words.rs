//! What stored words are called on the pages.

use serde_json::Value;

use crate::desk::Lang;
use crate::desk::audit::act;
use crate::desk::inquiry::InquiryKind;
use crate::desk::ticket::{Event, Grade, Status};
use crate::mail::inbox::Cause;
use crate::platform::text;

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
        "drill" => lang.t("時計の検証の実行", "a run of the drill of the clock"),
        act::SEASON_CHANGED => lang.t("募集期間を変えた", "changed the recruitment periods"),
        act::REFUSED => lang.t("権限のない操作を試みた", "was refused"),
        "reply_token_invalid" => lang
            .t("返信用アドレスの符号が正しくないメールが届いた", "a mail came to a reply address whose token is wrong"),
        other => other,
    }
}

/// Two things that stand beside each other in a line.
pub fn beside(lang: Lang, one: &str, other: &str) -> String {
    format!("{one}{}{other}", gap(lang))
}

/// What parts things in a line: a wide space in Japanese, a dot in English.
pub fn gap(lang: Lang) -> &'static str {
    lang.t("　", " · ")
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
            // Who took it on stands behind it anyway.
            Some(id) if event.staff_name.is_some() && names(id) == event.staff_name => {
                lang.t("自分が担当になりました", "took it on").to_owned()
            }
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
        "reminder_wanted" => lang.t("締切のお知らせを希望しました", "asked to be reminded of the deadline").to_owned(),
        "reminder_unwanted" => lang.t("締切のお知らせを止めました", "ended the reminders of the deadline").to_owned(),
        "edge_moved" => match data.get("is_late").and_then(Value::as_bool) {
            Some(true) => lang
                .t("募集日程の変更により、締切後の受信になりました", "the season was changed: received too late now"),
            _ => lang.t("募集日程の変更により、関わる締切が変わりました", "the season was changed: another deadline"),
        }
        .to_owned(),
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
        "delivered" => lang.t("メールが届きました", "a mail was delivered").to_owned(),
        "delivery_failed" => match data.get("reopened").and_then(Value::as_bool) {
            Some(true) => {
                lang.t("返信のメールを届けられず、対応中に戻しました", "a reply could not be delivered; open again")
            }
            _ => lang.t("メールを届けられませんでした", "a mail could not be delivered"),
        }
        .to_owned(),
        "mail_merged" => lang
            .t("同じ内容のメールがもう一度届き、まとめました", "the same mail came again and was not added twice")
            .to_owned(),
        "other_sender" => lang
            .t(
                "上の続きは、問い合わせた方とは別のアドレスから届きました。本人とは限りません",
                "what was added above came from another address: perhaps not the requester",
            )
            .to_owned(),
        "director_nudged" => lang.t("統括責任者に連絡しました", "wrote to the director").to_owned(),
        "deadline_reminded" => lang.t("締切が近いことを知らせました", "told of a deadline").to_owned(),
        "linkage_told" => lang.t("データ連携の完了を知らせました", "told that the linkage is done").to_owned(),
        other => other.to_owned(),
    };
    beside(lang, &said, who)
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
    text::size::size(bytes.unsigned_abs())
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }

    fn texts() -> Vec<String> {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// The stored words in a piece of source: what stands in quotation marks and is written like one.
    fn literals(piece: &str) -> impl Iterator<Item = String> {
        let quoted = piece.split('"').skip(1).step_by(2);
        let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        quoted.filter(is_word).map(str::to_owned)
    }

    /// Every literal that stands directly after `call` in the sources.
    pub(in crate::web::staff) fn literals_after(call: &str) -> BTreeSet<String> {
        let texts = texts();
        let after = texts.iter().flat_map(|text| text.split(call).skip(1));
        after.filter(|rest| rest.starts_with('"')).filter_map(|rest| literals(rest).next()).collect()
    }

    /// The words given as argument number `at` of a function, as they stand in the sources: written there, or in the
    /// `let … = if` before it that the argument is named after.
    fn arguments(function: &str, at: usize) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for text in texts() {
            for (place, _) in text.match_indices(&format!("{function}(")) {
                let args = &text[place + function.len() + 1..];
                let Some(arg) = args.split(',').nth(at).map(str::trim) else { continue };
                if arg.starts_with('"') {
                    words.extend(literals(arg));
                } else if let Some(from) = text[..place].rfind(&format!("let {arg} = if ")) {
                    words.extend(literals(text[from..].split(';').next().unwrap_or_default()));
                }
            }
        }
        words
    }

    /// Fails unless a stored word is said in other words in both languages.
    pub(in crate::web::staff) fn has_words(word: &str, said: impl Fn(Lang) -> String) {
        let (ja, en) = (said(Lang::Ja), said(Lang::En));
        assert!(ja != word && !ja.is_ascii() && !ja.contains('_'), "{word} has no Japanese words: {ja}");
        let is_said = !en.trim().is_empty() && en.is_ascii() && !en.contains('_');
        assert!(is_said, "{word} has no English words: {en}");
    }

    #[test]
    fn every_event_that_the_sources_write_is_told_in_both_languages() {
        let kinds = arguments("insert_event", 2);
        for known in ["received", "other_sender", "mail_merged", "delivery_failed", "marked_spam", "bounced"] {
            assert!(kinds.contains(known), "{known} was not found in the sources: {kinds:?}");
        }
        for kind in kinds {
            let flow = crate::desk::flows::cases::tables::ALL.first().unwrap();
            let data = match kind.as_str() {
                "status_changed" => serde_json::json!({ "from": "new", "to": "open" }),
                "kind_changed" => serde_json::json!({ "from": "id", "to": "other" }),
                "case_moved" => {
                    serde_json::json!({ "flow": flow.word, "from": flow.states[0].word, "to": flow.states[1].word })
                }
                _ => serde_json::json!({}),
            };
            let event = Event {
                id: 1,
                kind: kind.clone(),
                actor: "job".to_owned(),
                staff_name: None,
                data: sqlx::types::Json(data),
                at: chrono::DateTime::UNIX_EPOCH,
            };
            has_words(&kind, |lang| event_without_who(lang, &event));
        }
    }

    fn event_without_who(lang: Lang, event: &Event) -> String {
        let line = super::event(lang, event, &|_| None);
        line.split(gap(lang)).next().unwrap_or_default().replace('→', "")
    }

    #[test]
    fn every_audited_act_is_told_in_both_languages() {
        let named =
            include_str!("../../desk/audit/mod.rs").split("pub const ").skip(1).filter_map(|c| literals(c).next());
        let acts: BTreeSet<String> = named.chain(arguments("audit::append", 2)).collect();
        assert!(acts.len() > 20 && acts.contains("held_mail_released"), "{acts:?}");
        for word in acts {
            has_words(&word, |lang| act(lang, &word).to_owned());
        }
    }
}
