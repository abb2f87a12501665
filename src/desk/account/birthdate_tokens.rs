//! The words a birthdate is made of: a text becomes numbers, 年月日, an era, a month's name. What they mean together is
//! decided in `birthdate_parse`.

use std::borrow::Cow;

use super::birthdate::DatePart;
use super::era::Era;
use super::fold::{fold, is_dash, kanji_numerals_to_digits, plain_digits};

/// One spelling for what may surround or join the parts: lower case, digits for kanji numerals, no label, no time of day.
pub(super) fn prepare(text: &str) -> String {
    let mut text = fold(&plain_digits(text)).to_lowercase();
    for (from, to) in [
        ("生年月日", " "),
        ("誕生日", " "),
        ("生まれ", " "),
        ("うまれ", " "),
        ("date of birth", " "),
        ("birthdate", " "),
        ("birthday", " "),
        ("d.o.b.", " "),
        ("dob", " "),
        ("born", " "),
        ("西暦", " "),
        ("です", " "),
        ("ō", "o"),
        ("しょうわ", "昭和"),
        ("ショウワ", "昭和"),
        ("へいせい", "平成"),
        ("ヘイセイ", "平成"),
        ("れいわ", "令和"),
        ("レイワ", "令和"),
        ("たいしょう", "大正"),
        ("めいじ", "明治"),
        ("ねん", "年"),
        ("がつ", "月"),
        ("にち", "日"),
        ("[", "("),
        ("]", ")"),
        ("〔", "("),
        ("〕", ")"),
        ("【", "("),
        ("】", ")"),
        ("「", " "),
        ("」", " "),
        ("元年", "1年"),
    ] {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    let text = kanji_numerals_to_digits(&text);
    let text = text.trim_start_matches([':', ' ', '\'']);
    let text = without_age_and_weekday(without_time_of_day(text));
    text.trim_end_matches([' ', '.', '。', '、', '・', '生', '男', '女']).to_owned()
}

/// 1996/4/9 満30歳, 4月9日火曜日: what people write behind a date. In brackets it is left to the reader of asides.
fn without_age_and_weekday(text: &str) -> Cow<'_, str> {
    if !text.contains(['歳', '才', '曜']) || text.contains('(') {
        return Cow::Borrowed(text);
    }
    let mut out = text.to_owned();
    for mark in ["曜日", "曜"] {
        while let Some(at) = out.find(mark) {
            let start = out[..at].char_indices().next_back().map_or(at, |(start, _)| start);
            out.replace_range(start..at + mark.len(), " ");
        }
    }
    for mark in ['歳', '才'] {
        if let Some(at) = out.find(mark) {
            let head = out[..at].trim_end_matches(|c: char| c.is_ascii_digit());
            if head.len() < at && head.ends_with([' ', '満', '、', '・', '日', '生']) {
                out.replace_range(head.trim_end_matches('満').len()..at + mark.len_utf8(), " ");
            }
        }
    }
    Cow::Owned(out)
}

/// `1996/04/09 0:00:00` and `1996-04-09T00:00:00Z`: what spreadsheets and systems add.
fn without_time_of_day(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let head = &text[..colon];
    let hour = head.trim_end_matches(|c: char| c.is_ascii_digit());
    if hour.len() == head.len() || !hour.ends_with([' ', 't']) {
        return text;
    }
    hour.trim_end_matches([' ', 't'])
}

#[derive(Clone, Copy)]
pub(super) struct Number {
    pub value: u32,
    /// How many digits were typed: 04 is 2 long.
    pub length: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Token {
    Number(Number),
    Unit(DatePart),
    Era(Era),
    Month(u32),
}

/// Longest spellings first, so that 平成 is not read as 平.
const ERA_WORDS: [(&str, Era); 17] = [
    ("明治", Era::Meiji),
    ("大正", Era::Taisho),
    ("昭和", Era::Showa),
    ("平成", Era::Heisei),
    ("令和", Era::Reiwa),
    ("明", Era::Meiji),
    ("大", Era::Taisho),
    ("昭", Era::Showa),
    ("平", Era::Heisei),
    ("令", Era::Reiwa),
    ("meiji", Era::Meiji),
    ("taisho", Era::Taisho),
    ("showa", Era::Showa),
    ("shouwa", Era::Showa),
    ("syowa", Era::Showa),
    ("heisei", Era::Heisei),
    ("reiwa", Era::Reiwa),
];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTH_TAILS: [&str; 14] =
    ["", "uary", "ruary", "ch", "il", "e", "y", "ust", "t", "tember", "ober", "ember", "t.", "."];

/// `None` when something stands there that belongs to no date.
pub(super) fn tokens_of(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            tokens.push(Token::Number(Number { value: rest[..end].parse().ok()?, length: end }));
            rest = &rest[end..];
        } else if c.is_ascii_alphabetic() {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            push_word(&mut tokens, &rest[..end])?;
            rest = &rest[end..];
        } else if let Some((word, era)) = ERA_WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            tokens.push(Token::Era(*era));
            rest = &rest[word.len()..];
            if let Some(after) = rest.trim_start_matches([' ', '.']).strip_prefix('元') {
                tokens.push(Token::Number(Number { value: 1, length: 1 }));
                rest = after;
            }
        } else {
            match c {
                '年' => tokens.push(Token::Unit(DatePart::Year)),
                '月' => tokens.push(Token::Unit(DatePart::Month)),
                '日' => tokens.push(Token::Unit(DatePart::Day)),
                '元' if matches!(tokens.last(), Some(Token::Era(_))) => {
                    tokens.push(Token::Number(Number { value: 1, length: 1 }))
                }
                ' ' | '/' | '.' | ',' | '、' | '。' | '・' | '_' | '\'' | '’' | '‘' | '`' | '~' | '\\' | '¥' | '|'
                | '⁄' | '∕' => {}
                c if is_dash(c) => {}
                _ => return None,
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(tokens)
}

fn push_word(tokens: &mut Vec<Token>, word: &str) -> Option<()> {
    if let Some((_, era)) = ERA_WORDS.iter().find(|(name, _)| *name == word) {
        tokens.push(Token::Era(*era));
        return Some(());
    }
    let era = match word {
        "m" => Some(Era::Meiji),
        "t" => Some(Era::Taisho),
        "s" => Some(Era::Showa),
        "h" => Some(Era::Heisei),
        "r" => Some(Era::Reiwa),
        _ => None,
    };
    if let Some(era) = era {
        tokens.push(Token::Era(era));
        return Some(());
    }
    if let Some(month) =
        MONTHS.iter().position(|month| word.strip_prefix(month).is_some_and(|tail| MONTH_TAILS.contains(&tail)))
    {
        tokens.push(Token::Month(u32::try_from(month).ok()? + 1));
        return Some(());
    }
    let is_weekday = WEEKDAYS.iter().any(|day| {
        word.strip_prefix(day)
            .is_some_and(|tail| matches!(tail, "" | "day" | "sday" | "nesday" | "rsday" | "urday" | "s" | "rs"))
    });
    let is_filler =
        matches!(word, "st" | "nd" | "rd" | "th" | "of" | "the" | "on" | "nen" | "gatsu" | "nichi" | "ad" | "ce");
    (is_weekday || is_filler).then_some(())
}
