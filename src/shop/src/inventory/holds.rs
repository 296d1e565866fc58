//! Products in demand: the holds of many checkouts in one commit.
//!
//! A row of stock can be changed a few thousand times a second, one commit after the other. When many placements on this
//! instance want the same variant, they ask here: whoever comes while a batch is being committed is in the next one, first
//! come first served. What a checkout was promised waits in `stock_hold` for `place_order` to claim it, and comes back by
//! itself when nobody does. Whoever comes after the last unit is told so by the same commit, without having waited for a lock.

use super::sql;
use crate::{Broken, Caller, Shop};
use domain::{CheckoutId, CustomerId, VariantId};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::Duration;
use tokio::sync::oneshot;
use uuid::Uuid;

/// So many placements of a variant at once, on one instance, queue at its row as they come; more are batched.
const RUSH: usize = 8;
/// Holds in one commit, at most.
const BATCH: usize = 256;
/// What was promised and not claimed comes back after so long. Claiming follows at once; only a crash comes between.
pub(super) const LASTS: Duration = Duration::MINUTE;
/// Holds that ran out, in one commit.
const AT_ONCE: i32 = 1_000;

/// The lines in front of products in demand, on this instance.
#[derive(Default)]
pub struct Holds(Mutex<HashMap<VariantId, Line>>);

/// Who wants a variant now.
#[derive(Default)]
struct Line {
    /// Placements that are under way.
    wanting: usize,
    asked: VecDeque<Asked>,
    /// Somebody is committing batches of it.
    is_served: bool,
}

/// A hold that is asked for.
pub(super) struct Asked {
    pub customer: CustomerId,
    pub checkout: CheckoutId,
    pub quantity: i64,
    answer: oneshot::Sender<bool>,
}

impl Holds {
    fn lines(&self) -> MutexGuard<'_, HashMap<VariantId, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A placement of these variants begins; it is counted until the turn is dropped.
    fn enter(&self, wanted: impl Iterator<Item = (VariantId, i64)>) -> Turn<'_> {
        let mut lines = self.lines();
        let (mut variants, mut rushed) = (Vec::new(), Vec::new());
        for (variant, quantity) in wanted {
            let line = lines.entry(variant).or_default();
            line.wanting += 1;
            if line.wanting > RUSH {
                rushed.push((variant, quantity));
            }
            variants.push(variant);
        }
        Turn {
            holds: self,
            variants,
            rushed,
        }
    }

    /// The next batch of a variant, a checkout only once in it. Without any its serving ends.
    fn next(&self, variant: VariantId) -> Vec<Asked> {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(&variant) else {
            return Vec::new();
        };
        let mut checkouts = HashSet::new();
        let (mut batch, mut later) = (Vec::new(), VecDeque::new());
        while batch.len() < BATCH {
            let Some(asked) = line.asked.pop_front() else {
                break;
            };
            if checkouts.insert(asked.checkout) {
                batch.push(asked);
            } else {
                later.push_back(asked);
            }
        }
        later.append(&mut line.asked);
        line.asked = later;
        if batch.is_empty() {
            line.is_served = false;
            forget_if_idle(&mut lines, variant);
        }
        batch
    }
}

fn forget_if_idle(lines: &mut HashMap<VariantId, Line>, variant: VariantId) {
    let is_idle = lines
        .get(&variant)
        .is_some_and(|line| line.wanting == 0 && !line.is_served && line.asked.is_empty());
    if is_idle {
        lines.remove(&variant);
    }
}

/// A placement's place in the lines of its variants.
struct Turn<'a> {
    holds: &'a Holds,
    variants: Vec<VariantId>,
    /// Those in demand, and how many are wanted.
    rushed: Vec<(VariantId, i64)>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut lines = self.holds.lines();
        for variant in &self.variants {
            if let Some(line) = lines.get_mut(variant) {
                line.wanting -= 1;
            }
            forget_if_idle(&mut lines, *variant);
        }
    }
}

