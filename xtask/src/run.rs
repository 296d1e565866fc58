//! `cargo xtask run` and `cargo xtask site`.

use crate::services::{Folder, Services};
use crate::setup::{self, count_crates, debian};
use crate::stack::{self, Stack};
use crate::ui::{Progress, seconds};
use crate::{checkout, process, site};
use anyhow::{Result, anyhow};

const HELP: &str = "\
Builds the shop in release, and serves it until Ctrl-C.

Usage: cargo xtask run [--port PORT]

  --port PORT   serve on another port than 3000

PostgreSQL and Redis are this checkout's own, on free ports of 127.0.0.1, unless DATABASE_URL or REDIS_URL name others;
their data is kept for the next run (`cargo xtask reset` empties them). An empty database gets the demo catalogue.
Payments go to a simulator, mail into a folder, unless RIALTO_* variables say otherwise.
";

const SITE_HELP: &str = "\
Builds what a browser loads, into target/site: the WebAssembly module, its script, the style sheet and public/.

Usage: cargo xtask site [--check-cargo-leptos]

  --check-cargo-leptos   build it with cargo-leptos as well, and fail unless both sites are the same;
                         installs cargo-leptos into target/tools first, which takes about ten CPU minutes once
";

/// Runs `cargo xtask run`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &[], &["port"])? else {
        return Ok(());
    };
    let port = crate::port(&options)?;
    let folder = Folder::private()?;
    stack::check_port(port, "run")?;
    let progress = Progress::new(BUILD_PHASES + stack::PHASES);
    let services = build(&progress, || Services::named_or_private(folder))?;
    let mut shop = Stack::start(services, port, &progress)?;
    progress.close();
    announce(&shop, &seconds(progress.elapsed()));
    shop.serve()?;
    eprintln!("\nstopping …");
    drop(shop);
    Ok(())
}

/// How many phases [`build`] has.
pub const BUILD_PHASES: usize = 4;

/// Builds server and site at the same time, and starts the services meanwhile.
pub fn build(progress: &Progress, services: impl FnOnce() -> Result<Services>) -> Result<Services> {
    setup::check_disk()?;
    setup::check_node()?;
    if services_are_ours() {
        debian::check(false)?;
    }
    // The services stay this thread's children: they are to die with it, not with a helper.
    let (services, built) = std::thread::scope(|scope| {
        let server = scope.spawn(|| or_abandon(build_server(progress)));
        let site = scope.spawn(|| or_abandon(build_site(progress)));
        let services = or_abandon(start_services(progress, services));
        let broken = |_| Err(anyhow!("a building thread broke"));
        (
            services,
            [
                server.join().unwrap_or_else(broken),
                site.join().unwrap_or_else(broken),
            ],
        )
    });
    // What failed first is the cause; the others were stopped for it.
    let mut stopped = None;
    let failures = built.into_iter().filter_map(Result::err);
    let (services, failures) = match services {
        Ok(services) => (Some(services), failures.collect::<Vec<_>>()),
        Err(error) => (None, std::iter::once(error).chain(failures).collect()),
    };
    for error in failures {
        if !error.is::<process::Interrupted>() {
            return Err(error);
        }
        stopped = Some(error);
    }
    match (services, stopped) {
        (Some(services), None) => Ok(services),
        (_, stopped) => Err(stopped.unwrap_or_else(|| anyhow!(process::Interrupted))),
    }
}

fn or_abandon<T>(result: Result<T>) -> Result<T> {
    result.inspect_err(|_| process::abandon())
}

fn start_services(
    progress: &Progress,
    services: impl FnOnce() -> Result<Services>,
) -> Result<Services> {
    let phase = progress.begin("finding PostgreSQL and Redis");
    if services_are_ours() {
        debian::install(false, &phase)?;
    }
    phase.done("");
    let phase = progress.begin("starting PostgreSQL and Redis");
    let services = services()?;
    phase.done(services.describe());
    Ok(services)
}

/// Whether at least one of PostgreSQL and Redis is to be this checkout's own.
fn services_are_ours() -> bool {
    let named = |variable| std::env::var_os(variable).is_some_and(|url| !url.is_empty());
    !(named("DATABASE_URL") && named("REDIS_URL"))
}

/// The programs of the release, in one go.
pub fn build_server(progress: &Progress) -> Result<()> {
    let phase = progress.begin("building the server (release)");
    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "-p", "server", "-p", "simulator"]);
    process::run(&mut cargo, "server-cargo", count_crates(&phase))?;
    phase.done("");
    Ok(())
}

/// The browser's part.
pub fn build_site(progress: &Progress) -> Result<()> {
    let phase = progress.begin("building the site (WebAssembly)");
    let changed = site::build(&phase)?;
    phase.done(if changed { "" } else { "unchanged" });
    Ok(())
}

fn announce(shop: &Stack, took: &str) {
    let plan = &shop.plan;
    println!();
    println!("Rialto is ready after {took}.");
    println!();
    println!("  shop        {}/", plan.url());
    println!(
        "  mail        {}/dev/mail   (files: {})",
        plan.url(),
        plan.mail.display()
    );
    println!("  payments    {}/simulator/dashboard", plan.simulator_url());
    println!("  log         {}", shop.server.log().display());
    println!(
        "  data        {} ({})",
        shop.services.folder.path().display(),
        shop.services.describe()
    );
    println!();
    println!("Ctrl-C stops it; the data stays. `cargo xtask reset` empties it.");
}

/// Runs `cargo xtask site`.
pub fn site(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, SITE_HELP, &["check-cargo-leptos"], &[])? else {
        return Ok(());
    };
    setup::check_disk()?;
    setup::check_node()?;
    if options.contains_key("check-cargo-leptos") {
        let progress = Progress::new(3);
        let same = site::parity::check(&progress);
        progress.close();
        return same;
    }
    let progress = Progress::new(1);
    build_site(&progress)?;
    progress.close();
    println!("the site is in {}", checkout::short(&site::folder()));
    Ok(())
}
