//! Subjects: encoded words (RFC 2047) whole, cut, mislabelled and broken, and raw 8-bit bytes.

use serde_json::json;

use super::{Case, base64, case, euc, jis, mail, sjis, subject, word};

fn reads(what: &'static str, value: impl AsRef<[u8]>, wanted: &str) -> Case {
    case(what, subject(value.as_ref()), json!({ "subject": wanted }))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = words();
    cases.extend(broken());
    cases.extend(raw());
    cases
}

fn words() -> Vec<Case> {
    let text = "ログインできません";
    let q: String = text.bytes().map(|b| format!("={b:02X}")).collect();
    vec![
        reads("B and JIS", word("ISO-2022-JP", &jis(text)), text),
        reads("b and utf-8 in small letters", word("utf-8", text.as_bytes()).replace("?B?", "?b?"), text),
        reads("Q and UTF-8", format!("=?UTF-8?Q?{q}?="), text),
        reads("q, underscores for blanks", "=?utf-8?q?a_b=20c?=", "a b c"),
        reads("Shift_JIS", word("Shift_JIS", &sjis(text)), text),
        reads("CP932", word("CP932", &sjis("①髙橋")), "①髙橋"),
        reads("EUC-JP", word("EUC-JP", &euc(text)), text),
        reads("a language behind the charset (RFC 2231 §5)", word("utf-8*ja", text.as_bytes()), text),
        reads(
            "the blank between two words goes",
            format!("{} {}", word("utf-8", "ログ".as_bytes()), word("utf-8", "イン".as_bytes())),
            "ログイン",
        ),
        reads(
            "folding between two words goes",
            format!("{}\r\n {}", word("ISO-2022-JP", &jis("ログ")), word("ISO-2022-JP", &jis("イン"))),
            "ログイン",
        ),
        reads(
            "folding by tab goes",
            format!("{}\r\n\t{}", word("utf-8", "ログ".as_bytes()), word("utf-8", "イン".as_bytes())),
            "ログイン",
        ),
        reads(
            "words of two charsets",
            format!("{} {}", word("ISO-2022-JP", &jis("ログ")), word("utf-8", "イン".as_bytes())),
            "ログイン",
        ),
        reads(
            "text before and behind",
            format!("Re: {} (2)", word("utf-8", text.as_bytes())),
            &format!("Re: {text} (2)"),
        ),
        reads("folded ASCII keeps one blank", "one\r\n two", "one two"),
        reads("half-width kana in an encoded word", word("ISO-2022-JP", b"\x1b(I1223\x1b(B"), "ｱｲｲｳ"),
        reads("row 13 in an encoded word", word("ISO-2022-JP", &jis("①㈱")), "①㈱"),
    ]
}

fn broken() -> Vec<Case> {
    let text = "専門医登録のログイン";
    let (head, tail) = text.as_bytes().split_at(10);
    let in_jis = jis(text);
    let (jis_head, jis_tail) = in_jis.split_at(9);
    let whole = base64(text.as_bytes());
    vec![
        reads("cut inside a character of UTF-8", format!("{}\r\n {}", word("UTF-8", head), word("UTF-8", tail)), text),
        reads("cut inside a character in Q", "=?UTF-8?Q?=E5=B1?=\r\n =?UTF-8?Q?=B1=E7=94=B0?=", "山田"),
        reads(
            "cut inside the shift state of JIS",
            format!("{} {}", word("ISO-2022-JP", jis_head), word("ISO-2022-JP", jis_tail)),
            text,
        ),
        reads(
            "cut inside a group of base64",
            format!("=?UTF-8?B?{}?=\r\n =?UTF-8?B?{}?=", &whole[..10], &whole[10..]),
            text,
        ),
        reads(
            "no blank between two words",
            format!("{}{}", word("utf-8", "ログ".as_bytes()), word("utf-8", "イン".as_bytes())),
            "ログイン",
        ),
        reads("a word glued to text", format!("Re:{}", word("utf-8", "ログイン".as_bytes())), "Re:ログイン"),
        reads("a word in quotes", format!("\"{}\"", word("utf-8", "ログイン".as_bytes())), "\"ログイン\""),
        reads("a blank inside a Q word", "=?UTF-8?Q?Hello World?=", "Hello World"),
        reads("a line break inside a word", format!("=?UTF-8?B?{}\r\n {}?=", &whole[..8], &whole[8..]), text),
        reads("the end is missing", format!("=?UTF-8?B?{whole}"), text),
        reads("the padding is missing", "=?utf-8?B?44Ot44Kw?= =?utf-8?B?44Kk?=", "ログイ"),
        reads("the padding is missing at the end", "=?utf-8?B?YQ?=", "a"),
        reads("an unknown charset on UTF-8", word("x-unknown", "山田".as_bytes()), "山田"),
        reads("JIS that says UTF-8", word("UTF-8", &jis("山田")), "山田"),
        reads("Shift_JIS that says ISO-2022-JP", word("ISO-2022-JP", &sjis("専門医の登録")), "専門医の登録"),
        reads("UTF-8 that says ISO-2022-JP", word("ISO-2022-JP", "専門医の登録".as_bytes()), "専門医の登録"),
        reads("JIS without its last escape", word("ISO-2022-JP", b"\x1b$B;3ED"), "山田"),
        reads("what only looks like a word", "1 =? 2 ?= 3", "1 =? 2 ?= 3"),
        reads("a question mark inside Q", "=?utf-8?Q?really??=", "really?"),
        reads("encoded twice is undone once", "=?utf-8?Q?=3D=3Futf-8=3FB=3F5bGx=3F=3D?=", "=?utf-8?B?5bGx?="),
        reads(
            "a line end inside a word splits no header",
            "=?utf-8?Q?a=0D=0ABcc:_evil@x.example?=",
            "aBcc: evil@x.example",
        ),
    ]
}

fn raw() -> Vec<Case> {
    let text = "ログインできない件について";
    vec![
        reads("raw UTF-8", text, text),
        reads("raw Shift_JIS", sjis(text), text),
        reads("raw EUC-JP", euc(text), text),
        reads("raw JIS", jis(text), text),
        reads("raw JIS, folded", [&jis("山田")[..], b"\r\n ", &jis("太郎")].concat(), "山田 太郎"),
        reads(
            "raw bytes beside a word",
            [b"Re: ", text.as_bytes(), b" ", word("utf-8", "再".as_bytes()).as_bytes()].concat(),
            &format!("Re: {text} 再"),
        ),
        case("no subject", mail("From: a@x.example\n\nx\n"), json!({ "subject": "" })),
        case("an empty subject", mail("From: a@x.example\nSubject:\nTo: b@x.example\n\nx\n"), json!({ "subject": "" })),
        case(
            "two subjects: the first",
            mail("Subject: one\nSubject: two\nFrom: a@x.example\n\nx\n"),
            json!({ "subject": "one" }),
        ),
        case(
            "a name in raw Shift_JIS",
            [b"From: \"", &sjis("山田 太郎")[..], b"\" <taro@x.example>\r\nSubject: x\r\n\r\nx"].concat(),
            json!({ "from": "taro@x.example", "from_name": "山田 太郎" }),
        ),
        case(
            "a name in raw JIS, whose bytes hold quotes and brackets",
            [b"From: ", &jis("本田健")[..], b" <ken@x.example>\r\nSubject: x\r\n\r\nx"].concat(),
            json!({ "from": "ken@x.example", "from_name": "本田健" }),
        ),
    ]
}
