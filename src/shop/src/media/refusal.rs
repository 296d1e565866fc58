//! Why a picture is not taken. Each says its limit.

/// What a file may have at most, in bytes: 20 MiB.
pub const MOST_BYTES: u64 = 20 * 1024 * 1024;
/// Pixels of a side, at most.
pub const MOST_SIDE: u32 = 12_000;
/// Pixels of a picture, at most: as it is taken apart, one takes four bytes.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Pixels of a side, at least: what is smaller is a mark or a counter, no picture.
pub const LEAST_SIDE: u32 = 16;

/// A picture that is not taken. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("that is not allowed")]
    Denied,
    #[error("it has {bytes} bytes; a picture may have {MOST_BYTES}")]
    TooLarge { bytes: u64 },
    #[error(
        "it is {found}; a picture is a JPEG, PNG or WebP file by its content, whatever its name says"
    )]
    WrongType { found: &'static str },
    #[error("it is animated; a picture is a still JPEG, PNG or WebP file")]
    Animated,
    #[error(
        "it is {width} × {height} pixels; a picture may have {MOST_SIDE} a side and {} million in all",
        MOST_PIXELS / 1_000_000
    )]
    TooManyPixels { width: u32, height: u32 },
    #[error("it is {width} × {height} pixels; a picture has at least {LEAST_SIDE} a side")]
    TooSmall { width: u32, height: u32 },
    #[error("it is broken: {0}")]
    Broken(String),
    #[error("there is no product {0:?}")]
    UnknownProduct(String),
    #[error("the words for it are {length} characters long; at most {most} are read out")]
    LongAlt { length: usize, most: usize },
    #[error("there is no picture {0}; `rialto media list` names them")]
    UnknownPicture(String),
}
