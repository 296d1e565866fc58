//! More than can be answered, for long: what is answered well meanwhile, and how soon all is as usual again.

use super::load::{Target, load, uncached};
use super::told::{field, figure};
use super::{Bench, gate};
use anyhow::Result;
use std::fmt::Write;

/// How long it lasts unless `--seconds` is given, in seconds.
const OVERLOAD: f64 = 300.0;

/// Writes the part; its title.
pub(super) fn measure(bench: &Bench<'_>, report: &mut String) -> Result<&'static str> {
    let target = &bench.target;
    let (server, port) = uncached(bench.shop, &bench.rialto)?;
    let bare = Target {
        server: &server,
        port,
        products: target.products.clone(),
        variants: String::new(),
        seconds: target.seconds,
    };
    let peak = load(&bare, "product", 64, "", &[])?;
    let peak: f64 = field(&peak, "per_second").parse().unwrap_or_default();
    let alone = load(&bare, "product", 1, "", &[])?;
    let usual = field(&alone, "p95_ms");
    let rate = peak * 3.0;
    let seconds = bench
        .wishes
        .seconds
        .map_or(OVERLOAD, |seconds| seconds * 5.0);
    let longer = Target { seconds, ..bare };
    let more = ["--rate", &rate.to_string(), "--usual", &usual].map(str::to_owned);
    let told = load(&longer, "overload", 1, "", &more)?;
    let figure = |name: &str, decimals| figure(&told, name, decimals);
    let good: f64 = field(&told, "good_per_second").parse().unwrap_or_default();
    let _ = writeln!(
        report,
        "Product pages, not cached. 64 clients that wait for their answers get {peak:.0}/s; then {rate:.0}/s are sent for {seconds:.0} s,\n\
        whatever becomes of them (at most 4,000 under way).\n\n\
        | | per second | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|---:|\n\
        | pages | {} | {} | {} | {} |\n| 503, with a page that says so | {} | {} | {} | {} |\n\n\
        Pages are {:.2} of the peak. {} requests were not answered, {} answered otherwise, {} not sent for want of room. Ten answers in\n\
        a row were as quick as usual (at most twice {usual} ms) {} ms after the end.",
        figure("good_per_second", 0),
        figure("good_p50_ms", 1),
        figure("good_p95_ms", 1),
        figure("good_p99_ms", 1),
        figure("refused_per_second", 0),
        figure("refused_p50_ms", 1),
        figure("refused_p95_ms", 1),
        figure("refused_p99_ms", 1),
        good / peak,
        figure("unanswered", 0),
        figure("other", 0),
        figure("unsent", 0),
        figure("usual_again_ms", 0),
    );
    gate::put(report, &[("pages of the peak".to_owned(), good / peak)]);
    Ok("Too much")
}
