//! Node and what comes from npm: the site's tools at the root, the browser driver in `end2end/`.

use crate::{checkout, process, ui};
use anyhow::{Result, bail};
use std::path::Path;

/// The oldest Node that the tools run on.
const NODE: u32 = 20;

/// Errs unless a Node that is new enough is there.
pub fn check_node() -> Result<()> {
    let Some(version) = process::answer("node", &["--version"]) else {
        bail!(
            "Node is not installed: install Node {NODE} or newer from https://nodejs.org/en/download (Debian 12's own is 18)"
        );
    };
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < NODE) {
        bail!(
            "Node {version} is too old: install Node {NODE} or newer from https://nodejs.org/en/download"
        );
    }
    if checkout::on_path("npm").is_none() {
        bail!("npm is not installed: it comes with Node from https://nodejs.org/en/download");
    }
    Ok(())
}

/// wasm-opt and the two minifiers, into `node_modules`.
pub fn install_site_tools(phase: &ui::Phase) -> Result<()> {
    install(&checkout::root(), "npm", phase)
}

/// Playwright and what goes with it, into `end2end/node_modules`.
pub fn install_end2end(phase: &ui::Phase) -> Result<()> {
    install(&checkout::root().join("end2end"), "npm-end2end", phase)
}

/// `npm ci`, unless the installed packages are those of the lock file.
fn install(folder: &Path, log: &str, phase: &ui::Phase) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json")).map_err(|e| {
        anyhow::anyhow!(
            "can't read {}/package-lock.json: {e}",
            checkout::short(folder)
        )
    })?;
    // Our own mark, written after npm has succeeded, so that an interrupted installation is repeated.
    let mark = folder.join("node_modules/.rialto-lock");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    phase.note("npm ci");
    process::run(
        process::command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder),
        log,
        |_| (),
    )?;
    std::fs::create_dir_all(folder.join("node_modules"))?;
    std::fs::write(&mark, lock).map_err(|e| process::unwritable(&mark, &e))
}
