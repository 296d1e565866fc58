//! By what the shopper wants to pay: who takes it is asked first.

use crate::provider::{Fake, Mood};
use crate::support::{Till, looked_at_again};
use domain::checkout::{CheckoutMessage, Field, FieldProblem};
use shop::payment::PaymentProvider;
use shop::testing::{TestShop, patient};
use sqlx::PgPool;
use std::sync::Arc;

/// A shop where `first` takes cards, and `second` something else; in the market us all is `first`'s.
async fn two(db: PgPool) -> (Till, [Arc<Fake>; 2]) {
    let providers = [
        Arc::new(Fake::named("first")),
        Arc::new(Fake::named("second")),
    ];
    let all = providers
        .iter()
        .map(|fake| Arc::clone(fake) as Arc<dyn PaymentProvider>);
    let shop = TestShop::build(db)
        .without_redis()
        .providers(all.collect())
        .methods("first: card, klarna@us; second: paypal@eu")
        .limits(patient())
        .start()
        .await;
    let provider = Arc::clone(&providers[0]);
    (Till { shop, provider }, providers)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn who_takes_what_was_chosen_is_asked_first_and_the_others_when_it_is_silent(db: PgPool) {
    let (till, [first, second]) = two(db).await;
    let mug = till.mug(9).await;
    let session = till.shopper(mug, 1).await;
    assert_eq!(
        till.open(&session).await.payment_methods,
        ["card", "paypal"]
    );
    for (method, mood, page) in [
        ("", Mood::Well, "https://first.example/page_1"),
        ("paypal", Mood::Well, "https://second.example/page_1"),
        ("card", Mood::Well, "https://first.example/page_2"),
        // Better another page than none.
        ("paypal", Mood::Down, "https://first.example/page_3"),
    ] {
        second.set(mood);
        let session = till.shopper(mug, 1).await;
        let mut placement = till.ready(&session).await;
        placement.form.payment = method.to_owned();
        let placed = till.place(&session, placement).await.expect("an order");
        assert_eq!(placed.redirect.as_deref(), Some(page), "{method}");
    }
    assert_eq!(first.pages()[1].attempt.method.as_deref(), Some("card"));
    assert_eq!(second.pages()[0].attempt.method.as_deref(), Some("paypal"));
    assert_eq!(
        first.pages()[2].attempt.method,
        None,
        "it takes no such thing"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_not_offered_is_refused_by_name(db: PgPool) {
    let (till, [first, second]) = two(db).await;
    let session = till.shopper(till.mug(9).await, 1).await;
    let mut placement = till.ready(&session).await;
    // Taken in another market.
    placement.form.payment = "klarna".to_owned();
    let view = looked_at_again(till.place(&session, placement).await);
    let told = view.messages.iter().find_map(|message| match message {
        CheckoutMessage::Field(error) => Some((error.field, error.problem)),
        _ => None,
    });
    assert_eq!(told, Some((Field::Payment, FieldProblem::NotOffered)));
    assert_eq!((first.starts(), second.starts()), (0, 0));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn where_there_is_one_nobody_is_asked(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(9).await, 1).await;
    assert!(till.open(&session).await.payment_methods.is_empty());
    let mut placement = till.ready(&session).await;
    placement.form.payment = "card".to_owned();
    till.place(&session, placement).await.expect("an order");
}
