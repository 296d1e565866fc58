//! The command line and its environment variables.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

/// A payment provider for development and tests. It answers Stripe's HTTP API under /v1, shows a payment page under
/// /pay, sends signed webhooks, and is steered under /simulator (dashboard: /simulator/dashboard).
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Settings {
    /// Where to listen: a loopback address; port 0 takes a free one.
    #[arg(long, env = "SIMULATOR_ADDRESS", default_value = "127.0.0.1:4242")]
    pub address: SocketAddr,

    /// The ledger: a file of JSON lines, only ever appended to, replayed at start.
    #[arg(long, env = "SIMULATOR_LEDGER")]
    pub ledger: PathBuf,

    /// Where events are sent. Without it they wait until one is set.
    #[arg(long, env = "SIMULATOR_WEBHOOK_URL")]
    pub webhook_url: Option<reqwest::Url>,

    /// The API's secret key.
    #[arg(
        long,
        env = "SIMULATOR_SECRET_KEY",
        default_value = "sk_test_simulator",
        hide_env_values = true
    )]
    pub secret_key: String,

    /// The secret that webhooks are signed with.
    #[arg(
        long,
        env = "SIMULATOR_WEBHOOK_SECRET",
        default_value = "whsec_simulator",
        hide_env_values = true
    )]
    pub webhook_secret: String,

    /// The origin used in answers, when it is not the listening address.
    #[arg(long, env = "SIMULATOR_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// The shop's name on the payment page.
    #[arg(long, env = "SIMULATOR_SHOP_NAME", default_value = "Rialto")]
    pub shop_name: String,

    /// How often an event is tried before it is given up (it is tried again after a restart).
    #[arg(long, env = "SIMULATOR_WEBHOOK_ATTEMPTS", default_value_t = 20)]
    pub webhook_attempts: u32,

    /// Only events of these types are sent, as an endpoint's `enabled_events` would say; all when empty.
    #[arg(long, env = "SIMULATOR_WEBHOOK_EVENTS", value_delimiter = ',')]
    pub webhook_events: Vec<String>,
}
