//! The file format of an entry: front matter between `---` lines, then the answer in a small Markdown.

use chrono::NaiveDate;

use super::FaqError;
use super::markdown;
use crate::desk::Lang;

/// The inquiry kinds an entry may lead to, as in the routes `/inquiries/{kind}`.
pub const KINDS: &[&str] = &[
    "login_mail",
    "id",
    "password",
    "duplicate",
    "image",
    "profile",
    "apply",
    "withdraw",
    "result",
    "transfer",
    "record",
    "late_start",
    "ceiling",
    "curriculum",
    "trouble",
    "director",
    "other",
];

/// Whom an entry is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// 応募者.
    Applicant,
    /// 研修中専攻医.
    Trainee,
    /// 統括責任者.
    Director,
    /// 領域学会.
    Society,
    /// The desk itself; not listed to the public.
    System,
}

impl Audience {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "applicant" => Self::Applicant,
            "trainee" => Self::Trainee,
            "director" => Self::Director,
            "society" => Self::Society,
            "system" => Self::System,
            _ => return None,
        })
    }

    /// The word in the front matter.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Trainee => "trainee",
            Self::Director => "director",
            Self::Society => "society",
            Self::System => "system",
        }
    }
}

/// A question and its answer in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same in both languages: lower-case letters, digits and hyphens.
    pub id: String,
    /// The language it is written in.
    pub lang: Lang,
    /// The question, one line of plain text.
    pub question: String,
    /// Whom it is for.
    pub audience: Vec<Audience>,
    /// The inquiry kinds ([`KINDS`]) it belongs to, the first is the nearest.
    pub kinds: Vec<String>,
    /// Other words people type for it; searched, never shown.
    pub keywords: Vec<String>,
    /// The facts it states, `F01` and up.
    pub facts: Vec<String>,
    /// The first day it holds.
    pub valid_from: Option<NaiveDate>,
    /// The last day it holds.
    pub valid_to: Option<NaiveDate>,
    /// The office must confirm the wording before it is relied on.
    pub needs_curation: bool,
    /// The answer in Markdown, as written.
    pub answer: String,
}

