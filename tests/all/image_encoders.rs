//! Pictures of real encoders (tests/fixtures/images/make.sh tells which): what each becomes, or the sentence it is refused
//! with.

use madoguchi::desk::Lang;
use madoguchi::desk::licence::intake;
use madoguchi::platform::picture::{self, PictureKind};

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images").join(name)).unwrap()
}

use PictureKind::{Jpeg, Png};

/// Taken: as what, and how many pixels it has when it stands upright.
const TAKEN: [(&str, PictureKind, u32, u32); 16] = [
    ("turbo-progressive.jpg", Jpeg, 200, 142),
    ("turbo-restart-411.jpg", Jpeg, 200, 142),
    ("turbo-rgb.jpg", Jpeg, 200, 142),
    ("ffmpeg-444.jpg", Jpeg, 200, 142),
    ("magick-comment.jpg", Jpeg, 200, 142),
    ("magick-progressive-cmyk.jpg", Jpeg, 200, 142),
    ("pillow-cmyk.jpg", Jpeg, 200, 142),
    ("pillow-grey.jpg", Jpeg, 200, 142),
    ("pillow-exif-6.jpg", Jpeg, 200, 142),
    // Two pictures in one file, as some telephones take them: the first one.
    ("pillow-two-pictures.mpo", Jpeg, 200, 142),
    ("magick-16-bit.png", Png, 100, 71),
    ("ffmpeg-16-bit.png", Png, 100, 72),
    ("magick-interlaced.png", Png, 200, 142),
    ("pillow-palette.png", Png, 200, 142),
    ("pillow-one-bit.png", Png, 200, 142),
    ("pillow-grey-alpha.png", Png, 200, 142),
];

/// Refused: with which words.
const REFUSED: [(&str, &str, &str); 6] = [
    ("turbo-arithmetic.jpg", "JPEG か PNG で保存し直して", "save it as JPEG or PNG"),
    ("header-12-bit.jpg", "JPEG か PNG で保存し直して", "save it as JPEG or PNG"),
    ("turbo-truncated.jpg", "途中で切れています", "is cut off"),
    ("ffmpeg-animated.png", "動く画像は受け取れません", "Animated images cannot be taken"),
    ("heif-enc.heic", "HEIC 形式", "HEIC image"),
    ("pillow.webp", "WebP 形式", "of the kind WebP"),
];

#[test]
fn pictures_of_real_encoders_are_taken_upright_in_their_colours_and_without_what_else_stood_in_them() {
    for (name, kind, width, height) in TAKEN {
        let bytes = bytes_of(name);
        let header = picture::look(&bytes).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let taken = picture::render(bytes, &header).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!((taken.kind, taken.width, taken.height), (kind, width, height), "{name}");
        // Black at its upper left corner, paper at the lower right one.
        let (first, last) = (taken.shades.bytes[0], *taken.shades.bytes.last().unwrap());
        assert!(first < 50 && last > 215, "{name}: {first} {last}");
        for copy in [&taken.view, &taken.thumb] {
            assert!(copy.starts_with(b"\xff\xd8\xff"), "{name}: a JPEG of our own");
            assert!(!copy.windows(6).any(|window| window == b"SECRET"), "{name}: SEC-046");
        }
        let reddish = reddest(&taken.view);
        let is_grey = ["pillow-grey.jpg", "pillow-one-bit.png", "pillow-grey-alpha.png"].contains(&name);
        assert_eq!(reddish > 60, !is_grey, "{name}: the seal is red by {reddish}");
    }
}

/// By how much the reddest pixel is redder than it is blue: the seal is red, the paper and its frame are not.
fn reddest(view: &[u8]) -> i32 {
    let picture = image::load_from_memory(view).unwrap().into_rgb8();
    picture.pixels().map(|pixel| i32::from(pixel.0[0]) - i32::from(pixel.0[2])).max().unwrap()
}

#[test]
fn what_real_encoders_write_and_we_do_not_read_is_refused_with_the_way_out() {
    for (name, ja, en) in REFUSED {
        let bytes = bytes_of(name);
        let refusal = match picture::look(&bytes) {
            Err(refusal) => refusal,
            Ok(header) => picture::render(bytes, &header).err().unwrap_or_else(|| panic!("{name} was taken")),
        };
        assert!(intake::told(&refusal, Lang::Ja).contains(ja), "{name}: {refusal}");
        assert!(intake::told(&refusal, Lang::En).contains(en), "{name}: {refusal}");
    }
}

#[test]
fn every_picture_of_the_folder_is_spoken_for() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "make.sh")
        .collect();
    let mut named: Vec<String> =
        TAKEN.iter().map(|(name, ..)| *name).chain(REFUSED.iter().map(|(name, ..)| *name)).map(str::to_owned).collect();
    found.sort();
    named.sort();
    assert_eq!(found, named);
}
