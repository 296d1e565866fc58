//! A shop with a provider one can look into, and the steps of a purchase.

use crate::provider::{Fake, signed};
use domain::checkout::{CheckoutForm, CheckoutView};
use domain::order::OrderView;
use domain::{Money, VariantId};
use shop::checkout::{PlaceError, Placed, Placement, open, place};
use shop::customer::Session;
use shop::payment::{Limits, PaymentError, PaymentProvider};
use shop::testing::{TestShop, patient};
use shop::{Caller, Failure, jobs, order};
use sqlx::PgPool;
use std::ops::Deref;
use std::sync::Arc;
use time::Duration;

/// A shop whose payments go to a [`Fake`].
pub struct Till {
    pub shop: TestShop,
    pub provider: Arc<Fake>,
}

impl Deref for Till {
    type Target = TestShop;
    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

impl Till {
    pub async fn new(db: PgPool) -> Self {
        Self::with(db, &[&Arc::new(Fake::default())], patient()).await
    }

    /// One with several providers, asked in that order.
    pub async fn with(db: PgPool, providers: &[&Arc<Fake>], limits: Limits) -> Self {
        let all = providers
            .iter()
            .map(|fake| Arc::clone(fake) as Arc<dyn PaymentProvider>);
        let shop = TestShop::build(db)
            .without_redis()
            .providers(all.collect())
            .limits(limits)
            .start()
            .await;
        Self {
            shop,
            provider: Arc::clone(providers[0]),
        }
    }

    pub async fn order(&self, placed: &Placed) -> OrderView {
        order::find(&self.shop, &placed.number, &placed.token)
            .await
            .expect("the order")
    }

    /// The shopper of that order asks to pay.
    pub async fn pay_again(&self, placed: &Placed) -> Result<String, Failure<PaymentError>> {
        order::pay_again(&self.shop, &machine(), &placed.number, &placed.token).await
    }

    /// The shopper comes back from that page.
    pub async fn returned(&self, provider: &str, reference: &str) {
        shop::payment::returned(&self.shop, &machine(), provider, reference)
            .await
            .expect("the order");
    }

    /// Nobody has spoken of anything for a while, and the worker looks after it.
    pub async fn sweep_after_silence(&self) -> jobs::Swept {
        self.clock.advance(Duration::seconds(21));
        jobs::sweep(&self.shop).await.expect("a sweep")
    }

    /// A mug for 24 euros of 400 grams, with so many on the shelf.
    pub async fn mug(&self, stock: i64) -> VariantId {
        let mug = self
            .product("calle-mug")
            .title("Calle mug")
            .category("cups")
            .price(2_400);
        mug.stock(stock).await.variant()
    }

    /// A shopper with so many of it in the bag.
    pub async fn shopper(&self, variant: VariantId, count: u32) -> Session {
        let session = self.guest().await;
        self.add(&session, variant, count).await;
        session
    }

    pub async fn open(&self, session: &Session) -> CheckoutView {
        open(&self.shop, &self.caller(session), session, &self.eu())
            .await
            .expect("a checkout")
    }

    /// The checkout filled in, ready to be placed for its total.
    pub async fn ready(&self, session: &Session) -> Placement {
        let view = self.open(session).await;
        Placement {
            checkout: view.id,
            key: view.key,
            form: form(),
            seen_total: view.quote.total.minor,
            seen_credit: view.quote.credit.map_or(0, |credit| credit.minor),
        }
    }

    pub async fn place(
        &self,
        session: &Session,
        placement: Placement,
    ) -> Result<Placed, Failure<PlaceError>> {
        let caller = self.caller(session);
        place(self.shop.shop(), caller, *session, self.eu(), placement).await
    }

    /// A whole purchase, up to the provider's page.
    pub async fn buy(&self, variant: VariantId, count: u32) -> Placed {
        let session = self.shopper(variant, count).await;
        let placement = self.ready(&session).await;
        self.place(&session, placement).await.expect("an order")
    }

    /// Does what jobs are due, all of which must work out.
    pub async fn drain(&self) {
        let drained = jobs::drain(&self.shop).await.expect("jobs");
        assert_eq!(drained.failed, 0, "a job failed");
    }

    pub async fn webhook(&self, event: &str, reference: &str) {
        self.webhook_of(&self.provider, event, reference).await;
    }

    pub async fn webhook_of(&self, provider: &Fake, event: &str, reference: &str) {
        let body = provider.notice(event, reference);
        shop::payment::webhook(&self.shop, provider.name(), &signed(), &body)
            .await
            .expect("it is acknowledged");
    }

    /// The texts of the mails that were sent.
    pub fn mails(&self) -> Vec<String> {
        let folder = std::fs::read_dir(&self.mail_folder);
        let mut paths: Vec<_> = folder
            .map(|entries| {
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect()
            })
            .unwrap_or_default();
        paths.retain(|path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "txt"));
        paths.sort();
        let read = |path| std::fs::read_to_string(path).expect("a mail");
        paths.into_iter().map(read).collect()
    }
}

/// A form that holds in the euro market.
pub fn form() -> CheckoutForm {
    CheckoutForm {
        email: "ada@example.com".to_owned(),
        name: "Ada Venier".to_owned(),
        line1: "Calle Larga 12".to_owned(),
        line2: String::new(),
        postcode: "30124".to_owned(),
        city: "Venezia".to_owned(),
        region: String::new(),
        country: "IT".to_owned(),
        phone: String::new(),
        delivery: "standard".to_owned(),
        ..CheckoutForm::default()
    }
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, domain::Currency::Eur)
}

pub fn machine() -> Caller {
    Caller::machine("test", "test")
}

/// What refused it.
pub fn refused<T: std::fmt::Debug, E: std::fmt::Debug>(answer: Result<T, Failure<E>>) -> E {
    match answer {
        Err(Failure::Refused(error)) => error,
        other => panic!("it was not refused: {other:?}"),
    }
}

/// The view that a refused placement came back with.
pub fn looked_at_again(answer: Result<Placed, Failure<PlaceError>>) -> CheckoutView {
    match refused(answer) {
        PlaceError::Refused(view) => *view,
        other => panic!("refused otherwise: {other:?}"),
    }
}
