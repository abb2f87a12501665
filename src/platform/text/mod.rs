//! Japanese folding: the one place where glyphs, widths and kana are normalised.
