//! Misbehaving on demand: rules for requests and for webhooks, drawn from one seeded source of chance.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

/// What is done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers rightly, after `ms`. What was asked happens even when the caller has gone.
    Slow,
    /// Answers 500.
    Status500,
    /// Breaks the connection (TCP RST) without an answer.
    Reset,
    /// Answers 200 with bytes that are no JSON.
    Garbage,
    /// Answers rightly, one byte every `ms`.
    Trickle,
    /// Does what was asked, says nothing for `ms`, then breaks the connection.
    ChargeThenTimeout,
}

impl Kind {
    const fn usual_ms(self) -> u64 {
        match self {
            Self::Slow => 2_000,
            Self::Trickle => 1_000,
            Self::ChargeThenTimeout => 60_000,
            Self::Status500 | Self::Reset | Self::Garbage => 0,
        }
    }
}

fn api() -> String {
    "/v1/".to_owned()
}

/// One rule for requests. Without `share` and `next` it meets every request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub kind: Kind,
    /// The part of matching requests that it meets, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// How many more matching requests it meets; it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Milliseconds, where the kind has a duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// How a matching path begins: `/v1/` unless it says otherwise; `/pay/` for the hosted page.
    #[serde(default = "api")]
    pub path: String,
    /// How a matching path ends: `/capture`, `/expire`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_end: Option<String>,
    /// Only this method, in capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// For `status500`, `reset` and `garbage`: whether what was asked happens all the same.
    #[serde(default)]
    pub effect: bool,
    /// How many requests it has met.
    #[serde(default, skip_deserializing)]
    pub hits: u64,
}

/// What is done to webhooks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookRules {
    /// How often each event is sent in total, 1 to 100; 0 counts as 1.
    pub duplicate: u32,
    /// Milliseconds that each event is kept back.
    pub delay_ms: u64,
    /// The part of events that is never sent, 0 to 1.
    pub drop: f64,
    /// Each copy waits a random time up to this many milliseconds more, so that they arrive shuffled.
    pub reorder_ms: u64,
    /// Events are tried before the answer to the request that caused them.
    pub before_response: bool,
}

/// What POST /simulator/faults takes and GET shows. A part that is absent stays as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    #[serde(default)]
    pub requests: Option<Vec<Rule>>,
    #[serde(default)]
    pub webhooks: Option<WebhookRules>,
    /// Where chance begins again, so that a run can be repeated.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// What is to be done to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub kind: Kind,
    pub pause: Duration,
    pub effect: bool,
}

/// What is to be done to one event.
#[derive(Debug, PartialEq, Eq)]
pub struct DeliveryPlan {
    pub drop: bool,
    pub delay: Duration,
    /// The delays of further copies.
    pub copies: Vec<Duration>,
}

struct State {
    requests: Vec<Rule>,
    webhooks: WebhookRules,
    seed: u64,
    chance: StdRng,
}

/// The rules in force.
pub struct Faults {
    /// Spares a well-behaved provider the lock.
    active: AtomicBool,
    first: AtomicBool,
    state: Mutex<State>,
}

