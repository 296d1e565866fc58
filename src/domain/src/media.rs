//! Pictures of our own: the forms each one exists in, and what its name says.
//!
//! A picture's name holds everything a page must know to show it well: its content's hash, its size, its colour and a
//! preview. So a page needs no further query, and a URL never changes what it means.

use std::fmt;

/// Widths in pixels. A picture exists in each that is narrower than itself, and in the first that is not: there it is
/// shown as wide as it is, never blown up.
pub const WIDTHS: [u32; 4] = [400, 800, 1200, 1600];

/// Where pictures of this recipe are served. Another recipe (widths, qualities) needs another path: what lies under a URL
/// never changes.
pub const PATH: &str = "/media/v1/";

/// The side of a preview, in colours.
pub const PREVIEW_SIDE: usize = 3;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What browsers are offered, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Avif,
    Webp,
    Jpeg,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Avif, Self::Webp, Self::Jpeg];

    /// The file's extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Webp => "webp",
            Self::Jpeg => "jpg",
        }
    }

    /// The media type (RFC 2046).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A picture in nine colours, row by row, each channel of four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview([[u8; 3]; PREVIEW_SIDE * PREVIEW_SIDE]);

impl Preview {
    /// Keeps the upper half of each channel.
    pub fn of(colours: [Colour; PREVIEW_SIDE * PREVIEW_SIDE]) -> Self {
        Self(colours.map(|Colour(channels)| channels.map(|channel| channel >> 4)))
    }

    pub fn colours(&self) -> [Colour; PREVIEW_SIDE * PREVIEW_SIDE] {
        self.0
            .map(|channels| Colour(channels.map(|channel| channel * 17)))
    }

    /// 18 characters of base64url: two for a colour.
    fn text(&self) -> String {
        let digit = |value: usize| char::from(ALPHABET[value & 63]);
        self.0
            .iter()
            .flat_map(|&[red, green, blue]| {
                let bits = usize::from(red) << 8 | usize::from(green) << 4 | usize::from(blue);
                [digit(bits >> 6), digit(bits)]
            })
            .collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let pairs: &[[u8; 2]; PREVIEW_SIDE * PREVIEW_SIDE] = pairs.try_into().ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut colours = [[0; 3]; PREVIEW_SIDE * PREVIEW_SIDE];
        for (colour, pair) in colours.iter_mut().zip(pairs) {
            let mut bits = 0;
            for digit in pair {
                let value = ALPHABET.iter().position(|known| known == digit)?;
                bits = bits << 6 | value;
            }
            *colour = [bits >> 8, bits >> 4 & 15, bits & 15].map(|value| value as u8);
        }
        Some(Self(colours))
    }
}

/// What a picture's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The first 32 hexadecimal digits of the SHA-256 of what was uploaded.
    pub id: String,
    /// Pixels, as it is shown: after turning it as its EXIF says.
    pub width: u32,
    pub height: u32,
    /// The colour there is most of.
    pub colour: Colour,
    /// None when one can see through the picture: then nothing may stand behind it.
    pub preview: Option<Preview>,
}

/// One form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// One of [`WIDTHS`].
    pub label: u32,
    pub format: Format,
}

/// The length of [`Name::id`].
pub const ID_LENGTH: usize = 32;

impl Name {
    /// Reads `/media/v1/5f/5f2c…/1600x2000-c0a88f-….jpg`; None when it is not the name of a picture of our own.
    pub fn parse(src: &str) -> Option<Self> {
        let (shard, rest) = src.strip_prefix(PATH)?.split_once('/')?;
        let (id, file) = rest.split_once('/')?;
        let name = Self::of_file(id, file.strip_suffix(".jpg")?)?;
        (id.get(..2) == Some(shard)).then_some(name)
    }

    /// Reads the path of one form, without `/media/`: `v1/5f/5f2c…/1600x2000-c0a88f-…-400.avif`.
    pub fn parse_form(shard: &str, id: &str, file: &str) -> Option<(Self, Form)> {
        let (stem, extension) = file.rsplit_once('.')?;
        let (stem, label) = stem.rsplit_once('-')?;
        let name = Self::of_file(id, stem)?;
        let form = name
            .forms()
            .find(|form| form.format.extension() == extension && form.label.to_string() == label)?;
        (id.get(..2) == Some(shard)).then_some((name, form))
    }

    fn of_file(id: &str, stem: &str) -> Option<Self> {
        let is_id = id.len() == ID_LENGTH
            && id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (width, rest) = stem.split_once('x')?;
        let mut parts = rest.splitn(3, '-');
        let (height, colour) = (parts.next()?, parts.next()?);
        let preview = match parts.next() {
            Some(text) => Some(Preview::parse(text)?),
            None => None,
        };
        let number = |text: &str| text.parse().ok().filter(|&number: &u32| number > 0);
        let channel = |at: usize| u8::from_str_radix(colour.get(at..at + 2)?, 16).ok();
        let name = Self {
            id: id.to_owned(),
            width: number(width)?,
            height: number(height)?,
            colour: Colour([channel(0)?, channel(2)?, channel(4)?]),
            preview,
        };
        // One picture, one name: `0400x…`, `+4…` and capitals are none.
        (is_id && name.stem_of_file() == stem).then_some(name)
    }

