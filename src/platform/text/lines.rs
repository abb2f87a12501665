//! Line numbers as an editor shows them.

/// Tells on which line a byte of a text stands: `\n`, `\r\n` and a lone `\r` each end a line. Asked in rising order, it reads
/// the text once.
#[derive(Debug)]
pub struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// At the start of a text, on line 1.
    pub fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of what begins at a byte or after the line ends there: a CSV reader says where it stood before it skipped
    /// the second half of `\r\n` and blank lines.
    pub fn of(&mut self, byte: usize) -> u64 {
        if byte < self.at {
            (self.at, self.line) = (0, 1);
        }
        while let Some(&sign) = self.bytes.get(self.at) {
            if self.at >= byte && sign != b'\n' && sign != b'\r' {
                break;
            }
            let is_first_half = sign == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from((sign == b'\n' || sign == b'\r') && !is_first_half);
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_does_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["head", "", "b,\"x", "y\"", "c"].join(end);
            let at = |word: &str| text.find(word).unwrap();
            let mut lines = Lines::new(&text);
            assert_eq!(lines.of(0), 1);
            // A reader that stands before the blank line, or between the two signs of an end.
            assert_eq!(lines.of(at("b,") - end.len()), 3, "{end:?}");
            assert_eq!(lines.of(at("c") - 1), 5, "{end:?}");
            assert_eq!(lines.of(at("c")), 5, "{end:?}");
            assert_eq!(lines.of(at("y\"")), 4, "{end:?}");
            assert_eq!(Lines::new(&text).of(text.len()), 5, "{end:?}");
        }
    }
}
