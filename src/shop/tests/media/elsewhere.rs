//! A server somewhere else that has pictures, as an import names them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a request is answered with.
#[derive(Clone)]
pub enum Says {
    /// A status and a file, its length said before.
    File(&'static str, Vec<u8>),
    /// The way to another address.
    Leads(String),
    /// A file whose length nobody knows before its end.
    Unmeasured(Vec<u8>),
    /// Less of a file than was said.
    Cut(Vec<u8>),
    /// Nothing, for as long as anybody waits.
    Nothing,
}

/// Answers every path alike, until it is told otherwise.
pub struct Elsewhere {
    pub origin: String,
    said: Arc<Mutex<Said>>,
}

struct Said {
    everywhere: Says,
    at: HashMap<String, Says>,
    asked: usize,
}

impl Elsewhere {
    pub async fn with(file: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Said {
            everywhere: Says::File("200 OK", file.to_owned()),
            at: HashMap::new(),
            asked: 0,
        }));
        tokio::spawn({
            let said = said.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(respond(stream, said.clone()));
                }
            }
        });
        Self { origin, said }
    }

    pub fn says(&self, status: &'static str, file: &[u8]) {
        self.said.lock().unwrap().everywhere = Says::File(status, file.to_owned());
    }

    /// Has this under that path, and says where.
    pub fn at(&self, path: &str, says: Says) -> String {
        self.said.lock().unwrap().at.insert(path.to_owned(), says);
        self.url(path)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.said.lock().unwrap().asked
    }
}

async fn respond(mut stream: TcpStream, said: Arc<Mutex<Said>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let says = {
        let mut said = said.lock().unwrap();
        said.asked += 1;
        said.at.get(path).unwrap_or(&said.everywhere).clone()
    };
    let (head, file) = match says {
        Says::File(status, file) => {
            let length = file.len();
            (format!("{status}\r\ncontent-length: {length}"), file)
        }
        Says::Leads(to) => (
            format!("302 Found\r\nlocation: {to}\r\ncontent-length: 0"),
            Vec::new(),
        ),
        Says::Unmeasured(file) => ("200 OK".to_owned(), file),
        Says::Cut(file) => {
            let length = file.len() + 1;
            (format!("200 OK\r\ncontent-length: {length}"), file)
        }
        Says::Nothing => {
            // Until whoever asked has gone.
            let _ = stream.read_u8().await;
            return;
        }
    };
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
    // Whoever asked may have heard enough.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&file).await;
    let _ = stream.shutdown().await;
}
