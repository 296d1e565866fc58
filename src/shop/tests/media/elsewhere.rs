//! A server somewhere else that has pictures, as an import names them.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers everything alike, until it is told otherwise.
pub struct Elsewhere {
    pub origin: String,
    answer: Arc<Mutex<Answer>>,
}

#[derive(Clone)]
struct Answer {
    status: &'static str,
    file: Vec<u8>,
    asked: usize,
}

impl Elsewhere {
    pub async fn with(file: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(Answer {
            status: "200 OK",
            file: file.to_owned(),
            asked: 0,
        }));
        tokio::spawn({
            let answer = answer.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let answer = {
                        let mut answer = answer.lock().unwrap();
                        answer.asked += 1;
                        answer.clone()
                    };
                    tokio::spawn(respond(stream, answer));
                }
            }
        });
        Self { origin, answer }
    }

    pub fn says(&self, status: &'static str, file: &[u8]) {
        let mut answer = self.answer.lock().unwrap();
        answer.status = status;
        answer.file = file.to_owned();
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.answer.lock().unwrap().asked
    }
}

async fn respond(mut stream: TcpStream, answer: Answer) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.status,
        answer.file.len()
    );
    // Whoever asked may have heard enough.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer.file).await;
    let _ = stream.shutdown().await;
}
