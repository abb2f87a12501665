//! The piece of an answer that shows why it was found.

use super::markdown::escape;

/// About so many characters are shown.
const LENGTH: usize = 110;
/// So many stand before the first mark, so that the sentence can be understood.
const LEAD: usize = 24;

/// A snippet, plain and with `<mark>`.
pub(super) struct Snippet {
    pub(super) plain: String,
    pub(super) html: String,
}

/// Cuts the window of `text` with the most marks. `marks` are byte ranges with a weight, in any order, overlapping or not.
pub(super) fn cut(text: &str, mut marks: Vec<(usize, usize, f32)>) -> Snippet {
    marks.sort_by_key(|(from, to, _)| (*from, *to));
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let index_of = |byte: usize| starts.partition_point(|at| *at < byte);
    let spans: Vec<(usize, usize, f32)> =
        marks.iter().map(|(from, to, w)| (index_of(*from), index_of(*to), *w)).collect();
    let last = starts.len() - 1;
    let window = |first: usize| {
        let from = first.saturating_sub(LEAD);
        let to = (from + LENGTH).min(last);
        (to.saturating_sub(LENGTH), to)
    };
    // In the order of their starts: those of a window stand together.
    let starting_within = |from: usize, to: usize| {
        let first = spans.partition_point(|s| s.0 < from);
        spans[first..].iter().take_while(move |s| s.0 < to)
    };
    let gain = |(from, to): (usize, usize)| starting_within(from, to).filter(|s| s.1 <= to).map(|s| s.2).sum::<f32>();
    let (mut best, mut most) = (window(0), gain(window(0)));
    for span in &spans {
        let candidate = window(span.0);
        let gained = gain(candidate);
        if candidate != best && gained > most + 0.01 {
            (best, most) = (candidate, gained);
        }
    }
    let (from, to) = best;
    let mut shown = spans.iter().take_while(|s| s.0 < to).peekable();
    // Where the mark ends that covers the character at hand.
    let mut marked_to = 0;
    let mut snippet = Snippet { plain: String::new(), html: String::new() };
    let ellipsis = |snippet: &mut Snippet| {
        snippet.plain.push('…');
        snippet.html.push('…');
    };
    if from > 0 {
        ellipsis(&mut snippet);
    }
    let mut marked = false;
    for at in from..to {
        while let Some(span) = shown.next_if(|s| s.0 <= at) {
            marked_to = marked_to.max(span.1);
        }
        let inside = at < marked_to;
        if inside != marked {
            snippet.html.push_str(if inside { "<mark>" } else { "</mark>" });
            marked = inside;
        }
        let piece = text.get(starts[at]..starts[at + 1]).unwrap_or_default();
        let piece = if piece == "\n" { " " } else { piece };
        snippet.plain.push_str(piece);
        escape(&mut snippet.html, piece);
    }
    if marked {
        snippet.html.push_str("</mark>");
    }
    if to < last {
        ellipsis(&mut snippet);
    }
    snippet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_mark_is_not_escaped() {
        let snippet = cut("a <b> & 登録", vec![(8, 14, 1.0)]);
        assert_eq!(snippet.html, "a &lt;b&gt; &amp; <mark>登録</mark>");
        assert_eq!(snippet.plain, "a <b> & 登録");
    }

    #[test]
    fn overlapping_marks_are_one_mark() {
        assert_eq!(cut("登録情報", vec![(0, 6, 1.0), (3, 9, 1.0)]).html, "<mark>登録情</mark>報");
    }

    #[test]
    fn a_long_answer_is_cut_around_the_marks() {
        let text = format!("{}登録{}", "あ".repeat(300), "い".repeat(300));
        let snippet = cut(&text, vec![(900, 906, 1.0)]);
        assert!(
            snippet.plain.starts_with('…')
                && snippet.plain.ends_with('…')
                && snippet.html.contains("<mark>登録</mark>")
        );
        assert!(snippet.plain.chars().count() <= LENGTH + 2);
    }

    #[test]
    fn an_empty_answer_gives_an_empty_snippet() {
        assert_eq!(cut("", vec![]).html, "");
    }
}
