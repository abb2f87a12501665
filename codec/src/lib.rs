//! What is costly about a picture: decoding and encoding. The decoders and encoders of the `image` crate have type
//! parameters, so they are compiled where they are used, and in a debug build that is without optimisation: a photograph
//! then takes ten times as long (measured). These functions have none; this crate is optimised in every profile.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageResult, Limits, RgbImage};

/// Decodes a JPEG.
///
/// # Errors
/// When it is none, or broken.
pub fn decode_jpeg(bytes: Vec<u8>) -> ImageResult<DynamicImage> {
    DynamicImage::from_decoder(JpegDecoder::new(Cursor::new(bytes))?)
}

/// Decodes a PNG that takes at most so much memory.
///
/// # Errors
/// When it is none, or broken, or takes more.
pub fn decode_png(bytes: Vec<u8>, most_memory: u64) -> ImageResult<DynamicImage> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(most_memory);
    DynamicImage::from_decoder(PngDecoder::with_limits(Cursor::new(bytes), limits)?)
}

/// Encodes as JPEG, without metadata.
///
/// # Errors
/// When a side is too long for a JPEG.
pub fn encode_jpeg(rgb: &RgbImage, quality: u8) -> ImageResult<Vec<u8>> {
    let mut out = Vec::with_capacity(rgb.as_raw().len() / 8);
    let encoder = JpegEncoder::new_with_quality(&mut out, quality);
    encoder.write_image(rgb.as_raw(), rgb.width(), rgb.height(), ExtendedColorType::Rgb8)?;
    Ok(out)
}

/// The picture as it looks on white paper.
pub fn on_white(picture: &DynamicImage) -> RgbImage {
    let source = picture.to_rgba8();
    let mut paper = RgbImage::new(source.width(), source.height());
    for (to, from) in paper.pixels_mut().zip(source.pixels()) {
        let [r, g, b, a] = from.0.map(u32::from);
        // Rounded to the nearest.
        to.0 = [r, g, b].map(|c| ((c * a + 255 * (255 - a) + 127) / 255).min(255) as u8);
    }
    paper
}
