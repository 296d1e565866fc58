//! The access token: <https://developer.paypal.com/api/rest/authentication/>.

use super::read;
use crate::payment::provider::ProviderError;
use reqwest::Client;
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A token is renewed so long before it ends, or at half of its life when that is shorter.
const MARGIN: Duration = Duration::from_secs(60);

/// Fetches tokens, one at a time, and keeps the newest until it ends.
pub(super) struct Tokens {
    url: String,
    client_id: String,
    client_secret: String,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds.
    expires_in: u64,
}

impl Tokens {
    pub(super) fn new(url: &str, client_id: String, client_secret: String) -> Self {
        Self {
            url: format!("{url}/v1/oauth2/token"),
            client_id,
            client_secret,
            kept: Mutex::new(None),
        }
    }

    /// # Errors
    /// [`ProviderError`].
    pub(super) async fn get(&self, client: &Client) -> Result<String, ProviderError> {
        self.other_than(client, None).await
    }

    /// Another token than `old`, which PayPal did not take any more.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(super) async fn renew(&self, client: &Client, old: &str) -> Result<String, ProviderError> {
        self.other_than(client, Some(old)).await
    }

    async fn other_than(
        &self,
        client: &Client,
        old: Option<&str>,
    ) -> Result<String, ProviderError> {
        // Held while it is fetched: whoever comes meanwhile wants the same one.
        let mut kept = self.kept.lock().await;
        let usable = kept
            .as_ref()
            .filter(|kept| kept.until > Instant::now() && Some(kept.token.as_str()) != old);
        if let Some(kept) = usable {
            return Ok(kept.token.clone());
        }
        let request = client
            .post(&self.url)
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&[("grant_type", "client_credentials")]);
        let granted: Granted = read(request).await?.success()?;
        let life = Duration::from_secs(granted.expires_in);
        let margin = MARGIN.min(life / 2);
        *kept = Some(Kept {
            token: granted.access_token.clone(),
            until: Instant::now() + (life - margin),
        });
        Ok(granted.access_token)
    }
}
