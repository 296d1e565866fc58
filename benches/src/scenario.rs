//! What clients do. What is timed is the request that a scenario is named after; what comes before it is not.

use crate::Arguments;
use crate::client::{Answer, Client};
use crate::prepared::Prepared;
use clap::ValueEnum;
use domain::cart::{CartChange, CartCommand, Quantity};
use domain::{CommandId, VariantId};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Look at a product's page
    Product,
    /// Ask for a product's page that one has
    Known,
    /// Add to a cart that is there; a fresh cart after every fifty
    Cart,
    /// Set a quantity in a cart of so many lines, made beforehand
    Change,
    /// Buy: cart, checkout page and the placing, up to the payment provider's page; only the placing is timed
    Order,
    /// Place an order whose cart and checkout were made beforehand, up to the payment provider's page
    Place,
    /// All of it in the shares of a Black Friday
    Mix,
    /// Products' pages, so many a second, whatever becomes of them
    Overload,
    /// Connections that are open and do next to nothing
    Crowd,
}

/// One turn; how long the timed request took, or why it failed. None when what was prepared is used up.
pub async fn turn(
    arguments: &Arguments,
    prepared: &Prepared,
    client: &mut Client,
    number: usize,
    turn: usize,
) -> Option<Result<Duration, String>> {
    let variant = || arguments.variants[turn % arguments.variants.len()];
    Some(match arguments.scenario {
        Scenario::Product => {
            let product = &arguments.products[turn % arguments.products.len()];
            timed(async { expect(client.get(product).await?, 200).map(|_| ()) }).await
        }
        Scenario::Known => {
            let product = &arguments.products[turn % arguments.products.len()];
            timed(async {
                let answer = client.get_again(product).await?;
                // The first time it has nothing yet.
                let status = if answer.etag.is_some() && answer.status.as_u16() == 200 {
                    200
                } else {
                    304
                };
                expect(answer, status).map(|_| ())
            })
            .await
        }
        Scenario::Cart => {
            if turn.is_multiple_of(50) {
                client.forget();
            }
            timed(add(client, variant())).await
        }
        Scenario::Change => {
            if client.is_nobody() {
                client.become_one_with(prepared.carts[number].clone());
            }
            // One of its own lines, each time another quantity.
            let lines = arguments.lines;
            let line = (number * lines + turn % lines) % arguments.variants.len();
            let change = set(arguments.variants[line], turn % 9 + 1);
            timed(async { command(client, change?).await }).await
        }
        Scenario::Order => {
            client.forget();
            let ready = async {
                add(client, variant()).await?;
                form_of(client, turn).await
            };
            match ready.await {
                Ok(fields) => place(client, &fields).await.map(|(took, _)| took),
                Err(error) => Err(error),
            }
        }
        Scenario::Place => {
            let ready = prepared.next()?;
            client.become_one_with(ready.cookies);
            match place(client, &ready.fields).await {
                Ok((took, page)) if arguments.follow => open(&page).await.map(|()| took),
                placed => placed.map(|(took, _)| took),
            }
        }
        // Turns of another shape.
        Scenario::Mix | Scenario::Overload | Scenario::Crowd => return None,
    })
}

pub async fn timed(work: impl Future<Output = Result<(), String>>) -> Result<Duration, String> {
    let began = Instant::now();
    work.await?;
    Ok(began.elapsed())
}

/// How long it took, and the provider's page that the answer leads to.
pub async fn place(
    client: &mut Client,
    fields: &[(&str, String)],
) -> Result<(Duration, String), String> {
    let began = Instant::now();
    let placed = client.post_form("/en-eu/checkout", fields).await?;
    let took = began.elapsed();
    match placed.location {
        Some(page) if placed.status.as_u16() == 303 && page.contains("/pay/") => Ok((took, page)),
        other => Err(format!("placing answered {} {other:?}", placed.status)),
    }
}

/// Opens a provider's page; the simulator, told to pay by itself, answers with the way back to the shop.
async fn open(page: &str) -> Result<(), String> {
    let (address, path) = page
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| format!("{page} is no page of the simulator"))?;
    let opened = Client::new(address).get(&format!("/{path}")).await?;
    if opened.status.is_redirection() {
        Ok(())
    } else {
        Err(format!("{page} answered {}", opened.status))
    }
}

/// Opens the checkout of the cart, and fills in its form.
pub async fn form_of(
    client: &mut Client,
    number: usize,
) -> Result<Vec<(&'static str, String)>, String> {
    let page = expect(client.get("/en-eu/checkout").await?, 200)?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let hidden = |name: &'static str| {
        let value = field(&page, name);
        let value = value.ok_or_else(|| format!("the checkout page has no field {name}"))?;
        Ok::<_, String>((name, value))
    };
    let mut fields = vec![hidden("checkout")?, hidden("key")?, hidden("seen_total")?];
    fields.push(("email", format!("shopper-{number}@rialto.example")));
    let typed = [
        ("name", "Ada Moro"),
        ("line1", "Calle Lunga 5"),
        ("postcode", "30123"),
        ("city", "Venezia"),
        ("country", "IT"),
        ("delivery", "standard"),
        ("action", "place"),
    ];
    fields.extend(typed.map(|(name, value)| (name, value.to_owned())));
    Ok(fields)
}

/// Adds one of a variant to the cart.
pub async fn add(client: &mut Client, variant: Uuid) -> Result<(), String> {
    let change = CartChange::AddLine {
        variant: VariantId(variant),
        quantity: Quantity::ONE,
    };
    command(client, change).await
}

fn set(variant: Uuid, quantity: usize) -> Result<CartChange, String> {
    let quantity = u32::try_from(quantity).unwrap_or(1);
    Ok(CartChange::SetQuantity {
        variant: VariantId(variant),
        quantity: Quantity::new(quantity).map_err(|error| error.to_string())?,
    })
}

async fn command(client: &mut Client, change: CartChange) -> Result<(), String> {
    let command = CartCommand {
        command: CommandId(Uuid::new_v4()),
        change,
    };
    let body = serde_json::json!({ "storefront": "en-eu", "command": command }).to_string();
    expect(client.post_json("/api/cart/change", body).await?, 200).map(|_| ())
}

pub fn expect(answer: Answer, status: u16) -> Result<Answer, String> {
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
