//! A Redis of the test's own, which may be killed, emptied and frozen.

use super::process::{Folder, Process, free_port};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub struct Redis {
    process: Process,
    port: u16,
    folder: PathBuf,
}

impl Redis {
    pub fn start(folder: &Folder) -> Self {
        let folder = folder.path().to_owned();
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = spawn(port, &folder) {
                return Self {
                    process,
                    port,
                    folder,
                };
            }
        }
        panic!("redis-server (Debian's package of that name) can't be run");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it (SIGKILL), with all that it held.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, empty, where it was.
    pub fn start_again(&mut self) {
        self.kill();
        self.process = spawn(self.port, &self.folder).expect("redis-server, again on its port");
    }

    /// Stops it without a word: it keeps its connections and answers none (SIGSTOP).
    pub fn freeze(&self) {
        self.process.signal("STOP");
    }

    pub fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// FLUSHALL.
    pub fn empty(&self) {
        assert_eq!(self.ask("FLUSHALL\r\n"), "+OK\r\n");
    }

    /// How many keys it holds.
    pub fn size(&self) -> u64 {
        let answer = self.ask("DBSIZE\r\n");
        answer
            .trim()
            .trim_start_matches(':')
            .parse()
            .unwrap_or_else(|_| panic!("DBSIZE: {answer}"))
    }

    fn ask(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("our Redis");
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("a timeout");
        stream.write_all(command.as_bytes()).expect("a command");
        let mut answer = [0; 256];
        let count = stream.read(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..count]).into_owned()
    }
}

fn spawn(port: u16, folder: &Path) -> Option<Process> {
    let port = port.to_string();
    let folder_name = folder.to_string_lossy().into_owned();
    let arguments = [
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        &folder_name,
    ];
    let mut process = Process::spawn(
        "redis-server",
        Path::new("redis-server"),
        &arguments,
        &[],
        folder,
    );
    process
        .try_until(|lines| {
            lines
                .iter()
                .any(|line| line.contains("Ready to accept connections"))
                .then_some(())
        })
        .map(|()| process)
}
