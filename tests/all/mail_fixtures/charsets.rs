//! Texts in every charset that Japanese mail comes in, with right, wrong and missing labels.

use encoding_rs::{BIG5, EUC_KR, GB18030, KOI8_R, SHIFT_JIS, UTF_8, WINDOWS_1252};
use serde_json::json;

use super::{Case, base64, body, case, euc, jis, sjis};

const TEXT: &str = "お世話になります。山田です。ログインできません。";

fn labelled(label: &str, bytes: &[u8]) -> Vec<u8> {
    body(&format!("Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: 8bit\n"), bytes)
}

fn text(what: &'static str, label: &str, bytes: &[u8], wanted: &str) -> Case {
    case(what, labelled(label, bytes), json!({ "text": wanted }))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = japanese();
    cases.extend(mislabelled());
    cases.extend(jis_as_it_comes());
    cases.extend(others());
    cases
}

fn japanese() -> Vec<Case> {
    let encoded = |encoding: &str, charset: &str, bytes: String| {
        body(
            &format!("Content-Type: text/plain; charset=\"{charset}\"\nContent-Transfer-Encoding: {encoding}\n"),
            bytes.as_bytes(),
        )
    };
    let quoted = |bytes: &[u8]| bytes.iter().map(|b| format!("={b:02X}")).collect::<String>();
    vec![
        text("JIS", "ISO-2022-JP", &jis(TEXT), TEXT),
        text("JIS, quoted and lower case", "\"iso-2022-jp\"", &jis(TEXT), TEXT),
        text("JIS under the label CP50220", "CP50220", &jis(TEXT), TEXT),
        text("JIS under the label cp50221", "cp50221", &jis(TEXT), TEXT),
        text("JIS under the label CP50222", "CP50222", &jis(TEXT), TEXT),
        text("JIS under the label ISO-2022-JP-MS", "ISO-2022-JP-MS", &jis(TEXT), TEXT),
        text("JIS under the label x-windows-iso2022jp", "x-windows-iso2022jp", &jis(TEXT), TEXT),
        text("JIS under the label csISO2022JP", "csISO2022JP", &jis(TEXT), TEXT),
        text("Shift_JIS", "Shift_JIS", &sjis(TEXT), TEXT),
        text("Shift_JIS under the label CP932", "CP932", &sjis(TEXT), TEXT),
        text("Shift_JIS under the label Windows-31J", "Windows-31J", &sjis(TEXT), TEXT),
        text("Shift_JIS under the label x-sjis", "x-sjis", &sjis(TEXT), TEXT),
        text("Shift_JIS under the label MS932", "MS932", &sjis(TEXT), TEXT),
        text("EUC-JP", "EUC-JP", &euc(TEXT), TEXT),
        text("EUC-JP under the label eucJP-ms", "eucJP-ms", &euc(TEXT), TEXT),
        text("EUC-JP under the label CP51932", "CP51932", &euc(TEXT), TEXT),
        text("UTF-8", "UTF-8", TEXT.as_bytes(), TEXT),
        text("UTF-8 under the label utf8", "utf8", TEXT.as_bytes(), TEXT),
        text("UTF-8 under the label cp65001", "cp65001", TEXT.as_bytes(), TEXT),
        text("UTF-8 with a byte order mark", "UTF-8", &[b"\xef\xbb\xbf", TEXT.as_bytes()].concat(), TEXT),
        text("characters beyond the BMP", "UTF-8", "𠮷野です😀".as_bytes(), "𠮷野です😀"),
        case(
            "UTF-8 in base64 of odd line lengths",
            encoded("base64", "utf-8", base64(TEXT.as_bytes()).replace('b', "b\r\n")),
            json!({ "text": TEXT }),
        ),
        case(
            "UTF-8 in quoted-printable",
            encoded("Quoted-Printable", "UTF-8", quoted(TEXT.as_bytes())),
            json!({ "text": TEXT }),
        ),
        case(
            "soft line breaks inside characters",
            encoded("quoted-printable", "UTF-8", quoted(TEXT.as_bytes()).replace("=E3=81", "=E3=\r\n=81")),
            json!({ "text": TEXT }),
        ),
        case("Shift_JIS in base64", encoded("BASE64", "Shift_JIS", base64(&sjis(TEXT))), json!({ "text": TEXT })),
        case("JIS in base64", encoded("base64", "ISO-2022-JP", base64(&jis(TEXT))), json!({ "text": TEXT })),
        case(
            "JIS in quoted-printable",
            encoded("quoted-printable", "ISO-2022-JP", quoted(&jis(TEXT))),
            json!({ "text": TEXT }),
        ),
        case(
            "EUC-JP in quoted-printable",
            encoded("quoted-printable", "EUC-JP", quoted(&euc(TEXT))),
            json!({ "text": TEXT }),
        ),
    ]
}

