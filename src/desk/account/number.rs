//! 医籍登録番号: the number of a doctor in the national register, as people type it.

use super::fold::{fold, is_dash, kanji_numerals_to_digits, plain_digits};
use super::text::{Entered, Wording};
use crate::desk::Lang;
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// A registration number: a whole number from 1 to 9,999,999, without leading zeros.
///
/// Today's numbers have six digits and older ones fewer; no check digit and no official rule of length is known, so the
/// range is wide and nothing here says that a number "does not exist". Prints masked; [`RegistrationNumber::value`] is the
/// deliberate way to the digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationNumber(u32);

impl RegistrationNumber {
    /// The smallest number.
    pub const SMALLEST: Self = Self(1);
    /// The largest number taken.
    pub const MAX: i64 = 9_999_999;

    /// From a number already known to be one (a database row, a test). `None` outside 1–9,999,999.
    pub fn new(value: i64) -> Option<Self> {
        u32::try_from(value).ok().filter(|number| (1..=9_999_999).contains(number)).map(Self)
    }

    /// The number itself, for storing, comparing and showing to those who may see it.
    pub fn value(self) -> i64 {
        i64::from(self.0)
    }

    /// Reads what a person typed: 第…号, full width, spaces, dashes, commas, leading zeros, kanji numerals.
    pub fn parse(text: &str) -> Result<Entered<Self, NumberNote>, NumberError> {
        if let (1..=6, true) = (text.len(), text.bytes().all(|c| c.is_ascii_digit()))
            && let Some(number) = text.parse().ok().and_then(Self::new)
        {
            return Ok(Entered::new(text, number, Vec::new()));
        }
        let folded = fold(&plain_digits(text));
        if folded.is_empty() {
            return Err(NumberError::Empty);
        }
        if is_insurance_number(&folded) {
            return Err(NumberError::LooksLikeInsuranceNumber);
        }
        let bare = strip_words(&without_asides(within_mark(&folded)));
        let (digits, letters_read) = digits_of(&bare).ok_or(NumberError::NotANumber)?;
        let significant = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Err(NumberError::NotANumber);
        }
        if significant.is_empty() {
            return Err(NumberError::OutOfRange);
        }
        if significant.len() > 7 {
            return Err(too_long(&digits));
        }
        let value: u32 = significant.parse().map_err(|_| NumberError::NotANumber)?;
        let mut notes = Vec::new();
        if letters_read {
            notes.push(NumberNote::LettersReadAsDigits);
        }
        if significant.len() == 7 {
            notes.push(if looks_like_era_date(significant) {
                NumberNote::LooksLikeDate
            } else {
                NumberNote::LongerThanUsual
            });
        }
        Ok(Entered::new(text, Self(value), notes))
    }

    /// Whether the digits are those of this birthdate (960409 for 9 April 1996): then the boxes were probably mixed up.
    pub fn looks_like_birthdate(self, birthdate: NaiveDate) -> bool {
        let day = birthdate.month() * 100 + birthdate.day();
        let two_digit_year = u32::try_from(birthdate.year().rem_euclid(100)).unwrap_or(0);
        self.0 == two_digit_year * 10_000 + day
    }

    /// Every number one slip away: a digit wrong, missing or too many, or two neighbours swapped. Sorted, without itself.
    pub fn one_slip_away(self) -> Vec<Self> {
        let mut out = Vec::with_capacity(140);
        for_each_slip(self.0, |number| out.push(Self(number)));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether the two numbers are one slip apart (see [`Self::one_slip_away`]). Equal numbers are not.
    pub fn is_one_slip_from(self, other: Self) -> bool {
        one_slip_apart(self.0, other.0)
    }
}

impl fmt::Debug for RegistrationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistrationNumber(******)")
    }
}

impl fmt::Display for RegistrationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// Calls `visit` with each number one slip away (some may come twice).
pub(super) fn for_each_slip(number: u32, mut visit: impl FnMut(u32)) {
    let mut give = |candidate: u32| {
        if candidate != number && (1..=9_999_999).contains(&candidate) {
            visit(candidate);
        }
    };
    let mut place = 1u32;
    while place <= number {
        let (above, digit, below) = (number / (place * 10), number / place % 10, number % place);
        for other in 0..10 {
            give(above * place * 10 + other * place + below);
        }
        give(above * place + below);
        let next = above % 10;
        if place <= number / 10 {
            let rest = above / 10;
            give(rest * place * 100 + digit * place * 10 + next * place + below);
        }
        place *= 10;
    }
    if number <= 999_999 {
        let mut at = 1u32;
        while at <= number * 10 {
            let (above, below) = (number / at, number % at);
            for digit in 0..10 {
                give(above * at * 10 + digit * at + below);
            }
            at *= 10;
        }
    }
}

