//! An index, and a database that was taken back to an earlier state.

use crate::few::few;
use crate::index::{Folder, Keeper};
use crate::shop;
use shop::testing::until;
use sqlx::PgPool;

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_index_that_is_ahead_of_a_restored_database_is_built_anew(db: PgPool) {
    let shop = shop(db).await;
    few(&shop).await;
    let folder = Folder::new();
    Keeper::serving(&shop, &folder).await.stop().await;
    let pointer = folder.files("/current").remove(0);
    let before = std::fs::read_to_string(&pointer).unwrap();
    let meta = folder.files("meta.json").remove(0);
    let mut said: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&meta).unwrap()).unwrap();
    let mut commit: serde_json::Value =
        serde_json::from_str(said["payload"].as_str().unwrap()).unwrap();
    commit["outbox"] = "900000000000:900000000000:".into();
    said["payload"] = commit.to_string().into();
    std::fs::write(&meta, said.to_string()).unwrap();

    let keeper = Keeper::serving(&shop, &folder).await;
    until("another index serves", async || {
        std::fs::read_to_string(&pointer).is_ok_and(|current| current != before)
            && shop.search.has_index()
    })
    .await;
    keeper.stop().await;
}
