//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045 §5, RFC 2183, RFC 2231), with the
//! encoded words that senders put into quoted file names although RFC 2047 §5 forbids it.

use super::{charset, encoded_word, header};

/// More than this of one such field is noise or an attack.
const MAX_BYTES: usize = 16 * 1024;

/// A value such as `text/plain` or `attachment`, lower-cased, with its parameters.
#[derive(Debug, Default, Clone)]
pub struct Params {
    /// The value before the parameters.
    pub value: String,
    list: Vec<(String, String)>,
}

impl Params {
    /// Reads a raw header value.
    pub fn parse(raw: &[u8]) -> Self {
        let text = header::unicode(raw.get(..MAX_BYTES).unwrap_or(raw));
        let (value, mut rest) = match text.split_once(';') {
            Some((value, rest)) => (value, rest),
            None => (text.as_ref(), ""),
        };
        let value = value.split(['(', ' ', '\t']).find(|s| !s.is_empty()).unwrap_or_default();
        let mut params = Params { value: value.trim_matches('"').to_ascii_lowercase(), list: Vec::new() };
        while !rest.trim().is_empty() && params.list.len() < 200 {
            let (name, value, after) = next_param(rest);
            if !name.is_empty() {
                params.list.push((name, value));
            }
            rest = after;
        }
        params
    }

    /// A parameter as it stands, for those that are ASCII (boundary, charset, report-type, format).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A parameter meant for people, in all its encodings; `name*` (RFC 2231) goes before `name`.
    pub fn decoded(&self, name: &str) -> Option<String> {
        self.extended(name).or_else(|| self.get(name).map(plain)).filter(|v| !v.trim().is_empty())
    }

    /// `name*=`, `name*0*=`, `name*0=`: the pieces are joined as bytes and decoded once, because senders cut inside
    /// characters.
    fn extended(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<(usize, bool, &str)> = Vec::new();
        for (key, value) in &self.list {
            let Some(suffix) = key.strip_prefix(name).and_then(|s| s.strip_prefix('*')) else { continue };
            let (index, encoded) = match suffix.strip_suffix('*') {
                Some(index) => (index, true),
                None => (suffix, suffix.is_empty()),
            };
            pieces.push((if index.is_empty() { 0 } else { index.parse().ok()? }, encoded, value));
        }
        pieces.sort_by_key(|(index, ..)| *index);
        if pieces.is_empty() {
            return None;
        }
        if pieces.iter().all(|(_, encoded, _)| !encoded) {
            return Some(plain(&pieces.iter().map(|(.., value)| *value).collect::<String>()));
        }
        let mut label = "";
        let mut bytes = Vec::new();
        for (position, (_, encoded, value)) in pieces.iter().enumerate() {
            let mut value = *value;
            if position == 0
                && *encoded
                && let Some((charset, text)) = charset_and_text(value)
            {
                label = charset;
                value = text;
            }
            if *encoded { percent_decode(value, &mut bytes) } else { bytes.extend(value.as_bytes()) }
        }
        let text = charset::decode(label, &bytes);
        Some(encoded_word::decode_text(&text))
    }
}

/// An unextended value: encoded words, or percent encoding that is valid UTF-8.
fn plain(value: &str) -> String {
    if value.contains("=?") {
        return encoded_word::decode_text(value);
    }
    if !value.contains('%') {
        return value.to_owned();
    }
    let mut bytes = Vec::new();
    // `filename="utf-8''%E8%A1%A8.pdf"`: the asterisk was forgotten.
    if let Some((label, rest)) = charset_and_text(value).filter(|(label, _)| charset::is_known(label)) {
        percent_decode(rest, &mut bytes);
        return charset::decode(label, &bytes).into_owned();
    }
    percent_decode(value, &mut bytes);
    match String::from_utf8(bytes) {
        Ok(text) if !text.is_ascii() => text,
        _ => value.to_owned(),
    }
}

/// `charset'language'text` taken apart (RFC 2231 §4).
fn charset_and_text(value: &str) -> Option<(&str, &str)> {
    let (label, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    Some((label, text))
}

fn percent_decode(value: &str, out: &mut Vec<u8>) {
    let mut rest = value.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = |i: usize| tail.get(i).and_then(|b| char::from(*b).to_digit(16));
        rest = match (byte, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                tail.get(2..).unwrap_or_default()
            }
            _ => {
                out.push(byte);
                tail
            }
        };
    }
}

