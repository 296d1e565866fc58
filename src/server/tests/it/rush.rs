//! More buyers than there are things, all at once.

use crate::browser::Paying;
use crate::world::World;

const BUYERS: usize = 64;
const THERE_ARE: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_buyers_ten_get_the_last_ten_and_the_others_are_told_before_they_pay() {
    let world = World::start().await;
    let variant = world.variant("LAST-TEN").await;
    let buyers: Vec<_> = (0..BUYERS).map(|_| world.shopper()).collect();
    let ready = buyers.into_iter().map(|buyer| {
        let variant = variant.clone();
        async move {
            buyer.add(&variant, 1).await;
            let checkout = buyer.checkout_as_ada().await;
            (buyer, checkout)
        }
    });
    let ready = together(ready).await;
    let sessions: std::collections::HashSet<_> = ready
        .iter()
        .map(|(buyer, _)| buyer.cookies()["__Host-rialto-session"].clone())
        .collect();
    assert_eq!(sessions.len(), BUYERS, "each has a session of their own");

    let placed = together(ready.into_iter().map(|(buyer, checkout)| async move {
        let answer = checkout.press(&buyer).await;
        (buyer, answer)
    }))
    .await;
    let (lucky, others): (Vec<_>, Vec<_>) = placed
        .into_iter()
        .partition(|(_, answer)| answer.status == 303);
    assert_eq!(
        lucky.len(),
        THERE_ARE,
        "{:?}",
        others
            .iter()
            .map(|(_, answer)| answer.status)
            .collect::<Vec<_>>()
    );
    assert_eq!(
        world.stock("LAST-TEN").await,
        (10, 10, 0),
        "all are held, nothing is sold yet"
    );
    for (buyer, refused) in others {
        let refused = refused
            .expect(409)
            .says("Last ten has just sold out. Nothing was ordered or charged.");
        assert_eq!(
            refused.form("/checkout").get("name"),
            Some("Ada Lovelace"),
            "what was typed is kept"
        );
        // Trying again is no way around it.
        let again = refused
            .form("/checkout")
            .press(&buyer, "action", "place")
            .await
            .expect(409);
        again.says("Last ten has just sold out.");
    }
    assert_eq!(
        world.simulator.sessions().await.len(),
        THERE_ARE,
        "nobody else was sent to pay"
    );

    let confirmed = together(lucky.into_iter().map(|(buyer, answer)| async move {
        let paying = Paying {
            url: answer.location().to_owned(),
        };
        buyer
            .pay_and_return(&paying)
            .await
            .says("Thank you. It is yours.")
            .url
    }))
    .await;
    let distinct: std::collections::HashSet<_> = confirmed.iter().collect();
    assert_eq!(distinct.len(), THERE_ARE);
    assert_eq!(world.stock("LAST-TEN").await, (0, 0, 10));
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 10);
    assert_eq!(
        world
            .count("SELECT count(*) FROM orders WHERE state = 'paid'")
            .await,
        10
    );
    assert_eq!(world.simulator.captures().await, [4990; THERE_ARE]);
    world.until_jobs_are_done().await;
    assert_eq!(world.mails().len(), THERE_ARE);
    world.server.assert_unbroken();
}

/// All of them at once, in tasks of their own.
async fn together<T: Send + 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = all.map(tokio::spawn).collect();
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await.expect("a buyer"));
    }
    done
}
