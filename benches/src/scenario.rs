//! What clients do. What is timed is the request that a scenario is named after; what comes before it is not.

use crate::client::{Answer, Client};
use clap::ValueEnum;
use domain::cart::{CartChange, CartCommand, Quantity};
use domain::{CommandId, VariantId};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A scenario.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Scenario {
    /// Look at a product's page
    Product,
    /// Add to a cart that is there; a fresh cart after every fifty
    Cart,
    /// Place an order, up to the payment provider's page: cart and checkout before it are not timed
    Order,
}

/// One turn of `scenario`; how long the timed request took, or why it failed.
pub async fn turn(
    scenario: Scenario,
    client: &mut Client,
    products: &[String],
    variants: &[Uuid],
    turn: usize,
) -> Result<Duration, String> {
    let product = &products[turn % products.len()];
    let variant = variants[turn % variants.len()];
    match scenario {
        Scenario::Product => {
            let began = Instant::now();
            expect(client.get(product).await?, 200)?;
            Ok(began.elapsed())
        }
        Scenario::Cart => {
            if turn.is_multiple_of(50) {
                client.forget();
            }
            let began = Instant::now();
            add(client, variant).await?;
            Ok(began.elapsed())
        }
        Scenario::Order => {
            client.forget();
            add(client, variant).await?;
            let page = expect(client.get("/en-eu/checkout").await?, 200)?;
            let page = String::from_utf8_lossy(&page.body).into_owned();
            let hidden = |name: &str| {
                field(&page, name).ok_or_else(|| format!("the checkout page has no field {name}"))
            };
            let (checkout, key, total) =
                (hidden("checkout")?, hidden("key")?, hidden("seen_total")?);
            let email = format!("shopper-{turn}@rialto.example");
            let fields = [
                ("checkout", checkout.as_str()),
                ("key", key.as_str()),
                ("seen_total", total.as_str()),
                ("email", email.as_str()),
                ("name", "Ada Moro"),
                ("line1", "Calle Lunga 5"),
                ("postcode", "30123"),
                ("city", "Venezia"),
                ("country", "IT"),
                ("delivery", "standard"),
                ("action", "place"),
            ];
            let began = Instant::now();
            let placed = client.post_form("/en-eu/checkout", &fields).await?;
            let took = began.elapsed();
            let to_provider = placed
                .location
                .as_deref()
                .is_some_and(|location| location.contains("/pay/"));
            if placed.status.as_u16() == 303 && to_provider {
                Ok(took)
            } else {
                Err(format!(
                    "placing answered {} {:?}",
                    placed.status, placed.location
                ))
            }
        }
    }
}

async fn add(client: &mut Client, variant: Uuid) -> Result<(), String> {
    let command = CartCommand {
        command: CommandId(Uuid::new_v4()),
        change: CartChange::AddLine {
            variant: VariantId(variant),
            quantity: Quantity::ONE,
        },
    };
    let body = serde_json::json!({ "storefront": "en-eu", "command": command }).to_string();
    expect(client.post_json("/api/cart/change", body).await?, 200).map(|_| ())
}

fn expect(answer: Answer, status: u16) -> Result<Answer, String> {
    if answer.status.as_u16() == status {
        return Ok(answer);
    }
    let start: String = String::from_utf8_lossy(&answer.body)
        .chars()
        .take(200)
        .collect();
    Err(format!("answered {}: {start}", answer.status))
}

/// The value of the hidden field `name`.
fn field(page: &str, name: &str) -> Option<String> {
    let from = page.find(&format!("name=\"{name}\""))?;
    let open = page[..from].rfind('<')?;
    let tag = &page[open..open + page[open..].find('>')?];
    let value = tag.split("value=\"").nth(1)?;
    Some(value.split('"').next()?.to_owned())
}
