//! What is refused changes nothing.

use crate::{EXPORT, import, import_with, machine, shop, sql};
use domain::{Actor, CustomerId, Locale, Role, StaffId};
use shop::Caller;
use shop::catalog::import::{self as importing, ImportError, ImportOptions, RowProblem};
use shop::catalog::{self};
use sqlx::PgPool;
use std::io::Cursor;
use uuid::Uuid;

const BROKEN: &str = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Grams,Status\n\
    good,Good,,,10.00,100,active\n\
    price,Price,,,ten,100,active\n\
    size,Size,Size,S,10.00,100,active\n\
    size,,,M,10.00,heavy,\n\
    also-good,Also good,,,12.00,100,active\n\
    status,Status,,,10.00,100,sold\n";

fn places(problems: &[RowProblem]) -> Vec<(u64, &str)> {
    problems
        .iter()
        .map(|problem| (problem.row, problem.column.as_str()))
        .collect()
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_file_with_problems_changes_nothing(db: PgPool) {
    let shop = shop(db).await;
    import(&shop, EXPORT).await.unwrap();
    let before = sql::everything(&shop.db).await;
    let error = import(&shop, BROKEN).await.unwrap_err();
    let ImportError::Problems(problems) = &error else {
        panic!("{error}");
    };
    let expected = [(3, "Variant Price"), (5, "Variant Grams"), (7, "Status")];
    assert_eq!(places(problems), expected, "all of them at once");
    assert!(
        error
            .to_string()
            .contains("row 3, column Variant Price: \"ten\" is not an amount of EUR")
    );
    assert_eq!(sql::everything(&shop.db).await, before);
    assert_eq!(sql::audit(&shop.db).await.len(), 1);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn bad_rows_can_be_left_out(db: PgPool) {
    let shop = shop(db).await;
    let report = import_with(&shop, BROKEN, true).await.unwrap();
    assert_eq!((report.products_new, report.variants), (2, 2));
    let expected = [(3, "Variant Price"), (5, "Variant Grams"), (7, "Status")];
    assert_eq!(places(&report.skipped), expected);
    for slug in ["good", "also-good"] {
        catalog::find_product(&shop, &shop.eu(), slug)
            .await
            .unwrap();
    }
    // Half of a product is not sold.
    assert!(
        catalog::find_product(&shop, &shop.eu(), "size")
            .await
            .is_err()
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn without_a_header_there_is_nothing_to_leave_out(db: PgPool) {
    let shop = shop(db).await;
    let error = import_with(&shop, "good,Good\n", true).await.unwrap_err();
    assert!(matches!(error, ImportError::Problems(_)), "{error}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn shoppers_and_support_may_not(db: PgPool) {
    let shop = shop(db).await;
    let options = ImportOptions {
        market: None,
        skip_bad_rows: false,
    };
    let customer = CustomerId(Uuid::nil());
    let staff = |role| Actor::Staff {
        staff: StaffId(Uuid::nil()),
        roles: vec![role],
    };
    let denied = [
        Actor::Guest { customer },
        Actor::Customer { customer },
        staff(Role::Support),
        staff(Role::OrderDesk),
    ];
    for actor in denied {
        let caller = Caller { actor, ..machine() };
        let result =
            importing::run(&shop, &caller, Cursor::new(EXPORT), &options, &mut |_| {}).await;
        assert!(
            matches!(result, Err(ImportError::Denied(_))),
            "{:?}",
            caller.actor
        );
        let result =
            importing::translate(&shop, &caller, Locale::De, Cursor::new("Handle,Title\n")).await;
        assert!(
            matches!(result, Err(ImportError::Denied(_))),
            "{:?}",
            caller.actor
        );
    }
    let caller = Caller {
        actor: staff(Role::Merchandiser),
        ..machine()
    };
    importing::run(&shop, &caller, Cursor::new(EXPORT), &options, &mut |_| {})
        .await
        .unwrap();
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_market_must_be_there(db: PgPool) {
    let shop = shop(db).await;
    let options = ImportOptions {
        market: Some("mars".parse().unwrap()),
        skip_bad_rows: false,
    };
    let error = importing::run(
        &shop,
        &machine(),
        Cursor::new(EXPORT),
        &options,
        &mut |_| {},
    )
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "there is no market mars");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_translation_is_for_products_that_are_there(db: PgPool) {
    let shop = shop(db).await;
    import(&shop, EXPORT).await.unwrap();
    let before = sql::everything(&shop.db).await;
    let file = "Handle,Title\ncalle-mug,Becher Calle\nno-such-thing,Ding\ncalle-mug,Becher\n";
    let error = importing::translate(&shop, &machine(), Locale::De, Cursor::new(file))
        .await
        .unwrap_err();
    let ImportError::Problems(problems) = error else {
        panic!("{error}");
    };
    assert_eq!(places(&problems), [(3, "Handle"), (4, "Handle")]);
    assert_eq!(sql::everything(&shop.db).await, before);
}
