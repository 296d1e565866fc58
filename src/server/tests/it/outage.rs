//! PostgreSQL is away, or stands still: what is in memory is served, the rest is refused soon, and then it goes on.

use crate::browser::Shopper;
use crate::world::{Database, Server, World, eventually};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way to PostgreSQL is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Connections are lost, and none can be made.
    Cut,
    /// Connections live, and nothing moves on them.
    Still,
}

/// A way to PostgreSQL that can be cut, or stopped.
struct Way {
    address: String,
    state: watch::Sender<State>,
}

impl Way {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (state, is) = watch::channel(State::Open);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *is.borrow() != State::Cut {
                    tokio::spawn(lead(near, is.clone()));
                }
            }
        });
        Self { address, state }
    }

    /// A server of that world whose only way to PostgreSQL this is.
    fn server(&self, world: &World) -> Server {
        world.another_server(&[("DATABASE_URL", world.database.url_by(&self.address))])
    }
}

async fn lead(near: TcpStream, is: watch::Receiver<State>) {
    let Ok(far) = TcpStream::connect(Database::host()).await else {
        return;
    };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut cut = is.clone();
    tokio::select! {
        () = carry(near_in, far_out, is.clone()) => {}
        () = carry(far_in, near_out, is) => {}
        _ = cut.wait_for(|state| *state == State::Cut) => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut is: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let moves = is.wait_for(|state| *state != State::Still).await.is_ok();
        if !moves || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgresql_it_is_alive_but_not_ready_and_recovers() {
    let world = World::start().await;
    let way = Way::open().await;
    let cut_off = way.server(&world);
    let shopper: Shopper = world.shopper().at(&cut_off.origin);
    shopper.get("/readyz").await.expect(200);
    shopper.add(&world.variant("VASE").await, 1).await;
    let change =
        json!({ "kind": "add_line", "variant": world.variant("VASE").await, "quantity": 1 });
    way.state.send_replace(State::Cut);
    eventually("it is not ready", async || {
        shopper.get("/readyz").await.status == 503
    })
    .await;
    shopper.get("/healthz").await.expect(200);
    let refused = shopper
        .change("en-eu", &uuid::Uuid::now_v7().to_string(), change)
        .await
        .expect(503);
    assert!(
        refused.json()["message"]
            .as_str()
            .is_some_and(|message| message.contains("try again in a moment")),
        "{refused}"
    );
    shopper.get("/en-eu/checkout").await.expect(503);
    way.state.send_replace(State::Open);
    eventually("it is ready again", async || {
        shopper.get("/readyz").await.status == 200
    })
    .await;
    shopper
        .get("/en-eu/cart")
        .await
        .expect(200)
        .says("Dogana vase");
    shopper.place_as_ada().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_stands_still_pages_from_memory_are_served_and_the_rest_is_refused() {
    let world = World::start().await;
    let way = Way::open().await;
    let stuck = way.server(&world);
    let shopper: Shopper = world.shopper().at(&stuck.origin);
    let page = "/en-eu/product/dogana-vase";
    shopper.get(page).await.expect(200).says("Dogana vase");
    shopper.add(&world.variant("VASE").await, 1).await;
    for state in [State::Still, State::Cut] {
        way.state.send_replace(state);
        // It began before anybody knew, and is given up all the same.
        let waited = shopper.get("/en-eu/checkout").await.expect(503);
        assert_eq!(waited.header("cache-control"), "no-store", "{waited}");
        eventually("it knows", async || {
            let refused = shopper.get("/en-eu/cart").await;
            refused.status == 503
                && refused.header("retry-after") == "2"
                && refused
                    .words()
                    .contains("Your bag and your orders are safe")
        })
        .await;
        shopper.get(page).await.expect(200).says("Dogana vase");
        shopper.get("/healthz").await.expect(200);
        // Never seen, so it can't be had.
        shopper
            .get("/en-eu/product/one-left")
            .await
            .expect(503)
            .says("Back in a moment");
        way.state.send_replace(State::Open);
        eventually("it is ready again", async || {
            shopper.get("/readyz").await.status == 200
        })
        .await;
        shopper
            .get("/en-eu/cart")
            .await
            .expect(200)
            .says("Dogana vase");
    }
    // Nothing of what was given up is left on a session: it sells as before, and its pages change.
    shopper.get("/en-eu/product/one-left").await.expect(200);
    let other = world.shopper().at(&stuck.origin);
    other.add(&world.variant("ONE-LEFT").await, 1).await;
    other.place_as_ada().await;
    eventually("the page says that it is sold out", async || {
        let page = shopper.get("/en-eu/product/one-left").await.expect(200);
        page.words().contains("Sold out")
    })
    .await;
}
