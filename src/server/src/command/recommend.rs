//! `rialto recommend`: computes what goes with what.

use crate::build;
use crate::settings::Settings;
use shop::Caller;
use shop::recommend::{self, Progress};
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Computes, and tells how far it is on stderr. Ctrl-C stops it; the next one goes on there.
///
/// # Errors
/// What went wrong, in one line.
pub async fn run(settings: &Settings) -> Result<(), String> {
    let shop = build::shop(settings).await?;
    let caller = Caller::machine("rialto", "rialto recommend");
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopping.cancel();
        }
    });
    let done = recommend::run(&shop, &caller, &stop, &mut show).await;
    eprintln!();
    let done = done.map_err(|error| format!("recommendations were not all computed: {error}"))?;
    println!(
        "{} products bought with others, {} held against others, {} lists changed",
        done.together, done.similar, done.changed
    );
    Ok(())
}

fn show(progress: Progress) {
    let Progress {
        together,
        similar,
        about,
    } = progress;
    match about {
        0 => eprint!("\r{together} bought with others, {similar} held against others"),
        about => {
            eprint!(
                "\r{together} bought with others, {similar} of about {about} held against others"
            );
        }
    }
    let _ = std::io::stderr().flush();
}
