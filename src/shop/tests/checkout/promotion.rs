//! Promotions: from the file to the order, and no more of them than there may be.

use crate::support::{Till, eur, looked_at_again, machine, refused};
use domain::VariantId;
use domain::cart::{CartChange, CartError, CartView};
use domain::checkout::CheckoutMessage;
use domain::money::Money;
use domain::payment::Outcome;
use domain::pricing::DeclinedBecause;
use domain::promotion::{Code, CodeProblem};
use futures::future::join_all;
use shop::customer::Session;
use shop::promotion::{self, ImportError};
use shop::{Failure, cart, jobs};
use sqlx::PgPool;
use time::Duration;

pub fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// Takes in a file of promotions.
pub async fn import(till: &Till, promotions: serde_json::Value) {
    let file = serde_json::to_vec(&serde_json::json!({ "promotions": promotions })).unwrap();
    let taken = promotion::import(till, &machine(), file.as_slice()).await;
    taken.expect("the promotions are taken in");
}

pub async fn enter(till: &Till, session: &Session, text: &str) -> Result<CartView, CartError> {
    let command = till.command(CartChange::ApplyCode { code: code(text) });
    let done = cart::change(till, &till.caller(session), session, &till.eu(), command).await;
    done.map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::Broken(broken) => panic!("broken: {broken}"),
    })
}

async fn take_off(till: &Till, session: &Session, text: &str) -> CartView {
    let command = till.command(CartChange::RemoveCode { code: code(text) });
    let done = cart::change(till, &till.caller(session), session, &till.eu(), command).await;
    done.expect("the code is taken off")
}

pub fn welcome(limits: serde_json::Value) -> serde_json::Value {
    serde_json::json!([{
        "name": "welcome", "title": { "en": "Welcome", "de": "Willkommen" }, "codes": ["WELCOME10"],
        "takes": { "percent": 10 }, "limits": limits,
    }])
}

