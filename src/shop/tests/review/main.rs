//! Reviews: written, read by the shop's people, shown; the figures they come to; and lists that are ordered by them and by sales.

mod listed;
mod sql;

use domain::review::{Rating, ReviewField, ReviewForm};
use domain::{Actor, ReviewId, Role, StaffId};
use shop::catalog::review::{
    Decision, Filter, Moderated, ModerationError, Proof, ReviewError, State, Written, decide, list,
    list_reviews, show, write,
};
use shop::catalog::{CatalogError, find_product};
use shop::customer::{Session, merge};
use shop::testing::TestShop;
use shop::{Caller, Failure, outbox};
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

async fn shop(db: PgPool) -> TestShop {
    TestShop::build(db).without_redis().start().await
}

fn form(stars: u8, title: &str) -> ReviewForm {
    ReviewForm {
        stars: stars.to_string(),
        title: title.to_owned(),
        body: "It holds tea.\n\nAnd coffee.".to_owned(),
        name: "Ada".to_owned(),
    }
}

fn staff(role: Role) -> Caller {
    Caller {
        actor: Actor::Staff {
            staff: StaffId(Uuid::from_u128(1)),
            roles: vec![role],
        },
        cause: "test".to_owned(),
        trace: None,
    }
}

async fn say(
    shop: &TestShop,
    session: &Session,
    slug: &str,
    form: &ReviewForm,
) -> Result<Written, Failure<ReviewError>> {
    let caller = shop.caller(session);
    write(
        shop,
        &caller,
        session.customer,
        &shop.eu(),
        slug,
        form,
        None,
    )
    .await
}

async fn publish(shop: &TestShop, id: ReviewId) -> Moderated {
    let decision = Decision::Publish;
    decide(shop, &staff(Role::Support), id, &decision)
        .await
        .unwrap()
}

/// Count and sum of stars, on the product's page.
async fn rating(shop: &TestShop, slug: &str) -> Option<(u32, u64)> {
    let product = find_product(shop, &shop.eu(), slug).await.unwrap();
    product.rating.map(|rating| (rating.count, rating.sum))
}

/// The tags of the pages that changed since then.
async fn changed(shop: &TestShop, since: &outbox::Position) -> Vec<String> {
    match outbox::tail(shop, since).await.unwrap() {
        (outbox::Changes::Tags(tags), _) => tags,
        other => panic!("few pages changed: {other:?}"),
    }
}

