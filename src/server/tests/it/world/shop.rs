//! The shop: `rialto serve` on a port of its own, and `rialto` run once.

use super::process::{Folder, Process, free_port};
use super::{Database, Redis, Simulator, WEBHOOK_SECRET};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// A running `rialto serve`.
pub struct Server {
    pub process: Process,
    pub origin: String,
}

impl Server {
    /// One that is ready to answer. `settings` come over the usual ones.
    pub fn start(
        folder: &Folder,
        database: &Database,
        redis: &Redis,
        simulator: &Simulator,
        settings: &[(&'static str, String)],
    ) -> Self {
        let site = site(folder.path());
        for _ in 0..5 {
            let address = format!("127.0.0.1:{}", free_port());
            let origin = format!("http://{address}");
            let mut env = vec![
                ("DATABASE_URL", database.url_of_servers()),
                ("REDIS_URL", redis.url()),
                ("RIALTO_ADDRESS", address),
                ("RIALTO_PUBLIC_URL", origin.clone()),
                ("RIALTO_SITE_ROOT", site.clone()),
                ("RIALTO_MEDIA_ROOT", format!("{site}/fonts")),
                (
                    "RIALTO_MAIL_FOLDER",
                    folder.path().join("mail").to_string_lossy().into_owned(),
                ),
                ("RIALTO_STRIPE_URL", simulator.origin.clone()),
                ("RIALTO_STRIPE_CHECKOUT_ORIGIN", simulator.origin.clone()),
                ("RIALTO_STRIPE_SECRET_KEY", super::simulator::KEY.to_owned()),
                ("RIALTO_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
                ("RIALTO_DATABASE_CONNECTIONS", "12".to_owned()),
                ("RIALTO_DEVELOPMENT", "true".to_owned()),
            ];
            env.extend(settings.iter().cloned());
            let env: Vec<(&str, &str)> = env
                .iter()
                .map(|(key, value)| (*key, value.as_str()))
                .collect();
            let mut process = Process::spawn("rialto", program(), &["serve"], &env, folder.path());
            let serving = process
                .try_until(|lines| lines.iter().any(|line| is(line, "serving")).then_some(()));
            if serving.is_some() {
                return Self { process, origin };
            }
            let lines = process.lines();
            // Another took the port in between.
            assert!(
                lines.iter().any(|line| line.contains("can't listen")),
                "rialto serve ended:\n{}",
                lines.join("\n")
            );
        }
        panic!("no port could be had");
    }

    /// What it logged under that message.
    pub fn logged(&self, message: &str) -> Vec<Value> {
        self.process
            .log()
            .into_iter()
            .filter(|line| line["message"] == message)
            .collect()
    }

    /// Asserts that it never answered that something is broken, and that nothing panicked.
    #[track_caller]
    pub fn assert_unbroken(&self) {
        let errors: Vec<Value> = self
            .process
            .log()
            .into_iter()
            .filter(|line| line["level"] == "ERROR")
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let panics: Vec<String> = self
            .process
            .lines()
            .into_iter()
            .filter(|line| line.contains("panicked"))
            .collect();
        assert!(panics.is_empty(), "{panics:#?}");
    }
}

/// How a run of `rialto` ended.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails unless it went well.
    #[track_caller]
    pub fn must(self) -> Self {
        assert!(self.status.success(), "{self:#?}");
        self
    }

    /// What it said when it refused: one line on stderr, beside what it logged.
    #[track_caller]
    pub fn refusal(&self) -> &str {
        assert!(!self.status.success(), "{self:#?}");
        let said: Vec<&str> = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("rialto: "))
            .collect();
        let is_log = |line: &str| serde_json::from_str::<Value>(line).is_ok();
        let others = self.stderr.lines().filter(|line| !is_log(line)).count();
        assert_eq!((said.len(), others), (1, 1), "{self:#?}");
        said[0]
    }
}

/// Runs `rialto` with these arguments on that database.
pub fn rialto(folder: &Folder, database: &Database, arguments: &[&str]) -> Ran {
    rialto_with(folder, arguments, &[("DATABASE_URL", &database.url())])
}

/// The same with an environment of one's own.
pub fn rialto_with(folder: &Folder, arguments: &[&str], env: &[(&str, &str)]) -> Ran {
    let output = Command::new(program())
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .current_dir(folder.path())
        .output()
        .expect("rialto");
    Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rialto"))
}

fn is(line: &str, message: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line["message"] == message)
}

/// A site with the files that pages name: the public ones as they are, and stand-ins for what a build makes.
fn site(folder: &Path) -> String {
    let site = folder.join("site");
    if !site.exists() {
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public");
        copy(&public, &site).expect("the public files");
        let pkg = site.join("pkg");
        std::fs::create_dir_all(&pkg).expect("a folder");
        for (name, content) in [
            (
                "rialto.js",
                "export default async function () {}\n".repeat(40),
            ),
            ("rialto.wasm", "\0asm\u{1}\0\0\0".to_owned()),
            (
                "rialto-browse.js",
                "export default async function browse() {}\n".repeat(40),
            ),
            ("rialto-browse.wasm", "\0asm\u{1}\0\0\0\0".to_owned()),
            (
                "rialto.css",
                "body { background: url(/fonts/fraunces.woff2); }\n".repeat(40),
            ),
        ] {
            std::fs::write(pkg.join(name), content).expect("a file of the site");
        }
    }
    site.to_string_lossy().into_owned()
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
