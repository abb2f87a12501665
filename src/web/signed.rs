//! Small facts a browser keeps for us in a cookie: readable, but not to be made or changed by anybody else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, TimeZone, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::crypto::{Keys, Purpose};

/// A cookie value that [`open`] reads back until `now + good_for`. `name` is that of the cookie: a value of one is none
/// of another. Empty when the value cannot be written as JSON.
pub fn seal(keys: &Keys, name: &str, value: &impl Serialize, now: DateTime<Utc>, good_for: Duration) -> String {
    let Ok(json) = serde_json::to_vec(value) else { return String::new() };
    let body = URL_SAFE_NO_PAD.encode(json);
    let until = format!("{:x}", (now + good_for).timestamp());
    let tag = keys.tag(Purpose::RequesterCookie, &[name.as_bytes(), until.as_bytes(), body.as_bytes()]);
    format!("{body}.{until}.{tag}")
}

/// The value of a cookie that we sealed and that is still good.
pub fn open<T: DeserializeOwned>(keys: &Keys, name: &str, sealed: &str, now: DateTime<Utc>) -> Option<T> {
    let (body, rest) = sealed.split_once('.')?;
    let (until, tag) = rest.split_once('.')?;
    if !keys.verify_tag(Purpose::RequesterCookie, &[name.as_bytes(), until.as_bytes(), body.as_bytes()], tag) {
        return None;
    }
    let until = Utc.timestamp_opt(i64::from_str_radix(until, 16).ok()?, 0).single()?;
    if now >= until {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_unchanged_cookie_is_read_and_only_for_its_time() {
        let keys = Keys::new([5; 32]);
        let now = Utc.with_ymd_and_hms(2026, 12, 8, 1, 0, 0).unwrap();
        let sealed = seal(&keys, "receipt", &("26-AAAA-AAAA", 3), now, Duration::hours(1));
        let read = |name: &str, sealed: &str, at| open::<(String, i32)>(&keys, name, sealed, at);
        assert_eq!(read("receipt", &sealed, now), Some(("26-AAAA-AAAA".to_owned(), 3)));
        assert_eq!(read("receipt", &sealed, now + Duration::hours(1)), None);
        assert_eq!(read("tickets", &sealed, now), None);
        assert_eq!(read("receipt", &sealed.replace('.', "A."), now), None);
        assert_eq!(read("receipt", "", now), None);
    }
}
