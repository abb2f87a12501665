//! What is noticed about a picture, with ten fixtures each that must and ten that must not be noticed; the false rate of
//! "the same picture"; pictures of several encoders; ten thousand broken ones.

use image::imageops;
use madoguchi::desk::licence::{Hints, hints, likeness};
use madoguchi::platform::picture::{self, Picture, Refusal};

use super::image_fixtures::{Dice, blurred, drawn, grainy, jpeg, licence, lit, on_desk, png, scaled, with_exif};

fn look(bytes: &[u8]) -> Picture {
    let header = picture::look(bytes).unwrap();
    picture::render(bytes.to_vec(), &header).unwrap()
}

/// Ten good pictures, as people take them: scanned, photographed, shrunk by a mail program, a little dim.
fn good() -> Vec<Vec<u8>> {
    vec![
        jpeg(&licence(1), 90),
        jpeg(&licence(2), 60),
        png(&licence(3)),
        jpeg(&scaled(&licence(4), 1_100), 80),
        jpeg(&scaled(&licence(5), 2_400), 85),
        jpeg(&on_desk(&licence(6), 6), 85),
        jpeg(&grainy(&licence(7), 7, 8), 85),
        jpeg(&lit(&licence(8), 0.6, 0.0), 85),
        jpeg(&blurred(&licence(9), 0.6), 85),
        with_exif(&jpeg(&grainy(&on_desk(&licence(10), 10), 10, 5), 75), 8),
    ]
}

/// Counts what is noticed by `what`, with the figures for the log.
fn noticed(name: &str, found: &[Hints], what: fn(&Hints) -> bool) -> usize {
    eprintln!("{name}: {:?}", found.iter().map(|h| (h.sharpness, h.light)).collect::<Vec<_>>());
    found.iter().filter(|hints| what(hints)).count()
}

fn measured(pictures: impl IntoIterator<Item = Vec<u8>>) -> Vec<Hints> {
    pictures.into_iter().map(|bytes| hints::measure(&look(&bytes))).collect()
}

#[test]
fn ten_blurred_ten_dark_and_ten_small_pictures_are_noticed_and_ten_good_ones_are_not() {
    let good = measured(good());
    for what in [|h: &Hints| h.blurred, |h: &Hints| h.too_dark, |h: &Hints| h.too_small] {
        assert_eq!(noticed("good", &good, what), 0);
    }
    let blurry = measured((0..10_u8).map(|n| {
        let page = blurred(&drawn(u64::from(n) + 20, 1_024), 2.2 + 0.3 * f32::from(n));
        jpeg(&if n % 2 == 0 { page } else { grainy(&page, u64::from(n), 3) }, 85)
    }));
    assert_eq!(noticed("blurred", &blurry, |h| h.blurred), 10);
    let dark = measured((0..10_u8).map(|n| {
        let page = lit(&drawn(u64::from(n) + 30, 1_024), 0.12 + 0.02 * f32::from(n), 4.0);
        jpeg(&grainy(&page, u64::from(n), 3), 85)
    }));
    assert_eq!(noticed("dark", &dark, |h| h.too_dark), 10);
    let small = measured((0..10_u32).map(|n| jpeg(&drawn(u64::from(n) + 40, 320 + 70 * n), 85)));
    assert_eq!(noticed("small", &small, |h| h.too_small), 10);
}

