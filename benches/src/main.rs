//! The load generator of `cargo xtask bench`: so many clients, each with its own connection and cookies, for so long.
//! Prints one line of JSON: rate, latencies, failures, and what the server spent meanwhile.

mod client;
mod process;
mod scenario;

use clap::Parser;
use client::Client;
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
    /// Paths of products
    #[arg(long, value_delimiter = ',', required = true)]
    products: Vec<String>,
    /// Variant ids to put into carts
    #[arg(long, value_delimiter = ',', required = true)]
    variants: Vec<uuid::Uuid>,
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
    println!("{}", runtime.block_on(measure(arguments)));
    ExitCode::SUCCESS
}

async fn measure(arguments: Arguments) -> serde_json::Value {
    let begin = Instant::now() + Duration::from_secs_f64(arguments.seconds / 10.0);
    let end = begin + Duration::from_secs_f64(arguments.seconds);
    let arguments = Arc::new(arguments);
    let clients: Vec<_> = (0..arguments.clients)
        .map(|number| {
            let arguments = arguments.clone();
            tokio::spawn(async move {
                let mut client = Client::new(&arguments.address);
                let (mut micros, mut failures, mut turn) = (Vec::new(), Vec::new(), number);
                while Instant::now() < end {
                    let outcome = scenario::turn(
                        arguments.scenario,
                        &mut client,
                        &arguments.products,
                        &arguments.variants,
                        turn,
                    )
                    .await;
                    if Instant::now() >= begin {
                        match outcome {
                            Ok(took) => {
                                micros.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
                            }
                            Err(why) => failures.push(why),
                        }
                    }
                    turn += arguments.clients;
                }
                (micros, failures)
            })
        })
        .collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = process::cpu_seconds(arguments.pid);
    tokio::time::sleep_until(end.into()).await;
    let cpu = process::cpu_seconds(arguments.pid)
        .zip(before)
        .map(|(after, before)| after - before);
    let (mut micros, mut failures) = (Vec::new(), Vec::new());
    for client in clients {
        if let Ok((more, failed)) = client.await {
            micros.extend(more);
            failures.extend(failed);
        }
    }
    micros.sort_unstable();
    let at = |share: f64| {
        let index = ((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1));
        micros.get(index).map(|micros| *micros as f64 / 1000.0)
    };
    serde_json::json!({
        "scenario": format!("{:?}", arguments.scenario).to_lowercase(),
        "clients": arguments.clients,
        "requests": micros.len(),
        "per_second": micros.len() as f64 / arguments.seconds,
        "p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99),
        "failures": failures.len(),
        "first_failure": failures.first(),
        "cpu_ms_per_request": cpu.filter(|_| !micros.is_empty()).map(|cpu| cpu * 1000.0 / micros.len() as f64),
        "resident_mb": process::resident_mb(arguments.pid),
    })
}
