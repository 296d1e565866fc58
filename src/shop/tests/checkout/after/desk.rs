//! Orders listed and shown.

use super::{amount, desk, staff};
use crate::support::{Till, eur, refused};
use domain::Role;
use domain::order::OrderState;
use shop::order::{ChangeError, Filter, list, refund, show};
use sqlx::PgPool;
use time::Duration;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn orders_are_listed_newest_first_page_by_page(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(50).await;
    let mut numbers = Vec::new();
    for at in 0..5 {
        // Two at the same moment.
        if at != 3 {
            till.clock.advance(Duration::minutes(1));
        }
        numbers.push(till.buy(mug, 1).await.number);
    }
    let mut filter = Filter::default();
    let mut seen = Vec::new();
    loop {
        let page = list(&till, &desk(), &filter, 2).await.expect("a list");
        assert!(page.orders.len() <= 2);
        seen.extend(page.orders.into_iter().map(|order| order.number));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    let mut sorted = (seen.clone(), numbers.clone());
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1, "each once");
    assert_eq!(
        (&seen[2..], &seen[..2].len()),
        (
            &[numbers[2].clone(), numbers[1].clone(), numbers[0].clone()][..],
            &2
        )
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn filters_narrow(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(50).await;
    let paid = till.paid(mug, 2).await.number;
    till.clock.advance(Duration::hours(1));
    let late = till.clock.time();
    let open = till.buy(mug, 1).await.number;
    let of = async |filter: Filter| -> Vec<String> {
        let page = list(&till, &desk(), &filter, 50).await.expect("a list");
        page.orders.into_iter().map(|order| order.number).collect()
    };
    let base = Filter::default;
    assert_eq!(
        of(Filter {
            state: Some(OrderState::Paid),
            ..base()
        })
        .await,
        [paid.as_str()]
    );
    assert_eq!(
        of(Filter {
            from: Some(late),
            ..base()
        })
        .await,
        [open.as_str()]
    );
    assert_eq!(
        of(Filter {
            until: Some(late),
            ..base()
        })
        .await,
        [paid.as_str()]
    );
    assert_eq!(
        of(Filter {
            to_ship: true,
            ..base()
        })
        .await,
        [paid.as_str()]
    );
    let start = paid[..9].to_lowercase();
    assert_eq!(
        of(Filter {
            number: Some(start),
            ..base()
        })
        .await,
        [paid.as_str()]
    );
    assert_eq!(
        of(Filter {
            email: Some("ADA@example.com".to_owned()),
            ..base()
        })
        .await
        .len(),
        2
    );
    for none in ["%", "_", "nobody@example.com"] {
        assert_eq!(
            of(Filter {
                email: Some(none.to_owned()),
                ..base()
            })
            .await
            .len(),
            0
        );
    }
    let odd = list(
        &till,
        &desk(),
        &Filter {
            after: Some("x".to_owned()),
            ..base()
        },
        5,
    )
    .await;
    assert!(matches!(refused(odd), ChangeError::Unfit(_)));
    let denied = list(&till, &staff(Role::Merchandiser), &base(), 5).await;
    assert_eq!(refused(denied), ChangeError::Denied);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_sheet_says_all_there_is(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 2).await;
    refund(&till, &desk(), &placed.number, &amount(500))
        .await
        .expect("a refund");
    till.drain().await;
    let sheet = show(
        &till,
        &desk(),
        &format!(" {} ", placed.number.to_lowercase()),
    )
    .await
    .expect("a sheet");
    assert_eq!(
        (sheet.number.as_str(), sheet.refunded),
        (placed.number.as_str(), eur(500))
    );
    assert_eq!(
        (sheet.lines[0].position, sheet.lines[0].units.bought),
        (1, 2)
    );
    assert_eq!(sheet.attempts[0]["state"], "captured");
    let log = sheet.log.as_array().expect("a log");
    let done: Vec<_> = log
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(
        done,
        ["order.placed", "order.paid", "refund.due", "refund.sent"]
    );
    assert!(
        sheet
            .link
            .ends_with(&format!("/orders/{}/{}", placed.number, placed.token))
    );
    assert_eq!(
        refused(show(&till, &desk(), "RI-NONE").await),
        ChangeError::NotFound
    );
}
