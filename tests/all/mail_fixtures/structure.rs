//! MIME trees: what is the text, what is an attachment, and what is left of a tree that was broken on the way.

use serde_json::json;

use super::{Case, case, jis, mail};

/// A multipart mail of one level, each part with its own header.
fn multipart(kind: &str, parts: &[&str]) -> Vec<u8> {
    let parts: String = parts.iter().map(|p| format!("--b\n{p}\n")).collect();
    mail(&format!(
        "From: taro@x.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=\"b\"\n\npreamble\n{parts}--b--\nepilogue\n"
    ))
}

const PLAIN: &str = "Content-Type: text/plain; charset=utf-8\n\nplain text";
const HTML: &str = "Content-Type: text/html; charset=utf-8\n\n<p>rich <b>text</b></p>";
const PDF: &str = "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\nContent-Transfer-Encoding: base64\n\nUERG";
const IMAGE: &str = "Content-Type: image/png\nContent-ID: <i@x>\nContent-Disposition: inline; filename=logo.png\nContent-Transfer-Encoding: base64\n\nUE5H";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = trees();
    cases.extend(messages_inside());
    cases.extend(broken_trees());
    cases.extend(broken_mails());
    cases.extend(html());
    cases
}

fn trees() -> Vec<Case> {
    let nested = |outer: &str, inner: &str, parts: &[&str], more: &str| {
        let parts: String = parts.iter().map(|p| format!("--c\n{p}\n")).collect();
        multipart(outer, &[&format!("Content-Type: multipart/{inner}; boundary=c\n\n{parts}--c--"), more])
    };
    let none: [&str; 0] = [];
    vec![
        case(
            "no MIME at all",
            mail("From: a@x.example\nSubject: x\n\nplain text\n"),
            json!({ "text": "plain text", "html_sanitized": null, "attachments": none }),
        ),
        case(
            "alternative: the text is the text",
            multipart("alternative", &[PLAIN, HTML]),
            json!({ "text": "plain text", "attachments": none }),
        ),
        case(
            "alternative in the wrong order",
            multipart("alternative", &[HTML, PLAIN]),
            json!({ "text": "plain text" }),
        ),
        case(
            "alternative whose text is blank",
            multipart("alternative", &["Content-Type: text/plain\n\n \n", HTML]),
            json!({ "text": "rich text" }),
        ),
        case("alternative with HTML only", multipart("alternative", &[HTML]), json!({ "text": "rich text" })),
        case(
            "alternative with a calendar",
            multipart(
                "alternative",
                &[PLAIN, HTML, "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"],
            ),
            json!({ "text": "plain text", "attachments": [{ "mime": "text/calendar" }] }),
        ),
        case(
            "mixed: text and file",
            multipart("mixed", &[PLAIN, PDF]),
            json!({ "text": "plain text", "attachments": [{ "name": "a.pdf", "mime": "application/pdf", "size": 3, "inline": false }] }),
        ),
        case(
            "mixed: a file without a text",
            multipart("mixed", &[PDF]),
            json!({ "text": "", "attachments": [{ "name": "a.pdf" }] }),
        ),
        case(
            "mixed: text, file, text",
            multipart("mixed", &[PLAIN, PDF, "Content-Type: text/plain\n\nmore"]),
            json!({ "text": "plain text\nmore", "attachments": [{ "name": "a.pdf" }] }),
        ),
        case(
            "mixed: a text file is a file",
            multipart(
                "mixed",
                &[
                    PLAIN,
                    "Content-Type: text/plain; name=log.txt\nContent-Disposition: attachment; filename=log.txt\n\nlog",
                ],
            ),
            json!({ "text": "plain text", "attachments": [{ "name": "log.txt", "size": 3 }] }),
        ),
        case(
            "related: an image in the text",
            nested("related", "alternative", &[PLAIN, HTML], IMAGE),
            json!({ "text": "plain text", "attachments": [{ "name": "logo.png", "inline": true, "content_id": "i@x" }] }),
        ),
        case(
            "mixed > alternative, file",
            nested("mixed", "alternative", &[PLAIN, HTML], PDF),
            json!({ "text": "plain text", "attachments": [{ "name": "a.pdf" }] }),
        ),
        case(
            "mixed > related > HTML and image, file",
            nested("mixed", "related", &[HTML, IMAGE], PDF),
            json!({ "text": "rich text", "attachments": [{ "name": "logo.png" }, { "name": "a.pdf" }] }),
        ),
        case(
            "signed: the signature is a file",
            multipart(
                "signed; protocol=\"application/pkcs7-signature\"",
                &[
                    PLAIN,
                    "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nUERG",
                ],
            ),
            json!({ "text": "plain text", "attachments": [{ "name": "smime.p7s" }] }),
        ),
        case(
            "winmail.dat is kept as it came",
            multipart(
                "mixed",
                &[
                    PLAIN,
                    "Content-Type: application/ms-tnef; name=\"winmail.dat\"\nContent-Transfer-Encoding: base64\n\neJ8+IgAA",
                ],
            ),
            json!({ "text": "plain text", "attachments": [{ "name": "winmail.dat", "mime": "application/ms-tnef", "size": 6 }] }),
        ),
        case(
            "a PDF and nothing else",
            mail(
                "From: a@x.example\nSubject: x\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nUERG\n",
            ),
            json!({ "text": "", "attachments": [{ "name": "a.pdf", "size": 3 }] }),
        ),
        case(
            "two boundaries that begin alike",
            mail(
                "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\nContent-Type: text/plain\n\none\n--bb--\n--b\nContent-Type: text/plain\n\ntwo\n--b--\n",
            ),
            json!({ "text": "one\ntwo" }),
        ),
    ]
}

