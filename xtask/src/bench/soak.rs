//! An hour of the mix: does what the shop holds stay what it is?

use super::load::Target;
use super::mix::{self, metric, mixed};
use super::told::{figure, number};
use super::{Bench, limits};
use crate::ui::thousands;
use anyhow::Result;
use std::fmt::Write;
use std::time::Instant;

/// Anonymous memory that grows by less is flat, in MB an hour: 120 MB a day, about what a shop has to begin with.
const FLAT: f64 = 5.0;
/// A half that is shorter tells nothing, in hours: ten minutes.
const SHORT: f64 = 1.0 / 6.0;
/// Samples in the table at most; all count for the slope.
const ROWS: usize = 13;
/// Between two samples, in seconds; less when the whole is shorter than ten of them.
const BETWEEN: f64 = 60.0;

struct Sample {
    /// Since the beginning.
    hours: f64,
    resident: f64,
    anonymous: f64,
    cache: f64,
    files: usize,
    per_second: f64,
    cpu_ms: f64,
    p95: f64,
    hits: f64,
    failures: f64,
}

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let world = mix::world(bench)?;
    let target = &bench.target;
    let seconds = bench.wishes.minutes * 60.0;
    let between = BETWEEN.min(seconds / 10.0);
    let piece = Target {
        server: target.server,
        port: target.port,
        products: String::new(),
        variants: target.variants.clone(),
        seconds: between,
    };
    let clients = bench.wishes.clients;
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut seed = 0_u32;
    while began.elapsed().as_secs_f64() < seconds {
        seed += 1;
        let mut more = ["--warm", "0", "--seed", &seed.to_string()]
            .map(str::to_owned)
            .to_vec();
        if let Some(pace) = bench.wishes.pace {
            more.extend(["--pace".to_owned(), pace.to_string()]);
        }
        let row = mixed(bench.shop, &piece, &world, clients, &more)?;
        let pid = target.server.pid();
        let mb = |name| limits::status(pid, name).unwrap_or_default() as f64 / 1048576.0;
        let sample = Sample {
            hours: began.elapsed().as_secs_f64() / 3600.0,
            resident: mb("VmRSS:"),
            anonymous: mb("RssAnon:"),
            cache: metric(target.port, "rialto_page_cache_bytes") / 1e6,
            files: limits::open_files(pid),
            per_second: number(&row.told, "per_second"),
            cpu_ms: number(&row.told, "cpu_ms_per_request"),
            p95: number(&row.told, "p95_ms"),
            hits: row.hits,
            failures: number(&row.told, "failures"),
        };
        println!(
            "{:.0} min: {} req/s, {:.1} MB anonymous",
            sample.hours * 60.0,
            figure(&row.told, "per_second", 0),
            sample.anonymous
        );
        samples.push(sample);
    }
    write(&samples, clients, bench, report);
    Ok("Soak")
}

fn write(samples: &[Sample], clients: u32, bench: &Bench<'_>, report: &mut String) {
    let last = samples.last();
    let pace = bench.wishes.pace.map_or(String::new(), |pace| {
        format!(", {pace} requests a second at most")
    });
    let _ = writeln!(
        report,
        "The mix of a Black Friday (its shares above) over {} products whose prices change, {clients} clients{pace}, for {:.0} minutes; other shoppers each\n\
        minute. Sampled each {:.0} s ({} samples).\n\n\
        | Minute | per second | p95 ms | CPU ms each | cache hits | cache MB | resident MB | anonymous MB | open files | failed |\n\
        |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        thousands(u64::from(bench.wishes.products)),
        last.map_or(0.0, |last| last.hours * 60.0),
        BETWEEN.min(bench.wishes.minutes * 6.0),
        samples.len(),
    );
    let every = samples.len().div_ceil(ROWS).max(1);
    let shown = |at: usize| at.is_multiple_of(every) || at + 1 == samples.len();
    for (_, sample) in samples.iter().enumerate().filter(|(at, _)| shown(*at)) {
        let _ = writeln!(
            report,
            "| {:.0} | {:.0} | {:.1} | {:.3} | {:.1} % | {:.1} | {:.1} | {:.1} | {} | {:.0} |",
            sample.hours * 60.0,
            sample.per_second,
            sample.p95,
            sample.cpu_ms,
            sample.hits * 100.0,
            sample.cache,
            sample.resident,
            sample.anonymous,
            sample.files,
            sample.failures,
        );
    }
    let failures: f64 = samples.iter().map(|sample| sample.failures).sum();
    let points = |of: fn(&Sample) -> f64| -> Vec<(f64, f64)> {
        let half = &samples[samples.len() / 2..];
        half.iter()
            .map(|sample| (sample.hours, of(sample)))
            .collect()
    };
    let half = points(|sample| sample.anonymous);
    let span = half.last().map_or(0.0, |last| last.0 - half[0].0);
    let anonymous = slope(&half).filter(|_| span >= SHORT);
    let files = slope(&points(|sample| sample.files as f64));
    let verdict = match anonymous {
        None => "too short to tell (it has to be ten minutes)".to_owned(),
        Some(slope) if slope < FLAT => format!("**flat**: {slope:+.1} MB an hour"),
        Some(slope) => format!("**not flat**: {slope:+.1} MB an hour"),
    };
    let _ = writeln!(
        report,
        "\nAnonymous memory over the second half, by least squares: {verdict} (flat is less than {FLAT:.0}). Open files: {:+.1} an hour.\n\
        Failed in all: {failures:.0}.",
        files.unwrap_or_default(),
    );
}

/// How steeply a line rises that lies among these points so that the squares of their distances are least; None for fewer than
/// two points, or for points above each other.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let along: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let both: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    (points.len() > 1 && along > 0.0).then(|| both / along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_that_of_the_nearest_line() {
        assert_eq!(
            slope(&[(0.0, 100.0), (0.5, 101.0), (1.0, 102.0)]),
            Some(2.0)
        );
        let noisy = slope(&[(0.0, 1.0), (1.0, 0.0), (2.0, 1.0)]);
        assert_eq!(noisy, Some(0.0));
        assert_eq!(slope(&[(1.0, 5.0)]), None);
        assert_eq!(slope(&[(1.0, 5.0), (1.0, 6.0)]), None);
        assert_eq!(slope(&[]), None);
    }
}