fn one_slip_apart(a: u32, b: u32) -> bool {
    if a == b {
        return false;
    }
    let (mut left, mut right) = ([0u8; 8], [0u8; 8]);
    let (m, n) = (write_digits(a, &mut left), write_digits(b, &mut right));
    let (left, right) = (&left[..m], &right[..n]);
    let same_head = left.iter().zip(right).take_while(|(x, y)| x == y).count();
    let same_tail =
        left[same_head..].iter().rev().zip(right[same_head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (rest_left, rest_right) = (&left[same_head..m - same_tail], &right[same_head..n - same_tail]);
    match (rest_left, rest_right) {
        ([_], [_] | []) | ([], [_]) => true,
        ([p, q], [r, s]) => p == s && q == r,
        _ => false,
    }
}

/// Writes the decimal digits, lowest first, and returns how many there are.
fn write_digits(mut number: u32, into: &mut [u8; 8]) -> usize {
    let mut length = 0;
    while number > 0 && length < into.len() {
        into[length] = u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        length += 1;
    }
    length
}

/// Words people write around the number, longest first.
const WORDS: [&str; 33] = [
    "よろしくお願いいたします",
    "よろしくお願いします",
    "医師籍登録番号",
    "私の",
    "です。",
    "医師免許証登録番号",
    "医師免許登録番号",
    "医師免許証番号",
    "医師免許番号",
    "免許証登録番号",
    "免許証番号",
    "免許番号",
    "医師免許証",
    "医師免許",
    "医籍登録番号",
    "医籍番号",
    "登録番号",
    "医籍登録",
    "医師登録番号",
    "医籍",
    "registration number",
    "registration no",
    "reg. no",
    "reg.no",
    "reg no",
    "番号",
    "number",
    "です",
    "は",
    "第",
    "号",
    "號",
    "番",
];

/// What stands between 第 and 号, when both are there: a date of registration may follow.
fn within_mark(folded: &str) -> &str {
    let inside = folded.split_once('第').and_then(|(_, rest)| rest.split_once('号')).map(|(inside, _)| inside.trim());
    inside.filter(|inside| !inside.is_empty()).unwrap_or(folded)
}

/// 512345(令和2年登録), 512345(旧): what stands in brackets behind a number is a remark.
fn without_asides(text: &str) -> std::borrow::Cow<'_, str> {
    let Some((before, rest)) = text.split_once('(') else { return text.into() };
    let has_digits =
        |part: &str| part.contains(|c: char| c.is_ascii_digit() || "〇一二三四五六七八九十百千万".contains(c));
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    if has_digits(before) && !has_digits(after) { format!("{before} {after}").into() } else { text.into() }
}

/// 123456.0 and 1.23456E+05: how a spreadsheet writes a number. `None` when it is no such thing.
fn of_spreadsheet(text: &str) -> Option<String> {
    let text = text.trim_start_matches('=').trim_matches('"');
    if let Some((whole, zeros)) = text.split_once('.')
        && !whole.is_empty()
        && !zeros.is_empty()
        && zeros.bytes().all(|c| c == b'0')
        && zeros.len() < 3
        && whole.bytes().all(|c| c.is_ascii_digit())
    {
        return Some(whole.to_owned());
    }
    let (mantissa, exponent) = text.split_once("e+").or_else(|| text.split_once('e'))?;
    let exponent: usize = exponent.parse().ok().filter(|exponent| *exponent < 8)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    (whole.len() == 1 && digits(whole) && digits(fraction) && fraction.len() <= exponent)
        .then(|| format!("{whole}{fraction:0<exponent$}"))
}

fn strip_words(folded: &str) -> String {
    let mut text = folded.to_lowercase();
    for word in WORDS {
        if text.contains(word) {
            text = text.replace(word, " ");
        }
    }
    let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '○' && c != '◯');
    let bare = ["no", "nr", "id"].iter().find_map(|label| trimmed.strip_prefix(label)).unwrap_or(trimmed);
    let bare = bare.trim_start_matches(['.', ':', '#', '=', ' ']);
    of_spreadsheet(bare).unwrap_or_else(|| bare.to_owned())
}

