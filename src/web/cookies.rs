//! Cookies: all of them HttpOnly, SameSite=Lax, for the whole site, and with `__Host-` and Secure when people reach
//! the desk over https (SEC-076).

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::Duration;

/// A random id of the browser, made when it first gets a form: what `csrf_token` is bound to.
pub const VISITOR: &str = "visitor";
/// The session of a member of staff.
pub const SESSION: &str = "session";
/// What was received just now, for the page with number and passcode.
pub const RECEIPT: &str = "receipt";
/// The tickets a requester has opened in this browser.
pub const TICKETS: &str = "tickets";

/// The one-time link for an image that was opened here.
pub const UPLOAD: &str = "upload";

/// The value of a cookie, or `None`. With two of the same name the first counts.
pub fn read<'h>(headers: &'h HeaderMap, is_https: bool, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| if is_https { found.strip_prefix("__Host-") == Some(name) } else { *found == name })
        .map(|(_, value)| value)
}

/// A `Set-Cookie` line. `value` must be made of letters, digits, `-`, `_` and `.`; without `max_age` the cookie ends
/// with the browser.
pub fn set(is_https: bool, name: &str, value: &str, max_age: Option<Duration>) -> HeaderValue {
    let host = if is_https { "__Host-" } else { "" };
    let age = max_age.map(|age| format!("; Max-Age={}", age.num_seconds())).unwrap_or_default();
    let secure = if is_https { "; Secure" } else { "" };
    let line = format!("{host}{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
}

/// A `Set-Cookie` line that removes the cookie.
pub fn clear(is_https: bool, name: &str) -> HeaderValue {
    set(is_https, name, "", Some(Duration::zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_only_the_host_bound_cookie_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; session=evil; __Host-session=good"));
        assert_eq!(read(&headers, true, SESSION), Some("good"));
        assert_eq!(read(&headers, false, SESSION), Some("evil"));
        assert_eq!(read(&headers, true, "a"), None);
    }

    #[test]
    fn a_cookie_is_secure_only_over_https() {
        let secure = set(true, "session", "abc", Some(Duration::hours(1)));
        assert_eq!(secure, "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure");
        assert_eq!(set(false, "session", "abc", None), "session=abc; Path=/; HttpOnly; SameSite=Lax");
    }
}