pub async fn uses(till: &Till, name: &str) -> i64 {
    promotion::find(till, name).await.expect("it is there").uses
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_code_lowers_cart_checkout_order_and_charge_alike(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({}))).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 2).await;
    let cart = enter(&till, &session, "welcome 10").await.unwrap();
    assert_eq!(cart.quote.discount, eur(480));
    assert_eq!(cart.quote.adjustments[0].rule, "Welcome");
    assert_eq!(cart.quote.adjustments[0].code, Some(code("WELCOME10")));
    // What is priced on the copy of the cart, in the language it is read in.
    let german = cart::read(
        &till,
        Some(&session),
        &"de-eu".parse().unwrap(),
        cart.version,
    )
    .await;
    assert_eq!(german.unwrap().quote.adjustments[0].rule, "Willkommen");

    let placement = till.ready(&session).await;
    assert_eq!(placement.seen_total, 4_800 - 480 + 490);
    let placed = till.place(&session, placement).await.unwrap();
    let page = till.provider.page();
    assert_eq!(page.amount, eur(4_810));
    let order = shop::order::find(&till, &placed.number, &placed.token)
        .await
        .unwrap();
    assert_eq!(order.quote.adjustments, cart.quote.adjustments);
    assert_eq!(order.quote.due(), page.amount);
    assert_eq!(uses(&till, "welcome").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_code_is_a_command_like_any_other(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({}))).await;
    let mug = till.mug(5).await;
    let session = till.guest().await;
    let nothing = enter(&till, &session, "WELCOME10").await;
    assert_eq!(nothing, Err(CartError::NothingToUseItOn));
    let before = till.add(&session, mug, 1).await;
    let caller = till.caller(&session);
    let command = till.command(CartChange::ApplyCode {
        code: code("WELCOME10"),
    });
    let give = async |command| cart::change(&till, &caller, &session, &till.eu(), command).await;
    let first = give(command.clone()).await.unwrap();
    assert_eq!(first.version, before.version + 1);
    assert_eq!(give(command.clone()).await.unwrap(), first);
    let other = domain::cart::CartCommand {
        change: CartChange::RemoveCode {
            code: code("WELCOME10"),
        },
        ..command
    };
    assert_eq!(refused(give(other).await), CartError::CommandReused);
    let without = take_off(&till, &session, "WELCOME10").await;
    assert_eq!((without.codes, without.quote), (vec![], before.quote));
    // No history keeps what was typed: it could have been a gift card's.
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM cart_command WHERE change::text LIKE '%WELCOME%'")
            .fetch_one(&till.db)
            .await
            .unwrap();
    assert_eq!(kept, 0);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_code_that_can_not_be_used_says_why(db: PgPool) {
    let till = Till::new(db).await;
    let now = till.clock.time();
    let day = |days: i64| (now + Duration::days(days)).date().to_string();
    let of = |name: &str, rest: serde_json::Value| {
        let mut one = serde_json::json!({
            "name": name, "title": { "en": name, "de": name }, "codes": [name], "takes": { "percent": 10 },
        });
        for (key, value) in rest.as_object().unwrap() {
            one[key] = value.clone();
        }
        one
    };
    import(
        &till,
        serde_json::json!([
            of("later", serde_json::json!({ "starts": day(2) })),
            of(
                "over",
                serde_json::json!({ "starts": day(-9), "ends": day(-1) })
            ),
            of("america", serde_json::json!({ "markets": ["us"] })),
            of("friends", serde_json::json!({ "groups": ["friends"] })),
            of("hundred", serde_json::json!({ "from": { "eu": "100.00" } })),
            of("three", serde_json::json!({ "units": 3 })),
            of("lamps", serde_json::json!({ "on": { "tags": ["lamp"] } })),
        ]),
    )
    .await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 2).await;
    for (text, why) in [
        ("LATER", CodeProblem::NotYet),
        ("OVER", CodeProblem::Ended),
        ("AMERICA", CodeProblem::NotHere),
        ("FRIENDS", CodeProblem::NotForYou),
    ] {
        assert_eq!(
            enter(&till, &session, text).await,
            Err(CartError::Code(why))
        );
    }
    assert_eq!(
        enter(&till, &session, "NOBODYS").await,
        Err(CartError::UnknownCode)
    );
    // What more in the bag would mend stays, and says what is missing.
    for (text, why) in [
        ("HUNDRED", DeclinedBecause::Missing { amount: eur(5_200) }),
        ("THREE", DeclinedBecause::MissingQuantity { quantity: 1 }),
        ("LAMPS", DeclinedBecause::NoLines),
    ] {
        let cart = enter(&till, &session, text).await.unwrap();
        let declined = cart.quote.declined.iter();
        let of_code = declined.filter(|it| it.code == Some(code(text)));
        assert_eq!(of_code.map(|it| it.why.clone()).collect::<Vec<_>>(), [why]);
    }
    let more = till.add(&session, mug, 3).await;
    assert_eq!(more.quote.adjustments.len(), 2, "{:?}", more.quote);

    sqlx::query("INSERT INTO customer_group VALUES ($1, 'friends')")
        .bind(session.customer.0)
        .execute(&till.db)
        .await
        .unwrap();
    assert!(enter(&till, &session, "FRIENDS").await.is_ok());
    // Ended while it lies in the bag: it takes nothing any more, and says so.
    assert!(promotion::end(&till, &machine(), "friends").await.unwrap());
    assert!(!promotion::end(&till, &machine(), "friends").await.unwrap());
    let cart = till.add(&session, mug, 1).await;
    let friends = cart.codes.iter().find(|kept| kept.code == code("FRIENDS"));
    assert_eq!(friends.unwrap().problem, Some(CodeProblem::Ended));
    assert!(
        cart.quote
            .adjustments
            .iter()
            .all(|it| it.code != Some(code("FRIENDS")))
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn rules_name_the_lines_they_are_on(db: PgPool) {
    let till = Till::new(db).await;
    let product = async |slug: &str, category: &str, tags: &[&str]| -> VariantId {
        let mut builder = till.product(slug).category(category).price(1_000);
        for tag in tags {
            builder = builder.tag(tag);
        }
        builder.await.variant()
    };
    let mug = product("calle-mug", "cups", &["mug"]).await;
    let bowl = product("lido-bowl", "bowls", &[]).await;
    let lamp = product("arco-lamp", "light", &["lamp"]).await;
    import(
        &till,
        serde_json::json!([
            { "name": "mugs", "title": { "en": "Mugs", "de": "Becher" }, "priority": 9,
              "takes": { "percent": "50" }, "on": { "tags": ["mug"] } },
            { "name": "light", "title": { "en": "Light", "de": "Licht" }, "priority": 5,
              "takes": { "amount": { "eu": "2.00" } }, "on": { "categories": ["light"], "products": ["lido-bowl"] } },
        ]),
    )
    .await;
    let session = till.guest().await;
    for variant in [mug, bowl, lamp] {
        till.add(&session, variant, 1).await;
    }
    let cart = cart::read(&till, Some(&session), &till.eu(), 0)
        .await
        .unwrap();
    let off: Vec<i64> = cart
        .quote
        .lines
        .iter()
        .map(|line| line.discount.minor)
        .collect();
    assert_eq!(off, [500, 100, 100]);
    let named: Vec<&str> = cart
        .quote
        .adjustments
        .iter()
        .map(|it| it.rule.as_str())
        .collect();
    assert_eq!(named, ["Mugs", "Light"], "the higher priority goes first");
    // The browser has all it needs: the server answers what it foresees.
    let fewer = CartChange::RemoveLine { variant: lamp };
    let foreseen = cart.foresee(&fewer).unwrap();
    let done = cart::change(
        &till,
        &till.caller(&session),
        &session,
        &till.eu(),
        till.command(fewer),
    )
    .await;
    assert_eq!(done.unwrap().quote, foreseen.quote);
}

/// Saleor #15855: a voucher of a limited number of uses went to more orders, because each looked before any had counted.
#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn voucher_limit_race(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({ "in_all": 10 }))).await;
    let mug = till.mug(1_000).await;
    let mut buyers = Vec::new();
    for buyer in 0..64 {
        let session = till.shopper(mug, 1).await;
        enter(&till, &session, "WELCOME10").await.unwrap();
        let mut placement = till.ready(&session).await;
        placement.form.email = format!("buyer{buyer}@example.com");
        buyers.push((session, placement));
    }
    let placing = buyers
        .iter()
        .map(|(session, placement)| till.place(session, placement.clone()));
    let (mut placed, mut told) = (0, 0);
    for (answer, (session, placement)) in join_all(placing).await.into_iter().zip(&buyers) {
        if answer.is_ok() {
            placed += 1;
            continue;
        }
        let view = looked_at_again(answer);
        let said = |message: &CheckoutMessage| {
            matches!(
                message,
                CheckoutMessage::CodeRefused {
                    problem: CodeProblem::UsedUp,
                    ..
                }
            ) || matches!(message, CheckoutMessage::TotalChanged { .. })
        };
        assert!(
            !view.messages.is_empty() && view.messages.iter().all(said),
            "{:?}",
            view.messages
        );
        assert_eq!(view.quote.total, eur(2_400 + 490));
        told += 1;
        // They can go on without.
        let mut again = placement.clone();
        again.seen_total = view.quote.total.minor;
        till.place(session, again)
            .await
            .expect("an order without the code");
    }
    assert_eq!((placed, told), (10, 54));
    assert_eq!(uses(&till, "welcome").await, 10);
    let discounted = till
        .provider
        .pages()
        .iter()
        .filter(|page| page.amount == eur(2_160 + 490))
        .count();
    assert_eq!((discounted, till.provider.pages().len()), (10, 64));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn once_each_is_once_in_any_browser(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({ "each": 1 }))).await;
    let mug = till.mug(1_000).await;
    let session = till.shopper(mug, 1).await;
    enter(&till, &session, "WELCOME10").await.unwrap();
    let placement = till.ready(&session).await;
    till.place(&session, placement).await.unwrap();
    till.add(&session, mug, 1).await;
    let again = enter(&till, &session, "WELCOME10").await;
    assert_eq!(again, Err(CartError::Code(CodeProblem::UsedBefore)));

    // Another browser is another guest; the address is the same, however it is written.
    let other = till.shopper(mug, 1).await;
    enter(&till, &other, "WELCOME10").await.unwrap();
    let mut placement = till.ready(&other).await;
    placement.form.email = "  ADA@example.com".to_owned();
    let view = looked_at_again(till.place(&other, placement.clone()).await);
    let told = CheckoutMessage::CodeRefused {
        code: code("WELCOME10"),
        problem: CodeProblem::UsedBefore,
    };
    assert_eq!(view.messages, [told]);
    placement.seen_total = view.quote.total.minor;
    till.place(&other, placement)
        .await
        .expect("without the code");
    assert_eq!(uses(&till, "welcome").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_code_comes_back_when_the_order_comes_to_nothing(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({ "in_all": 1 }))).await;
    let mug = till.mug(1_000).await;
    let first = till.shopper(mug, 1).await;
    enter(&till, &first, "WELCOME10").await.unwrap();
    let placement = till.ready(&first).await;
    till.place(&first, placement).await.unwrap();
    let late = till.provider.page().reference;
    let second = till.shopper(mug, 1).await;
    let used_up = enter(&till, &second, "WELCOME10").await;
    assert_eq!(used_up, Err(CartError::Code(CodeProblem::UsedUp)));

    till.provider.decide(&late, Outcome::Failed);
    till.clock.advance(Duration::minutes(45));
    jobs::sweep(&till).await.unwrap();
    assert_eq!(uses(&till, "welcome").await, 0);
    enter(&till, &second, "WELCOME10").await.unwrap();
    let placement = till.ready(&second).await;
    till.place(&second, placement).await.unwrap();
    assert_eq!(uses(&till, "welcome").await, 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn many_codes_that_nobody_has_are_cheap_and_then_refused(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({}))).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    for guess in 0..20 {
        let unknown = enter(&till, &session, &format!("GUESS{guess}")).await;
        assert_eq!(unknown, Err(CartError::UnknownCode));
    }
    // Also the right one is not told from a wrong one now.
    for text in ["GUESS20", "WELCOME10"] {
        assert_eq!(
            enter(&till, &session, text).await,
            Err(CartError::TooManyTries)
        );
    }
    let (commands, version): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM cart_command), version FROM cart")
            .fetch_one(&till.db)
            .await
            .unwrap();
    assert_eq!((commands, version), (1, 1), "guesses are no changes");
    till.clock.advance(Duration::minutes(11));
    assert!(enter(&till, &session, "WELCOME10").await.is_ok());
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_file_with_a_mistake_changes_nothing_and_names_it(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({}))).await;
    let wrong = async |promotions: serde_json::Value| -> String {
        let file = serde_json::json!({ "promotions": promotions }).to_string();
        let taken = promotion::import(&till, &machine(), file.as_bytes()).await;
        refused(taken.map(|imported| imported.names)).to_string()
    };
    let good = serde_json::json!({
        "name": "good", "title": { "en": "Good", "de": "Gut" }, "takes": { "percent": 12.5 },
    });
    let but = |key: &str, value: serde_json::Value| {
        let mut one = good.clone();
        one[key] = value;
        serde_json::json!([good, one])
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    for (key, value, said) in [
        ("name", r#""Not Good""#, "`name`"),
        ("name", r#""good""#, "two of that name"),
        ("title", r#"{ "en": "Good" }"#, "in `de`"),
        ("codes", r#"["A!"]"#, "3 to 32"),
        ("takes", r#"{ "percent": 101 }"#, "0.01 to 100"),
        ("takes", r#"{ "percent": 0.001 }"#, "0.01 to 100"),
        (
            "takes",
            r#"{ "percent": 10, "amount": { "eu": "5.00" } }"#,
            "`takes` has one of",
        ),
        (
            "takes",
            r#"{ "amount": { "eu": "5.001" } }"#,
            "`takes.amount.eu`",
        ),
        (
            "takes",
            r#"{ "amount": { "mars": "5.00" } }"#,
            "no market `mars`",
        ),
        ("takes", r#"{ "buy": 2 }"#, "`takes` has one of"),
        ("takes", r#"{ "price": 2 }"#, "unknown field"),
        ("from", r#"{ "eu": "-1" }"#, "`from.eu`"),
        ("starts", r#""soon""#, "`starts`"),
        (
            "on",
            r#"{ "products": ["no-such-mug"] }"#,
            "no product no-such-mug",
        ),
        ("on", r#"{ "categories": ["cups"] }"#, "no category cups"),
        ("limits", r#"{ "in_all": 0 }"#, "at least 1"),
    ] {
        let mut promotions = but(key, json(value));
        if !said.contains("two of") && key != "name" {
            promotions[1]["name"] = "other".into();
        }
        let text = wrong(promotions).await;
        assert!(text.contains(said), "{key} {value}: {text}");
    }
    let taken = but("codes", json(r#"["WELCOME10"]"#));
    let mut taken = taken;
    taken[1]["name"] = "thief".into();
    assert!(
        wrong(taken)
            .await
            .contains("belongs to promotion `welcome`")
    );
    let names: Vec<String> = promotion::list(&till)
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["welcome"]);
    let denied =
        promotion::import(&till, &till.caller(&till.guest().await), b"{}".as_slice()).await;
    assert!(matches!(denied, Err(Failure::Refused(ImportError::Denied))));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn codes_go_along_when_two_carts_become_one(db: PgPool) {
    let till = Till::new(db).await;
    import(&till, welcome(serde_json::json!({ "each": 2 }))).await;
    let mug = till.mug(50).await;
    let (guest, account) = (till.shopper(mug, 1).await, till.shopper(mug, 2).await);
    enter(&till, &guest, "WELCOME10").await.unwrap();
    let actor = domain::Actor::Customer {
        customer: account.customer,
    };
    let caller = shop::Caller {
        actor,
        cause: "test".to_owned(),
        trace: None,
    };
    shop::customer::merge(&till, &caller, guest.customer, account.customer)
        .await
        .unwrap();
    let cart = cart::read(&till, Some(&account), &till.eu(), 0)
        .await
        .unwrap();
    assert_eq!(cart.codes.len(), 1);
    assert_eq!(cart.quote.discount, Money::new(720, domain::Currency::Eur));
}
