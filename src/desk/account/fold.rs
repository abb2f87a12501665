//! What every parser of this room does first: one form for the many ways a keyboard writes the same sign.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// NFKC, without the signs nobody sees (zero width, byte order mark, soft hyphen, variation selectors) and with every kind
/// of white space as one ASCII space; trimmed.
///
/// A variation selector picks a glyph of the same character (葛󠄀 is 葛), so a key never needs it; the typed text keeps it.
pub(super) fn fold(text: &str) -> String {
    if is_folded(text) {
        return text.to_owned();
    }
    if text.is_ascii() {
        return text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    }
    let visible = |c: &char| !is_invisible(*c);
    let folded: String = if is_nfkc(text) {
        text.chars().filter(visible).collect()
    } else {
        text.chars().filter(visible).map(joining_mark).nfkc().filter(visible).collect()
    };
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether folding would change nothing, told from the usual signs alone: printable ASCII with single blanks inside, common
/// kanji, kana. What else there is goes the long way.
fn is_folded(text: &str) -> bool {
    let mut blank_before = true;
    for c in text.chars() {
        let usual = match c {
            ' ' if blank_before => return false,
            ' '..='~' => true,
            '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' | '々' | '\u{4E00}'..='\u{9FFF}' => true,
            _ => false,
        };
        if !usual {
            return false;
        }
        blank_before = c == ' ';
    }
    !blank_before || text.is_empty()
}

/// A voicing mark typed as a sign of its own (カ゛) joins the kana before it; NFKC would put a blank between.
fn joining_mark(c: char) -> char {
    match c {
        '\u{309B}' => '\u{3099}',
        '\u{309C}' => '\u{309A}',
        _ => c,
    }
}

/// Digits in rings, brackets or with a dot (❶ ⑴ ⒈ ⓵ 1️⃣) as plain ones: NFKC leaves brackets and dots, or does nothing.
/// For numbers and dates only.
pub(super) fn plain_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| {
        let from = |first: u32, value: u32| char::from_digit(u32::from(c) - first + value, 10).unwrap_or(c);
        match c {
            '\u{2474}'..='\u{247C}' => from(0x2474, 1),
            '\u{2488}'..='\u{2490}' => from(0x2488, 1),
            '\u{24F5}'..='\u{24FD}' => from(0x24F5, 1),
            '\u{2776}'..='\u{277E}' => from(0x2776, 1),
            '\u{2780}'..='\u{2788}' => from(0x2780, 1),
            '\u{278A}'..='\u{2792}' => from(0x278A, 1),
            '\u{24FF}' | '\u{1F10B}' | '\u{1F10C}' => '0',
            // Arabic-Indic digits, as some keyboards give them.
            '\u{0660}'..='\u{0669}' => from(0x0660, 0),
            '\u{06F0}'..='\u{06F9}' => from(0x06F0, 0),
            _ => c,
        }
    };
    Cow::Owned(text.chars().filter(|c| *c != '\u{20E3}').map(plain).collect())
}

/// Signs that carry nothing of a name, a number or an address.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}')
        || (c.is_control() && !c.is_whitespace())
}

/// The dashes people put between digits; NFKC folds only two of them. ー counts as well: between digits it is a dash typed
/// with the kana input on. Never used on kana.
pub(super) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{30FC}'
                | '\u{FF70}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{FE63}'
                | '\u{FF0D}'
    )
}

/// Replaces each run of kanji numerals by ASCII digits: 一二三 → 123, 三十一 → 31, 12万3456 → 123456, 二〇〇一 → 2001.
pub(super) fn kanji_numerals_to_digits(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<char> = Vec::new();
    for c in text.chars() {
        if c.is_ascii_digit() || kanji_digit(c).is_some() || kanji_unit(c).is_some() {
            run.push(c);
        } else {
            push_run(&mut out, &mut run);
            out.push(c);
        }
    }
    push_run(&mut out, &mut run);
    out
}

fn push_run(out: &mut String, run: &mut Vec<char>) {
    if run.iter().any(|c| kanji_unit(*c).is_some()) {
        out.push_str(&value_with_units(run).to_string());
    } else {
        out.extend(run.iter().map(|c| kanji_digit(*c).map_or(*c, |digit| char::from(b'0' + digit))));
    }
    run.clear();
}

/// 十 百 千 within 万: 十二万三千四百五十六. Saturates: such a long number is refused later by its range.
fn value_with_units(run: &[char]) -> u64 {
    let (mut total, mut section, mut digits) = (0u64, 0u64, None::<u64>);
    for &c in run {
        if let Some(unit) = kanji_unit(c) {
            match unit {
                20 | 30 => section = section.saturating_add(unit),
                10_000 => {
                    let of = section.saturating_add(digits.take().unwrap_or(0)).max(1);
                    total = total.saturating_add(of.saturating_mul(unit));
                    section = 0;
                }
                _ => section = section.saturating_add(digits.take().unwrap_or(1).saturating_mul(unit)),
            }
        } else {
            let digit = kanji_digit(c).map_or_else(|| u64::from(c.to_digit(10).unwrap_or(0)), u64::from);
            digits = Some(digits.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        }
    }
    total.saturating_add(section).saturating_add(digits.unwrap_or(0))
}

fn kanji_digit(c: char) -> Option<u8> {
    Some(match c {
        '〇' | '零' | '○' | '◯' | '⚪' => 0,
        '一' | '壱' | '壹' => 1,
        '二' | '弐' | '貳' => 2,
        '三' | '参' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陸' => 6,
        '七' | '漆' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn kanji_unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '廿' => 20,
        '卅' => 30,
        '百' | '陌' => 100,
        '千' | '阡' => 1_000,
        '万' | '萬' => 10_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::{fold, is_folded, is_invisible, kanji_numerals_to_digits, plain_digits};

    #[test]
    fn folding_drops_what_nobody_sees_and_keeps_the_rest() {
        assert_eq!(fold("\u{FEFF}１２３\u{200B}\u{3000}４５ "), "123 45");
        assert_eq!(fold("葛\u{E0100}城"), "葛城");
        assert_eq!(fold("ｻｲﾄｳ"), "サイトウ");
        assert_eq!(fold("ヤマタ゛ カ\u{3099}"), "ヤマダ ガ");
        assert_eq!(fold(&plain_digits("❶⑵⒊⓸5\u{FE0F}\u{20E3}⓿")), "123450");
    }

    #[test]
    fn what_needs_no_folding_is_what_folding_leaves_alone() {
        for c in (0..=0xFFFF).filter_map(char::from_u32) {
            for text in [format!("{c}"), format!("山{c}田"), format!("a{c} b")] {
                if is_folded(&text) {
                    let long: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
                    assert_eq!(long.split_whitespace().collect::<Vec<_>>().join(" "), text, "U+{:04X}", u32::from(c));
                }
            }
        }
        assert!(["", "山田 太郎", "taro@example.jp"].into_iter().all(is_folded));
        assert!(![" ", " a", "a ", "a  b", "ａ", "ｱ"].into_iter().any(is_folded));
    }

    #[test]
    fn kanji_numerals_are_read_by_place_and_by_unit() {
        for (text, digits) in [
            ("一二三四五六", "123456"),
            ("十二万三千四百五十六", "123456"),
            ("12万3456", "123456"),
            ("二〇〇一年十二月三十一日", "2001年12月31日"),
            ("平成八年四月廿九日", "平成8年4月29日"),
            ("千九百九十六", "1996"),
        ] {
            assert_eq!(kanji_numerals_to_digits(text), digits, "{text}");
        }
    }
}
