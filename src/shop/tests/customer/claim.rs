//! An e-mail address is claimed by a mailed link, once, in the browser that asked for it.

use crate::sql;
use domain::Actor;
use domain::checkout::Email;
use shop::customer::{
    CLAIM_LASTS, ClaimError, Claimed, Session, begin_session, claim, find_session, request_claim,
};
use shop::testing::TestShop;
use shop::{Failure, jobs};
use sqlx::PgPool;
use time::Duration;

pub fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

pub async fn ask(shop: &TestShop, session: &Session, address: &str) -> Result<(), ClaimError> {
    let caller = shop.caller(session);
    said(request_claim(shop, &caller, session, &shop.eu(), &email(address)).await)
}

pub async fn press(shop: &TestShop, session: &Session, token: &str) -> Result<Claimed, ClaimError> {
    said(claim(shop, &shop.caller(session), session, token).await)
}

fn said<T>(answer: Result<T, Failure<ClaimError>>) -> Result<T, ClaimError> {
    answer.map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::Broken(broken) => panic!("{broken}"),
    })
}

/// Sends the mail that waits, and reads its link's secret.
pub async fn mailed(shop: &TestShop) -> String {
    let before = letters(shop);
    let drained = jobs::drain(shop).await.expect("jobs");
    assert_eq!((drained.done, drained.failed), (1, 0));
    let mut new: Vec<_> = letters(shop)
        .into_iter()
        .filter(|letter| !before.contains(letter))
        .collect();
    assert_eq!(new.len(), 1);
    secret(&new.remove(0))
}

fn secret(letter: &str) -> String {
    let link = letter
        .lines()
        .find_map(|line| line.split_once("/account/claim/"))
        .expect("a link");
    link.1.trim().to_owned()
}

