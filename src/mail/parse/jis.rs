//! ISO-2022-JP as it really comes: CP50220 and CP50221, NEC row 13, IBM extensions, half-width kana by `ESC ( I`,
//! by SO/SI or as raw bytes, doubled and missing escapes, states left open at the end of a line or a word.
//! encoding_rs follows the web standard and refuses most of these.

use encoding_rs::EUC_JP;

#[derive(Clone, Copy, PartialEq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    Supplement,
}

/// Whether the bytes hold an escape into a Japanese set.
pub fn has_escape(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&b| b == 0x1b) {
        rest = rest.get(at..).unwrap_or_default();
        if escape(rest).is_some_and(|(set, _)| set != Some(Set::Ascii)) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// The escape sequence at the start of `bytes`: the set it names (None: changes nothing) and its length.
fn escape(bytes: &[u8]) -> Option<(Option<Set>, usize)> {
    let rest = bytes.strip_prefix(b"\x1b")?;
    Some(match rest {
        [b'(', b'B' | b'J' | b'H' | b'@', ..] => (Some(Set::Ascii), 3),
        [b'(', b'I', ..] | [b')', b'I', ..] => (Some(Set::Kana), 3),
        [b'$', b'B' | b'@' | b'A', ..] => (Some(Set::Kanji), 3),
        [b'$', b'(', b'B' | b'@' | b'O' | b'Q', ..] => (Some(Set::Kanji), 4),
        [b'$', b'(', b'D' | b'P', ..] => (Some(Set::Supplement), 4),
        // "The 1990 revision follows": says nothing by itself.
        [b'&', b'@', ..] => (None, 3),
        _ => return None,
    })
}

/// Decodes by turning every run into EUC-JP, whose tables in encoding_rs hold NEC row 13 and the IBM extensions.
pub fn decode(bytes: &[u8]) -> String {
    let mut euc = Vec::with_capacity(bytes.len() + bytes.len() / 2);
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if let Some((named, length)) = escape(rest) {
            if let Some(named) = named {
                set = named;
                shifted = false;
            }
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        rest = tail;
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            // A line end closes every state (RFC 1468), so that a lost escape does not spoil the rest of the mail,
            // unless the next escape is one back to ASCII: then somebody broke the line inside a run.
            b'\n' | b'\r' => {
                if set != Set::Ascii && !closes_later(tail) {
                    set = Set::Ascii;
                }
                shifted = false;
                euc.push(byte);
            }
            0xa1..=0xdf if set != Set::Kanji => euc.extend([0x8e, byte]),
            0x21..=0x5f if shifted || set == Set::Kana => euc.extend([0x8e, byte | 0x80]),
            0x21..=0x7e if matches!(set, Set::Kanji | Set::Supplement) => match tail.split_first() {
                Some((&second @ 0x21..=0x7e, after)) => {
                    if set == Set::Supplement {
                        euc.push(0x8f);
                    }
                    euc.extend([byte | 0x80, second | 0x80]);
                    rest = after;
                }
                // Half a character: a truncated header, or the escape back to ASCII was lost.
                _ => euc.push(b'?'),
            },
            _ if byte.is_ascii() => euc.push(byte),
            _ => euc.push(b'?'),
        }
    }
    EUC_JP.decode_without_bom_handling(&euc).0.into_owned()
}

fn closes_later(bytes: &[u8]) -> bool {
    // A bounded look ahead: this runs at every line end.
    let at = bytes.iter().take(1000).position(|&b| b == 0x1b);
    at.and_then(|at| bytes.get(at..)).and_then(escape).is_some_and(|(set, _)| set == Some(Set::Ascii))
}

/// Some gateways strip the ESC byte and leave `$B…(B`. Puts it back where the pairs in between are kanji.
pub fn restore_stripped_escapes(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut found = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        let run = if rest.starts_with(b"$B") || rest.starts_with(b"$@") { stripped_run(rest) } else { None };
        match run {
            Some(length) => {
                let (run, after) = rest.split_at_checked(length)?;
                out.push(0x1b);
                out.extend(run);
                out.extend(b"\x1b(B");
                found = true;
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    found.then_some(out)
}

/// Length of `$B` plus an even number of kanji bytes up to `(B` or `(J`.
fn stripped_run(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        match bytes.get(at..at + 2)? {
            b"(B" | b"(J" => return (at > 2).then_some(at),
            [0x21..=0x7e, 0x21..=0x7e] if at < 4000 => at += 2,
            _ => return None,
        }
    }
}
