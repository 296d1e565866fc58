//! What a shopper does, step by step: put into the bag, check out, place, pay.

use super::{Answer, Form, Shopper};
use serde_json::{Value, json};

/// A form that holds, for Italy.
pub const ADA: [(&str, &str); 5] = [
    ("email", "ada@example.com"),
    ("name", "Ada Lovelace"),
    ("line1", "Calle dei Fabbri 1"),
    ("postcode", "30124"),
    ("city", "Venezia"),
];

/// A checkout's page with its form.
#[derive(Debug)]
pub struct Checkout {
    pub page: Answer,
    pub form: Form,
}

/// A placed order, at the provider's door.
#[derive(Debug)]
pub struct Paying {
    /// The provider's page.
    pub url: String,
}

impl Paying {
    /// The provider's id of the session.
    pub fn session(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }
}

impl Shopper {
    /// Puts a variant into the bag by the form of a product's page, without looking at that page.
    pub async fn add(&self, variant: &str, quantity: u32) -> Answer {
        let quantity = quantity.to_string();
        let answer = self
            .post(
                "/en-eu/cart/lines",
                &[("variant", variant), ("quantity", &quantity)],
            )
            .await;
        assert_eq!(answer.location(), "/en-eu/cart", "{answer}");
        answer.expect(303)
    }

    /// Sends a cart command.
    pub async fn change(&self, storefront: &str, command: &str, change: Value) -> Answer {
        let arguments = json!({ "storefront": storefront, "command": { "command": command, "change": change } });
        self.call("/api/cart/change", arguments).await
    }

    /// The bag, as islands read it.
    pub async fn bag(&self) -> Value {
        self.call("/api/cart/read", json!({ "storefront": "en-eu" }))
            .await
            .expect(200)
            .json()
    }

    /// Opens the checkout.
    pub async fn checkout(&self) -> Checkout {
        self.checkout_in("en-eu").await
    }

    pub async fn checkout_in(&self, storefront: &str) -> Checkout {
        let page = self
            .get(&format!("/{storefront}/checkout"))
            .await
            .expect(200);
        let form = page.form("/checkout");
        Checkout { page, form }
    }

    /// Opens the checkout and fills it in.
    pub async fn checkout_as_ada(&self) -> Checkout {
        let mut checkout = self.checkout().await;
        checkout.fill(&ADA);
        checkout
    }

    /// Everything up to the provider's page.
    pub async fn place_as_ada(&self) -> Paying {
        self.checkout_as_ada().await.place(self).await
    }

    /// Pays on the provider's page; the answer leads back to the shop.
    pub async fn pay(&self, paying: &Paying) -> Answer {
        let page = self.get(&paying.url).await.expect(200);
        let form = page.form("");
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        // The page posts to itself, or to where it says.
        let action = if form.action.is_empty() {
            paying.url.clone()
        } else {
            absolute(&paying.url, &form.action)
        };
        self.post(&action, &fields).await.expect(303)
    }

    /// Pays, comes back, and reads the confirmation.
    pub async fn pay_and_return(&self, paying: &Paying) -> Answer {
        let paid = self.pay(paying).await;
        let returned = self.follow(&paid).await.expect(303);
        self.follow(&returned).await.expect(200)
    }
}

impl Checkout {
    pub fn fill(&mut self, fields: &[(&str, &str)]) -> &mut Self {
        for (name, value) in fields {
            self.form.fill(name, value);
        }
        self
    }

    /// Presses the button that places the order.
    pub async fn press(&self, shopper: &Shopper) -> Answer {
        self.form.press(shopper, "action", "place").await
    }

    /// Places the order, which must lead to the provider's page.
    pub async fn place(&self, shopper: &Shopper) -> Paying {
        let answer = self.press(shopper).await.expect(303);
        let url = answer.location().to_owned();
        assert!(
            !url.starts_with('/') && url.contains("/pay/"),
            "not the provider's page: {url}"
        );
        Paying { url }
    }

    /// The total that the page asks the shopper to agree to, in minor units.
    pub fn total(&self) -> i64 {
        self.form
            .get("seen_total")
            .and_then(|total| total.parse().ok())
            .expect("a total")
    }
}

/// The number of the order that a confirmation or order page is of.
pub fn order_number(url: &str) -> String {
    url.split("/orders/")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .expect("an order's URL")
        .to_owned()
}

fn absolute(base: &str, path: &str) -> String {
    if path.starts_with("http") {
        return path.to_owned();
    }
    let origin: Vec<&str> = base.splitn(4, '/').take(3).collect();
    format!("{}{path}", origin.join("/"))
}