    fn stem_of_file(&self) -> String {
        let (width, height) = (self.width, self.height);
        let colour = self.colour.to_string();
        let colour = colour.trim_start_matches('#');
        match &self.preview {
            Some(preview) => format!("{width}x{height}-{colour}-{}", preview.text()),
            None => format!("{width}x{height}-{colour}"),
        }
    }

    /// The URL's path up to the width: `/media/v1/5f/5f2c…/1600x2000-c0a88f-…`.
    pub fn stem(&self) -> String {
        let shard = self.id.get(..2).unwrap_or_default();
        format!("{PATH}{shard}/{}/{}", self.id, self.stem_of_file())
    }

    /// What stands for the picture as a whole.
    pub fn src(&self) -> String {
        format!("{}.jpg", self.stem())
    }

    /// The URL's path of one form.
    pub fn path(&self, form: Form) -> String {
        format!("{}-{}.{}", self.stem(), form.label, form.format.extension())
    }

    /// The widths it exists in: what each is called, and how wide it is.
    pub fn widths(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let own = self.width;
        let narrower = WIDTHS.iter().filter(|&&width| width < own).count();
        WIDTHS
            .into_iter()
            .take(narrower + 1)
            .map(move |label| (label, label.min(own)))
    }

    /// How high it is when it is that wide; at least one pixel.
    pub fn height_at(&self, width: u32) -> u32 {
        let (own, high) = (u64::from(self.width.max(1)), u64::from(self.height));
        let height = (high * u64::from(width) + own / 2) / own;
        u32::try_from(height).unwrap_or(u32::MAX).max(1)
    }

    /// Everything it exists in, the smallest first.
    pub fn forms(&self) -> impl Iterator<Item = Form> + use<> {
        self.widths().flat_map(|(label, _)| {
            Format::ALL
                .into_iter()
                .map(move |format| Form { label, format })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(width: u32, height: u32) -> Name {
        let colours = std::array::from_fn(|at| Colour([at as u8 * 28, 0x10, 0xff]));
        Name {
            id: "5f2c0011223344556677889900aabbcc".to_owned(),
            width,
            height,
            colour: Colour([0xc0, 0xa8, 0x0f]),
            preview: Some(Preview::of(colours)),
        }
    }

    #[test]
    fn a_name_says_what_it_was_made_from() {
        let seen_through = Name {
            preview: None,
            ..name(90, 80)
        };
        for name in [name(1600, 2000), name(1, 1), seen_through] {
            let src = name.src();
            assert_eq!(Name::parse(&src).as_ref(), Some(&name), "{src}");
            for form in name.forms() {
                let path = name.path(form);
                let parts: Vec<&str> = path.strip_prefix(PATH).unwrap().split('/').collect();
                let [shard, id, file] = parts[..] else {
                    panic!("{path}");
                };
                let read = Name::parse_form(shard, id, file);
                assert_eq!(read, Some((name.clone(), form)), "{path}");
            }
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        let src = name(1600, 2000).src();
        assert!(Name::parse(&src).is_some());
        for other in [
            "/media/calle-mug.jpg".to_owned(),
            "/media/v1/".to_owned(),
            "https://elsewhere.example/media/v1/x.jpg".to_owned(),
            src.replace("1600x", "01600x"),
            src.replace("1600x", "+1600x"),
            src.replace("1600x", "0x"),
            src.replace("/5f/", "/5e/"),
            src.replace("/5f2c", "/5F2c"),
            src.replace("c0a80f", "C0A80F"),
            src.replace("c0a80f", "c0a80"),
            src.replace(".jpg", "A.jpg"),
            src.replace(".jpg", ".png"),
            src.replace("/5f2c", "/../5f2c"),
            src.replace("c0a80f", "ü0a80f"),
        ] {
            assert_eq!(Name::parse(&other), None, "{other}");
        }
        // A width it does not exist in.
        let small = name(500, 500);
        let stem = small.stem();
        let (_, file) = stem.rsplit_once('/').unwrap();
        let form = |label: &str| Name::parse_form("5f", &small.id, &format!("{file}-{label}"));
        assert!(form("800.avif").is_some());
        for label in ["1200.avif", "0800.avif", "800.gif", "800.AVIF", "80.avif"] {
            assert_eq!(form(label), None, "{label}");
        }
    }

    #[test]
    fn a_picture_is_never_blown_up() {
        let widths = |own| name(own, 1000).widths().collect::<Vec<_>>();
        assert_eq!(widths(300), [(400, 300)]);
        assert_eq!(widths(400), [(400, 400)]);
        assert_eq!(widths(1000), [(400, 400), (800, 800), (1200, 1000)]);
        assert_eq!(
            widths(9000),
            [(400, 400), (800, 800), (1200, 1200), (1600, 1600)]
        );
        assert_eq!(name(1600, 2000).height_at(800), 1000);
        assert_eq!(name(10_000, 3).height_at(400), 1);
    }
}
