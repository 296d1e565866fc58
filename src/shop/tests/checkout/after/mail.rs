//! Mails about what follows a payment.

use super::{amount, desk, parts};
use crate::support::{Till, form, machine};
use domain::fulfilment::ReturnReason;
use domain::payment::Outcome;
use shop::checkout::{Placement, open, place};
use shop::fulfilment::{
    Back, Dispatch, NewReturn, Receipt, announce, cancel_return, delivered, receive, ship,
    undeliverable,
};
use shop::order::{cancel, refund};
use sqlx::PgPool;

/// The mails of that ending, oldest first.
fn mails(till: &Till, ending: &str) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(&till.mail_folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a mail"))
        .collect()
}

/// Sends what waits; the newest mail, in both forms.
async fn newest(till: &Till) -> (String, String) {
    till.drain().await;
    // The next one gets a later name.
    till.clock.advance(time::Duration::seconds(1));
    let last = |ending| mails(till, ending).pop().expect("a mail");
    (last("txt"), last("html"))
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn each_step_is_told(db: PgPool) {
    let till = Till::new(db).await;
    let placed = till.paid(till.mug(5).await, 3).await;
    let number = placed.number.as_str();
    till.clock.advance(time::Duration::seconds(1));
    let says = |(text, html): (String, String), words: &[&str]| {
        for word in words.iter().chain(&[number]) {
            assert!(text.contains(word), "no {word:?} in\n{text}");
            assert!(html.contains(word), "no {word:?} in\n{html}");
        }
    };
    let new = Dispatch {
        parts: Some(parts(1, 2)),
        carrier: "Gondola & Sons".to_owned(),
        tracking_code: Some("GO-1".to_owned()),
        tracking_url: Some("https://carrier.example/GO-1".to_owned()),
    };
    ship(&till, &desk(), number, &new).await.expect("shipped");
    let mail = newest(&till).await;
    assert!(mail.0.contains("Gondola & Sons") && mail.1.contains("Gondola &#38; Sons"));
    says(
        mail,
        &[
            "On its way.",
            "2 × Calle mug",
            "GO-1",
            "https://carrier.example/GO-1",
            "The rest follows",
        ],
    );
    undeliverable(&till, &desk(), number, 1)
        .await
        .expect("given up");
    says(
        newest(&till).await,
        &["It did not reach you.", "2 × Calle mug"],
    );
    delivered(&till, &desk(), number, 1)
        .await
        .expect("delivered");
    says(newest(&till).await, &["It is with you."]);
    let coming = |parts| NewReturn {
        parts,
        reason: ReturnReason::NotAsDescribed,
        note: String::new(),
    };
    announce(&till, &desk(), number, &coming(parts(1, 1)))
        .await
        .expect("announced");
    says(
        newest(&till).await,
        &["We expect it back.", "1 × Calle mug", "Not as described"],
    );
    let receipt = Receipt {
        restock: true,
        refund: Back::Nothing,
    };
    receive(&till, &desk(), number, 1, receipt)
        .await
        .expect("received");
    says(newest(&till).await, &["It is back with us."]);
    announce(&till, &desk(), number, &coming(parts(1, 1)))
        .await
        .expect("announced");
    newest(&till).await;
    cancel_return(&till, &desk(), number, 2)
        .await
        .expect("called off");
    says(newest(&till).await, &["Called off."]);
    refund(&till, &desk(), number, &amount(1_234))
        .await
        .expect("a refund");
    says(newest(&till).await, &["€12.34", "As agreed."]);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_cancelled_order_is_told_in_its_own_language(db: PgPool) {
    let till = Till::new(db).await;
    let german: domain::Storefront = "de-eu".parse().expect("a storefront");
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 1).await;
    let caller = till.caller(&session);
    let view = open(&till, &caller, &session, &german)
        .await
        .expect("a checkout");
    let placement = Placement {
        checkout: view.id,
        key: view.key,
        form: form(),
        seen_total: view.quote.total.minor,
        seen_credit: 0,
    };
    let placed = place(till.shop.shop(), caller, session, german, placement)
        .await
        .expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    till.drain().await;
    till.clock.advance(time::Duration::seconds(1));
    cancel(&till, &desk(), &placed.number, "")
        .await
        .expect("called off");
    till.drain().await;
    let told = mails(&till, "txt").join("\n");
    for word in [
        "Storniert.",
        "28,90\u{a0}€ gehen dorthin zurück",
        "für die stornierte Bestellung",
        "/de-eu/orders/",
    ] {
        assert!(told.contains(word), "no {word:?} in\n{told}");
    }
    assert!(
        mails(&till, "html")
            .iter()
            .all(|mail| mail.contains("lang=\"de\""))
    );
    let unpaid = till.buy(mug, 1).await;
    till.clock.advance(time::Duration::seconds(1));
    cancel(&till, &desk(), &unpaid.number, "")
        .await
        .expect("called off");
    let (text, _) = newest(&till).await;
    assert!(text.contains("Nothing is left to be paid back."), "{text}");
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn what_is_picked_up_is_never_said_to_be_sent(db: PgPool) {
    let till = Till::new(db).await;
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/delivery.json");
    let file = std::fs::File::open(demo).expect("the demo's delivery");
    shop::market::delivery::import(&till, &machine(), file)
        .await
        .expect("a place to pick up at");
    // The worker does this when it reads of the import in the outbox.
    till.markets.reload(&till.db).await.expect("the tables");
    let mug = till.mug(5).await;
    let session = till.shopper(mug, 2).await;
    let caller = till.caller(&session);
    let fetched = domain::checkout::CheckoutForm {
        delivery: "pick-up".to_owned(),
        ..form()
    };
    let view = shop::checkout::update(&till, &caller, &session, &till.eu(), fetched.clone())
        .await
        .expect("a checkout");
    let placement = Placement {
        checkout: view.id,
        key: view.key,
        form: fetched,
        seen_total: view.quote.total.minor,
        seen_credit: 0,
    };
    let placed = place(till.shop.shop(), caller, session, till.eu(), placement)
        .await
        .expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    till.webhook("evt_1", "page_1").await;
    let number = placed.number.as_str();
    let says = |(text, html): (String, String), words: &[&str]| {
        for word in words.iter().chain(&[number, "Giudecca"]) {
            assert!(text.contains(word), "no {word:?} in\n{text}");
            assert!(html.contains(word), "no {word:?} in\n{html}");
        }
        for word in ["with you", "On its way", "left our house", "carrier"] {
            assert!(!text.contains(word), "{word:?} in\n{text}");
        }
    };
    says(newest(&till).await, &["It is ready for you at "]);
    let new = Dispatch {
        parts: Some(parts(1, 1)),
        ..Dispatch::default()
    };
    ship(&till, &desk(), number, &new).await.expect("packed");
    says(
        newest(&till).await,
        &["Ready for you.", "1 × Calle mug", "The rest follows"],
    );
    undeliverable(&till, &desk(), number, 1)
        .await
        .expect("not fetched");
    says(newest(&till).await, &["It is still with us."]);
    delivered(&till, &desk(), number, 1).await.expect("fetched");
    says(newest(&till).await, &["It is yours.", "was picked up at"]);
}
