//! The real parts: PostgreSQL, Redis, the payment simulator and `rialto serve`, to be killed and started again.

use crate::book::Book;
use crate::buyer::{Buyer, Habits, Scene};
use crate::provider::Provider;
use crate::sql;
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use rand::rngs::StdRng;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;
use xtask::services::{Service, Services};
use xtask::stack::Plan;
use xtask::{checkout, http, process};

/// How long anything that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What lasts from row to row: the services, and a database that every world is copied from.
pub struct Rig {
    pub services: Services,
    plan: Plan,
    programs: PathBuf,
    worlds: u32,
    /// Whether the server was built to break on purpose.
    pub can_break: bool,
    hurries: bool,
    /// Where databases are made; None: with all others.
    pub tablespace: Option<&'static str>,
    /// How long a buyer presses the same button again.
    pub buyers_patience: Duration,
}

impl Rig {
    /// Starts PostgreSQL (every commit reaches the disk) and Redis, and makes the catalogue.
    pub fn start(programs: &Path, can_break: bool, hurries: bool) -> Result<Self> {
        let services = Services::measured()?;
        let mut plan = Plan::new(&services, 1)?;
        plan.site = site(services.folder.path())?;
        let rig = Self {
            plan,
            programs: programs.to_path_buf(),
            services,
            worlds: 0,
            can_break,
            hurries,
            tablespace: None,
            buyers_patience: PATIENCE,
        };
        let folder = rig.services.folder.join("template");
        let postgres = rig.services.postgres().context("no private PostgreSQL")?;
        let plan = rig
            .plan
            .beside(&folder, postgres.database("template_of_worlds")?)?;
        let rialto = rig.program("rialto");
        plan.migrate(&rialto)?;
        let catalogue = folder.join("catalogue.csv");
        std::fs::write(&catalogue, catalogue_csv())?;
        let mut import = plan.rialto(&rialto);
        process::run(
            import.arg("import").arg(&catalogue),
            "faults-import",
            |_| (),
        )?;
        Ok(rig)
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A shop that nobody has bought from, which serves. `env`: what its server is told besides.
    pub async fn world(&mut self, env: &[(&str, &str)]) -> Result<World> {
        self.worlds += 1;
        let name = format!("world_{}", self.worlds);
        let folder = self.services.folder.join(&name);
        let postgres = self.services.postgres().context("no private PostgreSQL")?;
        let place = self.tablespace.map(|name| format!("tablespace {name}"));
        let copy = format!(
            "create database {name} template template_of_worlds {}",
            place.unwrap_or_default()
        );
        postgres.psql("postgres", &["-c", &copy])?;
        let plan = self.plan.beside(&folder, postgres.url(&name))?;
        let options = PgConnectOptions::from_str(&plan.database_url)?.application_name("faults");
        let db = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await?;
        let simulator = plan.simulator(&self.program("simulator"), &self.services.folder)?;
        let scene = Scene {
            origin: plan.url(),
            client: shopper::client(Duration::from_secs(40))?,
            provider: Provider::at(plan.simulator_url(), shopper::client(PATIENCE)?),
            book: Book::default(),
            patience: self.buyers_patience,
        };
        let units = sql::units(&db).await?;
        let mut world = World {
            server: None,
            simulator,
            scene: Arc::new(scene),
            db,
            plan,
            rialto: self.program("rialto"),
            units,
            env: env
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            name,
            starts: 0,
            hurries: self.hurries,
        };
        world.serve(&self.services, &[])?;
        Ok(world)
    }
}

/// One shop.
pub struct World {
    server: Option<Service>,
    /// Held: it stops when dropped.
    #[expect(dead_code)]
    simulator: Service,
    pub scene: Arc<Scene>,
    pub db: PgPool,
    pub plan: Plan,
    rialto: PathBuf,
    /// Of each SKU, how many there were to sell.
    pub units: BTreeMap<String, i64>,
    env: Vec<(String, String)>,
    name: String,
    starts: u32,
    /// Whether waiting for the shop's own times is cut short.
    pub hurries: bool,
}

impl World {
    /// Starts the server, and waits until it is ready: how long that took. `env`: what it is told this time.
    pub fn serve(&mut self, services: &Services, env: &[(&str, String)]) -> Result<Duration> {
        self.starts += 1;
        let begun = Instant::now();
        let mut command = self.plan.rialto(&self.rialto);
        command.arg("serve").env("RIALTO_LOG", "warn");
        command.envs(self.env.iter().cloned());
        command.envs(env.iter().map(|(key, value)| (*key, value)));
        let name = format!("{}-{}", self.name, self.starts);
        let mut server = Service::start(&name, &mut command, Signal::SIGTERM, &services.folder)?;
        process::wait_until(PATIENCE, "an answer of /readyz", || {
            server.check()?;
            Ok(http::status(self.plan.port, "/readyz") == Some(200))
        })?;
        self.server = Some(server);
        Ok(begun.elapsed())
    }

