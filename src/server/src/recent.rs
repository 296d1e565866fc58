//! Whoever changed something sees it at once, on whatever instance they ask next: for a minute their browser remembers when
//! they did. A page from memory waits until this instance has heard of all that committed by then; other pages are read from
//! the primary until the replica has it.
//!
//! What belongs to a shopper alone needs none of it: carts, wish lists, checkouts and orders are always read from the primary.

use crate::cache::Asker;
use crate::pulse::{Beat, Pulse};
use crate::signal::Signal;
use app::App;
use app::cookie::Cookie;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Method};
use std::time::Duration;
use time::OffsetDateTime;

/// How long a page waits until this instance has heard what is needed: two looks at PostgreSQL.
const PATIENCE: Duration = Duration::from_millis(500);
/// Instances know PostgreSQL's time to within a fraction of this.
const MARGIN: Duration = Duration::from_millis(50);
/// What was changed before this is everywhere.
const RECENT: Duration = Duration::from_secs(60);

/// What is needed to see to it.
#[derive(Clone)]
pub struct Recent {
    pub app: App,
    pub pulse: Pulse,
    pub signal: Signal,
}

impl Recent {
    /// When this browser last changed something that others may see; None when that is long ago.
    pub fn wrote(&self, headers: &HeaderMap) -> Option<OffsetDateTime> {
        let millis: i64 = Cookie::Wrote.read(&self.app, headers)?.parse().ok()?;
        let now = self.app.shop.clock.now();
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?;
        // A time to come is nobody's: nobody shall wait for it.
        let is_recent = at <= now + MARGIN && at >= now - RECENT;
        is_recent.then_some(at)
    }

    /// Who asks for a public page, once this instance has heard of what they changed, or a moment later.
    pub async fn asker(&self, headers: &HeaderMap) -> Asker {
        let Some(at) = self.wrote(headers) else {
            return Asker::Anyone;
        };
        if self.pulse.has_heard(at) {
            return Asker::Writer;
        }
        if self.pulse.beat() == Beat::Lost {
            // Nothing else can be shown.
            return Asker::Anyone;
        }
        self.signal.look();
        match tokio::time::timeout(PATIENCE, self.pulse.heard(at)).await {
            Ok(()) => Asker::Writer,
            Err(_) => Asker::EarlyWriter,
        }
    }
}

/// Remembers who changed something, and reads nothing older for them.
pub async fn remember(State(recent): State<Recent>, request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET
        && request.method() != Method::HEAD
        && request
            .extensions()
            .get::<MatchedPath>()
            .is_some_and(|path| shows_elsewhere(path.as_str()));
    let wrote = recent.wrote(request.headers());
    let answering = next.run(request);
    let mut response = match wrote {
        Some(at) => shop::read::not_before(at, answering).await,
        None => answering.await,
    };
    let status = response.status();
    if changes && (status.is_success() || status.is_redirection()) {
        recent.signal.changed();
        let at = (recent.app.shop.clock.now() + MARGIN).unix_timestamp_nanos() / 1_000_000;
        let cookie = Cookie::Wrote.write(&recent.app, &at.to_string());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

/// Whether what is sent to this route can change what pages show. A cart does not, and has a version of its own; a wish list is
/// always read from the primary; the functions of pages (`/api/…`, also of a storefront) only ask or count, or are about the
/// cart; webhooks come from no browser.
fn shows_elsewhere(route: &str) -> bool {
    !route.contains("/cart")
        && !route.contains("/wishlist")
        && !route.contains("/api/")
        && !route.starts_with("/webhooks/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placing_an_order_shows_elsewhere_and_a_cart_does_not() {
        for route in [
            "/{storefront}/checkout",
            "/{storefront}/orders/{number}/{token}/pay",
        ] {
            assert!(shows_elsewhere(route), "{route}");
        }
        for route in [
            "/{storefront}/cart/lines",
            "/api/{*function}",
            "/{storefront}/api/click",
            "/{storefront}/wishlist",
            "/webhooks/{provider}",
        ] {
            assert!(!shows_elsewhere(route), "{route}");
        }
    }
}
