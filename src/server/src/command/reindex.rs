//! `rialto reindex`: builds the search index anew.

use crate::build;
use crate::settings::Settings;
use shop::search::index::{self, Progress};
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Builds, and tells how far it is on stderr. Ctrl-C stops it; the next one goes on there.
///
/// # Errors
/// What went wrong, in one line.
pub async fn run(settings: &Settings) -> Result<(), String> {
    let shop = build::shop(settings).await?;
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopping.cancel();
        }
    });
    let built = index::build(&shop, &settings.search_root, &stop, show).await;
    eprintln!();
    let built = built.map_err(|error| format!("the search index was not built: {error}"))?;
    println!(
        "{} products, {} KB, in {}",
        built.products,
        built.bytes / 1024,
        built.folder.display()
    );
    Ok(())
}

fn show(progress: Progress) {
    match progress.about {
        0 => eprint!("\r{} products", progress.products),
        about => eprint!("\r{} of about {about} products", progress.products),
    }
    let _ = std::io::stderr().flush();
}