    /// The same, without the step that it was to die at.
    pub fn serve_well(&mut self, services: &Services) -> Result<Duration> {
        self.env.retain(|(key, _)| key != "FAULT_POINT");
        self.serve(services, &[])
    }

    /// Kills the server (SIGKILL).
    pub async fn kill_server(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            server.kill()?;
        }
        self.after_a_death().await
    }

    /// Waits until the server has died by itself; false when it has not.
    pub async fn until_dead(&mut self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        while let Some(server) = &mut self.server {
            if server.ended()?.is_some() {
                self.server = None;
                self.after_a_death().await?;
                return Ok(true);
            }
            if Instant::now() > deadline {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(true)
    }

    async fn after_a_death(&self) -> Result<()> {
        if self.hurries {
            sql::end_leases(&self.db).await?;
        }
        Ok(())
    }

    /// Its database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's process.
    pub fn server_pid(&self) -> Option<u32> {
        self.server.as_ref().map(Service::pid)
    }

    /// The variants whose SKU begins like this.
    pub async fn variants(&self, sku: &str) -> Result<Vec<Uuid>> {
        Ok(sql::variants(&self.db, sku).await?)
    }

    /// Buyers who want up to three of what there is plenty of, pay nearly always, and come back more often than not.
    pub async fn usual(&self) -> Result<Habits> {
        Ok(Habits {
            variants: self.variants("PLENTY").await?,
            most_lines: 3,
            pay: 0.9,
            come_back: 0.6,
            pay_again: true,
        })
    }

    /// Someone who has never been here.
    pub fn buyer(&self, rng: &mut StdRng) -> Buyer {
        Buyer::new(&self.scene, rng)
    }

    /// GET of a path by somebody without cookies: its status (0: not answered), and how long that took.
    pub async fn look(&self, path: &str) -> (u16, Duration) {
        let begun = Instant::now();
        let someone = shopper::Shopper::new(&self.scene.origin, self.scene.client.clone());
        let status = someone.get(path).await.map_or(0, |answer| answer.status);
        (status, begun.elapsed())
    }
}

/// How many products there are of each kind, and units of each.
const KINDS: [(&str, u32, u32); 3] = [("PLENTY", 12, 10_000_000), ("HOT", 24, 100), ("FEW", 24, 5)];

/// A catalogue as Shopify exports it.
fn catalogue_csv() -> String {
    let mut csv = String::from(
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
         Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping,\
         Variant Taxable,Status\n",
    );
    for (kind, count, units) in KINDS {
        for number in 0..count {
            let name = format!("{kind}-{number:02}");
            let _ = writeln!(
                csv,
                "{},{name},<p>To be broken.</p>,Fornace Zan,Kitchen,,true,Title,Default Title,{name},350,shopify,{units},deny,{}.{:02},true,true,active",
                name.to_lowercase(),
                19 + number,
                (number * 7) % 100,
            );
        }
    }
    csv
}

/// A site with the files that pages name: the public ones, and stand-ins for what a build makes. No browser is here to run them.
fn site(folder: &Path) -> Result<PathBuf> {
    let site = folder.join("site");
    copy(&checkout::root().join("public"), &site)?;
    std::fs::create_dir_all(site.join("pkg"))?;
    for (name, content) in [
        ("rialto.js", "export default async function () {}\n"),
        ("rialto.wasm", "\0asm\u{1}\0\0\0"),
        (
            "rialto-browse.js",
            "export default async function browse() {}\n",
        ),
        ("rialto-browse.wasm", "\0asm\u{1}\0\0\0\0"),
        ("rialto.css", "body { margin: 0; }\n"),
    ] {
        std::fs::write(site.join("pkg").join(name), content)?;
    }
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
