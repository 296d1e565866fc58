//! The world outside the shop: payment providers that speak the published HTTP APIs of Stripe and PayPal, keep their
//! own ledger, send signed webhooks, and misbehave on demand. For development and tests; never shipped.

mod api;
mod cards;
mod carrier;
mod control;
mod dashboard;
mod faults;
mod hosted;
mod misbehave;
mod money;
mod pay;
mod paypal;
mod provider;
mod server;
mod settings;
mod sign;
mod store;
mod stripe;
mod webhooks;
mod wire;

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
