//! Decoding, and drawing anew what is kept: a copy for viewing, a small one, and what comparing needs.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder, ImageResult, Limits, RgbImage};

use super::{Header, MOST_MEMORY, PictureKind, Refusal};
use crate::platform::crypto::sha256_hex;

/// The longer edge of the copy for viewing, in pixels: the smallest print of a licence is legible at it.
const VIEW_EDGE: u32 = 3_200;
/// The longer edge of the small copy.
const THUMB_EDGE: u32 = 480;
/// The longer edge of the shades that sharpness and light are measured on.
const SHADES_EDGE: u32 = 1_024;
const VIEW_QUALITY: u8 = 88;
const THUMB_QUALITY: u8 = 78;
/// Edge of the square that tells whether two pictures are the same.
const LIKENESS_EDGE: u32 = 48;

/// What is kept of a picture. No byte of the file that came is in it.
#[derive(Clone)]
pub struct Picture {
    /// Found by decoding.
    pub kind: PictureKind,
    /// Pixels as received, upright.
    pub width: u32,
    /// Likewise.
    pub height: u32,
    /// JPEG for viewing, upright, at most 3,200 pixels along an edge, without metadata.
    pub view: Vec<u8>,
    /// The same small.
    pub thumb: Vec<u8>,
    /// SHA-256 of the upright pixels that the copy was made from, with their size: the same for the same picture,
    /// however it was packed without loss.
    pub pixels: String,
    /// Shades of grey at most 1,024 pixels along an edge.
    pub shades: Shades,
    /// 48 by 48 shades, whatever the shape.
    pub likeness: Shades,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}, {} × {})", self.kind, self.width, self.height)
    }
}

/// A picture in shades of grey, row by row, 0 black to 255 white.
#[derive(Clone, PartialEq, Eq)]
pub struct Shades {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` of them.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Shades {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shades({} × {})", self.width, self.height)
    }
}

pub(super) fn render(bytes: Vec<u8>, header: &Header) -> Result<Picture, Refusal> {
    let broken = |_| Refusal::Broken;
    let whole = decode(bytes, header).map_err(broken)?;
    // Made small first: turning a large picture would take its memory twice.
    let mut upright = shrunk(whole, VIEW_EDGE);
    if let Some(orientation) = Orientation::from_exif(header.orientation) {
        upright.apply_orientation(orientation);
    }
    let is_turned = matches!(header.orientation, 5..=8);
    let (width, height) = if is_turned { (header.height, header.width) } else { (header.width, header.height) };
    let pixels = match &upright {
        DynamicImage::ImageRgb8(rgb) => {
            let mut told = format!("{}x{}:", rgb.width(), rgb.height()).into_bytes();
            told.extend_from_slice(sha256_hex(rgb.as_raw()).as_bytes());
            sha256_hex(&told)
        }
        // What `shrunk` returns is RGB.
        _ => return Err(Refusal::Broken),
    };
    let shades = shades(&upright.thumbnail(SHADES_EDGE.min(width.max(height)), SHADES_EDGE.min(width.max(height))));
    let likeness = self::shades(&upright.thumbnail_exact(LIKENESS_EDGE, LIKENESS_EDGE));
    let thumb = encode(upright.thumbnail(THUMB_EDGE, THUMB_EDGE), THUMB_QUALITY).map_err(broken)?;
    let view = encode(upright, VIEW_QUALITY).map_err(broken)?;
    Ok(Picture { kind: header.kind, width, height, view, thumb, pixels, shades, likeness })
}

/// Decodes the parts of the file that make up the picture.
fn decode(bytes: Vec<u8>, header: &Header) -> ImageResult<DynamicImage> {
    let source = Cursor::new(only(bytes, &header.parts));
    match header.kind {
        PictureKind::Jpeg => DynamicImage::from_decoder(JpegDecoder::new(source)?),
        PictureKind::Png => {
            let mut limits = Limits::no_limits();
            limits.max_alloc = Some(MOST_MEMORY);
            DynamicImage::from_decoder(PngDecoder::with_limits(source, limits)?)
        }
    }
}

/// The bytes without what lies between the parts, in the same memory. The parts ascend.
fn only(mut bytes: Vec<u8>, parts: &[std::ops::Range<usize>]) -> Vec<u8> {
    let mut kept = 0;
    for part in parts {
        let part = part.start..part.end.min(bytes.len());
        if part.start < part.end {
            bytes.copy_within(part.clone(), kept);
            kept += part.len();
        }
    }
    bytes.truncate(kept);
    bytes
}

/// The picture in RGB on white, at most `edge` pixels along its longer edge.
fn shrunk(whole: DynamicImage, edge: u32) -> DynamicImage {
    let small = if whole.width().max(whole.height()) > edge { whole.thumbnail(edge, edge) } else { whole };
    DynamicImage::ImageRgb8(if small.color().has_alpha() { on_white(&small) } else { small.into_rgb8() })
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let source = picture.to_rgba8();
    let mut paper = RgbImage::new(source.width(), source.height());
    for (to, from) in paper.pixels_mut().zip(source.pixels()) {
        let [r, g, b, a] = from.0.map(u32::from);
        // Rounded to the nearest.
        to.0 = [r, g, b].map(|c| ((c * a + 255 * (255 - a) + 127) / 255).min(255) as u8);
    }
    paper
}

fn shades(picture: &DynamicImage) -> Shades {
    let grey = picture.to_luma8();
    Shades { width: grey.width() as usize, height: grey.height() as usize, bytes: grey.into_raw() }
}

fn encode(picture: DynamicImage, quality: u8) -> ImageResult<Vec<u8>> {
    let rgb = picture.into_rgb8();
    let mut out = Vec::with_capacity(rgb.as_raw().len() / 8);
    JpegEncoder::new_with_quality(&mut out, quality).write_image(
        rgb.as_raw(),
        rgb.width(),
        rgb.height(),
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(out)
}
