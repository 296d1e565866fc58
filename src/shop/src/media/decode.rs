//! From a file that somebody gave to pixels that can be shown: or why not.

use super::refusal::{LEAST_SIDE, MOST_BYTES, MOST_PIXELS, MOST_SIDE, Refusal};
use domain::media::{Colour, PREVIEW_SIDE, Preview, WIDTHS};
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, Limits, RgbImage, Rgba};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::io::Cursor;

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Webp,
}

impl Kind {
    /// The media type (RFC 2046).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// A picture that was taken apart: turned as its EXIF says, in sRGB, without metadata.
#[derive(Debug)]
pub struct Decoded {
    pub kind: Kind,
    /// Pixels, of the whole picture.
    pub width: u32,
    pub height: u32,
    /// RGB8, or RGBA8 where one can see through it; no wider than the widest form.
    pub image: DynamicImage,
    pub colour: Colour,
    /// None where one can see through it.
    pub preview: Option<Preview>,
}

/// The cells of a colour histogram: sixteen steps of each channel.
const CELLS: usize = 16 * 16 * 16;
/// What the colour is looked for in, pixels a side.
const SAMPLE: u32 = 64;

/// Takes a file apart.
///
/// # Errors
/// [`Refusal`] with the limit that it breaks.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let kind = kind(bytes)?;
    let (width, height, image) = match kind {
        Kind::Jpeg => {
            if !jpeg_is_whole(bytes) {
                return Err(Refusal::Broken("its end is missing".to_owned()));
            }
            let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(broken)?;
            pixels(decoder)?
        }
        Kind::Png => {
            // Its size is judged below, where the refusal can say it.
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), memory()).map_err(broken)?;
            if decoder.is_apng().map_err(broken)? {
                return Err(Refusal::Animated);
            }
            pixels(decoder)?
        }
        Kind::Webp => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(broken)?;
            if decoder.has_animation() {
                return Err(Refusal::Animated);
            }
            pixels(decoder)?
        }
    };
    let (colour, preview) = (colour_of(&image), preview_of(&image));
    let is_opaque = !image.color().has_alpha();
    Ok(Decoded {
        kind,
        width,
        height,
        image,
        colour,
        preview: is_opaque.then_some(preview),
    })
}

/// What a file is, by its first bytes.
///
/// # Errors
/// [`Refusal`] when it is none of ours, or too large to be looked at.
pub fn kind(bytes: &[u8]) -> Result<Kind, Refusal> {
    let length = bytes.len() as u64;
    if length > MOST_BYTES {
        return Err(Refusal::TooLarge { bytes: length });
    }
    let found = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => return Ok(Kind::Jpeg),
        Ok(ImageFormat::Png) => return Ok(Kind::Png),
        Ok(ImageFormat::WebP) => return Ok(Kind::Webp),
        Ok(ImageFormat::Gif) => "a GIF",
        Ok(ImageFormat::Avif) => "an AVIF",
        Ok(ImageFormat::Tiff) => "a TIFF",
        Ok(ImageFormat::Bmp) => "a BMP",
        Ok(ImageFormat::Ico) => "an icon",
        Ok(_) => "a picture of another type",
        Err(_) if is_svg(bytes) => "an SVG",
        Err(_) if bytes.is_empty() => "empty",
        Err(_) => "no picture",
    };
    Err(Refusal::WrongType { found })
}

/// SVG is a program as much as a picture: it is never served from the shop's own origin.
fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    head.contains("<svg")
}

/// What a decoder may take.
fn memory() -> Limits {
    let mut limits = Limits::default();
    // Sixteen bits a channel are eight bytes a pixel, and the decoder needs room of its own.
    limits.max_alloc = Some(MOST_PIXELS * 10);
    limits
}

fn broken(error: image::ImageError) -> Refusal {
    Refusal::Broken(error.to_string())
}

/// Whether a JPEG goes on to its end: decoders fill up what is missing with grey. Walks the segments up to the first scan
/// (ITU T.81, B.1.1.4) and looks for the end-of-image marker after it, which no scan's data holds.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) else {
            return false;
        };
        if marker == 0xff {
            // Filled up.
            at += 1;
            continue;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            break;
        }
    }
    let scans = bytes.get(at..).unwrap_or_default();
    scans.windows(2).any(|pair| pair == [0xff, 0xd9])
}