fn messages_inside() -> Vec<Case> {
    let inner = "From: b@x.example\nSubject: =?utf-8?B?5bGx55Sw?=\n\ninner";
    vec![
        case(
            "a mail inside is one file, named by its subject",
            multipart("mixed", &[PLAIN, &format!("Content-Type: message/rfc822\n\n{inner}")]),
            json!({ "text": "plain text", "subject": "x", "attachments": [{ "name": "山田.eml", "mime": "message/rfc822" }] }),
        ),
        case(
            "a mail inside with a name",
            multipart("mixed", &[PLAIN, &format!("Content-Type: message/rfc822; name=\"old.eml\"\n\n{inner}")]),
            json!({ "attachments": [{ "name": "old.eml" }] }),
        ),
        case(
            "a mail inside without a subject",
            multipart("mixed", &[PLAIN, "Content-Type: message/rfc822\n\nFrom: b@x.example\n\ninner"]),
            json!({ "attachments": [{ "name": "message.eml" }] }),
        ),
        case(
            "a mail inside with a slash in its subject",
            multipart("mixed", &[PLAIN, "Content-Type: message/rfc822\n\nFrom: b@x.example\nSubject: a/b\n\ninner"]),
            json!({ "attachments": [{ "name": "a_b.eml" }] }),
        ),
        case(
            "nothing but a mail inside",
            mail(
                "From: a@x.example\nSubject: x\nContent-Type: message/rfc822\n\nFrom: b@x.example\nSubject: y\n\ninner\n",
            ),
            json!({ "subject": "x", "text": "", "attachments": [{ "name": "y.eml" }] }),
        ),
        case(
            "a digest holds mails",
            multipart("digest", &["\nFrom: b@x.example\nSubject: one\n\n1", "\nFrom: c@x.example\nSubject: two\n\n2"]),
            json!({ "text": "", "attachments": [{ "name": "one.eml" }, { "name": "two.eml" }] }),
        ),
    ]
}

