//! The real parts: PostgreSQL, Redis, the payment simulator and `rialto serve`, to be killed and started again.

use crate::book::Book;
use crate::buyer::{Buyer, Habits, Scene};
use crate::provider::Provider;
use crate::sql;
use anyhow::{Context, Result, anyhow, bail};
use nix::sys::signal::Signal;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use shopper::crooked::stripe_signature;
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
use xtask::stack::{Plan, WEBHOOK_SECRET};
use xtask::{checkout, process};

/// How long anything that must happen may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What lasts from row to row: the services, and a database that every world is copied from.
pub struct Rig {
    pub services: Services,
    plan: Plan,
    programs: PathBuf,
    worlds: u32,
    /// How many of them are dropped again.
    cleared: u32,
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
            cleared: 0,
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

    /// Another one, with services of its own.
    pub fn another(&self) -> Result<Self> {
        Self::start(&self.programs, self.can_break, self.hurries)
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Drops the databases of the worlds so far, all of which are over. PostgreSQL, when it was killed, brings every file to the disk
    /// before it serves again: it shall be one shop's files, not those of all rows before.
    pub fn clear_away(&mut self) {
        for number in std::mem::replace(&mut self.cleared, self.worlds)..self.worlds {
            let drop = format!("drop database if exists world_{} with (force)", number + 1);
            if let Some(postgres) = self.services.postgres()
                && let Err(error) = postgres.psql("postgres", &["-c", &drop])
            {
                eprintln!("  a database is left over: {error:#}");
            }
        }
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
        world.serve(&self.services, &[]).await?;
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
    pub async fn serve(&mut self, services: &Services, env: &[(&str, String)]) -> Result<Duration> {
        let begun = Instant::now();
        if !self.begin(services, env).await?
            && let Some(mut server) = self.server.take()
        {
            server.check()?;
        }
        Ok(begun.elapsed())
    }

    /// Starts a server that dies at that step: perhaps before it was ready, for work that waits is done at once.
    pub async fn serve_to_die(&mut self, services: &Services, step: String) -> Result<()> {
        self.begin(services, &[("FAULT_POINT", step)])
            .await
            .map(drop)
    }

    /// Starts the server: whether it was ready before it ended.
    async fn begin(&mut self, services: &Services, env: &[(&str, String)]) -> Result<bool> {
        self.starts += 1;
        let begun = Instant::now();
        let mut command = self.plan.rialto(&self.rialto);
        command.arg("serve").env("RIALTO_LOG", "warn");
        command.envs(self.env.iter().cloned());
        command.envs(env.iter().map(|(key, value)| (*key, value)));
        let name = format!("{}-{}", self.name, self.starts);
        let server = Service::start(&name, &mut command, Signal::SIGTERM, &services.folder)?;
        let server = self.server.insert(server);
        let someone = shopper::Shopper::new(&self.scene.origin, self.scene.client.clone());
        loop {
            let status = someone.get("/readyz").await.map(|answer| answer.status);
            if status.is_ok_and(|status| status == 200) {
                return Ok(true);
            }
            if server.ended()?.is_some() {
                return Ok(false);
            }
            process::go_on()?;
            if begun.elapsed() > PATIENCE {
                bail!("the server was not ready within {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The same, without the step that it was to die at.
    pub async fn serve_well(&mut self, services: &Services) -> Result<Duration> {
        self.env.retain(|(key, _)| key != "FAULT_POINT");
        self.serve(services, &[]).await
    }

    /// What `rialto` prints when it is called like this, as the shop's staff would. Its refusal is an answer too.
    pub async fn rialto(&self, arguments: &[&str]) -> Result<Result<String, String>> {
        let mut command = self.plan.rialto(&self.rialto);
        command.args(arguments).env("RIALTO_LOG", "error");
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Ok(match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        })
    }

    /// Makes promotions of ten per cent that so many orders may have, one for each code.
    pub async fn promote(&self, codes: &[String], most: u32) -> Result<()> {
        let promotions = codes.iter().map(|code| {
            json!({
                "name": code.to_lowercase(),
                "title": { "en": "Ten off", "de": "Zehn weniger" },
                "codes": [code],
                "takes": { "percent": 10 },
                "limits": { "in_all": most },
            })
        });
        let file = self.plan.mail.with_file_name("promotions.json");
        let text = json!({ "promotions": promotions.collect::<Vec<_>>() }).to_string();
        std::fs::write(&file, text)?;
        let path = file.display().to_string();
        let taken = self.rialto(&["promotions", "import", &path]).await?;
        taken
            .map(drop)
            .map_err(|why| anyhow!("promotions import: {why}"))
    }

    /// Issues a gift card of so many euros: its code.
    pub async fn gift_card(&self, amount: &str) -> Result<String> {
        let issued = self
            .rialto(&["gift-cards", "issue", amount, "EUR"])
            .await?
            .map_err(|why| anyhow!("gift-cards issue: {why}"))?;
        let code = issued.lines().find_map(|line| line.split_once("again: "));
        code.map(|(_, code)| code.trim().to_owned())
            .with_context(|| format!("no code in {issued:?}"))
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
            codes: Vec::new(),
        })
    }

    /// Someone who has never been here.
    pub fn buyer(&self, rng: &mut StdRng) -> Buyer {
        Buyer::new(&self.scene, rng)
    }

    /// How the breaker of a provider stands, by `/metrics`: 0 closed, 1 half open, 2 open.
    pub async fn breaker(&self, provider: &str) -> Result<u32> {
        let someone = shopper::Shopper::new(&self.scene.origin, self.scene.client.clone());
        let told = someone.get("/metrics").await;
        let told = told.map_err(|lost| anyhow!("/metrics: {}", lost.0))?.text;
        let series = format!("rialto_payment_breaker{{provider=\"{provider}\"}} ");
        let value = told.lines().find_map(|line| line.strip_prefix(&series));
        let value = value.with_context(|| format!("/metrics lacks {series}"))?;
        Ok(value.trim().parse::<f64>()? as u32)
    }

    /// A message that Stripe would have signed at `at` (seconds since 1970): how it was answered.
    pub async fn hear_from_stripe(&self, at: i64, event: &Value) -> Result<u16> {
        let body = event.to_string();
        let signature = stripe_signature(WEBHOOK_SECRET, at, body.as_bytes());
        let url = format!("{}/webhooks/stripe", self.scene.origin);
        let message = self.scene.client.post(url).body(body);
        let message = message.header("stripe-signature", signature);
        Ok(message.send().await?.status().as_u16())
    }

    /// Asks the server to err or panic at a step: `settle.written:2:panic`.
    pub async fn ask_to_fail(&self, point: &str) -> Result<()> {
        let url = format!("{}/fault", self.scene.origin);
        let asked = self.scene.client.put(url).body(point.to_owned());
        let status = asked.send().await?.status();
        if !status.is_success() {
            bail!("the server does not take the fault {point}: {status}");
        }
        Ok(())
    }

    /// Whether what it was asked for has happened.
    pub async fn has_failed(&self) -> Result<bool> {
        let url = format!("{}/fault", self.scene.origin);
        let left = self.scene.client.get(url).send().await?;
        Ok(left.error_for_status()?.text().await? == "0")
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
