//! `cargo xtask pooler`: the shop's HTTP tests with PgBouncer between servers and PostgreSQL.

use crate::services::{Postgres, Service, Services, free_port};
use crate::setup::{self, count_crates, debian};
use crate::test::cargo_counts;
use crate::ui::Progress;
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::fmt::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

const HELP: &str = "\
Runs the HTTP tests with PgBouncer, in transaction mode, between each server under test and PostgreSQL.

Usage: cargo xtask pooler [--pgbouncer PROGRAM] [--filter TEXT]

  --pgbouncer PROGRAM  PgBouncer 1.21 or later: the first that hands prepared statements on (pgbouncer on the path)
  --filter TEXT        only tests whose name contains this
";

/// The first release that knows a client's prepared statements in transaction mode.
const OLDEST: (u32, u32) = (1, 21);
/// Sessions with PostgreSQL for each of the tests' databases: fewer than a server under test would open by itself.
const SESSIONS: u32 = 6;

/// Runs `cargo xtask pooler`.
pub fn command(arguments: lexopt::Parser) -> Result<()> {
    let Some(options) = crate::options(arguments, HELP, &[], &["pgbouncer", "filter"])? else {
        return Ok(());
    };
    setup::check_disk()?;
    let program = program(options.get("pgbouncer").map(String::as_str))?;
    const TEST: [&str; 5] = ["test", "-p", "server", "--test", "it"];
    let progress = Progress::new(3);
    let phase = progress.begin("compiling the tests");
    let mut cargo = process::cargo();
    cargo.args(["build", "-p", "simulator"]);
    process::run(&mut cargo, "simulator-build", count_crates(&phase))?;
    let mut cargo = process::cargo();
    cargo.args(TEST).arg("--no-run");
    process::run(&mut cargo, "pooler-build", count_crates(&phase))?;
    phase.done("");
    let phase = progress.begin("starting PostgreSQL and PgBouncer");
    debian::install(false, &phase)?;
    let services = Services::throwaway("rialto_pooler")?;
    let pooler = Pooler::start(&services, &program)?;
    phase.done("");
    let phase = progress.begin("testing");
    let mut cargo = process::cargo();
    cargo.args(TEST);
    if let Some(filter) = options.get("filter") {
        cargo.arg(filter);
    }
    cargo
        .env("DATABASE_URL", &services.database_url)
        .env("REDIS_URL", &services.redis_url)
        .env("RIALTO_TEST_POOLER", format!("127.0.0.1:{}", pooler.port));
    let told = process::run(&mut cargo, "pooler-tests", |_| ())?;
    let counts = cargo_counts(&told);
    phase.done(&format!("{} passed", counts.passed));
    progress.close();
    if counts.passed == 0 {
        bail!("no test has such a name: nothing was shown");
    }
    let clients = pooler.clients()?;
    if clients == 0 {
        bail!("no server asked PgBouncer for anything: nothing was shown");
    }
    println!(
        "{} tests passed behind PgBouncer in transaction mode, at most {SESSIONS} sessions to a database; {clients} sessions came to it",
        counts.passed
    );
    Ok(())
}

/// The named PgBouncer, or that of the path, if it is young enough.
fn program(named: Option<&str>) -> Result<PathBuf> {
    let program = match named {
        Some(path) => PathBuf::from(path),
        None => checkout::on_path("pgbouncer").context(
            "there is no pgbouncer on the path: install PgBouncer 1.21 or later (Debian 13 has one), or name it by --pgbouncer",
        )?,
    };
    let mut command = process::command(&program);
    let told = process::run(command.arg("--version"), "pgbouncer-version", |_| ())
        .with_context(|| format!("{} does not say its version", program.display()))?;
    let known = version(&told);
    if known.is_none_or(|known| known < OLDEST) {
        let line = told.lines().next().unwrap_or_default();
        bail!(
            "{} is `{line}`; before {}.{} it loses prepared statements in transaction mode: name a later one by --pgbouncer",
            program.display(),
            OLDEST.0,
            OLDEST.1
        );
    }
    Ok(program)
}

/// Of `PgBouncer 1.24.1`, the first two numbers.
fn version(told: &str) -> Option<(u32, u32)> {
    let mut numbers = told.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

struct Pooler {
    service: Service,
    port: u16,
}

impl Pooler {
    fn start(services: &Services, program: &Path) -> Result<Self> {
        let postgres = services.postgres().context("the tests' own PostgreSQL")?;
        let folder = services.folder.for_services("pgbouncer")?;
        let port = free_port()?;
        let file = folder.join("pgbouncer.ini");
        crate::services::folder::secret_file(&file, &configuration(postgres, port))?;
        services.folder.give(&file)?;
        // It refuses to run as root.
        let mut command = process::command_as(program, "INT", services.folder.account);
        command.arg(&file).current_dir("/");
        let service = Service::start("pgbouncer", &mut command, Signal::SIGINT, &services.folder)?;
        let mut pooler = Self { service, port };
        process::wait_until(Duration::from_secs(60), "PgBouncer", || {
            pooler.service.check()?;
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok())
        })?;
        Ok(pooler)
    }

    /// How many sessions it was asked for.
    fn clients(&self) -> Result<usize> {
        let log = std::fs::read_to_string(self.service.log())?;
        Ok(log.matches("login attempt: db=rialto_it").count())
    }
}

fn configuration(postgres: &Postgres, port: u16) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "[databases]\n\
         * = {}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         max_prepared_statements = 500\n\
         default_pool_size = {SESSIONS}\n\
         max_client_conn = 2000\n\
         ignore_startup_parameters = extra_float_digits\n",
        postgres.place()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_which_pgbouncer_is_young_enough() {
        let young = |told: &str| version(told).is_some_and(|known| known >= OLDEST);
        assert!(young("PgBouncer 1.24.1\nlibevent 2.1.12-stable"));
        assert!(young("PgBouncer 1.21.0"));
        assert!(!young("PgBouncer 1.18.0\nlibevent 2.1.12-stable"));
        assert!(!young("another program"));
    }
}
