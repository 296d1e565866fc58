//! A Redis of a test's own, to be frozen, emptied and killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use uuid::Uuid;

/// A `redis-server` on a socket of its own; it ends with the test.
pub struct RedisServer {
    folder: PathBuf,
    process: Option<Child>,
}

impl RedisServer {
    /// One that is not running yet.
    pub fn new() -> Self {
        // A socket's path has room for about a hundred bytes.
        let folder = std::env::temp_dir().join(format!("rialto-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&folder).expect("a folder for the socket");
        Self {
            folder,
            process: None,
        }
    }

    /// One that is running, though perhaps not answering yet.
    pub fn started() -> Self {
        let mut server = Self::new();
        server.start();
        server
    }

    /// Begins, empty.
    pub fn start(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(&self.folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts: is it installed?");
        self.process = Some(process);
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Stops it where it stands; connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("redis-server can be killed");
            process.wait().expect("redis-server ends");
        }
    }

    /// Forgets everything, as FLUSHALL does.
    pub async fn flush(&self) {
        let client = redis::Client::open(self.url()).expect("a URL");
        let mut connection = client
            .get_multiplexed_async_connection()
            .await
            .expect("redis-server answers");
        redis::cmd("FLUSHALL")
            .query_async::<()>(&mut connection)
            .await
            .expect("it is emptied");
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().expect("redis-server runs");
        let sent = Command::new("kill")
            .arg(signal)
            .arg(process.id().to_string())
            .status()
            .expect("kill runs");
        assert!(sent.success(), "kill {signal} reaches redis-server");
    }
}

impl Default for RedisServer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        // What is left in the temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
