//! Cleaned HTML read as text: lines, lists, tables, preformatted text, and which lines are quotations.
//!
//! The input is ammonia's own output: well-formed, attributes in double quotes, only the basic entities.

use crate::mail::reply_text::{Line, Mark};

/// Reads the cleaned markup.
pub fn lines(html: &str) -> Vec<Line> {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        writer.text(&unescape(text));
        let end = tag_end(from);
        let tag = from.get(1..end).unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(name) => writer.close(name),
            None => writer.open(tag),
        }
        rest = from.get(end + 1..).unwrap_or_default();
    }
    writer.text(&unescape(rest));
    writer.finish()
}

/// Where the tag's `>` stands; one inside an attribute does not count.
fn tag_end(from: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in from.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    from.len()
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// What an open element means for the lines inside it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    None,
    /// A quotation without doubt.
    Quote,
    /// A bare blockquote: quotation or indentation, to be told from what stands around it.
    Bare,
    /// "X wrote:" as marked by the client.
    Attribution,
    List(Option<usize>),
    Pre,
}

#[derive(Default)]
struct Writer {
    out: Vec<Line>,
    line: String,
    line_mark: Option<Mark>,
    blank_wanted: bool,
    space_wanted: bool,
    newline_in_space: bool,
    open: Vec<(String, Role)>,
    quotes: usize,
    bare: usize,
    attributions: usize,
    pre: usize,
    /// Number of the bare blockquote in hand: lines of one are judged together.
    group: usize,
    /// The next line begins what the client appended.
    pending: Option<Mark>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.pre > 0 {
            for (position, line) in text.split('\n').enumerate() {
                if position > 0 {
                    self.end_line();
                }
                self.put(line);
            }
            return;
        }
        for c in text.chars() {
            match c {
                ' ' | '\n' | '\t' | '\r' | '\u{c}' => {
                    self.space_wanted = true;
                    self.newline_in_space |= c == '\n';
                }
                '\u{a0}' => self.put_char(' '),
                '\u{200b}' | '\u{feff}' | '\u{200c}' | '\u{ad}' | '\u{34f}' => {}
                c => self.put_char(c),
            }
        }
    }

    fn put_char(&mut self, c: char) {
        if self.space_wanted {
            let before = self.line.chars().next_back();
            // A line break in the source between two wide characters is no blank (CSS Text §4.1.3).
            let joins = self.newline_in_space && before.is_some_and(is_wide) && is_wide(c);
            if before.is_some_and(|b| b != '\t') && !joins {
                self.line.push(' ');
            }
        }
        self.space_wanted = false;
        self.newline_in_space = false;
        self.begin_line();
        self.line.push(c);
    }

    fn put(&mut self, text: &str) {
        if !text.is_empty() {
            self.begin_line();
            self.line.push_str(text);
        }
    }

    fn begin_line(&mut self) {
        if self.line_mark.is_none() {
            if self.blank_wanted && self.out.last().is_some_and(|l| !l.text.trim_matches(['>', ' ']).is_empty()) {
                let mark = self.mark_here();
                self.out.push(Line { text: self.prefix().trim_end().to_owned(), mark });
            }
            self.blank_wanted = false;
            self.line_mark = Some(self.pending.take().unwrap_or_else(|| self.mark_here()));
        }
    }

    fn mark_here(&self) -> Mark {
        if self.quotes > 0 {
            Mark::Quoted
        } else if self.attributions > 0 {
            Mark::Attribution
        } else if self.bare > 0 {
            Mark::Bare(self.group)
        } else {
            Mark::Own
        }
    }

    fn prefix(&self) -> String {
        "> ".repeat((self.quotes + self.bare).min(10))
    }

    /// Ends the line in hand; an empty one gives a blank line.
    fn end_line(&mut self) {
        let mark = self.line_mark.take().unwrap_or_else(|| self.mark_here());
        let text = std::mem::take(&mut self.line);
        let text = format!("{}{}", self.prefix(), text.trim_end());
        self.out.push(Line { text: text.trim_end().to_owned(), mark });
        self.space_wanted = false;
        self.newline_in_space = false;
    }

    /// Ends the line only when something stands on it.
    fn fresh_line(&mut self) {
        if self.line_mark.is_some() {
            self.end_line();
        }
        self.space_wanted = false;
    }

    fn open(&mut self, tag: &str) {
        let (name, attributes) = tag.split_once([' ', '\t', '\n']).unwrap_or((tag, ""));
        let name = name.trim_end_matches('/');
        match name {
            "br" => return self.end_line(),
            "hr" => {
                self.fresh_line();
                if matches!(attribute(attributes, "id").as_deref(), Some("zwchr" | "stopSpelling")) {
                    self.pending = Some(Mark::Cut);
                }
                self.put("--------------------");
                return self.end_line();
            }
            "img" => {
                if let Some(alt) = attribute(attributes, "alt").filter(|alt| !alt.trim().is_empty()) {
                    let alt = alt.trim();
                    self.text(&if alt.chars().count() <= 2 { alt.to_owned() } else { format!("[{alt}]") });
                }
                return;
            }
            _ => {}
        }
        if is_block(name) {
            self.fresh_line();
            self.blank_wanted |= is_spaced(name, attributes);
        }
        let role = self.role(name, attributes);
        match role {
            Role::Quote => self.quotes += 1,
            Role::Bare => {
                self.bare += 1;
                if self.bare == 1 {
                    self.group += 1;
                }
            }
            Role::Attribution => self.attributions += 1,
            Role::Pre => self.pre += 1,
            Role::List(_) | Role::None => {}
        }
        match name {
            "td" | "th" if !self.line.is_empty() => {
                self.line.push('\t');
                self.space_wanted = false;
            }
            "li" => self.bullet(),
            _ => {}
        }
        self.open.push((name.to_owned(), role));
    }

    fn role(&mut self, name: &str, attributes: &str) -> Role {
        let get = |key: &str| attribute(attributes, key).unwrap_or_default().to_ascii_lowercase();
        match name {
            "blockquote" => blockquote(&get("type"), &get("class"), &get("style"), attributes.contains("cite=\"mid")),
            "pre" => Role::Pre,
            "ul" => Role::List(None),
            "ol" => Role::List(Some(get("start").parse().unwrap_or(1))),
            "div" | "span" => {
                let (class, id, style) = (get("class"), get("id"), get("style"));
                if is_history(&class, &id) || get("name") == "quote" || get("name") == "messagereplysection" {
                    Role::Quote
                } else if class.contains("gmail_attr") || class.contains("moz-cite-prefix") || id == "replyheader" {
                    Role::Attribution
                } else {
                    if matches!(id.as_str(), "divrplyfwdmsg" | "appendonsend" | "x_divrplyfwdmsg") {
                        self.pending = Some(Mark::Cut);
                    } else if style.contains("border-top:solid") || style.contains("border-top: solid") {
                        self.pending = Some(Mark::RuleAbove);
                    }
                    Role::None
                }
            }
            _ => Role::None,
        }
    }

    fn bullet(&mut self) {
        let depth = self.open.iter().filter(|(_, role)| matches!(role, Role::List(_))).count();
        let number = self.open.iter_mut().rev().find_map(|(_, role)| match role {
            Role::List(number) => Some(number),
            _ => None,
        });
        let bullet = match number {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.begin_line();
        self.line.push_str(&"  ".repeat(depth.saturating_sub(1).min(8)));
        self.line.push_str(&bullet);
        self.space_wanted = false;
    }

    fn close(&mut self, name: &str) {
        let name = name.trim();
        if is_block(name) {
            self.fresh_line();
            self.blank_wanted |= matches!(name, "blockquote" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "pre");
        }
        if let Some((_, role)) = self.open.pop() {
            match role {
                Role::Quote => self.quotes -= 1,
                Role::Bare => self.bare -= 1,
                Role::Attribution => self.attributions -= 1,
                Role::Pre => self.pre -= 1,
                Role::List(_) | Role::None => {}
            }
        }
    }

    fn finish(mut self) -> Vec<Line> {
        self.fresh_line();
        let is_blank = |l: &Line| l.text.trim_matches(['>', ' ']).is_empty();
        // At most two blank lines in a row.
        let mut blanks = 0;
        self.out.retain(|line| {
            blanks = if is_blank(line) { blanks + 1 } else { 0 };
            blanks <= 2
        });
        self.out
    }
}

