//! Crooked shoppers and messages: so many of each kind, generated from a seed, over HTTP. Refused, never with a 5xx, and nothing is
//! changed.

mod messages;
mod requests;
mod sql;

use super::{Report, Run};
use crate::buyer::{Buyer, Placed, spread_here};
use crate::world::{PATIENCE, World};
use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use shopper::{Form, Shopper};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many are asked at once.
const AT_ONCE: usize = 8;

/// The id of the event that is replayed.
const REPLAYED: &str = "evt_replayed";

/// Who and what is lied about.
struct Cast {
    /// Has a cart, and stands at the checkout with this form.
    buyer: Buyer,
    form: Form,
    variant: Uuid,
    /// Somebody else's.
    their_checkout: String,
    used_key: String,
    unpaid: sql::Known,
    unpaid_page: String,
    paid: sql::Known,
}

/// What is sent.
enum Case {
    /// To `/webhooks/…`.
    Message(String, Vec<(&'static str, Vec<u8>)>, Vec<u8>),
    /// By the buyer, and by somebody without cookies.
    Form(Form),
    Stranger(Form),
    /// A change of the buyer's cart.
    Call(Value),
    Get(String),
    /// An empty form.
    Post(String),
}

impl Case {
    fn message(to: &str, headers: Vec<(&'static str, Vec<u8>)>, body: Vec<u8>) -> Self {
        Self::Message(format!("/webhooks/{to}"), headers, body)
    }

    fn told(&self) -> String {
        match self {
            Self::Message(to, headers, body) => {
                let headers: Vec<String> = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
                    .collect();
                format!("{to} {headers:?} {}", String::from_utf8_lossy(body))
            }
            Self::Form(form) | Self::Stranger(form) => format!("{} {}", form.action, form.body()),
            Self::Call(arguments) => arguments.to_string(),
            Self::Get(path) => format!("GET {path}"),
            Self::Post(path) => format!("POST {path}"),
        }
    }
}

/// Which answers are right.
#[derive(Clone, Copy)]
enum Right {
    /// 4xx.
    Refused,
    /// 4xx, or led to a page of the shop's that does nothing.
    RefusedOrLed,
    /// 2xx: signed by the provider, and so acknowledged and kept; it is only not believed.
    Acknowledged,
}

impl Right {
    fn holds(self, status: u16, location: &str) -> bool {
        match self {
            Self::Refused => (400..500).contains(&status),
            Self::RefusedOrLed => {
                (400..500).contains(&status) || (status == 303 && location.starts_with('/'))
            }
            Self::Acknowledged => status == 200 || status == 400,
        }
    }
}

type Make = fn(&mut StdRng, &Cast) -> Case;

const KINDS: [(&str, Right, Make); 9] = [
    (
        "forged, damaged and stale messages of Stripe",
        Right::Refused,
        messages::not_stripe_s,
    ),
    (
        "messages that are not PayPal's",
        Right::Refused,
        messages::not_paypal_s,
    ),
    (
        "messages to another provider",
        Right::Refused,
        messages::to_another,
    ),
    ("signed, and not so", Right::Acknowledged, messages::untrue),
    ("replayed", Right::Acknowledged, messages::replayed),
    ("tampered placements", Right::Refused, requests::placement),
    ("tampered quantities", Right::Refused, requests::quantity),
    ("skipped steps", Right::RefusedOrLed, requests::skipped),
    ("another's order", Right::Refused, requests::another_s),
];

/// So many of each.
pub async fn crooked(run: &mut Run<'_>) -> Result<Report> {
    let mut report = Report::default();
    let world = run
        .world_with(&[("RIALTO_PAYMENT_ROUTES", "stripe, paypal")])
        .await?;
    let cast = gather(&world, &mut run.rng).await?;
    send(&world, &cast, &messages::first(&mut run.rng, &cast)).await?;
    for (number, (name, right, make)) in (0u64..).zip(KINDS) {
        let before = sql::books(&world.db).await?;
        let seed = run.seed.wrapping_add(number << 32);
        let (world_of, cast_of) = (&world, &cast);
        let answers = spread_here(run.dose, AT_ONCE, |number| async move {
            let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
            let case = make(&mut rng, cast_of);
            match send(world_of, cast_of, &case).await {
                Ok((status, to)) if right.holds(status, &to) => None,
                Ok((status, to)) => Some(format!("{name}: {status} {to} for {}", case.told())),
                Err(why) => Some(format!("{name}: no answer ({why:#}) for {}", case.told())),
            }
        })
        .await;
        let wrong: Vec<String> = answers.into_iter().flatten().collect();
        report.figure(
            name,
            format!(
                "{} of {} answered rightly",
                run.dose as usize - wrong.len(),
                run.dose
            ),
        );
        report.broken.extend(wrong.into_iter().take(3));
        let begun = Instant::now();
        while sql::books(&world.db).await? != before {
            if begun.elapsed() > Duration::from_secs(5) {
                report
                    .broken
                    .push(format!("{name}: the books have changed"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // What was lied about all the time is as good as ever.
    match cast.buyer.place(&cast.form).await {
        Placed::ToPay(page) => {
            cast.buyer.pay(&page, true).await;
        }
        other => report
            .broken
            .push(format!("the form as it was is answered {other:?}")),
    }
    cast.buyer.pay(&cast.unpaid_page, false).await;
    run.conclude(&world, &mut report).await?;
    let paid = crate::sql::count(&world.db, "paid").await?;
    report.must(paid == 3, || format!("{paid} of 3 orders are paid"));
    Ok(report)
}

async fn gather(world: &World, rng: &mut StdRng) -> Result<Cast> {
    let variants = world.variants("PLENTY").await?;
    let variant = variants[0];
    let mut forms = Vec::new();
    for units in 1..=4 {
        let buyer = world.buyer(rng);
        buyer
            .add(variants[rng.random_range(0..variants.len())], units)
            .await;
        buyer.add(variant, 1).await;
        let form = buyer.checkout().await.context("no checkout")?;
        forms.push((buyer, form));
    }
    let mut placed = Vec::new();
    for (buyer, form) in forms.drain(..2) {
        let Placed::ToPay(page) = buyer.place(&form).await else {
            bail!("an order was not placed");
        };
        let key = form.get("key").context("no key")?.to_owned();
        placed.push((buyer, page, key));
    }
    let (their, (buyer, form)) = (
        forms.pop().context("nobody")?.1,
        forms.pop().context("nobody")?,
    );
    let (unpaid, paid) = (&placed[0], &placed[1]);
    paid.0.pay(&paid.1, true).await;
    let cast = Cast {
        buyer,
        form,
        variant,
        their_checkout: their.get("checkout").context("no checkout")?.to_owned(),
        used_key: paid.2.clone(),
        unpaid: sql::known(&world.db, Uuid::parse_str(&unpaid.2)?).await?,
        unpaid_page: unpaid.1.clone(),
        paid: sql::known(&world.db, Uuid::parse_str(&paid.2)?).await?,
    };
    // From here on nothing happens by itself.
    let begun = Instant::now();
    while !crate::sql::is_paid(&world.db, &cast.paid.number).await?
        || !crate::sql::unfinished(&world.db).await?.is_empty()
    {
        if begun.elapsed() > PATIENCE {
            bail!("the paid order does not come to rest");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(cast)
}

/// Sends it: the status, and where it leads.
async fn send(world: &World, cast: &Cast, case: &Case) -> Result<(u16, String)> {
    let stranger = || Shopper::new(&world.scene.origin, world.scene.client.clone());
    let answer = match case {
        Case::Message(to, headers, body) => {
            let mut message = world
                .scene
                .client
                .post(format!("{}{to}", world.scene.origin));
            for (name, value) in headers {
                message = message.header(*name, value.as_slice());
            }
            let answer = message.body(body.clone()).send().await?;
            return Ok((answer.status().as_u16(), String::new()));
        }
        Case::Form(form) => cast.buyer.shopper.submit(form).await,
        Case::Call(arguments) => cast.buyer.shopper.call("/api/cart/change", arguments).await,
        Case::Stranger(form) => stranger().submit(form).await,
        Case::Get(path) => stranger().get(path).await,
        Case::Post(path) => {
            let form = Form {
                action: path.clone(),
                fields: Vec::new(),
                buttons: Vec::new(),
            };
            stranger().submit(&form).await
        }
    };
    let answer = answer.map_err(|lost| anyhow::anyhow!(lost.0))?;
    Ok((answer.status, answer.location))
}
