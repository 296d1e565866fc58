//! A line in front of what needs PostgreSQL. Past what it can take, a request waits its turn, first come first served, for a
//! short time; past what can wait, it is told so at once. Without it, all would queue for a connection, and many until their
//! time was over.

use crate::guard;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use metrics::counter;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many at once for each connection: while some use theirs, the others work on what they read, or wait for a provider.
const PER_CONNECTION: usize = 4;

/// What asks a payment provider, too, and waits for it without a connection.
const ASK_OUTSIDE: [&str; 5] = [
    "/{storefront}/checkout",
    "/{storefront}/checkout/return",
    "/{storefront}/orders/{number}/{token}/pay",
    "/webhooks/{provider}",
    "/webhooks/easypost",
];

/// Two lines: one must not wait for a provider that somebody else asks.
#[derive(Clone)]
pub struct Gate(Arc<[Line; 2]>);

struct Line {
    /// Tokio's semaphore is fair: who came first is let in first.
    places: Semaphore,
    waiting: Semaphore,
}

impl Line {
    fn new(at_once: usize, in_line: usize) -> Self {
        Self {
            places: Semaphore::new(at_once.max(1)),
            waiting: Semaphore::new(in_line.max(1)),
        }
    }
}

impl Gate {
    /// For a pool of `connections`. Both lines together stay below the `requests` that may run at once, so that pages from
    /// memory are served whatever stands in line.
    pub fn new(connections: u32, requests: usize) -> Self {
        let quarter = requests / 4;
        let connections = usize::try_from(connections).unwrap_or(usize::MAX);
        let at_once = connections.saturating_mul(PER_CONNECTION).min(quarter);
        Self(Arc::new([
            Line::new(at_once, quarter),
            Line::new(at_once, quarter),
        ]))
    }

    fn line(&self, path: &str) -> &Line {
        let [inside, outside] = &*self.0;
        if ASK_OUTSIDE.contains(&path) {
            outside
        } else {
            inside
        }
    }
}

/// Lets a request in when it is its turn.
pub async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let line = gate.line(path.map(MatchedPath::as_str).unwrap_or_default());
    let Ok(waiting) = line.waiting.try_acquire() else {
        return refuse("the line is full");
    };
    let Ok(Ok(_place)) = tokio::time::timeout(PATIENCE, line.places.acquire()).await else {
        return refuse("its turn did not come in time");
    };
    drop(waiting);
    next.run(request).await
}

fn refuse(why: &'static str) -> Response {
    counter!("rialto_refused_total", "why" => why).increment(1);
    guard::busy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http::StatusCode;
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
    use tower::ServiceExt;

    /// A shop with a door that its test opens, one request at a time.
    fn shop(gate: &Gate, began: UnboundedSender<String>, door: Arc<Semaphore>) -> Router {
        let answer = move |uri: http::Uri| async move {
            let _ = began.send(uri.query().unwrap_or_default().to_owned());
            if let Ok(permit) = door.acquire().await {
                permit.forget();
            }
            "done"
        };
        Router::new()
            .route("/api/cart/change", get(answer.clone()))
            .route("/webhooks/{provider}", get(answer))
            .layer(from_fn_with_state(gate.clone(), admit))
    }

    async fn ask(shop: Router, path: String) -> StatusCode {
        let request = Request::get(path).body(Body::empty()).unwrap();
        shop.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn who_came_first_is_served_first_and_past_the_line_nobody_waits() {
        // One at once, and two in line.
        let gate = Gate(Arc::new([Line::new(1, 2), Line::new(1, 1)]));
        let (began, mut begun) = unbounded_channel();
        let door = Arc::new(Semaphore::new(0));
        let shop = shop(&gate, began, door.clone());
        let mut asked = Vec::new();
        for number in 0..3 {
            let (shop, path) = (shop.clone(), format!("/api/cart/change?{number}"));
            asked.push(tokio::spawn(ask(shop, path)));
            // The first is inside, or one more stands in line.
            let left = [2, 1, 0][number];
            while gate.0[0].waiting.available_permits() != left || begun.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        let refused = ask(shop.clone(), "/api/cart/change?late".to_owned()).await;
        assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
        // The other line is another.
        let other = tokio::spawn(ask(shop, "/webhooks/stripe?other".to_owned()));
        assert_eq!(begun.recv().await.as_deref(), Some("0"));
        assert_eq!(begun.recv().await.as_deref(), Some("other"));
        door.add_permits(4);
        for one in asked {
            assert_eq!(one.await.unwrap(), StatusCode::OK);
        }
        assert_eq!(other.await.unwrap(), StatusCode::OK);
        assert_eq!(begun.recv().await.as_deref(), Some("1"));
        assert_eq!(begun.recv().await.as_deref(), Some("2"));
    }

    #[test]
    fn pages_from_memory_have_room_whatever_stands_in_line() {
        let all = |gate: &Gate| -> usize {
            let lines = gate.0.iter();
            lines
                .map(|line| line.places.available_permits() + line.waiting.available_permits())
                .sum()
        };
        let gate = Gate::new(24, 1024);
        assert_eq!(gate.0[0].places.available_permits(), 96);
        assert_eq!(gate.0[1].places.available_permits(), 96);
        assert!(all(&gate) < 1024);
        // Small limits still let somebody in.
        assert_eq!(all(&Gate::new(1, 1)), 4);
    }
}