/// The digits without what people put between them. The letters O, I and l beside digits are slips of the eye.
fn digits_of(bare: &str) -> Option<(String, bool)> {
    let ascii = kanji_numerals_to_digits(bare);
    let mut digits = String::with_capacity(ascii.len());
    let mut letters = false;
    for c in ascii.chars() {
        match c {
            '0'..='9' => digits.push(c),
            'o' => {
                digits.push('0');
                letters = true;
            }
            'i' | 'l' => {
                digits.push('1');
                letters = true;
            }
            ' ' | ',' | '.' | '、' | '。' | '·' | '・' | '\'' | '_' => {}
            c if is_dash(c) => {}
            _ => return None,
        }
    }
    let read_by_letters_alone = letters && !ascii.chars().any(|c| c.is_ascii_digit());
    (!read_by_letters_alone).then_some((digits, letters))
}

/// 保険医登録番号 stand as 東医12345, 大医 123456: a prefecture's sign, 医, then digits.
fn is_insurance_number(folded: &str) -> bool {
    let mut chars = folded.chars();
    match (chars.next(), chars.next()) {
        (Some(prefecture), Some('医')) if !prefecture.is_ascii() => {
            chars.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, ' ' | '第'))
        }
        _ => folded.contains("保険医"),
    }
}

fn too_long(digits: &str) -> NumberError {
    let is_date = digits.len() == 8
        && NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|date| (1900..2100).contains(&date.year()));
    if is_date {
        NumberError::LooksLikeDate
    } else if matches!(digits.len(), 10 | 11) && digits.starts_with('0') {
        NumberError::LooksLikePhone
    } else {
        NumberError::OutOfRange
    }
}

/// 4080409: era code, year, month, day, as some public forms write birthdates.
fn looks_like_era_date(seven: &str) -> bool {
    let part = |range: std::ops::Range<usize>| seven.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    (1..=5).contains(&part(0..1))
        && (1..=64).contains(&part(1..3))
        && (1..=12).contains(&part(3..5))
        && (1..=31).contains(&part(5..7))
}

/// Why a text is not a registration number. Each has a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing was typed.
    #[error("no registration number was given")]
    Empty,
    /// Something other than digits.
    #[error("the registration number is not made of digits")]
    NotANumber,
    /// Zero, or more than seven digits.
    #[error("the registration number is not between 1 and 9,999,999")]
    OutOfRange,
    /// Eight digits that are a date.
    #[error("the registration number looks like a date")]
    LooksLikeDate,
    /// Ten or eleven digits from 0.
    #[error("the registration number looks like a phone number")]
    LooksLikePhone,
    /// 東医12345.
    #[error("the registration number looks like an insurance doctor's number (保険医登録番号)")]
    LooksLikeInsuranceNumber,
}

impl Wording for NumberError {
    fn wording(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::Empty => ("医籍登録番号を入力してください。", "Enter your medical registration number."),
            Self::NotANumber => (
                "医籍登録番号を数字で入力してください。医師免許証の「第…号」の番号です。",
                "Enter the registration number in digits. It is the number after 第 on your licence.",
            ),
            Self::OutOfRange => (
                "医籍登録番号は7桁までの数字です。医師免許証の「第…号」の番号をご確認ください。",
                "The registration number has at most seven digits. Check the number after 第 on your licence.",
            ),
            Self::LooksLikeDate => (
                "日付のように見えます。医籍登録番号(医師免許証の「第…号」の番号)を入力してください。",
                "This looks like a date. Enter the registration number (after 第 on your licence).",
            ),
            Self::LooksLikePhone => (
                "電話番号のように見えます。医籍登録番号(医師免許証の「第…号」の番号)を入力してください。",
                "This looks like a phone number. Enter the registration number (after 第 on your licence).",
            ),
            Self::LooksLikeInsuranceNumber => (
                "保険医登録番号のように見えます。医籍登録番号(医師免許証の「第…号」の番号)を入力してください。",
                "This looks like an insurance doctor's number. Enter the registration number (after 第 on your licence).",
            ),
        };
        lang.t(ja, en).to_owned()
    }
}

/// What the confirmation page should point at, though the number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberNote {
    /// O, I or l stood among the digits.
    LettersReadAsDigits,
    /// Seven digits that are an era code and a date.
    LooksLikeDate,
    /// Seven digits: longer than any number given out so far.
    LongerThanUsual,
}

