//! A bucket over HTTP, as S3 has it: it believes nobody whose signature it can't follow.
//!
//! Signatures: AWS Signature Version 4, in the header (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization
//! Header"). What is asked of it: PUT, GET and HEAD of objects with ranges, and ListObjectsV2.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

pub const BUCKET: &str = "pictures";
pub const ACCESS_KEY: &str = "AKIDRIALTO";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY";
pub const REGION: &str = "eu-central-1";

/// What a request may carry.
const MOST: usize = 64 * 1024 * 1024;

/// A running bucket; empty at first.
#[derive(Clone)]
pub struct S3 {
    pub origin: String,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    /// Media type and content, by key.
    objects: BTreeMap<String, (String, Bytes)>,
    /// Requests whose signature was right.
    believed: usize,
}

impl S3 {
    /// On a thread of its own: a test's is not free to answer while it waits for a program to start or to end.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let s3 = Self {
            origin: format!("http://{}", listener.local_addr().expect("an address")),
            inside: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(s3.clone());
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await
            })
        });
        s3
    }

    /// The settings of a shop whose pictures lie here.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        [
            ("RIALTO_MEDIA_S3_BUCKET", BUCKET),
            ("RIALTO_MEDIA_S3_ENDPOINT", &self.origin),
            ("RIALTO_MEDIA_S3_REGION", REGION),
            ("RIALTO_MEDIA_S3_ACCESS_KEY", ACCESS_KEY),
            ("RIALTO_MEDIA_S3_SECRET_KEY", SECRET_KEY),
        ]
        .map(|(key, value)| (key, value.to_owned()))
        .into()
    }

    /// Keys and media types.
    pub fn objects(&self) -> Vec<(String, String)> {
        let inside = self.inside.lock().unwrap();
        let object = |(key, (kind, _)): (&String, &(String, Bytes))| (key.clone(), kind.clone());
        inside.objects.iter().map(object).collect()
    }

    pub fn believed(&self) -> usize {
        self.inside.lock().unwrap().believed
    }
}

fn error(status: StatusCode, code: &str) -> Response {
    let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
    (status, [("content-type", "application/xml")], text).into_response()
}

async fn answer(State(s3): State<S3>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST).await else {
        return error(StatusCode::BAD_REQUEST, "IncompleteBody");
    };
    if let Err(code) = verify(&parts, &body) {
        return error(StatusCode::FORBIDDEN, code);
    }
    let path = parts.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket != BUCKET {
        return error(StatusCode::NOT_FOUND, "NoSuchBucket");
    }
    let mut inside = s3.inside.lock().unwrap();
    inside.believed += 1;
    let header = |name: &str| text(&parts.headers, name).to_owned();
    match (parts.method.as_str(), key) {
        ("GET", "") => list(&inside, parts.uri.query().unwrap_or_default()),
        ("PUT", key) => {
            let object = (header("content-type"), body);
            inside.objects.insert(key.to_owned(), object);
            ([("etag", "\"1\"")], "").into_response()
        }
        ("GET" | "HEAD", key) => match inside.objects.get(key) {
            Some((kind, content)) => part(kind, content, &header("range")),
            None => error(StatusCode::NOT_FOUND, "NoSuchKey"),
        },
        _ => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    }
}

fn part(kind: &str, content: &Bytes, range: &str) -> Response {
    let size = content.len();
    let bounds = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'));
    let mut answer = Response::builder()
        .header("content-type", kind)
        .header("etag", "\"1\"")
        .header("last-modified", "Sat, 21 Nov 2026 12:00:00 GMT");
    let content = match bounds {
        None => content.clone(),
        Some((first, last)) => {
            let first: usize = first.parse().expect("a bounded range");
            let last = last
                .parse::<usize>()
                .expect("a bounded range")
                .min(size - 1);
            answer = answer
                .status(StatusCode::PARTIAL_CONTENT)
                .header("content-range", format!("bytes {first}-{last}/{size}"));
            content.slice(first..=last)
        }
    };
    answer
        .header("content-length", content.len())
        .body(Body::from(content))
        .expect("an answer")
}

fn list(inside: &Inside, query: &str) -> Response {
    let prefix = pairs(query)
        .into_iter()
        .find(|(name, _)| name == "prefix")
        .map(|(_, value)| decoded(&value))
        .unwrap_or_default();
    let mut text = "<?xml version=\"1.0\"?><ListBucketResult>".to_owned();
    for (key, (_, content)) in &inside.objects {
        if key.starts_with(&prefix) {
            let _ = write!(
                text,
                "<Contents><Key>{key}</Key><Size>{}</Size><ETag>\"1\"</ETag>\
                 <LastModified>2026-11-21T12:00:00.000Z</LastModified></Contents>",
                content.len()
            );
        }
    }
    text.push_str("<IsTruncated>false</IsTruncated></ListBucketResult>");
    ([("content-type", "application/xml")], text).into_response()
}

/// Whether the request is signed with the secret key; otherwise S3's code for what is wrong.
fn verify(parts: &http::request::Parts, body: &[u8]) -> Result<(), &'static str> {
    let authorization = text(&parts.headers, "authorization");
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or("AccessDenied")?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or("AuthorizationHeaderMalformed")
    };
    let scope: Vec<&str> = field("Credential")?.split('/').collect();
    let [key, day, region, "s3", "aws4_request"] = scope[..] else {
        return Err("AuthorizationHeaderMalformed");
    };
    if key != ACCESS_KEY {
        return Err("InvalidAccessKeyId");
    }
    let sent_at = text(&parts.headers, "x-amz-date");
    if region != REGION || !sent_at.starts_with(day) {
        return Err("AuthorizationHeaderMalformed");
    }
    let said = text(&parts.headers, "x-amz-content-sha256");
    if said != hex(&Sha256::digest(body)) && said != "UNSIGNED-PAYLOAD" {
        return Err("XAmzContentSHA256Mismatch");
    }
    let signed = field("SignedHeaders")?;
    for must in ["host", "x-amz-content-sha256", "x-amz-date"] {
        if !signed.split(';').any(|name| name == must) {
            return Err("AccessDenied");
        }
    }
    let mut canonical = format!("{}\n{}\n", parts.method, parts.uri.path());
    let mut query = pairs(parts.uri.query().unwrap_or_default());
    query.sort();
    let query: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    canonical.push_str(&query.join("&"));
    canonical.push('\n');
    for name in signed.split(';') {
        let value = text(&parts.headers, name);
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(canonical, "{name}:{value}");
    }
    let _ = write!(canonical, "\n{signed}\n{said}");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{sent_at}\n{day}/{region}/s3/aws4_request\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for step in [day, region, "s3", "aws4_request", &to_sign] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
        mac.update(step.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    if hex(&key) == field("Signature")? {
        Ok(())
    } else {
        Err("SignatureDoesNotMatch")
    }
}

/// Names and values of a query, encoded as they came.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// `%2F` is the one that keys hold.
fn decoded(value: &str) -> String {
    value.replace("%2F", "/")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
