//! What a page costs beside programs that do as little as can be: nginx with the same bytes, PostgreSQL's own select-only load.

use super::gate::{self, Ratio};
use super::load::{CLIENTS, COLUMNS, Target, rows, uncached};
use super::told::{field, figure};
use super::{Bench, by_hand};
use crate::services::{Service, free_port};
use crate::setup::debian;
use crate::stack::Stack;
use crate::{checkout, http, process};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let (shop, rialto, target) = (bench.shop, &bench.rialto, &bench.target);
    let started = start_up(shop, rialto)?;
    let _ = writeln!(
        report,
        "Start to the first answer of `/readyz`, with page files and database warm: {started}.\n"
    );
    report.push_str(COLUMNS);
    let (bare, port) = uncached(shop, rialto)?;
    let uncached = Target {
        server: &bare,
        port,
        products: target.products.clone(),
        variants: target.variants.clone(),
        seconds: target.seconds,
    };
    rows(&uncached, "product page, not cached", "product", report)?;
    rows(target, "product page, cached", "product", report)?;
    rows(target, "product page, known (304)", "known", report)?;
    let mut ratios = by_hand::beside(bench, &uncached, report)?;
    drop(bare);
    ratios.extend(beside(shop, target, report)?);
    select_only(shop, report)?;
    gate::put(report, &ratios);
    Ok("Pages")
}

/// How long another start takes, files and database warm: the median of five.
fn start_up(shop: &Stack, rialto: &PathBuf) -> Result<String> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let plan = shop.plan.on_port(free_port()?);
        let begun = Instant::now();
        let server = plan.server(rialto, &shop.services.folder)?;
        times.push(begun.elapsed());
        drop(server);
    }
    times.sort_unstable();
    Ok(format!("{:.2} s", times[2].as_secs_f64()))
}

/// The table of pages beside others.
fn beside(shop: &Stack, target: &Target<'_>, report: &mut String) -> Result<Vec<Ratio>> {
    let _ = writeln!(
        report,
        "\nBeside others: nginx serves the bytes of one product page from a file, with its access log on and one worker for each\n\
        core. CPU ms for each request: of the one that answers, with its children, and of the load generator.\n\n\
        | What | Clients | per second | p95 ms | answering | load | failed |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    let page = target.products.split(',').next().unwrap_or_default();
    let Some(program) = debian::nginx()? else {
        let _ = writeln!(report, "| nginx: not installed | | | | | | |");
        return Ok(Vec::new());
    };
    let bytes = http::body(target.port, page)
        .with_context(|| format!("{page} was not answered by the shop"))?;
    let nginx = Nginx::start(shop, &program, &bytes)?;
    let beside = Target {
        server: &nginx.service,
        port: nginx.port,
        products: String::new(),
        variants: String::new(),
        seconds: target.seconds,
    };
    let mut ratios = Vec::new();
    for clients in CLIENTS {
        let ours = row("the shop, one cached page", target, page, clients, report)?;
        let what = "nginx, the same bytes";
        let theirs = row(what, &beside, "/page.html", clients, report)?;
        let ratio = ours / theirs;
        println!("{clients} clients: {ratio:.2} of nginx");
        ratios.push((format!("of nginx at {clients}"), ratio));
        let _ = writeln!(report, "| *ratio* | {clients} | {ratio:.2} | | | | |");
    }
    Ok(ratios)
}

/// One row; how many a second.
fn row(
    what: &str,
    target: &Target<'_>,
    path: &str,
    clients: u32,
    report: &mut String,
) -> Result<f64> {
    let told = process::run(
        process::command(checkout::released("bench"))
            .arg("product")
            .args(["--address", &format!("127.0.0.1:{}", target.port)])
            .args(["--clients", &clients.to_string()])
            .args(["--seconds", &target.seconds.to_string()])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--beside", &format!("answering:{}", target.server.pid())])
            .args(["--products", path]),
        "load",
        |_| (),
    )?;
    let figure = |name: &str, decimals| figure(&told, name, decimals);
    let _ = writeln!(
        report,
        "| {what} | {clients} | {} | {} | {} | {} | {} |",
        figure("per_second", 0),
        figure("p95_ms", 2),
        figure("answering_cpu_ms", 3),
        figure("own_cpu_ms", 3),
        field(&told, "failures"),
    );
    Ok(field(&told, "per_second").parse().unwrap_or_default())
}

/// A web server with one file.
struct Nginx {
    service: Service,
    port: u16,
}

impl Nginx {
    fn start(shop: &Stack, program: &Path, page: &[u8]) -> Result<Self> {
        let folder = shop.services.folder.for_services("nginx")?;
        let port = free_port()?;
        let write = |name: &str, content: &[u8]| {
            let file = folder.join(name);
            std::fs::write(&file, content).map_err(|error| process::unwritable(&file, &error))?;
            shop.services.folder.give(&file)
        };
        write("page.html", page)?;
        write("nginx.conf", configuration(&folder, port).as_bytes())?;
        let mut command = process::command_as(program, "TERM", shop.services.folder.account);
        command
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .args(["-e", "stderr"])
            .current_dir("/");
        let folder = &shop.services.folder;
        let service = Service::start("nginx", &mut command, Signal::SIGTERM, folder)?;
        process::wait_until(Duration::from_secs(60), "nginx", || {
            Ok(http::status(port, "/page.html") == Some(200))
        })?;
        Ok(Self { service, port })
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
    access_log {folder}/access.log combined buffer=64k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=16;
    types {{ text/html html; }}
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        etag on;
    }}
}}
"
    )
}

/// pgbench's read of one row by its key, prepared: what PostgreSQL gives here at all.
fn select_only(shop: &Stack, report: &mut String) -> Result<()> {
    let Some(postgres) = shop.services.postgres() else {
        return Ok(());
    };
    postgres.database("selects")?;
    postgres.pgbench("selects", &["--initialize", "--quiet", "--scale=10"])?;
    report.push('\n');
    for clients in CLIENTS {
        let clients = clients.to_string();
        let told = postgres.pgbench(
            "selects",
            &[
                "--select-only",
                "--protocol=prepared",
                "--jobs=2",
                "--time=8",
                "--client",
                &clients,
            ],
        )?;
        let rate = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<f64>().ok())
            .unwrap_or_default();
        let _ = writeln!(
            report,
            "pgbench, select-only, {clients} clients: {rate:.0}/s."
        );
    }
    Ok(())
}
