//! Files that are served as they are: mirrored into the site, and compressed once.

use crate::process;
use crate::ui::Phase;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What a browser takes compressed. Pictures and fonts are compressed already.
const COMPRESSIBLE: &[&str] = &[
    "js",
    "mjs",
    "wasm",
    "css",
    "svg",
    "txt",
    "html",
    "json",
    "webmanifest",
    "xml",
    "ico",
];

/// All files under a folder, sorted; none when it is not there.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Makes `site` hold exactly the files of `source`, besides those under `kept`; true when anything was to do.
pub fn mirror(source: &Path, site: &Path, kept: &Path) -> Result<bool> {
    let mut changed = false;
    for old in files(site)? {
        let within = old.strip_prefix(site)?;
        // A compressed copy stays with its original.
        let original = if compressed(&old) {
            within.with_extension("")
        } else {
            within.to_path_buf()
        };
        let there = if old.starts_with(kept) { site } else { source }
            .join(original)
            .is_file();
        if !there {
            std::fs::remove_file(&old)?;
            changed = true;
        }
    }
    for from in files(source)? {
        let to = site.join(from.strip_prefix(source)?);
        let bytes =
            std::fs::read(&from).with_context(|| format!("can't read {}", from.display()))?;
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&to, bytes).map_err(|e| process::unwritable(&to, &e))?;
        changed = true;
    }
    Ok(changed)
}

/// Writes `.br` and `.gz` beside every compressible file whose copies are missing or older; true when there were any.
pub fn compress(site: &Path, phase: &Phase) -> Result<bool> {
    let stale: Vec<PathBuf> = files(site)?
        .into_iter()
        .filter(|file| compressible(file) && !fresh(file))
        .collect();
    if stale.is_empty() {
        return Ok(false);
    }
    phase.note("compressing");
    let names: Vec<String> = stale
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let mut arguments = vec!["compress"];
    arguments.extend(names.iter().map(String::as_str));
    super::node(&arguments, "site-compress")?;
    Ok(true)
}

fn compressible(file: &Path) -> bool {
    file.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|e| COMPRESSIBLE.contains(&e))
}

fn compressed(file: &Path) -> bool {
    file.extension().is_some_and(|e| e == "br" || e == "gz")
}

fn fresh(file: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    ["br", "gz"].iter().all(|suffix| {
        let mut copy = file.as_os_str().to_owned();
        copy.push(".");
        copy.push(suffix);
        time(Path::new(&copy)).is_some_and(|made| time(file).is_some_and(|written| made >= written))
    })
}

#[cfg(test)]
mod tests {
    use super::{files, fresh, mirror};
    use std::path::Path;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    #[test]
    fn the_site_holds_what_public_holds_and_what_was_compiled() {
        let base = std::env::temp_dir().join(format!("rialto-mirror-test-{}", std::process::id()));
        let (public, site) = (base.join("public"), base.join("site"));
        write(&public.join("icons/a.svg"), "<svg/>");
        write(&public.join("robots.txt"), "new");
        write(&site.join("robots.txt"), "old");
        write(&site.join("robots.txt.br"), "old");
        write(&site.join("gone.txt"), "gone");
        write(&site.join("gone.txt.gz"), "gone");
        write(&site.join("pkg/rialto.js"), "js");
        write(&site.join("pkg/rialto.js.br"), "js");
        write(&site.join("pkg/left.js.br"), "left");
        assert!(mirror(&public, &site, &site.join("pkg")).expect("mirrors"));
        let there: Vec<String> = files(&site)
            .expect("lists")
            .iter()
            .map(|f| f.strip_prefix(&site).expect("inside").display().to_string())
            .collect();
        assert_eq!(
            there,
            [
                "icons/a.svg",
                "pkg/rialto.js",
                "pkg/rialto.js.br",
                "robots.txt",
                "robots.txt.br"
            ]
        );
        assert_eq!(
            std::fs::read_to_string(site.join("robots.txt")).expect("read"),
            "new"
        );
        assert!(!fresh(&site.join("robots.txt")));
        assert!(!mirror(&public, &site, &site.join("pkg")).expect("mirrors"));
        std::fs::remove_dir_all(base).expect("removed");
    }
}
