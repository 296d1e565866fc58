//! What can be ordered: rules for requests and for webhooks, as the control API spells them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::operation::{self, Operation};
use crate::store::model::Service;

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
    /// How long it takes, in milliseconds, where the rule says nothing.
    pub const fn usual_ms(self) -> u64 {
        match self {
            Self::Slow => 2_000,
            Self::Trickle => 1_000,
            Self::ChargeThenTimeout => 60_000,
            Self::Status500 | Self::Reset | Self::Garbage => 0,
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Status500 => "500",
            Self::Reset => "reset",
            Self::Garbage => "garbage",
            Self::Trickle => "one byte at a time",
            Self::ChargeThenTimeout => "charge, then time out",
        }
    }
}

/// One rule for requests. Without `share` and `next` it meets every request that it fits; without `provider`,
/// `operation` and `path` it fits every provider's API (not the pages).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub kind: Kind,
    /// Only this provider's requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Service>,
    /// Only this kind of request: `session.create`, `order.capture`, `page` (see [`operation::ALL`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The part of fitting requests that it meets, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// How many more fitting requests it meets; it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Milliseconds, where the kind has a duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// How a fitting path begins: `/v1/refunds`, `/pay/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How a fitting path ends: `/capture`, `/expire`.
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

/// A request, as rules see it.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Whose; nobody's is the control API.
    pub service: Option<Service>,
    pub operation: Option<&'static Operation>,
}

impl<'a> Asked<'a> {
    pub fn new(method: &'a str, path: &'a str) -> Self {
        let operation = operation::of(method, path);
        Self {
            method,
            path,
            service: operation
                .map_or_else(|| operation::service_of(path), |found| Some(found.service)),
            operation,
        }
    }
}

impl Rule {
    /// Whether a request is of the kind that the rule is about.
    pub fn fits(&self, asked: &Asked<'_>) -> bool {
        let name = asked.operation.map(|operation| operation.name);
        let place = match (&self.operation, &self.path) {
            (Some(operation), _) if name != Some(operation) => false,
            (_, Some(begin)) => asked.path.starts_with(begin),
            (Some(_), None) => true,
            (None, None) => asked.service.is_some() && name != Some("page"),
        };
        place
            && (self.provider.is_none() || self.provider == asked.service)
            && self
                .path_end
                .as_ref()
                .is_none_or(|end| asked.path.ends_with(end))
            && self
                .method
                .as_ref()
                .is_none_or(|method| method == asked.method)
            && self.next != Some(0)
    }

    fn check(&self) -> Result<(), String> {
        check_share(self.share)?;
        let Some(name) = &self.operation else {
            return Ok(());
        };
        let known = |operation: &&Operation| {
            self.provider
                .is_none_or(|service| service == operation.service)
        };
        let mut names = operation::ALL.iter().filter(known).map(|found| found.name);
        if names.clone().any(|known| known == name) {
            return Ok(());
        }
        let whose = self.provider.map_or("nobody", Service::name);
        let mut message = format!("{whose} has no operation {name}; there are");
        if let Some(first) = names.next() {
            message.push_str(&format!(" {first}"));
        }
        for name in names {
            message.push_str(&format!(", {name}"));
        }
        Err(message)
    }
}

fn check_share(share: Option<f64>) -> Result<(), String> {
    match share {
        Some(share) if !(0.0..=1.0).contains(&share) => {
            Err(format!("a share must lie between 0 and 1: {share}"))
        }
        _ => Ok(()),
    }
}

/// What is done to webhooks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookRules {
    /// How often each event is sent in total, 1 to 100; 0 counts as 1.
    pub duplicate: u32,
    /// When it is more than `duplicate`: each event's number of copies is drawn between the two, at most 100.
    pub duplicate_up_to: u32,
    /// Milliseconds that each event is kept back.
    pub delay_ms: u64,
    /// The part of events that is never sent, 0 to 1.
    pub drop: f64,
    /// Each copy waits a random time up to this many milliseconds more, so that they arrive shuffled.
    pub reorder_ms: u64,
    /// Events are tried before the answer to the request that caused them.
    pub before_response: bool,
    /// Some events come as if the shop had not been reached for so many hours, at most 1,000: each says that it happened then,
    /// and is signed as its provider signs a late redelivery.
    pub old_hours: u32,
    /// The part of events that do, 0 to 1.
    pub old_share: f64,
    /// Only events of these types are met; all of them when it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

impl WebhookRules {
    fn check(&self) -> Result<(), String> {
        check_share(Some(self.drop))?;
        check_share(Some(self.old_share))?;
        if self.old_hours > 1_000 {
            return Err("old_hours must be 1000 or less".to_owned());
        }
        if self.duplicate.max(self.duplicate_up_to) > 100 {
            return Err("duplicate and duplicate_up_to must be 100 or less".to_owned());
        }
        Ok(())
    }

    pub fn meet(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|name| name == kind)
    }
}

/// What POST /simulator/faults takes and GET shows. A part that is absent stays as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    #[serde(default)]
    pub requests: Option<Vec<Rule>>,
    /// Everybody's webhooks.
    #[serde(default)]
    pub webhooks: Option<WebhookRules>,
    /// The webhooks of single providers, for whom `webhooks` then says nothing.
    #[serde(default)]
    pub webhooks_of: Option<BTreeMap<Service, WebhookRules>>,
    /// Providers that are down, API and page, until told otherwise; and what that looks like.
    #[serde(default)]
    pub down: Option<BTreeMap<Service, Kind>>,
    /// Where chance begins again, so that a run can be repeated: each rule has a chance of its own.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Orders {
    /// # Errors
    /// What is out of its bounds or unknown.
    pub fn check(&self) -> Result<(), String> {
        self.requests.iter().flatten().try_for_each(Rule::check)?;
        self.webhooks.iter().try_for_each(WebhookRules::check)?;
        self.webhooks_of
            .iter()
            .flat_map(BTreeMap::values)
            .try_for_each(WebhookRules::check)
    }
}
