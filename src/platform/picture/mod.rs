//! The decoding room: the only place that looks into pictures from outside. A file is what its own bytes say, never what
//! it is called; its header is read before anything is decoded, so that no picture takes more memory than it may
//! (SEC-043); what is kept is drawn anew, upright and without metadata (SEC-046). Everything here is pure and blocking;
//! [`Room`] takes one picture after the other.

mod jpeg;
mod png;
mod render;
mod room;
mod specimen;

pub use render::{Picture, Shades};
pub use room::{Room, RoomError};
pub use specimen::specimen;

use crate::word_enum;

/// The most pixels a picture may have: a photograph of a good telephone has 12 to 24 million.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The most bytes that decoding one picture may take.
const MOST_MEMORY: u64 = 160 << 20;

word_enum! {
    /// What a picture is taken as.
    PictureKind {
        /// JPEG (ITU-T T.81), baseline or progressive, 8 bits.
        Jpeg = "jpeg",
        /// PNG (W3C), one picture.
        Png = "png",
    }
}

impl PictureKind {
    /// The word people know.
    pub fn label(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
        }
    }
}

/// Why a file is no picture for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// HEIC, what iPhones take unless told otherwise (ISO/IEC 23008-12).
    #[error("the file is a HEIC picture")]
    Heic,
    /// A document.
    #[error("the file is a PDF document")]
    Pdf,
    /// Another kind of file, by its name, or `None` when we do not know it.
    #[error("the file is {}", .0.unwrap_or("of no kind we know"))]
    OtherKind(Option<&'static str>),
    /// A JPEG of a sort that hardly any program writes or reads: arithmetic coding, lossless, 12 bits.
    #[error("the picture is a JPEG of a rare sort")]
    RareJpeg,
    /// It ends before the picture does.
    #[error("the picture is cut off")]
    CutOff,
    /// It cannot be decoded.
    #[error("the picture is broken")]
    Broken,
    /// It has more than one frame.
    #[error("the picture is animated")]
    Animated,
    /// More pixels than [`MOST_PIXELS`], or more than fits into memory.
    #[error("the picture has {width} by {height} pixels, which is too many")]
    TooManyPixels {
        /// As the header says.
        width: u32,
        /// As the header says.
        height: u32,
    },
}

/// What the header of a picture says, before anything is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Found by the bytes.
    pub kind: PictureKind,
    /// Pixels, as stored: not yet turned upright.
    pub width: u32,
    /// Likewise.
    pub height: u32,
    /// How many bytes decoding takes at most, apart from the file.
    pub cost: u64,
    /// EXIF 2.3 §4.6.4 tag 0x112, 1 to 8; 1 is upright.
    orientation: u8,
    /// The parts of the file that make up the picture; what is not in here is never looked at again.
    parts: Vec<std::ops::Range<usize>>,
}

/// Reads the header. Cheap: no pixel is touched.
///
/// # Errors
/// Why it is no picture for us.
pub fn look(bytes: &[u8]) -> Result<Header, Refusal> {
    let header = match sniff(bytes) {
        Ok(PictureKind::Jpeg) => jpeg::look(bytes)?,
        Ok(PictureKind::Png) => png::look(bytes)?,
        Err(refusal) => return Err(refusal),
    };
    let pixels = u64::from(header.width) * u64::from(header.height);
    if pixels > MOST_PIXELS || header.cost > MOST_MEMORY {
        return Err(Refusal::TooManyPixels { width: header.width, height: header.height });
    }
    Ok(header)
}

/// Decodes a picture and draws what is kept of it. Takes up to [`Header::cost`] bytes and some seconds: call it through
/// a [`Room`].
///
/// # Errors
/// Why it is no picture for us.
pub fn render(bytes: Vec<u8>, header: &Header) -> Result<Picture, Refusal> {
    render::render(bytes, header)
}

