//! What the person wrote now, without what they answered to.
//!
//! Works on lines. A line is dropped when it is a quotation or the attribution above one; from a header block or an
//! "Original Message" rule everything is dropped. In doubt a line stays: a quotation too much is a nuisance, an answer
//! lost is a wrong decision.

mod attribution;
mod blocks;

/// What the markup says about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Own,
    /// In a container that mail programs use for the mail answered.
    Quoted,
    /// In a blockquote without any sign of who made it; the number tells one from another.
    Bare(usize),
    /// The client's "X wrote:".
    Attribution,
    /// From here on the client's copy of the mail answered.
    Cut,
    /// A rule stands above: the client's copy follows when header lines do.
    RuleAbove,
}

/// A line of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As shown, with `> ` before quotations.
    pub text: String,
    /// What the markup says; [`Mark::Own`] for plain text.
    pub mark: Mark,
}

impl Line {
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The words of the line without the marks of quotation that the HTML reader put there.
    fn own_text(&self) -> &str {
        match self.mark {
            Mark::Bare(_) => match self.text.trim_start_matches("> ") {
                ">" => "",
                text => text,
            },
            _ => &self.text,
        }
    }
}

/// The lines of a plain text.
pub fn lines(text: &str) -> Vec<Line> {
    text.split('\n').map(|line| Line { text: line.trim_end_matches('\r').to_owned(), mark: Mark::Own }).collect()
}

/// The lines as one text.
pub fn join(lines: &[Line]) -> String {
    let mut out = String::with_capacity(lines.iter().map(|l| l.text.len() + 1).sum());
    for (position, line) in lines.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        out.push_str(&line.text);
    }
    out
}

/// The text without quotations. Empty when all of it is one; the whole when the mail only forwards another.
pub fn reply(lines: &[Line]) -> String {
    let mut dropped = quoted_lines(lines);
    let mut end = lines.len();
    let mut forwards = false;
    let mut at = 0;
    while at < lines.len() {
        if dropped.get(at).copied().unwrap_or_default() || lines.get(at).is_none_or(Line::is_blank) {
            at += 1;
            continue;
        }
        if let Some(found) = blocks::history_begins(lines, at) {
            end = at;
            forwards = found.forwards;
            break;
        }
        if let Some(found) = attribution::at(lines, &dropped, at) {
            let next = next_with_text(lines, at + found.lines);
            let quotes = next.is_some_and(|next| dropped.get(next).copied().unwrap_or_default());
            if quotes {
                dropped.iter_mut().skip(at).take(found.lines).for_each(|d| *d = true);
            } else if found.certain {
                end = at;
                break;
            }
            at += if quotes { found.lines } else { 1 };
            continue;
        }
        at += 1;
    }
    forwards |= lines
        .iter()
        .zip(&dropped)
        .any(|(line, dropped)| *dropped && blocks::says_forwarded(line.text.trim_start_matches(['>', ' '])));
    let kept = kept_text(lines, &dropped, blocks::before_rules(lines, end));
    if kept.is_empty() && forwards { join(lines).trim().to_owned() } else { kept }
}

fn kept_text(lines: &[Line], dropped: &[bool], end: usize) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (position, line) in lines.iter().enumerate().take(end) {
        if dropped.get(position).copied().unwrap_or_default() {
            gap = true;
            continue;
        }
        let text = line.own_text();
        if is_signature_mark(text, lines.len() - position) {
            break;
        }
        // Where a quotation was taken out, one blank line is enough.
        if gap && (text.trim().is_empty() && (out.is_empty() || out.ends_with("\n\n"))) {
            continue;
        }
        gap &= text.trim().is_empty();
        out.push_str(text);
        out.push('\n');
    }
    out.trim_end().trim_start_matches('\n').to_owned()
}

/// `-- ` (RFC 3676 §4.3), also without its blank when only a signature can follow.
fn is_signature_mark(text: &str, lines_left: usize) -> bool {
    text == "-- " || text == "--" && lines_left <= 15
}

