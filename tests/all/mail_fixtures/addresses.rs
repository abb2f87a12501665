//! Addresses, Message-IDs, dates, and every key of `mail parse`.

use serde_json::json;

use super::{Case, case, mail, word};

fn from(what: &'static str, value: &str, address: &str, name: Option<&str>) -> Case {
    let raw = mail(&format!("From: {value}\nTo: desk@desk.example.jp\nSubject: x\n\nx\n"));
    case(what, raw, json!({ "from": address, "from_name": name }))
}

fn fields(what: &'static str, fields: &str, expect: serde_json::Value) -> Case {
    case(what, mail(&format!("{fields}\nSubject: x\n\nx\n")), expect)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = senders();
    cases.extend(recipients());
    cases.extend(ids_and_dates());
    cases.push(every_key());
    cases
}

fn senders() -> Vec<Case> {
    let name = word("UTF-8", "山田 太郎".as_bytes());
    vec![
        from("an address alone", "taro@x.example", "taro@x.example", None),
        from("brackets", "<taro@x.example>", "taro@x.example", None),
        from("a name", "Taro Yamada <taro@x.example>", "taro@x.example", Some("Taro Yamada")),
        from("a quoted name with a comma", "\"Yamada, Taro\" <taro@x.example>", "taro@x.example", Some("Yamada, Taro")),
        from("an encoded name", &format!("{name} <taro@x.example>"), "taro@x.example", Some("山田 太郎")),
        from("an encoded name in quotes", &format!("\"{name}\" <taro@x.example>"), "taro@x.example", Some("山田 太郎")),
        from(
            "an encoded name glued to the bracket",
            &format!("{name}<taro@x.example>"),
            "taro@x.example",
            Some("山田 太郎"),
        ),
        from(
            "an encoded name with an address in it",
            &format!("{} <evil@x.example>", word("UTF-8", b"boss@board.jp <boss@board.jp>")),
            "evil@x.example",
            Some("boss@board.jp <boss@board.jp>"),
        ),
        from("a name in a comment", "taro@x.example (Taro Yamada)", "taro@x.example", Some("Taro Yamada")),
        from(
            "a name that is the address",
            "\"taro@x.example\" <taro@x.example>",
            "taro@x.example",
            Some("taro@x.example"),
        ),
        from("the domain in small letters, the local part as it is", "Taro.Y@X.Example", "Taro.Y@x.example", None),
        from("two dots", "taro..yamada@docomo.ne.jp", "taro..yamada@docomo.ne.jp", None),
        from("a dot before the at sign", "<taro.@docomo.ne.jp>", "taro.@docomo.ne.jp", None),
        from("a dot before the at sign, quoted as it should be", "\"taro.\"@docomo.ne.jp", "taro.@docomo.ne.jp", None),
        from(
            "dots everywhere, with a name",
            "\"太郎\" <\".taro..y.\"@ezweb.ne.jp>",
            ".taro..y.@ezweb.ne.jp",
            Some("太郎"),
        ),
        from("signs of old carriers", "<taro-_+/?y@docomo.ne.jp>", "taro-_+/?y@docomo.ne.jp", None),
        from("a real quoted local part", "\"taro yamada\"@x.example", "\"taro yamada\"@x.example", None),
        from(
            "comments inside the brackets (RFC 5322 A.5)",
            "Pete <pete(his account)@x.example(his host)>",
            "pete@x.example",
            Some("Pete"),
        ),
        fields(
            "names of fields far from their colons (RFC 5322 A.6.1)",
            "From    : Taro <taro@x.example>\nTo    : b@x.example",
            json!({ "from": "taro@x.example", "to": ["b@x.example"] }),
        ),
        from("a route of old", "<@relay.example:taro@x.example>", "taro@x.example", None),
        from("blanks around the at sign", "taro @ x.example", "taro@x.example", None),
        from("a bracket that is not closed", "Taro <taro@x.example", "taro@x.example", Some("Taro")),
        from(
            "a name of hidden characters",
            "\"\u{202e}Taro\u{200b}\" <taro@x.example>",
            "taro@x.example",
            Some("Taro"),
        ),
        from("a folded name", "Taro\n Yamada <taro@x.example>", "taro@x.example", Some("Taro Yamada")),
        fields(
            "SEC-014: two senders are ambiguous, the first counts",
            "From: a@x.example, b@x.example",
            json!({ "from": "a@x.example", "from_is_ambiguous": true }),
        ),
        fields(
            "SEC-014: two From fields are ambiguous",
            "From: a@x.example\nFrom: b@x.example",
            json!({ "from": "a@x.example", "from_is_ambiguous": true }),
        ),
        fields(
            "Sender when there is no From",
            "Sender: s@x.example\nTo: a@x.example",
            json!({ "from": "s@x.example" }),
        ),
        fields(
            "Return-Path when there is nothing else",
            "Return-Path: <r@x.example>\nTo: a@x.example",
            json!({ "from": "r@x.example" }),
        ),
        fields("no sender at all", "To: a@x.example", json!({ "from": null, "from_name": null })),
        fields(
            "Reply-To",
            "From: a@x.example\nReply-To: \"B\" <b@x.example>",
            json!({ "from": "a@x.example", "reply_to": ["b@x.example"] }),
        ),
    ]
}

