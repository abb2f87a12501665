//! Message ids and dates.

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::header;

/// The first id of the field (of two, the first counts: later ones were added by gateways).
pub fn first(raw: &[u8]) -> Option<String> {
    all(raw).into_iter().next()
}

/// Every id of a Message-ID, In-Reply-To or References field, without angle brackets and without blanks from folding.
/// Prose around ids (`Message of Monday <id>`) is skipped; ids that came without brackets are taken as they are.
pub fn all(raw: &[u8]) -> Vec<String> {
    let text = header::text(raw);
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, from)) = rest.split_once('<') {
        let (id, after) = from.split_once('>').unwrap_or((from, ""));
        rest = after;
        // An id that was never closed ends where the next begins.
        ids.extend(id.split('<').map(squeeze).filter(|id| !id.is_empty()));
    }
    if ids.is_empty() {
        ids.extend(
            text.split_whitespace()
                .filter(|word| word.contains('@'))
                .map(|w| w.trim_matches([',', ';', '"']).to_owned()),
        );
    }
    if ids.is_empty() && !text.trim().is_empty() && !text.trim().contains(' ') {
        ids.push(text.trim().to_owned());
    }
    ids
}

fn squeeze(id: &str) -> String {
    id.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A `Date` field with the offset it was written in. Takes what mail programs made of RFC 5322 dates, and ISO 8601.
pub fn date(raw: &[u8]) -> Option<DateTime<FixedOffset>> {
    let text = header::text(raw);
    let has_offset = text
        .as_bytes()
        .windows(3)
        .any(|w| matches!(w, [b'+' | b'-', a, b] if a.is_ascii_digit() && b.is_ascii_digit()));
    let text =
        if has_offset { text } else { text.replace("JST", "+0900").replace("CEST", "+0200").replace("CET", "+0100") };
    rfc5322(&text).or_else(|| iso(&text))
}

fn rfc5322(text: &str) -> Option<DateTime<FixedOffset>> {
    let found = mail_parser::DateTime::parse_rfc822(text).filter(mail_parser::DateTime::is_valid);
    let found = found.or_else(|| {
        // A leap second, or a two-digit field out of range: the minute is right.
        mail_parser::DateTime::parse_rfc822(text)
            .filter(|d| d.second == 60)
            .map(|d| mail_parser::DateTime { second: 59, ..d })
    })?;
    let sign = if found.tz_before_gmt { -1 } else { 1 };
    let offset = FixedOffset::east_opt(sign * (i32::from(found.tz_hour) * 3600 + i32::from(found.tz_minute) * 60))?;
    let day = NaiveDate::from_ymd_opt(i32::from(found.year), u32::from(found.month), u32::from(found.day))?;
    let time = day.and_hms_opt(u32::from(found.hour), u32::from(found.minute), u32::from(found.second))?;
    time.and_local_timezone(offset).single()
}

fn iso(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y/%m/%d %H:%M:%S %z"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_prose_folded_and_without_brackets() {
        assert_eq!(all(b"Message from x <a@b> of <c\r\n @d>"), ["a@b", "c@d"]);
        assert_eq!(all(b"a@b c@d"), ["a@b", "c@d"]);
        assert_eq!(first(b"<one@x>\r\n <two@x>").as_deref(), Some("one@x"));
    }

    #[test]
    fn dates_keep_their_offset() {
        assert_eq!(date(b"Wed, 25 Nov 2026 13:28:19 +0900 (JST)").unwrap().to_rfc3339(), "2026-11-25T13:28:19+09:00");
        assert_eq!(date(b"25 Nov 2026 13:28:19 JST").unwrap().to_rfc3339(), "2026-11-25T13:28:19+09:00");
        assert_eq!(date(b"Wed, 25 Nov 26 13:28 -0500").unwrap().to_rfc3339(), "2026-11-25T13:28:00-05:00");
        assert!(date(b"yesterday").is_none());
    }
}
