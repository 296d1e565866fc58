//! What commands do, alone.

use crate::{add, change, change_in, lines, quantity, read, refusal, set};
use domain::cart::{CartChange, CartError, CartLine, MAX_LINES};
use domain::catalog::StockState;
use domain::checkout::CheckoutForm;
use domain::pricing::{TaxClass, quote};
use domain::{Currency, Money};
use shop::testing::TestShop;
use shop::{cart, checkout};
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_cart_is_filled_changed_and_emptied(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let bowl = shop.product("laguna-bowl").price(3800).stock(10).await;
    let guest = shop.guest().await;

    let empty = read(&shop, &guest).await;
    assert_eq!((empty.id, empty.version, empty.lines.len()), (None, 0, 0));
    assert_eq!(empty.quote.total, Money::zero(Currency::Eur));

    let first = change(&shop, &guest, add(mug.variant(), 2)).await.unwrap();
    assert!(first.id.is_some());
    assert_eq!(first.version, 1);
    let second = change(&shop, &guest, add(bowl.variant(), 1)).await.unwrap();
    let third = change(&shop, &guest, add(mug.variant(), 1)).await.unwrap();
    assert_eq!(lines(&second), [(mug.variant(), 2), (bowl.variant(), 1)]);
    assert_eq!(lines(&third), [(mug.variant(), 3), (bowl.variant(), 1)]);
    assert_eq!((third.id, third.version), (first.id, 3));

    let fewer = change(&shop, &guest, set(mug.variant(), 1)).await.unwrap();
    assert_eq!(lines(&fewer), [(mug.variant(), 1), (bowl.variant(), 1)]);
    let remove = |variant| CartChange::RemoveLine { variant };
    let without = change(&shop, &guest, remove(mug.variant())).await.unwrap();
    assert_eq!(lines(&without), [(bowl.variant(), 1)]);
    let again = change(&shop, &guest, remove(mug.variant())).await.unwrap();
    assert_eq!(lines(&again), [(bowl.variant(), 1)]);
    assert_eq!(read(&shop, &guest).await, again);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_answer_is_what_the_browser_foresaw(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2433).weight(700).await;
    let book = shop
        .product("a-book")
        .price(1999)
        .tax(TaxClass::Reduced)
        .await;
    let guest = shop.guest().await;
    change(&shop, &guest, add(mug.variant(), 1)).await.unwrap();
    let shown = change(&shop, &guest, add(book.variant(), 3)).await.unwrap();
    assert_eq!(shown.quote, quote(&shown.priced(), &shown.terms).unwrap());

    let more = add(mug.variant(), 1);
    let foreseen = shown.foresee(&more).unwrap();
    let answered = change(&shop, &guest, more.clone()).await.unwrap();
    assert_eq!(lines(&foreseen), lines(&answered));
    assert_eq!(foreseen.quote, answered.quote);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn lines_say_what_a_page_shows(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop
        .product("calle-mug")
        .title("Calle mug")
        .german("Calle-Becher")
        .picture("/media/calle-lagoon.jpg", "A mug in lagoon")
        .picture("/media/calle-sand.jpg", "A mug in sand")
        .options(["Glaze", "Size"])
        .price(2400)
        .was(3000)
        .weight(350)
        .stock(3)
        .variant(["Lagoon", "350 ml"])
        .price_in("us", 2600)
        .variant(["Sand", "350 ml"])
        .stock(0)
        .oversell()
        .await;
    let guest = shop.guest().await;
    change(&shop, &guest, add(mug.variants[0], 1))
        .await
        .unwrap();
    let shown = change(&shop, &guest, add(mug.variants[1], 1))
        .await
        .unwrap();

    let CartLine { title, options, .. } = &shown.lines[0];
    assert_eq!(
        (title.as_str(), options.as_str()),
        ("Calle mug", "Glaze: Lagoon · Size: 350 ml")
    );
    assert_eq!(shown.lines[0].product_slug, "calle-mug");
    assert_eq!(shown.lines[0].sku, "CALLE-MUG-LAGOON-350 ML");
    assert_eq!(shown.lines[0].unit_price, Money::new(2400, Currency::Eur));
    assert_eq!(
        shown.lines[0].compare_at,
        Some(Money::new(3000, Currency::Eur))
    );
    assert_eq!(
        (shown.lines[0].weight_g, shown.lines[0].stock),
        (350, StockState::FewLeft)
    );
    let picture = |line: usize| shown.lines[line].picture.clone().expect("a picture").src;
    assert_eq!(picture(0), "/media/calle-lagoon.jpg");
    assert_eq!(picture(1), "/media/calle-sand.jpg");
    assert_eq!(shown.lines[1].stock, StockState::InStock);

    let german = cart::read(&shop, Some(&guest), &"de-eu".parse().unwrap(), 0)
        .await
        .unwrap();
    assert_eq!(german.lines[0].title, "Calle-Becher");
    assert_eq!(german.version, shown.version);
    assert_eq!(german.terms.delivery.unwrap().name, "Standard, in Papier");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn each_market_has_a_cart_of_its_own(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop
        .product("calle-mug")
        .price(2400)
        .price_in("us", 2600)
        .await;
    let guest = shop.guest().await;
    let here = change(&shop, &guest, add(mug.variant(), 2)).await.unwrap();
    let there = change_in(&shop, &guest, &shop.us(), add(mug.variant(), 1))
        .await
        .unwrap();
    assert_ne!(here.id, there.id);
    assert_eq!(there.lines[0].unit_price, Money::new(2600, Currency::Usd));
    assert_eq!(there.quote.total.currency, Currency::Usd);
    assert_eq!(lines(&read(&shop, &guest).await), [(mug.variant(), 2)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_same_command_is_one_change(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).stock(10).await;
    let guest = shop.guest().await;
    let caller = shop.caller(&guest);
    let command = shop.command(add(mug.variant(), 2));
    let give = async |command| cart::change(&shop, &caller, &guest, &shop.eu(), command).await;

    let first = give(command.clone()).await.unwrap();
    assert_eq!(give(command.clone()).await.unwrap(), first);

    // After another change the answer is the cart as it is now.
    let more = change(&shop, &guest, add(mug.variant(), 5)).await.unwrap();
    assert_eq!(lines(&more), [(mug.variant(), 7)]);
    shop.set_stock(mug.variant(), 0).await;
    let replayed = give(command.clone()).await.unwrap();
    assert_eq!(
        (lines(&replayed), replayed.version),
        (lines(&more), more.version)
    );

    let other = domain::cart::CartCommand {
        change: add(mug.variant(), 3),
        ..command
    };
    assert_eq!(
        give(other).await.map_err(refusal),
        Err(CartError::CommandReused)
    );
    assert_eq!(lines(&read(&shop, &guest).await), [(mug.variant(), 7)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_cart_of_300_lines_takes_no_more_but_all_it_has(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mut builder = shop.product("tiles").price(100).weight(10);
    let names: Vec<String> = (0..=MAX_LINES).map(|tile| format!("Tile {tile}")).collect();
    for name in &names {
        builder = builder.variant([name.as_str()]);
    }
    let tiles = builder.await;
    let guest = shop.guest().await;
    let (last, rest) = tiles.variants.split_last().unwrap();
    for variant in rest {
        shop.add(&guest, *variant, 1).await;
    }

    let refused = change(&shop, &guest, add(*last, 1)).await;
    assert_eq!(refused, Err(CartError::TooManyLines));
    let full = change(&shop, &guest, add(rest[0], 1)).await.unwrap();
    let mut expected: Vec<_> = rest.iter().map(|variant| (*variant, 1)).collect();
    expected[0].1 = 2;
    assert_eq!(lines(&full), expected);
    assert_eq!(full.quote.subtotal, Money::new(30_100, Currency::Eur));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_line_stops_at_99(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).await;
    let guest = shop.guest().await;
    shop.add(&guest, mug.variant(), 98).await;
    let full = shop.add(&guest, mug.variant(), 98).await;
    assert_eq!(lines(&full), [(mug.variant(), 99)]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_checkout_gets_what_is_true_now(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop
        .product("calle-mug")
        .price(2400)
        .stock(10)
        .weight(350)
        .await;
    let poster = shop.product("poster").price(900).weight(100).await;
    let guest = shop.guest().await;
    shop.add(&guest, mug.variant(), 4).await;
    let seen = shop.add(&guest, poster.variant(), 1).await;
    shop.set_stock(mug.variant(), 2).await;
    shop.set_price(mug.variant(), "eu", 2500).await;

    let current = cart::current(&shop, guest.customer, &shop.eu())
        .await
        .unwrap();
    assert_eq!((current.id, current.version), (seen.id, seen.version));
    assert_eq!(current.weight_g(), 4 * 350 + 100);
    let [mugs, posters] = &current.lines[..] else {
        panic!("two lines")
    };
    assert_eq!((mugs.line.quantity, mugs.available), (quantity(4), Some(2)));
    assert_eq!(mugs.line.unit_price.minor, 2500);
    assert_eq!(posters.available, None);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn after_an_order_the_next_cart_goes_on_counting(db: PgPool) {
    let shop = TestShop::new(db).await;
    let mug = shop.product("calle-mug").price(2400).await;
    let guest = shop.guest().await;
    let caller = shop.caller(&guest);
    let command = shop.command(add(mug.variant(), 2));
    let ordered = cart::change(&shop, &caller, &guest, &shop.eu(), command.clone())
        .await
        .unwrap();

    let open = checkout::open(&shop, &caller, &guest, &shop.eu())
        .await
        .expect("a checkout");
    let placement = checkout::Placement {
        checkout: open.id,
        key: open.key,
        form: CheckoutForm {
            email: "ada@example.com".to_owned(),
            name: "Ada Venier".to_owned(),
            line1: "Calle Larga 12".to_owned(),
            postcode: "30124".to_owned(),
            city: "Venezia".to_owned(),
            ..open.form
        },
        seen_total: open.quote.total.minor,
        seen_credit: 0,
    };
    checkout::place(shop.shop(), caller.clone(), guest, shop.eu(), placement)
        .await
        .expect("an order");

    let empty = read(&shop, &guest).await;
    assert_eq!((empty.id, lines(&empty)), (None, vec![]));
    assert!(empty.version > ordered.version);
    // A reply that got lost, asked for again: the order is not put into the bag once more.
    let replayed = cart::change(&shop, &caller, &guest, &shop.eu(), command)
        .await
        .unwrap();
    assert_eq!((replayed.id, replayed.version), (None, empty.version));
    let next = shop.add(&guest, mug.variant(), 1).await;
    assert_ne!(next.id, ordered.id);
    assert!(next.version > empty.version);
}
