//! The segments of a JPEG (ITU-T T.81 annex B): the frame header, the parts that make up the picture, and the
//! orientation. Application data and comments are left out, so that no decoder ever reads them.

use super::{Header, PictureKind, Refusal, be16, orientation};

/// Scans of a progressive picture: encoders write about ten. Each goes over the whole picture.
const MOST_SCANS: usize = 50;

pub(super) fn look(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut at = 2;
    let mut parts: Vec<std::ops::Range<usize>> = Vec::with_capacity(16);
    let mut keep = |range: std::ops::Range<usize>| match parts.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => parts.push(range),
    };
    keep(0..2);
    let (mut frame, mut scans, mut turned) = (None, 0, 1);
    loop {
        let start = at;
        if *bytes.get(at).ok_or(Refusal::CutOff)? != 0xff {
            return Err(Refusal::Broken);
        }
        // Any number of fill bytes may stand before a marker.
        while bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        let marker = *bytes.get(at).ok_or(Refusal::CutOff)?;
        at += 1;
        match marker {
            0xd9 => {
                keep(start..at);
                break;
            }
            0x01 | 0xd0..=0xd7 => continue,
            0x00 | 0x02..=0xbf | 0xd8 => return Err(Refusal::Broken),
            _ => {}
        }
        let length = usize::from(be16(bytes, at).ok_or(Refusal::CutOff)?);
        let data = bytes.get(at + 2..at + length.max(2)).ok_or(Refusal::CutOff)?;
        at += length.max(2);
        match marker {
            // Baseline, extended, progressive; all with Huffman coding.
            0xc0..=0xc2 if frame.is_none() => frame = Some(Frame::read(data, marker == 0xc2)?),
            0xc0..=0xc2 => return Err(Refusal::Broken),
            // Lossless, hierarchical, arithmetic coding.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Err(Refusal::RareJpeg),
            0xda => {
                scans += 1;
                if frame.is_none() || scans > MOST_SCANS {
                    return Err(Refusal::Broken);
                }
                at = end_of_scan(bytes, at).ok_or(Refusal::CutOff)?;
            }
            0xe1 => {
                if let Some(exif) = data.strip_prefix(b"Exif\0\0") {
                    turned = orientation(exif);
                }
                continue;
            }
            // Of the application data only Adobe's, which says how the colours are stored.
            0xe0 | 0xe2..=0xed | 0xef | 0xfe => continue,
            _ => {}
        }
        keep(start..at);
    }
    let frame = frame.filter(|_| scans > 0).ok_or(Refusal::Broken)?;
    Ok(Header {
        kind: PictureKind::Jpeg,
        width: frame.width,
        height: frame.height,
        cost: frame.cost,
        orientation: turned,
        parts,
    })
}

/// Where the coded data that begins at `at` ends: at a marker that is neither a stuffed zero nor a restart.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

struct Frame {
    width: u32,
    height: u32,
    cost: u64,
}

impl Frame {
    fn read(data: &[u8], is_progressive: bool) -> Result<Self, Refusal> {
        let (height, width) = (be16(data, 1).ok_or(Refusal::Broken)?, be16(data, 3).ok_or(Refusal::Broken)?);
        let components = usize::from(*data.get(5).ok_or(Refusal::Broken)?);
        let sampling: Vec<u64> = (0..components)
            .filter_map(|n| data.get(7 + 3 * n))
            .map(|factors| u64::from(factors >> 4) * u64::from(factors & 15))
            .collect();
        // Scanners for X-rays write 12 bits.
        if data.first() == Some(&12) {
            return Err(Refusal::RareJpeg);
        }
        let is_known = data.first() == Some(&8)
            && matches!(components, 1 | 3 | 4)
            && sampling.len() == components
            && sampling.iter().all(|factor| (1..=16).contains(factor));
        if !is_known || width == 0 || height == 0 {
            return Err(Refusal::Broken);
        }
        let pixels = u64::from(width) * u64::from(height);
        let most = sampling.iter().copied().max().unwrap_or(1);
        let samples: u64 = sampling.iter().map(|factor| pixels * factor / most).sum();
        let colours = if components == 1 { 1 } else { 3 };
        // A progressive picture keeps a coefficient of 16 bits for each sample until its last scan.
        let cost = pixels * colours + if is_progressive { samples * 2 } else { 0 };
        Ok(Self { width: width.into(), height: height.into(), cost })
    }
}
