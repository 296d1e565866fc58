//! The order's confirmation by mail.

use crate::support::{Till, form, machine};
use domain::Storefront;
use domain::cart::{CartChange, Quantity};
use domain::payment::Outcome;
use shop::checkout::{Placed, Placement, open, place};
use shop::payment::returned;
use sqlx::PgPool;
use std::collections::BTreeMap;

/// The mails in the folder, by their ending.
fn mails(till: &Till) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&till.mail_folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap().to_string_lossy().into_owned();
        let before = found.insert(ending, std::fs::read_to_string(&path).unwrap());
        assert_eq!(before, None, "two mails");
    }
    found
}

async fn buy_in(till: &Till, storefront: &Storefront, title: &str) -> Placed {
    let product = till
        .product("calle-mug")
        .title(title)
        .german("Calle-Becher <3")
        .options(["Glaze"]);
    let mug = product
        .variant(["Lagoon"])
        .price(2_400)
        .stock(5)
        .await
        .variant();
    let session = till.guest().await;
    let caller = till.caller(&session);
    let quantity = Quantity::new(2).unwrap();
    let command = till.command(CartChange::AddLine {
        variant: mug,
        quantity,
    });
    shop::cart::change(till, &caller, &session, storefront, command)
        .await
        .expect("added");
    let view = open(till, &caller, &session, storefront)
        .await
        .expect("a checkout");
    let placement = Placement {
        checkout: view.id,
        key: view.key,
        form: form(),
        seen_total: view.quote.total.minor,
        seen_credit: 0,
    };
    let placed = place(
        till.shop.shop(),
        caller,
        session,
        storefront.clone(),
        placement,
    )
    .await
    .expect("an order");
    till.provider.decide("page_1", Outcome::Captured);
    returned(till, &machine(), "page_1")
        .await
        .expect("the order");
    till.drain().await;
    placed
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_says_what_was_bought_and_where_it_goes(db: PgPool) {
    let till = Till::new(db).await;
    let placed = buy_in(&till, &till.eu(), "Mug <b>&").await;
    let mails = mails(&till);
    let link = format!(
        "https://rialto.example/en-eu/orders/{}/{}",
        placed.number, placed.token
    );
    for ending in ["html", "txt"] {
        let mail = &mails[ending];
        for said in [
            placed.number.as_str(),
            &link,
            "2 × Mug",
            "Lagoon",
            "€48.00",
            "€4.90",
            "€52.90",
            "€9.54",
            "Ada Venier",
            "Calle Larga 12",
            "30124 Venezia",
            "Standard, in paper",
            "Thank you.",
        ] {
            assert!(mail.contains(said), "{ending} lacks {said:?}:\n{mail}");
        }
    }
    assert!(
        mails["html"].contains("Mug &#60;b&#62;&#38;"),
        "escaped in HTML"
    );
    assert!(
        mails["txt"].contains("Mug <b>&, Lagoon: €48.00"),
        "plain in text:\n{}",
        mails["txt"]
    );
    let eml = &mails["eml"];
    for header in [
        "To: ada@example.com",
        "Message-ID: <",
        "multipart/alternative",
        "Subject: Thank you: your order RI-",
    ] {
        assert!(eml.contains(header), "no {header:?} in\n{eml}");
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_speaks_the_orders_language(db: PgPool) {
    let till = Till::new(db).await;
    let german: Storefront = "de-eu".parse().unwrap();
    let placed = buy_in(&till, &german, "Calle mug").await;
    let mails = mails(&till);
    for said in [
        "Calle-Becher <3",
        "52,90\u{a0}€",
        "Danke.",
        "Standard, in Papier",
        "/de-eu/orders/",
        &placed.number,
    ] {
        assert!(
            mails["txt"].contains(said),
            "no {said:?} in\n{}",
            mails["txt"]
        );
    }
    assert!(mails["html"].contains("lang=\"de\""));
}
