//! The providers that are set up, each behind its breaker and with deadlines.

use super::breaker::{Breaker, Position};
use super::methods::Methods;
use super::provider::{
    Answer, Attempt, Kept, Notice, PaymentProvider, ProviderError, Refund, Report, Saved, Started,
    WebhookError,
};
use super::routing::Routes;
use crate::Broken;
use domain::{AttemptId, MarketCode, Money};
use http::HeaderMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// How providers are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many calls in a row without an answer open a provider's breaker.
    pub failures: u32,
    /// How long an open breaker lets nobody through, before it lets one.
    pub pause: Duration,
    /// How long opening a page may take while another provider could open one instead.
    pub patience: Duration,
    /// How long any call may take.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_secs(3),
            patience: Duration::from_millis(1_500),
            deadline: Duration::from_secs(6),
        }
    }
}

/// The payment providers of a shop, and which of them is asked first.
pub struct Payments {
    channels: Vec<Channel>,
    routes: Routes,
    methods: Methods,
}

/// What a provider is looked for: where, for how much, and by what the shopper wants to pay, if that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    pub market: &'a MarketCode,
    pub amount: Money,
    pub method: Option<&'a str>,
}

impl Payments {
    /// `providers` in the order in which they are asked where `routes` says nothing else.
    ///
    /// # Errors
    /// [`Broken::Other`] without a provider, or with two of one name.
    pub fn new(
        providers: Vec<Arc<dyn PaymentProvider>>,
        routes: Routes,
        limits: &Limits,
    ) -> Result<Self, Broken> {
        let mut names: Vec<_> = providers.iter().map(|provider| provider.name()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() || names.len() != providers.len() {
            return Err(Broken::Other(
                "payment providers: at least one, each once".to_owned(),
            ));
        }
        let channels = providers.into_iter();
        let channels: Vec<_> = channels
            .map(|provider| Channel::new(provider, limits.clone()))
            .collect();
        Ok(Self {
            channels,
            routes,
            methods: Methods::default(),
        })
    }

    /// The same, with what each provider takes.
    #[must_use]
    pub fn taking(self, methods: Methods) -> Self {
        Self { methods, ..self }
    }

    /// What an amount can be paid by in a market, each once, that of the preferred provider first.
    pub fn methods(&self, market: &MarketCode, amount: Money) -> Vec<String> {
        let wanted = Wanted {
            market,
            amount,
            method: None,
        };
        let mut methods: Vec<String> = Vec::new();
        for channel in self.route(&wanted) {
            for method in self.methods.of(channel.name(), market) {
                if methods.iter().all(|known| known != method) {
                    methods.push(method.to_owned());
                }
            }
        }
        methods
    }

    /// Whether a provider takes a means of payment in a market.
    pub(super) fn takes(&self, provider: &str, market: &MarketCode, method: &str) -> bool {
        self.methods.take(provider, market, method)
    }

    /// The provider of that name.
    pub fn of(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name() == name)
    }

    /// The name of the provider that a new attempt belongs to: the first that could be asked now, otherwise the first.
    pub fn first(&self, wanted: &Wanted<'_>) -> &'static str {
        let route = self.route(wanted);
        let healthy = route.iter().find(|channel| channel.is_healthy());
        healthy
            .or(route.first())
            .or(self.of_market(wanted.market).first())
            .map_or(super::FREE, |channel| channel.name())
    }

    /// The first provider that could be asked now and is none of `tried`.
    pub(super) fn next(&self, wanted: &Wanted<'_>, tried: &[&'static str]) -> Option<&Channel> {
        let mut route = self.route(wanted).into_iter();
        route.find(|channel| !tried.contains(&channel.name()) && channel.is_healthy())
    }

    /// That provider, when it charges saved means of payment, takes what the shopper wants to pay by, and could be asked now.
    pub(super) fn to_charge(&self, wanted: &Wanted<'_>, provider: &str) -> Option<&Channel> {
        let mut route = self.route(wanted).into_iter();
        route
            .find(|channel| channel.name() == provider)
            .filter(|channel| channel.provider.charges_saved_methods() && channel.is_healthy())
            .filter(|_| {
                let method = wanted.method;
                method.is_none_or(|method| self.takes(provider, wanted.market, method))
            })
    }

    /// Whether a page could be opened anywhere now.
    pub(super) fn is_any_healthy(&self) -> bool {
        self.channels.iter().any(Channel::is_healthy)
    }

    /// Why nobody in a market could charge such an amount, if it is so: what each of them says.
    pub fn refusal(&self, market: &MarketCode, amount: Money) -> Option<String> {
        let refusals = self.of_market(market).into_iter();
        let refusals: Result<Vec<String>, ()> = refusals
            .map(|channel| match channel.provider.takes(amount) {
                Ok(()) => Err(()),
                Err(why) => Ok(format!("{}: {why}", channel.name())),
            })
            .collect();
        refusals.ok().map(|refusals| refusals.join("; "))
    }

    /// The market's providers that can charge the amount, the preferred one first. Those that take what the shopper wants to
    /// pay by go before all others, who are there for when none of them answers: better another page than none.
    fn route(&self, wanted: &Wanted<'_>) -> Vec<&Channel> {
        let market = wanted.market;
        let mut channels = self.of_market(market);
        channels.retain(|channel| match channel.provider.takes(wanted.amount) {
            Ok(()) => true,
            Err(why) => {
                tracing::debug!(provider = channel.name(), %market, why, "not routed there");
                false
            }
        });
        if let Some(method) = wanted.method {
            channels.sort_by_key(|channel| !self.takes(channel.name(), market, method));
        }
        channels
    }

