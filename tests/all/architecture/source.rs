//! One source file as the rules see it: its module, the paths it names, its string literals. Comments and what stands
//! under `#[cfg(test)] mod …` are left out.

use std::path::Path;

/// A source file of the house.
pub struct Source {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    text: String,
    tokens: Vec<(usize, Token)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
    /// `::`
    Path,
}

impl Source {
    /// Every `.rs` file under the folders.
    pub fn read_all(root: &Path, folders: &[&str]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut waiting: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                    found.push(Self::new(&name, &std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// A source from its path and text.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into(), tokens: without_tests(tokens(text)) }
    }

    /// Lines of the file above its unit tests.
    pub fn lines(&self) -> usize {
        let code = self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines().count()
    }

    /// The module the file is: `src/desk/ticket/mod.rs` is `desk`, `ticket`.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|p| p == "mod" || p == "lib" || p == "main") {
            parts.pop();
        }
        parts
    }

    /// Every path into this crate (`crate::…`, `super::…`), from the root of the crate, with its line.
    pub fn crate_paths(&self) -> Vec<(usize, Vec<String>)> {
        let here = self.module();
        self.paths()
            .into_iter()
            .filter_map(|(line, path)| {
                let supers = path.iter().take_while(|p| *p == "super").count();
                match path.first().map(String::as_str) {
                    Some("crate" | "madoguchi") => Some((line, path[1..].to_vec())),
                    Some("super") if supers <= here.len() => {
                        Some((line, [&here[..here.len() - supers], &path[supers..]].concat()))
                    }
                    _ => None,
                }
            })
            .collect()
    }

    /// Every other path of two parts or more, and every `use` of a whole crate, with its line.
    pub fn outside_paths(&self) -> Vec<(usize, Vec<String>)> {
        let inside = |first: &str| matches!(first, "crate" | "madoguchi" | "super" | "self" | "Self");
        self.paths().into_iter().filter(|(_, path)| !path.first().is_some_and(|p| inside(p))).collect()
    }

    /// Every string literal with its line.
    pub fn literals(&self) -> Vec<(usize, &str)> {
        self.tokens
            .iter()
            .filter_map(|(line, t)| if let Token::Text(s) = t { Some((*line, s.as_str())) } else { None })
            .collect()
    }

    fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            match &self.tokens[at].1 {
                Token::Word(word) if word == "use" => {
                    at += 1;
                    at = self.tree(at, &[], &mut found);
                }
                Token::Word(word) => {
                    let line = self.tokens[at].0;
                    let mut path = vec![word.clone()];
                    while let (Some((_, Token::Path)), Some((_, Token::Word(next)))) =
                        (self.tokens.get(at + 1), self.tokens.get(at + 2))
                    {
                        path.push(next.clone());
                        at += 2;
                    }
                    if path.len() > 1 {
                        found.push((line, path));
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
        found
    }

    /// Reads one tree of a `use` from `at` and returns where it ended.
    fn tree(&self, mut at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
        let mut path = before.to_vec();
        let line = self.tokens.get(at).map_or(0, |t| t.0);
        while let Some((_, token)) = self.tokens.get(at) {
            match token {
                Token::Word(word) if word == "as" => at += 2,
                Token::Word(word) => {
                    if word != "self" || path.is_empty() {
                        path.push(word.clone());
                    }
                    at += 1;
                }
                Token::Path => at += 1,
                Token::Sign('*') => at += 1,
                Token::Sign('{') => {
                    at += 1;
                    while !matches!(self.tokens.get(at), None | Some((_, Token::Sign('}')))) {
                        at = self.tree(at, &path, found);
                        if matches!(self.tokens.get(at), Some((_, Token::Sign(',')))) {
                            at += 1;
                        }
                    }
                    return at + 1;
                }
                _ => break,
            }
        }
        if !path.is_empty() {
            found.push((line, path));
        }
        at
    }
}

/// Leaves out each `#[cfg(test)] mod … { … }`.
fn without_tests(tokens: Vec<(usize, Token)>) -> Vec<(usize, Token)> {
    let sign = |t: &Token, c| *t == Token::Sign(c);
    let word = |t: &Token, w: &str| *t == Token::Word(w.into());
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = tokens[at..].len() > 9
            && sign(&tokens[at].1, '#')
            && word(&tokens[at + 2].1, "cfg")
            && word(&tokens[at + 4].1, "test")
            && word(&tokens[at + 7].1, "mod");
        if !starts {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        while at < tokens.len() {
            match tokens[at].1 {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
            let ends = depth == 0 && matches!(tokens[at].1, Token::Sign('}' | ';'));
            at += 1;
            if ends {
                break;
            }
        }
    }
    kept
}

/// Cuts Rust text into words, string literals and signs.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let c: Vec<char> = text.chars().collect();
    let get = |i: usize| c.get(i).copied().unwrap_or('\0');
    let is_word = |ch: char| ch.is_alphanumeric() || ch == '_';
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < c.len() {
        let start = i;
        let start_line = line;
        match c[i] {
            '/' if get(i + 1) == '/' => {
                while i < c.len() && c[i] != '\n' {
                    i += 1;
                }
                continue;
            }
            '/' if get(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (get(i), get(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= c.len() {
                        break;
                    }
                }
            }
            '"' => {
                i = end_of_string(&c, i);
                found.push((start_line, Token::Text(c[start + 1..(i - 1).max(start + 1)].iter().collect())));
            }
            'r' if get(i + 1) == '"' || (get(i + 1) == '#' && matches!(get(i + 2), '#' | '"')) => {
                let hashes = c[i + 1..].iter().take_while(|ch| **ch == '#').count();
                let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                i += 2 + hashes;
                let inner = i;
                while i < c.len() && !c[i..].starts_with(&end) {
                    i += 1;
                }
                found.push((start_line, Token::Text(c[inner..i].iter().collect())));
                i = (i + end.len()).min(c.len());
            }
            // A character, or else a lifetime.
            '\'' if get(i + 1) == '\\' => {
                i += 3;
                while i < c.len() && c[i] != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if get(i + 2) == '\'' => i += 3,
            ':' if get(i + 1) == ':' => {
                found.push((start_line, Token::Path));
                i += 2;
            }
            ch if is_word(ch) => {
                while i < c.len() && is_word(c[i]) {
                    i += 1;
                }
                // b"…", c"…": the prefix is not a word.
                if get(i) != '"' {
                    found.push((start_line, Token::Word(c[start..i].iter().collect())));
                }
            }
            ch => {
                if !ch.is_whitespace() {
                    found.push((start_line, Token::Sign(ch)));
                }
                i += 1;
            }
        }
        line += c[start..i.min(c.len())].iter().filter(|ch| **ch == '\n').count();
    }
    found
}

fn end_of_string(c: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < c.len() && c[i] != '"' {
        i += if c[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(c.len())
}