/// The next `name=value`, and what follows it.
fn next_param(text: &str) -> (String, String, &str) {
    let text = text.trim_start_matches([';', ' ', '\t']);
    let Some(split) = text.find(['=', ';']) else { return (String::new(), String::new(), "") };
    let (name, rest) = text.split_at(split);
    if rest.starts_with(';') {
        return (String::new(), String::new(), rest);
    }
    let name: String = name.trim().to_ascii_lowercase();
    let rest = rest.get(1..).unwrap_or_default().trim_start();
    if let Some(quoted) = rest.strip_prefix('"') {
        let (value, after) = quoted_value(quoted);
        return (name, value, after);
    }
    if rest.starts_with("=?")
        && let Some(end) = encoded_value_end(rest)
    {
        let (value, after) = rest.split_at(end);
        return (name, value.trim().to_owned(), after);
    }
    let (value, after) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
    (name, value.trim().trim_end_matches('"').to_owned(), after)
}

/// A quoted value up to its closing quote. A backslash escapes only a quote or a backslash: in front of anything else
/// it is a Windows path that somebody put in as it was.
fn quoted_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let after = text.get(at + 1..).unwrap_or_default();
                let next = after.trim_start();
                // A quote that nobody escaped stands inside the name when no `;` follows it.
                if next.is_empty() || next.starts_with(';') || !after.contains('"') || next.starts_with('(') {
                    return (value, after);
                }
                match next.split_once('=') {
                    // `name="a" charset=utf-8`: the semicolon was forgotten.
                    Some((token, _)) if token.chars().all(|c| c.is_ascii_alphanumeric() || "-*".contains(c)) => {
                        return (value, after);
                    }
                    _ => value.push('"'),
                }
            }
            '\\' => match chars.clone().next() {
                Some((_, escaped @ ('"' | '\\'))) => {
                    value.push(escaped);
                    chars.next();
                }
                _ => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    (value, "")
}

/// Where an unquoted value made of encoded words ends: they may hold `;` and blanks.
fn encoded_value_end(text: &str) -> Option<usize> {
    let mut end = 0;
    while let Some(start) = text.get(end..)?.find("=?") {
        if !text.get(end..end + start)?.trim().is_empty() {
            break;
        }
        let from = text.get(end + start..)?;
        let close = from.match_indices('?').nth(2)?.0;
        end += start + close + from.get(close..)?.find("?=")? + 2;
    }
    Some(end + text.get(end..)?.find(';').unwrap_or(text.len() - end))
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn the_starred_name_goes_before_the_plain_one() {
        let p = Params::parse(b"attachment; filename=\"fallback.pdf\"; filename*=UTF-8''%E8%A1%A8.pdf");
        assert_eq!(p.value, "attachment");
        assert_eq!(p.decoded("filename").as_deref(), Some("表.pdf"));
    }

    #[test]
    fn continuations_cut_inside_a_character_are_joined_first() {
        let p = Params::parse(b"attachment; filename*1*=%81%AE.txt; filename*0*=utf-8''a%E5%B1%B1%E3");
        assert_eq!(p.decoded("filename").as_deref(), Some("a山き.txt".replace('き', "\u{306e}").as_str()).or(None));
    }

    #[test]
    fn encoded_words_inside_a_quoted_name_are_undone() {
        let p = Params::parse(b"application/pdf; name=\"=?UTF-8?B?5bGx55Sw?=\r\n =?UTF-8?B?LnBkZg==?=\"");
        assert_eq!(p.decoded("name").as_deref(), Some("山田.pdf"));
    }

    #[test]
    fn unquoted_names_with_blanks_and_windows_paths_survive() {
        let p = Params::parse(br#"attachment; filename=my file.pdf; size=3"#);
        assert_eq!(p.decoded("filename").as_deref(), Some("my file.pdf"));
        let p = Params::parse(br#"attachment; filename="C:\temp\a.pdf""#);
        assert_eq!(p.decoded("filename").as_deref(), Some(r"C:\temp\a.pdf"));
    }
}
