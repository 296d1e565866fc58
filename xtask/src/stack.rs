//! The shop and the world outside it, running: services, simulator and `rialto serve`.

use crate::services::{Folder, Service, Services, free_port};
use crate::ui::Progress;
use crate::{checkout, http, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where `run`, `dev` and `bench` serve unless told otherwise.
pub const PORT: u16 = 3000;

const SIMULATOR_PORT: u16 = 4242;
const SECRET_KEY: &str = "sk_test_rialto";
/// What the simulated Stripe signs its messages with.
pub const WEBHOOK_SECRET: &str = "whsec_rialto";
const PAYPAL_CLIENT: &str = "simulator-client";
const PAYPAL_SECRET: &str = "simulator-secret";
const PAYPAL_WEBHOOK: &str = "WH-SIMULATOR";
const CARRIER_KEY: &str = "simulator-key";
const CARRIER_SECRET: &str = "simulator-carrier";
const START: Duration = Duration::from_secs(60);

/// Addresses and folders of one running shop.
#[derive(Clone)]
pub struct Plan {
    pub port: u16,
    pub simulator_port: u16,
    pub database_url: String,
    pub redis_url: String,
    pub site: PathBuf,
    pub mail: PathBuf,
    ledger: PathBuf,
    /// Nothing that the caller's environment says about `rialto` counts.
    isolated: bool,
}

impl Plan {
    /// For a shop on that port of 127.0.0.1, with its mail and the simulator's ledger in the data folder.
    pub fn new(services: &Services, port: u16) -> Result<Self> {
        let mail = services.folder.join("mail");
        std::fs::create_dir_all(&mail).map_err(|e| process::unwritable(&mail, &e))?;
        Ok(Self {
            port,
            simulator_port: simulator_port(services.folder.is_throwaway())?,
            database_url: services.database_url.clone(),
            redis_url: services.redis_url.clone(),
            site: crate::site::folder(),
            mail,
            ledger: services.folder.join("simulator.jsonl"),
            isolated: services.folder.is_throwaway(),
        })
    }

    /// Another shop beside it: its own database, ports, mail and ledger, in a folder of its own.
    pub fn beside(&self, folder: &Path, database_url: String) -> Result<Self> {
        let mail = folder.join("mail");
        std::fs::create_dir_all(&mail).map_err(|e| process::unwritable(&mail, &e))?;
        Ok(Self {
            port: free_port()?,
            simulator_port: free_port()?,
            database_url,
            mail,
            ledger: folder.join("simulator.jsonl"),
            ..self.clone()
        })
    }

    /// The same shop on another port.
    pub fn on_port(&self, port: u16) -> Self {
        Self {
            port,
            ..self.clone()
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn simulator_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.simulator_port)
    }

    /// What `rialto` is told. A variable that the caller has set wins, but for addresses and folders.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let ours = [
            ("DATABASE_URL", self.database_url.clone()),
            ("REDIS_URL", self.redis_url.clone()),
            ("RIALTO_ADDRESS", format!("127.0.0.1:{}", self.port)),
            ("RIALTO_SITE_ROOT", self.site.display().to_string()),
            ("RIALTO_MAIL_FOLDER", self.mail.display().to_string()),
            (
                "RIALTO_MEDIA_FOLDER",
                self.mail.with_file_name("media").display().to_string(),
            ),
        ];
        let defaults = [
            ("RIALTO_PUBLIC_URL", self.url()),
            (
                "RIALTO_MEDIA_ROOT",
                checkout::root().join("demo/media").display().to_string(),
            ),
            ("RIALTO_STRIPE_URL", self.simulator_url()),
            ("RIALTO_STRIPE_CHECKOUT_ORIGIN", self.simulator_url()),
            ("RIALTO_STRIPE_SECRET_KEY", SECRET_KEY.to_owned()),
            ("RIALTO_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("RIALTO_PAYPAL_URL", self.simulator_url()),
            ("RIALTO_PAYPAL_CHECKOUT_ORIGIN", self.simulator_url()),
            ("RIALTO_PAYPAL_CLIENT_ID", PAYPAL_CLIENT.to_owned()),
            ("RIALTO_PAYPAL_CLIENT_SECRET", PAYPAL_SECRET.to_owned()),
            ("RIALTO_PAYPAL_WEBHOOK_ID", PAYPAL_WEBHOOK.to_owned()),
            ("RIALTO_EASYPOST_URL", self.simulator_url()),
            ("RIALTO_EASYPOST_KEY", CARRIER_KEY.to_owned()),
            ("RIALTO_EASYPOST_WEBHOOK_SECRET", CARRIER_SECRET.to_owned()),
            ("RIALTO_DEVELOPMENT", "true".to_owned()),
        ];
        let unset = |name: &str| self.isolated || std::env::var_os(name).is_none();
        ours.into_iter()
            .chain(defaults.into_iter().filter(|(name, _)| unset(name)))
            .collect()
    }

    /// A command of the program `rialto`, as this plan's environment has it.
    pub fn rialto(&self, program: &PathBuf) -> Command {
        let mut command = process::command(program);
        if self.isolated {
            for (name, _) in std::env::vars_os() {
                if name
                    .to_str()
                    .is_some_and(|n| n.starts_with("RIALTO_") || n == "DATABASE_READ_URL")
                {
                    command.env_remove(name);
                }
            }
        }
        command.envs(self.environment());
        command
    }

    /// Runs the migrations.
    pub fn migrate(&self, rialto: &PathBuf) -> Result<()> {
        process::run(self.rialto(rialto).arg("migrate"), "migrate", |_| ())
            .context("the migrations failed")?;
        Ok(())
    }

    /// Imports the demo catalogue unless there are products; true when it did.
    pub fn seed(&self, rialto: &PathBuf) -> Result<bool> {
        let told = process::run(self.rialto(rialto).arg("seed"), "seed", |_| ())
            .context("the demo catalogue was not imported")?;
        Ok(!told.contains("nothing was changed"))
    }

    /// Starts the simulator and waits until it listens.
    pub fn simulator(&self, program: &PathBuf, folder: &Folder) -> Result<Service> {
        let mut command = process::command(program);
        command
            .args(["--address", &format!("127.0.0.1:{}", self.simulator_port)])
            .arg("--ledger")
            .arg(&self.ledger)
            // Others' events go to `/webhooks/paypal` and `/webhooks/easypost` beside it.
            .args(["--webhook-url", &format!("{}/webhooks/stripe", self.url())])
            .args(["--secret-key", SECRET_KEY])
            .args(["--webhook-secret", WEBHOOK_SECRET])
            .args(["--paypal-client-id", PAYPAL_CLIENT])
            .args(["--paypal-client-secret", PAYPAL_SECRET])
            .args(["--paypal-webhook-id", PAYPAL_WEBHOOK])
            .args(["--carrier-key", CARRIER_KEY])
            .args(["--carrier-webhook-secret", CARRIER_SECRET]);
        let mut simulator = Service::start("simulator", &mut command, Signal::SIGTERM, folder)?;
        process::wait_until(START, "the simulator's start", || {
            simulator.check()?;
            Ok(std::fs::read_to_string(simulator.log())
                .is_ok_and(|log| log.contains("simulator listening on")))
        })?;
        Ok(simulator)
    }

    /// Starts `rialto serve` and waits until it is ready.
    pub fn server(&self, program: &PathBuf, folder: &Folder) -> Result<Service> {
        let mut server = Service::start(
            "rialto",
            self.rialto(program).arg("serve"),
            Signal::SIGTERM,
            folder,
        )?;
        process::wait_until(START, "an answer of /readyz", || {
            server.check()?;
            Ok(http::status(self.port, "/readyz") == Some(200))
        })
        .with_context(|| format!("the server's log: {}", server.log().display()))?;
        Ok(server)
    }
}