impl Faults {
    /// No fault.
    pub fn none() -> Self {
        Self {
            active: AtomicBool::new(false),
            first: AtomicBool::new(false),
            state: Mutex::new(State {
                requests: Vec::new(),
                webhooks: WebhookRules::default(),
                seed: 0,
                chance: StdRng::seed_from_u64(0),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what the orders name.
    ///
    /// # Errors
    /// Which field is out of its bounds.
    pub fn set(&self, orders: Orders) -> Result<(), &'static str> {
        let shares = orders
            .requests
            .iter()
            .flatten()
            .filter_map(|rule| rule.share);
        let drops = orders.webhooks.iter().map(|rules| rules.drop);
        if shares
            .chain(drops)
            .any(|share| !(0.0..=1.0).contains(&share))
        {
            return Err("a share must lie between 0 and 1");
        }
        if orders
            .webhooks
            .as_ref()
            .is_some_and(|rules| rules.duplicate > 100)
        {
            return Err("duplicate must be 100 or less");
        }
        let mut state = self.state();
        if let Some(seed) = orders.seed {
            state.seed = seed;
            state.chance = StdRng::seed_from_u64(seed);
        }
        if let Some(requests) = orders.requests {
            state.requests = requests;
        }
        if let Some(webhooks) = orders.webhooks {
            state.webhooks = webhooks;
        }
        self.first
            .store(state.webhooks.before_response, Ordering::Release);
        let any = !state.requests.is_empty() || state.webhooks != WebhookRules::default();
        self.active.store(any, Ordering::Release);
        Ok(())
    }

    /// Adds one rule for requests to those in force.
    ///
    /// # Errors
    /// As [`Faults::set`].
    pub fn add(&self, rule: Rule) -> Result<(), &'static str> {
        let mut requests = self.state().requests.clone();
        requests.push(rule);
        self.set(Orders {
            requests: Some(requests),
            ..Orders::default()
        })
    }

    /// Ends all misbehaviour.
    pub fn clear(&self) {
        let mut state = self.state();
        state.requests.clear();
        state.webhooks = WebhookRules::default();
        self.first.store(false, Ordering::Release);
        self.active.store(false, Ordering::Release);
    }

    /// The rules in force, with their counts.
    pub fn show(&self) -> Orders {
        let state = self.state();
        Orders {
            requests: Some(state.requests.clone()),
            webhooks: Some(state.webhooks.clone()),
            seed: Some(state.seed),
        }
    }

    /// What to do to a request; the first rule that meets it decides.
    pub fn judge(&self, method: &str, path: &str) -> Option<Verdict> {
        if !self.active.load(Ordering::Acquire) {
            return None;
        }
        let mut state = self.state();
        let State {
            requests, chance, ..
        } = &mut *state;
        requests.iter_mut().find_map(|rule| {
            let meant = path.starts_with(&rule.path)
                && rule.path_end.as_ref().is_none_or(|end| path.ends_with(end))
                && rule.method.as_ref().is_none_or(|wanted| wanted == method)
                && rule.next != Some(0);
            if !meant
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

    /// Whether answers wait for their webhooks.
    pub fn webhooks_come_first(&self) -> bool {
        self.first.load(Ordering::Acquire)
    }

    /// What to do to an event.
    pub fn delivery(&self) -> DeliveryPlan {
        let mut plan = DeliveryPlan {
            drop: false,
            delay: Duration::ZERO,
            copies: Vec::new(),
        };
        if !self.active.load(Ordering::Acquire) {
            return plan;
        }
        let mut state = self.state();
        let State {
            webhooks, chance, ..
        } = &mut *state;
        plan.drop = webhooks.drop > 0.0 && chance.random::<f64>() < webhooks.drop;
        let mut delay = || {
            let shuffled = chance.random_range(0..=webhooks.reorder_ms);
            Duration::from_millis(webhooks.delay_ms.saturating_add(shuffled))
        };
        plan.delay = delay();
        plan.copies = (1..webhooks.duplicate).map(|_| delay()).collect();
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(json: &str) -> Orders {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_counted_rule_meets_that_many_requests_of_its_kind() {
        let faults = Faults::none();
        let rule = r#"{"requests":[{"kind":"reset","next":2,"method":"POST"}]}"#;
        faults.set(orders(rule)).unwrap();
        assert_eq!(faults.judge("GET", "/v1/refunds"), None);
        assert_eq!(faults.judge("POST", "/pay/cs_test_1"), None);
        assert!(faults.judge("POST", "/v1/refunds").is_some());
        assert!(faults.judge("POST", "/v1/refunds").is_some());
        assert_eq!(faults.judge("POST", "/v1/refunds"), None);
        assert_eq!(faults.show().requests.unwrap()[0].hits, 2);
    }

    #[test]
    fn the_same_seed_meets_the_same_requests() {
        let run = |seed: u64| {
            let faults = Faults::none();
            let rule = r#"{"requests":[{"kind":"status500","share":0.3}]}"#;
            let mut orders = orders(rule);
            orders.seed = Some(seed);
            faults.set(orders).unwrap();
            (0..1000)
                .map(|_| faults.judge("POST", "/v1/refunds").is_some())
                .collect::<Vec<_>>()
        };
        let met = run(7).into_iter().filter(|met| *met).count();
        assert_eq!(run(7), run(7));
        assert!((200..400).contains(&met), "{met} of 1000 at 0.3");
    }

    #[test]
    fn shares_outside_their_bounds_change_nothing() {
        let faults = Faults::none();
        let rule = r#"{"requests":[{"kind":"slow","share":1.5}]}"#;
        assert!(faults.set(orders(rule)).is_err());
        assert_eq!(faults.judge("POST", "/v1/refunds"), None);
        assert!(faults.set(orders(r#"{"webhooks":{"drop":-0.1}}"#)).is_err());
    }

    #[test]
    fn webhook_rules_duplicate_and_drop() {
        let faults = Faults::none();
        faults
            .set(orders(r#"{"webhooks":{"duplicate":4,"delay_ms":30}}"#))
            .unwrap();
        let plan = faults.delivery();
        assert_eq!((plan.copies.len(), plan.drop), (3, false));
        assert_eq!(plan.delay, Duration::from_millis(30));
        faults.set(orders(r#"{"webhooks":{"drop":1.0}}"#)).unwrap();
        assert!(faults.delivery().drop);
        faults.clear();
        assert!(!faults.delivery().drop);
    }
}
