//! `rialto arrange`: tree, brands, attributes, collections, addresses and prices to come, from a file.

use crate::build;
use crate::settings::Settings;
use shop::Caller;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// # Errors
/// What went wrong, with the place of each problem.
pub async fn run(settings: &Settings, file: &Path) -> Result<(), String> {
    let reader = File::open(file)
        .map(BufReader::new)
        .map_err(|error| format!("{} can't be read: {error}", file.display()))?;
    let shop = build::shop(settings).await?;
    let caller = Caller::machine("rialto", "rialto arrange");
    let arranged = shop::catalog::arrange(&shop, &caller, reader).await;
    let arranged = arranged.map_err(|error| {
        format!(
            "nothing of {} was taken, and nothing was changed:\n{error}",
            file.display()
        )
    })?;
    println!("{arranged}");
    Ok(())
}
