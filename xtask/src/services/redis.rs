//! A private Redis: nothing kept, a free loopback port, a password.

use super::{Folder, Service, free_port, tail};
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A running server.
pub struct Redis {
    pub url: String,
    program: PathBuf,
    port: u16,
    password: String,
    service: Service,
}

impl Redis {
    pub fn start(folder: &Folder) -> Result<Self> {
        let password = folder.password()?;
        let program =
            checkout::on_path("redis-server").context("redis-server is not on the PATH")?;
        for _ in 0..4 {
            let port = free_port()?;
            let mut service = launch(folder, &program, port, &password)?;
            let ready = process::wait_until(Duration::from_secs(30), "Redis's start", || {
                Ok(service.ended()?.is_some() || answers(port, &password))
            });
            if ready.is_ok() && service.ended()?.is_none() {
                return Ok(Self {
                    url: format!("redis://:{password}@127.0.0.1:{port}"),
                    program,
                    port,
                    password,
                    service,
                });
            }
            process::go_on()?;
            let log = tail(&folder.join("redis.log"));
            if !log.contains("Address already in use") {
                bail!("Redis did not start:\n{log}");
            }
        }
        bail!("Redis found no free port on 127.0.0.1")
    }

    /// Kills it (SIGKILL), with all that it held.
    pub fn kill(&mut self) -> Result<()> {
        self.service.kill()
    }

    /// Starts it again, empty, where it was, and waits until it answers.
    pub fn start_again(&mut self, folder: &Folder) -> Result<()> {
        self.service = launch(folder, &self.program, self.port, &self.password)?;
        process::wait_until(Duration::from_secs(30), "Redis's start", || {
            self.service.check()?;
            Ok(answers(self.port, &self.password))
        })
    }

    /// Stops it without a word (SIGSTOP): it keeps its connections and answers none.
    pub fn freeze(&self) {
        self.service.signal_all(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.service.signal_all(Signal::SIGCONT);
    }

    /// Forgets everything (FLUSHALL).
    pub fn empty(&self) -> Result<()> {
        let told = ask(self.port, &self.password, "FLUSHALL", b"+OK\r\n+OK\r\n");
        told.filter(|told| *told)
            .map(drop)
            .context("Redis did not forget")
    }

    /// The error when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.service.check()
    }
}

fn launch(folder: &Folder, program: &Path, port: u16, password: &str) -> Result<Service> {
    let mut command = process::command_as(program, "TERM", folder.account);
    // Its settings come on standard input, where no list of processes shows the password.
    command.arg("-").current_dir("/").stdin(Stdio::piped());
    let mut service = Service::start("redis", &mut command, Signal::SIGTERM, folder)?;
    let settings = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndaemonize no\n"
    );
    service.tell(&settings)?;
    Ok(service)
}

fn answers(port: u16, password: &str) -> bool {
    ask(port, password, "PING", b"+OK\r\n+PONG\r\n") == Some(true)
}

/// Whether a command, after the password, is answered like that; None when nobody answers.
fn ask(port: u16, password: &str, command: &str, wanted: &[u8]) -> Option<bool> {
    let limit = Some(Duration::from_secs(1));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(limit).ok()?;
    stream
        .write_all(format!("AUTH {password}\r\n{command}\r\n").as_bytes())
        .ok()?;
    let mut answer = vec![0u8; wanted.len()];
    stream.read_exact(&mut answer).ok()?;
    Some(answer == wanted)
}
