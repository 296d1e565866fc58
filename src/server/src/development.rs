//! For development only: the mail that was written into the folder, listed and shown.

use crate::settings::Settings;
use app::document::escape;
use axum::Router;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use std::fmt::Write;
use std::path::PathBuf;

/// /dev/mail and /dev/mail/{name}.
pub fn routes(settings: &Settings) -> Router {
    let (list, one) = (settings.mail_folder.clone(), settings.mail_folder.clone());
    Router::new()
        .route("/dev/mail", get(move || show_list(list)))
        .route(
            "/dev/mail/{name}",
            get(move |Path(name): Path<String>| show_mail(one, name)),
        )
}

async fn show_list(folder: PathBuf) -> Response {
    let mut names = Vec::new();
    if let Ok(mut entries) = tokio::fs::read_dir(&folder).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    let mut rows = String::new();
    for name in names
        .iter()
        .filter(|name| name.ends_with(".html") || name.ends_with(".txt"))
    {
        let name = escape(name);
        let _ = write!(rows, "<li><a href=\"/dev/mail/{name}\">{name}</a></li>");
    }
    if rows.is_empty() {
        rows.push_str("<li>No mail yet. Buy something.</li>");
    }
    let folder = escape(&folder.to_string_lossy());
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mail · Rialto</title></head>\
         <body><h1>Mail</h1><p>Written to {folder}, newest first.</p><ul>{rows}</ul></body></html>"
    );
    ([(CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

async fn show_mail(folder: PathBuf, name: String) -> Response {
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
        && !name.starts_with('.');
    let Ok(text) = (if is_plain {
        tokio::fs::read_to_string(folder.join(&name)).await
    } else {
        return StatusCode::NOT_FOUND.into_response();
    }) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A mail carries its own styles; nothing in it may run.
    let policy = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src * data:",
        ),
        (CACHE_CONTROL, "no-store"),
    ];
    if name.ends_with(".html") {
        (policy, Html(text)).into_response()
    } else {
        (policy, text).into_response()
    }
}