impl Wording for NumberNote {
    fn wording(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::LettersReadAsDigits => (
                "英字を数字として読み取りました。番号をご確認ください。",
                "Letters were read as digits. Check the number.",
            ),
            Self::LooksLikeDate => (
                "生年月日のようにも見えます。番号をご確認ください。",
                "This also looks like a birthdate. Check the number.",
            ),
            Self::LongerThanUsual => (
                "医籍登録番号は通常6桁以下です。会員番号などほかの番号でないかご確認ください。",
                "Registration numbers usually have up to six digits. Check that this is not a membership number.",
            ),
        };
        lang.t(ja, en).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> i64 {
        RegistrationNumber::parse(text)
            .map(|entered| entered.value.value())
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_number_is_read_in_every_notation_people_type() {
        for text in [
            "123456",
            "１２３４５６",
            "第123456号",
            "第１２３４５６号",
            "第 123456 号",
            "123,456",
            "１２３，４５６",
            "123-456",
            "123ー456",
            "123−456",
            "123 456",
            "0123456",
            "00123456",
            "No.123456",
            "Ｎｏ．１２３４５６",
            "№123456",
            "#123456",
            "医籍登録番号:123456",
            "医籍第123456号",
            "医籍登録番号 第123456号です。",
            "一二三四五六",
            "123456（令和2年登録）",
            "１２３４５６号（旧）",
            "第123456號",
            "免許番号123456",
            "医師免許証番号123456",
            "ID 123456",
            "123456番です。よろしくお願いします",
            "私の番号は123456です",
            "十二万三千四百五十六",
            "12万3456",
            "第一二三四五六号",
            "壱弐参四五六",
            "123456番",
            "\u{FEFF}123456\u{200B}",
            "「123456」",
            "(123456)",
            "123456号",
            " 123456 ",
            "１２３－４５６",
            "①②③④⑤⑥",
            "123.456",
            "登録番号123456",
            "l23456",
            "⑴⑵⑶⑷⑸⑹",
            "❶❷❸❹❺❻",
            "⒈⒉⒊⒋⒌⒍",
            "123456.0",
            "1.23456E+05",
            "=\"123456\"",
            "'123456",
            "第123456号(平成20年4月1日登録)",
            "医籍登録番号は123456です。",
            "Reg. No. 123456",
            "reg.no. 123456",
            "医師免許123456",
            "第\n123456\n号",
            "１ ２ ３ ４ ５ ６",
            "𝟏𝟐𝟑𝟒𝟓𝟔",
            "\t123456\r\n",
        ] {
            assert_eq!(read(text), 123_456, "{text}");
        }
    }

    #[test]
    fn what_is_another_number_is_named_as_such() {
        for (text, error) in [
            ("", NumberError::Empty),
            ("　", NumberError::Empty),
            ("わかりません", NumberError::NotANumber),
            ("no", NumberError::NotANumber),
            ("0", NumberError::OutOfRange),
            ("123456789", NumberError::OutOfRange),
            ("19960409", NumberError::LooksLikeDate),
            ("090-1234-5678", NumberError::LooksLikePhone),
            ("東医12345", NumberError::LooksLikeInsuranceNumber),
            ("123456/234567", NumberError::NotANumber),
            ("oil", NumberError::NotANumber),
        ] {
            assert_eq!(RegistrationNumber::parse(text).map(|entered| entered.value).unwrap_err(), error, "{text}");
        }
        let notes = |text: &str| RegistrationNumber::parse(text).map(|entered| entered.notes).unwrap_or_default();
        assert_eq!(notes("4080409"), [NumberNote::LooksLikeDate]);
        assert_eq!(notes("9999999"), [NumberNote::LongerThanUsual]);
        assert!(
            NaiveDate::from_ymd_opt(1996, 4, 9)
                .is_some_and(|date| RegistrationNumber(960_409).looks_like_birthdate(date))
        );
    }

    #[test]
    fn numbers_one_slip_away_are_those_at_distance_one() {
        let numbers = [1u32, 9, 10, 99, 100, 12_345, 100_000, 123_456, 999_999, 1_234_567, 9_999_999];
        for number in numbers {
            let near = RegistrationNumber(number).one_slip_away();
            assert!(
                near.iter().all(|other| RegistrationNumber(number).is_one_slip_from(*other)),
                "{number}: {:?}",
                near.iter().map(|n| n.0).collect::<Vec<_>>()
            );
            assert!(!near.contains(&RegistrationNumber(number)));
        }
        let has = |of: u32, other: u32| RegistrationNumber(of).one_slip_away().contains(&RegistrationNumber(other));
        assert!(
            has(123_456, 123_465)
                && has(123_456, 12_345)
                && has(123_456, 1_234_567)
                && has(123_456, 923_456)
                && has(123_456, 213_456)
                && has(123_456, 23_456)
        );
        assert!(!has(123_456, 123_654) && !has(123_456, 123_478));
        assert!(!RegistrationNumber(123_456).is_one_slip_from(RegistrationNumber(123_456)));
    }

    #[test]
    fn a_number_never_prints_its_digits() {
        let number = RegistrationNumber(123_456);
        assert!(!format!("{number} {number:?}").contains("123"));
    }
}
