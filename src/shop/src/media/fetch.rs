//! Pictures that lie elsewhere, as an import names them.

use super::refusal::{MOST_BYTES, Refusal};
use crate::Broken;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const FETCH_WITHIN: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: usize = 3;

/// Which addresses pictures may be fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet: what a file of products says must not reach into the shop's own network.
    Public,
    Any,
}

/// Fetches pictures.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    reach: Reach,
}

/// Why there is no picture.
#[derive(Debug)]
pub enum NotFetched {
    /// It would be the same another time.
    ForGood(String),
    /// Later it may be there.
    Now(Broken),
}

impl From<Refusal> for NotFetched {
    fn from(refusal: Refusal) -> Self {
        Self::ForGood(refusal.to_string())
    }
}

impl Fetcher {
    /// # Errors
    /// [`Broken`] when there is no TLS to be had.
    pub fn new(reach: Reach) -> Result<Self, Broken> {
        let follow = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > MOST_REDIRECTS {
                attempt.error("too many redirects")
            } else if !may_ask(reach, attempt.url()) {
                attempt.error("redirected to an address that is not public")
            } else {
                attempt.follow()
            }
        });
        let mut client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(FETCH_WITHIN)
            .redirect(follow)
            // Those of Mozilla, as everywhere else in the shop; reading the machine's takes its time at each start.
            .tls_built_in_native_certs(false)
            .no_proxy();
        if reach == Reach::Public {
            client = client.dns_resolver(Arc::new(PublicOnly));
        }
        let client = client
            .build()
            .map_err(|error| Broken::Other(error.to_string()))?;
        Ok(Self { client, reach })
    }

    /// What lies there, as long as it is no larger than a picture may be.
    pub async fn fetch(&self, url: &str) -> Result<Vec<u8>, NotFetched> {
        let place = Url::parse(url)
            .map_err(|error| NotFetched::ForGood(format!("{url} is no address: {error}")))?;
        if !may_ask(self.reach, &place) {
            return Err(NotFetched::ForGood(
                "its address is not a public one (setting `media_fetch`)".to_owned(),
            ));
        }
        let later = |error: reqwest::Error| {
            let error = error.without_url();
            NotFetched::Now(Broken::Other(describe(&error)))
        };
        let mut answer = self.client.get(place).send().await.map_err(later)?;
        let status = answer.status();
        let is_passing = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        if is_passing {
            let error = format!("its server answered {status}");
            return Err(NotFetched::Now(Broken::Other(error)));
        }
        if !status.is_success() {
            let error = format!("its server answered {status}");
            return Err(NotFetched::ForGood(error));
        }
        if let Some(bytes) = answer.content_length().filter(|&bytes| bytes > MOST_BYTES) {
            return Err(Refusal::TooLarge { bytes }.into());
        }
        let mut file = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(later)? {
            file.extend_from_slice(&chunk);
            let bytes = file.len() as u64;
            if bytes > MOST_BYTES {
                return Err(Refusal::TooLarge { bytes }.into());
            }
        }
        Ok(file)
    }
}

/// The whole chain: reqwest's own text alone says nothing.
fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Names are looked at when they are resolved; numbers never are.
fn may_ask(reach: Reach, url: &Url) -> bool {
    if !matches!(url.scheme(), "http" | "https") {
        return false;
    }
    let host = url.host_str().unwrap_or_default();
    let number: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    reach == Reach::Any || number.ok().is_none_or(is_public)
}

/// Resolves a name to its public addresses alone, so that none that was looked at can be another when it is asked.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|place| is_public(place.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries: RFC 6890 and its followers).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(address) = address.to_ipv4_mapped() {
        return is_public_v4(address);
    }
    // Only 2000::/3 is given out; in it, 2001::/23 and 2001:db8::/32 are for protocols and books, and 2002::/16 holds an
    // address of the older kind.
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_asked() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("93.184.216.34", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("198.18.0.1", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("fe80::1", false),
            ("fd00::1", false),
            ("64:ff9b::a00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("2606:4700:4700::1111", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
            let host = if address.contains(':') {
                format!("[{address}]")
            } else {
                address.to_owned()
            };
            let url: Url = format!("http://{host}/a.jpg").parse().unwrap();
            assert_eq!(may_ask(Reach::Public, &url), public, "{url}");
            assert!(may_ask(Reach::Any, &url), "{url}");
        }
        // Numbers in disguise: the parser sees through them.
        for url in ["http://2130706433/", "http://0x7f.1/", "http://127.1/"] {
            assert!(!may_ask(Reach::Public, &url.parse().unwrap()), "{url}");
        }
        assert!(!may_ask(Reach::Any, &"file:///etc/passwd".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_asked() {
        let fetcher = Fetcher::new(Reach::Public).unwrap();
        let asked = fetcher.fetch("http://localhost:1/a.jpg").await.unwrap_err();
        let NotFetched::Now(error) = asked else {
            panic!("{asked:?}");
        };
        assert!(error.to_string().contains("no public address"), "{error}");
    }
}
