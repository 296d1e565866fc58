//! The order's confirmation by mail.

use crate::support::{Till, form, machine};
use domain::cart::{CartChange, Quantity};
use domain::checkout::CheckoutForm;
use domain::payment::Outcome;
use domain::{Locale, Storefront};
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
    returned(till, &machine(), "fake", "page_1")
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
            "Glaze: Lagoon",
            "€48.00",
            "€4.90",
            "€52.90",
            "€9.54",
            "Ada Venier",
            "Calle Larga 12",
            "30124 Venezia",
            "Italy",
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
        mails["txt"].contains("Mug <b>&, Glaze: Lagoon: €48.00"),
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
    let words = r#"{"names": {"Glaze": "Glasur"}, "values": {"Lagoon": "Lagune"}}"#;
    shop::market::import_words(&till, &machine(), Locale::De, words.as_bytes())
        .await
        .unwrap();
    let placed = buy_in(&till, &german, "Calle mug").await;
    let mails = mails(&till);
    for said in [
        "Calle-Becher <3",
        "52,90\u{a0}€",
        "Danke.",
        "Standard, in Papier",
        "/de-eu/orders/",
        "Italien",
        "Glasur: Lagune",
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

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn it_says_where_to_pick_up(db: PgPool) {
    let till = Till::new(db).await;
    let delivery = r#"{"places": {"lido": {"name": {"en": "Lido workshop"}, "hours": {"en": "10 to 18"},
        "line1": "Riva 1", "postcode": "30126", "city": "Venezia", "country": "IT"}},
        "markets": {"eu": {"zones": [{"code": "all", "areas": ["DE", "IT"], "options": [
            {"code": "fetch", "name": {"en": "Fetch it"}, "days": [1, 1], "pick_up": "lido"}]}]}}}"#;
    shop::market::delivery::import(&till, &machine(), delivery.as_bytes())
        .await
        .unwrap();
    let session = till.shopper(till.mug(5).await, 1).await;
    let mut placement = till.ready(&session).await;
    placement.form = CheckoutForm {
        email: "ada@example.com".to_owned(),
        name: "Ada Venier".to_owned(),
        country: "DE".to_owned(),
        delivery: "fetch".to_owned(),
        ..CheckoutForm::default()
    };
    placement.seen_total = 2_400;
    let placed = till.place(&session, placement).await.expect("an order");
    let order = shop::order::find(&till, &placed.number, &placed.token)
        .await
        .unwrap();
    assert_eq!(order.address.name, "Ada Venier");
    assert_eq!(order.address.line1, "Riva 1");
    // 22 % of Italy, not Germany's 19 %, are in the price.
    assert_eq!(
        (order.quote.tax.minor, order.quote.total.minor),
        (433, 2_400)
    );
    till.provider.decide("page_1", Outcome::Captured);
    returned(&till, &machine(), "fake", "page_1")
        .await
        .expect("the order");
    till.drain().await;
    let text = &mails(&till)["txt"];
    for said in [
        "Where to pick it up",
        "Lido workshop\nRiva 1\n30126 Venezia\nItaly\n10 to 18",
        "Fetch it",
        "Delivery: Free",
    ] {
        assert!(text.contains(said), "no {said:?} in\n{text}");
    }
}
