//! `cargo xtask dev`: the services of `run`, and cargo-leptos rebuilding and reloading on top.

use crate::services::{Folder, Services};
use crate::setup::{self, count_crates, debian};
use crate::site::parity::cargo_leptos;
use crate::stack::{self, Plan};
use crate::ui::Progress;
use crate::{checkout, leptos::Options, process};
use anyhow::{Context, Result};
use std::process::Stdio;

const HELP: &str = "\
Serves like `run`, but in a development build that follows every change: a page, an island or a style sheet is in the
browser without a restart.

Usage: cargo xtask dev [--port PORT]

  --port PORT   serve on another port than 3000

The first time, cargo-leptos is compiled into target/tools: about ten CPU minutes.
";

/// Runs `cargo xtask dev`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &[], &["port"])? else {
        return Ok(());
    };
    let port = crate::port(&options)?;
    let folder = Folder::private()?;
    stack::check_port(port, "dev")?;
    setup::check_disk()?;
    setup::check_node()?;
    let progress = Progress::new(6);

    let phase = progress.begin("getting the tools");
    setup::wasm_target(&phase)?;
    setup::install_site_tools(&phase)?;
    setup::wasm_bindgen(&phase)?;
    setup::cargo_leptos(&phase)?;
    debian::install(false, &phase)?;
    phase.done("");

    let phase = progress.begin("starting PostgreSQL and Redis");
    let mut services = Services::named_or_private(folder)?;
    let mut plan = Plan::new(&services, port)?;
    // Another folder than `run`'s: a development build must not end up in a release's site.
    plan.site = checkout::target().join("dev-site");
    phase.done(services.describe());

    let phase = progress.begin("building (development)");
    let options = Options::read()?;
    let mut cargo = process::cargo();
    cargo
        .args([
            "build",
            "--no-default-features",
            "--package=server",
            "--package=simulator",
        ])
        .envs(watching(&options)?);
    process::run(&mut cargo, "dev-cargo", count_crates(&phase))?;
    phase.done("");

    let debug = checkout::target().join("debug");
    let rialto = debug.join("rialto");
    let phase = progress.begin("migrating and seeding the database");
    plan.migrate(&rialto)?;
    plan.seed(&rialto)?;
    phase.done("");

    let phase = progress.begin("starting the payment simulator");
    let mut simulator = plan.simulator(&debug.join("simulator"), &services.folder)?;
    phase.done("");

    let phase = progress.begin("starting cargo leptos watch");
    let mut watch = cargo_leptos(&["watch", "--", "serve"])?;
    watch
        .envs(plan.environment())
        .env("LEPTOS_SITE_ROOT", &plan.site)
        .env("RIALTO_RELOAD_PORT", options.get("reload-port")?)
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    phase.done("");
    progress.close();
    println!();
    println!(
        "  shop        {}/   (once cargo-leptos has built it)",
        plan.url()
    );
    println!("  mail        {}/dev/mail", plan.url());
    println!("  payments    {}/simulator/dashboard", plan.simulator_url());
    println!();
    let mut watch = process::spawn(&mut watch)?;
    loop {
        if process::interrupted() {
            process::stop(&mut watch, nix::sys::signal::Signal::SIGINT);
            return Ok(());
        }
        if let Some(status) = watch.try_wait()? {
            anyhow::bail!("cargo leptos watch ended ({status})");
        }
        simulator
            .check()
            .and_then(|()| services.check())
            .inspect_err(|_| {
                process::stop(&mut watch, nix::sys::signal::Signal::SIGINT);
            })?;
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

/// What cargo-leptos sets when it watches: the same here, or it would compile everything a second time.
fn watching(options: &Options) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        (
            "LEPTOS_OUTPUT_NAME",
            options
                .get("name")
                .context("cargo-leptos's options")?
                .to_owned(),
        ),
        ("LEPTOS_WATCH", "true".to_owned()),
        ("RUSTFLAGS", "--cfg erase_components".to_owned()),
    ])
}
