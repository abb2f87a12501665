//! HTML of strangers: cleaned for the staff's eyes, and read as text (SEC-021…026).
//!
//! Both go through ammonia, an allowlist over a real HTML5 parser. Markup that is tangled on purpose is refused before it
//! reaches the parser, whose work can grow with the square of the nesting.

mod tangle;
mod text;

use ammonia::{Builder, UrlRelative};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::reply_text::{self, Line};

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
];

/// Elements whose content goes with them: it is code, a form, or nothing for people.
const DROPPED: &[&str] = &[
    "script", "style", "title", "template", "iframe", "frameset", "object", "embed", "applet", "noembed", "noframes",
    "noscript", "xmp", "textarea", "select", "svg", "math", "audio", "video", "canvas", "map", "datalist",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().chain(["ul"]).collect())
        .clean_content_tags(DROPPED.iter().copied().collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["https", "http", "mailto", "tel"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// Keeps what tells quotations from own words. Its output is read by [`text`] only and never shown.
static READER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let marks = HashSet::from(["class", "id", "style", "name"]);
    let mut quote = marks.clone();
    quote.extend(["type", "cite"]);
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().chain(["ul", "img"]).collect())
        .clean_content_tags(DROPPED.iter().copied().collect())
        .tag_attributes(HashMap::from([
            ("div", marks.clone()),
            ("span", HashSet::from(["class", "id"])),
            ("p", HashSet::from(["class", "style"])),
            ("hr", HashSet::from(["id"])),
            ("img", HashSet::from(["alt"])),
            ("ol", HashSet::from(["start"])),
            ("blockquote", quote),
        ]))
        .link_rel(None);
    builder
});

/// The HTML with only what is on the list left: no scripts, forms, styles or images, no attribute but links to https,
/// http, mailto and tel, and spans of tables. None when it is too tangled to be parsed safely.
pub fn sanitize(html: &str) -> Option<String> {
    tangle::is_bearable(html).then(|| CLEANER.clean(html).to_string())
}

/// Whether showing the HTML as it came would load something from elsewhere, in any of the ways known (SEC-025).
pub fn loads_from_elsewhere(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    let loaders = [
        "src=",
        "src =",
        "srcset",
        "background=",
        "background =",
        "url(",
        "@import",
        "poster=",
        "<link",
        "<object",
        "data=",
    ];
    let has_loader = loaders.iter().any(|loader| html.contains(loader));
    has_loader
        && [
            "<img",
            "<image",
            "<input",
            "<video",
            "<audio",
            "<source",
            "<picture",
            "<link",
            "<object",
            "<embed",
            "<iframe",
            "<frame",
            "background",
            "url(",
            "@import",
            "<script",
        ]
        .iter()
        .any(|tag| html.contains(tag))
}

/// The HTML as lines of text, each with what its markup says about quotation.
pub fn to_lines(html: &str) -> Vec<Line> {
    if tangle::is_bearable(html) {
        text::lines(&READER.clean(html).to_string())
    } else {
        reply_text::lines(&tangle::strip(html))
    }
}

/// The HTML as readable text.
pub fn to_text(html: &str) -> String {
    reply_text::join(&to_lines(html)).trim().to_owned()
}
