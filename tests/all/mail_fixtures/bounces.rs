//! Bounces: reports of RFC 3464, and the many that carry none.

use serde_json::{Value, json};

use super::{Case, case, jis, mail, word};

const OURS: &str = "ours.1@desk.example.jp";

fn failed(original: Option<&str>, recipients: &[&str], status: Value) -> Value {
    json!({
        "kind": "bounce", "is_bounce": true, "is_auto_reply": false,
        "bounce": { "original_message_id": original, "recipients": recipients, "status": status, "action": "failed" }
    })
}

/// A report of RFC 3464 with the given status block and a third part.
fn report(status: &str, third: &str) -> Vec<u8> {
    mail(&format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.x.example (Mail Delivery System)\nTo: desk+abc@desk.example.jp\n\
         Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\n\
         Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\n\
         This is the mail system at host mx.x.example.\n\nI'm sorry to have to inform you that your message could not\n\
         be delivered to one or more recipients.\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.x.example\nArrival-Date: Wed, 25 Nov 2026 13:28:19 +0900 (JST)\n\n{status}\n--b\n{third}\n--b--\n"
    ))
}

fn copy() -> String {
    format!(
        "Content-Type: message/rfc822\n\nFrom: desk@desk.example.jp\nTo: taro@x.example\nSubject: answer\nMessage-ID: <{OURS}>\n\nbody"
    )
}

