//! Decoding, and drawing anew what is kept: a copy for viewing, a small one, and what comparing needs.

use std::borrow::Cow;

use image::metadata::Orientation;
use image::{DynamicImage, ImageResult};
use madoguchi_codec as codec;

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
    let shades = shades(&at_most(&upright, SHADES_EDGE));
    let likeness = self::shades(&upright.thumbnail_exact(LIKENESS_EDGE, LIKENESS_EDGE));
    let thumb = codec::encode_jpeg(&at_most(&upright, THUMB_EDGE).to_rgb8(), THUMB_QUALITY).map_err(broken)?;
    let view = codec::encode_jpeg(&upright.into_rgb8(), VIEW_QUALITY).map_err(broken)?;
    Ok(Picture { kind: header.kind, width, height, view, thumb, pixels, shades, likeness })
}

/// Decodes the parts of the file that make up the picture.
fn decode(bytes: Vec<u8>, header: &Header) -> ImageResult<DynamicImage> {
    let source = only(bytes, &header.parts);
    match header.kind {
        PictureKind::Jpeg => codec::decode_jpeg(source),
        PictureKind::Png => codec::decode_png(source, MOST_MEMORY),
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
    DynamicImage::ImageRgb8(if small.color().has_alpha() { codec::on_white(&small) } else { small.into_rgb8() })
}

/// The picture, made small if need be; one that is small is as it is.
fn at_most(picture: &DynamicImage, edge: u32) -> Cow<'_, DynamicImage> {
    match picture.width().max(picture.height()) > edge {
        true => Cow::Owned(picture.thumbnail(edge, edge)),
        false => Cow::Borrowed(picture),
    }
}

fn shades(picture: &DynamicImage) -> Shades {
    let grey = picture.to_luma8();
    Shades { width: grey.width() as usize, height: grey.height() as usize, bytes: grey.into_raw() }
}
