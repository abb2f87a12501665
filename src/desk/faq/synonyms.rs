//! Groups of words that mean one thing to the people who ask here.
//!
//! The file has a group a line, words parted by commas; `#` begins a comment. Words are compared after folding, so
//! one spelling is enough for widths and kana; verbs are given as stems (`届か`). Each group is a *concept*: it is
//! found in texts and queries alike, so a query meets every text that says the same in other words.

use std::collections::HashMap;

use super::FaqError;
use crate::platform::text::{FoldedChar, Script, ja};

/// All groups, ready to be found in text.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    groups: Vec<Vec<String>>,
    /// First character → the words that begin with it.
    words: HashMap<char, Vec<Word>>,
}

#[derive(Debug, Clone)]
struct Word {
    chars: Vec<char>,
    group: u32,
}

/// A group found in a text, by positions of normalised characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Concept {
    pub(super) group: u32,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Synonyms {
    /// Reads the file. `file` is its name for messages.
    ///
    /// # Errors
    /// [`FaqError::Format`] for a line with fewer than two words: a group of one says nothing and is a slip.
    pub fn parse(file: &str, text: &str) -> Result<Self, FaqError> {
        let mut synonyms = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let group: Vec<String> = line
                .split([',', '、', '，'])
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            if group.len() < 2 {
                let reason = "a group needs two words or more, parted by commas".to_owned();
                return Err(FaqError::Format { file: file.to_owned(), line: at + 1, reason });
            }
            synonyms.add(group);
        }
        Ok(synonyms)
    }

    fn add(&mut self, group: Vec<String>) {
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        for word in &group {
            let chars: Vec<char> = ja::normalise(word).into_iter().map(|c| c.ch).collect();
            if let Some(first) = chars.first() {
                self.words.entry(*first).or_default().push(Word { chars, group: number });
            }
        }
        self.groups.push(group);
    }

    /// The groups, in the order of the file.
    pub fn groups(&self) -> &[Vec<String>] {
        &self.groups
    }

    /// The concepts in a text, each as often as it stands there. A shorter word inside a longer one of the same group is
    /// not counted again.
    pub(super) fn concepts(&self, text: &[FoldedChar]) -> Vec<Concept> {
        let mut found: Vec<Concept> = Vec::new();
        for from in 0..text.len() {
            for word in self.words.get(&text[from].ch).into_iter().flatten() {
                let to = from + word.chars.len();
                let Some(part) = text.get(from..to) else { continue };
                if !part.iter().zip(&word.chars).all(|(a, b)| a.ch == *b) || !stands_free(text, from, to) {
                    continue;
                }
                match found.iter_mut().find(|c| c.group == word.group && c.from <= from && from < c.to) {
                    Some(earlier) => earlier.to = earlier.to.max(to),
                    None => found.push(Concept { group: word.group, from, to }),
                }
            }
        }
        found
    }
}

/// A Latin word counts only as a whole word, a single character only when its neighbours are of another script.
fn stands_free(text: &[FoldedChar], from: usize, to: usize) -> bool {
    let (first, last) = (text[from], text[to - 1]);
    let before = from.checked_sub(1).map(|at| text[at]);
    let after = text.get(to);
    let single = to - from == 1;
    let joins = |c: FoldedChar, neighbour: FoldedChar| {
        c.script == neighbour.script
            && match c.script {
                Script::Latin => c.ch.is_ascii_digit() == neighbour.ch.is_ascii_digit(),
                _ => single && c.hiragana == neighbour.hiragana,
            }
    };
    !before.is_some_and(|neighbour| joins(first, neighbour)) && !after.is_some_and(|neighbour| joins(last, *neighbour))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(synonyms: &Synonyms, text: &str) -> Vec<u32> {
        synonyms.concepts(&ja::normalise(text)).into_iter().map(|c| c.group).collect()
    }

    #[test]
    fn a_word_is_found_in_any_spelling_and_inside_other_words() {
        let synonyms = Synonyms::parse("s", "パスワード,PW # 合言葉\n\n# 注\n姓,苗字").unwrap();
        assert_eq!(found(&synonyms, "ﾊﾟｽﾜｰﾄﾞを忘れた"), [0]);
        assert_eq!(found(&synonyms, "仮ぱすわーど"), [0]);
        assert_eq!(found(&synonyms, "ｐｗ"), [0]);
    }

    #[test]
    fn latin_words_and_single_characters_count_only_when_they_stand_free() {
        let synonyms = Synonyms::parse("s", "パスワード,PW\n姓,苗字").unwrap();
        assert_eq!(found(&synonyms, "pwned"), [] as [u32; 0]);
        assert_eq!(found(&synonyms, "姓が変わった"), [1]);
        assert_eq!(found(&synonyms, "姓名判断"), [] as [u32; 0]);
    }

    #[test]
    fn a_group_of_one_is_refused_with_its_line() {
        let refused = Synonyms::parse("synonyms.txt", "a,b\nひとつ").unwrap_err();
        assert_eq!(refused.to_string(), "synonyms.txt, line 2: a group needs two words or more, parted by commas");
    }
}