#[track_caller]
fn refusal<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, Failure<E>>) -> E {
    match result {
        Err(Failure::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_review_is_shown_once_somebody_has_read_it(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").category("cups").price(100).await;
    shop.product("vase").category("cups").price(100).await;
    let ada = shop.guest().await;
    let written = say(&shop, &ada, "mug", &form(5, "A good mug"))
        .await
        .unwrap();
    assert!(!written.is_verified && !written.replaced);
    assert_eq!(rating(&shop, "mug").await, None, "nobody has read it");

    let before = outbox::position(&shop).await.unwrap();
    assert_eq!(publish(&shop, written.id).await, Moderated::Done);
    let tags = changed(&shop, &before).await;
    for tag in ["product:mug", "category:cups", "home"] {
        assert!(tags.contains(&tag.to_owned()), "{tags:?}");
    }
    assert_eq!(publish(&shop, written.id).await, Moderated::Already);
    let product = find_product(&shop, &shop.eu(), "mug").await.unwrap();
    assert_eq!(product.rating, Rating::of(1, 5));
    let [review] = &product.reviews[..] else {
        panic!("one review: {:?}", product.reviews)
    };
    assert_eq!(
        (
            review.stars.get(),
            &*review.title,
            &*review.name,
            &*review.locale
        ),
        (5, "A good mug", "Ada", "en")
    );
    assert_eq!(review.body, "It holds tea.\n\nAnd coffee.");
    assert_eq!(review.day, shop.clock.time().date());
    let beside = find_product(&shop, &shop.eu(), "vase").await.unwrap();
    assert_eq!(beside.related[0].rating, Rating::of(1, 5), "on its card");

    let off = Decision::Refuse("names a person".to_owned());
    let done = decide(&shop, &staff(Role::Owner), written.id, &off).await;
    assert_eq!(done.unwrap(), Moderated::Done);
    assert_eq!(rating(&shop, "mug").await, None);
    let sheet = show(&shop, &staff(Role::Support), written.id)
        .await
        .unwrap();
    assert_eq!(
        (sheet.state, sheet.reason.as_deref()),
        (State::Refused, Some("names a person"))
    );
    let said = sql::audit(&shop.db, written.id).await;
    assert_eq!(
        said,
        ["review.written", "review.published", "review.refused"]
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn one_person_has_one_review_of_a_product(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(100).await;
    shop.product("vase").price(100).await;
    let (ada, bob) = (shop.guest().await, shop.guest().await);
    let first = say(&shop, &ada, "mug", &form(1, "Bad")).await.unwrap();
    say(&shop, &ada, "vase", &form(3, "Another thing"))
        .await
        .unwrap();
    say(&shop, &bob, "mug", &form(4, "Another person"))
        .await
        .unwrap();
    let second = say(&shop, &ada, "mug", &form(2, "Less bad")).await.unwrap();
    assert!(second.replaced, "nobody had read the first");
    let gone = decide(&shop, &staff(Role::Owner), first.id, &Decision::Publish).await;
    assert_eq!(refusal(gone), ModerationError::Replaced);
    let waiting = Filter {
        state: Some(State::Pending),
        product: Some("mug".to_owned()),
        limit: 10,
    };
    let titles = async || {
        let sheets = list(&shop, &staff(Role::Merchandiser), &waiting)
            .await
            .unwrap();
        let titles = sheets.into_iter().map(|sheet| sheet.title);
        let mut titles: Vec<String> = titles.collect();
        titles.sort();
        titles
    };
    assert_eq!(titles().await, ["Another person", "Less bad"]);

    publish(&shop, second.id).await;
    let third = say(&shop, &ada, "mug", &form(5, "Good after all"))
        .await
        .unwrap();
    assert!(!third.replaced, "the published one stays until this one is");
    assert_eq!(rating(&shop, "mug").await, Some((1, 2)));
    publish(&shop, third.id).await;
    assert_eq!(rating(&shop, "mug").await, Some((1, 5)));
    assert_eq!(sql::rating_of_reviews(&shop.db, "mug").await, (1, 5));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn whoever_paid_for_it_has_bought_it(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").price(100).await;
    shop.product("vase").price(100).await;
    let (ada, bob, eve) = (shop.guest().await, shop.guest().await, shop.guest().await);
    let now = shop.clock.time();
    sql::order(
        &shop.db,
        (ada.customer, "RI-1", "paid"),
        (mug.variant(), 2),
        now,
    )
    .await;
    sql::order(
        &shop.db,
        (bob.customer, "RI-2", "payment_due"),
        (mug.variant(), 1),
        now,
    )
    .await;
    let by = async |session: &Session, slug: &str, proof: Option<(&str, &str)>| {
        let proof = proof.map(|(number, token)| Proof {
            number: number.to_owned(),
            token: token.to_owned(),
        });
        let (caller, form) = (shop.caller(session), form(4, "Fine"));
        let customer = session.customer;
        let at = shop.eu();
        let written = write(&shop, &caller, customer, &at, slug, &form, proof.as_ref());
        written.await.unwrap()
    };
    assert!(by(&ada, "mug", None).await.is_verified);
    assert!(!by(&ada, "vase", None).await.is_verified, "another thing");
    assert!(!by(&bob, "mug", None).await.is_verified, "not paid");
    assert!(!by(&eve, "mug", Some(("RI-1", "guessed"))).await.is_verified);
    assert!(
        !by(&eve, "vase", Some(("RI-1", "token-RI-1")))
            .await
            .is_verified
    );
    // In another browser, by the order's link: the same person, whose first one nobody has read.
    let linked = by(&eve, "mug", Some(("RI-1", "token-RI-1"))).await;
    assert!(linked.is_verified && linked.replaced);
    assert_eq!(sql::pending(&shop.db, "mug").await, 2, "bob's and this one");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_no_review_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(100).await;
    shop.product("draft").price(100).draft().await;
    let (ada, bob) = (shop.guest().await, shop.guest().await);
    let at = shop.eu();
    let (as_ada, not_mine) = (shop.caller(&ada), form(1, "Not mine"));
    let as_another = write(&shop, &as_ada, bob.customer, &at, "mug", &not_mine, None);
    assert_eq!(refusal(as_another.await), ReviewError::Denied);
    for (slug, error) in [
        ("nothing", CatalogError::NotFound),
        ("draft", CatalogError::Gone),
        ("a\0b", CatalogError::NotFound),
    ] {
        let refused = say(&shop, &ada, slug, &form(5, "Where")).await;
        assert_eq!(refusal(refused), ReviewError::Product(error), "{slug:?}");
    }
    let no_stars = ReviewForm {
        stars: "9".to_owned(),
        ..form(5, "Too good")
    };
    let ReviewError::Fields(problems) = refusal(say(&shop, &ada, "mug", &no_stars).await) else {
        panic!("a field is wrong")
    };
    assert_eq!(problems[0].0, ReviewField::Stars);
    assert_eq!(sql::pending(&shop.db, "mug").await, 0);

    let id = say(&shop, &ada, "mug", &form(5, "Good")).await.unwrap().id;
    let desk = staff(Role::OrderDesk);
    for caller in [&as_ada, &desk] {
        let denied = decide(&shop, caller, id, &Decision::Publish).await;
        assert_eq!(refusal(denied), ModerationError::Denied);
        assert_eq!(
            refusal(show(&shop, caller, id).await),
            ModerationError::Denied
        );
    }
    let owner = staff(Role::Owner);
    for reason in ["", "  ", &"x".repeat(501), "a\0"] {
        let refused = decide(&shop, &owner, id, &Decision::Refuse(reason.to_owned())).await;
        assert_eq!(refusal(refused), ModerationError::NoReason);
    }
    let nobody = ReviewId(Uuid::from_u128(7));
    let unknown = decide(&shop, &owner, nobody, &Decision::Publish).await;
    assert_eq!(refusal(unknown), ModerationError::Unknown);
    assert_eq!(sql::pending(&shop.db, "mug").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn nobody_floods_the_shop(db: PgPool) {
    let shop = shop(db).await;
    let mug = shop.product("mug").price(100).await;
    for number in 0..6 {
        shop.product(&format!("thing-{number}")).price(100).await;
    }
    let ada = shop.guest().await;
    for number in 0..5 {
        let slug = format!("thing-{number}");
        say(&shop, &ada, &slug, &form(5, "Good")).await.unwrap();
    }
    let sixth = say(&shop, &ada, "thing-5", &form(5, "Good")).await;
    assert_eq!(refusal(sixth), ReviewError::TooMany);
    shop.clock.advance(Duration::DAY);
    say(&shop, &ada, "thing-5", &form(5, "Good")).await.unwrap();

    for _ in 0..20 {
        let stranger = shop.guest().await;
        say(&shop, &stranger, "mug", &form(1, "Spam"))
            .await
            .unwrap();
    }
    let stranger = shop.guest().await;
    let refused = say(&shop, &stranger, "mug", &form(1, "Spam")).await;
    assert_eq!(refusal(refused), ReviewError::TooMany);
    // Whoever bought it is heard all the same.
    let buyer = shop.guest().await;
    let now = shop.clock.time();
    sql::order(
        &shop.db,
        (buyer.customer, "RI-1", "paid"),
        (mug.variant(), 1),
        now,
    )
    .await;
    say(&shop, &buyer, "mug", &form(5, "Good")).await.unwrap();
    shop.clock.advance(Duration::HOUR);
    say(&shop, &stranger, "mug", &form(1, "Spam"))
        .await
        .unwrap();
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn pages_show_each_review_once_the_latest_first(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(100).await;
    let mut all = Vec::new();
    for number in 0..30_u8 {
        let session = shop.guest().await;
        let title = format!("Number {number}");
        // A few at a time: strangers may not write more in an hour. Some are published at the same moment.
        if number % 3 == 0 {
            shop.clock.advance(Duration::HOUR);
        }
        let stars = number % 5 + 1;
        let written = say(&shop, &session, "mug", &form(stars, &title))
            .await
            .unwrap();
        publish(&shop, written.id).await;
        all.insert(0, title);
    }
    let (mut seen, mut after, mut sizes) = (Vec::new(), None, Vec::new());
    loop {
        let page = list_reviews(&shop, &shop.eu(), "mug", after).await.unwrap();
        assert_eq!(page.product.rating, Rating::of(30, 90));
        assert_eq!(page.stars, [6; 5]);
        sizes.push(page.reviews.len());
        seen.extend(page.reviews.into_iter().map(|review| review.title));
        // As a link says it.
        after = page.next.map(|next| next.to_string().parse().unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [12, 12, 6]);
    assert_eq!(seen, all);
    let product = find_product(&shop, &shop.eu(), "mug").await.unwrap();
    let latest = product.reviews.into_iter().map(|review| review.title);
    assert_eq!(latest.collect::<Vec<_>>(), all[..5]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn figures_hold_whoever_moderates_at_once(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(100).await;
    let mut ids = Vec::new();
    for stars in [1, 2, 3, 4, 5, 5] {
        let session = shop.guest().await;
        ids.push(
            say(&shop, &session, "mug", &form(stars, "So"))
                .await
                .unwrap()
                .id,
        );
    }
    let (caller, publish) = (staff(Role::Owner), Decision::Publish);
    let all = ids.iter().map(|id| decide(&shop, &caller, *id, &publish));
    for done in futures::future::join_all(all).await {
        assert_eq!(done.unwrap(), Moderated::Done);
    }
    assert_eq!(rating(&shop, "mug").await, Some((6, 20)));
    let refuse = Decision::Refuse("rude".to_owned());
    let (one, other) = futures::join!(
        decide(&shop, &caller, ids[0], &refuse),
        decide(&shop, &caller, ids[0], &refuse)
    );
    let done = [one.unwrap(), other.unwrap()];
    assert!(done.contains(&Moderated::Done) && done.contains(&Moderated::Already));
    assert_eq!(rating(&shop, "mug").await, Some((5, 19)));
    assert_eq!(sql::rating_of_reviews(&shop.db, "mug").await, (5, 19));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_a_guest_wrote_is_the_customer_s_they_become(db: PgPool) {
    let shop = shop(db).await;
    shop.product("mug").price(100).await;
    shop.product("vase").price(100).await;
    let (guest, owner) = (shop.guest().await, shop.guest().await);
    say(&shop, &guest, "mug", &form(1, "As a guest"))
        .await
        .unwrap();
    say(&shop, &guest, "vase", &form(3, "As a guest"))
        .await
        .unwrap();
    say(&shop, &owner, "mug", &form(5, "As myself"))
        .await
        .unwrap();
    let machine = Caller::machine("test", "test");
    merge(&shop, &machine, guest.customer, owner.customer)
        .await
        .unwrap();
    assert_eq!(sql::of(&shop.db, guest.customer).await, 0);
    assert_eq!(sql::of(&shop.db, owner.customer).await, 3);
    assert_eq!(sql::pending(&shop.db, "mug").await, 1);
    assert_eq!(sql::pending(&shop.db, "vase").await, 1);
}
