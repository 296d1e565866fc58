//! Two payment providers: PayPal as it is published, and whoever takes over when one does not answer.

use crate::browser::{Paying, Shopper};
use crate::world::{Plan, Server, World, eventually};
use serde_json::json;

struct Two {
    world: World,
    /// Sells through both providers.
    shop: Server,
}

impl Two {
    /// A shop that asks `routes` in that order.
    async fn asking(routes: &str) -> Self {
        let plan = Plan {
            // This one knows one provider only, and would ask about nothing of the other's.
            settings: vec![("RIALTO_WORKERS", "false".to_owned())],
            without_webhooks: true,
            ..Plan::default()
        };
        let world = World::with(plan).await;
        let origin = world.simulator.origin.clone();
        let shop = world.another_server(&[
            ("RIALTO_PAYPAL_URL", origin.clone()),
            ("RIALTO_PAYPAL_CHECKOUT_ORIGIN", origin),
            ("RIALTO_PAYPAL_CLIENT_ID", "simulator-client".to_owned()),
            ("RIALTO_PAYPAL_CLIENT_SECRET", "simulator-secret".to_owned()),
            ("RIALTO_PAYPAL_WEBHOOK_ID", "WH-SIMULATOR".to_owned()),
            ("RIALTO_PAYMENT_ROUTES", routes.to_owned()),
            ("RIALTO_PAYMENT_PATIENCE", "20000".to_owned()),
        ]);
        world.simulator.send_webhooks_to(&shop).await;
        Self { world, shop }
    }

    /// A shopper who has placed an order, and where it is to be paid.
    async fn placed(&self) -> (Shopper, Paying) {
        let shopper = Shopper::new(&self.shop.origin);
        shopper.add(&self.world.variant("LAST-TEN").await, 1).await;
        let checkout = shopper.checkout_as_ada().await;
        let placed = checkout.press(&shopper).await.expect(303);
        let url = placed.location().to_owned();
        (shopper, Paying { url })
    }

    async fn assert_paid_once(&self, provider: &str) {
        let number = self
            .world
            .one(
                "SELECT number FROM orders WHERE email = $1",
                "ada@example.com",
            )
            .await;
        self.world.until_order_is(&number, "paid").await;
        assert_eq!(self.world.stock("LAST-TEN").await, (9, 0, 1));
        let ledger = self.world.simulator.ledger().await;
        let captures = ledger["captures"].as_array().cloned().unwrap_or_default();
        assert_eq!(captures.len(), 1, "{captures:#?}");
        assert_eq!(captures[0]["provider"], provider);
        self.world.until_jobs_are_done().await;
        assert_eq!(self.world.mails().len(), 1);
        self.shop.assert_unbroken();
    }
}

const AGREES: [(&str, &str); 1] = [("wish", "pay")];

#[tokio::test]
async fn paypal_is_agreed_to_on_its_page_and_captured_on_the_return() {
    let two = Two::asking("paypal, stripe").await;
    let (shopper, paying) = two.placed().await;
    assert!(paying.url.contains("/checkoutnow?token="), "{}", paying.url);
    let agreed = shopper.post(&paying.url, &AGREES).await.expect(303);
    assert!(
        agreed.location().contains("provider=paypal"),
        "{}",
        agreed.location()
    );
    let returned = shopper.follow(&agreed).await.expect(303);
    let page = shopper.follow(&returned).await.expect(200);
    page.says("Thank you. It is yours.");
    two.assert_paid_once("paypal").await;
}

#[tokio::test]
async fn paypal_s_webhook_alone_captures_and_settles() {
    let two = Two::asking("paypal, stripe").await;
    let (shopper, paying) = two.placed().await;
    // Agreed, and the browser closed.
    shopper.post(&paying.url, &AGREES).await.expect(303);
    two.assert_paid_once("paypal").await;
    eventually("PayPal's messages are kept and handled", async || {
        let handled = "SELECT count(*) FROM webhook_event
                       WHERE provider = 'paypal' AND handled_at IS NOT NULL";
        two.world.count(handled).await >= 2
    })
    .await;
}

#[tokio::test]
async fn stripe_takes_over_while_paypal_opens_no_orders() {
    for kind in ["status500", "reset", "garbage"] {
        let two = Two::asking("paypal, stripe").await;
        let fault = json!({ "kind": kind, "provider": "paypal", "operation": "order.create" });
        two.world
            .simulator
            .faults(json!({ "requests": [fault] }))
            .await;
        let (shopper, paying) = two.placed().await;
        assert!(paying.url.contains("/pay/"), "{kind}: {}", paying.url);
        shopper
            .pay_and_return(&paying)
            .await
            .says("Thank you. It is yours.");
        two.assert_paid_once("stripe").await;
    }
}
