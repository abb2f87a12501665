//! Address fields (RFC 5322 §3.4): groups, comments, quoted strings, raw and encoded names, and the local parts with
//! `..` or `.@` that Japanese carriers once gave out and people still use.

use serde::Serialize;

use super::{encoded_word, header};

/// One mailbox. `address` is `local@domain` with the domain in lower case; empty when the field named only a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The display name, decoded.
    pub name: Option<String>,
    /// The address, its domain in lower case.
    pub address: String,
}

/// Every mailbox of a raw address field, in order.
pub fn parse(raw: &[u8]) -> Vec<Address> {
    let text = header::unicode(raw);
    let found = mailboxes(&text);
    if found.is_empty() && text.contains("=?") {
        // The whole field, address and all, was put into encoded words.
        return mailboxes(&encoded_word::decode_text(&text));
    }
    found
}

/// An address as it is compared and stored: domain lower-cased, needless quotes around the local part removed.
pub fn normalise(address: &str) -> String {
    let address: String = address.chars().filter(|c| !c.is_control()).collect();
    let address = address.trim().trim_matches(['<', '>']).trim();
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let local = local.trim();
    let bare = local.strip_prefix('"').and_then(|l| l.strip_suffix('"'));
    match bare {
        Some(bare) if !bare.is_empty() && bare.chars().all(is_plain_local) => format!("{bare}@{domain}"),
        _ => format!("{local}@{domain}"),
    }
}

fn is_plain_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

/// What has been read of the mailbox in hand.
#[derive(Default)]
struct Reading {
    /// Words outside angle brackets, with the quotes removed.
    phrase: String,
    /// The same, with the quotes kept: an address without brackets may need them.
    bare: String,
    /// Text of comments: the old style `a@b (Name)`.
    comment: String,
    angle: Option<String>,
}

impl Reading {
    fn finish(&mut self, out: &mut Vec<Address>) {
        let reading = std::mem::take(self);
        let decode = |s: &str| Some(clean_name(&encoded_word::decode_text(s))).filter(|n| !n.is_empty());
        if let Some(angle) = reading.angle {
            let name = decode(&reading.phrase).or_else(|| decode(&reading.comment));
            let angle = without_comments(angle);
            let address = normalise(angle.rsplit(':').next().filter(|_| angle.starts_with('@')).unwrap_or(&angle));
            if !address.is_empty() || name.is_some() {
                // `<>` and `<name>` are no addresses; a name that is an address stands in.
                match (&name, address.contains('@')) {
                    (Some(other), false) if other.contains('@') => {
                        out.push(Address { name: None, address: normalise(other) })
                    }
                    (_, false) if name.is_none() && address.is_empty() => {}
                    _ => out.push(Address { name, address }),
                }
            }
            return;
        }
        let bare = reading.bare.trim();
        if bare.contains('@') {
            let (name, address) = split_bare(bare);
            out.push(Address { name: name.or_else(|| decode(&reading.comment)), address });
        }
    }
}

/// `pete(his account)@silly.test(his host)` is pete@silly.test (RFC 5322 §A.5).
fn without_comments(angle: String) -> String {
    if !angle.contains('(') || angle.contains('"') {
        return angle;
    }
    let mut chars = angle.chars().peekable();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        if c == '(' { drop(comment(&mut chars)) } else { out.push(c) }
    }
    if out.contains('@') { out } else { angle }
}

/// `Taro a@b` without brackets: the last word with an `@` is the address.
fn split_bare(bare: &str) -> (Option<String>, String) {
    if bare.starts_with('"') || !bare.contains(char::is_whitespace) {
        return (None, normalise(bare));
    }
    let joined: String = bare.split_whitespace().collect();
    if bare.contains(" @") || bare.contains("@ ") {
        return (None, normalise(&joined));
    }
    let mut words: Vec<&str> = bare.split_whitespace().collect();
    let at = words.iter().rposition(|w| w.contains('@')).unwrap_or_default();
    let address = normalise(words.remove(at));
    let name = clean_name(&encoded_word::decode_text(&words.join(" ")));
    (Some(name).filter(|n| !n.is_empty()), address)
}

