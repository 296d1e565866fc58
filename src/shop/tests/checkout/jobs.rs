//! Jobs: in order, again after failures, parked in the end.

use crate::sql;
use crate::support::Till;
use domain::payment::Outcome;
use shop::jobs::{self, Counts, Drained, MOST_ATTEMPTS};
use shop::notification::Mailer;
use shop::testing::{TestShop, until};
use sqlx::PgPool;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_job_that_keeps_failing_is_tried_less_and_less_and_parked(db: PgPool) {
    let mut shop = TestShop::build(db).without_redis().start().await;
    shop.leave_jobs();
    sql::add_job(&shop.db, "nobody", Uuid::now_v7(), shop.clock.time()).await;
    let once = Drained { done: 0, failed: 1 };
    for attempt in 1..=MOST_ATTEMPTS {
        assert_eq!(jobs::drain(&shop).await.expect("jobs"), once);
        assert_eq!(
            jobs::drain(&shop).await.expect("jobs"),
            Drained::default(),
            "not at once again"
        );
        let (_, state, attempts, error) = sql::jobs(&shop.db).await.remove(0);
        let expected = if attempt < MOST_ATTEMPTS {
            "waiting"
        } else {
            "parked"
        };
        assert_eq!((state.as_str(), attempts), (expected, attempt));
        assert_eq!(error.as_deref(), Some("nobody does \"nobody\""));
        shop.clock.advance(time::Duration::minutes(20));
    }
    assert_eq!(jobs::drain(&shop).await.expect("jobs"), Drained::default());
    let counts = jobs::counts(&shop).await.expect("counts");
    assert_eq!(
        counts,
        Counts {
            waiting: 0,
            failing: 0,
            parked: 1
        }
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn jobs_of_one_subject_wait_for_each_other(db: PgPool) {
    let mut shop = TestShop::build(db).without_redis().start().await;
    shop.leave_jobs();
    let (subject, now) = (Uuid::now_v7(), shop.clock.time());
    sql::add_job(&shop.db, "first", subject, now).await;
    sql::add_job(
        &shop.db,
        "second",
        subject,
        now + time::Duration::milliseconds(1),
    )
    .await;
    sql::add_job(&shop.db, "elsewhere", Uuid::now_v7(), now).await;
    shop.clock.advance(time::Duration::seconds(1));
    assert_eq!(jobs::drain(&shop).await.expect("jobs").failed, 2);
    let tries: Vec<_> = sql::jobs(&shop.db)
        .await
        .into_iter()
        .map(|(name, _, tries, _)| (name, tries))
        .collect();
    assert!(tries.contains(&("second".to_owned(), 0)), "{tries:?}");
    assert!(tries.contains(&("first".to_owned(), 1)), "{tries:?}");
    let counts = jobs::counts(&shop).await.expect("counts");
    assert_eq!(
        counts,
        Counts {
            waiting: 3,
            failing: 2,
            parked: 0
        }
    );
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_mail_that_could_not_be_sent_is_sent_later(db: PgPool) {
    let till = Till::new(db).await;
    till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    // Something that is no folder stands where the mails go.
    std::fs::write(&till.mail_folder, "in the way").unwrap();
    assert_eq!(jobs::drain(&till).await.expect("jobs").failed, 1);
    std::fs::remove_file(&till.mail_folder).unwrap();
    till.clock.advance(time::Duration::minutes(1));
    till.drain().await;
    assert_eq!(std::fs::read_dir(&till.mail_folder).unwrap().count(), 3);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_worker_works_until_it_is_stopped(db: PgPool) {
    let till = Till::new(db).await;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(jobs::run(till.shop.shop(), stop.clone()));
    till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    let begun = Instant::now();
    while jobs::counts(&till).await.expect("counts").waiting > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the mail is not sent"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    worker.await.expect("it ends");
    assert_eq!(std::fs::read_dir(&till.mail_folder).unwrap().count(), 3);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn old_events_and_finished_jobs_are_dropped(db: PgPool) {
    let till = Till::new(db).await;
    till.buy(till.mug(5).await, 1).await;
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    till.drain().await;
    till.clock.advance(time::Duration::days(29));
    jobs::tidy(&till).await.expect("tidy");
    let now = till.clock.time();
    let (events, kept) = sql::count_old(&till.db, now).await;
    assert!(events >= 2 && kept >= 1);
    till.clock.advance(time::Duration::days(2));
    jobs::tidy(&till).await.expect("tidy");
    assert_eq!(sql::count_old(&till.db, now).await, (0, 0));
}

#[tokio::test]
async fn a_mail_over_smtp_that_nobody_takes_fails() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let mailer = Mailer::smtp(&url, "Rialto <shop@rialto.example>").expect("a mailer");
    let mail = shop::notification::Mail {
        event: domain::EventId(Uuid::now_v7()),
        at: time::OffsetDateTime::UNIX_EPOCH,
        to: domain::checkout::Email::parse("ada@example.com").unwrap(),
        subject: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        text: "Hello".to_owned(),
    };
    assert!(mailer.send(&mail).await.is_err());
    assert!(Mailer::smtp("nonsense", "shop@rialto.example").is_err());
    assert!(Mailer::smtp(&url, "not a sender").is_err());
}

/// A shop with a job that goes on for as long as the webhooks are locked.
async fn with_a_long_job(db: PgPool) -> (TestShop, Uuid) {
    let mut shop = TestShop::build(db).without_redis().start().await;
    shop.leave_jobs();
    let now = shop.clock.time();
    let job = sql::add_job(&shop.db, "webhook.handle", Uuid::now_v7(), now).await;
    let about = serde_json::json!({ "provider": "stripe", "event": "evt_of_nobody" });
    sql::set_payload(&shop.db, job, about).await;
    (shop, job)
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_live_worker_keeps_its_job_for_as_long_as_it_takes(db: PgPool) {
    let (shop, job) = with_a_long_job(db).await;
    let lock = sql::lock_webhooks(&shop.db).await;
    let working = shop.shop();
    let worker = tokio::spawn(async move { jobs::drain(&working).await });
    until("the job is taken", async || {
        sql::due(&shop.db, job).await.1 == 1
    })
    .await;
    let (lease, _) = sql::due(&shop.db, job).await;
    shop.clock.advance(time::Duration::seconds(11));
    until("the lease is renewed", async || {
        sql::due(&shop.db, job).await.0 > lease
    })
    .await;
    // The first lease is over by now.
    shop.clock.advance(time::Duration::seconds(11));
    assert!(shop.clock.time() > lease);
    assert_eq!(jobs::drain(&shop).await.expect("jobs"), Drained::default());
    drop(lock);
    let drained = worker.await.expect("a worker").expect("jobs");
    assert_eq!(drained, Drained { done: 1, failed: 0 });
    assert_eq!(sql::due(&shop.db, job).await.1, 1, "nobody else tried");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn the_job_of_a_worker_that_died_is_taken_again_within_fifteen_seconds(db: PgPool) {
    let (shop, job) = with_a_long_job(db).await;
    let lock = sql::lock_webhooks(&shop.db).await;
    let working = shop.shop();
    let worker = tokio::spawn(async move { jobs::drain(&working).await });
    until("the job is taken", async || {
        sql::due(&shop.db, job).await.1 == 1
    })
    .await;
    worker.abort();
    assert!(worker.await.is_err_and(|end| end.is_cancelled()));
    drop(lock);
    assert_eq!(jobs::drain(&shop).await.expect("jobs"), Drained::default());
    shop.clock.advance(time::Duration::seconds(15));
    let drained = jobs::drain(&shop).await.expect("jobs");
    assert_eq!(drained, Drained { done: 1, failed: 0 });
    assert_eq!(sql::due(&shop.db, job).await.1, 2);
}
