//! What can be noticed about a picture without reading it: too few pixels, print that runs together, darkness. The
//! figures were chosen on the fixtures of `tests/all/image_hints.rs`, which hold ten of each that must and ten that must
//! not be noticed.

use super::Hints;
use crate::platform::picture::{Picture, Shades};

/// Below this many pixels along the longer edge, or [`SHORT_EDGE`] along the shorter, the print of 登録年月日 has fewer
/// than about twelve pixels to a character.
const LONG_EDGE: u32 = 1_000;
const SHORT_EDGE: u32 = 700;
/// Pixels along a tile that is judged on its own.
const TILE: usize = 32;
/// Variance of a tile from which on there is something drawn in it.
const DRAWN: f64 = 120.0;
/// Fine detail in permille of all detail, below which print runs together: the good fixtures have 162 and more, the
/// blurred ones 4 and less.
const SHARP: i64 = 50;
/// Brightness that a tenth of the picture, the paper, should reach.
const LIT: i64 = 95;

/// Measures a picture.
pub fn measure(picture: &Picture) -> Hints {
    let (long, short) = (picture.width.max(picture.height), picture.width.min(picture.height));
    let (sharpness, light) = (sharpness(&picture.shades), light(&picture.shades));
    Hints {
        too_small: long < LONG_EDGE || short < SHORT_EDGE,
        blurred: sharpness < SHARP,
        too_dark: light < LIT,
        sharpness,
        light,
    }
}

/// The brightness that the brightest tenth reaches.
fn light(shades: &Shades) -> i64 {
    let mut counts = [0_usize; 256];
    for shade in &shades.bytes {
        counts[usize::from(*shade)] += 1;
    }
    let mut left = shades.bytes.len() / 10;
    for (shade, count) in counts.iter().enumerate().rev() {
        if *count > left {
            return i64::try_from(shade).unwrap_or(255);
        }
        left -= count;
    }
    0
}

/// How fine the detail is where something is drawn: the energy of the difference between a pixel and its four
/// neighbours, in permille of the variance around it. The upper quarter of the tiles counts, since a margin or a photograph
/// may be smooth. A picture with nothing drawn on it is 0.
fn sharpness(shades: &Shades) -> i64 {
    let mut tiles: Vec<i64> = Vec::new();
    for top in (1..shades.height.saturating_sub(TILE)).step_by(TILE) {
        for left in (1..shades.width.saturating_sub(TILE)).step_by(TILE) {
            tiles.extend(tile(shades, left, top));
        }
    }
    tiles.sort_unstable();
    tiles.get(tiles.len() * 3 / 4).copied().unwrap_or(0)
}

fn tile(shades: &Shades, left: usize, top: usize) -> Option<i64> {
    // With its neighbours to the left and right.
    let row = |y: usize| {
        let from = y * shades.width + left - 1;
        shades.bytes.get(from..from + TILE + 2)
    };
    // In whole numbers: the difference to the mean of four neighbours is taken four times.
    let (mut sum, mut squares, mut fine) = (0_i64, 0_i64, 0_i64);
    for y in top..top + TILE {
        let (above, this, below) = (row(y - 1)?, row(y)?, row(y + 1)?);
        let neighbours = this.windows(3).zip(above.iter().skip(1).zip(below.iter().skip(1)));
        for (three, (over, under)) in neighbours {
            let [before, here, after] = three else { continue };
            let here = i32::from(*here);
            let around = i32::from(*before) + i32::from(*after) + i32::from(*over) + i32::from(*under);
            let apart = 4 * here - around;
            sum += i64::from(here);
            squares += i64::from(here * here);
            fine += i64::from(apart * apart);
        }
    }
    let count = (TILE * TILE) as f64;
    let variance = squares as f64 / count - (sum as f64 / count) * (sum as f64 / count);
    (variance >= DRAWN).then(|| (1000.0 * fine as f64 / 16.0 / count / variance).round() as i64)
}
