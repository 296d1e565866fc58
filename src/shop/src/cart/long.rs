//! Long carts as this instance last read them.
//!
//! All of a cart is read from PostgreSQL after each change, which for 300 lines is two thirds of what the change takes. So the
//! lines of long carts are kept here for a minute, and a change that finds the very version that is kept reads one line. Prices
//! and stock of the others are then as old as the copy, which counts from when all of it was read. Short carts are always read,
//! and so is every cart that an order is made of.

use super::CurrentLine;
use domain::{CartId, CustomerId, Locale, MarketCode, Storefront, VariantId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines from which a cart is long.
const LONG: usize = 32;
/// How old a copy may be.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How many are kept at once, some 200 kB each at most.
const MOST: usize = 64;

/// The copies, by who sees them where.
#[derive(Default)]
pub struct LongCarts(Mutex<HashMap<Key, Arc<Kept>>>);

type Key = (CustomerId, MarketCode, Locale);

/// A cart's lines at one version.
pub(super) struct Kept {
    pub cart: CartId,
    pub version: i64,
    pub lines: Vec<CurrentLine>,
    /// [`crate::market::Markets::print`]: the words of options are in the lines.
    print: u64,
    read_at: Instant,
}

impl Kept {
    /// The lines when that of `variant` is as `now` says: gone, changed, or new and last.
    pub fn with(&self, variant: VariantId, now: Vec<CurrentLine>) -> Vec<CurrentLine> {
        let mut lines = self.lines.clone();
        let at = lines.iter().position(|line| line.line.variant == variant);
        match (at, now.into_iter().next()) {
            (Some(at), Some(line)) => lines[at] = line,
            (Some(at), None) => {
                lines.remove(at);
            }
            (None, line) => lines.extend(line),
        }
        lines
    }
}

impl LongCarts {
    /// The copy of a customer's cart there, if it is young enough.
    pub(super) fn find(
        &self,
        customer: CustomerId,
        at: &Storefront,
        print: u64,
    ) -> Option<Arc<Kept>> {
        let carts = self.carts();
        let kept = carts.get(&(customer, at.market.clone(), at.locale))?;
        (kept.print == print && kept.read_at.elapsed() < KEPT_FOR).then(|| kept.clone())
    }

    /// Keeps a cart if it is long; `of` is the copy that it was made of, and whose age it has.
    pub(super) fn keep(
        &self,
        customer: CustomerId,
        at: &Storefront,
        print: u64,
        (cart, version): (CartId, i64),
        lines: &[CurrentLine],
        of: Option<&Kept>,
    ) {
        let key = (customer, at.market.clone(), at.locale);
        let mut carts = self.carts();
        if lines.len() < LONG {
            carts.remove(&key);
            return;
        }
        if carts.len() >= MOST && !carts.contains_key(&key) {
            carts.retain(|_, kept| kept.read_at.elapsed() < KEPT_FOR);
            if carts.len() >= MOST {
                return;
            }
        }
        let kept = Kept {
            cart,
            version,
            lines: lines.to_vec(),
            print,
            read_at: of.map_or_else(Instant::now, |of| of.read_at),
        };
        carts.insert(key, Arc::new(kept));
    }

    fn carts(&self) -> MutexGuard<'_, HashMap<Key, Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
