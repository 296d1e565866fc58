//! The checkout before it is placed.

use crate::sql;
use crate::support::{Till, eur, form, refused};
use domain::Money;
use domain::checkout::{
    CheckoutForm, CheckoutMessage, CheckoutState, CheckoutView, Field, FieldError, FieldProblem,
};
use shop::checkout::{CheckoutError, open, update};
use shop::customer::Session;
use sqlx::PgPool;

async fn type_in(till: &Till, session: &Session, form: CheckoutForm) -> CheckoutView {
    update(till, &till.caller(session), session, &till.eu(), form)
        .await
        .expect("a checkout")
}

fn problems(view: &CheckoutView) -> Vec<(Field, FieldProblem)> {
    view.messages
        .iter()
        .filter_map(|message| match message {
            CheckoutMessage::Field(FieldError { field, problem }) => Some((*field, *problem)),
            _ => None,
        })
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_empty_bag_has_no_checkout(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.guest().await;
    let caller = till.caller(&session);
    let answer = open(&till, &caller, &session, &till.eu()).await;
    assert_eq!(refused(answer), CheckoutError::EmptyCart);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn opening_again_resumes_what_was_typed(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(10).await, 2).await;
    let first = till.open(&session).await;
    assert_eq!(first.state, CheckoutState::Open);
    assert_eq!(
        first.messages,
        [],
        "nothing was typed, so nothing is wrong yet"
    );
    assert_eq!(
        (first.form.country.as_str(), first.form.delivery.as_str()),
        ("IT", "standard")
    );

    let typed = CheckoutForm {
        name: "  Ada ".to_owned(),
        email: "nonsense".to_owned(),
        ..first.form.clone()
    };
    let answered = type_in(&till, &session, typed.clone()).await;
    assert!(answered.version > first.version);
    let again = till.open(&session).await;
    assert_eq!(
        (again.id, again.key, again.version),
        (first.id, first.key, answered.version)
    );
    assert_eq!(again.form, typed, "kept as typed");
    assert_eq!(problems(&again), [(Field::Email, FieldProblem::Malformed)]);

    let same = type_in(&till, &session, typed).await;
    assert_eq!(
        same.version, answered.version,
        "nothing changed, so no new version"
    );
    let log = sql::audited(&till.db, &first.id.to_string()).await;
    let guest = |action: &str| (action.to_owned(), "guest".to_owned());
    assert_eq!(log, [guest("checkout.open"), guest("checkout.update")]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn every_problem_is_said_at_its_field(db: PgPool) {
    use Field as F;
    use FieldProblem as P;
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(10).await, 1).await;
    let empty = type_in(&till, &session, CheckoutForm::default()).await;
    let mut missing = problems(&empty);
    missing.sort_by_key(|(field, _)| field.name());
    let expected = [
        F::City,
        F::Country,
        F::Email,
        F::Line1,
        F::Name,
        F::Postcode,
    ];
    assert_eq!(missing, expected.map(|field| (field, P::Missing)));

    type Spoil = fn(&mut CheckoutForm);
    let cases: [(Spoil, F, P); 8] = [
        (
            |form| form.email = "ada@".to_owned(),
            F::Email,
            P::Malformed,
        ),
        (
            |form| form.email = format!("{}@example.com", "a".repeat(250)),
            F::Email,
            P::TooLong,
        ),
        (|form| form.name = "x".repeat(101), F::Name, P::TooLong),
        (
            |form| form.line1 = "Calle\u{0}".to_owned(),
            F::Line1,
            P::Malformed,
        ),
        (
            |form| form.phone = "call me".to_owned(),
            F::Phone,
            P::Malformed,
        ),
        (
            |form| form.country = "XX".to_owned(),
            F::Country,
            P::NotOffered,
        ),
        (
            |form| form.delivery = "pigeon".to_owned(),
            F::Delivery,
            P::NotOffered,
        ),
        (|form| form.delivery.clear(), F::Delivery, P::Missing),
    ];
    for (spoil, field, problem) in cases {
        let mut typed = form();
        spoil(&mut typed);
        let answered = type_in(&till, &session, typed).await;
        assert_eq!(problems(&answered), [(field, problem)]);
        assert_eq!(answered.state, CheckoutState::Open);
    }
    let good = type_in(&till, &session, form()).await;
    assert_eq!(
        (good.state, good.messages),
        (CheckoutState::Ready, Vec::new())
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_destination_decides_delivery_and_tax(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(10).await, 2).await;
    let italy = type_in(&till, &session, form()).await;
    assert_eq!(italy.quote.delivery, Some(eur(490)));
    assert_eq!(italy.quote.total, eur(5_290));
    // 22 % in 48.00 is 8.656, in 4.90 it is 0.884.
    assert_eq!(italy.quote.tax, eur(866 + 88));
    let prices: Vec<_> = italy
        .delivery
        .iter()
        .map(|choice| (choice.option.code.as_str(), choice.price))
        .collect();
    assert_eq!(prices, [("standard", eur(490)), ("express", eur(990))]);

    let germany = CheckoutForm {
        country: "DE".to_owned(),
        delivery: "express".to_owned(),
        ..form()
    };
    let germany = type_in(&till, &session, germany).await;
    assert_eq!(germany.quote.total, eur(4_800 + 1_490));
    // 19 %: 7.664 and 2.379.
    assert_eq!(germany.quote.tax, eur(766 + 238));

    let nowhere = type_in(
        &till,
        &session,
        CheckoutForm {
            country: "JP".to_owned(),
            ..form()
        },
    )
    .await;
    assert_eq!(nowhere.delivery, []);
    assert_eq!(nowhere.state, CheckoutState::Open);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn tax_is_added_where_the_market_says_so(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till
        .product("calle-mug")
        .price_in("us", 2_600)
        .stock(10)
        .await
        .variant();
    let session = till.guest().await;
    let quantity = domain::cart::Quantity::new(1).unwrap();
    let command = till.command(domain::cart::CartChange::AddLine {
        variant: mug,
        quantity,
    });
    let caller = till.caller(&session);
    shop::cart::change(&till, &caller, &session, &till.us(), command)
        .await
        .expect("added");
    let typed = CheckoutForm {
        country: "US".to_owned(),
        region: "New York".to_owned(),
        ..form()
    };
    let view = update(&till, &caller, &session, &till.us(), typed)
        .await
        .expect("a checkout");
    let usd = |minor| Money::new(minor, domain::Currency::Usd);
    assert_eq!(view.quote.delivery, Some(usd(1_490)));
    // 8.875 % of 40.90 is 3.629875.
    assert_eq!((view.quote.tax, view.quote.total), (usd(363), usd(4_453)));
    assert_eq!(view.form.region, "NY", "chosen among the states");
    let regions = view.regions.expect("states");
    assert_eq!((regions.label.as_str(), regions.required), ("State", true));
    assert_eq!(regions.choices.len(), 51);

    let unknown = CheckoutForm {
        region: "New".to_owned(),
        ..view.form.clone()
    };
    let view = update(&till, &caller, &session, &till.us(), unknown)
        .await
        .expect("a checkout");
    let wrong = FieldError {
        field: Field::Region,
        problem: FieldProblem::NotOffered,
    };
    assert_eq!(view.messages, [CheckoutMessage::Field(wrong)]);
    assert_eq!(view.form.region, "New", "what was typed stays");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn too_little_stock_is_a_message(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 4).await;
    till.set_stock(mug, 3).await;
    let view = type_in(&till, &session, form()).await;
    let said = CheckoutMessage::SoldOut {
        variant: mug,
        title: "Calle mug".to_owned(),
        available: 3,
    };
    assert_eq!(view.messages, [said]);
    assert_eq!(view.state, CheckoutState::Open);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn another_shoppers_checkout_and_a_huge_form_are_refused(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(5).await, 1).await;
    let stranger = till.guest().await;
    let strange = till.caller(&stranger);
    assert_eq!(
        refused(open(&till, &strange, &session, &till.eu()).await),
        CheckoutError::Denied
    );
    let answer = update(&till, &strange, &session, &till.eu(), form()).await;
    assert_eq!(refused(answer), CheckoutError::Denied);

    let huge = CheckoutForm {
        line2: "x".repeat(10_000),
        ..form()
    };
    let answer = update(&till, &till.caller(&session), &session, &till.eu(), huge).await;
    assert_eq!(refused(answer), CheckoutError::TooLarge);
    assert_eq!(till.open(&session).await.form.line2, "");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_checkout_that_expired_begins_anew(db: PgPool) {
    let till = Till::new(db).await;
    let session = till.shopper(till.mug(5).await, 1).await;
    let first = till.open(&session).await;
    till.clock.advance(time::Duration::days(8));
    let second = till.open(&session).await;
    assert_ne!(first.id, second.id);
    assert_ne!(first.key, second.key);
}