fn blockquote(kind: &str, class: &str, style: &str, cites_mail: bool) -> Role {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let has_rule =
        style.contains("border-left") && !style.contains("border-left:none") && !style.contains("border-left:0");
    let indents = class.contains("indent") || style.contains("border:none") && !has_rule;
    if indents && kind != "cite" {
        Role::None
    } else if kind == "cite" || has_rule || cites_mail || class.contains("quote") || class.contains("cite") {
        Role::Quote
    } else {
        Role::Bare
    }
}

/// Containers in which clients put the mail that is answered.
fn is_history(class: &str, id: &str) -> bool {
    let classes = [
        "gmail_quote",
        "yahoo_quoted",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        "spark_quote",
        "zoho_quote",
        "ms-outlook-mobile-reference-message",
        "gmail_extra_quote",
        "moz-email-headers-table",
        "freebirdformviewerquote",
    ];
    let ids = [
        "olk_src_body_section",
        "mail-editor-reference-message-container",
        "isreplycontent",
        "quoted-content",
        "yahoo_quoted",
    ];
    classes.iter().any(|c| class.split_whitespace().any(|word| word.starts_with(c)))
        || ids.iter().any(|i| id.starts_with(i))
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "blockquote"
            | "caption"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "li"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tr"
            | "ul"
    )
}

/// Blocks with a margin. Outlook writes every line as a paragraph without one.
fn is_spaced(name: &str, attributes: &str) -> bool {
    let tight = || {
        let attributes = attributes.to_ascii_lowercase().replace(' ', "");
        attributes.contains("msonormal")
            || attributes.contains("msoplaintext")
            || attributes.contains("margin:0")
            || attributes.contains("margin-top:0")
    };
    matches!(name, "h1" | "h2" | "h3" | "ul" | "ol" | "table" | "blockquote" | "pre") || name == "p" && !tight()
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((key, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        if key.trim() == name {
            return Some(unescape(value));
        }
        rest = after;
    }
    None
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ffef}' | '\u{3400}'..='\u{4dbf}')
}
