//! A browser without a script: cookies, forms, redirects followed by hand; and what a shopper does with it.

mod answer;
mod form;
mod shopping;

pub use answer::Answer;
pub use form::Form;
pub use shopper::encoded;
pub use shopper::html::tags;
pub use shopping::{ADA, Checkout, Paying, order_number};

use reqwest::Method;
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A shopper with cookies of their own.
pub struct Shopper {
    pub origin: String,
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Shopper {
    /// Someone at the shop that listens there.
    pub fn new(origin: &str) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            origin: origin.to_owned(),
            client: client.expect("a client"),
            cookies: Mutex::default(),
        }
    }

    /// The same browser at another instance of the shop.
    pub fn at(&self, origin: &str) -> Self {
        let other = Self::new(origin);
        *other.cookies.lock().unwrap() = self.cookies();
        other
    }

    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_owned());
    }

    /// GET. A path stands for the shop's; another origin gets no cookies.
    pub async fn get(&self, to: &str) -> Answer {
        self.send(Method::GET, to, &[], None).await
    }

    /// The same with headers.
    pub async fn get_with(&self, to: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, to, headers, None).await
    }

    /// Posts a form, as a page of the shop does.
    pub async fn post(&self, to: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_raw(to, encoded(fields)).await
    }

    /// The same with a body as it is.
    pub async fn post_raw(&self, to: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, to, &headers, Some(body.into()))
            .await
    }

    /// Calls a server function.
    pub async fn call(&self, endpoint: &str, arguments: Value) -> Answer {
        self.call_raw(endpoint, arguments.to_string()).await
    }

    /// The same with a body as it is.
    pub async fn call_raw(&self, endpoint: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, endpoint, &headers, Some(body.into()))
            .await
    }

    /// Follows a redirect, as browsers follow a 303: by GET.
    pub async fn follow(&self, answer: &Answer) -> Answer {
        assert!(
            matches!(answer.status, 302 | 303 | 307),
            "no redirect: {answer}"
        );
        self.get(answer.header(LOCATION.as_str())).await
    }

    /// Any request. Cookies are kept, and held to what every cookie of the shop must promise.
    pub async fn send(
        &self,
        method: Method,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let is_ours = to.starts_with('/') || to.starts_with(&format!("{}/", self.origin));
        let url = if to.starts_with('/') {
            format!("{}{to}", self.origin)
        } else {
            to.to_owned()
        };
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            all.append(
                name,
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        if is_ours && !self.cookies().is_empty() {
            let pairs: Vec<String> = self
                .cookies()
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            all.insert(
                COOKIE,
                HeaderValue::from_str(&pairs.join("; ")).expect("cookies"),
            );
        }
        let mut request = self.client.request(method, &url).headers(all);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = match request.send().await {
            Ok(response) => Answer::read(response).await,
            Err(error) => panic!("{url} was not answered: {error:?}"),
        };
        if is_ours {
            for cookie in answer.headers.get_all(SET_COOKIE) {
                self.keep(cookie.to_str().expect("a cookie of ASCII"));
            }
        }
        answer
    }

    fn keep(&self, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .expect("name=value");
        let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        let has = |attribute: &str| attributes.iter().any(|found| found == attribute);
        let is_bound = name.starts_with("__Host-") && has("secure") && has("path=/");
        let is_closed = has("httponly") && has("samesite=lax");
        let is_wide = attributes.iter().any(|found| found.starts_with("domain"));
        assert!(
            is_bound && is_closed && !is_wide,
            "a cookie that promises too little: {cookie}"
        );
        self.set_cookie(name, value);
    }
}
