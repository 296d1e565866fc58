//! Tools that come from crates.io and rustup, in the versions this checkout needs, into `target/tools`.

use super::count_crates;
use crate::{checkout, process, ui};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

const TARGET: &str = "wasm32-unknown-unknown";
/// The version that `cargo xtask dev` and the site check use. Later ones need a later Rust.
pub const CARGO_LEPTOS: &str = "0.3.10";

/// Adds the browser's target to the toolchain in use.
pub fn wasm_target(phase: &ui::Phase) -> Result<()> {
    let sysroot = process::answer("rustc", &["--print", "sysroot"])
        .context("`rustc` does not answer: install Rust from https://rustup.rs")?;
    if Path::new(&sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
    {
        return Ok(());
    }
    if checkout::on_path("rustup").is_none() {
        bail!(
            "this Rust lacks the target {TARGET} and was not installed by rustup: install Rust from https://rustup.rs"
        );
    }
    phase.note("rustup target add");
    process::run(
        process::command("rustup").args(["target", "add", TARGET]),
        "rustup",
        |_| (),
    )?;
    Ok(())
}

/// `wasm-bindgen` in exactly the version of `Cargo.lock`: any other fails late and obscurely.
pub fn wasm_bindgen(phase: &ui::Phase) -> Result<PathBuf> {
    let version =
        checkout::locked_version("wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    let own = checkout::tools().join("bin/wasm-bindgen");
    for program in [Some(own.clone()), checkout::on_path("wasm-bindgen")]
        .into_iter()
        .flatten()
    {
        if answers_version(&program, &["--version"], &version) {
            return Ok(program);
        }
    }
    // `--locked` fails for 0.2.130, whose lock file names a version that was never published.
    install(
        phase,
        "wasm-bindgen-cli",
        &version,
        &["--bin", "wasm-bindgen"],
    )?;
    if !answers_version(&own, &["--version"], &version) {
        bail!(
            "wasm-bindgen {version} was installed but does not run: remove {} and try again",
            checkout::tools().display()
        );
    }
    Ok(own)
}

/// `cargo-leptos`, for development only: `run` and `test` do without its ten CPU minutes of compiling.
pub fn cargo_leptos(phase: &ui::Phase) -> Result<PathBuf> {
    let own = checkout::tools().join("bin/cargo-leptos");
    for program in [Some(own.clone()), checkout::on_path("cargo-leptos")]
        .into_iter()
        .flatten()
    {
        if answers_version(&program, &["leptos", "--version"], CARGO_LEPTOS)
            || answers_version(&program, &["--version"], CARGO_LEPTOS)
        {
            return Ok(program);
        }
    }
    install(phase, "cargo-leptos", CARGO_LEPTOS, &["--locked"])?;
    Ok(own)
}

fn answers_version(program: &Path, arguments: &[&str], version: &str) -> bool {
    program.is_file()
        && process::answer(&program.to_string_lossy(), arguments)
            .is_some_and(|answer| answer.split_whitespace().any(|word| word == version))
}

/// Installs a program into `target/tools`: ready-made where `cargo binstall` is at hand and finds it, else compiled in
/// the way that costs the least time (it will run for seconds, so it need not be fast).
fn install(phase: &ui::Phase, package: &str, version: &str, flags: &[&str]) -> Result<()> {
    let tools = checkout::tools();
    let wanted = format!("{package}@{version}");
    if checkout::on_path("cargo-binstall").is_some() {
        phase.note(&format!("cargo binstall {wanted}"));
        let mut ready_made = process::cargo();
        ready_made
            .args([
                "binstall",
                "--no-confirm",
                "--disable-strategies",
                "compile",
                "--root",
            ])
            .arg(&tools)
            .arg(&wanted);
        if let Ok((status, _, _)) =
            process::attempt(&mut ready_made, &format!("binstall-{package}"), |_| ())
            && status.success()
        {
            return Ok(());
        }
    }
    phase.note(&format!("cargo install {wanted}"));
    let build = tools.join("build").join(package);
    let mut compile = process::cargo();
    compile
        .args(["install", &wanted, "--root"])
        .arg(&tools)
        .args(flags)
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    process::run(
        &mut compile,
        &format!("install-{package}"),
        count_crates(phase),
    )?;
    let _ = std::fs::remove_dir_all(build);
    Ok(())
}
