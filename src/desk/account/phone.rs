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
        let folded = fold(text).to_lowercase();
        if folded.is_empty() {
            return Err(PhoneError::Empty);
        }
        let before_extension = ["内線", "ext", "(内"]
            .iter()
            .filter_map(|word| folded.find(word))
            .min()
            .map_or(folded.as_str(), |at| &folded[..at]);
        let bare =
            before_extension.trim_start_matches("tel").trim_start_matches("電話").trim_start_matches([':', '.', ' ']);
        let mut digits = String::new();
        for c in kanji_numerals_to_digits(bare).chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => digits.push('+'),
                ' ' | '(' | ')' | '.' | '/' | ',' | 'の' | '~' | '・' => {}
                c if is_dash(c) => {}
                _ => return Err(PhoneError::NotANumber),
            }
        }
        if let Some(rest) = digits.strip_prefix("+81") {
            digits = format!("0{}", rest.trim_start_matches('0'));
        } else if let Some(rest) = digits.strip_prefix("0081") {
            digits = format!("0{}", rest.trim_start_matches('0'));
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
