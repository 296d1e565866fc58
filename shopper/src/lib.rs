//! A browser without a script: reads forms from pages, sends them, keeps its own cookies. For tests and for the fault harness.
//!
//! Nothing here fails a test: that a request was not answered is an answer too ([`Lost`]).

pub mod crooked;
pub mod form;
pub mod html;

pub use form::{Form, encoded};

use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A request that was not answered, or not to the end: nobody knows what became of it.
#[derive(Clone, Debug)]
pub struct Lost(pub String);

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Where it leads; empty when it leads nowhere.
    pub location: String,
    /// In how many seconds to ask again (`Retry-After`); empty when it does not say.
    pub retry_after: String,
    pub text: String,
}

impl Answer {
    /// What a person reads of a page.
    #[must_use]
    pub fn words(&self) -> String {
        html::text(&self.text)
    }
}

/// A shopper with cookies of their own, on connections that shoppers may share.
pub struct Shopper {
    pub origin: String,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// Connections for many shoppers: redirects are followed by hand, and no answer is waited for longer than `limit`.
///
/// # Errors
/// When TLS can't be set up.
pub fn client(limit: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(limit)
        .build()
}

impl Shopper {
    /// Someone who has never been at the shop that listens at `origin`.
    #[must_use]
    pub fn new(origin: &str, client: reqwest::Client) -> Self {
        Self {
            origin: origin.to_owned(),
            client,
            cookies: Mutex::default(),
        }
    }

    /// The same browser in another tab: the same cookies from here on until one of both is told others.
    #[must_use]
    pub fn tab(&self) -> Self {
        let tab = Self::new(&self.origin, self.client.clone());
        *tab.jar() = self.jar().clone();
        tab
    }

    /// The value of the `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self
            .jar()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// GET. A path stands for the shop's; another origin gets no cookies.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn get(&self, to: &str) -> Result<Answer, Lost> {
        self.send(Method::GET, to, None).await
    }

    /// Sends a form as it is.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn submit(&self, form: &Form) -> Result<Answer, Lost> {
        let body = (form.body(), "application/x-www-form-urlencoded");
        self.send(Method::POST, &form.action, Some(body)).await
    }

    /// Calls a server function.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn call(&self, endpoint: &str, arguments: &Value) -> Result<Answer, Lost> {
        let body = (arguments.to_string(), "application/json");
        self.send(Method::POST, endpoint, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        to: &str,
        body: Option<(String, &str)>,
    ) -> Result<Answer, Lost> {
        let is_ours = to.starts_with('/') || to.starts_with(&format!("{}/", self.origin));
        let url = if to.starts_with('/') {
            format!("{}{to}", self.origin)
        } else {
            to.to_owned()
        };
        let mut request = self.client.request(method, &url);
        if let Some((body, kind)) = body {
            request = request
                .header("content-type", kind)
                .header("sec-fetch-site", "same-origin")
                .body(body);
            if kind.ends_with("json") {
                request = request.header("accept", "application/json");
            }
        }
        let cookies = self.cookies();
        if is_ours && !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let lost = |error: reqwest::Error| Lost(format!("{url}: {error:?}"));
        let response = request.send().await.map_err(lost)?;
        if is_ours {
            for cookie in response.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().unwrap_or_default().split(';').next();
                if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                    self.jar().insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let header = |name| {
            let value = response.headers().get(name);
            let text = value.and_then(|value| value.to_str().ok());
            text.unwrap_or_default().to_owned()
        };
        Ok(Answer {
            status: response.status().as_u16(),
            location: header(LOCATION),
            retry_after: header(RETRY_AFTER),
            text: response.text().await.map_err(lost)?,
        })
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
