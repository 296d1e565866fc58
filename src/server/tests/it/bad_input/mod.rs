//! Every form and every server function with what it must refuse: the right status, a reason in words, and nothing changed.

mod bag;
mod checkout;
mod functions;
mod links;

use crate::browser::{Answer, Checkout, Shopper};
use crate::world::World;

/// A world with a shopper who has one vase in the bag and a checkout open.
struct Scene {
    world: World,
    shopper: Shopper,
    checkout: Checkout,
    vase: String,
    mug: String,
}

impl Scene {
    async fn set() -> Self {
        let world = World::start().await;
        let shopper = world.shopper();
        let (vase, mug) = (
            world.variant("VASE").await,
            world.variant("MUG-LAGOON-350").await,
        );
        shopper.add(&vase, 1).await;
        let checkout = shopper.checkout_as_ada().await;
        Self {
            world,
            shopper,
            checkout,
            vase,
            mug,
        }
    }

    /// Asserts what an answer says, and that nothing of weight changed since `before`.
    #[track_caller]
    fn refused(&self, what: &str, answer: Answer, status: u16, reason: &str) {
        assert_eq!(answer.status, status, "{what}: {answer}");
        let said = if answer
            .header("content-type")
            .starts_with("application/json")
        {
            answer.json()["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        } else {
            answer.words()
        };
        assert!(
            said.contains(reason),
            "{what} does not say {reason:?}: {answer}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    }

    async fn assert_as(&self, before: &str) {
        assert_eq!(self.world.snapshot().await, before);
        assert!(self.world.simulator.sessions().await.is_empty());
        self.world.server.assert_unbroken();
    }
}

const QUANTITY: &str = "Choose a quantity from 1 to 99.";
const UNKNOWN: &str = "We don't know that product, or not in that choice.";
