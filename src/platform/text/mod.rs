//! Japanese folding: the one place where glyphs, widths and kana are normalised.
//!
//! [`fold()`] makes two spellings of one text equal (full and half width, upper and lower case, hiragana and
//! katakana, circled digits, composed and decomposed marks). [`fold_chars`] does the same and remembers for every
//! resulting character which bytes of the original it came from, so that a highlight or a snippet cuts the
//! original text where a reader would. [`ja::tokenize`] cuts folded text into the tokens that are searched.
//! [`Lines`] numbers lines; [`sheet`] writes CSV that a spreadsheet opens and computes nothing from; [`size`](mod@size)
//! tells sizes of files.

mod fold;
pub mod ja;
mod lines;
pub mod sheet;
pub mod size;

pub use lines::Lines;

pub use fold::{FoldedChar, Script, fold, fold_chars};
