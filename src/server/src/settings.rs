//! Settings: `Leptos.toml`, overridden by `RIALTO_*`, `DATABASE_URL`, `DATABASE_READ_URL` and `REDIS_URL`.
//!
//! A wrong setting stops the start with one line that names the key.

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;
use shop::payment::{Methods, Routes};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Every setting. The documentation of each stands in `Leptos.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub address: SocketAddr,
    pub public_url: String,
    pub database_url: String,
    #[serde(default)]
    pub database_read_url: Option<String>,
    /// Connections to the primary, at most.
    pub database_connections: u32,
    #[serde(default)]
    pub redis_url: Option<String>,
    pub site_root: PathBuf,
    pub media_root: PathBuf,
    pub media_folder: PathBuf,
    pub media_fetch: String,
    #[serde(default)]
    pub media_s3_bucket: Option<String>,
    #[serde(default)]
    pub media_s3_endpoint: Option<String>,
    pub media_s3_region: String,
    #[serde(default)]
    pub media_s3_access_key: Option<String>,
    #[serde(default)]
    pub media_s3_secret_key: Option<String>,
    pub demo_folder: PathBuf,
    pub search_root: PathBuf,
    pub page_cache_mb: u64,
    pub card_cache_mb: u64,
    pub search_answers_mb: u64,
    /// Seconds.
    pub cdn_seconds: u32,
    pub workers: bool,
    pub max_connections: usize,
    pub max_requests: usize,
    /// Seconds.
    pub request_timeout: u64,
    /// Bytes.
    pub max_body: usize,
    pub mail_from: String,
    pub mail_folder: PathBuf,
    #[serde(default)]
    pub smtp_url: Option<String>,
    pub stripe_url: String,
    pub stripe_checkout_origin: String,
    #[serde(default)]
    pub stripe_secret_key: Option<String>,
    #[serde(default)]
    pub stripe_webhook_secret: Option<String>,
    pub easypost_url: String,
    #[serde(default)]
    pub easypost_key: Option<String>,
    #[serde(default)]
    pub easypost_webhook_secret: Option<String>,
    pub paypal_url: String,
    pub paypal_checkout_origin: String,
    #[serde(default)]
    pub paypal_client_id: Option<String>,
    #[serde(default)]
    pub paypal_client_secret: Option<String>,
    #[serde(default)]
    pub paypal_webhook_id: Option<String>,
    pub payment_routes: String,
    pub payment_methods: String,
    /// Milliseconds.
    pub payment_patience: u64,
    #[serde(default)]
    pub metrics_token: Option<String>,
    pub development: bool,
    #[serde(default)]
    pub reload_port: Option<u16>,
    pub log: String,
}

/// The payment providers that this program has adapters for.
const PROVIDERS: [&str; 2] = ["stripe", "paypal"];

/// What orders can be paid by: each has a text that shoppers read, `checkout-by-…`.
const METHODS: [&str; 4] = ["card", "paypal", "klarna", "sepa_debit"];

/// What stands in `Leptos.toml` when there is no such file: the same text, embedded.
const DEFAULTS: &str = include_str!("../../../Leptos.toml");

/// A setting that can't be used; the text is one line and names the key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongSetting(String);

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`WrongSetting`] for an unknown key, a missing one, or a value that does not fit.
    pub fn load() -> Result<Self, WrongSetting> {
        Self::from_sources(std::env::vars().collect())
    }

    fn from_sources(env: std::collections::HashMap<String, String>) -> Result<Self, WrongSetting> {
        let plain = |name: &str, key: &str| {
            env.get(name)
                .filter(|value| !value.is_empty())
                .map(|value| (key.to_owned(), value.clone()))
        };
        let urls = [
            plain("DATABASE_URL", "database_url"),
            plain("DATABASE_READ_URL", "database_read_url"),
            plain("REDIS_URL", "redis_url"),
        ];
        let ours = env
            .iter()
            .filter(|(name, value)| name.starts_with("RIALTO_") && !value.is_empty());
        let ours = ours
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut builder = Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .add_source(File::new("Leptos.toml", FileFormat::Toml).required(false))
            .add_source(
                Environment::with_prefix("RIALTO")
                    .prefix_separator("_")
                    .try_parsing(true)
                    .source(Some(ours)),
            );
        for (key, value) in urls.into_iter().flatten() {
            builder = builder
                .set_override(key, value)
                .map_err(|error| WrongSetting(error.to_string()))?;
        }
        let settings: Self =
            builder
                .build()
                .and_then(Config::try_deserialize)
                .map_err(|error| {
                    WrongSetting(format!("wrong setting: {}", one_line(&error.to_string())))
                })?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), WrongSetting> {
        let wrong =
            |key: &str, what: &str| Err(WrongSetting(format!("wrong setting `{key}`: {what}")));
        let is_http = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        if !self.database_url.starts_with("postgres") {
            return wrong(
                "database_url",
                "give DATABASE_URL as postgres://user@host:port/database",
            );
        }
        if !is_http(&self.public_url) || self.public_url.ends_with('/') {
            return wrong(
                "public_url",
                "an http(s) origin without a slash at the end, such as https://shop.example",
            );
        }
        if !is_http(&self.stripe_url) {
            return wrong(
                "stripe_url",
                "an http(s) URL, such as https://api.stripe.com",
            );
        }
        if !is_http(&self.stripe_checkout_origin) {
            return wrong(
                "stripe_checkout_origin",
                "an http(s) origin, such as https://checkout.stripe.com",
            );
        }
        if !is_http(&self.easypost_url) {
            return wrong(
                "easypost_url",
                "an http(s) URL, such as https://api.easypost.com",
            );
        }
        if !is_http(&self.paypal_url) {
            return wrong(
                "paypal_url",
                "an http(s) URL, such as https://api-m.paypal.com",
            );
        }
        if !is_http(&self.paypal_checkout_origin) {
            return wrong(
                "paypal_checkout_origin",
                "an http(s) origin, such as https://www.paypal.com",
            );
        }
        if !matches!(&*self.media_fetch, "public" | "any" | "off") {
            return wrong("media_fetch", "public, any or off");
        }
        if self.media_folder.starts_with(&self.media_root) {
            return wrong(
                "media_folder",
                "it lies in media_root, which is served as it is; originals are not for everyone",
            );
        }
        if self.media_s3_bucket.is_some() {
            if self.media_s3_access_key.is_none() {
                return wrong("media_s3_access_key", "a bucket wants a key");
            }
            if self.media_s3_secret_key.is_none() {
                return wrong("media_s3_secret_key", "a bucket wants a key");
            }
        }
        let endpoint = self.media_s3_endpoint.as_deref();
        if endpoint.is_some_and(|endpoint| !is_http(endpoint)) {
            return wrong(
                "media_s3_endpoint",
                "an http(s) URL, such as https://s3.example",
            );
        }
        if self.paypal_client_id.is_some() != self.paypal_client_secret.is_some() {
            return wrong(
                "paypal_client_secret",
                "paypal_client_id and paypal_client_secret are given together",
            );
        }
        let routes = self.payment_routes.parse::<Routes>();
        let routes = routes
            .map_err(|error| WrongSetting(format!("wrong setting `payment_routes`: {error}")))?;
        if let Some(name) = routes.names().find(|name| !PROVIDERS.contains(name)) {
            let what = format!("{name:?} is none of {}", PROVIDERS.join(", "));
            return wrong("payment_routes", &what);
        }
        let methods = self.payment_methods.parse::<Methods>();
        let methods = methods
            .map_err(|error| WrongSetting(format!("wrong setting `payment_methods`: {error}")))?;
        for (mut names, known) in [
            (methods.providers().collect::<Vec<_>>(), &PROVIDERS[..]),
            (methods.names().collect(), &METHODS[..]),
        ] {
            names.retain(|name| !known.contains(name));
            if let Some(name) = names.first() {
                let what = format!("{name:?} is none of {}", known.join(", "));
                return wrong("payment_methods", &what);
            }
        }
        if self.payment_patience == 0 {
            return wrong("payment_patience", "at least 1 millisecond");
        }
        if self.database_connections == 0 {
            return wrong("database_connections", "at least 1");
        }
        if self.max_requests == 0 || self.max_connections == 0 {
            return wrong(
                "max_requests",
                "max_requests and max_connections are at least 1",
            );
        }
        if self.request_timeout == 0 {
            return wrong("request_timeout", "at least 1 second");
        }
        Ok(())
    }

    /// The origins of the payment providers' pages.
    pub fn checkout_origins(&self) -> Vec<&str> {
        let paypal = self.paypal_client_id.as_ref();
        let mut origins = vec![self.stripe_checkout_origin.as_str()];
        origins.extend(paypal.map(|_| self.paypal_checkout_origin.as_str()));
        origins.dedup();
        origins
    }

    /// Whether cookies may promise a secure connection: https, or plain http on loopback.
    pub fn secure_cookies(&self) -> bool {
        let host = self
            .public_url
            .strip_prefix("http://")
            .map(|rest| rest.split([':', '/']).next().unwrap_or_default());
        match host {
            None => true,
            Some(host) => {
                host == "localhost"
                    || host == "127.0.0.1"
                    || self.public_url.starts_with("http://[::1]")
            }
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Settings, WrongSetting> {
        let database = ("DATABASE_URL", "postgres://shop@localhost/shop");
        Settings::from_sources(
            pairs
                .iter()
                .chain([&database])
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_file_s_values_are_overridden_by_the_environment() {
        let settings = with(&[
            ("RIALTO_ADDRESS", "127.0.0.1:4000"),
            ("REDIS_URL", "redis://127.0.0.1:1"),
        ])
        .unwrap();
        assert_eq!(settings.address.port(), 4000);
        assert_eq!(settings.redis_url.as_deref(), Some("redis://127.0.0.1:1"));
    }

    #[test]
    fn a_wrong_setting_is_one_line_that_names_the_key() {
        for (key, value, named) in [
            ("RIALTO_ADDRESS", "nowhere", "address"),
            (
                "RIALTO_DATABASE_CONNECTIONS",
                "many",
                "database_connections",
            ),
            ("RIALTO_PUBLIC_URL", "shop.example", "public_url"),
            ("RIALTO_COLOUR", "blue", "colour"),
            ("RIALTO_REQUEST_TIMEOUT", "0", "request_timeout"),
            ("RIALTO_PAYMENT_ROUTES", "stripe, cash", "payment_routes"),
            ("RIALTO_PAYMENT_ROUTES", "the-us: stripe", "payment_routes"),
            ("RIALTO_PAYMENT_METHODS", "stripe", "payment_methods"),
            ("RIALTO_PAYMENT_METHODS", "cash: card", "payment_methods"),
            ("RIALTO_PAYMENT_METHODS", "stripe: cash", "payment_methods"),
            ("RIALTO_PAYMENT_PATIENCE", "0", "payment_patience"),
            ("RIALTO_PAYPAL_URL", "paypal.com", "paypal_url"),
            ("RIALTO_PAYPAL_CLIENT_ID", "shop", "paypal_client_secret"),
            ("RIALTO_MEDIA_FETCH", "all", "media_fetch"),
            ("RIALTO_MEDIA_FOLDER", "demo/media/own", "media_folder"),
            ("RIALTO_MEDIA_S3_BUCKET", "pictures", "media_s3_access_key"),
            (
                "RIALTO_MEDIA_S3_ENDPOINT",
                "minio:9000",
                "media_s3_endpoint",
            ),
        ] {
            let error = with(&[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn only_https_and_loopback_get_secure_cookies() {
        for (url, secure) in [
            ("https://shop.example", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost", true),
            ("http://192.168.0.7", false),
        ] {
            assert_eq!(
                with(&[("RIALTO_PUBLIC_URL", url)])
                    .unwrap()
                    .secure_cookies(),
                secure,
                "{url}"
            );
        }
    }
}
