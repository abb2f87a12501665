//! The MIME tree (RFC 2046): what a reader sees as the body, and everything else as attachments.
//!
//! The tree is walked here and not by mail-parser, whose tree has no bounds: mails nested some thousand deep overflow
//! the stack when they are dropped. Its decoders and field parsers are used where they serve.

use std::borrow::Cow;

use super::header::{HeaderLimits, Headers};
use super::params::Params;
use super::{Attachment, Limits, ParseError, charset, file_name, flowed, transfer};

/// One stretch of the body: what stands in it as text, as HTML, or as both ways of saying the same.
#[derive(Debug, Default)]
pub struct Piece {
    pub plain: Option<String>,
    pub html: Option<String>,
}

impl Piece {
    fn plain_or_blank(&self) -> &str {
        self.plain.as_deref().unwrap_or_default().trim()
    }
}

/// What the walk found.
#[derive(Debug, Default)]
pub struct Found {
    pub pieces: Vec<Piece>,
    pub attachments: Vec<Attachment>,
}

/// Walks a message whose header block was already split off.
pub fn walk(headers: &Headers<'_>, body: &[u8], limits: &Limits) -> Result<Found, ParseError> {
    let mut walker = Walker { limits, parts: 0, attachments: Vec::new() };
    let pieces = walker.part(headers, body, Context { depth: 0, digest: false, first: true })?;
    Ok(Found { pieces, attachments: walker.attachments })
}

#[derive(Clone, Copy)]
struct Context {
    depth: usize,
    /// Inside multipart/digest a part is a message unless it says otherwise (RFC 2046 §5.1.5).
    digest: bool,
    /// Nothing of the body was seen before this part.
    first: bool,
}

struct Walker<'l> {
    limits: &'l Limits,
    parts: usize,
    attachments: Vec<Attachment>,
}

impl Walker<'_> {
    fn part(&mut self, headers: &Headers<'_>, body: &[u8], at: Context) -> Result<Vec<Piece>, ParseError> {
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(ParseError::TooComplex { what: "parts", limit: self.limits.parts });
        }
        if at.depth > self.limits.depth {
            return Err(ParseError::TooComplex { what: "levels of nesting", limit: self.limits.depth });
        }
        let content_type = headers.first("content-type").map(Params::parse).unwrap_or_default();
        let mime = mime_of(&content_type, at.digest);
        let encoding = headers.first("content-transfer-encoding").unwrap_or_default();
        let encoding = String::from_utf8_lossy(encoding.trim_ascii());
        if mime.starts_with("multipart/")
            && let Some(pieces) = self.multipart(&mime, &content_type, &encoding, body, at)?
        {
            return Ok(pieces);
        }
        let disposition = headers.first("content-disposition").map(Params::parse).unwrap_or_default();
        let name = disposition.decoded("filename").or_else(|| content_type.decoded("name"));
        let content = transfer::decode(&encoding, body);
        let mime = if mime.starts_with("multipart/") { "text/plain".to_owned() } else { mime };
        if is_body(&mime, &disposition.value, name.is_some(), at.first) {
            return Ok(vec![text_piece(&mime, &content_type, &content)]);
        }
        self.attach(headers, &mime, &disposition.value, name, content);
        Ok(Vec::new())
    }

    /// None when no boundary can be found: then the part is text.
    fn multipart(
        &mut self,
        mime: &str,
        content_type: &Params,
        encoding: &str,
        body: &[u8],
        at: Context,
    ) -> Result<Option<Vec<Piece>>, ParseError> {
        let mut body = Cow::Borrowed(body);
        let declared = content_type.get("boundary").map(|b| b.trim_end().as_bytes().to_vec()).filter(|b| !b.is_empty());
        let mut sections = self.sections(&body, declared.as_deref())?;
        if sections.is_none() && encoding.to_ascii_lowercase().contains("base64") {
            // Forbidden by RFC 2045 §6.4, sent nevertheless.
            body = Cow::Owned(transfer::decode(encoding, &body).into_owned());
            sections = self.sections(&body, declared.as_deref())?;
        }
        if sections.is_none() {
            sections = self.sections(&body, guessed_boundary(&body))?;
        }
        let Some(sections) = sections else { return Ok(None) };
        let mut children = Vec::with_capacity(sections.len());
        let mut first = at.first;
        for section in sections {
            let (headers, content) = Headers::split_part(section, self.limits.header())?;
            if headers.is_empty() && is_half_a_header(content) {
                continue;
            }
            let context = Context { depth: at.depth + 1, digest: mime == "multipart/digest", first };
            let pieces = self.part(&headers, content, context)?;
            // Each branch of an alternative is a body of its own.
            first &= pieces.is_empty() || mime == "multipart/alternative";
            children.push(pieces);
        }
        Ok(Some(match mime {
            "multipart/alternative" => vec![alternative(children)],
            _ => sequence(children),
        }))
    }

    fn sections<'b>(&self, body: &'b [u8], boundary: Option<&[u8]>) -> Result<Option<Vec<&'b [u8]>>, ParseError> {
        let Some(boundary) = boundary else { return Ok(None) };
        let mut sections = Vec::new();
        let mut start: Option<usize> = None;
        let mut at = 0;
        while at < body.len() {
            let rest = body.get(at..).unwrap_or_default();
            let length = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |end| end + 1);
            if rest.starts_with(b"--")
                && let Some(closes) = delimiter(rest.get(..length).unwrap_or_default(), boundary)
            {
                if let Some(start) = start.take() {
                    sections.push(without_line_end(body.get(start..at).unwrap_or_default()));
                }
                if self.parts + sections.len() > self.limits.parts {
                    return Err(ParseError::TooComplex { what: "parts", limit: self.limits.parts });
                }
                if closes {
                    return Ok(Some(sections));
                }
                start = Some(at + length);
            }
            at += length;
        }
        if let Some(start) = start {
            // The closing delimiter was lost on the way.
            sections.push(body.get(start..).unwrap_or_default());
        }
        Ok((!sections.is_empty()).then_some(sections))
    }

    fn attach(
        &mut self,
        headers: &Headers<'_>,
        mime: &str,
        disposition: &str,
        name: Option<String>,
        content: Cow<'_, [u8]>,
    ) {
        let content = content.into_owned();
        let name = name.as_deref().and_then(file_name::clean);
        let name = name.unwrap_or_else(|| match mime {
            "message/rfc822" | "message/global" => {
                let limits = HeaderLimits { fields: 200, bytes: 64 * 1024 };
                let inner = Headers::split(&content, limits).map(|(headers, _)| headers).unwrap_or_default();
                file_name::of_message(inner.text("subject").as_deref())
            }
            _ => file_name::invented(mime, self.attachments.len() + 1),
        });
        let content_id = headers.text("content-id").map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
        self.attachments.push(Attachment {
            name,
            mime: mime.to_owned(),
            inline: disposition == "inline" || disposition.is_empty() && content_id.is_some(),
            content_id: content_id.filter(|id| !id.is_empty()),
            content,
        });
    }
}

