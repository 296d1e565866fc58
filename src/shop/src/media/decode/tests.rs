use super::super::encode::encode;
use super::*;
use domain::media::Format;
use image::{Rgb, RgbaImage};
use jpeg_encoder::ColorType;

/// Left half blue, right half orange; the left one a little wider.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x * 9 < width * 5 {
            Rgb([30, 60, 200])
        } else {
            Rgb([240, 140, 20])
        }
    })
}

/// EXIF in the order of bytes that Motorola liked, with one entry: the orientation (EXIF 2.32, 4.6.4).
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend_from_slice(&[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend_from_slice(&[0, 0, 0, 0]);
    tiff
}

fn jpeg(image: &RgbImage, metadata: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    if let Some(metadata) = metadata {
        encoder.add_exif_metadata(metadata).unwrap();
    }
    let (width, height) = (image.width() as u16, image.height() as u16);
    encoder
        .encode(image, width, height, ColorType::Rgb)
        .unwrap();
    file
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn refusal(file: &[u8]) -> Refusal {
    decode(file).expect_err("it is refused")
}

#[test]
fn a_picture_is_turned_as_its_exif_says() {
    let halves = halves(60, 40);
    let is_blue = |image: &DynamicImage, x: u32, y: u32| {
        let Rgb([red, _, blue]) = *image.to_rgb8().get_pixel(x, y);
        blue > red
    };
    // Where the blue half lies once it is turned: left, right, above, below.
    for (orientation, size, blue, orange) in [
        (1, (60, 40), (5, 20), (55, 20)),
        (2, (60, 40), (55, 20), (5, 20)),
        (3, (60, 40), (55, 20), (5, 20)),
        (4, (60, 40), (5, 20), (55, 20)),
        (5, (40, 60), (20, 5), (20, 55)),
        (6, (40, 60), (20, 5), (20, 55)),
        (7, (40, 60), (20, 55), (20, 5)),
        (8, (40, 60), (20, 55), (20, 5)),
    ] {
        let decoded = decode(&jpeg(&halves, Some(&exif(orientation)))).unwrap();
        let image = &decoded.image;
        assert_eq!((decoded.width, decoded.height), size, "{orientation}");
        assert_eq!((image.width(), image.height()), size, "{orientation}");
        assert!(is_blue(image, blue.0, blue.1), "{orientation}");
        assert!(!is_blue(image, orange.0, orange.1), "{orientation}");
    }
}

#[test]
fn a_wide_picture_that_lies_on_its_side_is_narrowed_by_the_side_that_is_shown() {
    let lying = decode(&jpeg(&halves(3200, 40), Some(&exif(6)))).unwrap();
    assert_eq!((lying.width, lying.height), (40, 3200));
    assert_eq!((lying.image.width(), lying.image.height()), (40, 3200));
    let upright = decode(&jpeg(&halves(3200, 40), None)).unwrap();
    assert_eq!((upright.width, upright.height), (3200, 40));
    assert_eq!((upright.image.width(), upright.image.height()), (1600, 20));
}

#[test]
fn no_form_holds_what_the_file_said_of_its_maker() {
    let mut metadata = exif(6);
    metadata.extend_from_slice(b"Ada Lovelace, 51.5N 0.1W");
    let file = jpeg(&halves(64, 48), Some(&metadata));
    let holds = |file: &[u8], text: &[u8]| file.windows(text.len()).any(|part| part == text);
    assert!(holds(&file, b"Ada Lovelace"));
    let decoded = decode(&file).unwrap();
    for format in Format::ALL {
        let form = encode(&decoded.image, (48, 64), format).unwrap();
        for trace in [&b"Ada Lovelace"[..], b"Exif", b"EXIF"] {
            assert!(!holds(&form, trace), "{format:?}");
        }
        let found = image::guess_format(&form).unwrap();
        assert_eq!(found.to_mime_type(), format.media_type());
    }
    // The turn was carried out, so that leaving its word away changes nothing.
    let form = encode(&decoded.image, (48, 64), Format::Jpeg).unwrap();
    let again = decode(&form).unwrap();
    assert_eq!((again.width, again.height), (48, 64));
}

#[test]
fn the_colour_is_the_one_there_is_most_of() {
    let decoded = decode(&png(&DynamicImage::ImageRgb8(halves(90, 90)))).unwrap();
    assert_eq!(decoded.colour, Colour([30, 60, 200]));
    let colours = decoded.preview.expect("a preview").colours();
    for row in colours.chunks(PREVIEW_SIDE) {
        assert_eq!(row[0], Colour([17, 51, 204]));
        assert_eq!(row[2], Colour([255, 136, 17]));
    }
}

#[test]
fn what_one_can_see_through_stays_so_where_it_can() {
    let clear = RgbaImage::from_fn(40, 40, |x, _| {
        Rgba([200, 0, 0, if x < 20 { 0 } else { 255 }])
    });
    let decoded = decode(&png(&DynamicImage::ImageRgba8(clear))).unwrap();
    assert_eq!(decoded.preview, None);
    let webp = encode(&decoded.image, (40, 40), Format::Webp).unwrap();
    let webp = decode(&webp).unwrap();
    assert_eq!(webp.image.to_rgba8().get_pixel(2, 2).0[3], 0);
    let jpeg = decode(&encode(&decoded.image, (40, 40), Format::Jpeg).unwrap()).unwrap();
    let paper = jpeg.image.to_rgb8().get_pixel(4, 20).0;
    assert!(paper.iter().all(|&channel| channel > 240), "{paper:?}");
    // An alpha channel that says nothing is none.
    let solid = RgbaImage::from_pixel(40, 40, Rgba([1, 2, 3, 255]));
    let decoded = decode(&png(&DynamicImage::ImageRgba8(solid))).unwrap();
    assert!(!decoded.image.color().has_alpha());
    assert!(decoded.preview.is_some());
}

#[test]
fn colours_of_another_space_are_brought_into_ours() {
    let wide = ColorProfile::new_display_p3().encode().unwrap();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.add_icc_profile(&wide).unwrap();
    let green = RgbImage::from_pixel(32, 32, Rgb([120, 200, 120]));
    encoder.encode(&green, 32, 32, ColorType::Rgb).unwrap();
    let decoded = decode(&file).unwrap();
    let Rgb([red, green, _]) = *decoded.image.to_rgb8().get_pixel(16, 16);
    // The same light has less red and more green in the smaller space.
    assert!(red < 112 && green > 200, "{red} {green}");
}

#[test]
fn what_is_no_picture_of_ours_is_refused_by_its_content() {
    let still = DynamicImage::ImageRgb8(halves(32, 32));
    let gif = b"GIF89a\x20\0\x20\0\0\0\0\x3b".to_vec();
    let svg = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec();
    for (file, found) in [
        (gif, "a GIF"),
        (svg, "an SVG"),
        (b"<html>not found</html>".to_vec(), "no picture"),
        (Vec::new(), "empty"),
        (encode(&still, (32, 32), Format::Avif).unwrap(), "an AVIF"),
        (b"BM\0\0\0\0".to_vec(), "a BMP"),
    ] {
        let refusal = refusal(&file);
        assert_eq!(refusal, Refusal::WrongType { found });
        assert!(
            refusal.to_string().contains("JPEG, PNG or WebP"),
            "{refusal}"
        );
    }
}

#[test]
fn what_moves_is_refused() {
    // A chunk that says how many frames follow (APNG, acTL), before the data.
    let mut moving = png(&DynamicImage::ImageRgb8(halves(32, 32)));
    let mut chunk = b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0".to_vec();
    chunk.extend_from_slice(&crc32(&chunk[4..]).to_be_bytes());
    // After the signature and the header.
    moving.splice(33..33, chunk);
    assert_eq!(refusal(&moving), Refusal::Animated);
    // The extended header's second bit (RFC 9649, 2.7), and a frame's header.
    let mut moving = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x1f\0\0\x1f\0\0".to_vec();
    moving.extend_from_slice(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    let still = encode(
        &DynamicImage::ImageRgb8(halves(32, 32)),
        (32, 32),
        Format::Webp,
    )
    .unwrap();
    let mut frame = b"\0\0\0\0\0\0\x1f\0\0\x1f\0\0\x64\0\0\0".to_vec();
    frame.extend_from_slice(&still[12..]);
    moving.extend_from_slice(b"ANMF");
    moving.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    moving.extend_from_slice(&frame);
    let length = (moving.len() - 8) as u32;
    moving[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(refusal(&moving), Refusal::Animated);
}

/// Of a PNG's chunk (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn a_bomb_is_refused_by_what_it_says_of_itself() {
    // A small file that says it is 30,000 pixels a side: nothing is unpacked.
    let mut bomb = png(&DynamicImage::ImageRgb8(halves(32, 32)));
    for at in [16, 20] {
        bomb[at..at + 4].copy_from_slice(&30_000_u32.to_be_bytes());
    }
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let refused = refusal(&bomb);
    assert!(
        matches!(refused, Refusal::TooManyPixels { width: 30_000, .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("40 million"), "{refused}");
    // Each side for itself may be well.
    for at in [16, 20] {
        bomb[at..at + 4].copy_from_slice(&11_000_u32.to_be_bytes());
    }
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let refused = refusal(&bomb);
    assert!(
        matches!(refused, Refusal::TooManyPixels { .. }),
        "{refused}"
    );
}

#[test]
fn what_is_too_large_or_too_small_says_the_limit() {
    let large = vec![0xff; MOST_BYTES as usize + 1];
    let refused = refusal(&large);
    assert_eq!(
        refused,
        Refusal::TooLarge {
            bytes: MOST_BYTES + 1
        }
    );
    assert!(refused.to_string().contains("20971520"), "{refused}");
    let dot = png(&DynamicImage::ImageRgb8(halves(1, 1)));
    let refused = refusal(&dot);
    assert_eq!(
        refused,
        Refusal::TooSmall {
            width: 1,
            height: 1
        }
    );
    assert!(refused.to_string().contains("16"), "{refused}");
}

#[test]
fn a_file_that_ends_early_or_is_damaged_is_refused() {
    let image = halves(200, 200);
    let picture = DynamicImage::ImageRgb8(image.clone());
    for (name, file) in [
        ("jpeg", jpeg(&image, None)),
        (
            "progressive",
            encode(&picture, (200, 200), Format::Jpeg).unwrap(),
        ),
        ("png", png(&picture)),
        ("webp", encode(&picture, (200, 200), Format::Webp).unwrap()),
    ] {
        assert!(decode(&file).is_ok(), "{name}");
        for length in [file.len() - file.len() / 3, file.len() / 2, 40, 12] {
            let refused = refusal(&file[..length]);
            assert!(
                matches!(refused, Refusal::Broken(_)),
                "{name} {length}: {refused}"
            );
        }
    }
    // A bit of a PNG that fell over: its checksum says so.
    let mut damaged = png(&picture);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    let refused = refusal(&damaged);
    assert!(matches!(refused, Refusal::Broken(_)), "{refused}");
}

#[test]
fn whatever_the_bytes_no_decoder_brings_the_program_down() {
    let picture = DynamicImage::ImageRgb8(halves(48, 48));
    let mut state = 7_u32;
    let mut next = || {
        // Numerical Recipes' generator: any would do.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize
    };
    for format in [Format::Jpeg, Format::Webp] {
        let whole = encode(&picture, (48, 48), format).unwrap();
        for _ in 0..300 {
            let mut file = whole.clone();
            for _ in 0..3 {
                let at = next() % file.len();
                file[at] = next() as u8;
            }
            // Refused or not: it comes back.
            if let Ok(decoded) = decode(&file) {
                assert!(decoded.image.width() <= 1600);
            }
        }
    }
}