fn mislabelled() -> Vec<Case> {
    let unlabelled = |bytes: &[u8]| body("", bytes);
    vec![
        text("JIS that says us-ascii", "us-ascii", &jis(TEXT), TEXT),
        text("JIS that says utf-8", "utf-8", &jis(TEXT), TEXT),
        text("JIS that says Shift_JIS", "Shift_JIS", &jis(TEXT), TEXT),
        text("JIS that says iso-8859-1", "iso-8859-1", &jis(TEXT), TEXT),
        text("UTF-8 that says ISO-2022-JP", "ISO-2022-JP", TEXT.as_bytes(), TEXT),
        text("UTF-8 that says Shift_JIS", "Shift_JIS", TEXT.as_bytes(), TEXT),
        text("UTF-8 that says EUC-JP", "EUC-JP", TEXT.as_bytes(), TEXT),
        text("UTF-8 that says iso-8859-1", "iso-8859-1", TEXT.as_bytes(), TEXT),
        text("UTF-8 that says us-ascii", "us-ascii", TEXT.as_bytes(), TEXT),
        text("Shift_JIS that says iso-8859-1", "iso-8859-1", &sjis(TEXT), TEXT),
        text("Shift_JIS that says utf-8", "utf-8", &sjis(TEXT), TEXT),
        text("Shift_JIS that says ISO-2022-JP", "ISO-2022-JP", &sjis(TEXT), TEXT),
        text("Shift_JIS that says EUC-JP", "EUC-JP", &sjis(TEXT), TEXT),
        text("EUC-JP that says Shift_JIS", "Shift_JIS", &euc(TEXT), TEXT),
        text("EUC-JP that says utf-8", "utf-8", &euc(TEXT), TEXT),
        text("EUC-JP that says iso-2022-jp", "iso-2022-jp", &euc(TEXT), TEXT),
        text("a label nobody knows on UTF-8", "x-unknown-charset", TEXT.as_bytes(), TEXT),
        text("a label nobody knows on Shift_JIS", "windows-japanese", &sjis(TEXT), TEXT),
        case("JIS without a label", unlabelled(&jis(TEXT)), json!({ "text": TEXT })),
        case("UTF-8 without a label", unlabelled(TEXT.as_bytes()), json!({ "text": TEXT })),
        case("Shift_JIS without a label", unlabelled(&sjis(TEXT)), json!({ "text": TEXT })),
        case("EUC-JP without a label", unlabelled(&euc(TEXT)), json!({ "text": TEXT })),
        case("short Shift_JIS without a label", unlabelled(&sjis("山田です")), json!({ "text": "山田です" })),
        case("short EUC-JP without a label", unlabelled(&euc("山田です")), json!({ "text": "山田です" })),
        text("UTF-8 with one broken byte", "UTF-8", &[TEXT.as_bytes(), b"\xff!"].concat(), &format!("{TEXT}\u{fffd}!")),
    ]
}

