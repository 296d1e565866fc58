//! `cargo xtask reset`: empties the checkout's own services.

use crate::process;
use crate::services::{Folder, folder};
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Write;
use std::time::Duration;

const HELP: &str = "\
Stops this checkout's own PostgreSQL and Redis and removes their data, the mail and the simulator's ledger.
What DATABASE_URL and REDIS_URL name is never touched.

Usage: cargo xtask reset [--yes]

  --yes   don't ask
";

/// Runs `cargo xtask reset`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &["yes"], &[])? else {
        return Ok(());
    };
    let data = folder::private_path()?;
    if !data.exists() {
        println!("there is no data: nothing to do");
        return Ok(());
    }
    if !options.contains_key("yes") {
        print!(
            "Remove {} with all orders, mail and payments in it? [y/N] ",
            data.display()
        );
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            bail!("nothing was removed");
        }
    }
    let held = match Folder::private() {
        Ok(held) => held,
        Err(in_use) => {
            stop_holder(&data).context(in_use)?;
            Folder::private()?
        }
    };
    let path = held.path().to_path_buf();
    std::fs::remove_dir_all(&path).with_context(|| format!("can't remove {}", path.display()))?;
    println!("removed {}", path.display());
    Ok(())
}

/// Ends the `cargo xtask` that uses the data, and waits for it.
fn stop_holder(data: &std::path::Path) -> Result<()> {
    let pid = folder::holder(data).context("nobody knows which process holds the data")?;
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    if program.file_stem().is_none_or(|name| name != "xtask") {
        bail!("process {pid} is no `cargo xtask`");
    }
    println!("stopping process {pid} …");
    kill(Pid::from_raw(pid), Signal::SIGTERM)?;
    process::wait_until(Duration::from_secs(60), "its end", || {
        Ok(Folder::private().is_ok())
    })?;
    Ok(())
}
