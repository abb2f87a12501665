//! Bytes to text. Mail lies about its charset: JIS travels as `us-ascii`, Shift_JIS as `iso-8859-1`, UTF-8 as
//! anything. A label is believed only as far as the bytes agree with it; otherwise the bytes are judged.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;
use std::borrow::Cow;

use super::jis;

/// What a charset label asks for.
enum Label {
    /// No label, or one that says nothing (`us-ascii`, `unknown-8bit`, `default`): judge the bytes.
    Unknown,
    /// Any of the ISO-2022-JP family, read by our own tolerant decoder.
    Jis,
    /// ISO-2022-KR, which encoding_rs refuses on purpose.
    IsoKr,
    Known(&'static Encoding),
    /// Known to mail-parser only (UTF-7, code page 850, …).
    Other(fn(&[u8]) -> String),
}

fn label_of(label: &str) -> Label {
    let name: String =
        label.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').to_ascii_lowercase().replace('_', "-");
    match name.as_str() {
        "" | "us-ascii" | "ascii" | "ansi-x3.4-1968" | "ansi-x3.4" | "iso646-us" | "7bit" | "8bit" | "binary"
        | "unknown" | "unknown-8bit" | "x-unknown" | "default" | "default-charset" | "none" | "x-user-defined"
        | "autodetect" | "-autodetect" | "utf-8-or-jis" => Label::Unknown,
        "jis"
        | "iso2022-jp"
        | "iso2022jp"
        | "csiso2022jp"
        | "csiso2022jp2"
        | "cp50220"
        | "cp50221"
        | "cp50222"
        | "x-windows-iso2022jp"
        | "x-windows-50220"
        | "x-windows-50221"
        | "x-iso-2022-jp"
        | "junet" => Label::Jis,
        "iso-2022-kr" | "csiso2022kr" => Label::IsoKr,
        name if name.starts_with("iso-2022-jp") => Label::Jis,
        "cp932" | "ms932" | "ms-932" | "sjis" | "s-jis" | "x-sjis" | "x-sjis-cp932" | "windows-932" | "windows-31j"
        | "windows31j" | "cswindows31j" | "shift-jis" | "shiftjis" | "shift-jisx0213" | "shift-jis-2004"
        | "sjis-win" | "ms-kanji" | "csshiftjis" | "x-ms-cp932" | "ibm-943" | "ibm943" | "cp943" | "cp943c" => {
            Label::Known(SHIFT_JIS)
        }
        "euc" | "eucjp" | "ujis" | "eucjp-ms" | "eucjp-win" | "cp51932" | "euc-jp-ms" | "euc-jisx0213"
        | "euc-jis-2004" | "x-eucjp" => Label::Known(EUC_JP),
        "utf8" | "utf-8n" | "cp65001" | "utf8mb4" | "utf-8mb4" | "utf-8-mac" | "unicode" | "65001" => {
            Label::Known(UTF_8)
        }
        name => match Encoding::for_label(label.trim().as_bytes()).or_else(|| Encoding::for_label(name.as_bytes())) {
            Some(encoding) if encoding != REPLACEMENT => Label::Known(encoding),
            _ => charset_decoder(name.as_bytes()).map_or(Label::Unknown, Label::Other),
        },
    }
}

/// Whether a label names a charset.
pub fn is_known(label: &str) -> bool {
    !matches!(label_of(label), Label::Unknown)
}

/// Decodes `bytes` that were labelled `label` (empty: unlabelled). Never fails: what cannot be read becomes U+FFFD.
pub fn decode<'a>(label: &str, bytes: &'a [u8]) -> Cow<'a, str> {
    let label = label_of(label);
    if let Label::IsoKr = label {
        return iso_2022_kr(bytes).into();
    }
    let wide =
        matches!(&label, Label::Known(e) if *e == UTF_16LE || *e == UTF_16BE) || matches!(label, Label::Other(_));
    if !wide {
        if jis::has_escape(bytes) {
            return jis::decode(bytes).into();
        }
        if bytes.is_ascii() && !matches!(label, Label::Jis) {
            return plain(bytes);
        }
    }
    match label {
        Label::Unknown | Label::IsoKr => detect(bytes),
        Label::Jis => decode_jis(bytes),
        Label::Other(decoder) => decoder(bytes).into(),
        Label::Known(encoding) => decode_known(encoding, bytes),
    }
}

/// ISO-2022-JP without any escape: ASCII, JIS whose escape bytes were stripped on the way, or something mislabelled.
fn decode_jis(bytes: &[u8]) -> Cow<'_, str> {
    if !bytes.is_ascii() {
        return detect(bytes);
    }
    match jis::restore_stripped_escapes(bytes) {
        Some(restored) => jis::decode(&restored).into(),
        None if bytes.iter().any(|b| matches!(b, 0x0e | 0x0f)) => jis::decode(bytes).into(),
        None => plain(bytes),
    }
}

fn decode_known<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        // A UTF-16 label on bytes without a single zero is a lie, unless the text is all kanji.
        if bytes.len().is_multiple_of(2) && !bytes.is_ascii() || bytes.contains(&0) || bytes.starts_with(&[0xff, 0xfe])
        {
            return encoding.decode(bytes).0;
        }
        return detect(bytes);
    }
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => strip_bom(text).into(),
            Err(_) => damaged_utf8_or(bytes),
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && speaks_utf8(text, encoding)
    {
        return strip_bom(text).into();
    }
    let (text, errors) = encoding.decode_without_bom_handling(bytes);
    if encoding == SHIFT_JIS || encoding == EUC_JP {
        let other = if encoding == SHIFT_JIS { EUC_JP } else { SHIFT_JIS };
        if errors || encoding == SHIFT_JIS {
            let (rival, rival_errors) = other.decode_without_bom_handling(bytes);
            let better = !rival_errors && score(&rival) > if errors { 0 } else { 2 * score(&text).max(1) };
            if better {
                return rival;
            }
        }
    } else if encoding == WINDOWS_1252 || errors {
        // Western label on Japanese bytes: only on clear evidence.
        if let Some(japanese) = japanese(bytes) {
            return japanese;
        }
    }
    text
}

