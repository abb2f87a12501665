//! Folding with a way back: every folded character knows its bytes in the original.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character is for the tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Letters and digits outside the Japanese scripts.
    Latin,
    /// Hiragana and katakana with the long mark.
    Kana,
    /// Kanji with 々 and the extension planes.
    Kanji,
    /// Space, punctuation, symbols.
    Other,
}

/// A character after folding and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldedChar {
    /// The folded character: NFKC, lower case, katakana.
    pub ch: char,
    /// First byte of the original cluster. Several folded characters may share a cluster (㈱ is `(株)`).
    pub start: usize,
    /// One past the last byte of the original cluster.
    pub end: usize,
    /// What it is.
    pub script: Script,
    /// It was written in hiragana, which the katakana in `ch` no longer shows.
    pub hiragana: bool,
}

/// The folded text: NFKC, lower case, hiragana as katakana.
///
/// Equal results mean "the same word typed differently"; use it for columns and keys that are searched.
pub fn fold(text: &str) -> String {
    fold_chars(text).into_iter().map(|c| c.ch).collect()
}

/// Folds `text` and keeps for each folded character the byte range of the cluster it came from.
///
/// A cluster is one character with the combining or half-width voiced marks that follow it (ｶﾞ, か゛ decomposed),
/// so `text[c.start..c.end]` is always a whole number of characters.
pub fn fold_chars(text: &str) -> Vec<FoldedChar> {
    let mut folded = Vec::with_capacity(text.len() / 2);
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, _)) = rest.next_if(|(_, next)| joins_previous(*next)) {
            end = rest.peek().map_or(text.len(), |(next, _)| *next);
            debug_assert!(at < end, "a mark has bytes");
        }
        if first.is_ascii() && end == start + 1 {
            push(&mut folded, first.to_ascii_lowercase(), start, end);
        } else {
            for ch in text[start..end].nfkc().flat_map(char::to_lowercase) {
                push(&mut folded, ch, start, end);
            }
        }
    }
    folded
}

/// Marks that belong to the character before them.
fn joins_previous(ch: char) -> bool {
    matches!(ch, '\u{ff9e}' | '\u{ff9f}' | '\u{3099}' | '\u{309a}') || (!ch.is_ascii() && is_combining_mark(ch))
}

fn push(folded: &mut Vec<FoldedChar>, ch: char, start: usize, end: usize) {
    let hiragana = matches!(ch, '\u{3041}'..='\u{3096}' | '\u{309d}' | '\u{309e}');
    let ch = match ch {
        // Hiragana lies 0x60 below katakana in Unicode.
        _ if hiragana => char::from_u32(ch as u32 + 0x60).unwrap_or(ch),
        // 〆切 and 締切 are one word.
        '〆' => '締',
        _ => ch,
    };
    folded.push(FoldedChar { ch, start, end, script: script(ch), hiragana });
}

fn script(ch: char) -> Script {
    match ch {
        '\u{30fb}' => Script::Other,
        '\u{3041}'..='\u{309f}' | '\u{30a0}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Script::Kana,
        '々'
        | '〇'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Script::Kanji,
        _ if ch.is_alphanumeric() => Script::Latin,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_kana_fold_to_one_spelling() {
        assert_eq!(fold("ﾛｸﾞｲﾝ"), fold("ろぐいん"));
        assert_eq!(fold("ＩＤ１０ＭＢ"), "id10mb");
        assert_eq!(fold("①㈱"), "1(株)");
        assert_eq!(fold("〆切"), fold("締切"));
    }

    #[test]
    fn every_folded_character_points_at_whole_original_characters() {
        for text in ["ｶﾞｿﾞｳ", "㈱①の㍻", "か\u{3099}そ\u{3099}う", "e\u{301}a", "𠮷野家ｰ", "İstanbul", "ﾞ先頭", ""]
        {
            for c in fold_chars(text) {
                assert!(text.get(c.start..c.end).is_some_and(|part| !part.is_empty()), "{text:?} {c:?}");
            }
        }
    }

    #[test]
    fn a_half_width_voiced_kana_is_one_character_of_six_bytes() {
        let folded = fold_chars("ｶﾞ");
        assert_eq!(folded.len(), 1);
        assert_eq!((folded[0].ch, folded[0].start, folded[0].end), ('ガ', 0, 6));
    }
}
