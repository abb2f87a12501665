//! Names of attachments: RFC 2231 as it should be, as senders cut it, and everything else that stands there instead.

use serde_json::json;

use super::{Case, base64, case, euc, jis, sjis, word};

/// A mail with one attachment whose fields are given as bytes.
fn attached(fields: &[u8]) -> Vec<u8> {
    let head =
        b"From: taro@x.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b\r\n";
    [head, fields, b"\r\nContent-Transfer-Encoding: base64\r\n\r\nUERG\r\n--b--\r\n"].concat()
}

fn named(what: &'static str, fields: impl AsRef<[u8]>, wanted: &str) -> Case {
    let expect = json!({ "text": "text", "attachments": [{ "name": wanted, "size": 3 }] });
    case(what, attached(fields.as_ref()), expect)
}

fn disposition(what: &'static str, parameters: &str, wanted: &str) -> Case {
    named(what, format!("Content-Type: application/pdf\r\nContent-Disposition: attachment; {parameters}"), wanted)
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("%{b:02X}")).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = extended();
    cases.extend(mixed());
    cases.extend(raw());
    cases.extend(harmful());
    cases
}

fn extended() -> Vec<Case> {
    let name = "医師免許証.pdf";
    let utf8 = percent(name.as_bytes());
    let in_jis = percent(&jis(name));
    let (head, tail) = in_jis.split_at(15);
    vec![
        disposition("RFC 2231 in UTF-8", &format!("filename*=UTF-8''{utf8}"), name),
        disposition("RFC 2231 with a language", &format!("filename*=utf-8'ja'{utf8}"), name),
        disposition("RFC 2231 in JIS", &format!("filename*=ISO-2022-JP''{in_jis}"), name),
        disposition("RFC 2231 in Shift_JIS", &format!("filename*=Shift_JIS''{}", percent(&sjis(name))), name),
        disposition("RFC 2231 in EUC-JP", &format!("filename*=euc-jp''{}", percent(&euc(name))), name),
        disposition(
            "RFC 2231 before the plain name",
            &format!("filename=\"license.pdf\"; filename*=UTF-8''{utf8}"),
            name,
        ),
        disposition(
            "RFC 2231 behind the plain name",
            &format!("filename*=UTF-8''{utf8}; filename=\"license.pdf\""),
            name,
        ),
        disposition(
            "pieces cut inside a character",
            &format!("filename*0*=UTF-8''{};\r\n filename*1*={}", &utf8[..12], &utf8[12..]),
            name,
        ),
        disposition(
            "pieces in the wrong order",
            &format!("filename*1*={};\r\n filename*0*=UTF-8''{}", &utf8[18..], &utf8[..18]),
            name,
        ),
        disposition(
            "pieces of JIS cut inside the shift state",
            &format!("filename*0*=iso-2022-jp''{head};\r\n filename*1*={tail}"),
            name,
        ),
        disposition(
            "an encoded piece and a plain one",
            &format!("filename*0*=UTF-8''{};\r\n filename*1=\".pdf\"", percent("免許".as_bytes())),
            "免許.pdf",
        ),
        disposition("plain pieces", "filename*0=\"a-long-\";\r\n filename*1=\"name.pdf\"", "a-long-name.pdf"),
        named(
            "RFC 2231 in the content type only",
            format!("Content-Type: application/pdf; name*=UTF-8''{utf8}\r\nContent-Disposition: attachment"),
            name,
        ),
        named("a name in the content type, no disposition", "Content-Type: application/pdf; name=\"a.pdf\"", "a.pdf"),
        named(
            "the disposition's name goes before the type's",
            "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=\"b.pdf\"",
            "b.pdf",
        ),
    ]
}

