//! Pictures that lie elsewhere, as an import names them.

use super::refusal::{MOST_BYTES, Refusal};
use crate::Broken;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Url, redirect};
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
    patience: Duration,
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
        Self::within(reach, FETCH_WITHIN)
    }

    /// One that waits no longer than `patience` for a whole picture.
    ///
    /// # Errors
    /// [`Broken`] when there is no TLS to be had.
    pub fn within(reach: Reach, patience: Duration) -> Result<Self, Broken> {
        Self::of(client(reach, patience), reach, patience)
    }

    fn of(client: ClientBuilder, reach: Reach, patience: Duration) -> Result<Self, Broken> {
        let client = client
            .build()
            .map_err(|error| Broken::Other(error.to_string()))?;
        Ok(Self {
            client,
            reach,
            patience,
        })
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
        let failed = |error: reqwest::Error| self.why(&error.without_url());
        let mut answer = self.client.get(place).send().await.map_err(failed)?;
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
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            file.extend_from_slice(&chunk);
            let bytes = file.len() as u64;
            if bytes > MOST_BYTES {
                return Err(Refusal::TooLarge { bytes }.into());
            }
        }
        Ok(file)
    }

    /// What whoever looks after pictures reads.
    fn why(&self, error: &reqwest::Error) -> NotFetched {
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            if let Some(led) = error.downcast_ref::<LedAstray>() {
                return NotFetched::ForGood(led.to_string());
            }
            source = error.source();
        }
        let text = if error.is_timeout() {
            let seconds = self.patience.as_secs_f32();
            format!("its server did not send it within {seconds} s")
        } else {
            describe(error)
        };
        NotFetched::Now(Broken::Other(text))
    }
}

/// Where a redirect led that is not followed.
#[derive(Debug, thiserror::Error)]
enum LedAstray {
    #[error("its address leads on to another one more than {MOST_REDIRECTS} times")]
    OnAndOn,
    #[error("its address leads on to {0}, which is no public http address (setting `media_fetch`)")]
    Inside(Url),
}

fn client(reach: Reach, patience: Duration) -> ClientBuilder {
    let follow = redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error(LedAstray::OnAndOn)
        } else if !may_ask(reach, attempt.url()) {
            let inside = attempt.url().clone();
            attempt.error(LedAstray::Inside(inside))
        } else {
            attempt.follow()
        }
    });
    let client = Client::builder()
        .connect_timeout(CONNECT_WITHIN)
        .timeout(patience)
        .redirect(follow)
        // Those of Mozilla, as everywhere else in the shop; reading the machine's takes its time at each start.
        .tls_built_in_native_certs(false)
        .no_proxy();
    match reach {
        Reach::Public => client.dns_resolver(Arc::new(PublicOnly)),
        Reach::Any => client,
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

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

    /// What is refused of an address that lies outside, for this test by name alone, and leads on.
    async fn led(to: &str) -> NotFetched {
        let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = outside.local_addr().unwrap();
        let head = format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let answering = tokio::spawn(async move {
            while let Ok((mut stream, _)) = outside.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(head.as_bytes()).await;
            }
        });
        let client = client(Reach::Public, FETCH_WITHIN).resolve("outside.example", place);
        let fetcher = Fetcher::of(client, Reach::Public, FETCH_WITHIN).unwrap();
        let url = format!("http://outside.example:{}/a.jpg", place.port());
        let refused = fetcher.fetch(&url).await.unwrap_err();
        answering.abort();
        refused
    }

    #[tokio::test]
    async fn nobody_is_led_inside() {
        for inside in [
            "http://127.0.0.1:1/a.jpg",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "ftp://outside.example/a.jpg",
        ] {
            let NotFetched::ForGood(why) = led(inside).await else {
                panic!("{inside} is asked again");
            };
            assert!(
                why.contains(inside) && why.contains("no public http address"),
                "{inside}: {why}"
            );
        }
        // By name: it is looked at when it is resolved.
        let NotFetched::Now(error) = led("http://localhost:1/a.jpg").await else {
            panic!("a name may lead elsewhere another day");
        };
        assert!(error.to_string().contains("no public address"), "{error}");
    }
}
