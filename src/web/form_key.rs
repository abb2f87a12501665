//! The hidden `form_key` of an inquiry form: 128 random bits, the instant the form was opened and a MAC. One key is one
//! ticket, however often the form is sent (REL-011); nothing is stored until it is.

use chrono::{DateTime, TimeZone, Utc};

use crate::platform::crypto::{Keys, Purpose, Random};

/// A form key that we issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormKey {
    /// The random part: what the ticket is unique by.
    pub id: String,
    /// When the form was opened.
    pub opened_at: DateTime<Utc>,
}

/// A new key, as the hidden field carries it.
pub fn issue(keys: &Keys, random: &Random, now: DateTime<Utc>) -> String {
    let (id, opened) = (random.token(), format!("{:x}", now.timestamp()));
    let tag = keys.tag(Purpose::FormKey, &[id.as_bytes(), opened.as_bytes()]);
    format!("{id}-{opened}-{tag}")
}

/// Reads the hidden field; `None` unless it is byte for byte one that we issued.
pub fn parse(keys: &Keys, given: &str) -> Option<FormKey> {
    let (id, rest) = given.split_once('-')?;
    let (opened, tag) = rest.split_once('-')?;
    if !keys.verify_tag(Purpose::FormKey, &[id.as_bytes(), opened.as_bytes()], tag) {
        return None;
    }
    let opened_at = Utc.timestamp_opt(i64::from_str_radix(opened, 16).ok()?, 0).single()?;
    Some(FormKey { id: id.to_owned(), opened_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_our_own_are_taken() {
        let keys = Keys::new([3; 32]);
        let now = Utc.with_ymd_and_hms(2026, 12, 8, 1, 0, 0).unwrap();
        let key = issue(&keys, &Random::seeded(1), now);
        let read = parse(&keys, &key).unwrap();
        assert_eq!(read.opened_at, now);
        assert_eq!(read.id.len(), 26);
        for wrong in ["", "a-b-c", &key.to_uppercase(), &format!("{key}a"), &key[1..]] {
            assert!(parse(&keys, wrong).is_none(), "{wrong}");
        }
        assert!(parse(&Keys::new([4; 32]), &key).is_none());
    }
}
