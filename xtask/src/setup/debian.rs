//! Debian's packages: installed when this is root, else named in the one line to type. Never sudo.

use crate::{checkout, process, ui};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The account that PostgreSQL's package makes, under which private services run when this is root.
pub const SERVICE_ACCOUNT: &str = "postgres";

/// Whether this is root.
pub fn root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Installs what is missing of PostgreSQL, Redis and, when asked, Chromium.
pub fn install(browser: bool, phase: &ui::Phase) -> Result<()> {
    let packages = missing(browser);
    if packages.is_empty() {
        return Ok(());
    }
    check(browser)?;
    let list = packages.join(" ");
    phase.note("apt-get update");
    process::run(apt().arg("update"), "apt-update", |_| ())?;
    phase.note(&format!("apt-get install {list}"));
    process::run(
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(&packages),
        "apt-install",
        |_| (),
    )?;
    postgres_programs(None).context(
        "PostgreSQL was installed, but its server programs are not under /usr/lib/postgresql",
    )?;
    Ok(())
}

/// Errs, with the line to type, when something is missing that [`install`] can't install.
pub fn check(browser: bool) -> Result<()> {
    let packages = missing(browser);
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if checkout::on_path("apt-get").is_none() {
        bail!("not installed: {list}; this is no Debian, so install them as your system does");
    }
    if !root() {
        bail!(
            "not installed: {list}; type `sudo apt-get update && sudo apt-get install -y {list}`, then this command again"
        );
    }
    Ok(())
}

fn missing(browser: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if postgres_programs(None).is_none() {
        packages.push("postgresql");
    }
    if checkout::on_path("redis-server").is_none() {
        packages.push("redis-server");
    }
    if browser && chromium().is_none() {
        packages.push("chromium");
    }
    packages
}

fn apt() -> std::process::Command {
    let mut command = process::command("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "DPkg::Lock::Timeout=120"]);
    command
}

/// The folder of PostgreSQL's server programs: of this major version when one is asked for, else the newest.
pub fn postgres_programs(major: Option<&str>) -> Option<PathBuf> {
    let complete = |folder: &Path| {
        ["initdb", "postgres", "psql"]
            .iter()
            .all(|p| folder.join(p).is_file())
    };
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| complete(folder))
        .collect();
    versions.sort_unstable();
    match major {
        Some(major) => versions
            .into_iter()
            .find(|(version, _)| version.to_string() == major)
            .map(|(_, folder)| folder),
        None => versions.pop().map(|(_, folder)| folder),
    }
    .or_else(|| {
        // Not Debian: whatever is on the path, if it is whole and of the right version.
        let folder = checkout::on_path("initdb")?.parent()?.to_path_buf();
        let version = process::answer(&folder.join("postgres").to_string_lossy(), &["--version"])?;
        let fits = major.is_none_or(|m| {
            version
                .split_whitespace()
                .any(|w| w == m || w.starts_with(&format!("{m}.")))
        });
        (fits && complete(&folder)).then_some(folder)
    })
}

/// The web server that pages are measured beside, installed now if that can be done. None when it is not there.
pub fn nginx() -> Result<Option<PathBuf>> {
    let there = || {
        let usual = PathBuf::from("/usr/sbin/nginx");
        checkout::on_path("nginx").or_else(|| usual.is_file().then_some(usual))
    };
    if there().is_none() && root() && checkout::on_path("apt-get").is_some() {
        process::run(apt().arg("update"), "apt-update", |_| ())?;
        let mut install = apt();
        // Only the program is wanted, not a server that starts with the machine.
        install.env("RUNLEVEL", "1").args([
            "install",
            "-y",
            "--no-install-recommends",
            "nginx-light",
        ]);
        process::run(&mut install, "apt-install", |_| ())?;
    }
    Ok(there())
}

/// The browser that tests drive: `CHROMIUM`, or the system's.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .find_map(|name| checkout::on_path(name))
}
