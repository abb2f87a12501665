//! Ticket numbers (受付番号): `26-K7QM-3XPA`: two digits of the fiscal year, seven random characters, a check character.

use chrono::NaiveDate;

use crate::platform::clock::fiscal_year;
use crate::platform::crypto::Random;

/// Digits and capitals without 0, 1, I and O: nothing that is misheard or misread.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A ticket number in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct TicketNumber(String);

impl TicketNumber {
    /// A fresh number of the fiscal year of `today`. 35 random bits: collisions are possible and the store retries.
    pub fn fresh(today: NaiveDate, random: &Random) -> Self {
        let year = fiscal_year(today).rem_euclid(100);
        let mut letters: Vec<u8> = random.bytes::<7>().iter().map(|b| ALPHABET[usize::from(b % 32)]).collect();
        letters.push(check(year, &letters));
        let letters = String::from_utf8_lossy(&letters).into_owned();
        Self(format!("{year:02}-{}-{}", &letters[..4], &letters[4..]))
    }

    /// Reads what a person typed: any width, any case, with or without dashes. `None` when it is no ticket number or
    /// its check character does not fit.
    pub fn parse(typed: &str) -> Option<Self> {
        use unicode_normalization::UnicodeNormalization;
        let plain: String = typed.nfkc().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        if plain.len() != 10 {
            return None;
        }
        let (year, letters) = plain.split_at(2);
        let number: i32 = year.parse().ok()?;
        let letters = letters.as_bytes();
        let known = letters.iter().all(|b| ALPHABET.contains(b));
        (known && check(number, &letters[..7]) == letters[7])
            .then(|| Self(format!("{year}-{}-{}", &plain[2..6], &plain[6..])))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Ten lower-case characters without dashes, for tokens.
    pub fn compact(&self) -> String {
        self.0.replace('-', "").to_ascii_lowercase()
    }
}

impl std::fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A check character that notices any single wrong character and any swap of neighbours: a weighted sum modulo the
/// prime 31, written with the first 31 letters.
fn check(year: i32, letters: &[u8]) -> u8 {
    let start = u32::try_from(year).unwrap_or(0);
    let sum = letters.iter().enumerate().fold(start, |sum, (place, letter)| {
        let value = ALPHABET.iter().position(|b| b == letter).unwrap_or(0) as u32;
        sum + value * (place as u32 + 2)
    });
    ALPHABET[(sum % 31) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> TicketNumber {
        TicketNumber::fresh(NaiveDate::from_ymd_opt(2026, 12, 8).unwrap(), &Random::seeded(3))
    }

    #[test]
    fn a_fresh_number_reads_back_however_it_is_typed() {
        let number = number();
        assert!(number.as_str().starts_with("26-"));
        let wide: String = number
            .as_str()
            .chars()
            .map(|c| if c == '-' { 'ー' } else { char::from_u32(c as u32 + 0xFEE0).unwrap() })
            .collect();
        for typed in
            [number.as_str().to_owned(), number.compact(), format!(" {} ", number.as_str().to_lowercase()), wide]
        {
            assert_eq!(TicketNumber::parse(&typed), Some(number.clone()), "{typed}");
        }
    }

    #[test]
    fn swapped_neighbours_are_noticed() {
        let number = number();
        let plain = number.compact().to_uppercase();
        for place in 2..8 {
            let mut letters: Vec<char> = plain.chars().collect();
            if letters[place] == letters[place + 1] {
                continue;
            }
            letters.swap(place, place + 1);
            let typed: String = letters.into_iter().collect();
            assert_eq!(TicketNumber::parse(&typed), None, "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for typed in ["", "26", "26-0000-0000", "R8-000123", "26-K7QM-3XPAA"] {
            assert_eq!(TicketNumber::parse(typed), None, "{typed}");
        }
    }
}
