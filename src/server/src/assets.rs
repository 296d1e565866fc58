//! The site's files: read once at start-up, named by their content, served from memory for ever.

use crate::encoding::{Encoding, brotli, gzip};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, LazyLock};

/// A file in each form it is served in.
pub struct Asset {
    content_type: &'static str,
    identity: Bytes,
    brotli: Option<Compressed>,
    gzip: Option<Compressed>,
}

/// A compressed form: as the build made it, or made when it is first asked for.
type Compressed = LazyLock<Bytes, Box<dyn FnOnce() -> Bytes + Send>>;

/// All files of the site.
#[derive(Clone)]
pub struct Assets(Arc<Files>);

struct Files {
    /// `rialto.5f2c….js` → the file.
    by_name: HashMap<String, Asset>,
    /// `/pkg/rialto.js` → `/assets/rialto.5f2c….js`.
    urls: HashMap<String, String>,
    build: String,
}

/// The site can't be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the site at `{path}` (setting `site_root`) can't be read: {source}; build it with `cargo xtask site`"
)]
pub struct NoSite {
    path: PathBuf,
    source: std::io::Error,
}

impl Assets {
    /// Reads every file under `root`. Compressed forms beside a file (`.br`, `.gz`) are taken as they are.
    ///
    /// # Errors
    /// [`NoSite`] when the folder can't be read.
    pub fn read(root: &FilePath) -> Result<Self, NoSite> {
        let no_site = |source| NoSite {
            path: root.to_owned(),
            source,
        };
        let mut paths = Vec::new();
        walk(root, &mut paths).map_err(no_site)?;
        paths.sort();
        let mut by_name = HashMap::new();
        let mut urls = HashMap::new();
        let mut build = blake3::Hasher::new();
        // Style sheets and the manifest name other files, so they come last, when those have their URLs.
        let (naming, others): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .partition(|path| names_others(extension(path)));
        for path in others.into_iter().chain(naming) {
            let mut content = std::fs::read(&path).map_err(no_site)?;
            let is_rewritten = names_others(extension(&path));
            if is_rewritten {
                content = with_urls(&content, &urls);
            }
            let digest = blake3::hash(&content);
            build.update(digest.as_bytes());
            let beside = |suffix: &str| {
                let mut name = path.clone().into_os_string();
                name.push(suffix);
                std::fs::read(name)
                    .ok()
                    .filter(|_| !is_rewritten)
                    .map(|bytes| compressed(move || bytes.into()))
            };
            let identity = Bytes::from(content);
            // What was rewritten is compressed later, beside the first requests: the start waits for nothing.
            let is_ours = is_rewritten && is_compressible(extension(&path));
            let later = |compress: fn(&[u8]) -> Bytes| {
                let content = identity.clone();
                is_ours.then(|| compressed(move || compress(&content)))
            };
            let asset = Asset {
                content_type: content_type(extension(&path)),
                brotli: beside(".br").or_else(|| later(|content| brotli(content, 9))),
                gzip: beside(".gz").or_else(|| later(gzip)),
                identity: identity.clone(),
            };
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{stem}.{}.{}", &digest.to_hex()[..16], extension(&path));
            let relative = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            urls.insert(format!("/{relative}"), format!("/assets/{name}"));
            by_name.insert(name, asset);
        }
        let build = build.finalize().to_hex()[..12].to_owned();
        Ok(Self(Arc::new(Files {
            by_name,
            urls,
            build,
        })))
    }

    /// Compresses what is not compressed yet; milliseconds of work for each style sheet.
    pub fn compress(&self) {
        for asset in self.0.by_name.values() {
            for form in [&asset.brotli, &asset.gzip].into_iter().flatten() {
                LazyLock::force(form);
            }
        }
    }

    /// Where each file is served from.
    pub fn urls(&self) -> &HashMap<String, String> {
        &self.0.urls
    }

    /// What distinguishes these files from any others.
    pub fn build(&self) -> &str {
        &self.0.build
    }

    /// The file that lies at `path` in the site (`/manifest.webmanifest`).
    pub fn file(&self, path: &str) -> Option<&Asset> {
        let name = self.0.urls.get(path)?.strip_prefix("/assets/")?;
        self.0.by_name.get(name)
    }
}

impl Asset {
    /// The file's bytes, uncompressed.
    pub fn bytes(&self) -> &Bytes {
        &self.identity
    }

    fn respond(&self, request: &HeaderMap, caching: &'static str) -> Response {
        let forms = [
            (Encoding::Brotli, self.brotli.as_ref()),
            (Encoding::Gzip, self.gzip.as_ref()),
        ];
        let there = forms.iter().filter(|(_, form)| form.is_some());
        let there: Vec<Encoding> = there.map(|(encoding, _)| *encoding).collect();
        let encoding = Encoding::best(request, &there);
        let form = forms.iter().find(|(known, _)| *known == encoding);
        let body: &Bytes = match form {
            Some((_, Some(form))) => form,
            _ => &self.identity,
        };
        let encoding = encoding.name();
        let mut response = Response::new(Body::from(body.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// GET /assets/{name}: a file named by its content, which never changes.
pub async fn serve(
    State(assets): State<Assets>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match assets.0.by_name.get(&name) {
        Some(asset) => asset.respond(&headers, "public, max-age=31536000, immutable"),
        None => (
            StatusCode::NOT_FOUND,
            [(CACHE_CONTROL, "no-store")],
            "no such file",
        )
            .into_response(),
    }
}

/// The same while cargo-leptos watches, which writes a changed style sheet without starting the server anew: style sheets
/// are as they lie in `root` now.
pub async fn serve_watched(
    root: PathBuf,
    assets: Assets,
    name: Path<String>,
    headers: HeaderMap,
) -> Response {
    let is_style = extension(FilePath::new(&*name)) == "css";
    let of_name = |(_, url): &(&String, &String)| url.strip_prefix("/assets/") == Some(&**name);
    let path = assets.urls().iter().find(of_name).map(|(path, _)| path);
    match (path, Assets::read(&root)) {
        (Some(path), Ok(now)) if is_style => serve_named(&now, path, &headers),
        _ => serve(State(assets), name, headers).await,
    }
}

/// A file that must keep its name (`/manifest.webmanifest`): asked for anew each time.
pub fn serve_named(assets: &Assets, path: &str, headers: &HeaderMap) -> Response {
    match assets.file(path) {
        Some(asset) => asset.respond(headers, "public, max-age=0, must-revalidate"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn compressed(make: impl FnOnce() -> Bytes + Send + 'static) -> Compressed {
    LazyLock::new(Box::new(make))
}

fn walk(folder: &FilePath, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, into)?;
        } else if !matches!(extension(&path), "br" | "gz" | "map" | "ts") {
            into.push(path);
        }
    }
    Ok(())
}

/// Whether files of this kind name other files of the site.
fn names_others(extension: &str) -> bool {
    matches!(extension, "css" | "webmanifest")
}

/// Replaces `url(/…)` and `"/…"` by the named file's own URL.
fn with_urls(text: &[u8], urls: &HashMap<String, String>) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(text).into_owned();
    for (path, url) in urls {
        for (open, close) in [("url(", ")"), ("\"", "\""), ("'", "'")] {
            text = text.replace(
                &format!("{open}{path}{close}"),
                &format!("{open}{url}{close}"),
            );
        }
    }
    text.into_bytes()
}

fn extension(path: &FilePath) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn is_compressible(extension: &str) -> bool {
    matches!(
        extension,
        "css" | "html" | "js" | "json" | "svg" | "txt" | "wasm" | "webmanifest" | "xml"
    )
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}
