//! The load generator of `cargo xtask bench`: so many clients, each with its own connection and cookies, for so long.
//! Prints one line of JSON: rate, latencies, failures, and what the server and others spent meanwhile.

mod client;
mod prepared;
mod process;
mod scenario;

use clap::Parser;
use client::Client;
use prepared::Prepared;
use scenario::Scenario;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Loads a running shop on this machine.
#[derive(Parser)]
struct Arguments {
    /// What each client does, over and over
    scenario: Scenario,
    /// Where the shop listens
    #[arg(long, default_value = "127.0.0.1:3000")]
    address: String,
    /// Clients at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Seconds of measuring; a tenth of it goes before as warm-up
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// The server's process id, whose CPU time and memory are read
    #[arg(long)]
    pid: u32,
    /// Others whose CPU time is read, with that of their children: `postgres:123`
    #[arg(long, value_delimiter = ',')]
    beside: Vec<String>,
    /// Paths of products
    #[arg(long, value_delimiter = ',', required = true)]
    products: Vec<String>,
    /// Variant ids to put into carts
    #[arg(long, value_delimiter = ',', required = true)]
    variants: Vec<uuid::Uuid>,
    /// `place`: checkouts to prepare beforehand, so many orders are placed at most
    #[arg(long, default_value_t = 1000)]
    prepare: usize,
    /// `place`: open the provider's page after each order, as a browser does; it is not timed
    #[arg(long)]
    follow: bool,
    /// `place`, `change`: how many lines a cart has
    #[arg(long, default_value_t = 3)]
    lines: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.address.starts_with("127.") && !arguments.address.starts_with("localhost") {
        eprintln!(
            "bench: load goes to this machine only, not to {}",
            arguments.address
        );
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(measure(arguments)) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a client has to tell: when each request was done and how long it took, and what went wrong.
#[derive(Default)]
struct Told {
    done: Vec<(Instant, Duration)>,
    failures: Vec<String>,
}

async fn measure(arguments: Arguments) -> Result<serde_json::Value, String> {
    let arguments = Arc::new(arguments);
    let prepared = Arc::new(Prepared::make(&arguments).await?);
    let begin = Instant::now() + Duration::from_secs_f64(arguments.seconds / 10.0);
    let end = begin + Duration::from_secs_f64(arguments.seconds);
    let clients: Vec<_> = (0..arguments.clients)
        .map(|number| {
            let (arguments, prepared) = (arguments.clone(), prepared.clone());
            tokio::spawn(async move {
                let mut client = Client::new(&arguments.address);
                let (mut told, mut turn) = (Told::default(), number);
                while Instant::now() < end {
                    let outcome =
                        scenario::turn(&arguments, &prepared, &mut client, number, turn).await;
                    let now = Instant::now();
                    match outcome {
                        _ if now < begin => {}
                        Some(Ok(took)) => told.done.push((now, took)),
                        Some(Err(why)) => told.failures.push(why),
                        // All that was prepared is used up.
                        None => break,
                    }
                    turn += arguments.clients;
                }
                told
            })
        })
        .collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = Spent::now(&arguments);
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for client in clients {
        let told = client.await.map_err(|error| error.to_string())?;
        done.extend(told.done);
        failures.extend(told.failures);
    }
    let after = Spent::now(&arguments);
    // What ends early is measured until its last answer.
    let last = done.iter().map(|(at, _)| *at).max().unwrap_or(end).min(end);
    let seconds = (last - begin).as_secs_f64();
    let counted = done.iter().filter(|(at, _)| *at <= end).count();
    let mut micros: Vec<u64> = done
        .iter()
        .map(|(_, took)| u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
        .collect();
    micros.sort_unstable();
    let at = |share: f64| {
        let index = ((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1));
        micros.get(index).map(|micros| *micros as f64 / 1000.0)
    };
    let each = |before: Option<f64>, after: Option<f64>| {
        let cpu = after? - before?;
        (!micros.is_empty()).then(|| cpu * 1000.0 / micros.len() as f64)
    };
    let mut told = serde_json::json!({
        "scenario": format!("{:?}", arguments.scenario).to_lowercase(),
        "clients": arguments.clients,
        "requests": micros.len(),
        "per_second": counted as f64 / seconds.max(0.001),
        "p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99),
        "failures": failures.len(),
        "first_failure": failures.first(),
        "cpu_ms_per_request": each(before.server, after.server),
        "own_cpu_ms": each(before.own, after.own),
        "resident_mb": process::resident_mb(arguments.pid),
    });
    for (at, named) in arguments.beside.iter().enumerate() {
        if let Some((name, _)) = named.split_once(':') {
            told[format!("{name}_cpu_ms")] =
                serde_json::json!(each(before.beside[at], after.beside[at]));
        }
    }
    Ok(told)
}

/// CPU seconds so far.
struct Spent {
    server: Option<f64>,
    own: Option<f64>,
    beside: Vec<Option<f64>>,
}

impl Spent {
    fn now(arguments: &Arguments) -> Self {
        let of = |named: &String| {
            let (_, pid) = named.split_once(':')?;
            process::family_seconds(pid.parse().ok()?)
        };
        Self {
            server: process::cpu_seconds(arguments.pid),
            own: process::cpu_seconds(std::process::id()),
            beside: arguments.beside.iter().map(of).collect(),
        }
    }
}
