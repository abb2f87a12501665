//! Bounce > auto > list > person: automatic mail, lists, and the persons who only look like them.

use serde_json::{Value, json};

use super::{Case, case, mail};

fn with(from: &str, subject: &str, fields: &str, text: &str) -> Vec<u8> {
    mail(&format!(
        "From: {from}\nTo: desk@desk.example.jp\nSubject: {subject}\nMessage-ID: <k@x.example>\n{fields}Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ))
}

const TARO: &str = "Taro <taro@x.example>";

fn kind(name: &str) -> Value {
    json!({ "kind": name, "is_bounce": name == "bounce", "is_auto_reply": name == "auto" })
}

fn auto(what: &'static str, subject: &str, fields: &str, text: &str) -> Case {
    let mut expect = kind("auto");
    expect["suppress_auto_answer"] = json!(true);
    case(what, with(TARO, subject, fields, text), expect)
}

fn list(what: &'static str, fields: &str) -> Case {
    let expect = json!({ "kind": "list", "is_list": true, "is_bounce": false, "is_auto_reply": false });
    case(what, with(TARO, "[ml:123] お知らせ", fields, "お知らせです。"), expect)
}

fn person(what: &'static str, subject: &str, fields: &str, text: &str) -> Case {
    let mut expect = kind("person");
    expect["is_list"] = json!(false);
    case(what, with(TARO, subject, fields, text), expect)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = automatic();
    cases.extend(lists());
    cases.extend(persons());
    cases
}

fn automatic() -> Vec<Case> {
    vec![
        auto(
            "Auto-Submitted: auto-replied (RFC 3834)",
            "Re: 回答",
            "Auto-Submitted: auto-replied\n",
            "外出しています。",
        ),
        auto("Auto-Submitted: auto-generated", "通知", "Auto-Submitted: auto-generated\n", "通知です。"),
        auto(
            "Auto-Submitted with parameters",
            "Re: x",
            "Auto-Submitted: auto-replied; owner-email=\"taro@x.example\"\n",
            "x",
        ),
        auto("Auto-Submitted: auto-notified", "x", "auto-submitted: AUTO-NOTIFIED (rejected)\n", "x"),
        auto("X-Auto-Response-Suppress: All", "x", "X-Auto-Response-Suppress: All\n", "x"),
        auto("Precedence: auto_reply", "x", "Precedence: auto_reply\n", "x"),
        auto("Precedence: junk", "x", "Precedence: junk\n", "x"),
        auto("Precedence: bulk", "x", "Precedence: bulk\n", "x"),
        auto("X-Autoreply", "x", "X-Autoreply: yes\n", "x"),
        auto("X-Autorespond", "x", "X-Autorespond: taro\n", "x"),
        auto("X-Loop: yes", "x", "X-Loop: yes\n", "x"),
        auto(
            "an empty Return-Path: a vacation notice, no bounce",
            "不在のお知らせ: Re: 回答",
            "Return-Path: <>\n",
            "12月10日まで不在にしております。user unknown ではありません。",
        ),
        auto(
            "a vacation notice of Exchange",
            "自動応答: 回答",
            "Auto-Submitted: auto-generated\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n",
            "不在です。",
        ),
        auto("a vacation notice by its subject", "Automatic reply: answer", "", "I am out of the office."),
        auto("an out of office by its subject", "Out of Office: answer", "", "I am away."),
        auto(
            "a Japanese responder by its subject",
            "【自動返信】お問い合わせありがとうございます",
            "",
            "受け付けました。",
        ),
        auto("a German responder", "Automatische Antwort: x", "", "Ich bin nicht da."),
        auto(
            "a text that says so in its first line",
            "受付完了",
            "",
            "このメールは自動送信されています。返信しないでください。",
        ),
        case(
            "a sender that reads nothing",
            with("no-reply@x.example", "ご登録の確認", "", "確認してください。"),
            kind("auto"),
        ),
        case(
            "a read receipt (RFC 8098)",
            mail(
                "From: Taro <taro@x.example>\nSubject: 開封済み: 回答\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n開封されました。\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;taro@x.example\nOriginal-Message-ID: <a@desk.example.jp>\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
            ),
            kind("auto"),
        ),
        case(
            "an abuse report (RFC 5965)",
            mail(
                "From: fbl@x.example\nSubject: FW: x\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n--b--\n",
            ),
            kind("auto"),
        ),
        case(
            "automatic mail through a list is automatic",
            with(TARO, "[ml:1] x", "List-Id: <ml.x.example>\nAuto-Submitted: auto-replied\n", "x"),
            json!({ "kind": "auto", "is_auto_reply": true, "is_list": true }),
        ),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        list("List-Id (RFC 2919)", "List-Id: Board <board.x.example>\n"),
        list(
            "List-Post and List-Unsubscribe (RFC 2369)",
            "List-Post: <mailto:ml@x.example>\nList-Unsubscribe: <mailto:ml-off@x.example>\n",
        ),
        list("Mailman", "X-BeenThere: ml@x.example\nX-Mailman-Version: 2.1.39\nPrecedence: list\n"),
        list("fml", "X-ML-Name: board\nX-Mail-Count: 00123\nX-MLServer: fml [fml 4.0]\n"),
        list("Precedence: list", "Precedence: list\n"),
        list("a bulk mail with a list's name", "List-Id: <news.x.example>\nPrecedence: bulk\n"),
        list("Mailing-List of ezmlm", "Mailing-List: contact ml-help@x.example; run by ezmlm\n"),
    ]
}

fn persons() -> Vec<Case> {
    let bounced = "Undelivered Mail Returned to Sender";
    vec![
        person("an ordinary question", "ログインできません", "", "教えてください。"),
        person("Auto-Submitted: no", "質問", "Auto-Submitted: no\n", "教えてください。"),
        person(
            "a question about automatic mail",
            "自動返信メールが届きません",
            "",
            "自動返信メールが届きません。自動送信のメールはどこですか。",
        ),
        person(
            "an answer to our receipt",
            "Re: 【自動返信】お問い合わせを受け付けました",
            "",
            "ありがとうございます。\n\n> このメールは自動送信されています。",
        ),
        person("a question about absence", "不在時の対応について", "", "不在のときはどうなりますか。"),
        person("out of office hours", "Out of office hours?", "", "When do you open?"),
        person(
            "a forwarded bounce",
            &format!("Fwd: {bounced}"),
            "",
            "このようなメールが戻ってきました。\n\n---------- Forwarded message ---------\nFrom: MAILER-DAEMON <mailer-daemon@x.example>\nDate: Wed, 25 Nov 2026\nSubject: Undelivered Mail\nTo: taro@x.example\n\nhost mx[192.0.2.1] said: 550 5.1.1 User unknown",
        ),
        person(
            "a question about a bounce",
            "メールが届きません",
            "",
            "事務局に送ると「550 5.1.1 User unknown」と出て送信できませんでした。",
        ),
        person("Precedence: normal", "質問", "Precedence: normal\n", "教えてください。"),
        person("X-Auto-Response-Suppress: none", "質問", "X-Auto-Response-Suppress: none\n", "教えてください。"),
        person(
            "priority, receipts and antivirus headers",
            "質問",
            "X-Priority: 1\nDisposition-Notification-To: taro@x.example\nX-Spam-Status: No\nX-Virus-Scanned: amavisd\n",
            "教えてください。",
        ),
        case(
            "suppressed answers to a person are not sent",
            with(TARO, "質問", "X-Auto-Response-Suppress: OOF, DR\n", "教えてください。"),
            json!({ "kind": "person", "suppress_auto_answer": true }),
        ),
        case(
            "a postmaster who writes as a person",
            with("postmaster@x.example", "メールサーバーの変更について", "", "弊社のメールサーバーを変更します。"),
            kind("person"),
        ),
        case(
            "a bounce passed on as a file",
            mail(
                "From: Taro <taro@x.example>\nSubject: 戻ってきました\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n添付のメールが戻ってきました。\n--b\nContent-Type: message/rfc822\n\nFrom: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; a@y.example\nAction: failed\nStatus: 5.1.1\n--c--\n--b--\n",
            ),
            kind("person"),
        ),
    ]
}