fn letters(shop: &TestShop) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(&shop.mail_folder) else {
        return Vec::new();
    };
    folder
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "txt"))
        .map(|path| std::fs::read_to_string(path).expect("a letter"))
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_guest_claims_an_address_by_its_link(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (cookie, session) = begin_session(&shop, None).await.unwrap();
    ask(&shop, &session, "Ada@example.com").await.unwrap();
    let token = mailed(&shop).await;
    let letter = letters(&shop).remove(0);
    assert!(
        letter.contains("https://rialto.example/en-eu/account/claim/"),
        "{letter}"
    );

    let before = find_session(&shop, &cookie).await.unwrap().unwrap();
    assert!(!before.signed_in);
    let claimed = press(&shop, &session, &token).await.unwrap();
    assert_eq!(
        claimed,
        Claimed {
            customer: session.customer,
            merged: false
        }
    );
    let after = find_session(&shop, &cookie).await.unwrap().unwrap();
    assert!(after.signed_in, "the copy of the session was kept");
    let customer = session.customer;
    assert_eq!(shop.caller(&after).actor, Actor::Customer { customer });
    assert_eq!(sql::owners(&shop.db, "ada@EXAMPLE.com").await, [customer.0]);
    let entry = sql::audit_entry(&shop.db, "customer.claimed").await;
    assert_eq!(entry.subject, customer.to_string());

    assert_eq!(
        press(&shop, &after, &token).await,
        Err(ClaimError::Link),
        "it works once"
    );
    assert_eq!(
        ask(&shop, &after, "other@example.com").await,
        Err(ClaimError::AlreadyClaimed)
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_links_secret_is_nowhere_but_in_the_mail(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let session = shop.guest().await;
    ask(&shop, &session, "ada@example.com").await.unwrap();
    let token = mailed(&shop).await;
    let hashes = sql::link_hashes(&shop.db).await;
    assert_eq!(hashes.len(), 1);
    assert_ne!(hashes[0], token.as_bytes());
    let told = sql::told(&shop.db).await;
    assert!(
        !told.contains(&token) && !told.contains("ada@example.com"),
        "{told}"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_link_holds_for_a_day_and_a_new_one_ends_it(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let session = shop.guest().await;
    ask(&shop, &session, "ada@example.com").await.unwrap();
    let first = mailed(&shop).await;
    ask(&shop, &session, "ada@example.com").await.unwrap();
    let second = mailed(&shop).await;
    assert_eq!(press(&shop, &session, &first).await, Err(ClaimError::Link));

    shop.clock.advance(CLAIM_LASTS);
    assert_eq!(press(&shop, &session, &second).await, Err(ClaimError::Link));
    ask(&shop, &session, "ada@example.com").await.unwrap();
    let third = mailed(&shop).await;
    shop.clock.advance(CLAIM_LASTS - Duration::seconds(1));
    assert!(press(&shop, &session, &third).await.is_ok());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_link_that_was_replaced_before_it_was_mailed_is_not_mailed(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let session = shop.guest().await;
    ask(&shop, &session, "ada@example.com").await.unwrap();
    ask(&shop, &session, "ada@example.com").await.unwrap();
    assert_eq!(jobs::drain(&shop).await.expect("jobs").failed, 0);
    let letters = letters(&shop);
    assert_eq!(letters.len(), 1);
    assert!(press(&shop, &session, &secret(&letters[0])).await.is_ok());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn no_other_browser_can_use_it(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let (session, other) = (shop.guest().await, shop.guest().await);
    ask(&shop, &session, "ada@example.com").await.unwrap();
    let token = mailed(&shop).await;
    assert_eq!(
        press(&shop, &other, &token).await,
        Err(ClaimError::OtherBrowser)
    );
    let as_another = claim(&shop, &shop.caller(&other), &session, &token).await;
    assert_eq!(said(as_another), Err(ClaimError::Denied));
    for odd in ["", "x", &"A".repeat(43), &format!("{token}A"), "\0"] {
        assert_eq!(
            press(&shop, &session, odd).await,
            Err(ClaimError::Link),
            "{odd:?}"
        );
    }
    assert!(
        press(&shop, &session, &token).await.is_ok(),
        "it was not used up"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn nobodys_mailbox_is_filled(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let session = shop.guest().await;
    for _ in 0..5 {
        ask(&shop, &session, "ada@example.com").await.unwrap();
    }
    assert_eq!(
        ask(&shop, &session, "bob@example.com").await,
        Err(ClaimError::TooMany)
    );
    let other = shop.guest().await;
    let spelt = ask(&shop, &other, "ADA+more@example.com").await;
    assert_eq!(spelt, Err(ClaimError::TooMany));
    ask(&shop, &other, "bob@example.com").await.unwrap();
    shop.clock.advance(Duration::hours(1));
    ask(&shop, &session, "ada@example.com").await.unwrap();
    assert_eq!(jobs::drain(&shop).await.expect("jobs").failed, 0);
    assert_eq!(letters(&shop).len(), 2, "one for each who waits");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn whoever_claims_an_address_again_becomes_who_has_it(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let owner = shop.guest().await;
    ask(&shop, &owner, "ada@example.com").await.unwrap();
    press(&shop, &owner, &mailed(&shop).await).await.unwrap();

    let (cookie, guest) = begin_session(&shop, None).await.unwrap();
    shop.add(&guest, mug.variant(), 2).await;
    sql::insert_order(&shop.db, guest.customer, mug.variant().0, "RI-GUEST").await;
    ask(&shop, &guest, "ADA@example.com").await.unwrap();
    let token = mailed(&shop).await;
    let claimed = press(&shop, &guest, &token).await.unwrap();
    assert_eq!(
        claimed,
        Claimed {
            customer: owner.customer,
            merged: true
        }
    );
    let now = find_session(&shop, &cookie).await.unwrap().unwrap();
    assert_eq!((now.customer, now.signed_in), (owner.customer, true));
    assert_eq!(
        sql::successor(&shop.db, guest.customer).await,
        Some(owner.customer.0)
    );
    let orders = sql::belongings(&shop.db, owner.customer).await;
    assert!(orders.contains(&("orders".to_owned(), 1)), "{orders:?}");
    assert_eq!(press(&shop, &now, &token).await, Err(ClaimError::Link));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn two_who_claim_one_address_at_once_are_one_customer(db: PgPool) {
    let shop = TestShop::build(db).without_redis().start().await;
    let (first, second) = (shop.guest().await, shop.guest().await);
    ask(&shop, &first, "ada@example.com").await.unwrap();
    let one = mailed(&shop).await;
    ask(&shop, &second, "ada@example.com").await.unwrap();
    let two = mailed(&shop).await;
    let (one, two) = tokio::join!(press(&shop, &first, &one), press(&shop, &second, &two));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.customer, two.customer);
    assert_ne!(one.merged, two.merged);
    assert_eq!(
        sql::owners(&shop.db, "ada@example.com").await,
        [one.customer.0]
    );
}
