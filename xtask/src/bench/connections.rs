//! Open connections, as many as are asked for: over as many instances of the shop as descriptors need, from as many loopback
//! addresses as ports need.

use super::crowd::Crowd;
use super::load::{Target, another, load};
use super::told::number;
use super::{Bench, limits};
use crate::services::Service;
use crate::ui::thousands;
use anyhow::Result;
use std::fmt::Write;

/// What a connection takes at most, both its ends and the kernel's part: to see beforehand whether memory is enough.
const BYTES: u64 = 64 * 1024;
/// Loopback addresses that one instance's crowd comes from: each has ports for 15,000.
const HOSTS: u8 = 10;

/// One instance and who is connected to it.
struct Instance<'a> {
    /// Dropped first: the crowd goes before its server.
    crowd: Option<Crowd<'a>>,
    server: Service,
    port: u16,
    held: u32,
}

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let wanted = bench.wishes.connections;
    let files = limits::raise_files()?;
    let each = u32::try_from(files).unwrap_or(u32::MAX);
    let each = each.saturating_sub(limits::SPARE).max(1);
    let (holds, mut limit) = limits::Machine::look().holds(u64::from(wanted), BYTES);
    let parts = shares(u32::try_from(holds).unwrap_or(u32::MAX), each);
    let most = files.to_string();
    let mut instances: Vec<Instance<'_>> = Vec::new();
    let mut rows = String::new();
    let mut alone = None;
    let mut one = None;
    for (at, &count) in parts.iter().enumerate() {
        let name = format!("instance-{}", at + 1);
        let workers = if at == 0 { "true" } else { "false" };
        let settings = [
            ("RIALTO_MAX_CONNECTIONS", most.as_str()),
            ("RIALTO_WORKERS", workers),
        ];
        let (server, port) = another(bench.shop, &bench.rialto, &name, &settings)?;
        let target = target(bench, &server, port);
        // So that its cache has what is asked for, and its memory is that of a shop at work.
        let told = load(&target, "product", 16, "", &[])?;
        alone.get_or_insert(number(&told, "p99_ms"));
        let before = Memory::of(&server);
        let host = u8::try_from(2 + at * usize::from(HOSTS)).unwrap_or(u8::MAX);
        let gathered = Crowd::gather(
            bench,
            &target,
            &format!("crowd-{}", at + 1),
            [count, 0, 0],
            host,
        );
        let after = Memory::of(&server);
        let crowd = match gathered {
            Ok(crowd) => crowd,
            Err(error) => {
                limit = Some(format!("instance {}: {error:#}", at + 1));
                break;
            }
        };
        one.get_or_insert((before.each(&after, count), count));
        let _ = writeln!(
            rows,
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} |",
            at + 1,
            thousands(u64::from(count)),
            before.resident / 1048576.0,
            after.resident / 1048576.0,
            (after.resident - before.resident) / f64::from(count),
            (after.anonymous - before.anonymous) / f64::from(count),
        );
        println!("instance {}: {count} connections", at + 1);
        instances.push(Instance {
            crowd: Some(crowd),
            server,
            port,
            held: count,
        });
    }
    let held: u32 = instances.iter().map(|instance| instance.held).sum();
    let (mut beside, mut shut) = (0.0, 0);
    if let Some(first) = instances.first() {
        let told = load(
            &target(bench, &first.server, first.port),
            "product",
            16,
            "",
            &[],
        )?;
        beside = number(&told, "p99_ms");
    }
    for instance in &mut instances {
        if let Some(crowd) = instance.crowd.take() {
            shut += crowd.end()?;
        }
    }
    let alone = alone.unwrap_or_default();
    let _ = writeln!(
        report,
        "Asked for {} open connections. Each asked for a page once, and then for `/healthz` every eight seconds: the shop closes one on\n\
        which it hears no request for ten. A process may open {} files here (`ulimit -Hn`): {} to an instance at most, so {} instances.\n\n\
        | Instance | connections | resident MB before | after | bytes each, resident | anonymous |\n|---:|---:|---:|---:|---:|---:|\n{rows}",
        thousands(u64::from(wanted)),
        thousands(files),
        thousands(u64::from(each)),
        instances.len(),
    );
    if let Some((each, count)) = one {
        let _ = writeln!(
            report,
            "On one instance with {}: {:.0} bytes of it for each connection; beside it {:.0} bytes of the kernel's slabs (sockets and files,\n\
            both ends, of the whole machine) and {:.0} of sockets' buffers.",
            thousands(u64::from(count)),
            each.resident,
            each.slabs.max(0.0),
            each.buffers.max(0.0),
        );
    }
    let _ = writeln!(
        report,
        "**{} were open at once, {} of them to the end.** 16 others on the first instance meanwhile: p99 {beside:.2} ms, {:.1} times the\n\
        {alone:.2} ms before.",
        thousands(u64::from(held)),
        thousands(u64::from(held.saturating_sub(shut))),
        beside / alone.max(0.001),
    );
    if let Some(limit) = limit {
        let _ = writeln!(report, "\nWhat kept it from more: {limit}.");
    }
    Ok("Open connections")
}

fn target<'a>(bench: &Bench<'_>, server: &'a Service, port: u16) -> Target<'a> {
    Target {
        server,
        port,
        products: bench.target.products.clone(),
        variants: String::new(),
        seconds: bench.target.seconds,
    }
}

/// `wanted` in parts of at most `each`, about alike.
fn shares(wanted: u32, each: u32) -> Vec<u32> {
    let count = wanted.div_ceil(each);
    let part = |at| wanted / count + u32::from(at < wanted % count);
    (0..count).map(part).collect()
}

/// Bytes, at a moment.
struct Memory {
    resident: f64,
    anonymous: f64,
    slabs: f64,
    buffers: f64,
}

impl Memory {
    fn of(server: &Service) -> Self {
        let of = |name| limits::status(server.pid(), name).unwrap_or_default() as f64;
        let (slabs, buffers) = limits::kernel();
        Self {
            resident: of("VmRSS:"),
            anonymous: of("RssAnon:"),
            slabs: slabs as f64,
            buffers: buffers as f64,
        }
    }

    /// What each of `count` has brought.
    fn each(&self, after: &Self, count: u32) -> Self {
        let each = |before: f64, after: f64| (after - before) / f64::from(count.max(1));
        Self {
            resident: each(self.resident, after.resident),
            anonymous: each(self.anonymous, after.anonymous),
            slabs: each(self.slabs, after.slabs),
            buffers: each(self.buffers, after.buffers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_connections_over_instances() {
        assert_eq!(shares(52_000, 19_600), [17_334, 17_333, 17_333]);
        assert_eq!(shares(100, 19_600), [100]);
        assert!(shares(0, 19_600).is_empty());
    }
}
