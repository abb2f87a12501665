//! The small Markdown of the answers: paragraphs, `- ` and `1. ` lists, `> ` notices, `**bold**`, `[text](link)`.
//!
//! Everything is escaped first and only our own tags are written, so that no text can bring markup of its own
//! (SEC-033). A link is made only to https, http, mailto, tel or a path of this site (SEC-024); any other is text.

use std::fmt::Write as _;

/// A block of an answer.
#[derive(Debug, PartialEq)]
enum Block<'a> {
    Paragraph(Vec<&'a str>),
    Notice(Vec<&'a str>),
    Bullets(Vec<&'a str>),
    Numbers(Vec<&'a str>),
}

/// A piece of a line.
#[derive(Debug, PartialEq)]
enum Inline<'a> {
    Text(&'a str),
    Bold(&'a str),
    Link { text: &'a str, target: &'a str },
}

/// The answer as HTML. `prefix` is put before the paths of this site: `/en` for an English answer, else nothing.
pub(super) fn html(markdown: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 2);
    for block in blocks(markdown) {
        match block {
            Block::Paragraph(lines) => tagged(&mut out, "<p>", "</p>\n", &lines, prefix),
            Block::Notice(lines) => tagged(&mut out, "<p class=\"notice\">", "</p>\n", &lines, prefix),
            Block::Bullets(items) => list(&mut out, "ul", &items, prefix),
            Block::Numbers(items) => list(&mut out, "ol", &items, prefix),
        }
    }
    out
}

/// The answer as plain text: a paragraph or an item a line, links as their text.
pub(super) fn text(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for block in blocks(markdown) {
        let (Block::Paragraph(lines) | Block::Notice(lines) | Block::Bullets(lines) | Block::Numbers(lines)) = block;
        for line in lines {
            if !out.is_empty() {
                out.push('\n');
            }
            plain(&mut out, line);
        }
    }
    out
}

/// What is wrong with a line of an answer, if anything: raw HTML, a link that would not be made, an open `**`.
pub(super) fn fault(line: &str) -> Option<String> {
    let mut open_bold = false;
    for piece in inlines(line) {
        match piece {
            Inline::Link { target, .. } if !is_harmless(target) => {
                return Some(format!(
                    "the link `{target}` is not https, http, mailto, tel or a path that begins with one /"
                ));
            }
            Inline::Bold(text) => {
                if let Some(reason) = fault(text) {
                    return Some(reason);
                }
            }
            Inline::Text(text) | Inline::Link { text, .. } => {
                open_bold |= text.contains("**");
                let tag = text
                    .split('<')
                    .skip(1)
                    .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)));
                if tag {
                    return Some("HTML is not taken; it would show as text".to_owned());
                }
            }
        }
    }
    open_bold.then(|| "a ** has no partner on this line".to_owned())
}

/// Whether a link may be made to `target` (SEC-024).
pub(super) fn is_harmless(target: &str) -> bool {
    if target.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return false;
    }
    if let Some(path) = target.strip_prefix('/') {
        return !path.starts_with('/');
    }
    let lower = target.to_ascii_lowercase();
    ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| lower.len() > scheme.len() && lower.starts_with(scheme))
}

/// Writes `text` with the five characters that mean something in HTML escaped.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut fresh = true;
    for line in markdown.lines() {
        let line = line.trim();
        if line.is_empty() {
            fresh = true;
            continue;
        }
        let block = classify(line);
        match (blocks.last_mut(), block) {
            (Some(Block::Paragraph(lines)), Block::Paragraph(more)) if !fresh => lines.extend(more),
            (Some(Block::Notice(lines)), Block::Notice(more)) if !fresh => lines.extend(more),
            // An empty line between items does not end a list.
            (Some(Block::Bullets(items)), Block::Bullets(more)) => items.extend(more),
            (Some(Block::Numbers(items)), Block::Numbers(more)) => items.extend(more),
            (_, block) => blocks.push(block),
        }
        fresh = false;
    }
    blocks
}

fn classify(line: &str) -> Block<'_> {
    if let Some(rest) = line.strip_prefix("> ") {
        return Block::Notice(vec![rest]);
    }
    if let Some(rest) = line.strip_prefix("- ") {
        return Block::Bullets(vec![rest]);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.get(digits..).and_then(|rest| rest.strip_prefix(". ")) {
        Some(rest) if (1..=2).contains(&digits) => Block::Numbers(vec![rest]),
        _ => Block::Paragraph(vec![line]),
    }
}

/// Cuts a line into text, bold and links. What does not close stays text.
fn inlines(line: &str) -> Vec<Inline<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let mut text_end = 0;
    while let Some(tail) = rest.get(text_end..).filter(|tail| !tail.is_empty()) {
        let Some((piece, length)) = bold(tail).or_else(|| link(tail)) else {
            text_end += tail.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if text_end > 0 {
            pieces.push(Inline::Text(&rest[..text_end]));
        }
        pieces.push(piece);
        rest = &rest[text_end + length..];
        text_end = 0;
    }
    if !rest.is_empty() {
        pieces.push(Inline::Text(rest));
    }
    pieces
}

fn bold(tail: &str) -> Option<(Inline<'_>, usize)> {
    let inner = tail.strip_prefix("**")?;
    let end = inner.find("**").filter(|end| *end > 0)?;
    Some((Inline::Bold(&inner[..end]), end + 4))
}

