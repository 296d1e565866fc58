//! How what is sent and what is kept is compressed.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use hyper::body::Bytes;
use std::cell::RefCell;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CCtx, DCtx, compress_bound};

/// How an answer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Zstd,
    Gzip,
    Identity,
}

impl Encoding {
    /// The first of `offered` that the request takes (RFC 9110 §12.5.3); `q=0` is a refusal, other weights are equal.
    pub fn best(request: &HeaderMap, offered: &[Self]) -> Self {
        let accepted = request
            .get(ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let takes = |name: &str| {
            accepted.split(',').any(|range| {
                let mut parts = range.split(';');
                let coding = parts.next().unwrap_or_default().trim();
                let refused = parts
                    .any(|weight| matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                coding.eq_ignore_ascii_case(name) && !refused
            })
        };
        let found = offered.iter().find(|form| form.name().is_some_and(takes));
        found.copied().unwrap_or(Self::Identity)
    }

    /// As HTTP calls it; None for what is not compressed.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The level from which on pages cost more time than they gain space.
pub const LEVEL: i32 = 3;

thread_local! {
    // Each takes more memory than a page, and making it more time than a small page.
    static WRITER: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    static READER: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// `content` as Zstandard (RFC 8878), told by `model` if there is one. None when there is no memory.
pub fn pack(content: &[u8], model: Option<&EncoderDictionary<'_>>) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(compress_bound(content.len()));
    let written = WRITER.with_borrow_mut(|writer| match model {
        Some(model) => writer.compress_using_cdict(&mut packed, content, model.as_cdict()),
        None => writer.compress(&mut packed, content, LEVEL),
    });
    written.ok().map(|_| packed)
}

/// The `length` bytes that [`pack`] packed. None when there is no memory.
pub fn unpack(
    packed: &[u8],
    length: usize,
    model: Option<&DecoderDictionary<'_>>,
) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(length);
    let read = READER.with_borrow_mut(|reader| match model {
        Some(model) => reader.decompress_using_ddict(&mut content, packed, model.as_ddict()),
        None => reader.decompress(&mut content, packed),
    });
    read.ok().map(|_| content)
}

/// `content` as Zstandard, as it is sent. None when there is no memory.
pub fn zstd(content: &[u8]) -> Option<Bytes> {
    pack(content, None).map(exact)
}

/// `content` as brotli; quality 0 to 11.
pub fn brotli(content: &[u8], quality: i32) -> Bytes {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        ..Default::default()
    };
    let mut out = Vec::with_capacity(content.len() / 4);
    match brotli::BrotliCompress(&mut &content[..], &mut out, &parameters) {
        Ok(_) => exact(out),
        Err(_) => Bytes::copy_from_slice(content),
    }
}

/// `content` as gzip.
pub fn gzip(content: &[u8]) -> Bytes {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(
        Vec::with_capacity(content.len() / 3),
        flate2::Compression::default(),
    );
    match encoder.write_all(content).and_then(|()| encoder.finish()) {
        Ok(out) => exact(out),
        Err(_) => Bytes::copy_from_slice(content),
    }
}

/// Without the room that was made for more: what is kept is counted by its length, and an encoder makes room for the content as
/// it was, five times as much.
pub fn exact(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that stand behind it, used or not.
    fn room(bytes: Bytes) -> usize {
        bytes
            .try_into_mut()
            .map_or(usize::MAX, |bytes| bytes.capacity())
    }

    #[test]
    fn what_is_compressed_takes_no_more_room_than_it_says() {
        let page = "<li>a mug</li>".repeat(2_000);
        let page = page.as_bytes();
        let made = [zstd(page).unwrap(), brotli(page, 5), gzip(page)];
        for bytes in made {
            let length = bytes.len();
            assert!(length < page.len() / 5, "{length}");
            assert_eq!(room(bytes), length);
        }
        let mut cut = Vec::from(page);
        cut.truncate(10);
        assert_eq!(room(exact(cut)), 10);
    }
}
