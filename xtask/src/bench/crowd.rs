//! Those who take up room: connections that are open, slow to ask, slow to read. Each kind meets a server of its own, whose
//! memory is looked at right before.

use super::load::{Target, another, load};
use super::told::{field, figure, number};
use super::{Bench, limits};
use crate::services::{Folder, Service};
use crate::ui::thousands;
use crate::{checkout, process};
use anyhow::{Result, anyhow, bail};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::time::Duration;

/// Who crowds the shop, and which of the three kinds they are.
const CROWDS: [(&str, [u32; 3]); 3] = [
    ("idle connections", [1, 0, 0]),
    ("requests at a byte a second", [0, 1, 0]),
    ("readers of 256 bytes a second", [0, 0, 1]),
];

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let files = limits::raise_files()?;
    let room = u32::try_from(files).unwrap_or(u32::MAX);
    let room = room.saturating_sub(limits::SPARE);
    let count = bench.wishes.crowd.min(room);
    if count < bench.wishes.crowd {
        let _ = writeln!(
            report,
            "Asked for {}: a process may open {files} files here (`ulimit -Hn`), so they are {}.\n",
            thousands(u64::from(bench.wishes.crowd)),
            thousands(u64::from(count))
        );
    }
    let _ = writeln!(
        report,
        "16 clients look at cached product pages, alone and then beside {} others on other loopback addresses. For each kind of others\n\
        a server of its own is started (`max_connections` raised so that all fit); its memory is taken after the 16 were alone, and\n\
        once the others are there. Who is idle asks for `/healthz` every eight seconds, for the shop closes a connection on which it\n\
        hears no request for ten.\n\n\
        | Beside | per second alone | beside | p99 ms alone | beside | times | resident MB alone | more | bytes each | shut out meanwhile |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        thousands(u64::from(count)),
    );
    for (what, kind) in CROWDS {
        let most = files.to_string();
        let settings = [("RIALTO_MAX_CONNECTIONS", most.as_str())];
        let (server, port) = another(bench.shop, &bench.rialto, "crowded", &settings)?;
        let target = Target {
            server: &server,
            port,
            products: bench.target.products.clone(),
            variants: String::new(),
            seconds: bench.target.seconds,
        };
        let alone = load(&target, "product", 16, "", &[])?;
        let before = number(&alone, "resident_mb");
        let crowd = Crowd::gather(bench, &target, "crowd", kind.map(|share| share * count), 2)?;
        let told = load(&target, "product", 16, "", &[])?;
        let shut = crowd.end()?;
        let more = number(&told, "resident_mb") - before;
        let p99 = |told: &str| number(told, "p99_ms");
        let _ = writeln!(
            report,
            "| {} {what} | {} | {} | {:.2} | {:.2} | {:.1} | {before:.0} | {more:.0} | {:.0} | {shut} |",
            thousands(u64::from(count)),
            figure(&alone, "per_second", 0),
            figure(&told, "per_second", 0),
            p99(&alone),
            p99(&told),
            p99(&told) / p99(&alone).max(0.001),
            more * 1024.0 * 1024.0 / f64::from(count),
        );
        println!("{what}: p99 {:.2} ms, {more:.0} MB more", p99(&told));
    }
    Ok("Crowds")
}

/// Connections that one process of the load generator holds.
pub(super) struct Crowd<'a> {
    service: Service,
    folder: &'a Folder,
    name: String,
}

impl<'a> Crowd<'a> {
    /// Opens them: idle ones, slow askers, slow readers, from 127.0.0.`host` on. Errs with the limit that stops it.
    pub fn gather(
        bench: &Bench<'a>,
        target: &Target<'_>,
        name: &str,
        [idle, trickle, readers]: [u32; 3],
        host: u8,
    ) -> Result<Self> {
        let mut command = process::command(checkout::released("bench"));
        command
            .arg("crowd")
            .args(["--address", &format!("127.0.0.1:{}", target.port)])
            .args(["--pid", &target.server.pid().to_string()])
            .args(["--seconds", "86400"])
            .args(["--host", &host.to_string()])
            .args(["--idle", &idle.to_string()])
            .args(["--trickle", &trickle.to_string()])
            .args(["--readers", &readers.to_string()])
            .args([
                "--products",
                target.products.split(',').next().unwrap_or_default(),
            ]);
        let folder = &bench.shop.services.folder;
        let mut crowd = Self {
            service: Service::start(name, &mut command, Signal::SIGTERM, folder)?,
            folder,
            name: name.to_owned(),
        };
        process::wait_until(Duration::from_secs(600), "the crowd's gathering", || {
            Ok(crowd.log().contains("gathered ") || crowd.service.ended()?.is_some())
        })?;
        if crowd.service.ended()?.is_some() {
            let said = crowd.log();
            bail!("{}", said.trim().trim_start_matches("bench: "));
        }
        Ok(crowd)
    }

    fn log(&self) -> String {
        let file = self.folder.join(&format!("{}.log", self.name));
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// Lets them go; how many the shop had shut out before.
    pub fn end(mut self) -> Result<u32> {
        self.service.signal_all(Signal::SIGTERM);
        process::wait_until(Duration::from_secs(120), "the crowd's end", || {
            Ok(self.service.ended()?.is_some())
        })?;
        let told = self.log();
        let shut = field(&told, "shut").parse();
        shut.map_err(|_| anyhow!("the crowd did not tell how it ended: {told}"))
    }
}
