//! Misbehaving on demand, by rules that draw from seeded sources of chance: the same seed and the same order of
//! requests meet the same fate.

pub mod operation;
mod rules;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::store::model::Service;
pub use rules::{Asked, Kind, Orders, Rule, WebhookRules};

/// What is to be done to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub kind: Kind,
    pub pause: Duration,
    pub effect: bool,
}

/// What is to be done to one event.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DeliveryPlan {
    pub drop: bool,
    pub delay: Duration,
    /// The delays of further copies.
    pub copies: Vec<Duration>,
    /// It comes as if it had happened so many seconds before.
    pub old: i64,
}

/// A rule with a chance of its own, so that what others meet does not change what it meets.
struct Armed {
    rule: Rule,
    chance: StdRng,
}

#[derive(Default)]
struct State {
    requests: Vec<Armed>,
    webhooks: WebhookRules,
    webhooks_of: BTreeMap<Service, WebhookRules>,
    /// Each service's chance for its webhooks.
    chances: BTreeMap<Service, StdRng>,
    down: BTreeMap<Service, Kind>,
    seed: u64,
}

/// A source of chance of its own for each number.
fn chance(seed: u64, number: u64) -> StdRng {
    // The odd constant is SplitMix64's, which keeps neighbouring numbers apart.
    StdRng::seed_from_u64(seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

impl State {
    fn arm(&self, number: usize, rule: Rule) -> Armed {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        Armed {
            rule,
            chance: chance(self.seed, number),
        }
    }

    fn rules_of(&self, service: Service) -> &WebhookRules {
        self.webhooks_of.get(&service).unwrap_or(&self.webhooks)
    }
}

/// The rules in force.
pub struct Faults {
    /// Spares a well-behaved provider the lock.
    active: AtomicBool,
    state: Mutex<State>,
}

impl Faults {
    /// No fault.
    pub fn none() -> Self {
        Self {
            active: AtomicBool::new(false),
            state: Mutex::new(State::default()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, state: &State) {
        let none = WebhookRules::default();
        let any = !state.requests.is_empty()
            || !state.down.is_empty()
            || state.webhooks != none
            || state.webhooks_of.values().any(|rules| *rules != none);
        self.active.store(any, Ordering::Release);
    }

    /// Sets what the orders name.
    ///
    /// # Errors
    /// What is out of its bounds or unknown; then nothing has changed.
    pub fn set(&self, orders: Orders) -> Result<(), String> {
        orders.check()?;
        let mut state = self.state();
        if let Some(seed) = orders.seed {
            state.seed = seed;
            state.chances.clear();
            let rules = std::mem::take(&mut state.requests);
            let rules = rules.into_iter().enumerate();
            state.requests = rules
                .map(|(number, armed)| state.arm(number, armed.rule))
                .collect();
        }
        if let Some(requests) = orders.requests {
            let rules = requests.into_iter().enumerate();
            state.requests = rules
                .map(|(number, rule)| state.arm(number, rule))
                .collect();
        }
        if let Some(webhooks) = orders.webhooks {
            state.webhooks = webhooks;
        }
        if let Some(webhooks_of) = orders.webhooks_of {
            state.webhooks_of = webhooks_of;
        }
        if let Some(down) = orders.down {
            state.down = down;
        }
        self.note(&state);
        Ok(())
    }

    /// Adds one rule for requests to those in force.
    ///
    /// # Errors
    /// As [`Faults::set`].
    pub fn add(&self, rule: Rule) -> Result<(), String> {
        let orders = Orders {
            requests: Some(vec![rule]),
            ..Orders::default()
        };
        orders.check()?;
        let mut state = self.state();
        for rule in orders.requests.into_iter().flatten() {
            let armed = state.arm(state.requests.len(), rule);
            state.requests.push(armed);
        }
        self.note(&state);
        Ok(())
    }

    /// Takes a provider down, or brings it back.
    pub fn down(&self, service: Service, kind: Option<Kind>) {
        let mut state = self.state();
        match kind {
            Some(kind) => state.down.insert(service, kind),
            None => state.down.remove(&service),
        };
        self.note(&state);
    }

    pub fn is_down(&self, service: Service) -> bool {
        self.active.load(Ordering::Acquire) && self.state().down.contains_key(&service)
    }

    /// Ends all misbehaviour; the seed stays.
    pub fn clear(&self) {
        let mut state = self.state();
        *state = State {
            seed: state.seed,
            ..State::default()
        };
        self.note(&state);
    }

    /// The rules in force, with their counts.
    pub fn show(&self) -> Orders {
        let state = self.state();
        Orders {
            requests: Some(
                state
                    .requests
                    .iter()
                    .map(|armed| armed.rule.clone())
                    .collect(),
            ),
            webhooks: Some(state.webhooks.clone()),
            webhooks_of: Some(state.webhooks_of.clone()),
            down: Some(state.down.clone()),
            seed: Some(state.seed),
        }
    }

    /// What to do to a request: a provider that is down meets all of its own, else the first rule that meets it decides.
    pub fn judge(&self, method: &str, path: &str) -> Option<Verdict> {
        if !self.active.load(Ordering::Acquire) {
            return None;
        }
        let asked = Asked::new(method, path);
        let mut state = self.state();
        if let Some(kind) = asked.service.and_then(|service| state.down.get(&service)) {
            return Some(Verdict {
                kind: *kind,
                pause: Duration::from_millis(kind.usual_ms()),
                effect: false,
            });
        }
        state
            .requests
            .iter_mut()
            .find_map(|Armed { rule, chance }| {
                if !rule.fits(&asked)
                    || rule
                        .share
                        .is_some_and(|share| chance.random::<f64>() >= share)
                {
                    return None;
                }
                rule.next = rule.next.map(|left| left - 1);
                rule.hits += 1;
                Some(Verdict {
                    kind: rule.kind,
                    pause: Duration::from_millis(rule.ms.unwrap_or(rule.kind.usual_ms())),
                    effect: rule.effect,
                })
            })
    }

    /// Whether answers wait for webhooks of this type.
    pub fn webhooks_come_first(&self, service: Service, kind: &str) -> bool {
        if !self.active.load(Ordering::Acquire) {
            return false;
        }
        let state = self.state();
        let rules = state.rules_of(service);
        rules.before_response && rules.meet(kind)
    }

    /// What to do to an event.
    pub fn delivery(&self, service: Service, kind: &str) -> DeliveryPlan {
        if !self.active.load(Ordering::Acquire) {
            return DeliveryPlan::default();
        }
        let mut state = self.state();
        let rules = state.rules_of(service).clone();
        if !rules.meet(kind) {
            return DeliveryPlan::default();
        }
        let seed = state.seed;
        let chance = state
            .chances
            .entry(service)
            .or_insert_with(|| chance(seed, u64::MAX / 2 + service as u64));
        let drop = rules.drop > 0.0 && chance.random::<f64>() < rules.drop;
        let most = rules.duplicate.max(rules.duplicate_up_to).max(1);
        let least = rules.duplicate.clamp(1, most);
        let number = chance.random_range(least..=most);
        let mut delay = || {
            let shuffled = chance.random_range(0..=rules.reorder_ms);
            Duration::from_millis(rules.delay_ms.saturating_add(shuffled))
        };
        let (first, copies) = (delay(), (1..number).map(|_| delay()).collect());
        // Drawn last, and only when asked for: what else a seed draws stays what it was.
        let is_old = rules.old_share > 0.0 && chance.random::<f64>() < rules.old_share;
        DeliveryPlan {
            drop,
            delay: first,
            copies,
            old: if is_old {
                i64::from(rules.old_hours) * 3_600
            } else {
                0
            },
        }
    }
}

#[cfg(test)]
mod tests;
