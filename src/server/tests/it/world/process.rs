//! Programs that end with the test, folders that are removed with it, and ports that are free.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A folder of the test's own.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path =
            std::env::temp_dir().join(format!("rialto-it-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&path).expect("a temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listened on a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// A running program, killed with the test: by its drop, and by the kernel should the test be killed itself.
pub struct Process {
    name: &'static str,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts `program` in an environment of `env` and PATH alone, and collects what it writes to either output.
    pub fn spawn(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        env: &[(&str, &str)],
        folder: &Path,
    ) -> Self {
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(env.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("setpriv (package util-linux) can't be run: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        if let Some(output) = child.stdout.take() {
            collect(output, lines.clone());
        }
        if let Some(output) = child.stderr.take() {
            collect(output, lines.clone());
        }
        Self { name, child, lines }
    }

    /// What it has written.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines that are JSON objects.
    pub fn log(&self) -> Vec<Value> {
        self.lines()
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits for what `find` finds in its output; fails when the program ends without.
    #[track_caller]
    pub fn until<T>(&mut self, what: &str, find: impl Fn(&[String]) -> Option<T>) -> T {
        self.try_until(find).unwrap_or_else(|| {
            panic!(
                "{}: no {what}; it wrote:\n{}",
                self.name,
                self.lines().join("\n")
            )
        })
    }

    /// The same; None when the program ends without.
    pub fn try_until<T>(&mut self, find: impl Fn(&[String]) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + super::PATIENCE;
        loop {
            let ended = self.child.try_wait().expect("a child of ours").is_some();
            if let Some(found) = find(&self.lines()) {
                return Some(found);
            }
            if ended || Instant::now() > deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal by its name: `TERM`, `STOP`, `CONT`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status()
            .expect("kill");
        assert!(sent.success(), "{} can't be sent {signal}", self.name);
    }

    /// Kills it now.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its end, if it has come.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let lines = self.lines();
            let telling = |line: &&String| !line.contains("\"level\":\"INFO\"");
            let shown: Vec<_> = lines.iter().filter(telling).cloned().collect();
            let from = shown.len().saturating_sub(40);
            eprintln!("--- {} wrote:\n{}", self.name, shown[from..].join("\n"));
        }
    }
}

fn collect(output: impl Read + Send + 'static, lines: Arc<Mutex<Vec<String>>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    });
}