fn broken_trees() -> Vec<Case> {
    let parts = format!("--b\n{PLAIN}\n--b\n{PDF}\n");
    let with = |content_type: &str, body: &str| {
        mail(&format!("From: a@x.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: {content_type}\n\n{body}"))
    };
    let both = json!({ "text": "plain text", "attachments": [{ "name": "a.pdf", "size": 3 }] });
    let text = json!({ "text": "plain text" });
    vec![
        case("no boundary is declared", with("multipart/mixed", &format!("{parts}--b--\n")), both.clone()),
        case(
            "an empty boundary is declared",
            with("multipart/mixed; boundary=\"\"", &format!("{parts}--b--\n")),
            both.clone(),
        ),
        case(
            "another boundary is declared",
            with("multipart/mixed; boundary=other", &format!("{parts}--b--\n")),
            both.clone(),
        ),
        case("the closing boundary is missing", with("multipart/mixed; boundary=b", &parts), both.clone()),
        case(
            "blanks behind the boundary",
            with("multipart/mixed; boundary=b", &format!("{parts}--b--\n").replace("--b\n", "--b  \n")),
            both,
        ),
        case(
            "cut in the middle of a file",
            with(
                "multipart/mixed; boundary=b",
                "--b\nContent-Type: text/plain\n\nplain text\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nUERGUE",
            ),
            json!({ "text": "plain text", "attachments": [{ "name": "a.pdf" }] }),
        ),
        case(
            "cut in the header of a part",
            with("multipart/mixed; boundary=b", "--b\nContent-Type: text/plain\n\nplain text\n--b\nContent-Ty"),
            text.clone(),
        ),
        case("nothing inside", with("multipart/mixed; boundary=b", "--b--\n"), json!({ "subject": "x" })),
        case(
            "a multipart without parts is a text",
            with("multipart/alternative; boundary=b", "plain text\n"),
            text.clone(),
        ),
        case(
            "the blank line of a part is missing",
            with("multipart/mixed; boundary=b", "--b\nContent-Type: text/plain\nplain text\n--b--\n"),
            text.clone(),
        ),
        case("a part without header", with("multipart/mixed; boundary=b", "--b\n\nplain text\n--b--\n"), text.clone()),
        case("a content type that is none", with("text", "plain text\n"), text.clone()),
        case(
            "an unknown transfer encoding",
            with("text/plain\nContent-Transfer-Encoding: 7-bit-ish", "plain text\n"),
            text.clone(),
        ),
        case(
            "base64 that is none",
            with("text/plain\nContent-Transfer-Encoding: base64", "plain text, not base64!\n"),
            json!({ "text": "plain text, not base64!" }),
        ),
        case(
            "base64 with a footer in the clear",
            with(
                "text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
                "44GK5LiW6Kmx44Gr44Gq44KK44G+44GZ44CC5bGx55Sw44Gn44GZ44CC\n\n_______\nscanned by x\n",
            ),
            json!({ "text": "お世話になります。山田です。" }),
        ),
        case(
            "quoted-printable that is broken",
            with(
                "text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
                "a =3D b =ZZ c=\n d =E3=81=82=\n",
            ),
            json!({ "text": "a = b =ZZ c d あ" }),
        ),
        case(
            "base64 around the whole tree",
            with(
                "multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
                &super::base64(format!("{parts}--b--\n").as_bytes()),
            ),
            json!({ "text": "plain text", "attachments": [{ "name": "a.pdf" }] }),
        ),
    ]
}

