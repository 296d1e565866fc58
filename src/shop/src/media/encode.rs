//! The forms of a picture that browsers are offered.

use super::decode::on_white;
use domain::media::Format;
use image::DynamicImage;
use image::imageops::FilterType;
use jpeg_encoder::{ColorType, SamplingFactor};
use ravif::{BitDepth, Img, RGBA8};

// Chosen so that the demo's pictures look alike in all three, side by side at their own size.
const AVIF_QUALITY: f32 = 65.0;
const WEBP_QUALITY: f32 = 80.0;
const JPEG_QUALITY: u8 = 82;
/// 1 (slowest) to 10: each step below costs twice the time for a few per cent of the bytes.
const AVIF_SPEED: u8 = 8;

/// A picture in that width (pixels) and format, without any metadata. The same picture gives the same bytes.
///
/// # Errors
/// What the encoder said.
pub fn encode(
    image: &DynamicImage,
    (width, height): (u32, u32),
    format: Format,
) -> Result<Vec<u8>, String> {
    let resized;
    let image = if (image.width(), image.height()) == (width, height) {
        image
    } else {
        resized = image.resize_exact(width, height, FilterType::Lanczos3);
        &resized
    };
    match format {
        Format::Avif => avif(image),
        Format::Webp => webp(image),
        Format::Jpeg => jpeg(image),
    }
}

fn avif(image: &DynamicImage) -> Result<Vec<u8>, String> {
    let encoder = ravif::Encoder::new()
        .with_quality(AVIF_QUALITY)
        .with_speed(AVIF_SPEED)
        .with_bit_depth(BitDepth::Eight)
        .with_num_threads(Some(1));
    let (width, height) = (image.width() as usize, image.height() as usize);
    let image = image.to_rgba8();
    let (pixels, _) = image.as_raw().as_chunks::<4>();
    let pixels: Vec<RGBA8> = pixels.iter().map(|&pixel| pixel.into()).collect();
    // It finds out by itself that one can't see through. Its other door, for RGB, is so small that the compiler puts it here,
    // and the whole encoder after it: compiled as this crate is, in development twenty times slower.
    let encoded = encoder.encode_rgba(Img::new(&pixels[..], width, height));
    Ok(encoded.map_err(|error| format!("AVIF: {error}"))?.avif_file)
}

fn webp(image: &DynamicImage) -> Result<Vec<u8>, String> {
    let (width, height) = (image.width(), image.height());
    let encoder = match image {
        DynamicImage::ImageRgba8(image) => webp::Encoder::from_rgba(image, width, height),
        DynamicImage::ImageRgb8(image) => webp::Encoder::from_rgb(image, width, height),
        other => return Err(format!("WebP: {:?} pixels", other.color())),
    };
    let encoded = encoder.encode_simple(false, WEBP_QUALITY);
    Ok(encoded
        .map_err(|error| format!("WebP: {error:?}"))?
        .to_vec())
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, String> {
    let image = on_white(image);
    let wrong = |error: &dyn std::fmt::Display| format!("JPEG: {error}");
    let side = |side: u32| u16::try_from(side).map_err(|error| wrong(&error));
    let (width, height) = (side(image.width())?, side(image.height())?);
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(&image, width, height, ColorType::Rgb)
        .map_err(|error| wrong(&error))?;
    Ok(file)
}
