//! A shopper's browser, as thin as can be: one connection kept alive, and its cookies.

use http::header::{
    ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, ETAG, HOST, IF_NONE_MATCH, LOCATION, SET_COOKIE,
};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use tokio::net::TcpStream;

/// What a browser remembers, by name.
pub type Cookies = BTreeMap<String, String>;

/// One shopper.
pub struct Client {
    address: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    cookies: Cookies,
    /// The `ETag` of each page that it has.
    pages: BTreeMap<String, String>,
    /// In which forms it takes answers.
    takes: Option<&'static str>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub etag: Option<String>,
    pub body: Bytes,
}

impl Client {
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            connection: None,
            cookies: BTreeMap::new(),
            pages: BTreeMap::new(),
            takes: None,
        }
    }

    /// Takes answers compressed, as browsers do (Chrome 123 and Firefox 126).
    pub fn taking_compressed(mut self) -> Self {
        self.takes = Some("gzip, deflate, br, zstd");
        self
    }

    /// Becomes somebody else on the same connection.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Becomes the shopper with these cookies on the same connection.
    pub fn become_one_with(&mut self, cookies: Cookies) {
        self.cookies = cookies;
    }

    /// Whether it has no cookies.
    pub fn is_nobody(&self) -> bool {
        self.cookies.is_empty()
    }

    /// The cookies, for another connection.
    pub fn leave(self) -> Cookies {
        self.cookies
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.send(Method::GET, path, "", String::new()).await
    }

    /// Asks whether the page it has is still the page.
    pub async fn get_again(&mut self, path: &str) -> Result<Answer, String> {
        let answer = self.get(path).await?;
        if let Some(etag) = &answer.etag {
            self.pages.insert(path.to_owned(), etag.clone());
        }
        Ok(answer)
    }

    pub async fn post_json(&mut self, path: &str, body: String) -> Result<Answer, String> {
        self.send(Method::POST, path, "application/json", body)
            .await
    }

    pub async fn post_form(
        &mut self,
        path: &str,
        fields: &[(&str, String)],
    ) -> Result<Answer, String> {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        self.send(
            Method::POST,
            path,
            "application/x-www-form-urlencoded",
            body.join("&"),
        )
        .await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> Result<Answer, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.address);
        if !kind.is_empty() {
            request = request
                .header(CONTENT_TYPE, kind)
                .header("accept", "application/json");
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(etag) = self.pages.get(path) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(takes) = self.takes {
            request = request.header(ACCEPT_ENCODING, takes);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let response = self
            .connection()
            .await?
            .send_request(request)
            .await
            .map_err(|error| error.to_string());
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                self.connection = None;
                return Err(error);
            }
        };
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie
                .to_str()
                .unwrap_or_default()
                .split(';')
                .next()
                .unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let etag = response.headers().get(ETAG);
        let etag = etag
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        Ok(Answer {
            status,
            location,
            etag,
            body,
        })
    }

    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(&self.address)
                .await
                .map_err(|error| error.to_string())?;
            stream
                .set_nodelay(true)
                .map_err(|error| error.to_string())?;
            let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .map_err(|error| error.to_string())?;
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        let connection = self
            .connection
            .as_mut()
            .ok_or_else(|| "no connection".to_owned())?;
        connection
            .ready()
            .await
            .map_err(|error| error.to_string())?;
        Ok(connection)
    }
}

/// `text` as a form's value (application/x-www-form-urlencoded).
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
