//! A private PostgreSQL: a cluster in the data folder, on a free loopback port, with a password.

use super::{Folder, Service, folder::secret_file, free_port, tail};
use crate::process;
use crate::setup::debian;
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether the data must outlive a crash of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: every commit reaches the disk.
    Kept,
    /// A throwaway cluster: nothing waits for the disk.
    Throwaway,
}

/// A running cluster.
pub struct Postgres {
    programs: PathBuf,
    cluster: PathBuf,
    password: String,
    port: u16,
    durability: Durability,
    /// Held: it stops the cluster when dropped.
    service: Service,
}

impl Postgres {
    /// Makes the cluster where there is none, and starts it.
    pub fn start(folder: &Folder, durability: Durability) -> Result<Self> {
        let cluster = folder.join("postgres");
        let made_by = std::fs::read_to_string(cluster.join("PG_VERSION")).ok();
        let major = made_by.as_deref().map(str::trim);
        let Some(programs) = debian::postgres_programs(major) else {
            bail!(
                "the data under {} was made by PostgreSQL {}, which is no longer installed: install it, or type `cargo xtask reset`",
                folder.path().display(),
                major.unwrap_or_default()
            );
        };
        let password = folder.password()?;
        if major.is_none() {
            make_cluster(folder, &programs, &password, durability)?;
        }
        Self::up(
            folder,
            "postgres",
            (programs, cluster, password),
            durability,
        )
    }

    /// A replica of it in the same folder, which streams its log (pg_basebackup, hot standby).
    pub fn replica(&self, folder: &Folder) -> Result<Self> {
        let cluster = folder.for_services("replica")?;
        let mut copy =
            process::command_as(self.programs.join("pg_basebackup"), "INT", folder.account);
        copy.args(["-h", "127.0.0.1", "-U", "postgres"])
            .args(["-p", &self.port.to_string()])
            .arg("-D")
            .arg(&cluster)
            .args(["--write-recovery-conf", "--wal-method=stream"])
            .args(["--checkpoint=fast", "--no-sync"])
            .env("PGPASSWORD", &self.password)
            .current_dir("/");
        process::run(&mut copy, "pg_basebackup", |_| ())?;
        let made_of = (self.programs.clone(), cluster, self.password.clone());
        Self::up(folder, "replica", made_of, self.durability)
    }

