//! What is said when the shop can't start, or a command can't be done: one line, and nothing changed.

use crate::world::{Database, Folder, World, rialto, rialto_with};

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_line_that_names_it() {
    let folder = Folder::new();
    let database = Database::create().await;
    let url = database.url();
    let empty = folder.path().to_string_lossy().into_owned();
    let site = ("RIALTO_SITE_ROOT", empty.as_str());
    for (key, value, named) in [
        ("RIALTO_ADDRESS", "nowhere", "address"),
        ("RIALTO_REQUEST_TIMEOUT", "soon", "request_timeout"),
        ("RIALTO_PUBLIC_URL", "shop.example", "public_url"),
        ("RIALTO_STRIPE_URL", "stripe", "stripe_url"),
        ("RIALTO_COLOUR", "blue", "colour"),
        ("RIALTO_LOG", "loud=very=much", "log"),
        ("DATABASE_URL", "mysql://nowhere", "DATABASE_URL"),
        (
            "DATABASE_URL",
            "postgres://postgres@127.0.0.1:1/none",
            "PostgreSQL at 127.0.0.1:1 can't be reached (setting DATABASE_URL): ",
        ),
    ] {
        let run = rialto_with(
            &folder,
            &["serve"],
            &[("DATABASE_URL", &url), site, (key, value)],
        );
        assert!(run.refusal().contains(named), "{key}={value}: {run:#?}");
    }
    // An old schema says what to do.
    let behind = rialto_with(&folder, &["serve"], &[("DATABASE_URL", &url), site]);
    assert!(
        behind.refusal().contains("run `rialto migrate`"),
        "{behind:#?}"
    );
    // And so does a site that was not built.
    rialto(&folder, &database, &["migrate"]).must();
    let bare = rialto_with(
        &folder,
        &["serve"],
        &[("DATABASE_URL", &url), ("RIALTO_SITE_ROOT", "/nonexistent")],
    );
    assert!(bare.refusal().contains("site_root"), "{bare:#?}");
    let second = rialto(&folder, &database, &["migrate"]).must();
    assert!(second.stdout.starts_with("0 migrations run"), "{second:#?}");
    assert!(
        !second.stderr.contains("already exists"),
        "PostgreSQL remarks: {second:#?}"
    );
    let nothing = rialto_with(&folder, &["serve"], &[]);
    assert!(nothing.refusal().contains("DATABASE_URL"), "{nothing:#?}");
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let folder = Folder::new();
    let database = Database::create().await;
    let db = database.pool().await;
    // In the way of the first migration, after most of it is done.
    sqlx::query("CREATE TABLE job (someone_else_s integer)")
        .execute(&db)
        .await
        .unwrap();
    let run = rialto(&folder, &database, &["migrate"]);
    assert!(run.refusal().contains("nothing of it was kept"), "{run:#?}");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(tables, ["job"]);
    let done: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(done, 0);
    // Out of the way, it goes through.
    sqlx::query("DROP TABLE job").execute(&db).await.unwrap();
    rialto(&folder, &database, &["migrate"]).must();
}

#[tokio::test]
async fn an_import_with_a_bad_row_changes_nothing_and_names_it() {
    let world = World::start().await;
    let before = world.count("SELECT count(*) FROM product").await;
    let file = world.folder.path().join("bad.csv");
    let rows = "Handle,Title,Variant Price,Status\ngood,Good,12.00,active\nbad,Bad,a lot,active\n";
    std::fs::write(&file, rows).unwrap();
    let name = file.to_string_lossy().into_owned();
    let refused = rialto(&world.folder, &world.database, &["import", &name]);
    assert!(
        !refused.status.success()
            && refused.stderr.contains("row 3")
            && refused.stderr.contains("Variant Price"),
        "{refused:#?}"
    );
    assert_eq!(world.count("SELECT count(*) FROM product").await, before);
    rialto(
        &world.folder,
        &world.database,
        &["import", "--skip-bad-rows", &name],
    )
    .must();
    assert_eq!(
        world.count("SELECT count(*) FROM product").await,
        before + 1
    );
    let missing = rialto(
        &world.folder,
        &world.database,
        &["import", "/nonexistent.csv"],
    );
    assert!(missing.stderr.contains("/nonexistent.csv"), "{missing:#?}");
}
