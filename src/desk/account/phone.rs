//! Phone numbers: the digits that are compared and shown (domain §5.6).

use super::fold::{fold, is_dash, kanji_numerals_to_digits};
use super::text::{Entered, Wording};
use crate::desk::Lang;
use std::fmt;

/// A phone number as digits, +81 written as 0. Foreign numbers keep their `+`. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

impl Phone {
    /// Reads what was typed: any dash, spaces, brackets, full width, an extension after 内線.
    pub fn parse(text: &str) -> Result<Entered<Self, std::convert::Infallible>, PhoneError> {
        if let Some(digits) = plain(text) {
            return Ok(Entered::new(text, Self(digits), Vec::new()));
        }
        let folded = fold(text).to_lowercase();
        if folded.is_empty() {
            return Err(PhoneError::Empty);
        }
        let before_extension = ["内線", "ext", "(内"]
            .iter()
            .filter_map(|word| folded.find(word))
            .min()
            .map_or(folded.as_str(), |at| &folded[..at]);
        let bare = without_words(before_extension);
        let mut digits = String::new();
        for c in kanji_numerals_to_digits(&bare).chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => digits.push('+'),
                ' ' | '(' | ')' | '.' | '/' | ',' | 'の' | '~' | '・' | '_' => {}
                c if is_dash(c) => {}
                _ => return Err(PhoneError::NotANumber),
            }
        }
        if let Some(rest) = digits.strip_prefix("+81") {
            digits = format!("0{}", rest.trim_start_matches('0'));
        } else if let Some(rest) = digits.strip_prefix("0081") {
            digits = format!("0{}", rest.trim_start_matches('0'));
        }
        // 81-90-1234-5678 and 90-1234-5678: no number within Japan begins so, and the sheet that it came from ate a sign.
        if let (Some(rest), 11..=12) = (digits.strip_prefix("81"), digits.len()) {
            digits = format!("0{rest}");
        } else if digits.len() == 10 && ["70", "80", "90"].iter().any(|head| digits.starts_with(head)) {
            digits.insert(0, '0');
        }
        let length = digits.trim_start_matches('+').len();
        if digits.starts_with('0') && !(10..=11).contains(&length) || !(7..=15).contains(&length) {
            return Err(PhoneError::WrongLength);
        }
        Ok(Entered::new(text, Self(digits), Vec::new()))
    }

    /// The digits, for storing, comparing and showing to those who may see them.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// 携帯:090-…, ☎090-…, 03-…(代表), 090-…です: words around the number.
fn without_words(text: &str) -> String {
    let mut bare = text.to_owned();
    for word in [
        "携帯電話番号",
        "電話番号",
        "携帯電話",
        "携帯",
        "電話",
        "mobile",
        "phone",
        "tel",
        "☎",
        "📞",
        "📱",
        "(代表)",
        "(代)",
        "(夜間)",
        "(日中)",
        "(自宅)",
        "(勤務先)",
        "(職場)",
        "()",
        "です",
        "番号",
    ] {
        if bare.contains(word) {
            bare = bare.replace(word, " ");
        }
    }
    bare.trim_matches([':', '.', ' ', '。']).to_owned()
}

/// 090-1234-5678, as most are typed.
fn plain(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_plain = digits.starts_with('0')
        && !digits.starts_with("0081")
        && (10..=11).contains(&digits.len())
        && text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    is_plain.then_some(digits)
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(***)")
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was typed.
    #[error("no phone number was given")]
    Empty,
    /// Something other than digits.
    #[error("the phone number is not made of digits")]
    NotANumber,
    /// Too short or too long.
    #[error("the phone number has a wrong length")]
    WrongLength,
}

impl Wording for PhoneError {
    fn wording(&self, lang: Lang) -> String {
        let (ja, en) = match self {
            Self::Empty => ("電話番号を入力してください。", "Enter your phone number."),
            Self::NotANumber => (
                "電話番号を数字で入力してください。例: 090-1234-5678",
                "Enter the phone number in digits. Example: 090-1234-5678",
            ),
            Self::WrongLength => (
                "電話番号の桁数をご確認ください。市外局番から入力してください。",
                "Check the length of the phone number and include the area code.",
            ),
        };
        lang.t(ja, en).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_read_in_every_notation() {
        for text in [
            "090-1234-5678",
            "０９０－１２３４－５６７８",
            "090ー1234ー5678",
            "(090)1234-5678",
            "+81 90-1234-5678",
            "+81-(0)90-1234-5678",
            "09012345678",
            "090−1234–5678",
            "TEL: 090 1234 5678",
            "090-1234-5678 内線12",
            "☎090-1234-5678",
            "携帯：090-1234-5678",
            "090-1234-5678（携帯）",
            "090-1234-5678です",
            "81-90-1234-5678",
            "90-1234-5678",
            "090_1234_5678",
            "Mobile: 090-1234-5678",
        ] {
            assert_eq!(Phone::parse(text).map(|entered| entered.value.0).unwrap_or_default(), "09012345678", "{text}");
        }
        assert_eq!(Phone::parse("+1 202 555 0100").map(|entered| entered.value.0).unwrap_or_default(), "+12025550100");
        for (text, error) in [
            ("", PhoneError::Empty),
            ("なし", PhoneError::NotANumber),
            ("1234", PhoneError::WrongLength),
            ("090123456789", PhoneError::WrongLength),
        ] {
            assert_eq!(Phone::parse(text).map(|entered| entered.value).unwrap_err(), error, "{text}");
        }
    }
}
