//! The chunks of a PNG: the header, the parts that make up the picture, and the orientation. Texts, profiles and
//! everything else that is compressed without a bound are left out, so that no decoder ever reads them.

use super::{Header, PictureKind, Refusal, be32, orientation};

/// The largest EXIF block we look into.
const MOST_EXIF: usize = 64 << 10;

pub(super) fn look(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut at = 8;
    let mut parts: Vec<std::ops::Range<usize>> = Vec::with_capacity(4);
    let mut keep = |range: std::ops::Range<usize>| match parts.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => parts.push(range),
    };
    keep(0..8);
    let (mut head, mut turned) = (None, 1);
    loop {
        let start = at;
        let length = be32(bytes, at).ok_or(Refusal::CutOff)? as usize;
        let kind = bytes.get(at + 4..at + 8).ok_or(Refusal::CutOff)?;
        let end = at.checked_add(length).and_then(|end| end.checked_add(12)).ok_or(Refusal::Broken)?;
        let data = bytes.get(at + 8..end - 4).ok_or(Refusal::CutOff)?;
        if bytes.len() < end {
            return Err(Refusal::CutOff);
        }
        at = end;
        match kind {
            b"IHDR" if head.is_none() => head = Some(Head::read(data)?),
            _ if head.is_none() => return Err(Refusal::Broken),
            b"IHDR" => return Err(Refusal::Broken),
            b"acTL" => return Err(Refusal::Animated),
            b"eXIf" if data.len() <= MOST_EXIF => {
                turned = orientation(data);
                continue;
            }
            b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => {}
            _ => continue,
        }
        keep(start..end);
        if kind == b"IEND" {
            break;
        }
    }
    let head = head.ok_or(Refusal::Broken)?;
    Ok(Header {
        kind: PictureKind::Png,
        width: head.width,
        height: head.height,
        cost: u64::from(head.width).saturating_mul(u64::from(head.height)).saturating_mul(head.bytes_per_pixel),
        orientation: turned,
        parts,
    })
}

struct Head {
    width: u32,
    height: u32,
    /// Once decoded: palettes become colours, one to four bits become eight.
    bytes_per_pixel: u64,
}

impl Head {
    fn read(data: &[u8]) -> Result<Self, Refusal> {
        let (width, height) = (be32(data, 0).ok_or(Refusal::Broken)?, be32(data, 4).ok_or(Refusal::Broken)?);
        let (depth, colours) = (*data.get(8).ok_or(Refusal::Broken)?, *data.get(9).ok_or(Refusal::Broken)?);
        let channels = match colours {
            0 => 2,
            2 | 3 | 6 => 4,
            4 => 2,
            _ => return Err(Refusal::Broken),
        };
        if width == 0 || height == 0 || !matches!(depth, 1 | 2 | 4 | 8 | 16) {
            return Err(Refusal::Broken);
        }
        Ok(Self { width, height, bytes_per_pixel: channels * if depth == 16 { 2 } else { 1 } })
    }
}