#[test]
fn ten_packings_of_one_picture_are_the_same_and_other_peoples_licences_are_not() {
    let page = licence(50);
    let of = |bytes: &[u8]| likeness::of(&look(bytes));
    let first = of(&jpeg(&page, 90));
    let again = [
        jpeg(&page, 70),
        jpeg(&page, 40),
        png(&page),
        jpeg(&scaled(&page, 1_200), 85),
        jpeg(&scaled(&page, 900), 80),
        jpeg(&scaled(&page, 2_200), 85),
        jpeg(&lit(&page, 0.85, 0.0), 85),
        jpeg(&lit(&page, 0.9, 12.0), 85),
        jpeg(&grainy(&page, 1, 6), 85),
        jpeg(&blurred(&page, 1.0), 85),
    ];
    let apart: Vec<_> = again.iter().map(|bytes| likeness::compare(&first, &of(bytes)).unwrap()).collect();
    eprintln!("the same picture: {apart:?}");
    assert_eq!(apart.iter().filter(|apart| apart.is_same()).count(), 10);

    // Sixty people with one layout, scanned the same way: 1,770 pairs.
    let all: Vec<Vec<u8>> = (100..160).map(|who| of(&jpeg(&drawn(who, 800), 85))).collect();
    let mut wrong = Vec::new();
    let mut nearest = i64::MAX;
    for (n, a) in all.iter().enumerate() {
        for b in &all[n + 1..] {
            let apart = likeness::compare(a, b).unwrap();
            nearest = nearest.min(apart.most);
            wrong.extend(apart.is_same().then_some(apart));
        }
    }
    eprintln!("{} of 1770 pairs taken for the same; the nearest differ by {nearest} shades", wrong.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn pictures_without_loss_have_the_same_pixels_however_they_are_packed() {
    let page = drawn(60, 700);
    let (a, b) = (look(&png(&page)), look(&png(&imageops::rotate180(&imageops::rotate180(&page)))));
    assert_eq!(a.pixels, b.pixels);
    assert_ne!(a.pixels, look(&jpeg(&page, 95)).pixels);
}

#[test]
fn each_orientation_of_exif_is_turned_upright() {
    // A page that is dark at its top left, wherever the camera was.
    let mut upright = image::RgbImage::from_pixel(60, 40, image::Rgb([250; 3]));
    for (x, y) in (0..20).flat_map(|x| (0..12).map(move |y| (x, y))) {
        upright.put_pixel(x, y, image::Rgb([10; 3]));
    }
    let stored = |orientation: u8| match orientation {
        2 => imageops::flip_horizontal(&upright),
        3 => imageops::rotate180(&upright),
        4 => imageops::flip_vertical(&upright),
        5 => imageops::rotate270(&imageops::flip_horizontal(&upright)),
        6 => imageops::rotate270(&upright),
        7 => imageops::rotate90(&imageops::flip_horizontal(&upright)),
        8 => imageops::rotate90(&upright),
        _ => upright.clone(),
    };
    for orientation in 1..=8 {
        let shown = look(&with_exif(&jpeg(&stored(orientation), 95), orientation));
        assert_eq!((shown.width, shown.height), (60, 40), "{orientation}");
        let (first, last) = (shown.shades.bytes[0], *shown.shades.bytes.last().unwrap());
        assert!(first < 40 && last > 220, "{orientation}: {first} {last}");
    }
}

#[test]
fn sec_043_what_is_cut_off_is_told_and_nothing_is_decoded_of_it() {
    let (whole_jpeg, whole_png) = (jpeg(&drawn(61, 640), 80), png(&drawn(61, 640)));
    for whole in [whole_jpeg, whole_png] {
        for end in (3..whole.len() - 1).step_by(997) {
            let refusal = picture::look(&whole[..end]).unwrap_err();
            assert!(
                matches!(refusal, Refusal::CutOff | Refusal::OtherKind(None) | Refusal::Broken),
                "{end}: {refusal:?}"
            );
        }
    }
}

/// How many broken pictures; the long campaign sets MADOGUCHI_TEST_MUTATIONS.
fn how_many() -> u64 {
    std::env::var("MADOGUCHI_TEST_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

#[test]
fn sec_047_ten_thousand_mutated_pictures_pass_the_decoder_without_a_panic() {
    let small = drawn(62, 96);
    let seeds = [
        jpeg(&small, 60),
        with_exif(&jpeg(&small, 90), 5),
        png(&small),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(),
        b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj".to_vec(),
    ];
    let mut dice = Dice::new(4_711);
    let (mut taken, mut refused) = (0, 0);
    for n in 0..how_many() {
        let mut bytes = seeds[usize::try_from(n).unwrap() % seeds.len()].clone();
        for _ in 0..1 + dice.below(6) {
            let at = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
            match dice.below(6) {
                0 => bytes[at] ^= 1 << dice.below(8),
                1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
                2 => bytes[at] = 0xff,
                3 => bytes.truncate(at.max(1)),
                4 => {
                    let piece: Vec<u8> = bytes[at..(at + 9).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => drop(bytes.drain(at..(at + 5).min(bytes.len()))),
            }
            if bytes.is_empty() {
                break;
            }
        }
        match picture::look(&bytes).and_then(|header| picture::render(bytes, &header)) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
    }
    eprintln!("{taken} taken, {refused} refused");
    assert!(taken > 0 && refused > 0);
}