fn clean_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !hides(*c)).collect();
    let name = name.trim();
    let bare =
        [('"', '"'), ('\'', '\'')].iter().find_map(|(open, close)| name.strip_prefix(*open)?.strip_suffix(*close));
    bare.unwrap_or(name).trim().to_owned()
}

/// Controls and the bidirectional overrides that make a name read as another.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{200b}')
}

fn mailboxes(text: &str) -> Vec<Address> {
    let mut out = Vec::new();
    let mut reading = Reading::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let quoted = quoted(&mut chars);
                reading.bare.push('"');
                reading.bare.push_str(&quoted);
                reading.bare.push('"');
                reading.phrase.push_str(&quoted);
            }
            '(' => {
                let comment = comment(&mut chars);
                if !reading.comment.is_empty() {
                    reading.comment.push(' ');
                }
                reading.comment.push_str(&comment);
            }
            '<' => {
                let angle = angle(&mut chars);
                // `Name <mobile> <a@b>`: the one with an @ is the address.
                if (angle.contains('@') || reading.angle.is_none())
                    && let Some(earlier) = reading.angle.replace(angle)
                {
                    if earlier.contains('@') {
                        let second = reading.angle.replace(earlier);
                        reading.finish(&mut out);
                        reading.angle = second;
                    } else {
                        reading.phrase.push_str(&format!("<{earlier}>"));
                    }
                }
            }
            ',' | ';' => reading.finish(&mut out),
            // A group's name ends here; inside an address without brackets a colon cannot stand.
            ':' if reading.angle.is_none() && !reading.bare.contains('@') => reading = Reading::default(),
            c => {
                reading.bare.push(c);
                if reading.angle.is_none() {
                    reading.phrase.push(c);
                }
            }
        }
    }
    reading.finish(&mut out);
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn quoted(chars: &mut Chars<'_>) -> String {
    let mut out = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

fn comment(chars: &mut Chars<'_>) -> String {
    let mut depth = 1;
    let mut out = String::new();
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            '\\' => {
                out.extend(chars.next());
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Up to `>`. A quoted local part may hold one.
fn angle(chars: &mut Chars<'_>) -> String {
    let mut out = String::new();
    let mut has_at = false;
    while let Some(c) = chars.next() {
        has_at |= c == '@';
        match c {
            '>' => break,
            '"' => {
                out.push('"');
                out.push_str(&quoted(chars));
                out.push('"');
            }
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
        // A bracket that is never closed must not swallow the next mailbox.
        if has_at && chars.peek() == Some(&',') {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{normalise, parse};

    fn addresses(raw: &str) -> Vec<String> {
        parse(raw.as_bytes()).into_iter().map(|a| a.address).collect()
    }

    #[test]
    fn old_carrier_addresses_survive_quoted_or_not() {
        assert_eq!(addresses("\"taro..yamada.\"@docomo.ne.jp"), ["taro..yamada.@docomo.ne.jp"]);
        assert_eq!(addresses("<taro..yamada.@DOCOMO.ne.jp>"), ["taro..yamada.@docomo.ne.jp"]);
        assert_eq!(normalise("\"a b\"@X.jp"), "\"a b\"@x.jp");
    }

    #[test]
    fn groups_comments_and_commas_in_names_are_understood() {
        assert_eq!(
            addresses("Staff: \"Yamada, Taro\" <t@a.jp>, h@b.jp (Hanako);, x@c.jp"),
            ["t@a.jp", "h@b.jp", "x@c.jp"]
        );
        assert_eq!(parse(b"h@b.jp (Hanako)")[0].name.as_deref(), Some("Hanako"));
        assert!(addresses("undisclosed-recipients:;").is_empty());
    }

    #[test]
    fn an_address_inside_an_encoded_name_never_becomes_the_address() {
        let found = parse("=?utf-8?Q?boss=40board.jp_=3Cboss=40board.jp=3E?= <evil@x.jp>".as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address, "evil@x.jp");
    }
}
