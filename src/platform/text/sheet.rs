//! CSV for people who open it in a spreadsheet: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would
//! take for a formula (CWE-1236; security reference SEC-049). Programs take the JSON, which is as it is.

/// The rows as a file, the header first.
///
/// # Errors
/// When the writer refuses, which only happens when memory is out.
pub fn csv_file<'a>(header: &[&str], rows: impl IntoIterator<Item = Vec<&'a str>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that begins like a formula, also in full width or behind blanks, gets an apostrophe before it: a spreadsheet
/// then shows the text and computes nothing.
pub fn guarded(cell: &str) -> String {
    let first = cell.trim_start_matches([' ', '\u{3000}', '\u{a0}', '\u{feff}', '\u{200b}']).chars().next();
    let is_formula = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n'));
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_however_it_begins() {
        for formula in [
            "=1+1",
            "+81 90",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "　=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "\u{feff}=1",
        ] {
            assert!(guarded(formula).starts_with('\''), "{formula:?}");
        }
        for plain in ["", "渡邉", "612048", "a@example.jp", "(空)", "A-1"] {
            assert_eq!(guarded(plain), plain);
        }
    }

    #[test]
    fn the_file_opens_in_a_spreadsheet_and_keeps_quotes_and_commas_inside_their_cells() {
        let file = csv_file(&["項目", "値"], [vec!["氏名", "a,\"b\"\nc"], vec!["x", "=cmd|' /C calc'!A0"]]).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "\u{feff}項目,値\r\n氏名,\"a,\"\"b\"\"\nc\"\r\nx,'=cmd|' /C calc'!A0\r\n");
    }
}