fn jis_as_it_comes() -> Vec<Case> {
    let in_jis = |what, bytes: &[u8], wanted: &str| text(what, "ISO-2022-JP", bytes, wanted);
    vec![
        in_jis("NEC row 13 in JIS", &jis("①②③㈱㍉Ⅳ№"), "①②③㈱㍉Ⅳ№"),
        in_jis("IBM extensions in JIS", &jis("髙橋と﨑山、德永"), "髙橋と﨑山、德永"),
        in_jis("half-width kana by their own escape", b"\x1b(I1223\x1b(B desu", "ｱｲｲｳ desu"),
        in_jis("half-width kana by SO and SI", b"\x0e1223\x0f desu", "ｱｲｲｳ desu"),
        in_jis("half-width kana as raw bytes", b"\xb1\xb2\xb2\xb3 \x1b$B$\"\x1b(B", "ｱｲｲｳ あ"),
        in_jis("half-width kana in the middle of kanji", b"\x1b$B;3ED\x1b(IM]\x1b$B$5$s\x1b(B", "山田ﾍﾝさん"),
        in_jis("JIS X 0201 Roman for ASCII", b"\x1b$B;3ED\x1b(J desu", "山田 desu"),
        in_jis("the escape of 1978", b"\x1b$@;3ED\x1b(B", "山田"),
        in_jis("the announcement of 1990", b"\x1b&@\x1b$B;3ED\x1b(B", "山田"),
        in_jis("JIS X 0212 by four bytes", b"\x1b$(D0!\x1b(B", "丂"),
        in_jis("an escape twice in a row", b"\x1b$B\x1b$B;3\x1b(B\x1b$BED\x1b(B\x1b(B", "山田"),
        in_jis("the way back to ASCII is missing at the line's end", b"\x1b$B;3ED\r\nabc", "山田\nabc"),
        in_jis("the way back to ASCII is missing at the end", b"\x1b$B;3ED", "山田"),
        in_jis("the ESC bytes were stripped by a gateway", b"$B;3ED(B desu. $B$\"(B", "山田 desu. あ"),
        in_jis("a price is not a stripped escape", b"$Blue costs (B)", "$Blue costs (B)"),
        text("half-width kana in Shift_JIS", "Shift_JIS", &sjis("ﾔﾏﾀﾞです"), "ﾔﾏﾀﾞです"),
        text("half-width kana in EUC-JP", "EUC-JP", &euc("ﾔﾏﾀﾞです"), "ﾔﾏﾀﾞです"),
        text("row 13 and IBM extensions in Shift_JIS", "Shift_JIS", &sjis("①㈱髙﨑"), "①㈱髙﨑"),
        text(
            "characters whose second byte is a backslash",
            "Shift_JIS",
            &sjis("表示とソート、能力"),
            "表示とソート、能力",
        ),
    ]
}

fn others() -> Vec<Case> {
    let html = |head: &str, bytes: &[u8]| {
        [&body("Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n", b"")[..], head.as_bytes(), bytes].concat()
    };
    let western = "déjà vu — l’été";
    let wide: Vec<u8> = "ログイン".encode_utf16().flat_map(u16::to_be_bytes).collect();
    vec![
        text("Western text stays Western", "iso-8859-1", &WINDOWS_1252.encode(western).0, western),
        text(
            "Western text without a label",
            "",
            &WINDOWS_1252.encode("Grüße aus Köln, schöne Straße").0,
            "Grüße aus Köln, schöne Straße",
        ),
        text("Big5", "big5", &BIG5.encode("您好，謝謝").0, "您好，謝謝"),
        text("GB18030 under the label gb2312", "gb2312", &GB18030.encode("您好，谢谢").0, "您好，谢谢"),
        text("EUC-KR", "ks_c_5601-1987", &EUC_KR.encode("안녕하세요").0, "안녕하세요"),
        text("KOI8-R", "koi8-r", &KOI8_R.encode("Здравствуйте").0, "Здравствуйте"),
        text("UTF-16", "utf-16be", &wide, "ログイン"),
        text("UTF-7", "utf-7", b"+XHF1MA- desu", "山田 desu"),
        case(
            "an HTML part labelled only in its meta element",
            html(
                "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\"></head><body>",
                &SHIFT_JIS.encode(TEXT).0,
            ),
            json!({ "text": TEXT }),
        ),
        case(
            "an HTML part labelled by meta charset",
            html("<meta charset=utf-8><p>", &UTF_8.encode(TEXT).0),
            json!({ "text": TEXT }),
        ),
        case("an HTML part in JIS without any label", html("<p>", &jis(TEXT)), json!({ "text": TEXT })),
        text("control characters and NUL are left out", "utf-8", b"a\0b\x07c\x1b[31md", "abc[31md"),
    ]
}