fn next_with_text(lines: &[Line], from: usize) -> Option<usize> {
    (from..lines.len().min(from + 4)).find(|&at| lines.get(at).is_some_and(|l| !l.is_blank()))
}

/// Which lines are quotations by their markup or by their first character.
fn quoted_lines(lines: &[Line]) -> Vec<bool> {
    let mut quoted: Vec<bool> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| match line.mark {
            Mark::Quoted | Mark::Attribution => true,
            Mark::Bare(_) => false,
            Mark::Own | Mark::Cut | Mark::RuleAbove => is_quote(&line.text) && !is_menu_path(lines, at),
        })
        .collect();
    judge_bare_blocks(lines, &mut quoted);
    mark_named_quotes(lines, &mut quoted);
    quoted
}

fn is_quote(text: &str) -> bool {
    let trimmed = text.trim_start_matches([' ', '\t', '\u{3000}']);
    text.len() - trimmed.len() <= 4 && trimmed.starts_with(['>', '＞', '≫', '》'])
}

/// `> 基本情報 > 編集`, alone between own lines, is a way through menus.
fn is_menu_path(lines: &[Line], at: usize) -> bool {
    let Some(line) = lines.get(at) else { return false };
    let rest = line.text.trim().trim_start_matches(['>', '＞']);
    let alone = ![at.checked_sub(1), Some(at + 1)]
        .into_iter()
        .flatten()
        .any(|near| lines.get(near).is_some_and(|l| is_quote(&l.text)));
    let steps: Vec<&str> = rest.split(['>', '＞', '→']).map(str::trim).collect();
    let introduced =
        at.checked_sub(1).and_then(|before| lines.get(before)).is_some_and(|l| attribution::ends_like_one(&l.text));
    alone
        && !introduced
        && steps.len() >= 2
        && steps.iter().all(|s| !s.is_empty() && s.chars().count() <= 16 && !s.contains(['。', '、']))
}

/// A bare blockquote is the quotation when an attribution stands above it, or when it ends the mail and something was
/// written before it. Otherwise somebody indented their own words.
fn judge_bare_blocks(lines: &[Line], quoted: &mut [bool]) {
    let group_of = |line: &Line| match line.mark {
        Mark::Bare(group) => Some(group),
        _ => None,
    };
    let Some(last) = lines.iter().filter_map(group_of).max() else { return };
    for group in 1..=last.min(200) {
        let Some(first) = lines.iter().position(|l| group_of(l) == Some(group)) else { continue };
        let end = lines.iter().rposition(|l| group_of(l) == Some(group)).unwrap_or(first);
        let before = (0..first).rev().find(|&at| lines.get(at).is_some_and(|l| !l.is_blank()));
        let attributed = before.is_some_and(|before| {
            (before.saturating_sub(2)..=before)
                .any(|at| attribution::at(lines, quoted, at).is_some_and(|a| at + a.lines == before + 1))
        });
        let ends_the_mail = before.is_some() && lines.iter().skip(end + 1).all(Line::is_blank);
        if attributed || ends_the_mail {
            quoted.iter_mut().take(end + 1).skip(first).for_each(|q| *q = true);
        }
    }
}

/// `yamada> text`, as Mew and other Emacs readers quote: only below an attribution, at least two lines alike.
fn mark_named_quotes(lines: &[Line], quoted: &mut [bool]) {
    let name_of = |at: usize| -> Option<&str> {
        let (name, _) = lines.get(at)?.text.split_once('>')?;
        (!name.is_empty() && name.chars().count() <= 10 && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .then_some(name)
    };
    let mut at = 0;
    while at < lines.len() {
        let Some(name) = name_of(at) else {
            at += 1;
            continue;
        };
        let run = (at..lines.len()).take_while(|&next| name_of(next) == Some(name)).count();
        let before = (0..at).rev().find(|&b| lines.get(b).is_some_and(|l| !l.is_blank()));
        let introduced = before.and_then(|b| lines.get(b)).is_some_and(|l| attribution::ends_like_one(&l.text));
        if run >= 2 && introduced {
            quoted.iter_mut().skip(at).take(run).for_each(|q| *q = true);
        }
        at += run;
    }
}
