//! Gift cards and store credit: money that is spent once.

use crate::promotion::enter;
use crate::support::{Till, eur, form, looked_at_again, machine, refused};
use domain::cart::{CartChange, CartError};
use domain::checkout::CheckoutMessage;
use domain::order::OrderState;
use domain::payment::Outcome;
use domain::{GiftCardId, RefundId};
use futures::future::join_all;
use shop::checkout::Placement;
use shop::customer::Session;
use shop::gift_card::{self, GiftCardError};
use shop::{cart, jobs};
use sqlx::PgPool;
use time::Duration;

pub async fn issue(till: &Till, minor: i64) -> (GiftCardId, String) {
    let issued = gift_card::issue(till, &machine(), eur(minor), None)
        .await
        .expect("a card");
    (issued.id, issued.code)
}

/// What it holds; and its ledger, which has to come to the same.
pub async fn balance(till: &Till, card: GiftCardId) -> i64 {
    let (card, entries) = gift_card::find(till, card).await.expect("the card");
    let sum: i64 = entries.iter().map(|entry| entry.change.minor).sum();
    assert_eq!(sum, card.balance.minor, "the ledger differs: {entries:?}");
    assert_eq!(
        entries.last().map(|entry| entry.balance),
        Some(card.balance)
    );
    card.balance.minor
}

pub async fn causes(till: &Till, card: GiftCardId) -> Vec<(String, i64)> {
    let (_, entries) = gift_card::find(till, card).await.expect("the card");
    entries
        .into_iter()
        .map(|entry| (entry.cause, entry.change.minor))
        .collect()
}

