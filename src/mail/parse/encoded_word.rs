//! Encoded words (RFC 2047), with what senders make of them: words cut inside a character or inside a JIS shift state,
//! blanks inside, words glued to text or standing in quotes, a language suffix (RFC 2231 §5), a missing end.

use super::{charset, transfer};

/// RFC 2047 §2 allows 75 bytes a word; whole subjects in one word are common. The bound keeps hostile headers linear.
const MAX_WORD: usize = 4096;

struct Word<'a> {
    charset: &'a str,
    base64: bool,
    text: &'a str,
}

/// Undoes every encoded word in `value`. Neighbouring words of one charset are joined as bytes before they are
/// decoded, because many senders cut inside a character.
pub fn decode_text(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut run = Run::default();
    let mut rest = value;
    loop {
        let Some(at) = rest.find("=?") else {
            run.flush(&mut out);
            out.push_str(rest);
            return out;
        };
        let (before, from) = rest.split_at(at);
        match word_at(from) {
            Some((word, length)) => {
                let glued = run.is_open() && before.trim_matches([' ', '\t']).is_empty();
                if !glued {
                    run.flush(&mut out);
                    out.push_str(before);
                }
                run.push(&word, &mut out);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                run.flush(&mut out);
                out.push_str(before);
                out.push_str("=?");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
}

/// How many encoded words the value may hold, for the bound on bombs.
pub fn count(value: &[u8]) -> usize {
    value.windows(2).filter(|pair| *pair == b"=?").count()
}

/// Reads one word at the start of `from` and tells its length.
fn word_at(from: &str) -> Option<(Word<'_>, usize)> {
    let body = from.strip_prefix("=?")?;
    let (charset, after) = body.split_once('?')?;
    if charset.len() > 60 || charset.contains(|c: char| c.is_whitespace() || c == '=') {
        return None;
    }
    let mut letters = after.chars();
    let base64 = match letters.next()? {
        'B' | 'b' => true,
        'Q' | 'q' => false,
        _ => return None,
    };
    let text = letters.as_str().strip_prefix('?')?;
    let start = from.len() - text.len();
    let text = text.get(..text.floor_char_boundary(MAX_WORD)).unwrap_or(text);
    // `?=` inside Q text only ends the word when no hex digits follow: "?=3D" would be a question mark left raw.
    let end = text
        .match_indices("?=")
        .map(|(at, _)| at)
        .find(|&at| base64 || !followed_by_hex(text.get(at + 2..).unwrap_or_default()))
        .or_else(|| text.find("?="));
    let (text, length) = match end {
        Some(end) => (text.get(..end)?, start + end + 2),
        // Cut off at the end of the line: take what is there.
        None if !text.is_empty() && !text.contains("=?") && text.len() < 500 => {
            let length = start + text.len();
            let text = text.trim_end_matches('?');
            if base64 && !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
                return None;
            }
            (text, length)
        }
        None => return None,
    };
    let charset = charset.split('*').next().unwrap_or_default();
    Some((Word { charset, base64, text }, length))
}

fn followed_by_hex(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    let pair = (bytes.next(), bytes.next());
    matches!(pair, (Some(a), Some(b)) if is_upper_hex(a) && is_upper_hex(b)) && rest.contains("?=")
}

fn is_upper_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'A'..=b'F')
}

/// Neighbouring words of one charset: bytes already decoded, and base64 text not yet at a multiple of four.
#[derive(Default)]
struct Run {
    charset: Option<String>,
    bytes: Vec<u8>,
    open_base64: String,
}

impl Run {
    fn is_open(&self) -> bool {
        self.charset.is_some()
    }

    fn push(&mut self, word: &Word<'_>, out: &mut String) {
        let same = self.charset.as_ref().is_some_and(|c| c.eq_ignore_ascii_case(word.charset));
        if !same {
            self.flush(out);
            self.charset = Some(word.charset.to_owned());
        }
        if word.base64 {
            self.open_base64.extend(word.text.chars().filter(|c| !c.is_whitespace()));
            if self.open_base64.len().is_multiple_of(4) || self.open_base64.ends_with('=') {
                self.close_base64();
            }
        } else {
            self.close_base64();
            self.bytes.extend(transfer::quoted_printable(word.text.as_bytes(), true));
        }
    }

    fn close_base64(&mut self) {
        if !self.open_base64.is_empty() {
            self.bytes.extend(transfer::base64(self.open_base64.as_bytes()).iter());
            self.open_base64.clear();
        }
    }

    fn flush(&mut self, out: &mut String) {
        self.close_base64();
        if let Some(charset) = self.charset.take() {
            out.push_str(&charset::decode(&charset, &self.bytes));
            self.bytes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode_text;

    #[test]
    fn words_cut_inside_a_character_are_joined_before_decoding() {
        // "山田" in UTF-8 cut after four of six bytes.
        assert_eq!(decode_text("=?UTF-8?B?5bGx5w==?= =?UTF-8?B?lLA=?="), "山田");
        assert_eq!(decode_text("=?UTF-8?Q?=E5=B1?= =?utf-8?Q?=B1=E7=94=B0?="), "山田");
    }

    #[test]
    fn blanks_between_words_go_and_blanks_before_text_stay() {
        assert_eq!(decode_text("=?utf-8?Q?a?= =?utf-8?Q?b?= c =?utf-8?Q?d?="), "ab c d");
        assert_eq!(decode_text("Re: =?utf-8?Q?a?="), "Re: a");
    }

    #[test]
    fn what_only_looks_like_a_word_stays() {
        assert_eq!(decode_text("a =? b ?= =?x?= 1=?2"), "a =? b ?= =?x?= 1=?2");
    }

    #[test]
    fn blanks_inside_a_word_and_a_missing_end_are_forgiven() {
        assert_eq!(decode_text("=?UTF-8?Q?Hello World?="), "Hello World");
        assert_eq!(decode_text("=?UTF-8?B?5bGx55Sw"), "山田");
    }
}
