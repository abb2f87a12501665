//! "X wrote:" in the languages of our correspondents, on one line or broken over three.

use super::{Line, Mark};

/// An attribution found.
pub struct Attribution {
    /// Lines it takes.
    pub lines: usize,
    /// Nothing else it could be: what follows is the quotation even without marks.
    pub certain: bool,
}

/// Verbs that end an attribution (with the colon), or stand in its middle with only a date behind.
const VERBS: &[&str] = &[
    "wrote",
    "writes",
    "said",
    "schrieb",
    "geschrieben",
    "a écrit",
    "a ecrit",
    "écrivait",
    "écrit",
    "escribió",
    "escribio",
    "escribe",
    "ha scritto",
    "scrive",
    "schreef",
    "heeft geschreven",
    "escreveu",
    "skrev",
    "kirjoitti",
    "napisał",
    "napisała",
    "napisał(a)",
    "pisze",
    "napsal",
    "napsal(a)",
    "napísal",
    "a scris",
    "írta",
    "yazdı",
    "έγραψε",
    "написал",
    "написал(а)",
    "пишет",
    "писал",
    "写道",
    "寫道",
    "님이 작성",
    "작성",
    "a scrit",
    "scrisse",
];
const JAPANESE: &[&str] = &[
    "書きました",
    "書かれました",
    "書いた",
    "のメール",
    "さんのメッセージ",
    "のメッセージ",
    "さんより",
    "さん wrote",
    "からのメール",
];
const OPENINGS: &[&str] = &[
    "on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ", "at ", "in ", "dne ", "w dniu ", "dnia ", "quoting ",
    "a ", "på ",
];

/// The attribution that begins at line `at`, if one does.
pub fn at(lines: &[Line], dropped: &[bool], at: usize) -> Option<Attribution> {
    let first = lines.get(at)?;
    if first.is_blank() || first.mark == Mark::Quoted || first.text.len() > 600 {
        return None;
    }
    let mut joined = String::new();
    for taken in 1..=4 {
        let here = at + taken - 1;
        let line = lines.get(here).filter(|l| !l.is_blank() && l.text.len() <= 600)?;
        if taken > 1 && dropped.get(here).copied().unwrap_or_default() {
            return None;
        }
        if taken > 1 {
            // `<taro@\nexample.jp>` was broken inside; otherwise at a blank.
            joined.push(' ');
        }
        joined.push_str(line.own_text().trim());
        let text = joined.trim_matches(['*', '_', '-', ' ', '>', '|']);
        if !may_end_one(text) {
            continue;
        }
        let Some(certain) = judge(text) else { continue };
        // Over more than one line, the first must already look like the beginning of one.
        let opens = taken == 1 || opens_like_one(first.own_text());
        return opens.then_some(Attribution { lines: taken, certain });
    }
    None
}

/// A cheap look before the costly one: most lines of a mail end in none of these.
fn may_end_one(text: &str) -> bool {
    let text = text.trim_end_matches(['。', '.', ' ']);
    text.ends_with([':', '：'])
        || text.ends_with("wrote")
        || text.ends_with("schrieb")
        || JAPANESE.iter().any(|end| text.ends_with(end))
}

/// Whether a line ends as an attribution does: with a colon, or with one of the words before it.
pub fn ends_like_one(text: &str) -> bool {
    let text = text.trim().trim_matches('*').to_lowercase();
    let bare = text.trim_end_matches([':', '：', ' ', '\u{a0}', '.', '。']);
    VERBS.iter().chain(JAPANESE).any(|verb| bare.ends_with(verb)) || text.ends_with([':', '：']) && has_time(&text)
}

fn opens_like_one(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['*', '-', '>', ' ']).to_lowercase();
    OPENINGS.iter().any(|o| line.starts_with(o)) && line.contains(|c: char| c.is_ascii_digit()) || has_date(&line)
}