async fn state(till: &Till, placed: &shop::checkout::Placed) -> OrderState {
    shop::order::find(till, &placed.number, &placed.token)
        .await
        .expect("the order")
        .state
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_card_pays_a_part_and_the_provider_the_rest(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (card, code) = issue(&till, 1_000).await;
    let session = till.shopper(mug, 1).await;
    let cart = enter(&till, &session, &code.to_lowercase()).await.unwrap();
    assert_eq!(
        (cart.quote.credit, cart.quote.due()),
        (Some(eur(1_000)), eur(1_890))
    );
    assert!(code.ends_with(&cart.cards[0].ending));
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.unwrap();
    assert_eq!(till.provider.page().amount, eur(1_890));
    assert_eq!(balance(&till, card).await, 0);
    let (total, credit, owed): (i64, i64, i64) = sqlx::query_as(
        "SELECT o.total_minor, o.credit_minor, a.amount_minor FROM orders o JOIN payment_attempt a ON a.order_id = o.id",
    )
    .fetch_one(&till.db)
    .await
    .unwrap();
    assert_eq!((total, credit, owed), (2_890, 1_000, 1_890));
    let reference = till.provider.page().reference;
    till.provider.decide(&reference, Outcome::Captured);
    till.webhook("evt_1", &reference).await;
    assert_eq!(state(&till, &placed).await, OrderState::Paid);
    till.drain().await;
    // An empty card is told so.
    let other = till.shopper(mug, 1).await;
    assert_eq!(enter(&till, &other, &code).await, Err(CartError::EmptyCard));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_cards_pay_whole_goes_to_no_provider(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let ((one, first), (two, second)) = (issue(&till, 2_000).await, issue(&till, 5_000).await);
    let session = till.shopper(mug, 1).await;
    enter(&till, &session, &first).await.unwrap();
    let cart = enter(&till, &session, &second).await.unwrap();
    assert_eq!(cart.quote.due(), eur(0));
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.unwrap();
    assert_eq!((placed.redirect.clone(), till.provider.starts()), (None, 0));
    assert_eq!(state(&till, &placed).await, OrderState::Paid);
    assert_eq!(
        balance(&till, one).await + balance(&till, two).await,
        7_000 - 2_890
    );
    till.drain().await;
}

/// Spree #11284: store credit could be spent twice, by two orders at once. Here eight tabs of one customer and eight guests with
/// one card try.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn store_credit_spent_twice(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(1_000).await;
    let (card, code) = issue(&till, 2_890).await;
    let mut buyers: Vec<(Session, Placement)> = Vec::new();
    for _ in 0..16 {
        let session = till.shopper(mug, 1).await;
        enter(&till, &session, &code).await.unwrap();
        let placement = till.ready(&session).await;
        assert_eq!(placement.seen_credit, 2_890);
        buyers.push((session, placement));
    }
    let placing = buyers
        .iter()
        .map(|(session, placement)| till.place(session, placement.clone()));
    let mut free = 0;
    for answer in join_all(placing).await {
        if answer.is_ok() {
            free += 1;
            continue;
        }
        let view = looked_at_again(answer);
        let told = CheckoutMessage::TotalChanged {
            was: eur(0),
            is: eur(2_890),
        };
        assert_eq!(view.messages, [told]);
    }
    assert_eq!(free, 1);
    assert_eq!(balance(&till, card).await, 0);

    // Credit of a customer, spent in two markets' carts at once: what one has, the other has not.
    let session = till.shopper(mug, 1).await;
    let credit = gift_card::issue_credit(&till, &machine(), session.customer, eur(2_890))
        .await
        .unwrap();
    let placement = till.ready(&session).await;
    assert_eq!(placement.seen_credit, 2_890, "it pays by itself");
    let equal = join_all((0..8).map(|_| till.place(&session, placement.clone()))).await;
    assert!(equal.iter().all(Result::is_ok));
    assert_eq!(balance(&till, credit).await, 0);
    assert_eq!(causes(&till, credit).await.len(), 2);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn credit_comes_back_when_the_order_comes_to_nothing(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (card, code) = issue(&till, 1_000).await;
    let session = till.shopper(mug, 1).await;
    enter(&till, &session, &code).await.unwrap();
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.unwrap();
    let reference = till.provider.page().reference;
    till.provider.decide(&reference, Outcome::Failed);
    till.clock.advance(Duration::minutes(45));
    jobs::sweep(&till).await.unwrap();
    assert_eq!(state(&till, &placed).await, OrderState::Cancelled);
    assert_eq!(balance(&till, card).await, 1_000);
    jobs::sweep(&till).await.unwrap();
    let spent_and_back = [("issue", 1_000), ("spend", -1_000), ("release", 1_000)];
    assert_eq!(
        causes(&till, card).await,
        spent_and_back.map(|(cause, minor)| (cause.to_owned(), minor))
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_given_back_is_never_more_than_was_taken(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (card, code) = issue(&till, 5_000).await;
    let session = till.shopper(mug, 1).await;
    enter(&till, &session, &code).await.unwrap();
    let placement = till.ready(&session).await;
    let placed = till.place(&session, placement).await.unwrap();
    let give = async |refund: u128, minor| {
        let mut tx = till.begin().await.unwrap();
        let of = (session.customer, placed.order);
        let refund = RefundId(uuid::Uuid::from_u128(refund));
        let given = gift_card::refund(&till, &mut tx, &machine(), of, refund, eur(minor))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        given.minor
    };
    assert_eq!(give(1, 2_000).await, 2_000);
    assert_eq!(
        give(1, 2_000).await,
        2_000,
        "the same again, and given once"
    );
    assert_eq!(balance(&till, card).await, 5_000 - 890);
    // Several at once share what is left.
    let giving = (2..10).map(|refund| give(refund, 500));
    let rest: i64 = join_all(giving).await.into_iter().sum();
    assert_eq!(rest, 890);
    assert_eq!((give(10, 1).await, give(11, -5).await), (0, 0));
    assert_eq!(balance(&till, card).await, 5_000);
    till.drain().await;
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn only_hashes_of_codes_are_kept_and_no_entry_is_rewritten(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (card, code) = issue(&till, 5_000).await;
    let session = till.shopper(mug, 1).await;
    enter(&till, &session, &code).await.unwrap();
    let plain = code.replace('-', "");
    let places: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM gift_card g WHERE g::text LIKE $1) + (SELECT count(*) FROM cart_command c WHERE c::text LIKE $1)
              + (SELECT count(*) FROM audit_log a WHERE a::text LIKE $1) + (SELECT count(*) FROM cart_card k WHERE k::text LIKE $1)",
    )
    .bind(format!("%{plain}%"))
    .fetch_one(&till.db)
    .await
    .unwrap();
    assert_eq!(places, 0);
    for statement in [
        "UPDATE gift_card_entry SET change_minor = 1",
        "DELETE FROM gift_card_entry",
    ] {
        let error = sqlx::query(statement).execute(&till.db).await.unwrap_err();
        assert!(error.to_string().contains("only ever added to"), "{error}");
    }
    assert_eq!(balance(&till, card).await, 5_000);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn cards_are_refused_for_a_reason(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let dollars = domain::Money::new(1_000, domain::Currency::Usd);
    let foreign = gift_card::issue(&till, &machine(), dollars, None)
        .await
        .unwrap();
    assert_eq!(
        enter(&till, &session, &foreign.code).await,
        Err(CartError::ForeignCard)
    );
    let soon = till.clock.time() + Duration::minutes(5);
    let short = gift_card::issue(&till, &machine(), eur(1_000), Some(soon))
        .await
        .unwrap();
    let with = enter(&till, &session, &short.code).await.unwrap();
    assert_eq!(with.quote.credit, Some(eur(1_000)));
    let mut placement = till.ready(&session).await;
    till.clock.advance(Duration::minutes(6));
    let view = looked_at_again(till.place(&session, placement.clone()).await);
    let told = CheckoutMessage::TotalChanged {
        was: eur(1_890),
        is: eur(2_890),
    };
    assert_eq!(view.messages, [told]);
    assert_eq!(
        enter(&till, &till.shopper(mug, 1).await, &short.code).await,
        Err(CartError::EmptyCard)
    );
    (placement.seen_total, placement.seen_credit, placement.form) = (2_890, 0, form());
    till.place(&session, placement)
        .await
        .expect("without the card");

    let guest = till.caller(&session);
    assert_eq!(
        refused(gift_card::issue(&till, &guest, eur(1), None).await),
        GiftCardError::Denied
    );
    for minor in [0, -1, i64::MAX] {
        assert_eq!(
            refused(gift_card::issue(&till, &machine(), eur(minor), None).await),
            GiftCardError::BadAmount
        );
    }
    let past = Some(till.clock.time());
    assert_eq!(
        refused(gift_card::issue(&till, &machine(), eur(1), past).await),
        GiftCardError::Past
    );
    let nobody = domain::CustomerId(uuid::Uuid::nil());
    assert_eq!(
        refused(gift_card::issue_credit(&till, &machine(), nobody, eur(1)).await),
        GiftCardError::UnknownCustomer
    );
}

/// Money that comes for an order which was given up, and whose card was spent elsewhere since, goes back: an order is never paid
/// in part.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn late_money_takes_the_card_once_more_or_goes_back(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(50).await;
    for spent_elsewhere in [false, true] {
        let (card, code) = issue(&till, 1_000).await;
        let session = till.shopper(mug, 1).await;
        enter(&till, &session, &code).await.unwrap();
        let placement = till.ready(&session).await;
        let placed = till.place(&session, placement).await.unwrap();
        let reference = till.provider.page().reference;
        till.provider.decide(&reference, Outcome::Failed);
        till.clock.advance(Duration::minutes(45));
        jobs::sweep(&till).await.unwrap();
        if spent_elsewhere {
            let other = till.shopper(mug, 1).await;
            enter(&till, &other, &code).await.unwrap();
            let placement = till.ready(&other).await;
            till.place(&other, placement).await.unwrap();
        }
        till.provider.decide(&reference, Outcome::Captured);
        till.webhook(&format!("evt_{spent_elsewhere}"), &reference)
            .await;
        let expected = if spent_elsewhere {
            OrderState::RefundDue
        } else {
            OrderState::Paid
        };
        assert_eq!(state(&till, &placed).await, expected);
        assert_eq!(balance(&till, card).await, 0);
        till.drain().await;
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_card_can_be_taken_off(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let (card, code) = issue(&till, 1_000).await;
    let session = till.shopper(mug, 1).await;
    let with = enter(&till, &session, &code).await.unwrap();
    let change = CartChange::RemoveCard { card };
    let foreseen = with.foresee(&change).unwrap();
    let done = cart::change(
        &till,
        &till.caller(&session),
        &session,
        &till.eu(),
        till.command(change),
    )
    .await;
    let done = done.unwrap();
    assert_eq!((done.cards, &done.quote), (vec![], &foreseen.quote));
    assert_eq!(
        (done.quote.credit, balance(&till, card).await),
        (None, 1_000)
    );
}
