//! The check that the direct build and cargo-leptos's give the same site.

use super::{assets, folder};
use crate::ui::{Progress, thousands};
use crate::{checkout, process, setup};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Builds with both and compares; three phases. cargo-leptos is installed first where it is missing.
pub fn check(progress: &Progress) -> Result<()> {
    let phase = progress.begin("building the site directly");
    super::build(&phase)?;
    phase.done("");

    let phase = progress.begin("getting cargo-leptos");
    setup::cargo_leptos(&phase)?;
    phase.done("");

    let phase = progress.begin("building the site with cargo-leptos");
    let site = folder();
    let (ours, theirs) = (
        checkout::workshop().join("site-direct"),
        checkout::workshop().join("site-cargo-leptos"),
    );
    for aside in [&ours, &theirs] {
        let _ = std::fs::remove_dir_all(aside);
    }
    // cargo-leptos empties the folder it builds into, and its place is part of what is compiled in: swap them.
    std::fs::rename(&site, &ours).context("can't move target/site aside")?;
    let built = process::run(
        &mut cargo_leptos(&["build", "--release", "--frontend-only"])?,
        "cargo-leptos",
        setup::count_crates(&phase),
    );
    let moved = std::fs::rename(&site, &theirs);
    std::fs::rename(&ours, &site).context("can't move the site back")?;
    built?;
    moved.context("cargo-leptos built no target/site")?;
    phase.done("");
    compare(&site, &theirs)
}

/// `cargo leptos …` with `target/tools` and the npm tools on its path.
pub fn cargo_leptos(arguments: &[&str]) -> Result<std::process::Command> {
    let mut path = vec![
        checkout::tools().join("bin"),
        checkout::root().join("node_modules/.bin"),
    ];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let mut command = process::cargo();
    command
        .arg("leptos")
        .args(arguments)
        .env("PATH", std::env::join_paths(path)?)
        // Tools are there already, in the right versions: it must not download its own.
        .env("LEPTOS_HASH_FILES", "false");
    Ok(command)
}

fn compare(ours: &Path, theirs: &Path) -> Result<()> {
    let (a, b) = (served(ours)?, served(theirs)?);
    let mut differences = Vec::new();
    for name in a
        .keys()
        .chain(b.keys().filter(|name| !a.contains_key(*name)))
    {
        match (a.get(name), b.get(name)) {
            (Some(x), Some(y)) if x == y => {
                println!("  same       {name}, {} bytes", thousands(x.len() as u64))
            }
            (Some(x), Some(y)) => differences.push(format!(
                "{name}: {} bytes here, {} by cargo-leptos, {} of them alike from the start",
                thousands(x.len() as u64),
                thousands(y.len() as u64),
                thousands(x.iter().zip(y).take_while(|(p, q)| p == q).count() as u64)
            )),
            (Some(_), None) => differences.push(format!("{name}: not built by cargo-leptos")),
            (None, _) => differences.push(format!("{name}: built by cargo-leptos only")),
        }
    }
    if differences.is_empty() {
        println!("Both builds give the same site, byte for byte.");
        return Ok(());
    }
    bail!("the two builds differ:\n  {}", differences.join("\n  "))
}

/// What a browser can get, without the compressed copies and the type declarations that only cargo-leptos leaves.
fn served(site: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for file in assets::files(site)? {
        let name = file.strip_prefix(site)?.display().to_string();
        // cargo-leptos builds one module, the whole one.
        let is_ours_alone = name.contains("-browse.");
        if !is_ours_alone
            && ![".br", ".gz", ".d.ts"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            found.insert(name, std::fs::read(&file)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_differing_byte_and_a_missing_file_are_told() {
        let base = std::env::temp_dir().join(format!("rialto-parity-test-{}", std::process::id()));
        let (ours, theirs) = (base.join("a"), base.join("b"));
        for folder in [&ours, &theirs] {
            std::fs::create_dir_all(folder).expect("made");
            std::fs::write(folder.join("rialto.js"), "same").expect("written");
        }
        std::fs::write(ours.join("rialto.js.br"), "ours only").expect("written");
        std::fs::write(theirs.join("rialto.d.ts"), "theirs only").expect("written");
        assert!(compare(&ours, &theirs).is_ok());
        std::fs::write(theirs.join("rialto.js"), "sane").expect("written");
        std::fs::write(ours.join("extra.txt"), "x").expect("written");
        let told = compare(&ours, &theirs)
            .expect_err("they differ")
            .to_string();
        assert!(
            told.contains("rialto.js: 4 bytes here, 4 by cargo-leptos, 2 of them alike"),
            "{told}"
        );
        assert!(
            told.contains("extra.txt: not built by cargo-leptos"),
            "{told}"
        );
        std::fs::remove_dir_all(base).expect("removed");
    }
}
