//! One provider does not answer, and the next one takes the order.

use crate::provider::{Fake, Mood};
use crate::sql;
use crate::support::{Till, refused};
use domain::Currency;
use domain::order::OrderState;
use domain::payment::Outcome;
use shop::payment::{Limits, PaymentError, PaymentProvider};
use shop::testing::{TestShop, patient};
use shop::{jobs, order};
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;

struct Two {
    till: Till,
    first: Arc<Fake>,
    second: Arc<Fake>,
}

impl Two {
    async fn new(db: PgPool, limits: Limits) -> Self {
        let first = Arc::new(Fake::named("first"));
        let second = Arc::new(Fake::on_demand("second"));
        let till = Till::with(db, &[&first, &second], limits).await;
        Self {
            till,
            first,
            second,
        }
    }
}

fn pairs(tries: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(provider, state): &(&str, &str)| (provider.to_owned(), state.to_owned());
    tries.iter().map(owned).collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_next_provider_takes_over_in_an_attempt_of_its_own(db: PgPool) {
    let Two {
        till,
        first,
        second,
    } = Two::new(db, patient()).await;
    let mug = till.mug(9).await;
    for (at, (mood, state)) in [
        (Mood::Down, "unknown"),
        (Mood::LosesAnswers, "unknown"),
        (Mood::Refuses, "failed"),
    ]
    .into_iter()
    .enumerate()
    {
        first.set(mood);
        let placed = till.buy(mug, 1).await;
        let reference = format!("page_{}", at + 1);
        let page = format!("https://second.example/{reference}");
        assert_eq!(placed.redirect.as_deref(), Some(page.as_str()), "{mood:?}");
        assert_eq!(
            sql::tries(&till.db, placed.order).await,
            pairs(&[("first", state), ("second", "pending")])
        );
        second.approve(&reference);
        till.returned("second", &reference).await;
        assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    }
    assert_eq!(sql::stock(&till.db, mug).await, (6, 0, 3));
    assert_eq!(second.captures().len(), 3);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_page_that_was_shown_to_nobody_is_closed_and_not_opened_again(db: PgPool) {
    let Two { till, first, .. } = Two::new(db, patient()).await;
    let mug = till.mug(5).await;
    first.set(Mood::LosesAnswers);
    let lost = till.buy(mug, 1).await;
    first.set(Mood::Down);
    let never = till.buy(mug, 1).await;
    first.set(Mood::Well);
    assert_eq!(first.pages().len(), 1);
    let starts = first.starts();
    till.sweep_after_silence().await;
    assert_eq!(
        first.page().outcome,
        Outcome::Failed,
        "it was found and closed"
    );
    assert_eq!(
        sql::tries(&till.db, lost.order).await,
        pairs(&[("first", "failed"), ("second", "pending")])
    );
    // One that can't be found may yet be opened; not for ever.
    assert_eq!(
        sql::attempts(&till.db, never.order).await,
        ["unknown", "pending"]
    );
    for _ in 0..2 {
        till.sweep_after_silence().await;
    }
    assert_eq!(
        sql::attempts(&till.db, never.order).await,
        ["failed", "pending"]
    );
    assert_eq!(first.starts(), starts, "no page was asked for again");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_provider_that_says_nothing_is_not_waited_for(db: PgPool) {
    let limits = Limits {
        patience: Duration::from_millis(30),
        ..patient()
    };
    let Two { till, first, .. } = Two::new(db, limits).await;
    first.set(Mood::Hangs);
    let placed = till.buy(till.mug(5).await, 1).await;
    assert_eq!(
        placed.redirect.as_deref(),
        Some("https://second.example/page_1")
    );
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("first", "unknown"), ("second", "pending")])
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn five_failures_open_the_breaker_and_the_provider_is_left_alone(db: PgPool) {
    let limits = Limits {
        pause: Duration::from_secs(3_600),
        ..patient()
    };
    let Two { till, first, .. } = Two::new(db, limits).await;
    let mug = till.mug(9).await;
    first.set(Mood::Down);
    for orders in 1..=5 {
        let placed = till.buy(mug, 1).await;
        assert!(placed.redirect.is_some());
        assert_eq!(first.calls(), orders);
    }
    first.set(Mood::Well);
    let placed = till.buy(mug, 1).await;
    assert_eq!(first.calls(), 5, "it is not even asked");
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("second", "pending")])
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_breaker_that_was_opened_closes_when_a_probe_is_answered(db: PgPool) {
    let Two { till, first, .. } = Two::new(db, patient()).await;
    let mug = till.mug(9).await;
    first.set(Mood::Down);
    for _ in 0..5 {
        till.buy(mug, 1).await;
    }
    first.set(Mood::Well);
    // The pause is over at once here.
    let placed = till.buy(mug, 1).await;
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("first", "pending")])
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_market_may_prefer_another_provider(db: PgPool) {
    let (first, second) = (
        Arc::new(Fake::named("first")),
        Arc::new(Fake::named("second")),
    );
    let shop = TestShop::build(db)
        .without_redis()
        .providers(vec![first.clone(), second.clone()])
        .routes("first, second; eu: second, first")
        .start()
        .await;
    let till = Till {
        shop,
        provider: second.clone(),
    };
    let mug = till.mug(5).await;
    till.buy(mug, 1).await;
    assert_eq!((first.starts(), second.starts()), (0, 1));
    second.set(Mood::Down);
    till.buy(mug, 1).await;
    assert_eq!(first.starts(), 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_can_not_charge_a_currency_is_passed_over(db: PgPool) {
    let dollars = Arc::new(Fake::named("dollars").charging(&[Currency::Usd]));
    let euros = Arc::new(Fake::named("euros").charging(&[Currency::Eur]));
    let till = Till::with(db, &[&dollars, &euros], patient()).await;
    let mug = till.mug(5).await;
    let placed = till.buy(mug, 1).await;
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("euros", "pending")])
    );
    assert_eq!(dollars.calls(), 0);
    let amount = crate::support::eur(1);
    assert_eq!(till.payments.refusal(&till.eu().market, amount), None);
    let yen = domain::Money::new(1, Currency::Jpy);
    let refusal = till.payments.refusal(&till.eu().market, yen);
    assert_eq!(refusal.as_deref(), Some("dollars: no JPY; euros: no JPY"));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn when_all_refuse_the_shopper_is_told_and_may_try_again(db: PgPool) {
    let Two {
        till,
        first,
        second,
    } = Two::new(db, patient()).await;
    first.set(Mood::Refuses);
    second.set(Mood::Refuses);
    let placed = till.buy(till.mug(5).await, 1).await;
    assert_eq!(placed.redirect, None);
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("first", "failed"), ("second", "failed")])
    );
    assert_eq!(
        refused(till.pay_again(&placed).await),
        PaymentError::Unavailable
    );
    second.set(Mood::Well);
    let page = till.pay_again(&placed).await.expect("a page");
    assert_eq!(page, "https://second.example/page_1");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn paying_again_goes_to_the_provider_that_answers(db: PgPool) {
    let Two { till, first, .. } = Two::new(db, patient()).await;
    let placed = till.buy(till.mug(5).await, 1).await;
    first.decide("page_1", Outcome::Failed);
    till.webhook("evt_1", "page_1").await;
    first.set(Mood::Down);
    let page = till.pay_again(&placed).await.expect("a page");
    assert_eq!(page, "https://second.example/page_1");
    assert_eq!(till.pay_again(&placed).await.expect("the same page"), page);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_answer_that_comes_too_late_shows_its_page_to_nobody(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let placement = till.ready(&session).await;
    let gate = till.provider.wait_at_gate();
    let placing = tokio::spawn(shop::checkout::place(
        till.shop.shop(),
        till.caller(&session),
        session,
        till.eu(),
        placement,
    ));
    gate.reached.notified().await;
    // So long that whoever opened it counts as gone: the worker opens another page.
    till.sweep_after_silence().await;
    assert_eq!(till.provider.pages().len(), 1);
    gate.open.notify_one();
    let placed = placing.await.expect("the task").expect("an order");
    assert_eq!(
        placed.redirect.as_deref(),
        Some("https://pay.example/page_1"),
        "the page that counts"
    );
    assert_eq!(till.provider.pages().len(), 2);
    till.sweep_after_silence().await;
    let open: Vec<_> = till.provider.pages().into_iter().collect();
    assert_eq!(open[0].outcome, Outcome::Pending);
    assert_eq!(open[1].outcome, Outcome::Failed, "the other one was closed");
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn if_a_page_that_was_given_up_is_paid_after_all_one_payment_goes_back(db: PgPool) {
    let Two {
        till,
        first,
        second,
    } = Two::new(db, patient()).await;
    let mug = till.mug(5).await;
    first.set(Mood::LosesAnswers);
    let placed = till.buy(mug, 1).await;
    first.set(Mood::Well);
    first.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    assert_eq!(till.order(&placed).await.state, OrderState::Paid);
    // The order is paid: the other page is not captured, and closed.
    second.approve("page_1");
    till.returned("second", "page_1").await;
    till.sweep_after_silence().await;
    assert!(second.captures().is_empty());
    assert_eq!(
        sql::tries(&till.db, placed.order).await,
        pairs(&[("first", "captured"), ("second", "failed")])
    );
    assert_eq!(sql::stock(&till.db, mug).await, (4, 0, 1));
    till.drain().await;
    assert_eq!(first.refunds(), []);
    assert_eq!(first.name(), "first");
    let view = order::find(&till, &placed.number, &placed.token).await;
    assert_eq!(view.expect("the order").state, OrderState::Paid);
    assert_eq!(jobs::counts(&till).await.expect("counts").failing, 0);
}
