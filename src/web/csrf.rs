//! The hidden `csrf_token` of every form, without a table: an instant and a MAC over it and over what the browser
//! holds (its visitor cookie and, for staff, its session), so that a token of another browser or of an older session is
//! worth nothing (SEC-100). Beside it, a browser that says a request comes from another site is believed.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Duration, TimeZone, Utc};

use crate::platform::crypto::{Keys, Purpose};

/// How long a form may stay open. Long enough to fetch the licence from home.
pub const LIFETIME: Duration = Duration::hours(24);

/// A token for a form in the browser that holds `binding`.
pub fn issue(keys: &Keys, binding: &str, now: DateTime<Utc>) -> String {
    let issued = format!("{:x}", now.timestamp());
    let tag = keys.tag(Purpose::Csrf, &[binding.as_bytes(), issued.as_bytes()]);
    format!("{issued}-{tag}")
}

/// Whether the token was issued to the browser that holds `binding`, within [`LIFETIME`].
pub fn is_valid(keys: &Keys, binding: &str, token: &str, now: DateTime<Utc>) -> bool {
    let Some((issued, tag)) = token.split_once('-') else { return false };
    if binding.is_empty() || !keys.verify_tag(Purpose::Csrf, &[binding.as_bytes(), issued.as_bytes()], tag) {
        return false;
    }
    let issued = i64::from_str_radix(issued, 16).ok().and_then(|s| Utc.timestamp_opt(s, 0).single());
    issued.is_some_and(|issued| now - issued < LIFETIME)
}

/// Where a request says it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Our own pages, or a program that sends neither header.
    Own,
    /// It hides its origin and says nothing else: treated like a missing token.
    Hidden,
    /// Another site: refused.
    Foreign,
}

/// Reads `Sec-Fetch-Site` and `Origin`; `authority` is the host (and port) the request was sent to.
pub fn sender(headers: &HeaderMap, authority: &str) -> Sender {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let fetch_site = text("sec-fetch-site");
    if !matches!(fetch_site, None | Some("same-origin" | "none")) {
        return Sender::Foreign;
    }
    match text(header::ORIGIN.as_str()) {
        None => Sender::Own,
        // A page with `Referrer-Policy: no-referrer` sends this, and then Sec-Fetch-Site vouches for it.
        Some("null") if fetch_site == Some("same-origin") => Sender::Own,
        Some("null") => Sender::Hidden,
        Some(origin) => match origin.split_once("://") {
            Some(("http" | "https", from)) if from.eq_ignore_ascii_case(authority) => Sender::Own,
            _ => Sender::Foreign,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_browser_and_for_a_day() {
        let keys = Keys::new([3; 32]);
        let now = Utc.with_ymd_and_hms(2026, 12, 8, 1, 0, 0).unwrap();
        let token = issue(&keys, "browser", now);
        assert!(is_valid(&keys, "browser", &token, now + Duration::hours(23)));
        assert!(!is_valid(&keys, "browser", &token, now + Duration::hours(24)));
        for wrong in ["", "-", "0-", "%20", &token.to_uppercase(), &format!("{token}="), &token[..token.len() - 1]] {
            assert!(!is_valid(&keys, "browser", wrong, now), "{wrong}");
        }
        assert!(!is_valid(&keys, "another", &token, now));
        assert!(!is_valid(&keys, "", &issue(&keys, "", now), now));
    }

    #[test]
    fn requests_of_another_site_are_recognised() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.insert(*name, value.parse().unwrap());
            }
            map
        };
        let from = |pairs: &[(&'static str, &'static str)]| sender(&headers(pairs), "desk.example.jp");
        assert_eq!(from(&[]), Sender::Own);
        assert_eq!(from(&[("origin", "https://desk.example.jp")]), Sender::Own);
        assert_eq!(from(&[("origin", "https://evil.example")]), Sender::Foreign);
        assert_eq!(from(&[("origin", "https://desk.example.jp.evil.example")]), Sender::Foreign);
        assert_eq!(from(&[("sec-fetch-site", "cross-site")]), Sender::Foreign);
        assert_eq!(from(&[("sec-fetch-site", "same-site"), ("origin", "https://desk.example.jp")]), Sender::Foreign);
        assert_eq!(from(&[("origin", "null")]), Sender::Hidden);
        assert_eq!(from(&[("origin", "null"), ("sec-fetch-site", "same-origin")]), Sender::Own);
    }
}
