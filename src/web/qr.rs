//! A QR code (ISO/IEC 18004) as the outline of an SVG: no image file, no script, no style.

use std::fmt::Write;

/// A code: `<svg viewBox="0 0 {size} {size}"><path d="{path}"/></svg>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// Width and height in modules, with the quiet zone of four that the standard asks for.
    pub size: usize,
    /// The dark modules, row by row.
    pub path: String,
}

/// Modules around the code that must stay light.
const QUIET: usize = 4;

impl Code {
    /// The code of a text; an empty drawing for a text that is too long for any code (2,953 bytes).
    pub fn of(text: &str) -> Self {
        let Ok(code) = qrcode::QrCode::new(text) else { return Self::default() };
        let width = code.width();
        let mut path = String::with_capacity(width * width * 4);
        for (at, colour) in code.to_colors().into_iter().enumerate() {
            if colour == qrcode::Color::Dark {
                let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
            }
        }
        Self { size: width + 2 * QUIET, path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_quiet_zone_and_its_three_finders() {
        let code = Code::of("http://127.0.0.1:8080/upload/abcdefghijklmnopqrstuvwxyz");
        assert!(code.size > 21 + 2 * QUIET);
        let far = code.size - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(code.path.contains(&format!("M{x} {y}h1")), "a finder begins at {x}, {y}");
        }
        assert!(!code.path.contains("M3 "));
        assert_eq!(Code::of(&"x".repeat(3_000)), Code::default());
    }
}
