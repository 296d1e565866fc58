//! What a page costs beside programs that do as little as can be: nginx with the same bytes, PostgreSQL's own select-only load.

use super::{CLIENTS, Target, field, rounded};
use crate::services::{Service, free_port};
use crate::setup::debian;
use crate::stack::Stack;
use crate::{checkout, http, process};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Writes the table of pages beside others.
pub(super) fn measure(shop: &Stack, target: &Target<'_>, report: &mut String) -> Result<()> {
    let _ = writeln!(
        report,
        "\n## Pages beside others\n\n\
        nginx serves the bytes of one product page from a file, with its access log on and one worker for each core. CPU ms for each\n\
        request: of the one that answers, and of the load generator, which shares the machine.\n\n\
        | What | Clients | per second | p95 ms | answering | load | failed |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    let page = target.products.split(',').next().unwrap_or_default();
    let Some(program) = debian::nginx()? else {
        let _ = writeln!(report, "| nginx: not installed | | | | | | |");
        return select_only(shop, report);
    };
    let bytes = http::body(target.port, page)
        .with_context(|| format!("{page} was not answered by the shop"))?;
    let nginx = Nginx::start(shop, &program, &bytes)?;
    for clients in CLIENTS {
        let ours = row("the shop, one cached page", target, page, clients, report)?;
        let beside = Target {
            server: &nginx.service,
            port: nginx.port,
            products: String::new(),
            variants: target.variants.clone(),
            seconds: target.seconds,
        };
        let theirs = row(
            "nginx, the same bytes",
            &beside,
            "/page.html",
            clients,
            report,
        )?;
        println!("{clients} clients: {:.2} of nginx", ours / theirs);
        let _ = writeln!(
            report,
            "| *ratio* | {clients} | {:.2} | | | | |",
            ours / theirs
        );
    }
    select_only(shop, report)
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
            .args(["--seconds", target.seconds])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--beside", &format!("answering:{}", target.server.pid())])
            .args(["--products", path])
            .args(["--variants", &target.variants]),
        "load",
        |_| (),
    )?;
    let figure = |name: &str, decimals| rounded(&field(&told, name), decimals);
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