/// A shop that serves. Dropped, it stops: the server first, the services last.
pub struct Stack {
    pub server: Service,
    pub simulator: Service,
    pub plan: Plan,
    pub services: Services,
}

impl Stack {
    /// Migrates, seeds, starts the simulator and serves, from release builds; four phases.
    pub fn start(services: Services, port: u16, progress: &Progress) -> Result<Self> {
        let rialto = checkout::released("rialto");
        let plan = Plan::new(&services, port)?;

        let phase = progress.begin("migrating the database");
        plan.migrate(&rialto)?;
        phase.done("");

        let phase = progress.begin("importing the demo catalogue");
        let outcome = if plan.seed(&rialto)? {
            ""
        } else {
            "already there"
        };
        phase.done(outcome);

        let phase = progress.begin("starting the payment simulator");
        let simulator = plan.simulator(&checkout::released("simulator"), &services.folder)?;
        phase.done("");

        let phase = progress.begin("starting the shop");
        let server = plan.server(&rialto, &services.folder)?;
        phase.done("");
        Ok(Self {
            server,
            simulator,
            plan,
            services,
        })
    }

    /// Waits until the person stops it. Errs when a part of it ends by itself.
    pub fn serve(&mut self) -> Result<()> {
        while !process::interrupted() {
            self.server.check()?;
            self.simulator.check()?;
            self.services.check()?;
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

/// The simulator's usual port where that is free, so that its pages keep their addresses between runs.
fn simulator_port(throwaway: bool) -> Result<u16> {
    if !throwaway && TcpListener::bind(("127.0.0.1", SIMULATOR_PORT)).is_ok() {
        return Ok(SIMULATOR_PORT);
    }
    free_port()
}

/// How many phases [`Stack::start`] has.
pub const PHASES: usize = 4;

/// Errs when another program listens on the port: better said before the build than after it.
pub fn check_port(port: u16, command: &str) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "port {port} is taken by another program: stop it, or choose another with `cargo xtask {command} --port {}`",
            port.saturating_add(100)
        ),
        Err(error) => bail!(
            "can't listen on port {port}: {error}; choose another with `cargo xtask {command} --port {}`",
            PORT + 100
        ),
    }
}
