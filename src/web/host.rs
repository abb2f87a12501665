//! Which host names are ours (SEC-103): that of `server.base_url`, and the loopback names, which are one host.

use axum::http::{HeaderMap, Uri, header};

/// What the request says it was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressed {
    /// Us; with the host and port as sent.
    Us(String),
    /// Another name.
    Another,
    /// No host, or two.
    Unclear,
}

/// Compares the request's host with that of `base_url`.
pub fn addressed(headers: &HeaderMap, uri: &Uri, base_url: &str) -> Addressed {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    let host = host.and_then(|h| h.to_str().ok());
    let given = match (host, more, uri.authority()) {
        (Some(host), None, None) => host,
        // An absolute request line must name the same host as the header (RFC 9112 §3.2.2).
        (Some(host), None, Some(authority)) if authority.as_str() == host => host,
        _ => return Addressed::Unclear,
    };
    let (scheme, ours) = base_url.split_once("://").unwrap_or(("http", base_url));
    let default_port = if scheme == "https" { "443" } else { "80" };
    let (our_name, our_port) = split(ours, default_port);
    let (name, port) = split(given, default_port);
    let same = if is_loopback(our_name) {
        // The port may be one of a tunnel, and only this machine can have been meant.
        is_loopback(name)
    } else {
        name.eq_ignore_ascii_case(our_name) && port == our_port
    };
    if same { Addressed::Us(given.to_owned()) } else { Addressed::Another }
}

fn split<'a>(authority: &'a str, default_port: &'a str) -> (&'a str, &'a str) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (name, port),
        _ => (authority, default_port),
    }
}

fn is_loopback(name: &str) -> bool {
    // A desk that listens on every address and was told no name is reached by the loopback names only.
    ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(host: &str, base_url: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        matches!(addressed(&headers, &Uri::from_static("/"), base_url), Addressed::Us(_))
    }

    #[test]
    fn loopback_names_are_one_host() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:9000", "127.0.0.1"] {
            assert!(meant(host, "http://127.0.0.1:8080"), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example:8080"] {
            assert!(!meant(host, "http://127.0.0.1:8080"), "{host}");
        }
    }

    #[test]
    fn a_public_name_must_be_the_configured_one() {
        assert!(meant("desk.example.jp", "https://desk.example.jp"));
        assert!(meant("DESK.example.jp:443", "https://desk.example.jp"));
        assert!(!meant("desk.example.jp:8443", "https://desk.example.jp"));
        assert!(!meant("127.0.0.1", "https://desk.example.jp"));
    }

    #[test]
    fn two_hosts_or_none_are_unclear() {
        let mut headers = HeaderMap::new();
        assert_eq!(addressed(&headers, &Uri::from_static("/"), "http://localhost"), Addressed::Unclear);
        headers.append(header::HOST, "localhost".parse().unwrap());
        headers.append(header::HOST, "evil.example".parse().unwrap());
        assert_eq!(addressed(&headers, &Uri::from_static("/"), "http://localhost"), Addressed::Unclear);
    }
}
