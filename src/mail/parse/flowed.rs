//! Text as it is read: one kind of line end, no control characters, and paragraphs of `format=flowed` joined again
//! (RFC 3676).

/// Cleans a decoded text part, and joins its flowed lines when the part says so.
pub fn unflow(text: &str, format: Option<&str>, delsp: Option<&str>) -> String {
    let text = clean(text);
    if !format.is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        return text;
    }
    let delete_space = delsp.is_some_and(|d| d.eq_ignore_ascii_case("yes"));
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = line.get(depth..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if let Some(previous) = open.take()
            && (previous != depth || is_signature)
        {
            out.push('\n');
            start_line(&mut out, depth);
        } else if out.is_empty() || out.ends_with('\n') {
            start_line(&mut out, depth);
        }
        let flows = content.ends_with(' ') && !is_signature;
        if flows {
            let kept = if delete_space { content.strip_suffix(' ').unwrap_or(content) } else { content };
            out.push_str(kept);
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
        }
    }
    // `split` yields one line more than there are line ends.
    if out.ends_with('\n') {
        out.pop();
    }
    out
}

fn start_line(out: &mut String, depth: usize) {
    if depth > 0 {
        out.extend(std::iter::repeat_n('>', depth));
        out.push(' ');
    }
}

/// Line ends become `\n`; other controls, the BOM and the object-replacement mark of Apple Mail go.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                // `\r\r\n` is one line end that some gateway wrote twice.
                while chars.peek() == Some(&'\r') {
                    chars.next();
                }
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\u{2028}' | '\u{2029}' | '\u{0b}' => out.push('\n'),
            '\u{feff}' | '\u{fffc}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn flowed_paragraphs_are_joined_and_quotes_kept_apart() {
        let text = "one \ntwo\n> q1 \n> q2\nthree\n-- \nme";
        assert_eq!(unflow(text, Some("flowed"), None), "one two\n> q1 q2\nthree\n-- \nme");
        assert_eq!(unflow("山 \n田", Some("Flowed"), Some("yes")), "山田");
        assert_eq!(unflow("a \nb", None, None), "a \nb");
    }
}
