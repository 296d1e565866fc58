//! `rialto`: the shop as one program.

mod assets;
mod build;
mod cache;
mod command;
mod development;
mod encoding;
#[cfg(feature = "faults")]
mod fault;
mod follow;
mod front;
mod gate;
mod guard;
mod media;
mod operations;
mod pulse;
mod recent;
mod refusal;
mod router;
mod serve;
mod settings;
mod signal;

use clap::Parser;
use command::Command;
use settings::Settings;
use std::io::BufWriter;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Pages are made of thousands of small texts that live for a moment: the C library's allocator took a fifth of the CPU of a shop
/// under load.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A storefront that a retailer can bet a Black Friday on.
#[derive(Parser)]
#[command(name = "rialto", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Bytes of the log that are written at once.
const LINES: usize = 64 * 1024;
/// Lines that may wait to be written; beyond it they are lost, so that a log that stands still does not stop the shop.
const WAITING: usize = 32 * 1024;

fn main() -> ExitCode {
    // A huge page stays whole while a small part of it is used: they made a loaded shop a quarter larger. Elsewhere, and where the
    // kernel does not know this, there are none or they stay.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
    let arguments = Arguments::parse();
    match start(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rialto: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Result<(), String> {
    let settings = Settings::load().map_err(|error| error.to_string())?;
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| {
        format!("wrong setting `log`: {error}; for example `info` or `info,sqlx=warn`")
    })?;
    // PostgreSQL's remarks ("already exists, skipping") tell an operator nothing.
    let filter = match "sqlx::postgres::notice=warn".parse() {
        Ok(remarks) => filter.add_directive(remarks),
        Err(_) => filter,
    };
    // Lines that come together are written together: the writer flushes when none waits.
    let lines = BufWriter::with_capacity(LINES, std::io::stderr());
    let (writer, _flushed) = tracing_appender::non_blocking::NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .finish(lines);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(writer)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(async {
        let redis_url = settings.redis_url.clone();
        command.run(settings).await?;
        signal::tell(redis_url.as_deref()).await;
        Ok(())
    })
}