/// RFC 2231 and RFC 2047 thrown together, as many senders do.
fn mixed() -> Vec<Case> {
    let name = "医師免許証.pdf";
    let utf8 = percent(name.as_bytes());
    let whole = base64(name.as_bytes());
    vec![
        disposition("an encoded word in quotes", &format!("filename=\"{}\"", word("UTF-8", name.as_bytes())), name),
        disposition("an encoded word without quotes", &format!("filename={}", word("ISO-2022-JP", &jis(name))), name),
        disposition(
            "two encoded words in one quoted name",
            &format!(
                "filename=\"{}\r\n {}\"",
                word("ISO-2022-JP", &jis("医師")),
                word("ISO-2022-JP", &jis("免許証.pdf"))
            ),
            name,
        ),
        disposition(
            "two encoded words cut inside a character",
            &format!(
                "filename=\"{}\r\n {}\"",
                word("UTF-8", &name.as_bytes()[..7]),
                word("UTF-8", &name.as_bytes()[7..])
            ),
            name,
        ),
        disposition(
            "an encoded word cut over two pieces",
            &format!("filename*0=\"=?UTF-8?B?{}\";\r\n filename*1=\"{}?=\"", &whole[..9], &whole[9..]),
            name,
        ),
        disposition(
            "an encoded word under the starred name",
            &format!("filename*=\"{}\"", word("UTF-8", name.as_bytes())),
            name,
        ),
        disposition("RFC 2231 in quotes", &format!("filename*=\"UTF-8''{utf8}\""), name),
        disposition("RFC 2231 without the star", &format!("filename=\"UTF-8''{utf8}\""), name),
        disposition("RFC 2231 without charset", &format!("filename*={utf8}"), name),
        disposition("RFC 2231 with an empty charset", &format!("filename*=''{utf8}"), name),
        disposition("percent signs without the star", &format!("filename=\"{utf8}\""), name),
        disposition("a real percent sign", "filename=\"100%.pdf\"", "100%.pdf"),
        disposition("Q with blanks in quotes", "filename=\"=?UTF-8?Q?a =E5=B1=B1.pdf?=\"", "a 山.pdf"),
        disposition("raw UTF-8 under the starred name", &format!("filename*=UTF-8''{name}"), name),
        disposition("blanks around the equals sign", "filename = \"a.pdf\"", "a.pdf"),
        disposition("no quotes and blanks inside", "filename=my license 2026.pdf", "my license 2026.pdf"),
        disposition("a semicolon in quotes", "filename=\"a;b.pdf\"; size=3", "a;b.pdf"),
        disposition("an escaped quote", "filename=\"a\\\"b.pdf\"", "a\"b.pdf"),
        disposition("single quotes", "filename='a.pdf'", "a.pdf"),
        disposition("a comment behind", "filename=\"a.pdf\" (of 2026)", "a.pdf"),
    ]
}

fn raw() -> Vec<Case> {
    let name = "医師免許証.pdf";
    let with = |bytes: &[u8]| {
        [b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"", bytes, b"\""].concat()
    };
    vec![
        named("raw UTF-8", with(name.as_bytes()), name),
        named("raw Shift_JIS", with(&sjis(name)), name),
        named("raw EUC-JP", with(&euc(name)), name),
        named("raw JIS", with(&jis(name)), name),
        named("raw Shift_JIS whose second byte is a backslash", with(&sjis("申請書・表.pdf")), "申請書・表.pdf"),
        named(
            "no name on a PDF",
            "Content-Type: application/pdf\r\nContent-Disposition: attachment",
            "attachment-1.pdf",
        ),
        named("no name on a JPEG", "Content-Type: image/jpeg", "attachment-1.jpg"),
        named(
            "an empty name",
            "Content-Type: image/png; name=\"\"\r\nContent-Disposition: attachment; filename=\"\"",
            "attachment-1.png",
        ),
        named("winmail.dat without a name", "Content-Type: application/ms-tnef", "winmail.dat"),
        named("winmail.dat", "Content-Type: application/ms-tnef; name=\"winmail.dat\"", "winmail.dat"),
    ]
}

fn harmful() -> Vec<Case> {
    vec![
        disposition("SEC-041: a way up", "filename=\"../../etc/cron.d/x\"", "x"),
        disposition("SEC-041: a Windows path", "filename=\"C:\\Users\\taro\\a.pdf\"", "a.pdf"),
        disposition("SEC-041: an encoded way up", "filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        disposition("SEC-041: NUL before the end", "filename*=UTF-8''a.pdf%00.exe", "a.pdf.exe"),
        disposition("SEC-041: an override of the direction", "filename*=UTF-8''abc%E2%80%AEgnp.exe", "abcgnp.exe"),
        disposition("SEC-041: line ends", "filename*=UTF-8''a%0D%0AB%3A%20c.pdf", "aB: c.pdf"),
        disposition("SEC-041: only dots", "filename=\"..\"", "attachment-1.pdf"),
        disposition("SEC-041: only a slash", "filename=\"/\"", "attachment-1.pdf"),
    ]
}
