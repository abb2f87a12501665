//! Content-Transfer-Encoding, read leniently: what is damaged gives what can be saved of it.

use mail_parser::decoders::base64::base64_decode;
use std::borrow::Cow;

/// Undoes the transfer encoding named by the header. An unknown name, or a name the bytes contradict, changes nothing.
pub fn decode<'a>(encoding: &str, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let name = encoding.split([';', '(', ' ']).next().unwrap_or_default().trim_matches('"').to_ascii_lowercase();
    match name.as_str() {
        "base64" | "b64" | "base-64" | "x-base64" => base64(bytes),
        "quoted-printable" | "quotedprintable" | "qp" => quoted_printable(bytes, false).into(),
        "x-uuencode" | "uuencode" | "x-uue" | "x-uu" => uuencoded(bytes).map_or(bytes.into(), Cow::from),
        _ => bytes.into(),
    }
}

/// Base64 with stray characters skipped. Text that was labelled base64 by mistake stays as it is.
pub fn base64(bytes: &[u8]) -> Cow<'_, [u8]> {
    if let Some(decoded) = base64_decode(bytes) {
        return decoded.into();
    }
    let is_alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let significant = bytes.iter().filter(|b| !b.is_ascii_whitespace()).count();
    let foreign = bytes.iter().filter(|b| !b.is_ascii_whitespace() && !is_alphabet(b)).count();
    // A footer added by a list or a scanner follows the padding in the clear: decode what stands before it.
    if foreign * 20 > significant {
        let head = bytes.split(|&b| b == b'\n').take_while(|line| {
            let line = line.trim_ascii();
            line.iter().all(&is_alphabet) && !line.is_empty()
        });
        let head: Vec<u8> = head.flatten().copied().collect();
        return match base64_decode(&head) {
            Some(decoded) if head.len() >= 40 => decoded.into(),
            _ => bytes.into(),
        };
    }
    let kept: Vec<u8> = bytes.iter().copied().filter(|b| is_alphabet(b)).collect();
    base64_decode(&kept).map_or(bytes.into(), Cow::from)
}

/// Quoted-printable of a body, or with `word` the Q encoding of RFC 2047, where `_` is a space.
pub fn quoted_printable(bytes: &[u8], word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut blanks = 0;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'_' if word => out.push(b' '),
            b'=' => match soft_break(tail).or_else(|| hex_pair(tail)) {
                Some((decoded, after)) => {
                    out.extend(decoded);
                    blanks = 0;
                    rest = after;
                }
                None => out.push(b'='),
            },
            b'\r' | b'\n' if !word => {
                // Blanks before a line end were added on the way (RFC 2045 §6.7 rule 3).
                out.truncate(out.len().saturating_sub(blanks));
                blanks = 0;
                out.push(byte);
            }
            b' ' | b'\t' if !word => {
                blanks += 1;
                out.push(byte);
            }
            _ => out.push(byte),
        }
        if !matches!(byte, b' ' | b'\t') {
            blanks = 0;
        }
    }
    out
}

fn soft_break(after: &[u8]) -> Option<(Option<u8>, &[u8])> {
    let blanks = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = after.get(blanks..)?;
    match rest {
        [] => Some((None, rest)),
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] | [b'\r', rest @ ..] => Some((None, rest)),
        _ => None,
    }
}

fn hex_pair(after: &[u8]) -> Option<(Option<u8>, &[u8])> {
    let (pair, rest) = after.split_at_checked(2)?;
    let high = char::from(*pair.first()?).to_digit(16)?;
    let low = char::from(*pair.get(1)?).to_digit(16)?;
    Some((u8::try_from(high * 16 + low).ok(), rest))
}

/// The bytes between `begin` and `end`.
fn uuencoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split(|&b| b == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut out = Vec::new();
    for line in lines.take_while(|line| *line != b"end") {
        let Some((&count, data)) = line.split_first() else { continue };
        let length = usize::from(count.wrapping_sub(32) & 63);
        let before = out.len();
        for group in data.chunks(4) {
            let bits = (0..4).fold(0u32, |bits, i| {
                bits << 6 | u32::from(group.get(i).copied().unwrap_or(b' ').wrapping_sub(32) & 63)
            });
            out.extend(bits.to_be_bytes().iter().skip(1));
        }
        out.truncate(before + length);
    }
    Some(out)
}