impl Entry {
    /// Reads a file. `file` is the name for messages; its last part without `.md` must be the id.
    ///
    /// # Errors
    /// [`FaqError::Format`] with the first line that breaks the format.
    pub fn parse(file: &str, lang: Lang, text: &str) -> Result<Self, FaqError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let wrong = |line: usize, reason: String| FaqError::Format { file: file.to_owned(), line, reason };
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        if lines.next().is_none_or(|(_, line)| line.trim_end() != "---") {
            return Err(wrong(1, "the file must begin with a line ---".to_owned()));
        }
        let mut entry = Self::empty(lang);
        let mut seen: Vec<&str> = Vec::new();
        let mut closed = None;
        for (number, line) in lines.by_ref() {
            let line = line.trim();
            if line == "---" {
                closed = Some(number);
                break;
            }
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once(':').ok_or_else(|| wrong(number, "expected `key: value`".to_owned()))?;
            let key = key.trim();
            if seen.contains(&key) {
                return Err(wrong(number, format!("`{key}` is given twice")));
            }
            seen.push(key);
            entry.set(key, value.trim()).map_err(|reason| wrong(number, reason))?;
        }
        let closed = closed.ok_or_else(|| wrong(0, "the front matter has no closing line ---".to_owned()))?;
        for key in ["id", "question", "audience", "kinds"] {
            if !seen.contains(&key) {
                return Err(wrong(closed, format!("`{key}` is missing")));
            }
        }
        entry.answer = lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n").trim().to_owned();
        entry.check(file, &text, closed)?;
        Ok(entry)
    }

    fn empty(lang: Lang) -> Self {
        Self {
            id: String::new(),
            lang,
            question: String::new(),
            audience: Vec::new(),
            kinds: Vec::new(),
            keywords: Vec::new(),
            facts: Vec::new(),
            valid_from: None,
            valid_to: None,
            needs_curation: false,
            answer: String::new(),
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "id" => self.id = value.to_owned(),
            "question" => self.question = value.to_owned(),
            "audience" => {
                let parse = |word: &String| Audience::parse(word).ok_or_else(|| format!("unknown audience `{word}`"));
                self.audience = list(value).iter().map(parse).collect::<Result<_, _>>()?;
            }
            "kinds" => {
                self.kinds = list(value);
                if let Some(kind) = self.kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
                    return Err(format!("unknown kind `{kind}`; one of {}", KINDS.join(", ")));
                }
            }
            "keywords" => self.keywords = list(value),
            "facts" => {
                self.facts = list(value);
                if let Some(fact) = self.facts.iter().find(|fact| !is_fact(fact)) {
                    return Err(format!("`{fact}` is not a fact; expected F01 and so on"));
                }
            }
            "valid_from" => self.valid_from = Some(date(value)?),
            "valid_to" => self.valid_to = Some(date(value)?),
            "needs_curation" => {
                self.needs_curation = value.parse().map_err(|_| "needs_curation is true or false".to_owned())?;
            }
            other => return Err(format!("unknown key `{other}`")),
        }
        Ok(())
    }

    /// What can be wrong beyond one line of front matter.
    fn check(&self, file: &str, text: &str, closed: usize) -> Result<(), FaqError> {
        let wrong = |line: usize, reason: String| Err(FaqError::Format { file: file.to_owned(), line, reason });
        let stem = file.rsplit(['/', '\\']).next().and_then(|name| name.strip_suffix(".md")).unwrap_or_default();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || !self.id.chars().all(legal) {
            return wrong(1, "`id` is lower-case letters, digits and hyphens".to_owned());
        }
        if stem != self.id {
            return wrong(1, format!("the id `{}` and the file name `{stem}.md` differ", self.id));
        }
        if self.question.is_empty() || self.audience.is_empty() || self.kinds.is_empty() {
            return wrong(closed, "`question`, `audience` and `kinds` must not be empty".to_owned());
        }
        if self.valid_from.zip(self.valid_to).is_some_and(|(from, to)| from > to) {
            return wrong(closed, "`valid_from` is after `valid_to`".to_owned());
        }
        if self.answer.is_empty() {
            return wrong(closed, "the answer is empty".to_owned());
        }
        for (at, line) in text.lines().enumerate().skip(closed) {
            if let Some(reason) = markdown::fault(line) {
                return wrong(at + 1, reason);
            }
        }
        Ok(())
    }

    /// The file that [`Entry::parse`] reads back to the same entry.
    pub fn to_file(&self) -> String {
        let mut file = format!("---\nid: {}\nquestion: {}\n", self.id, self.question);
        let audience: Vec<_> = self.audience.iter().map(|a| a.word().to_owned()).collect();
        let lists =
            [("audience", &audience), ("kinds", &self.kinds), ("keywords", &self.keywords), ("facts", &self.facts)];
        for (key, words) in lists.into_iter().filter(|(_, words)| !words.is_empty()) {
            file.push_str(&format!("{key}: {}\n", words.join(", ")));
        }
        for (key, day) in [("valid_from", self.valid_from), ("valid_to", self.valid_to)] {
            if let Some(day) = day {
                file.push_str(&format!("{key}: {day}\n"));
            }
        }
        if self.needs_curation {
            file.push_str("needs_curation: true\n");
        }
        file.push_str(&format!("---\n{}\n", self.answer));
        file
    }

    /// Whether it holds on `day`.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Whether the public may read it: an entry for the desk alone is not listed.
    pub fn is_public(&self) -> bool {
        self.audience.iter().any(|a| *a != Audience::System)
    }

    /// The answer as HTML: escaped, only the tags of our renderer, only harmless links (SEC-024, SEC-033). The paths of this
    /// site in an English answer lead to the English pages.
    pub fn answer_html(&self) -> String {
        markdown::html(&self.answer, if self.lang == Lang::En { "/en" } else { "" })
    }

    /// The answer as plain text, a paragraph or list item a line.
    pub fn answer_text(&self) -> String {
        markdown::text(&self.answer)
    }
}

/// A list as `a, b` or `[a, b]`; both the Latin and the Japanese comma part.
fn list(value: &str) -> Vec<String> {
    let value = value.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or(value);
    value.split([',', '、', '，']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_fact(word: &str) -> bool {
    word.strip_prefix('F').is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn date(value: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(value, "%Y-%m-%d").map_err(|_| format!("`{value}` is not a date YYYY-MM-DD"))
}
