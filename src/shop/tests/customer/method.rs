//! What payment providers keep of a customer.

use domain::customer::MethodLabel;
use shop::customer::{
    MethodError, NewMethod, forget_method, keep_method, keep_provider_customer, methods,
    provider_customer,
};
use shop::testing::TestShop;
use shop::{Caller, Failure};
use sqlx::PgPool;
use uuid::Uuid;

fn machine() -> Caller {
    Caller::machine("payments", "test")
}

fn visa(reference: &str) -> NewMethod<'_> {
    NewMethod {
        provider: "stripe",
        reference,
        label: MethodLabel::parse("Visa, ending in 4242").expect("a label"),
    }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Failure<MethodError>>) -> MethodError {
    match answer {
        Err(Failure::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_provider_knows_a_customer_by_one_name(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let who = shop.guest().await.customer;
    assert_eq!(provider_customer(&shop, who, "stripe").await.unwrap(), None);
    let by = machine();
    let (one, two) = tokio::join!(
        keep_provider_customer(&shop, &by, who, "stripe", "cus_1"),
        keep_provider_customer(&shop, &by, who, "stripe", "cus_2"),
    );
    let kept = one.unwrap();
    assert_eq!(two.unwrap(), kept, "two tabs are told the same");
    assert_eq!(
        provider_customer(&shop, who, "stripe").await.unwrap(),
        Some(kept)
    );
    assert_eq!(provider_customer(&shop, who, "paypal").await.unwrap(), None);
    let again = keep_provider_customer(&shop, &by, who, "paypal", "payer_1").await;
    assert_eq!(again.unwrap(), "payer_1");
    for bad in ["", "two words", "nul\0", &"x".repeat(256)] {
        let answer = keep_provider_customer(&shop, &by, who, "stripe", bad).await;
        assert_eq!(refused(answer), MethodError::BadReference, "{bad:?}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn methods_are_kept_once_and_forgotten_by_their_owner(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let (mine, other) = (shop.guest().await, shop.guest().await);
    let who = mine.customer;
    let kept = keep_method(&shop, &machine(), who, &visa("pm_1"))
        .await
        .unwrap();
    let again = keep_method(&shop, &machine(), who, &visa("pm_1"))
        .await
        .unwrap();
    assert_eq!(kept, again);
    let (me, them) = (shop.caller(&mine), shop.caller(&other));
    assert_eq!(
        methods(&shop, &me, who).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(
        refused(methods(&shop, &them, who).await),
        MethodError::Denied
    );
    let answer = forget_method(&shop, &them, who, kept.id).await;
    assert_eq!(refused(answer), MethodError::Denied);
    let answer = forget_method(&shop, &me, who, Uuid::nil()).await;
    assert_eq!(refused(answer), MethodError::NotFound);
    let by_shopper = keep_method(&shop, &me, who, &visa("pm_2")).await;
    assert_eq!(refused(by_shopper), MethodError::Denied);
    forget_method(&shop, &me, who, kept.id).await.unwrap();
    assert_eq!(methods(&shop, &me, who).await.unwrap(), []);
}
