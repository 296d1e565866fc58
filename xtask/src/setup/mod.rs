//! What a fresh machine lacks: the browser's target, wasm-bindgen, the npm tools, Debian's packages.
//!
//! Each function looks first and does nothing when the thing is there. What can't be had ends in one line that says
//! what to type.

pub mod debian;
mod npm;
mod rust;

pub use npm::{check_node, install_end2end, install_site_tools};
pub use rust::{cargo_leptos, wasm_bindgen, wasm_target};

use crate::{checkout, process};
use anyhow::{Result, bail};

/// Free bytes a first build needs, and a later one.
const FIRST_BUILD: u64 = 4 << 30;
const LATER_BUILD: u64 = 300 << 20;

/// Errs when the disk can't hold what is about to be built: better now than after ten minutes.
pub fn check_disk() -> Result<()> {
    let target = checkout::target();
    std::fs::create_dir_all(&target).map_err(|e| process::unwritable(&target, &e))?;
    let Ok(disk) = nix::sys::statvfs::statvfs(&target) else {
        return Ok(());
    };
    let free = disk.blocks_available() * disk.fragment_size();
    let first = !target.join("release").join("deps").is_dir();
    let needed = if first { FIRST_BUILD } else { LATER_BUILD };
    if free < needed {
        bail!(
            "only {} MB are free under {}, and building needs {} MB: free some, or point CARGO_TARGET_DIR to a larger disk",
            free >> 20,
            target.display(),
            needed >> 20
        );
    }
    Ok(())
}

/// Shows the crate that a cargo command is at, and how many are behind it.
pub fn count_crates(phase: &crate::ui::Phase) -> impl FnMut(&str) + Send {
    let mut count = 0usize;
    move |line| {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let name = words.next().unwrap_or_default();
        match verb {
            "Compiling" | "Checking" => {
                count += 1;
                phase.note(&format!("{count} crates, {name}"));
            }
            "Downloading" | "Downloaded" | "Updating" => phase.note("downloading"),
            "Blocking" => phase.note("waiting for another cargo"),
            _ => {}
        }
    }
}
