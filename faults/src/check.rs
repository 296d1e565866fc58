//! The five invariants.
//!
//! **M** captures minus refunds are what orders say, and no order is captured twice. **S** what is on hand, held and sold is what
//! there was, and what the ledger makes when it is replayed from empty. **O** every acknowledged order exists, once. **E** every
//! effect (mail, webhook, event, change of stock) happened once. **R** nothing is left over once the shop is at rest.

use crate::provider::Ledger;
use crate::sql;
use crate::world::World;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long it took.
pub struct Rest {
    /// Until every captured payment had its order.
    pub reached: Duration,
    /// Until nothing was under way any more.
    pub rested: Duration,
}

/// Waits until the shop is at rest, and says what does not hold then: nothing, if all is well.
///
/// # Errors
/// The database or the provider can't be asked.
pub async fn verdict(world: &World, patience: Duration) -> Result<(Vec<String>, Rest)> {
    let (mut left, reached) = wait(world, patience, async || unreached(world).await).await?;
    let (under_way, rested) = wait(world, patience, async || unrest(world).await).await?;
    left.extend(under_way);
    // What an interrupted beginning left open at a provider is looked for and closed a while later.
    let (open, _) = wait(world, patience, async || strays(world).await).await?;
    left.extend(open);
    let took = reached + rested;
    let rest = Rest {
        reached,
        rested: took,
    };
    let mut found: Vec<String> = left
        .into_iter()
        .map(|what| format!("R: after {} s still: {what}", took.as_secs()))
        .collect();
    found.extend(violations(world).await?);
    found.dedup();
    Ok((found, rest))
}

/// Waits until nothing is left, or patience ends: what is left then, and how long that took.
async fn wait(
    world: &World,
    patience: Duration,
    asked: impl AsyncFn() -> Result<Vec<String>>,
) -> Result<(Vec<String>, Duration)> {
    let begun = Instant::now();
    let mut nudged = begun;
    loop {
        let asking = Instant::now();
        let left = asked().await?;
        if left.is_empty() || begun.elapsed() > patience {
            return Ok((left, begun.elapsed()));
        }
        // A short run does not wait for the reconciler's own times.
        if world.hurries && nudged.elapsed() > Duration::from_secs(2) {
            sql::let_a_minute_pass(&world.db).await?;
            nudged = Instant::now();
        }
        // Asking about ten thousand orders is work for the machine that is to come to rest.
        let rest = Duration::from_millis(200).max(asking.elapsed() * 4);
        tokio::time::sleep(rest).await;
    }
}

/// Pages where money can be taken that no attempt of the shop's waits for: somebody could pay twice. PayPal's are none, for
/// their money moves only when the shop asks for it.
async fn strays(world: &World) -> Result<Vec<String>> {
    let live = sql::live_pages(&world.db).await?;
    let open = world.scene.provider.ledger().await?.open.into_iter();
    let stray = open.filter(|page| page.provider == "stripe" && !live.contains(&page.id));
    Ok(stray
        .map(|page| {
            format!(
                "page {} of attempt {} can be paid, and no attempt waits for it",
                page.id, page.attempt
            )
        })
        .collect())
}

/// What is still under way.
async fn unrest(world: &World) -> Result<Vec<String>> {
    let mut left = sql::unfinished(&world.db).await?;
    let ledger = world.scene.provider.ledger().await?;
    if ledger.pending > 0 {
        left.push(format!("{} webhooks are on their way", ledger.pending));
    }
    Ok(left)
}

/// Captured payments whose orders do not know of them.
async fn unreached(world: &World) -> Result<Vec<String>> {
    let mut left = Vec::new();
    let ledger = world.scene.provider.ledger().await?;
    let attempts = by_attempt(world).await?;
    for capture in &ledger.captures {
        let order = attempts.get(&capture.attempt);
        if order.is_some_and(|order| order.state == "payment_due")
            && capture.captured > capture.refunded
        {
            let (provider, id) = (&capture.provider, &capture.id);
            left.push(format!(
                "{provider}'s capture {id} has not reached its order"
            ));
        }
    }
    Ok(left)
}