    fn up(
        folder: &Folder,
        name: &str,
        (programs, cluster, password): (PathBuf, PathBuf, String),
        durability: Durability,
    ) -> Result<Self> {
        // Another program may take the free port first: try again on another.
        for _ in 0..4 {
            let port = free_port()?;
            let service = launch(folder, name, &programs, &cluster, port, durability)?;
            let mut running = Self {
                programs: programs.clone(),
                cluster: cluster.clone(),
                password: password.clone(),
                port,
                durability,
                service,
            };
            let ready = process::wait_until(Duration::from_secs(60), "PostgreSQL's start", || {
                Ok(running.service.ended()?.is_some() || running.answers())
            });
            if ready.is_ok() && running.service.ended()?.is_none() {
                return Ok(running);
            }
            process::go_on()?;
            let log = tail(&folder.join(&format!("{name}.log")));
            if !log.contains("Address already in use") {
                bail!("PostgreSQL did not start:\n{log}");
            }
        }
        bail!("PostgreSQL found no free port on 127.0.0.1")
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// Where it is, as programs of PostgreSQL's own kind take it.
    pub fn place(&self) -> String {
        format!(
            "host=127.0.0.1 port={} user=postgres password={}",
            self.port, self.password
        )
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> u32 {
        self.service.pid()
    }

    /// What `pgbench` prints, run with these arguments on a database.
    pub fn pgbench(&self, database: &str, arguments: &[&str]) -> Result<String> {
        let mut command = process::command(self.programs.join("pgbench"));
        command
            .args(["-h", "127.0.0.1", "-U", "postgres"])
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .arg(database)
            .env("PGPASSWORD", &self.password);
        process::run(&mut command, "pgbench", |_| ())
    }

    /// Makes a database unless it is there.
    pub fn database(&self, name: &str) -> Result<String> {
        let there = self.psql(
            "postgres",
            &[
                "-c",
                &format!("select 1 from pg_database where datname = '{name}'"),
            ],
        )?;
        if there.trim() != "1" {
            self.psql("postgres", &["-c", &format!("create database {name}")])?;
        }
        Ok(self.url(name))
    }

    /// Runs a migration or another script, all of it or nothing.
    pub fn script(&self, database: &str, file: &Path) -> Result<()> {
        self.psql(
            database,
            &["--single-transaction", "-f", &file.to_string_lossy()],
        )?;
        Ok(())
    }

    /// Kills the postmaster (SIGKILL); its children end as soon as they notice.
    pub fn kill(&mut self) -> Result<()> {
        self.service.kill()
    }

    /// Starts it again where it was, and waits until it takes connections: it first brings every file of its data folder to the
    /// disk, which is long where many are and others write.
    pub fn start_again(&mut self, folder: &Folder) -> Result<()> {
        let patience = Duration::from_secs(180);
        let deadline = Instant::now() + patience;
        loop {
            let (programs, cluster) = (&self.programs, &self.cluster);
            self.service = launch(
                folder,
                "postgres",
                programs,
                cluster,
                self.port,
                self.durability,
            )?;
            process::wait_until(patience, "PostgreSQL's start", || {
                Ok(self.service.ended()?.is_some() || self.answers())
            })?;
            if self.service.ended()?.is_none() {
                return Ok(());
            }
            // As long as a child of the killed one lives, it holds the shared memory, and none may start.
            if Instant::now() > deadline {
                return self.service.check();
            }
        }
    }

    /// Stops all of its processes without a word (SIGSTOP): connections stay open and are not answered.
    pub fn freeze(&self) {
        self.service.signal_all(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.service.signal_all(Signal::SIGCONT);
    }

    /// The error when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.service.check()
    }

    fn answers(&self) -> bool {
        Command::new(self.programs.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// What `psql` prints, run with these arguments.
    pub fn psql(&self, database: &str, arguments: &[&str]) -> Result<String> {
        let output = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
            ])
            .args(["-p", &self.port.to_string(), "-d", database])
            .args(arguments)
            .env("PGPASSWORD", &self.password)
            .stdin(Stdio::null())
            .output()
            .context("can't run psql")?;
        if !output.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn make_cluster(
    folder: &Folder,
    programs: &Path,
    password: &str,
    durability: Durability,
) -> Result<()> {
    // Made aside and moved: an interrupted initdb leaves nothing that looks whole.
    let aside = folder.join("postgres.new");
    let _ = std::fs::remove_dir_all(&aside);
    folder.for_services("postgres.new")?;
    let secret = folder.join("postgres.password");
    secret_file(&secret, password)?;
    folder.give(&secret)?;
    let mut initdb = process::command_as(programs.join("initdb"), "TERM", folder.account);
    initdb
        .arg("-D")
        .arg(&aside)
        .args([
            "-U",
            "postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ])
        .arg(format!("--pwfile={}", secret.display()))
        .current_dir("/");
    if durability == Durability::Throwaway {
        initdb.arg("--no-sync");
    }
    let made = process::run(&mut initdb, "initdb", |_| ());
    std::fs::remove_file(secret)?;
    made?;
    std::fs::rename(aside, folder.join("postgres")).context("can't move the new cluster")
}

fn launch(
    folder: &Folder,
    name: &str,
    programs: &Path,
    cluster: &Path,
    port: u16,
    durability: Durability,
) -> Result<Service> {
    // Interrupt is its fast shutdown; on SIGTERM it would wait for its clients.
    let mut command = process::command_as(programs.join("postgres"), "INT", folder.account);
    command
        .arg("-D")
        .arg(cluster)
        .args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ])
        .args(["-c", "max_connections=300"])
        .current_dir("/");
    if durability == Durability::Throwaway {
        command.args([
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
        ]);
    }
    Service::start(name, &mut command, Signal::SIGINT, folder)
}