/// What a placement was promised of products in demand. While it lives, the placement counts as one that wants them.
pub(crate) struct Promise<'a> {
    turn: Turn<'a>,
    /// There is not enough of this one.
    pub short: Option<VariantId>,
}

impl Promise<'_> {
    /// Whether the order has holds to claim.
    pub fn is_made(&self) -> bool {
        !self.turn.rushed.is_empty()
    }
}

/// Counts a placement of `wanted`, and asks for holds of what is in demand.
pub(crate) async fn promise<'a>(
    shop: &'a Shop,
    customer: CustomerId,
    checkout: CheckoutId,
    wanted: impl Iterator<Item = (VariantId, i64)>,
) -> Promise<'a> {
    let turn = shop.holds.enter(wanted);
    let mut short = None;
    for (variant, quantity) in &turn.rushed {
        match hold(shop, customer, checkout, *variant, *quantity).await {
            Ok(true) => {}
            Ok(false) => {
                short = Some(*variant);
                break;
            }
            // The order's own transaction holds it then, as that of a variant nobody queues for.
            Err(error) => tracing::warn!(%variant, %error, "a batch of holds failed"),
        }
    }
    Promise { turn, short }
}

/// Asks for a hold on `quantity` of a variant for a checkout, in the next commit: whether it was granted. It lasts a minute.
/// The same again keeps it; another quantity replaces it.
///
/// # Errors
/// [`Broken`] when nobody knows: what was held then comes back by itself.
pub async fn hold(
    shop: &Shop,
    customer: CustomerId,
    checkout: CheckoutId,
    variant: VariantId,
    quantity: i64,
) -> Result<bool, Broken> {
    let (answer, granted) = oneshot::channel();
    let asked = Asked {
        customer,
        checkout,
        quantity,
        answer,
    };
    let must_serve = {
        let mut lines = shop.holds.lines();
        let line = lines.entry(variant).or_default();
        line.asked.push_back(asked);
        !std::mem::replace(&mut line.is_served, true)
    };
    if must_serve {
        // In a task of its own: whoever asked first may go away.
        tokio::spawn(serve(shop.clone(), variant));
    }
    granted
        .await
        .map_err(|_| Broken::Other("a batch of holds was not committed".to_owned()))
}

/// Commits batches of a variant until nobody asks any more.
async fn serve(shop: Shop, variant: VariantId) {
    loop {
        let batch = shop.holds.next(variant);
        if batch.is_empty() {
            return;
        }
        metrics::histogram!("rialto_stock_hold_batch").record(count(batch.len()));
        let caller = Caller::machine("holds", "a product in demand");
        match sql::hold(&shop, &caller, variant.0, &batch).await {
            Ok(granted) => {
                for (asked, granted) in batch.into_iter().zip(granted) {
                    // Whoever went away leaves a hold that runs out.
                    let _ = asked.answer.send(granted);
                }
            }
            // Their answers are dropped with them, which tells them.
            Err(error) => tracing::warn!(%variant, %error, "holds were not committed"),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // A few hundred.
fn count(length: usize) -> f64 {
    length as f64
}

/// Gives back what a checkout was promised and did not claim. A failure is logged: it comes back by itself.
pub(crate) async fn let_go(shop: &Shop, customer: CustomerId, checkout: CheckoutId) {
    let caller = Caller::machine("holds", "not placed");
    let whose = Some((customer.0, checkout.0));
    if let Err(error) = sql::release(shop, &caller, whose, AT_ONCE).await {
        tracing::warn!(%checkout, %error, "a hold was not given back; it runs out");
    }
}

/// Gives back holds that ran out. Returns how many units.
///
/// # Errors
/// [`Broken`] of the database.
pub async fn release_expired(shop: &Shop) -> Result<i64, Broken> {
    let caller = Caller::machine("holds", "hold expired");
    Ok(sql::release(shop, &caller, None::<(Uuid, Uuid)>, AT_ONCE).await?)
}