/// None: no attribution. Some(false): only with marked quotations below. Some(true): certainly one.
fn judge(text: &str) -> Option<bool> {
    let lower = text.to_lowercase().replace('\u{a0}', " ");
    let ends_in_colon = lower.ends_with([':', '：']);
    let bare = lower.trim_end_matches([':', '：', ' ', '。', '.']).trim_end();
    let dated = has_date(&lower);
    let timed = has_time(&lower);
    let addressed = has_bracketed_address(&lower);
    let japanese_verb = JAPANESE.iter().find(|verb| bare.ends_with(*verb));
    if let Some(verb) = japanese_verb {
        let writes = verb.contains('書');
        if ends_in_colon && (addressed || dated && timed) {
            return Some(true);
        }
        return (ends_in_colon || writes && lower.chars().count() <= 40).then_some(false);
    }
    if !ends_in_colon {
        // Some clients end in "wrote" and a dash, or in nothing.
        return (VERBS.iter().any(|v| bare.ends_with(v)) && dated && (timed || addressed)).then_some(false);
    }
    if let Some(verb) = VERBS.iter().find(|verb| bare.ends_with(*verb)) {
        let own = ["i ", "we ", "you ", "ich ", "wir ", "sie ", "j'ai ", "he ", "she ", "they "].iter().any(|p| {
            bare.strip_suffix(verb).unwrap_or_default().trim_end().to_owned() + " " == *p
                || bare.strip_suffix(verb).unwrap_or_default().trim_end().ends_with(&format!(" {}", p.trim_end()))
        });
        return Some(!own && (addressed || dated && timed));
    }
    // "schrieb Taro <t@x>:", "Am 25.11. schrieb Taro:", "skrev Taro den …:", "Taro schrieb am 25.11.2026 um 10:00:".
    let inner_verb = VERBS.iter().any(|verb| lower.contains(&format!(" {verb} ")));
    if inner_verb && (dated || addressed) {
        return Some((addressed || timed && dated) && (opens_like_one(&lower) || addressed || lower.contains(" am ")));
    }
    if lower.starts_with("quoting ") && addressed {
        return Some(true);
    }
    // Gmail and Apple Mail in Japanese, old Gmail everywhere: date, time, name and <address>, colon.
    if dated && timed && addressed && starts_with_date(&lower) {
        return Some(true);
    }
    (dated && timed && starts_with_date(&lower) && lower.chars().count() <= 60).then_some(false)
}

fn starts_with_date(text: &str) -> bool {
    text.trim_start_matches(['(', '[']).starts_with(|c: char| c.is_ascii_digit())
        || ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "令和", "月", "火", "水", "木", "金", "土", "日"]
            .iter()
            .any(|d| text.starts_with(d))
        || OPENINGS.iter().any(|o| text.starts_with(o))
}

/// `13:28`, `13.28 Uhr`, `13時28分`, `1:28 PM`.
pub fn has_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let colon = bytes
        .windows(4)
        .any(|w| matches!(w, [a, b':', b, c] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit()));
    colon
        || text.contains("時") && text.contains("分")
        || bytes
            .windows(5)
            .any(|w| matches!(w, [a, b'h', b, c, _] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit()))
}

/// A year, a date in figures, `11月25日`, or a month name with a figure.
fn has_date(text: &str) -> bool {
    let figures: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|f| !f.is_empty()).collect();
    let year = figures.iter().any(|f| f.len() == 4 && (f.starts_with("19") || f.starts_with("20")));
    let bytes = text.as_bytes();
    let slashed =
        bytes.windows(3).any(|w| matches!(w, [a, b'/' | b'.' | b'-', b] if a.is_ascii_digit() && b.is_ascii_digit()));
    let japanese = text.contains('月') && text.contains('日') && !figures.is_empty();
    let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "okt", "dez", "mai",
        "juin", "févr", "août", "déc", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug", "set", "ott", "mrt",
        "mei", "out",
    ];
    let named = !figures.is_empty()
        && text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| months.iter().any(|m| word.to_lowercase().starts_with(m)));
    year || slashed || japanese || named
}

/// `<taro@example.jp>`, also with a blank where the line was broken, or `[mailto:…]`.
fn has_bracketed_address(text: &str) -> bool {
    let within = |open: &str, close: &str| {
        text.split(open)
            .skip(1)
            .any(|rest| rest.split_once(close).is_some_and(|(inner, _)| inner.contains('@') && inner.len() <= 200))
    };
    within("<", ">") || within("[mailto:", "]") || within("(", ")") || within("＜", "＞")
}