/// The pixels of a picture whose size is within the limits; its size as it is shown.
fn pixels(mut decoder: impl ImageDecoder) -> Result<(u32, u32, DynamicImage), Refusal> {
    let (width, height) = decoder.dimensions();
    // The file's own word, before any memory is taken for it.
    if width > MOST_SIDE || height > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS
    {
        return Err(Refusal::TooManyPixels { width, height });
    }
    if width < LEAST_SIDE || height < LEAST_SIDE {
        return Err(Refusal::TooSmall { width, height });
    }
    decoder.set_limits(memory()).map_err(broken)?;
    // Metadata that can't be read says nothing; the picture may be well.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let mut image = narrowed(plain(image), orientation);
    if let Some(profile) = profile {
        into_srgb(&mut image, &profile);
    }
    image.apply_orientation(orientation);
    let turned = is_turned(orientation);
    let (width, height) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    Ok((width, height, image))
}

fn is_turned(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Eight bits a channel, and an alpha channel only where it says something.
fn plain(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let image = image.into_rgba8();
    if image.pixels().all(|Rgba([_, _, _, alpha])| *alpha == 255) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8());
    }
    DynamicImage::ImageRgba8(image)
}

/// No wider, once it is turned, than the widest form.
fn narrowed(image: DynamicImage, orientation: Orientation) -> DynamicImage {
    let widest = WIDTHS[WIDTHS.len() - 1];
    let (width, height) = (image.width(), image.height());
    let shown = if is_turned(orientation) {
        height
    } else {
        width
    };
    if shown <= widest {
        return image;
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(widest) / u64::from(shown);
        u32::try_from(side).unwrap_or(widest).max(1)
    };
    image.resize_exact(scaled(width), scaled(height), FilterType::Lanczos3)
}

/// Metadata is not passed on, so the colours must say the same without their profile. One that can't be used is left out.
fn into_srgb(image: &mut DynamicImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    match image {
        DynamicImage::ImageRgb8(image) => {
            let layout = Layout::Rgb;
            let made = profile.create_transform_8bit(layout, &srgb, layout, options);
            let before = image.as_raw().clone();
            if let Ok(transform) = made {
                let _ = transform.transform(&before, image);
            }
        }
        DynamicImage::ImageRgba8(image) => {
            let layout = Layout::Rgba;
            let made = profile.create_transform_8bit(layout, &srgb, layout, options);
            let before = image.as_raw().clone();
            if let Ok(transform) = made {
                let _ = transform.transform(&before, image);
            }
        }
        _ => {}
    }
}

/// As it looks on white paper.
pub fn on_white(image: &DynamicImage) -> RgbImage {
    let DynamicImage::ImageRgba8(image) = image else {
        return image.to_rgb8();
    };
    let over = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        // At most 255.
        ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let mut flat = RgbImage::new(image.width(), image.height());
    for (under, Rgba([red, green, blue, alpha])) in flat.pixels_mut().zip(image.pixels()) {
        under.0 = [red, green, blue].map(|channel| over(*channel, *alpha));
    }
    flat
}

/// The mean of the fullest cell of the histogram: a colour that is really there.
fn colour_of(image: &DynamicImage) -> Colour {
    let sample = on_white(&image.thumbnail_exact(SAMPLE, SAMPLE));
    let cell = |[red, green, blue]: [u8; 3]| {
        usize::from(red >> 4) << 8 | usize::from(green >> 4) << 4 | usize::from(blue >> 4)
    };
    let mut counts = vec![0_u32; CELLS];
    for pixel in sample.pixels() {
        counts[cell(pixel.0)] += 1;
    }
    let fullest = (0..CELLS).rev().max_by_key(|&cell| counts[cell]);
    let fullest = fullest.unwrap_or_default();
    let mut sums = [0_u32; 3];
    for pixel in sample.pixels().filter(|pixel| cell(pixel.0) == fullest) {
        for (sum, channel) in sums.iter_mut().zip(pixel.0) {
            *sum += u32::from(channel);
        }
    }
    let count = counts[fullest].max(1);
    Colour(sums.map(|sum| (sum / count) as u8))
}

fn preview_of(image: &DynamicImage) -> Preview {
    let side = PREVIEW_SIDE as u32;
    let small = on_white(&image.thumbnail_exact(side, side));
    let mut colours = [Colour::default(); PREVIEW_SIDE * PREVIEW_SIDE];
    for (colour, pixel) in colours.iter_mut().zip(small.pixels()) {
        *colour = Colour(pixel.0);
    }
    Preview::of(colours)
}

#[cfg(test)]
mod tests;