fn recipients() -> Vec<Case> {
    vec![
        fields(
            "many, in order",
            "From: a@x.example\nTo: b@x.example, \"C, D\" <c@x.example>,\n e@x.example\nCc: f@x.example",
            json!({ "to": ["b@x.example", "c@x.example", "e@x.example"], "cc": ["f@x.example"] }),
        ),
        fields(
            "a group",
            "From: a@x.example\nTo: Board: b@x.example, c@x.example;",
            json!({ "to": ["b@x.example", "c@x.example"] }),
        ),
        fields("an empty group", "From: a@x.example\nTo: undisclosed-recipients:;", json!({ "to": [] })),
        fields(
            "semicolons as Outlook writes them",
            "From: a@x.example\nTo: b@x.example; c@x.example",
            json!({ "to": ["b@x.example", "c@x.example"] }),
        ),
        fields(
            "two To fields",
            "From: a@x.example\nTo: b@x.example\nTo: c@x.example",
            json!({ "to": ["b@x.example", "c@x.example"] }),
        ),
        fields(
            "a reply token keeps its letters",
            "From: a@x.example\nTo: desk+AbC-dEf_123@Desk.Example.JP",
            json!({ "to": ["desk+AbC-dEf_123@desk.example.jp"] }),
        ),
    ]
}

fn ids_and_dates() -> Vec<Case> {
    let date = |what, value: &str, wanted: Option<&str>| {
        fields(what, &format!("From: a@x.example\nDate: {value}"), json!({ "date": wanted }))
    };
    vec![
        fields(
            "one Message-ID",
            "From: a@x.example\nMessage-ID: <a.b@x.example>",
            json!({ "message_id": "a.b@x.example" }),
        ),
        fields(
            "two Message-IDs in one field: the first",
            "From: a@x.example\nMessage-ID: <one@x.example> <two@x.example>",
            json!({ "message_id": "one@x.example" }),
        ),
        fields(
            "two Message-ID fields: the first",
            "From: a@x.example\nMessage-ID: <one@x.example>\nMessage-ID: <two@x.example>",
            json!({ "message_id": "one@x.example" }),
        ),
        fields(
            "a Message-ID without brackets",
            "From: a@x.example\nMessage-Id: one@x.example",
            json!({ "message_id": "one@x.example" }),
        ),
        fields(
            "a folded Message-ID",
            "From: a@x.example\nMessage-ID:\n <one@x.example>",
            json!({ "message_id": "one@x.example" }),
        ),
        fields(
            "no Message-ID",
            "From: a@x.example",
            json!({ "message_id": null, "in_reply_to": null, "references": [] }),
        ),
        fields(
            "References over lines and by tabs",
            "From: a@x.example\nIn-Reply-To: <c@x.example>\nReferences: <a@x.example>\n\t<b@x.example>\n <c@x.example>",
            json!({ "in_reply_to": "c@x.example", "references": ["a@x.example", "b@x.example", "c@x.example"] }),
        ),
        fields(
            "In-Reply-To with prose",
            "From: a@x.example\nIn-Reply-To: Message of \"Wed, 25 Nov 2026\" <c@x.example>",
            json!({ "in_reply_to": "c@x.example" }),
        ),
        fields(
            "References glued together",
            "From: a@x.example\nReferences: <a@x.example><b@x.example>",
            json!({ "references": ["a@x.example", "b@x.example"] }),
        ),
        date("RFC 5322", "Wed, 25 Nov 2026 13:28:19 +0900", Some("2026-11-25T13:28:19+09:00")),
        date("with a comment", "Wed, 25 Nov 2026 13:28:19 +0900 (JST)", Some("2026-11-25T13:28:19+09:00")),
        date("without a weekday", "25 Nov 2026 13:28:19 +0900", Some("2026-11-25T13:28:19+09:00")),
        date("GMT", "Wed, 25 Nov 2026 04:28:19 GMT", Some("2026-11-25T04:28:19+00:00")),
        date("JST as a word", "Wed, 25 Nov 2026 13:28:19 JST", Some("2026-11-25T13:28:19+09:00")),
        date("two figures for the year", "Wed, 25 Nov 26 13:28:19 +0900", Some("2026-11-25T13:28:19+09:00")),
        date("ISO 8601", "2026-11-25T13:28:19+09:00", Some("2026-11-25T13:28:19+09:00")),
        date("no date", "tomorrow", None),
    ]
}

fn every_key() -> Case {
    let raw = mail(
        "Return-Path: <taro@x.example>\nFrom: Taro <taro@x.example>\nTo: desk@desk.example.jp\nCc: cc@x.example\nSubject: x\n\
         Message-ID: <1@x.example>\nIn-Reply-To: <0@x.example>\nReferences: <0@x.example>\nDate: Wed, 25 Nov 2026 13:28:19 +0900\n\
         MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nnew\n\n> old\n--b\n\
         Content-Type: text/html\n\n<p>new</p>\n--b--\n",
    );
    case(
        "every key of the contract",
        raw,
        json!({
            "from": "taro@x.example", "from_name": "Taro", "to": ["desk@desk.example.jp"], "cc": ["cc@x.example"],
            "subject": "x", "message_id": "1@x.example", "in_reply_to": "0@x.example", "references": ["0@x.example"],
            "date": "2026-11-25T13:28:19+09:00", "text": "new\n\n> old", "html_sanitized": "<p>new</p>", "reply_text": "new",
            "attachments": [], "is_auto_reply": false, "is_bounce": false, "is_list": false, "kind": "person",
        }),
    )
}