/// The media type, with the defaults of RFC 2045 §5.2 for what is missing or no type at all.
fn mime_of(content_type: &Params, digest: bool) -> String {
    match content_type.value.as_str() {
        "" if digest => "message/rfc822".to_owned(),
        "" | "text" | "plain" => "text/plain".to_owned(),
        "html" => "text/html".to_owned(),
        value if value.contains('/') => value.split_whitespace().collect(),
        _ => "application/octet-stream".to_owned(),
    }
}

/// Whether a leaf is what a person reads, rather than a file.
fn is_body(mime: &str, disposition: &str, has_name: bool, first: bool) -> bool {
    let readable = matches!(mime, "text/plain" | "text/html" | "text/enriched" | "text/richtext");
    // Some old mailers name the body itself; a named text after the body is a file.
    readable && disposition != "attachment" && (!has_name || first && disposition != "inline")
}

fn text_piece(mime: &str, content_type: &Params, content: &[u8]) -> Piece {
    let declared = content_type.get("charset").unwrap_or_default();
    if mime == "text/plain" {
        let text = charset::decode(declared, content);
        let text = flowed::unflow(&text, content_type.get("format"), content_type.get("delsp"));
        let head = text.trim_start().get(..14).unwrap_or_default().to_ascii_lowercase();
        if head.starts_with("<!doctype html") || head.starts_with("<html") {
            return Piece { plain: None, html: Some(text) };
        }
        return Piece { plain: Some(text), html: None };
    }
    let label = if declared.is_empty() { meta_charset(content).unwrap_or_default() } else { declared.to_owned() };
    Piece { plain: None, html: Some(charset::decode(&label, content).into_owned()) }
}

/// `<meta charset=…>` or `<meta http-equiv … charset=…>` near the start of an HTML part without a label.
fn meta_charset(content: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(content.get(..2048).unwrap_or(content)).to_ascii_lowercase();
    let meta = head.get(head.find("<meta")?..)?;
    let after = meta.get(meta.find("charset=")? + 8..)?;
    let label: String = after
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    Some(label).filter(|l| !l.is_empty())
}

/// One piece out of the branches: the first text that is not blank, and the HTML.
fn alternative(children: Vec<Vec<Piece>>) -> Piece {
    let mut whole = Piece::default();
    for branch in children {
        let has_html = branch.iter().any(|p| p.html.is_some());
        if has_html {
            let html: String =
                branch.into_iter().filter_map(|p| p.html.or_else(|| p.plain.map(|t| as_html(&t)))).collect();
            whole.html = Some(html);
        } else if whole.plain_or_blank().is_empty() {
            let texts: Vec<String> = branch.into_iter().filter_map(|p| p.plain).collect();
            if !texts.is_empty() {
                whole.plain = Some(texts.join("\n"));
            }
        }
    }
    whole
}

fn sequence(children: Vec<Vec<Piece>>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for piece in children.into_iter().flatten() {
        // Text and its HTML twin sent as mixed instead of alternative.
        if let Some(last) = pieces.last_mut()
            && last.html.is_none()
            && piece.plain.is_none()
            && let Some(html) = &piece.html
            && says_the_same(last.plain_or_blank(), html)
        {
            last.html = piece.html;
            continue;
        }
        pieces.push(piece);
    }
    pieces
}

fn says_the_same(plain: &str, html: &str) -> bool {
    let squeeze = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).take(60).collect() };
    let plain = squeeze(plain);
    !plain.is_empty() && squeeze(&crate::mail::html::to_text(html)).starts_with(&plain)
}

/// Plain text put between HTML pieces.
pub fn as_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div>{}</div>", escaped.replace('\n', "<br>\n"))
}

/// Whether the line is the delimiter of that boundary, and whether it closes. Blanks may follow (RFC 2046 §5.1.1).
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii_end() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The mail was cut in the first header line of a part.
fn is_half_a_header(content: &[u8]) -> bool {
    content.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"content-")) && !content.contains(&b'\n')
}

/// A multipart without a usable boundary parameter: the first `--…` line that a header line follows.
fn guessed_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|&b| b == b'\n').take(200).peekable();
    while let Some(line) = lines.next() {
        let Some(boundary) = line.trim_ascii_end().strip_prefix(b"--") else { continue };
        let followed = lines.peek().is_some_and(|next| next.to_ascii_lowercase().starts_with(b"content-"));
        if !boundary.is_empty() && boundary.len() <= 200 && followed {
            return Some(boundary);
        }
    }
    None
}