fn broken_mails() -> Vec<Case> {
    let lines = "From: a@x.example\nTo: b@x.example\nSubject: x\n\none\ntwo\n";
    let jis_body = [b"From: a@x.example\nSubject: x\n\n".as_slice(), &jis("山田")].concat();
    vec![
        case("bare LF", lines.as_bytes(), json!({ "subject": "x", "text": "one\ntwo" })),
        case("bare CR", lines.replace('\n', "\r").into_bytes(), json!({ "subject": "x", "text": "one\ntwo" })),
        case("CRCRLF", lines.replace('\n', "\r\r\n").into_bytes(), json!({ "subject": "x", "text": "one\ntwo" })),
        case(
            "LF in the header, CRLF in the body",
            lines.replace("one\ntwo\n", "one\r\ntwo\r\n").into_bytes(),
            json!({ "subject": "x", "text": "one\ntwo" }),
        ),
        case(
            "no blank line before the body",
            mail("From: a@x.example\nSubject: x\nThis is the body, it seems.\nMore.\n"),
            json!({ "subject": "x", "text": "This is the body, it seems.\nMore." }),
        ),
        case("no body", mail("From: a@x.example\nSubject: x\n"), json!({ "subject": "x", "text": "" })),
        case("no line end at the end", mail("From: a@x.example\nSubject: x\n\nend"), json!({ "text": "end" })),
        case(
            "an mbox separator before it",
            mail("From a@x.example Wed Nov 25 10:00:00 2026\nFrom: a@x.example\nSubject: x\n\nend"),
            json!({ "from": "a@x.example", "subject": "x", "text": "end" }),
        ),
        case(
            "blank lines before it",
            mail("\n\nFrom: a@x.example\nSubject: x\n\nend"),
            json!({ "subject": "x", "text": "end" }),
        ),
        case(
            "a byte order mark before it",
            [b"\xef\xbb\xbf".as_slice(), &mail("From: a@x.example\nSubject: x\n\nend")].concat(),
            json!({ "from": "a@x.example" }),
        ),
        case(
            "blanks before the colon",
            mail("From : a@x.example\nSubject : x\n\nend"),
            json!({ "from": "a@x.example", "subject": "x" }),
        ),
        case(
            "a field without a name amid the header",
            mail("From: a@x.example\n: y\nSubject: x\n\nend"),
            json!({ "from": "a@x.example", "subject": "x" }),
        ),
        case("JIS without any MIME header", jis_body, json!({ "text": "山田" })),
        case(
            "a flowed text (RFC 3676)",
            mail(
                "From: a@x.example\nContent-Type: text/plain; format=flowed; delsp=yes; charset=utf-8\n\n専門医の \n登録です。\nつぎ\n",
            ),
            json!({ "text": "専門医の登録です。\nつぎ" }),
        ),
        case(
            "a text that is HTML in truth",
            mail("From: a@x.example\nContent-Type: text/plain\n\n<html><body><p>rich text</p></body></html>\n"),
            json!({ "text": "rich text" }),
        ),
        case(
            "a mail named as its own body",
            mail("From: a@x.example\nContent-Type: text/plain; name=\"mail.txt\"\n\nplain text\n"),
            json!({ "text": "plain text" }),
        ),
    ]
}

fn html() -> Vec<Case> {
    let with = |html: &str| {
        mail(&format!("From: a@x.example\nSubject: x\nContent-Type: text/html; charset=utf-8\n\n{html}\n"))
    };
    vec![
        case(
            "lines, lists and tables",
            with(
                "<div>one</div><div>two<br>three</div><ul><li>a</li><li>b</li></ul><table><tr><td>c</td><td>d</td></tr></table>",
            ),
            json!({ "text": "one\ntwo\nthree\n\n- a\n- b\n\nc\td" }),
        ),
        case(
            "entities and blanks",
            with("<p>a &amp; b&nbsp;&lt;c&gt; &#23665;&#x7530;</p>"),
            json!({ "text": "a & b <c> 山田" }),
        ),
        case(
            "SEC-021: scripts and handlers are gone",
            with("<p onclick=\"x()\">a<script>alert(1)</script><img src=x onerror=alert(1)></p>"),
            json!({ "text": "a", "html_sanitized": "<p>a</p>\n" }),
        ),
        case(
            "SEC-024: only links to https, http, mailto, tel stay",
            with(
                "<a href=\"javascript:x()\">a</a> <a href=\"https://x.example/\">b</a> <a href=\"data:text/html,x\">c</a> <a href=\"/staff/logout\">d</a>",
            ),
            json!({ "text": "a b c d", "html_sanitized": "<a rel=\"noopener noreferrer nofollow\">a</a> <a href=\"https://x.example/\" rel=\"noopener noreferrer nofollow\">b</a> <a rel=\"noopener noreferrer nofollow\">c</a> <a rel=\"noopener noreferrer nofollow\">d</a>\n" }),
        ),
        case(
            "SEC-025: what would be loaded is told and not kept",
            with("<p style=\"background:url(http://e/x)\">a<img src=\"http://e/t.gif\"></p>"),
            json!({ "html_sanitized": "<p>a</p>\n", "has_blocked_content": true }),
        ),
        case(
            "an image of words gives its words",
            with("<p>a <img src=\"cid:1\" alt=\"地図\"></p>"),
            json!({ "text": "a 地図" }),
        ),
        case(
            "style and title are no text",
            with("<html><head><title>t</title><style>p{}</style></head><body><p>a</p></body></html>"),
            json!({ "text": "a" }),
        ),
    ]
}
