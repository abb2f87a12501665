//! Invented licences: one layout for all, as the real ones have, and another name, number and dates on each; and what
//! cameras, scanners and bad days make of them. No real document was looked at.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Numbers that repeat themselves.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1))
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }
}

const INK: Rgb<u8> = Rgb([35, 32, 30]);
const PAPER: Rgb<u8> = Rgb([247, 243, 230]);

/// Nothing but one colour.
fn plain(width: u32, height: u32, colour: Rgb<u8>) -> RgbImage {
    RgbImage::from_raw(width, height, colour.0.repeat(width as usize * height as usize)).unwrap()
}

fn fill(page: &mut RgbImage, x: u32, y: u32, w: u32, h: u32, colour: Rgb<u8>) {
    // Row by row: pixel by pixel is slow without optimisation.
    let (width, right) = (page.width() as usize, (x + w).min(page.width()) as usize);
    let row = colour.0.repeat(right.saturating_sub(x as usize));
    for py in y..(y + h).min(page.height()) {
        let from = 3 * (py as usize * width + x as usize);
        page.as_mut()[from..from + row.len()].copy_from_slice(&row);
    }
}

/// A character that nobody can read: some strokes in a square, the same for the same number.
fn glyph(page: &mut RgbImage, x: u32, y: u32, size: u32, number: u64) {
    let mut dice = Dice::new(number);
    let stroke = (size / 14).max(1);
    for _ in 0..4 + dice.below(3) {
        let at = u32::try_from(dice.below(u64::from(size - stroke))).unwrap();
        let from = u32::try_from(dice.below(u64::from(size / 2))).unwrap();
        let long = size / 3 + u32::try_from(dice.below(u64::from(size / 2))).unwrap();
        match dice.below(2) {
            0 => fill(page, x + from, y + at, long.min(size - from), stroke, INK),
            _ => fill(page, x + at, y + from, stroke, long.min(size - from), INK),
        }
    }
}

fn line(page: &mut RgbImage, x: u32, y: u32, size: u32, words: impl Iterator<Item = u64>) {
    for (n, word) in words.enumerate() {
        glyph(page, x + u32::try_from(n).unwrap() * (size + size / 8), y, size, word);
    }
}

/// The licence of person `who`, 1,600 by 1,130 pixels.
pub fn licence(who: u64) -> RgbImage {
    drawn(who, 1_600)
}

/// The same, `width` pixels wide: drawn at that size, which is quick.
pub fn drawn(who: u64, width: u32) -> RgbImage {
    let s = |length: u32| (length * width / 1_600).max(1);
    let mut page = plain(width, s(1_130), PAPER);
    for inset in [30, 44] {
        let (w, h) = (s(1_600 - 2 * inset), s(1_130 - 2 * inset));
        let (left, thick, brown) = (s(inset), s(4), Rgb([120, 100, 60]));
        fill(&mut page, left, left, w, thick, brown);
        fill(&mut page, left, left + h - thick, w, thick, brown);
        fill(&mut page, left, left, thick, h, brown);
        fill(&mut page, left + w - thick, left, thick, h, brown);
    }
    let mut person = Dice::new(who.wrapping_add(77));
    line(&mut page, s(560), s(120), s(84), 1..6);
    line(&mut page, s(220), s(300), s(48), (0..4).map(|_| 1_000 + person.below(500)));
    line(&mut page, s(700), s(300), s(34), (0..8).map(|_| 2_000 + person.below(40)));
    line(&mut page, s(220), s(420), s(34), (0..6).map(|_| 3_000 + person.below(10)));
    for row in 0..4 {
        line(&mut page, s(220), s(520 + 60 * row), s(34), (0..26).map(|n| 10_000 + u64::from(row) * 100 + n));
    }
    line(&mut page, s(220), s(800), s(34), (0..7).map(|_| 3_000 + person.below(10)));
    line(&mut page, s(220), s(880), s(34), (0..9).map(|_| 3_000 + person.below(10)));
    line(&mut page, s(900), s(960), s(44), 40..49);
    let (cx, cy, outer, inner) = (s(1_410), s(980), s(76), s(64));
    for py in cy - outer..cy + outer {
        for px in cx - outer..cx + outer {
            let (dx, dy) = (px.abs_diff(cx), py.abs_diff(cy));
            if (inner * inner..outer * outer).contains(&(dx * dx + dy * dy)) {
                page.put_pixel(px, py, Rgb([190, 40, 30]));
            }
        }
    }
    page
}

pub fn jpeg(page: &RgbImage, quality: u8) -> Vec<u8> {
    madoguchi_codec::encode_jpeg(page, quality).unwrap()
}

pub fn png(page: &RgbImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(page.clone()).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn scaled(page: &RgbImage, width: u32) -> RgbImage {
    // By methods of `DynamicImage`, here and below: they are compiled, optimised, in the crate that has them.
    let height = page.height() * width / page.width();
    DynamicImage::ImageRgb8(page.clone()).resize_exact(width, height, FilterType::CatmullRom).into_rgb8()
}

pub fn blurred(page: &RgbImage, sigma: f32) -> RgbImage {
    DynamicImage::ImageRgb8(page.clone()).blur(sigma).into_rgb8()
}

/// Light and contrast as a bad lamp has them.
pub fn lit(page: &RgbImage, scale: f32, add: f32) -> RgbImage {
    let mut out = page.clone();
    let shades: Vec<u8> = (0..=255_u8).map(|c| (f32::from(c) * scale + add).clamp(0.0, 255.0) as u8).collect();
    for c in out.as_mut().iter_mut() {
        *c = shades[usize::from(*c)];
    }
    out
}

/// The grain of a sensor.
pub fn grainy(page: &RgbImage, seed: u64, strength: u64) -> RgbImage {
    let (mut out, mut dice) = (page.clone(), Dice::new(seed));
    let strength = strength as i32;
    let bytes = out.as_mut();
    let mut at = 0;
    while at < bytes.len() {
        let grain = (dice.next() >> 11) as i32 & 0x3fff_ffff;
        let grain = grain % (2 * strength + 1) - strength;
        for c in &mut bytes[at..at + 3] {
            *c = (i32::from(*c) + grain).clamp(0, 255) as u8;
        }
        at += 3;
    }
    out
}

/// A photograph on a desk: the paper does not fill the frame and is shifted.
pub fn on_desk(page: &RgbImage, seed: u64) -> RgbImage {
    let mut dice = Dice::new(seed);
    let mut desk = plain(1_900, 1_400, Rgb([96, 84, 70]));
    let (x, y) = (60 + dice.below(180), 60 + dice.below(150));
    imageops::overlay(&mut desk, page, i64::try_from(x).unwrap(), i64::try_from(y).unwrap());
    desk
}

/// A JPEG with an EXIF block: orientation, and where it was taken.
pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    // The GPS directory, pointed to by tag 0x8825.
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x26, 0, 0, 0, 0]);
    tiff.extend(*b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0GPS-SECRET-35.6812N-139.7671E");
    let mut block = b"Exif\0\0".to_vec();
    block.extend(tiff);
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(u16::try_from(block.len() + 2).unwrap().to_be_bytes());
    out.extend(block);
    out.extend(&jpeg[2..]);
    out
}

/// The same picture, made exactly `bytes` large by what stands behind its end.
pub fn padded(jpeg: &[u8], bytes: usize) -> Vec<u8> {
    let mut out = jpeg.to_vec();
    out.resize(bytes, 0);
    out
}
