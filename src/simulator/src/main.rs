//! The world outside the shop: a payment provider that speaks Stripe's published HTTP API, keeps its own ledger,
//! sends signed webhooks, and misbehaves on demand. For development and tests; never shipped.

mod cards;
mod control;
mod dashboard;
mod faults;
mod hosted;
mod money;
mod pay;
mod provider;
mod server;
mod settings;
mod store;
mod stripe;
mod webhooks;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SIMULATOR_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,simulator=info")),
        )
        .init();
    let settings = settings::Settings::parse();
    // One thread serves: the books are one critical section anyway, and the bench beside it wants the other core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(server::run(settings)),
        Err(error) => Err(server::StartError::Runtime(error)),
    };
    match ended {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulator: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
