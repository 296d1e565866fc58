//! The shop's own pictures, from the folder or the bucket: named by their content, kept for ever.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::media::{Form, Name};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE, RETRY_AFTER,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use shop::Broken;
use shop::media::Store;
use std::ops::Range;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// GET /media/v1/{shard}/{id}/{file}: one form of a picture, or a range of it (RFC 9110 §14).
pub async fn serve(
    State(store): State<Store>,
    Path((shard, id, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    // Only names that the shop gives itself: nobody else's get as far as the store.
    let Some((name, form)) = Name::parse_form(&shard, &id, &file) else {
        return no_such_picture();
    };
    let Some(tag) = tag(&name, form) else {
        return no_such_picture();
    };
    let answered = answer(&store, &format!("v1/{shard}/{id}/{file}"), &headers, &tag).await;
    let mut response = match answered {
        Ok(Some(response)) => response,
        Ok(None) => return no_such_picture(),
        Err(error) => {
            tracing::error!(%error, "a picture could not be read");
            let headers = [(CACHE_CONTROL, "no-store"), (RETRY_AFTER, "5")];
            return (StatusCode::SERVICE_UNAVAILABLE, headers, "try again").into_response();
        }
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, FOR_EVER);
    let media_type = HeaderValue::from_static(form.format.media_type());
    headers.entry(CONTENT_TYPE).or_insert(media_type);
    response
}

/// None when there is no such file.
async fn answer(
    store: &Store,
    path: &str,
    headers: &HeaderMap,
    tag: &HeaderValue,
) -> Result<Option<Response>, Broken> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(IF_NONE_MATCH).is_some_and(|known| is_known(known, tag)) {
        let there = store.size(path).await?;
        return Ok(there.map(|_| StatusCode::NOT_MODIFIED.into_response()));
    }
    // A range is of the file that the client has a part of, or it gets all of it.
    let is_same = headers.get(IF_RANGE).is_none_or(|known| known == tag);
    let wanted = text(RANGE).filter(|_| is_same).and_then(Wanted::parse);
    let range = match wanted {
        None => None,
        Some(wanted) => {
            let Some(size) = store.size(path).await? else {
                return Ok(None);
            };
            match wanted.within(size) {
                Some(range) => Some(range),
                None => {
                    let size = [(CONTENT_RANGE, format!("bytes */{size}"))];
                    let status = StatusCode::RANGE_NOT_SATISFIABLE;
                    return Ok(Some((status, size).into_response()));
                }
            }
        }
    };
    let is_part = range.is_some();
    let Some(found) = store.open(path, range).await? else {
        return Ok(None);
    };
    let Range { start, end } = found.range;
    let mut response = Body::from_stream(found.bytes).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(CONTENT_LENGTH, (end - start).into());
    if is_part {
        let part = format!("bytes {start}-{}/{}", end - 1, found.size);
        if let Ok(part) = part.parse() {
            headers.insert(CONTENT_RANGE, part);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(Some(response))
}

/// What is under a name never changes, so the name is the tag.
fn tag(name: &Name, form: Form) -> Option<HeaderValue> {
    let (id, label, kind) = (&name.id, form.label, form.format.extension());
    HeaderValue::try_from(format!("\"{id}-{label}-{kind}\"")).ok()
}

/// RFC 9110 §13.1.2, by weak comparison.
fn is_known(known: &str, tag: &HeaderValue) -> bool {
    known.split(',').map(str::trim).any(|known| {
        let known = known.strip_prefix("W/").unwrap_or(known);
        known == "*" || known.as_bytes() == tag.as_bytes()
    })
}

fn no_such_picture() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(CACHE_CONTROL, "no-store")],
        "no such picture",
    )
        .into_response()
}

/// One range of bytes, as it was asked for. Several at once are nobody's right: who asks for them gets the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// From the first to the last, both included.
    Between(u64, u64),
    From(u64),
    /// The last so many.
    Last(u64),
}

impl Wanted {
    fn parse(header: &str) -> Option<Self> {
        let (unit, range) = header.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let wanted = match (first, last) {
            ("", last) => Self::Last(number(last)?),
            (first, "") => Self::From(number(first)?),
            (first, last) => Self::Between(number(first)?, number(last)?),
        };
        let is_range = unit.trim().eq_ignore_ascii_case("bytes")
            && !matches!(wanted, Self::Between(first, last) if last < first);
        is_range.then_some(wanted)
    }

    /// The part of a file of that size; None when it has none.
    fn within(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Between(first, last) => first..last.saturating_add(1).min(size),
            Self::From(first) => first..size,
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file() {
        let of = |header: &str| Wanted::parse(header).map(|wanted| wanted.within(100));
        assert_eq!(of("bytes=0-9"), Some(Some(0..10)));
        assert_eq!(of("Bytes = 90-200"), Some(Some(90..100)));
        assert_eq!(of("bytes=90-"), Some(Some(90..100)));
        assert_eq!(of("bytes=-1"), Some(Some(99..100)));
        assert_eq!(of("bytes=-500"), Some(Some(0..100)));
        assert_eq!(of("bytes=0-99999999999999999999999"), Some(Some(0..100)));
        for beyond in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(of(beyond), Some(None), "{beyond}");
        }
        for no_range in [
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=9-0",
            "bytes=a-b",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=+1-2",
        ] {
            assert_eq!(of(no_range), None, "{no_range}");
        }
    }
}