async fn by_attempt(world: &World) -> Result<HashMap<String, sql::OrderRow>> {
    let mut found = HashMap::new();
    for order in sql::orders(&world.db).await? {
        for attempt in &order.attempts {
            let order = sql::OrderRow {
                number: order.number.clone(),
                state: order.state.clone(),
                attempts: Vec::new(),
                ..order
            };
            found.insert(attempt.to_string(), order);
        }
    }
    Ok(found)
}

/// Everything that does not hold now.
async fn violations(world: &World) -> Result<Vec<String>> {
    let ledger = world.scene.provider.ledger().await?;
    let mut found = money(world, &ledger).await?;
    found.extend(sql::row_violations(&world.db).await?);
    for (sku, units) in sql::units(&world.db).await? {
        if world
            .units
            .get(&sku)
            .is_some_and(|there_were| *there_were != units)
        {
            let were = world.units[&sku];
            found.push(format!(
                "S: of {sku} there were {were}, on hand and sold are {units}"
            ));
        }
    }
    found.extend(orders(world).await?);
    found.extend(mails(world).await?);
    let kept = sql::webhooks(&world.db).await?;
    let lost = ledger.acknowledged.iter().filter(|id| !kept.contains(*id));
    found.extend(lost.map(|id| format!("E: webhook {id} was acknowledged and not kept")));
    Ok(found)
}

async fn money(world: &World, ledger: &Ledger) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut taken: BTreeMap<&str, (usize, i64, i64)> = BTreeMap::new();
    for capture in &ledger.captures {
        let of = taken.entry(&capture.attempt).or_default();
        of.0 += 1;
        of.1 += capture.captured;
        of.2 += capture.refunded;
    }
    for order in sql::orders(&world.db).await? {
        let (mut count, mut captured, mut refunded) = (0, 0, 0);
        for attempt in &order.attempts {
            if let Some(of) = taken.remove(attempt.to_string().as_str()) {
                count += of.0;
                captured += of.1;
                refunded += of.2;
            }
        }
        let kept = captured - refunded;
        let wanted = match order.state.as_str() {
            "paid" => order.owed - order.refunded,
            "refund_due" => captured,
            _ => 0,
        };
        let number = &order.number;
        if kept != wanted {
            let state = &order.state;
            found.push(format!(
                "M: order {number} is {state} and should have {wanted}; {captured} were captured, {refunded} refunded"
            ));
        }
        if count > 1 {
            found.push(format!("M: order {number} was captured {count} times"));
        }
        if refunded > captured {
            found.push(format!(
                "M: order {number} got back {refunded} of {captured}"
            ));
        }
    }
    let strangers = taken.keys();
    found.extend(
        strangers.map(|attempt| format!("M: money was captured for no order (attempt {attempt})")),
    );
    Ok(found)
}

async fn orders(world: &World) -> Result<Vec<String>> {
    let acknowledged: BTreeSet<Uuid> = world
        .scene
        .book
        .told()
        .acknowledged
        .iter()
        .copied()
        .collect();
    let keys: Vec<Uuid> = acknowledged.into_iter().collect();
    let counted = sql::orders_of(&world.db, &keys).await?;
    let wrong = counted.into_iter().filter(|(_, count)| *count != 1);
    Ok(wrong
        .map(|(key, count)| format!("O: the order acknowledged under {key} exists {count} times"))
        .collect())
}

async fn mails(world: &World) -> Result<Vec<String>> {
    let (events, asked_for) = sql::mail_events(&world.db).await?;
    let mut found = Vec::new();
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for event in mail_files(&world.plan.mail) {
        *sent.entry(event).or_default() += 1;
    }
    for (event, count) in &sent {
        if !events.contains(event) {
            found.push(format!(
                "E: a mail was sent for event {event}, which never happened"
            ));
        }
        if *count > 1 {
            found.push(format!("E: event {event} was mailed {count} times"));
        }
    }
    let missing = asked_for.iter().filter(|event| !sent.contains_key(*event));
    found.extend(missing.map(|event| format!("E: the mail of event {event} was not sent")));
    Ok(found)
}

/// The events whose mails lie in the folder: `<time>-<event>.eml`.
pub fn mail_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".eml")?;
            Some(stem.split_once('-')?.1.to_owned())
        })
        .collect()
}