    fn of_market(&self, market: &MarketCode) -> Vec<&Channel> {
        match self.routes.of(market) {
            [] => self.channels.iter().collect(),
            names => names.iter().filter_map(|name| self.of(name)).collect(),
        }
    }
}

/// A provider behind its breaker. Opening pages and everything else are counted apart: a provider that answers questions
/// but opens no pages is passed over all the same.
pub struct Channel {
    provider: Arc<dyn PaymentProvider>,
    opening: Breaker,
    rest: Breaker,
    limits: Limits,
}

impl Channel {
    fn new(provider: Arc<dyn PaymentProvider>, limits: Limits) -> Self {
        let breaker = || Breaker::new(limits.failures.max(1), limits.pause);
        let channel = Self {
            provider,
            opening: breaker(),
            rest: breaker(),
            limits,
        };
        channel.show();
        channel
    }

    pub fn name(&self) -> &'static str {
        self.provider.name()
    }

    /// Whether it could be asked for a page now.
    pub(super) fn is_healthy(&self) -> bool {
        self.opening.would_admit(Instant::now())
    }

    /// Whether money only moves when [`Channel::capture`] is called.
    pub(super) fn captures_on_demand(&self) -> bool {
        self.provider.captures_on_demand()
    }

    /// Opens a page. `others`: someone else could be asked instead, so this one is waited for less long.
    pub(super) async fn start(
        &self,
        attempt: &Attempt,
        others: bool,
    ) -> Result<Started, ProviderError> {
        self.provider
            .takes(attempt.amount)
            .map_err(ProviderError::Refused)?;
        let deadline = if others {
            self.limits.patience.min(self.limits.deadline)
        } else {
            self.limits.deadline
        };
        let call = self.provider.start(attempt);
        self.guarded(&self.opening, deadline, call).await
    }

    /// Charges a saved means of payment: [`PaymentProvider::charge`]. Counted with the opening of pages.
    pub(super) async fn charge(
        &self,
        attempt: &Attempt,
        saved: &Saved,
    ) -> Result<Report, ProviderError> {
        let call = self.provider.charge(attempt, saved);
        self.guarded(&self.opening, self.limits.deadline, call)
            .await
    }

    pub(super) async fn find_charge(
        &self,
        attempt: &Attempt,
        saved: &Saved,
    ) -> Result<Option<Report>, ProviderError> {
        self.call(self.provider.find_charge(attempt, saved)).await
    }

    pub(super) async fn kept(&self, reference: &str) -> Result<Option<Kept>, ProviderError> {
        self.call(self.provider.kept(reference)).await
    }

    pub(super) async fn find(&self, attempt: &Attempt) -> Result<Option<Report>, ProviderError> {
        self.call(self.provider.find(attempt)).await
    }

    pub(super) async fn ask(&self, reference: &str) -> Result<Report, ProviderError> {
        self.call(self.provider.ask(reference)).await
    }

    pub(super) async fn capture(
        &self,
        attempt: AttemptId,
        reference: &str,
    ) -> Result<Report, ProviderError> {
        self.call(self.provider.capture(attempt, reference)).await
    }

    pub(super) async fn expire(&self, reference: &str) -> Result<Report, ProviderError> {
        self.call(self.provider.expire(reference)).await
    }

    /// Sends money back: [`PaymentProvider::refund`].
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn refund(&self, refund: &Refund) -> Result<(), ProviderError> {
        self.call(self.provider.refund(refund)).await
    }

    pub(super) async fn read_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Notice, WebhookError> {
        let reading = self.provider.read_webhook(headers, body, now);
        tokio::time::timeout(self.limits.deadline, reading)
            .await
            .unwrap_or_else(|_| Err(WebhookError::Unverified("no answer in time".to_owned())))
    }

    pub(super) fn read_notice(&self, body: &serde_json::Value) -> Result<Notice, WebhookError> {
        self.provider.read_notice(body)
    }

    async fn call<T>(&self, call: Answer<'_, T>) -> Result<T, ProviderError> {
        self.guarded(&self.rest, self.limits.deadline, call).await
    }

    async fn guarded<T>(
        &self,
        breaker: &Breaker,
        deadline: Duration,
        call: Answer<'_, T>,
    ) -> Result<T, ProviderError> {
        if !breaker.admit(Instant::now()) {
            return Err(ProviderError::NotAsked);
        }
        let answer = tokio::time::timeout(deadline, call)
            .await
            .unwrap_or_else(|_| Err(ProviderError::Unknown("no answer in time".to_owned())));
        let before = self.position();
        breaker.record(
            !matches!(answer, Err(ProviderError::Unknown(_))),
            Instant::now(),
        );
        let after = self.position();
        if before != after {
            tracing::warn!(provider = self.name(), from = ?before, to = ?after, "a provider's breaker moved");
        }
        self.show();
        answer
    }

    fn position(&self) -> Position {
        self.opening.position().max(self.rest.position())
    }

    /// 0 closed, 1 half open, 2 open.
    fn show(&self) {
        let position = match self.position() {
            Position::Closed => 0.0,
            Position::HalfOpen => 1.0,
            Position::Open => 2.0,
        };
        metrics::gauge!("rialto_payment_breaker", "provider" => self.name()).set(position);
    }
}
