//! The little HTTP that waiting for a server takes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The status that `GET path` on a loopback port answers with, or None when nobody answers.
pub fn status(port: u16, path: &str) -> Option<u16> {
    let limit = Some(Duration::from_secs(5));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(limit).ok()?;
    stream.set_write_timeout(limit).ok()?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    // `HTTP/1.1 200`
    let mut line = [0u8; 12];
    stream.read_exact(&mut line).ok()?;
    std::str::from_utf8(&line[9..]).ok()?.parse().ok()
}
