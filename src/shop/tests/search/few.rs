//! A shop with little in it.

use crate::sql;
use shop::testing::{TestProduct, TestShop};
use time::Duration;

/// A few products that differ in everything one can ask for.
pub struct Few {
    pub mug: TestProduct,
    pub cup: TestProduct,
    pub lamp: TestProduct,
    pub vase: TestProduct,
}

pub async fn few(shop: &TestShop) -> Few {
    let mug = shop
        .product("calle-mug")
        .title("Calle mug")
        .german("Becher Calle")
        .category("kitchen");
    let mug = mug
        .options(["Glaze"])
        .variant(["Lagoon"])
        .price(2_400)
        .price_in("us", 2_900)
        .stock(5);
    let mug = mug.variant(["Sand"]).stock(0).await;
    shop.clock.advance(Duration::MINUTE);
    let cup = shop
        .product("small-cup")
        .title("Small mug for espresso")
        .category("kitchen");
    let cup = cup
        .options(["Glaze"])
        .variant(["Sand"])
        .price(1_800)
        .stock(0)
        .await;
    shop.clock.advance(Duration::MINUTE);
    let lamp = shop
        .product("lamp")
        .title("Reading lamp")
        .german("Leselampe")
        .category("living")
        .tag("light");
    let lamp = lamp.price(9_000).await;
    shop.clock.advance(Duration::MINUTE);
    let vase = shop
        .product("vase")
        .title("Tall vase")
        .category("living")
        .price_in("us", 3_000)
        .await;
    sql::set_vendor(&shop.db, mug.id, "Murano").await;
    sql::set_vendor(&shop.db, cup.id, "Burano").await;
    sql::set_vendor(&shop.db, lamp.id, "Murano").await;
    shop.product("draft-mug")
        .title("Draft mug")
        .price(100)
        .draft()
        .await;
    let later = shop
        .product("later-mug")
        .title("Later mug")
        .price(100)
        .await;
    sql::publish_at(&shop.db, later.id, shop.clock.time() + Duration::DAY).await;
    Few {
        mug,
        cup,
        lamp,
        vase,
    }
}
