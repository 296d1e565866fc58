//! Those who take up room: connections that say nothing, that speak a byte a second, that read a few bytes a second.

use crate::Arguments;
use crate::process;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Connections from one loopback address: fewer than there are ports for.
const FROM_ONE: usize = 15_000;
/// Connections that are opened at once.
const AT_ONCE: usize = 64;
const SECOND: Duration = Duration::from_secs(1);
/// After so long an idle connection says that it is there.
const AGAIN: Duration = Duration::from_secs(8);
/// What a slow reader takes at once, and the room that its system has for it: as little as Linux lets one have.
const SIP: usize = 256;
const ROOM: u32 = 2_304;

/// Opens them all, says so in a line on the standard output, and keeps them until `seconds` are over or it is asked to end.
pub async fn gather(arguments: &Arc<Arguments>) -> Result<Value, String> {
    let address: SocketAddr = arguments.address.parse().map_err(|_| {
        format!(
            "crowd needs an address such as 127.0.0.1:3000, not {}",
            arguments.address
        )
    })?;
    let path = arguments.products.first().map_or("/readyz", String::as_str);
    let wanted = arguments.idle + arguments.trickle + arguments.readers;
    let mut streams = Vec::with_capacity(wanted);
    let mut opening = JoinSet::new();
    for number in 0..wanted {
        if opening.len() == AT_ONCE {
            streams.extend(opened(opening.join_next().await)?);
        }
        let is_small = number >= arguments.idle + arguments.trickle;
        opening.spawn(open(address, (arguments.host, number), is_small));
    }
    while let Some(next) = opening.join_next().await {
        streams.extend(opened(Some(next))?);
    }
    let shut = Arc::new(AtomicUsize::new(0));
    let mut crowd = JoinSet::new();
    // The slow ones have a receive buffer of their own size: those are the last by number.
    streams.sort_by_key(|(number, _)| *number);
    for (number, stream) in streams {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let shut = shut.clone();
        let (idle, trickle) = (arguments.idle, arguments.trickle);
        crowd.spawn(async move {
            let ended = if number < idle {
                wait(stream, &request, address).await
            } else if number < idle + trickle {
                speak_slowly(stream, &request).await
            } else {
                read_slowly(stream, &request).await
            };
            // Whoever is done was shut out, or failed: they would stay.
            drop(ended);
            shut.fetch_add(1, Ordering::Relaxed);
        });
    }
    // So that the first requests are over.
    tokio::time::sleep(2 * SECOND).await;
    println!("gathered {wanted}");
    let stay = Duration::from_secs_f64(arguments.seconds);
    let _ = tokio::time::timeout(stay, process::asked_to_end()).await;
    let shut = shut.load(Ordering::Relaxed);
    Ok(json!({ "gathered": wanted, "shut": shut }))
}

type Opened = Result<Result<(usize, TcpStream), String>, tokio::task::JoinError>;

fn opened(next: Option<Opened>) -> Result<Option<(usize, TcpStream)>, String> {
    match next {
        Some(Ok(outcome)) => outcome.map(Some),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(None),
    }
}

/// From a loopback address of its own for so many.
async fn open(
    to: SocketAddr,
    (host, number): (u8, usize),
    is_small: bool,
) -> Result<(usize, TcpStream), String> {
    let offset = u8::try_from(number / FROM_ONE).ok();
    let host = offset.and_then(|offset| host.checked_add(offset));
    let host = host.ok_or("there are no more loopback addresses of 127.0.0.x to come from")?;
    let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0);
    let named = |error: std::io::Error| {
        let limit = limit(error.raw_os_error(), from);
        format!("connection {number} can't be opened: {error}{limit}")
    };
    let socket = TcpSocket::new_v4().map_err(named)?;
    if is_small {
        socket.set_recv_buffer_size(ROOM).map_err(named)?;
    }
    socket.bind(from).map_err(named)?;
    Ok((number, socket.connect(to).await.map_err(named)?))
}

/// What of the machine ran out, when that is what an error says (errno(3)).
fn limit(errno: Option<i32>, from: SocketAddr) -> String {
    match errno {
        Some(23) => {
            ": the whole machine may have no more open files (sysctl fs.file-max)".to_owned()
        }
        Some(24) => ": this process may have no more open files (ulimit -n)".to_owned(),
        Some(98 | 99) => format!(
            ": {} has no more free ports (sysctl net.ipv4.ip_local_port_range)",
            from.ip()
        ),
        Some(12 | 105) => {
            ": the kernel has no more memory for sockets (sysctl net.ipv4.tcp_mem)".to_owned()
        }
        Some(110 | 111) => {
            ": the shop takes no more (its max_connections, or its own ulimit -n)".to_owned()
        }
        _ => String::new(),
    }
}

/// Asks, reads the answer, and then says next to nothing: the shop closes a connection on which it hears no request for ten
/// seconds.
async fn wait(mut stream: TcpStream, request: &str, address: SocketAddr) -> std::io::Result<()> {
    stream.write_all(request.as_bytes()).await?;
    let still_there = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut again = Instant::now() + AGAIN;
    loop {
        match tokio::time::timeout_at(again, stream.readable()).await {
            Ok(ready) => {
                ready?;
                // Of so many none keeps room for what it reads.
                let mut some = [0; 4096];
                match stream.try_read(&mut some) {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            Err(_) => {
                stream.write_all(still_there.as_bytes()).await?;
                again = Instant::now() + AGAIN;
            }
        }
    }
}

async fn speak_slowly(mut stream: TcpStream, request: &str) -> std::io::Result<()> {
    let begin = request.trim_end().as_bytes();
    for byte in begin
        .iter()
        .chain(b"\r\nX-Slow: ".iter())
        .chain(std::iter::repeat(&b'a'))
    {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(SECOND).await;
        // Shut by the other side?
        let mut one = [0; 1];
        if matches!(stream.try_read(&mut one), Ok(0)) {
            break;
        }
    }
    Ok(())
}

async fn read_slowly(mut stream: TcpStream, request: &str) -> std::io::Result<()> {
    // Several pages' worth, so that there is something to send for long.
    stream.write_all(request.repeat(8).as_bytes()).await?;
    let mut some = [0; SIP];
    while stream.read(&mut some).await? > 0 {
        tokio::time::sleep(SECOND).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_limit_that_ran_out() {
        let from = SocketAddr::from(([127, 0, 0, 3], 0));
        assert!(limit(Some(24), from).contains("ulimit -n"));
        assert!(limit(Some(98), from).contains("127.0.0.3 has no more free ports"));
        assert_eq!(limit(Some(104), from), "");
        assert_eq!(limit(None, from), "");
    }

    #[tokio::test]
    async fn comes_from_other_addresses_and_no_further_than_they_go() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let (_, stream) = open(to, (2, FROM_ONE), false).await.unwrap();
        let from = stream.local_addr().unwrap().ip();
        assert_eq!(from, IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)));
        let error = open(to, (255, FROM_ONE), false).await.unwrap_err();
        assert!(error.contains("no more loopback addresses"), "{error}");
    }

    #[tokio::test]
    async fn who_is_idle_asks_once_and_ends_when_it_is_shut() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let (_, stream) = open(to, (2, 0), false).await.unwrap();
        let idle = tokio::spawn(async move { wait(stream, "GET / HTTP/1.1\r\n\r\n", to).await });
        let (mut shop, _) = listener.accept().await.unwrap();
        let mut asked = [0; 18];
        shop.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"GET / HTTP/1.1\r\n\r\n");
        shop.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        drop(shop);
        assert!(idle.await.unwrap().is_ok());
    }
}
