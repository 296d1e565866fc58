//! The load generator of `cargo xtask bench`: so many clients, each with its own connection and cookies, for so long.
//! Prints one line of JSON: rate, latencies, failures, and what the server and others spent meanwhile.

mod client;
mod crowd;
mod mix;
mod overload;
mod prepared;
mod process;
mod scenario;
mod told;

use clap::Parser;
use client::Client;
use mix::{Shopper, World};
use prepared::Prepared;
use scenario::Scenario;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use told::Told;

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
    /// Seconds of measuring
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before it that are not measured; without it, a tenth of the measuring
    #[arg(long)]
    warm: Option<f64>,
    /// Requests a second at most, of all clients together; without it, as many as are answered
    #[arg(long)]
    pace: Option<f64>,
    /// `mix`: who the shoppers are; the same number brings the same ones
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// The server's process id, whose CPU time and memory are read
    #[arg(long)]
    pid: u32,
    /// Others whose CPU time is read, with that of their children: `postgres:123`
    #[arg(long, value_delimiter = ',')]
    beside: Vec<String>,
    /// Paths of pages
    #[arg(long, value_delimiter = ',')]
    products: Vec<String>,
    /// Variant ids to put into carts
    #[arg(long, value_delimiter = ',')]
    variants: Vec<uuid::Uuid>,
    /// `mix`: a file that names what there is, a thing a line: `product PATH`, `listing PATH`, `query TEXT`
    #[arg(long)]
    world: Option<PathBuf>,
    /// `overload`: requests a second, whether they are answered or not
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
    /// `overload`: milliseconds that an answer takes when all is well; the end is when it takes less than twice that again
    #[arg(long, default_value_t = 50.0)]
    usual: f64,
    /// `crowd`: connections that ask for a page once, and then only say every eight seconds that they are there
    #[arg(long, default_value_t = 0)]
    idle: usize,
    /// `crowd`: connections that send a request a byte a second
    #[arg(long, default_value_t = 0)]
    trickle: usize,
    /// `crowd`: connections that read an answer a few bytes a second
    #[arg(long, default_value_t = 0)]
    readers: usize,
    /// `crowd`: the last byte of the first loopback address that connections come from; others follow it
    #[arg(long, default_value_t = 2)]
    host: u8,
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

async fn measure(arguments: Arguments) -> Result<serde_json::Value, String> {
    let arguments = Arc::new(arguments);
    match arguments.scenario {
        Scenario::Overload => return overload::run(&arguments).await,
        Scenario::Crowd => return crowd::gather(&arguments).await,
        _ => {}
    }
    let world = match arguments.scenario {
        Scenario::Mix => Some(Arc::new(World::read(&arguments)?)),
        _ => None,
    };
    let prepared = Arc::new(Prepared::make(&arguments).await?);
    let warm = arguments.warm.unwrap_or(arguments.seconds / 10.0);
    let begin = Instant::now() + Duration::from_secs_f64(warm);
    let end = begin + Duration::from_secs_f64(arguments.seconds);
    let pace = arguments.pace.map(|pace| arguments.clients as f64 / pace);
    let pace = pace.map(Duration::from_secs_f64);
    let over = Arc::new(AtomicBool::new(false));
    let asked = over.clone();
    tokio::spawn(async move {
        process::asked_to_end().await;
        asked.store(true, Ordering::Relaxed);
    });
    let clients: Vec<_> = (0..arguments.clients)
        .map(|number| {
            let (arguments, prepared, world) = (arguments.clone(), prepared.clone(), world.clone());
            let over = over.clone();
            tokio::spawn(async move {
                let client = Client::new(&arguments.address);
                let mut client = match arguments.scenario {
                    Scenario::Mix => client.taking_compressed(),
                    _ => client,
                };
                let mut shopper = Shopper::of(number, arguments.seed);
                let (mut told, mut turn) = (Told::default(), number);
                let mut next = Instant::now();
                while Instant::now() < end && !over.load(Ordering::Relaxed) {
                    if let Some(pace) = pace {
                        tokio::time::sleep_until(next.into()).await;
                        // Who is late hurries no more than this.
                        next = (next + pace).max(Instant::now());
                    }
                    let from = if Instant::now() < begin {
                        None
                    } else {
                        Some(begin)
                    };
                    if let Some(world) = &world {
                        let (kind, outcome) = shopper.turn(world, &mut client).await;
                        told.hear(from, kind, outcome);
                    } else {
                        let done = scenario::turn(&arguments, &prepared, &mut client, number, turn);
                        // All that was prepared is used up.
                        let Some(outcome) = done.await else { break };
                        told.hear(from, "", outcome);
                    }
                    turn += arguments.clients;
                }
                told
            })
        })
        .collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = Spent::now(&arguments);
    let mut all = Told::default();
    for client in clients {
        all.join(client.await.map_err(|error| error.to_string())?);
    }
    let after = Spent::now(&arguments);
    let mut told = all.summary(begin, end);
    told["scenario"] = format!("{:?}", arguments.scenario).to_lowercase().into();
    told["clients"] = arguments.clients.into();
    let requests = all.len();
    let each = |before: Option<f64>, after: Option<f64>| {
        let cpu = after? - before?;
        (requests > 0).then(|| cpu * 1000.0 / requests as f64)
    };
    told["cpu_ms_per_request"] = each(before.server, after.server).into();
    told["own_cpu_ms"] = each(before.own, after.own).into();
    told["resident_mb"] = process::megabytes(arguments.pid, "VmRSS:").into();
    told["anonymous_mb"] = process::megabytes(arguments.pid, "RssAnon:").into();
    for (at, named) in arguments.beside.iter().enumerate() {
        if let Some((name, _)) = named.split_once(':') {
            told[format!("{name}_cpu_ms")] = each(before.beside[at], after.beside[at]).into();
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
