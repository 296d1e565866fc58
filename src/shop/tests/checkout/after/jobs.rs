//! Jobs as a person sees them, and in order.

use super::{amount, desk, staff};
use crate::provider::Mood;
use crate::sql;
use crate::support::{Till, refused};
use domain::Role;
use shop::fulfilment::{Dispatch, ship};
use shop::jobs::{self, Filter, JobError, State};
use shop::order::refund;
use sqlx::PgPool;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_orders_jobs_are_done_in_order_also_when_an_earlier_one_fails(db: PgPool) {
    let till = Till::new(db).await;
    let mug = till.mug(50).await;
    let (first, second) = (till.paid(mug, 2).await, till.paid(mug, 1).await);
    for placed in [&first, &second] {
        refund(&till, &desk(), &placed.number, &amount(100))
            .await
            .expect("a refund");
        till.clock.advance(time::Duration::seconds(1));
        ship(&till, &desk(), &placed.number, &Dispatch::default())
            .await
            .expect("shipped");
        till.clock.advance(time::Duration::seconds(1));
    }
    till.provider.set(Mood::Down);
    for _ in 0..3 {
        assert_eq!(
            jobs::drain(&till).await.expect("jobs").failed,
            2,
            "one of each order"
        );
        assert_eq!(
            jobs::drain(&till).await.expect("jobs"),
            jobs::Drained::default()
        );
        till.clock.advance(time::Duration::minutes(1));
    }
    let owner = staff(Role::Owner);
    let filter = Filter {
        order: Some(first.number.clone()),
        ..Filter::default()
    };
    let waiting = jobs::list(&till, &owner, &filter, 50)
        .await
        .expect("a list")
        .jobs;
    let names: Vec<_> = waiting
        .iter()
        .map(|job| (job.consumer.as_str(), job.attempts))
        .collect();
    assert_eq!(
        names,
        [("mail.shipped", 0), ("payment.refund", 3)],
        "newest first"
    );
    let held_up = jobs::show(&till, &owner, waiting[0].id)
        .await
        .expect("the job");
    assert_eq!(
        (held_up.waits_for, held_up.kind.as_deref()),
        (1, Some("order.shipped"))
    );
    // Given up, it holds nobody up any more.
    jobs::discard(&till, &owner, waiting[1].id)
        .await
        .expect("given up");
    assert_eq!(
        jobs::drain(&till).await.expect("jobs").done,
        1,
        "the first order's mail"
    );
    till.provider.set(Mood::Well);
    till.clock.advance(time::Duration::minutes(1));
    till.drain().await;
    assert_eq!(till.sent_back(), 100, "the second order's");
    assert_eq!(
        sql::refunded(&till.db, first.order).await,
        (100, 0),
        "still claimed, and visible"
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn retry_discard_and_replay_say_what_they_can_not_do(db: PgPool) {
    let till = Till::new(db).await;
    till.paid(till.mug(5).await, 1).await;
    let owner = staff(Role::Owner);
    let done = sql::job_of(&till.db, "mail.order_confirmation").await;
    assert!(matches!(
        refused(jobs::retry(&till, &owner, done).await),
        JobError::State { .. }
    ));
    assert!(matches!(
        refused(jobs::discard(&till, &owner, done).await),
        JobError::State { .. }
    ));
    let nobody = Uuid::from_u128(1);
    assert_eq!(
        refused(jobs::retry(&till, &owner, nobody).await),
        JobError::NotFound
    );
    assert_eq!(
        refused(jobs::discard(&till, &owner, nobody).await),
        JobError::NotFound
    );
    assert_eq!(
        refused(jobs::show(&till, &owner, nobody).await.map(|_| ())),
        JobError::NotFound
    );
    assert_eq!(
        refused(jobs::replay(&till, &owner, nobody, None).await),
        JobError::NoSuchEvent
    );
    for job in [
        jobs::retry(&till, &desk(), done).await,
        jobs::discard(&till, &desk(), done).await,
    ] {
        assert_eq!(refused(job), JobError::Denied);
    }
    let event = jobs::show(&till, &owner, done)
        .await
        .expect("the job")
        .event;
    let other = jobs::replay(&till, &owner, event, Some("mail.nothing")).await;
    assert!(matches!(refused(other), JobError::NoSuchConsumer { .. }));
    let again = jobs::replay(&till, &owner, event, None)
        .await
        .expect("once more");
    assert_eq!(again.consumers, ["mail.order_confirmation"]);
    till.drain().await;
    assert_eq!(
        std::fs::read_dir(&till.mail_folder).unwrap().count(),
        3,
        "the same mail"
    );
    let finished = Filter {
        states: Some(vec![State::Done]),
        ..Filter::default()
    };
    assert!(
        !jobs::list(&till, &owner, &finished, 50)
            .await
            .expect("a list")
            .jobs
            .is_empty()
    );
    assert!(
        jobs::list(&till, &owner, &Filter::default(), 50)
            .await
            .expect("a list")
            .jobs
            .is_empty()
    );
    let log = sql::audited(&till.db, &done.to_string()).await;
    assert_eq!(log, [("job.replay".to_owned(), "staff".to_owned())]);
}