/// A notice in plain words with what it quotes of our mail.
fn notice(from: &str, subject: &str, fields: &str, text: &str) -> Vec<u8> {
    mail(&format!(
        "From: {from}\nTo: desk@desk.example.jp\nSubject: {subject}\n{fields}Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ))
}

fn our_copy() -> String {
    format!("From: desk@desk.example.jp\nTo: taro@x.example\nSubject: answer\nMessage-ID: <{OURS}>\n")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = reports();
    cases.extend(in_words());
    cases.extend(japanese());
    cases.extend(no_failures());
    cases
}

fn reports() -> Vec<Case> {
    let status = "Final-Recipient: rfc822; taro@x.example\nOriginal-Recipient: rfc822;taro@x.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.x.example\nDiagnostic-Code: smtp; 550 5.1.1 <taro@x.example>: Recipient address rejected: User unknown";
    let headers_only = format!("Content-Type: text/rfc822-headers\n\n{}", our_copy());
    let mut full = failed(Some(OURS), &["taro@x.example"], json!("5.1.1"));
    full["bounce"]["permanent"] = json!(true);
    full["bounce"]["diagnostic"] = json!("550 5.1.1 <taro@x.example>: Recipient address rejected: User unknown");
    vec![
        case("Postfix", report(status, &copy()), full),
        case(
            "Postfix, only the header of ours",
            report(status, &headers_only),
            failed(Some(OURS), &["taro@x.example"], json!("5.1.1")),
        ),
        case(
            "two recipients",
            report(
                &format!("{status}\n\nFinal-Recipient: rfc822; hanako@x.example\nAction: failed\nStatus: 5.2.1"),
                &copy(),
            ),
            failed(Some(OURS), &["taro@x.example", "hanako@x.example"], json!("5.1.1")),
        ),
        case(
            "one delivered, one not",
            report(
                "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.1.1",
                &copy(),
            ),
            failed(Some(OURS), &["b@x.example"], json!("5.1.1")),
        ),
        case(
            "a full mailbox is not for ever",
            report("Final-Recipient: rfc822; taro@x.example\nAction: failed\nStatus: 4.2.2", &copy()),
            json!({ "is_bounce": true, "bounce": { "permanent": false, "status": "4.2.2" } }),
        ),
        case(
            "no status, no action",
            report("Final-Recipient: rfc822; taro@x.example", &copy()),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@x.example"], "action": "failed" } }),
        ),
        case(
            "no copy of ours, but what it answers",
            mail(
                &String::from_utf8(report(status, "Content-Type: text/plain\n\nx"))
                    .unwrap()
                    .replace("\r\n", "\n")
                    .replace("Auto-Submitted", &format!("In-Reply-To: <{OURS}>\nAuto-Submitted")),
            ),
            failed(Some(OURS), &["taro@x.example"], json!("5.1.1")),
        ),
        case(
            "UTF-8 addresses (RFC 6533)",
            report("Final-Recipient: utf-8; 太郎@x.example\nAction: failed\nStatus: 5.1.1", &copy()),
            json!({ "is_bounce": true, "bounce": { "original_message_id": OURS } }),
        ),
        case(
            "the report under another media type",
            mail(
                &String::from_utf8(report(status, &copy()))
                    .unwrap()
                    .replace("\r\n", "\n")
                    .replace("multipart/report; report-type=delivery-status;", "multipart/mixed;"),
            ),
            failed(Some(OURS), &["taro@x.example"], json!("5.1.1")),
        ),
    ]
}

fn in_words() -> Vec<Case> {
    let ours = our_copy();
    let daemon = "MAILER-DAEMON@mx.x.example";
    vec![
        case(
            "qmail",
            notice(
                daemon,
                "failure notice",
                "Return-Path: <>\n",
                &format!(
                    "Hi. This is the qmail-send program at mx.x.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<taro@x.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <desk@desk.example.jp>\n{ours}\nbody"
                ),
            ),
            failed(Some(OURS), &["taro@x.example"], json!("5.1.1")),
        ),
        case(
            "Exim",
            notice(
                "Mail Delivery System <Mailer-Daemon@mx.x.example>",
                "Mail delivery failed: returning message to sender",
                "X-Failed-Recipients: taro@x.example\nAuto-Submitted: auto-replied\n",
                &format!(
                    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  taro@x.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n{ours}\nbody"
                ),
            ),
            json!({ "is_bounce": true, "bounce": { "original_message_id": OURS, "recipients": ["taro@x.example"] } }),
        ),
        case(
            "Exchange, in Japanese",
            notice(
                "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>",
                "配信不能: 回答",
                "Return-Path: <>\nX-MS-Exchange-Message-Is-Ndr:\n",
                "taro@x.example への配信に失敗しました。\n\n入力した電子メール アドレスが見つかりませんでした。\n\nリモート サーバーは '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup' を返しました",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@x.example"], "status": "5.1.10" } }),
        ),
        case(
            "Gmail",
            notice(
                "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
                "Delivery Status Notification (Failure)",
                "Auto-Submitted: auto-replied\nX-Failed-Recipients: taro@gmail.com\n",
                "** Address not found **\n\nYour message wasn't delivered to taro@gmail.com because the address couldn't be found, or is unable to receive mail.\n\n550 5.1.1 The email account that you tried to reach does not exist.",
            ),
            failed(None, &["taro@gmail.com"], json!("5.1.1")),
        ),
        case(
            "a sendmail of old",
            notice(
                "Mail Delivery Subsystem <MAILER-DAEMON@x.example>",
                "Returned mail: User unknown",
                "",
                &format!(
                    "The original message was received at Wed, 25 Nov 2026 13:28:19 +0900\n\n   ----- The following addresses had permanent fatal errors -----\n<taro@x.example>\n\n   ----- Transcript of session follows -----\n550 <taro@x.example>... User unknown\n\n   ----- Original message follows -----\n\n{ours}\nbody"
                ),
            ),
            json!({ "is_bounce": true, "bounce": { "original_message_id": OURS, "recipients": ["taro@x.example"], "permanent": true } }),
        ),
        case(
            "a postmaster that answers with Re:",
            notice(
                "postmaster@x.example",
                "Re: answer",
                "Return-Path: <>\n",
                "Your message could not be delivered.\nReason: 550 5.1.1 user unknown: taro@x.example",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@x.example"], "status": "5.1.1" } }),
        ),
        case(
            "a list manager that refuses",
            notice(
                "ml-bounces@x.example",
                "Your message to ML awaits moderator approval: rejected",
                "Auto-Submitted: auto-replied\n",
                "Your message was rejected: you are not a member of this list.",
            ),
            json!({ "is_bounce": true }),
        ),
        case(
            "fml refuses somebody who is no member",
            notice(
                "board-admin@x.example",
                "You desk@desk.example.jp are not member (board ML)",
                "X-MLServer: fml [fml 4.0.3]\n",
                "You are not a member of this mailing list <board@x.example>.",
            ),
            json!({ "kind": "bounce", "is_bounce": true, "is_list": true }),
        ),
        case(
            "JSON of a cloud sender",
            notice(
                "no-reply@sns.amazonaws.com",
                "AWS Notification Message",
                "",
                &format!(
                    "{{\"notificationType\":\"Bounce\",\"bounce\":{{\"bounceType\":\"Permanent\",\"bouncedRecipients\":[{{\"emailAddress\":\"taro@x.example\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}}]}},\"mail\":{{\"messageId\":\"0100\",\"headers\":[{{\"name\":\"Message-ID\",\"value\":\"<{OURS}>\"}}]}}}}"
                ),
            ),
            failed(Some(OURS), &["taro@x.example"], json!("5.1.1")),
        ),
        case(
            "a bounce in Latin letters of a daemon without words",
            notice(daemon, "Mail error", "Return-Path: <>\n", "<taro@x.example>: 554 delivery error"),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@x.example"] } }),
        ),
    ]
}

fn japanese() -> Vec<Case> {
    let ours = our_copy();
    let in_jis = |subject: &str, text: &str| {
        let head = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@docomo.ne.jp\r\nTo: desk@desk.example.jp\r\nSubject: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n",
            word("ISO-2022-JP", &jis(subject))
        );
        [head.into_bytes(), jis(&text.replace('\n', "\r\n"))].concat()
    };
    vec![
        case(
            "docomo: a notice of the carrier",
            in_jis(
                "Mail System Error - Returned Mail",
                &format!(
                    "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n <taro@docomo.ne.jp>\n 送信先メールアドレスが見つかりません。\n 550 Unknown user taro@docomo.ne.jp\n\n{ours}"
                ),
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@docomo.ne.jp"], "original_message_id": OURS } }),
        ),
        case(
            "au: a mailbox that is full",
            in_jis(
                "メール配信エラー",
                "以下の宛先にメールを配信できませんでした。\ntaro@ezweb.ne.jp\n理由：メールボックスの容量がいっぱいです。",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@ezweb.ne.jp"], "status": "4.2.2", "permanent": false } }),
        ),
        case(
            "a carrier whose notice has no sign but its sender and words",
            notice(
                "Postmaster <postmaster@softbank.ne.jp>",
                "送信エラー",
                "",
                "宛先不明のためメールを送信できませんでした。\ntaro@softbank.ne.jp",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@softbank.ne.jp"] } }),
        ),
        case(
            "a carrier that tried again and gave up is no delay",
            notice(
                "Postmaster@ezweb.ne.jp",
                "Mail System Error - Returned Mail",
                "Return-Path: <MAILER-DAEMON>\n",
                "次の宛先へのメッセージはエラーのため送信できませんでした。\n\n再送信を試みましたが送信先メールサーバの事由により送信できませんでした。\nしばらくしてから再送信してください。\n\n<taro@ezweb.ne.jp>",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@ezweb.ne.jp"], "action": "failed" } }),
        ),
        case(
            "BIGLOBE: an envelope sender by name",
            notice(
                "postmaster@biglobe.ne.jp",
                "Returned mail: Service unavailable",
                "Return-Path: <MAILER-DAEMON>\n",
                "   ----- The following addresses had delivery problems -----\ntaro@biglobe.example\n\n   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro@biglobe.example"] } }),
        ),
        case(
            "an old address with dots",
            in_jis(
                "Mail System Error - Returned Mail",
                "次のあて先へのメッセージはエラーのため送信できませんでした。\n <taro..yamada.@docomo.ne.jp>\n550 Unknown user",
            ),
            json!({ "is_bounce": true, "bounce": { "recipients": ["taro..yamada.@docomo.ne.jp"] } }),
        ),
    ]
}

fn no_failures() -> Vec<Case> {
    vec![
        case(
            "a delay is no bounce",
            report(
                "Final-Recipient: rfc822; taro@x.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Mon, 30 Nov 2026 13:28:19 +0900",
                &copy(),
            ),
            json!({ "kind": "auto", "is_bounce": false, "is_auto_reply": true, "bounce": { "action": "delayed", "original_message_id": OURS } }),
        ),
        case(
            "a report of success is no bounce",
            report("Final-Recipient: rfc822; taro@x.example\nAction: delivered\nStatus: 2.0.0", &copy()),
            json!({ "kind": "auto", "is_bounce": false, "bounce": { "action": "delivered" } }),
        ),
        case(
            "a warning in words is no bounce",
            notice(
                "MAILER-DAEMON@x.example",
                "Warning: could not send message for past 4 hours",
                "Return-Path: <>\n",
                "**********************************************\n**      THIS IS A WARNING MESSAGE ONLY      **\n**  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n**********************************************\n\nDelivery to the following recipients was deferred: taro@x.example",
            ),
            json!({ "kind": "auto", "is_bounce": false, "bounce": { "action": "delayed" } }),
        ),
    ]
}