/// Whether valid UTF-8 is what the sender meant although the label says something else. In legacy Japanese a short
/// run of half-width kana can look like two-byte UTF-8, so there a three-byte character is asked for.
fn speaks_utf8(text: &str, labelled: &'static Encoding) -> bool {
    let japanese = labelled == SHIFT_JIS || labelled == EUC_JP;
    let mut wide = text.chars().filter(|c| !c.is_ascii());
    if japanese || !labelled.is_single_byte() {
        wide.any(|c| c.len_utf8() >= 3 && is_japanese(c))
    } else {
        wide.next().is_some()
    }
}

/// UTF-8 by its label but not by its bytes: cut or damaged UTF-8 keeps most of its text, anything else is judged.
fn damaged_utf8_or(bytes: &[u8]) -> Cow<'_, str> {
    let (text, _) = UTF_8.decode_without_bom_handling(bytes);
    let broken = text.chars().filter(|&c| c == '\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    if good > broken * 2 { text } else { detect(bytes) }
}

/// Judges unlabelled bytes: JIS by its escapes, UTF-8 by its form, then the likeliest of Shift_JIS, EUC-JP and
/// windows-1252.
pub fn detect(bytes: &[u8]) -> Cow<'_, str> {
    if jis::has_escape(bytes) {
        return jis::decode(bytes).into();
    }
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(skip..).unwrap_or_default()).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    if let Some(text) = japanese(bytes) {
        return text;
    }
    let (text, _) = UTF_8.decode_without_bom_handling(bytes);
    let broken = text.chars().filter(|&c| c == '\u{fffd}').count();
    let wide = text.chars().filter(|&c| c != '\u{fffd}' && c.len_utf8() >= 2).count();
    if wide > broken * 2 {
        return text;
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// The better of Shift_JIS and EUC-JP, when one of them reads like Japanese.
fn japanese(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let mut best: Option<(i64, Cow<'_, str>)> = None;
    for encoding in [SHIFT_JIS, EUC_JP] {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        let mut points = score(&text);
        if encoding == SHIFT_JIS {
            points -= latin_evidence(bytes);
        }
        if points > 0 && best.as_ref().is_none_or(|(most, _)| points > *most) {
            best = Some((points, text));
        }
    }
    best.map(|(_, text)| text)
}

/// How much a reading looks like Japanese: kana and common kanji for, errors, rare kanji and half-width kana against.
fn score(text: &str) -> i64 {
    let mut points = 0;
    for c in text.chars() {
        points += match c {
            '\u{fffd}' => -12,
            '\u{3041}'..='\u{30ff}' => 4,
            '\u{3000}'..='\u{3040}' | '\u{ff01}'..='\u{ff5e}' => 3,
            '\u{ff61}'..='\u{ff9f}' => -1,
            '\u{4e00}'..='\u{9fff}' => kanji_points(c),
            '\u{e000}'..='\u{f8ff}' => -8,
            '\u{80}'..='\u{9f}' => -8,
            _ => 0,
        };
    }
    points
}

/// Level 1 kanji (Shift_JIS leads 0x88–0x97 and half of 0x98) are what people write; level 2 is mostly mojibake.
fn kanji_points(c: char) -> i64 {
    let mut buffer = [0; 4];
    let (bytes, _, _) = SHIFT_JIS.encode(c.encode_utf8(&mut buffer));
    match (bytes.first(), bytes.get(1)) {
        (Some(0x88..=0x97), Some(_)) => 2,
        (Some(0x98), Some(trail)) if *trail <= 0x72 => 2,
        (Some(0xed | 0xee | 0xfa..=0xfc), Some(_)) => 1,
        _ => -1,
    }
}

/// Single high bytes between ASCII letters ("déjà", "l’été") speak for a Western text.
fn latin_evidence(bytes: &[u8]) -> i64 {
    let mut evidence = 0;
    for window in bytes.windows(3) {
        if let [before, high, after] = window
            && *high >= 0x80
            && before.is_ascii_lowercase()
            && (after.is_ascii_lowercase() || *after == b' ')
        {
            evidence += 3;
        }
    }
    evidence
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ffef}' | '\u{2000}'..='\u{2fff}' | '\u{f900}'..='\u{faff}')
        || u32::from(c) >= 0x1_0000
}

fn plain(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn strip_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// ISO-2022-KR (RFC 1557): a designator line, then SO and SI around seven-bit KS X 1001.
fn iso_2022_kr(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match byte {
            0x1b if tail.starts_with(b"$)C") => tail.get(3..).unwrap_or_default(),
            0x0e => {
                shifted = true;
                tail
            }
            0x0f => {
                shifted = false;
                tail
            }
            _ => {
                out.push(if shifted && (0x21..=0x7e).contains(&byte) { byte | 0x80 } else { byte });
                shifted &= byte != b'\n';
                tail
            }
        };
    }
    EUC_KR.decode_without_bom_handling(&out).0.into_owned()
}
