//! Queues: which kinds one group of staff works on. A kind names its queue; `config/queues.toml` says what people read.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Catalogue;
use crate::config::rules;
use crate::desk::Lang;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    word: String,
    ja: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    queue: Vec<Named>,
}

static READ: LazyLock<Result<Vec<Named>, String>> = LazyLock::new(|| {
    let text = rules::text("queues.toml", include_str!("../../../config/queues.toml"));
    toml::from_str::<File>(text).map(|file| file.queue).map_err(|error| error.to_string())
});

/// Whether the file of queues can be read.
///
/// # Errors
/// What is wrong, with its line.
pub fn check() -> Result<(), String> {
    READ.as_ref().map(|_| ()).map_err(Clone::clone)
}

fn named() -> &'static [Named] {
    READ.as_deref().unwrap_or_default()
}

/// What people read; a queue of one's own kinds that has no name is shown by its word.
pub fn label(word: &str, lang: Lang) -> &str {
    named().iter().find(|named| named.word == word).map_or(word, |named| lang.t(&named.ja, &named.en))
}

impl Catalogue {
    /// The queues that kinds go to: first those of `config/queues.toml` in its order, then the others.
    pub fn queues(&self) -> Vec<&str> {
        let place = |word: &str| named().iter().position(|named| named.word == word).unwrap_or(usize::MAX);
        let mut queues: Vec<&str> = self.all().iter().map(|spec| spec.queue.as_str()).collect();
        queues.sort_by_key(|word| (place(word), *word));
        queues.dedup();
        queues
    }

    /// The kinds of a queue, as stored words; empty for a queue that is none.
    pub fn of_queue(&self, queue: &str) -> Vec<&'static str> {
        self.all().iter().filter(|spec| spec.queue == queue).map(|spec| spec.kind.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_of_the_kinds_has_a_name_and_every_name_has_kinds() {
        let kinds = Catalogue::embedded().unwrap();
        let queues = kinds.queues();
        assert_eq!(queues.len(), named().len(), "{queues:?}");
        for word in queues {
            assert!(label(word, Lang::Ja) != word && label(word, Lang::En) != word, "{word}");
            assert!(!kinds.of_queue(word).is_empty());
        }
        assert_eq!(kinds.of_queue("login"), ["login_mail", "id", "password", "duplicate"]);
        assert!(kinds.of_queue("nonsense").is_empty());
        assert_eq!(label("nonsense", Lang::Ja), "nonsense");
    }
}
