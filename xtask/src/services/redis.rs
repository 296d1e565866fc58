//! A private Redis: nothing kept, a free loopback port, a password.

use super::{Folder, Service, free_port, tail};
use crate::{checkout, process};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

/// A running server.
pub struct Redis {
    pub url: String,
    service: Service,
}

impl Redis {
    pub fn start(folder: &Folder) -> Result<Self> {
        let password = folder.password()?;
        let program =
            checkout::on_path("redis-server").context("redis-server is not on the PATH")?;
        for _ in 0..4 {
            let port = free_port()?;
            let mut command = process::command_as(&program, "TERM", folder.account);
            // Its settings come on standard input, where no list of processes shows the password.
            command.arg("-").current_dir("/").stdin(Stdio::piped());
            let mut service = Service::start("redis", &mut command, Signal::SIGTERM, folder)?;
            let settings = format!(
                "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndaemonize no\n"
            );
            service.tell(&settings)?;
            let ready = process::wait_until(Duration::from_secs(30), "Redis's start", || {
                Ok(service.ended()?.is_some() || answers(port, &password))
            });
            if ready.is_ok() && service.ended()?.is_none() {
                return Ok(Self {
                    url: format!("redis://:{password}@127.0.0.1:{port}"),
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

    /// The error when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.service.check()
    }
}

fn answers(port: u16, password: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(format!("AUTH {password}\r\nPING\r\n").as_bytes())?;
        let mut answer = [0u8; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+OK\r\n+PONG\r\n")
    };
    ask().unwrap_or(false)
}
