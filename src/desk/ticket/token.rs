//! What opens a ticket without an account: the passcode beside its number, the page link in a mail, the reply address.
//! All are MACs under the master key; none is stored. A page link and a reply address also carry a tag of the address
//! they were mailed to, so the desk knows who is holding them (design rule 7).

use super::number::TicketNumber;
use crate::platform::crypto::{Keys, Purpose, base32, same};

const NUMBER: usize = 10;
const TAG: usize = 13;
const MAC: usize = 26;

/// A parsed, not yet proven token: `number(10) address-tag(13) mac(26)`, lower-case base32, 49 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    number: TicketNumber,
    address_tag: String,
    mac: String,
}

impl Token {
    /// A link or a reply address for the ticket, made for one mail address (in its comparable form).
    pub fn issue(keys: &Keys, purpose: Purpose, number: &TicketNumber, epoch: i64, address_key: &str) -> String {
        let tag = address_tag(keys, address_key);
        let mac = keys.tag(purpose, &[number.as_str().as_bytes(), tag.as_bytes(), &epoch.to_le_bytes()]);
        format!("{}{tag}{mac}", number.compact())
    }

    /// Splits a token. `None` for anything of another length or with a number that is none (SEC-003).
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if text.len() != NUMBER + TAG + MAC || !plain {
            return None;
        }
        let number = TicketNumber::parse(&text[..NUMBER])?;
        Some(Self { number, address_tag: text[NUMBER..NUMBER + TAG].to_owned(), mac: text[NUMBER + TAG..].to_owned() })
    }

    /// The ticket it speaks of, still unproven.
    pub fn number(&self) -> &TicketNumber {
        &self.number
    }

    /// Whether it is ours, for this purpose and this epoch of the ticket.
    pub fn is_genuine(&self, keys: &Keys, purpose: Purpose, epoch: i64) -> bool {
        let parts: [&[u8]; 3] = [self.number.as_str().as_bytes(), self.address_tag.as_bytes(), &epoch.to_le_bytes()];
        keys.verify_tag(purpose, &parts, &self.mac)
    }

    /// The tag of the address it was mailed to.
    pub fn address_tag(&self) -> &str {
        &self.address_tag
    }
}

/// A short keyed tag of a mail address in its comparable form (65 bits).
pub fn address_tag(keys: &Keys, address_key: &str) -> String {
    let mut tag = base32(&keys.mac(Purpose::Address, &[address_key.as_bytes()])[..9]);
    tag.truncate(TAG);
    tag
}

/// The passcode of a ticket: twelve characters in three groups, 60 bits, derived from the key of the form it came
/// with, so that a retry of the same form shows the same passcode (design rule 14).
pub fn passcode(keys: &Keys, form_key: &str) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mac = keys.mac(Purpose::Passcode, &[form_key.as_bytes()]);
    let mut out = String::with_capacity(14);
    for (place, byte) in mac.iter().take(12).enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push('-');
        }
        out.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    out
}

/// Whether a typed passcode (any width, case, with or without dashes) is the ticket's; constant time.
pub fn passcode_fits(keys: &Keys, form_key: &str, typed: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let typed: String = typed.nfkc().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let right = passcode(keys, form_key).replace('-', "");
    same(right.as_bytes(), typed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::crypto::Random;

    fn issued() -> (Keys, String) {
        let keys = Keys::new([9; 32]);
        let number = TicketNumber::fresh(chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(), &Random::seeded(1));
        let token = Token::issue(&keys, Purpose::Reply, &number, 0, "a@example.jp");
        (keys, token)
    }

    #[test]
    fn sec_003_a_token_is_accepted_only_when_every_byte_is_right() {
        let (keys, token) = issued();
        let genuine = |text: &str| Token::parse(text).is_some_and(|t| t.is_genuine(&keys, Purpose::Reply, 0));
        assert!(genuine(&token));
        for length in 0..token.len() {
            assert!(!genuine(&token[..length]), "cut to {length}");
        }
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
            assert!(!genuine(&String::from_utf8(bytes).unwrap()), "changed at {place}");
        }
        for wrong in
            [token.to_uppercase(), format!("{token}\0"), format!("{token} "), format!("{token}a"), token.repeat(200)]
        {
            assert!(!genuine(&wrong));
        }
    }

    #[test]
    fn a_token_dies_with_its_epoch_and_serves_one_purpose() {
        let (keys, token) = issued();
        let token = Token::parse(&token).unwrap();
        assert!(!token.is_genuine(&keys, Purpose::Reply, 1));
        assert!(!token.is_genuine(&keys, Purpose::PageLink, 0));
        assert_eq!(token.address_tag(), address_tag(&keys, "a@example.jp"));
        assert_ne!(token.address_tag(), address_tag(&keys, "b@example.jp"));
    }

    #[test]
    fn a_reply_address_stays_within_64_characters() {
        let (_, token) = issued();
        assert!("desk+".len() + token.len() <= 64);
    }

    #[test]
    fn a_passcode_fits_however_it_is_typed() {
        let keys = Keys::new([9; 32]);
        let code = passcode(&keys, "form");
        assert!(passcode_fits(&keys, "form", &code));
        assert!(passcode_fits(&keys, "form", &code.to_lowercase().replace('-', " ")));
        assert!(!passcode_fits(&keys, "form", &code[1..]));
        assert!(!passcode_fits(&keys, "other", &code));
    }
}
