//! The header block: raw fields, unfolded, and their text with encoded words undone (RFC 5322 §2.2, RFC 2047).

use std::borrow::Cow;

use super::{ParseError, charset, encoded_word};

/// One header field as it came: the name without blanks, the value still folded.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
}

/// The header block of a message or a part, in order.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a>(Vec<Field<'a>>);

/// Bounds on one header block.
#[derive(Debug, Clone, Copy)]
pub struct HeaderLimits {
    /// Header fields.
    pub fields: usize,
    /// Bytes of the header.
    pub bytes: usize,
}

impl<'a> Headers<'a> {
    /// Splits a message into header block and body. Blank lines and an mbox separator before it are skipped.
    pub fn split(bytes: &'a [u8], limits: HeaderLimits) -> Result<(Self, &'a [u8]), ParseError> {
        Self::split_part(bytes.get(leading_noise(bytes)..).unwrap_or_default(), limits)
    }

    /// Splits a part of a multipart, where a blank first line means that there are no header fields.
    pub fn split_part(bytes: &'a [u8], limits: HeaderLimits) -> Result<(Self, &'a [u8]), ParseError> {
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let (line, length) = line_at(rest);
            if line.is_empty() {
                at += length;
                break;
            }
            if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
                // Blank-only lines inside a header come from broken folding: they end nothing.
                extend_last(&mut fields, bytes, at + line.len());
            } else if let Some(field) = field(line) {
                if fields.len() >= limits.fields {
                    return Err(ParseError::TooComplex { what: "header fields", limit: limits.fields });
                }
                fields.push(field);
            } else if line.starts_with(b":") {
                // A field that lost its name says nothing.
            } else if next_is_header(rest.get(length..).unwrap_or_default()) && !fields.is_empty() {
                // A value folded without the leading blank.
                extend_last(&mut fields, bytes, at + line.len());
            } else {
                // No blank line before the body.
                break;
            }
            at += length;
            if at > limits.bytes {
                return Err(ParseError::TooComplex { what: "header bytes", limit: limits.bytes });
            }
        }
        Ok((Headers(fields), bytes.get(at..).unwrap_or_default()))
    }

    /// Every raw value of the fields of that name, first to last.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.0.iter().filter(move |f| f.name.eq_ignore_ascii_case(name.as_bytes())).map(|f| f.value)
    }

    /// The raw value of the first field of that name.
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|f| f.name.eq_ignore_ascii_case(name.as_bytes())).map(|f| f.value)
    }

    /// The text of the first field of that name, unfolded and decoded.
    pub fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(text)
    }

    /// Whether a field of that name is there.
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Whether no field was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A field's text: unfolded, raw bytes read by their likeliest charset, encoded words undone, controls removed.
pub fn text(value: &[u8]) -> String {
    let raw = unicode(value);
    clean(&encoded_word::decode_text(&raw))
}

/// A field's value in Unicode with encoded words left alone, for structured fields that are cut apart first.
pub fn unicode(value: &[u8]) -> Cow<'_, str> {
    match unfold(value) {
        Cow::Borrowed(bytes) => charset::detect(bytes),
        Cow::Owned(bytes) => charset::detect(&bytes).into_owned().into(),
    }
}

/// Removes the line ends of folding. The blank that follows them stays (RFC 5322 §2.2.3).
fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if !value.iter().any(|b| matches!(b, b'\r' | b'\n')) {
        return value.into();
    }
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|&b| b == b'\n') {
        let line = match line {
            [line @ .., b'\r'] => line,
            _ => line,
        };
        if !line.iter().all(u8::is_ascii_whitespace) {
            out.extend(line.iter().filter(|b| **b != b'\r'));
        }
    }
    out.into()
}

/// Control characters have no business in a header; a tab is a blank.
fn clean(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect();
    text.trim().to_owned()
}

fn leading_noise(bytes: &[u8]) -> usize {
    let mut at = 0;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        at = 3;
    }
    loop {
        let (line, length) = line_at(bytes.get(at..).unwrap_or_default());
        // Blank lines, and the separator line of an mbox.
        let is_noise =
            line.iter().all(u8::is_ascii_whitespace) || is_mbox_separator(line) || line.starts_with(b">From ");
        if length == 0 || !is_noise {
            return at;
        }
        at += length;
    }
}

/// `From taro@x.example Wed Nov 25 …`, and not a `From :` whose colon stands apart.
fn is_mbox_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"From ").is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// The line at the start of `bytes` without its end, and its length with it.
fn line_at(bytes: &[u8]) -> (&[u8], usize) {
    let (mut line, length) = match bytes.iter().position(|&b| b == b'\n') {
        Some(end) => (bytes.get(..end).unwrap_or_default(), end + 1),
        None => (bytes, bytes.len()),
    };
    while let [head @ .., b'\r'] = line {
        line = head;
    }
    (line, length)
}

fn field(line: &[u8]) -> Option<Field<'_>> {
    let colon = line.iter().position(|&b| b == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let is_name = !name.is_empty() && name.len() <= 128 && name.iter().all(|b| (0x21..=0x7e).contains(b));
    is_name.then_some(Field { name, value: value.get(1..).unwrap_or_default() })
}

fn next_is_header(rest: &[u8]) -> bool {
    let (line, _) = line_at(rest);
    field(line).is_some_and(|f| f.name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')))
}

/// Lets the last field's value reach to `end` (an offset in `bytes`).
fn extend_last<'a>(fields: &mut [Field<'a>], bytes: &'a [u8], end: usize) {
    if let Some(last) = fields.last_mut() {
        let start = last.value.as_ptr() as usize - bytes.as_ptr() as usize;
        last.value = bytes.get(start..end).unwrap_or(last.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: HeaderLimits = HeaderLimits { fields: 10, bytes: 1000 };

    #[test]
    fn a_body_without_blank_line_before_it_is_still_the_body() {
        let (headers, body) = Headers::split(b"Subject: a\r\n b\r\nTo: x@y\r\nHello there\r\nmore", LIMITS).unwrap();
        assert_eq!(headers.text("subject").as_deref(), Some("a b"));
        assert_eq!(body, b"Hello there\r\nmore");
    }

    #[test]
    fn a_header_line_broken_without_indent_continues_the_value() {
        let (headers, body) = Headers::split(b"Subject: one\nand two\nTo: x@y\n\nbody", LIMITS).unwrap();
        assert_eq!(headers.text("Subject").as_deref(), Some("oneand two"));
        assert_eq!(body, b"body");
    }

    #[test]
    fn more_fields_than_allowed_is_too_complex() {
        let mail = "A: b\n".repeat(11);
        assert!(matches!(Headers::split(mail.as_bytes(), LIMITS), Err(ParseError::TooComplex { .. })));
    }
}