fn link(tail: &str) -> Option<(Inline<'_>, usize)> {
    let inner = tail.strip_prefix('[')?;
    let close = inner.find(']').filter(|close| *close > 0)?;
    let after = inner[close + 1..].strip_prefix('(')?;
    let end = after.find(')').filter(|end| *end > 0)?;
    Some((Inline::Link { text: &inner[..close], target: &after[..end] }, close + end + 4))
}

fn tagged(out: &mut String, open: &str, close: &str, lines: &[&str], prefix: &str) {
    out.push_str(open);
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push_str("<br>\n");
        }
        inline_html(out, line, prefix);
    }
    out.push_str(close);
}

fn list(out: &mut String, tag: &str, items: &[&str], prefix: &str) {
    let _ = writeln!(out, "<{tag}>");
    for item in items {
        tagged(out, "<li>", "</li>\n", &[item], prefix);
    }
    let _ = writeln!(out, "</{tag}>");
}

fn inline_html(out: &mut String, line: &str, prefix: &str) {
    for piece in inlines(line) {
        match piece {
            Inline::Text(text) => escape(out, text),
            Inline::Bold(text) => {
                out.push_str("<strong>");
                // A link may stand in bold; bold in bold cannot, so this ends.
                inline_html(out, text, prefix);
                out.push_str("</strong>");
            }
            Inline::Link { text, target } if is_harmless(target) => {
                out.push_str("<a href=\"");
                if target.starts_with('/') {
                    out.push_str(prefix);
                }
                escape(out, target);
                // Another site learns nothing of the page the reader came from (SEC-068).
                out.push_str(if target.starts_with('/') { "\">" } else { "\" rel=\"noreferrer noopener\">" });
                escape(out, text);
                out.push_str("</a>");
            }
            Inline::Link { text, target } => {
                escape(out, text);
                out.push_str(" (");
                escape(out, target);
                out.push(')');
            }
        }
    }
}

fn plain(out: &mut String, line: &str) {
    for piece in inlines(line) {
        match piece {
            Inline::Text(text) | Inline::Link { text, .. } => out.push_str(text),
            Inline::Bold(text) => plain(out, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subset_becomes_the_tags_it_stands_for() {
        let page = html(
            "> 注意\n\n一行目\n二行目 **太字**\n\n- [窓口](/inquiries/id)へ\n- [外](https://example.jp/a?b=1&c=2)\n\n1. 一\n2. 二",
            "",
        );
        assert_eq!(
            page,
            "<p class=\"notice\">注意</p>\n<p>一行目<br>\n二行目 <strong>太字</strong></p>\n<ul>\n<li><a href=\"/inquiries/id\">窓口</a>へ</li>\n\
             <li><a href=\"https://example.jp/a?b=1&amp;c=2\" rel=\"noreferrer noopener\">外</a></li>\n</ul>\n<ol>\n<li>一</li>\n<li>二</li>\n</ol>\n"
        );
    }

    #[test]
    fn sec_033_no_markup_of_the_text_survives() {
        for evil in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<iframe src=//x>",
            "**<b onclick=x>**",
            "[<i>](https://a)",
            "a\"b'c&d",
        ] {
            let page = html(evil, "");
            let rest = ["<p>", "</p>", "<strong>", "</strong>", "</a>"]
                .iter()
                .fold(page.clone(), |page, tag| page.replace(tag, ""));
            let rest = rest.replace("<a href=\"https://a\" rel=\"noreferrer noopener\">", "");
            assert!(!rest.contains('<') && !rest.contains('"') && !rest.contains('\''), "{evil}: {page}");
        }
    }

    #[test]
    fn sec_024_only_harmless_links_are_made() {
        for evil in [
            "javascript:alert(1)",
            "jAvAsCrIpT:x",
            "data:text/html;base64,x",
            "vbscript:x",
            "java\tscript:x",
            "&#x6A;avascript:x",
            "//evil.example",
            "/\\evil.example",
            "https:",
            "ftp://x",
            "x\u{0}",
        ] {
            assert!(!html(&format!("[ここ]({evil})"), "").contains("<a "), "{evil}");
            assert!(fault(&format!("[ここ]({evil})")).is_some(), "{evil}");
        }
        for good in ["https://example.jp", "HTTP://example.jp", "mailto:a@example.jp", "tel:0312345678", "/faq/x?y=1#z"]
        {
            assert!(html(&format!("[ここ]({good})"), "").contains("<a "), "{good}");
        }
    }

    #[test]
    fn a_quote_in_a_link_cannot_leave_the_attribute() {
        assert!(!html("[x](/a\"onmouseover=\"b)", "").contains("\"onmouseover"));
    }

    #[test]
    fn an_english_answer_leads_to_english_pages() {
        assert_eq!(
            html("[FAQ](/faq/a) [x](https://a.b)", "/en"),
            "<p><a href=\"/en/faq/a\">FAQ</a> <a href=\"https://a.b\" rel=\"noreferrer noopener\">x</a></p>\n"
        );
    }

    #[test]
    fn what_does_not_close_is_text() {
        assert_eq!(html("[a](b **c [d", ""), "<p>[a](b **c [d</p>\n");
        assert_eq!(fault("**開いたまま"), Some("a ** has no partner on this line".to_owned()));
        assert_eq!(fault("1 < 2 と 3<4"), None);
    }

    #[test]
    fn plain_text_has_the_words_and_none_of_the_marks() {
        assert_eq!(text("- **太字** と [窓口](/a)\n\n二"), "太字 と 窓口\n二");
    }
}