/// What a file is by its first bytes.
fn sniff(bytes: &[u8]) -> Result<PictureKind, Refusal> {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if starts(b"\xff\xd8\xff") {
        return Ok(PictureKind::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(PictureKind::Png);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(match bytes.get(8..12) {
            Some(b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"hevm" | b"hevs" | b"mif1" | b"msf1") => {
                Refusal::Heic
            }
            Some(b"avif" | b"avis") => Refusal::OtherKind(Some("AVIF")),
            _ => Refusal::OtherKind(Some("MP4")),
        });
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let holds = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    if holds(b"%PDF-") {
        return Err(Refusal::Pdf);
    }
    let others: [(&[u8], &str); 9] = [
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\xd0\xcf\x11\xe0", "Office"),
        (b"8BPS", "Photoshop"),
        (b"\0\0\x01\0", "ICO"),
        (b"\x1f\x8b", "gzip"),
    ];
    let name = match others.iter().find(|(mark, _)| starts(mark)) {
        Some((_, name)) => Some(*name),
        None if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Some("WebP"),
        None if holds(b"<svg") => Some("SVG"),
        None => None,
    };
    Err(Refusal::OtherKind(name))
}

/// Reads the orientation out of an EXIF block (a TIFF header and its first directory); 1, upright, when there is none.
fn orientation(exif: &[u8]) -> u8 {
    image::metadata::Orientation::from_exif_chunk(exif).map_or(1, image::metadata::Orientation::to_exif)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_027_a_file_is_what_its_bytes_say() {
        let cases: [(&[u8], Refusal); 10] = [
            (b"", Refusal::Empty),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Refusal::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", Refusal::Heic),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Refusal::OtherKind(Some("AVIF"))),
            (b"%PDF-1.7\n", Refusal::Pdf),
            (b"\n\n%PDF-1.4", Refusal::Pdf),
            (b"GIF89a....", Refusal::OtherKind(Some("GIF"))),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Refusal::OtherKind(Some("WebP"))),
            (b"<?xml version=\"1.0\"?><svg onload=\"alert(1)\"/>", Refusal::OtherKind(Some("SVG"))),
            (b"<html><script>alert(1)</script>", Refusal::OtherKind(None)),
        ];
        for (bytes, refusal) in cases {
            assert_eq!(look(bytes), Err(refusal), "{bytes:?}");
        }
    }

    #[test]
    fn sec_043_a_bomb_is_refused_by_its_header() {
        let too_many = |width, height| Err(Refusal::TooManyPixels { width, height });
        let ihdr = |width: u32, height: u32, depth: u8| {
            let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
            png.extend(width.to_be_bytes());
            png.extend(height.to_be_bytes());
            png.extend([depth, 6, 0, 0, 0, 0, 0, 0, 0]);
            png.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
            look(&png)
        };
        assert_eq!(ihdr(50_000, 50_000, 8), too_many(50_000, 50_000));
        assert_eq!(ihdr(u32::MAX, u32::MAX, 8), too_many(u32::MAX, u32::MAX));
        assert_eq!(ihdr(6_000, 6_000, 16), too_many(6_000, 6_000), "eight bytes a pixel do not fit");
        assert!(ihdr(6_000, 6_000, 8).is_ok());
        let jpeg = |width: u16, height: u16, frame: u8| {
            let mut jpeg = b"\xff\xd8\xff".to_vec();
            jpeg.extend([frame, 0, 17, 8]);
            jpeg.extend(height.to_be_bytes());
            jpeg.extend(width.to_be_bytes());
            jpeg.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
            jpeg.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\xff\xd9");
            look(&jpeg)
        };
        assert_eq!(jpeg(65_535, 65_535, 0xc0), too_many(65_535, 65_535));
        assert!(jpeg(8_000, 5_000, 0xc0).is_ok());
        assert_eq!(jpeg(8_000, 5_000, 0xc2), too_many(8_000, 5_000), "a progressive one keeps all its coefficients");
        assert_eq!(jpeg(0, 100, 0xc0), Err(Refusal::Broken));
    }
}
