//! An invented licence for the demonstration: paper, a frame, and lines of strokes that are no characters. No
//! real document was looked at.

use image::{Rgb, RgbImage};
use madoguchi_codec as codec;

const WIDTH: u32 = 1_600;
const HEIGHT: u32 = 1_130;
const INK: Rgb<u8> = Rgb([40, 36, 34]);

/// A JPEG of the licence of person `who`: one layout for all, other strokes for each. Empty when it cannot be encoded.
pub fn specimen(who: u64) -> Vec<u8> {
    let mut page = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([247, 243, 230]));
    for inset in [30, 44] {
        let (right, bottom) = (WIDTH - inset, HEIGHT - inset);
        for (x, y, w, h) in [
            (inset, inset, right - inset, 4),
            (inset, bottom - 4, right - inset, 4),
            (inset, inset, 4, bottom - inset),
            (right - 4, inset, 4, bottom - inset),
        ] {
            fill(&mut page, (x, y, w, h), Rgb([120, 100, 60]));
        }
    }
    // The words that all share, then those of the person.
    for (x, y, size, count, seed) in [
        (560, 120, 84, 5, 1),
        (220, 520, 34, 26, 2),
        (220, 580, 34, 26, 3),
        (220, 640, 34, 26, 4),
        (900, 960, 44, 9, 5),
        (220, 300, 48, 4, who.wrapping_mul(31).wrapping_add(1_000)),
        (700, 300, 34, 8, who.wrapping_mul(37).wrapping_add(2_000)),
        (220, 420, 34, 6, who.wrapping_mul(41).wrapping_add(3_000)),
        (220, 800, 34, 7, who.wrapping_mul(43).wrapping_add(4_000)),
    ] {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1));
        for n in 0..count {
            sign(&mut page, x + n * (size + size / 8), y, size, &mut dice);
        }
    }
    codec::encode_jpeg(&page, 85).unwrap_or_default()
}

/// Numbers that repeat themselves.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 11) % u64::from(n.max(1))).unwrap_or(0)
    }
}

/// Some strokes in a square.
fn sign(page: &mut RgbImage, x: u32, y: u32, size: u32, dice: &mut Dice) {
    let stroke = (size / 14).max(1);
    for _ in 0..4 + dice.below(3) {
        let (at, from) = (dice.below(size - stroke), dice.below(size / 2));
        let long = (size / 3 + dice.below(size / 2)).min(size - from);
        match dice.below(2) {
            0 => fill(page, (x + from, y + at, long, stroke), INK),
            _ => fill(page, (x + at, y + from, stroke, long), INK),
        }
    }
}

fn fill(page: &mut RgbImage, (x, y, w, h): (u32, u32, u32, u32), colour: Rgb<u8>) {
    let right = (x + w).min(WIDTH);
    let row = colour.0.repeat(right.saturating_sub(x) as usize);
    for py in y..(y + h).min(HEIGHT) {
        let from = 3 * (py * WIDTH + x) as usize;
        if let Some(place) = page.as_mut().get_mut(from..from + row.len()) {
            place.copy_from_slice(&row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{look, render};
    use super::*;

    #[test]
    fn a_specimen_is_a_picture_of_our_own_kind_and_repeats_itself() {
        let bytes = specimen(1);
        assert_eq!(bytes, specimen(1));
        assert_ne!(bytes, specimen(2));
        let header = look(&bytes).unwrap();
        let picture = render(bytes, &header).unwrap();
        assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
    }
}
