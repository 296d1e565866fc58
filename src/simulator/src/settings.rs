//! The command line and its environment variables.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

/// The world outside the shop, for development and tests. It answers the HTTP APIs of Stripe, PayPal and a
/// carrier (in EasyPost's style), shows payment pages, sends signed webhooks, and is steered under /simulator (dashboard: /simulator/dashboard).
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Settings {
    /// Where to listen: a loopback address; port 0 takes a free one.
    #[arg(long, env = "SIMULATOR_ADDRESS", default_value = "127.0.0.1:4242")]
    pub address: SocketAddr,

    /// The ledger: a file of JSON lines, only ever appended to, replayed at start.
    #[arg(long, env = "SIMULATOR_LEDGER")]
    pub ledger: PathBuf,

    /// Where events are sent; without it they wait until one is set. Where it ends in `/stripe`, the others' events go
    /// to `/paypal` and `/easypost` beside it; otherwise everybody's go there.
    #[arg(long, env = "SIMULATOR_WEBHOOK_URL")]
    pub webhook_url: Option<reqwest::Url>,

    /// Stripe's secret key.
    #[arg(
        long,
        env = "SIMULATOR_SECRET_KEY",
        default_value = "sk_test_simulator",
        hide_env_values = true
    )]
    pub secret_key: String,

    /// The secret that Stripe's webhooks are signed with.
    #[arg(
        long,
        env = "SIMULATOR_WEBHOOK_SECRET",
        default_value = "whsec_simulator",
        hide_env_values = true
    )]
    pub webhook_secret: String,

    /// PayPal's client id.
    #[arg(
        long,
        env = "SIMULATOR_PAYPAL_CLIENT_ID",
        default_value = "simulator-client"
    )]
    pub paypal_client_id: String,

    /// PayPal's client secret; webhooks are signed with it too.
    #[arg(
        long,
        env = "SIMULATOR_PAYPAL_CLIENT_SECRET",
        default_value = "simulator-secret",
        hide_env_values = true
    )]
    pub paypal_client_secret: String,

    /// The id of the webhook that PayPal's events are sent for.
    #[arg(
        long,
        env = "SIMULATOR_PAYPAL_WEBHOOK_ID",
        default_value = "WH-SIMULATOR"
    )]
    pub paypal_webhook_id: String,

    /// PayPal takes no second payment for one invoice id, as its accounts are set at first. Off, so that a shop which
    /// captures twice is seen.
    #[arg(long, env = "SIMULATOR_PAYPAL_ONE_PER_INVOICE")]
    pub paypal_one_per_invoice: bool,

    /// Every payment page is paid as soon as it is opened, for benchmarks; the control API can change it.
    #[arg(long, env = "SIMULATOR_AUTOPAY")]
    pub autopay: bool,

    /// The carrier's API key.
    #[arg(
        long,
        env = "SIMULATOR_CARRIER_KEY",
        default_value = "simulator-key",
        hide_env_values = true
    )]
    pub carrier_key: String,

    /// The secret that the carrier's webhooks are signed with.
    #[arg(
        long,
        env = "SIMULATOR_CARRIER_WEBHOOK_SECRET",
        default_value = "simulator-carrier",
        hide_env_values = true
    )]
    pub carrier_webhook_secret: String,

    /// The origin used in answers, when it is not the listening address.
    #[arg(long, env = "SIMULATOR_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// The shop's name on the payment page.
    #[arg(long, env = "SIMULATOR_SHOP_NAME", default_value = "Rialto")]
    pub shop_name: String,

    /// Makes a payment durable (fsync) before it is answered. Without it the ledger survives the end of the process, but
    /// not a power cut, and costs the disk that a benchmark measures nothing.
    #[arg(long, env = "SIMULATOR_FSYNC")]
    pub fsync: bool,

    /// How often an event is tried before it is given up (it is tried again after a restart).
    #[arg(long, env = "SIMULATOR_WEBHOOK_ATTEMPTS", default_value_t = 20)]
    pub webhook_attempts: u32,

    /// Only events of these types are sent, as an endpoint's `enabled_events` would say; all when empty.
    #[arg(long, env = "SIMULATOR_WEBHOOK_EVENTS", value_delimiter = ',')]
    pub webhook_events: Vec<String>,
}
