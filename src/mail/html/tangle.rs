//! Hostile markup: thousands of open elements make an HTML5 parser walk its stack at every tag, and open formatting
//! elements are copied into every paragraph. Both costs are estimated from the tags alone before parsing.

/// Elements open at once. Browsers stop at 512.
const MAX_DEPTH: i64 = 512;
/// Sum over all tags of the elements open at that tag: steps of the parser's scope searches.
const MAX_STEPS: i64 = 10_000_000;
/// Sum over all tags of the formatting elements open at that tag: nodes the parser may have to copy.
const MAX_COPIES: i64 = 400_000;

const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Elements that close themselves or each other.
const NOT_COUNTED: &[&str] = &[
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html", "img", "input", "li",
    "link", "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
    "o:p",
];

/// Whether the parser can be trusted with it.
pub fn is_bearable(html: &str) -> bool {
    let (mut depth, mut steps, mut formatting, mut copies) = (0i64, 0i64, 0i64, 0i64);
    for (name, closes) in tags(html) {
        let step = if closes { -1 } else { 1 };
        if !NOT_COUNTED.iter().any(|n| name.eq_ignore_ascii_case(n)) {
            depth = (depth + step).max(0);
        }
        if FORMATTING.iter().any(|n| name.eq_ignore_ascii_case(n)) {
            formatting = (formatting + step).max(0);
        }
        steps += depth;
        copies += formatting;
        if depth > MAX_DEPTH || steps > MAX_STEPS || copies > MAX_COPIES {
            return false;
        }
    }
    true
}

/// The text between the tags, for markup that is not parsed.
pub fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    for (position, piece) in html.split('<').enumerate() {
        let text = if position == 0 { piece } else { piece.split_once('>').map_or("", |(_, text)| text) };
        if !text.trim().is_empty() {
            out.push_str(text.trim());
            out.push('\n');
        }
    }
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Every `<name` and `</name`, wherever it stands: inside comments and attributes too, which only counts too much.
fn tags(html: &str) -> impl Iterator<Item = (&str, bool)> {
    html.split('<').skip(1).filter_map(|rest| {
        let (rest, closes) = rest.strip_prefix('/').map_or((rest, false), |rest| (rest, true));
        let end = rest.bytes().take(40).position(|b| !(b.is_ascii_alphanumeric() || b == b':' || b == b'-'));
        let name = rest.get(..end.unwrap_or(rest.len().min(40)))?;
        name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, closes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markup_is_bearable_and_bombs_are_not_sec_045() {
        assert!(is_bearable(&"<table><tr><td><p><font color=red>x</font></td></tr></table>".repeat(5000)));
        assert!(!is_bearable(&"<div>".repeat(10_000)));
        assert!(!is_bearable(&"<p><font size=1>".repeat(10_000)));
    }

    #[test]
    fn what_is_not_parsed_still_gives_its_words() {
        assert_eq!(strip("<div>a &amp; b<div>c"), "a & b\nc\n");
    }
}
