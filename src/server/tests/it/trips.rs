//! What public pages cost PostgreSQL: how many statements each, and how those are planned on a large catalogue. The statements are
//! taken from the server's own log, so a page that begins to ask more, or otherwise, is seen here.

use crate::world::{Plan, World, eventually};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeMap;

const PAGES: [&str; 15] = [
    "/en-eu/",
    "/de-eu/",
    "/en-eu/category/living",
    "/en-eu/category/textiles",
    "/en-eu/category/textiles?sort=newest",
    "/en-eu/category/textiles?sort=price-up",
    "/en-eu/category/textiles?sort=rating",
    "/en-eu/brand/fornace-zan",
    "/en-eu/search?q=towel",
    "/en-eu/product/dogana-vase",
    "/en-eu/product/calle-mug",
    "/en-eu/product/calle-mug/reviews",
    "/en-eu/for-you?p=calle-mug,dogana-vase",
    "/en-eu/compare?p=calle-mug&p=dogana-vase&p=sold-out",
    "/en-eu/pages/about",
];
/// Round trips of one page (DESIGN §2).
const MOST: usize = 3;

/// A world whose server keeps no pages and logs each statement.
async fn telling() -> World {
    let world = World::with(Plan {
        settings: vec![
            ("RIALTO_PAGE_CACHE_MB", "0".to_owned()),
            ("RIALTO_WORKERS", "false".to_owned()),
            ("RIALTO_LOG", "info,sqlx::query=debug".to_owned()),
        ],
        ..Plan::default()
    })
    .await;
    // What building it asks is no page's.
    world.index_serves().await;
    world
}

/// The statements that the server ran for the page at `path`.
async fn statements(world: &World, path: &str) -> Vec<String> {
    let page = world.shopper().get(path).await.expect(200);
    let id = page.header("x-request-id").to_owned();
    let is_answer = |line: &Value| line["message"] == "answered" && line["request"] == id.as_str();
    eventually("the request is in the log", async || {
        world.server.process.log().iter().any(is_answer)
    })
    .await;
    let log = world.server.process.log();
    let answered = log.iter().position(is_answer).expect("it is there");
    let begins = log[..answered]
        .iter()
        .rposition(|line| line["message"] == "answered")
        .map_or(0, |before| before + 1);
    let asked = log[begins..answered].iter().filter_map(|line| {
        let is_statement = line["target"] == "sqlx::query";
        let text = [&line["db.statement"], &line["summary"]]
            .into_iter()
            .filter_map(Value::as_str)
            .map(str::trim)
            .find(|text| !text.is_empty())?;
        // Whoever follows changes asks all the time, and searches are written down when they were counted.
        let is_followers = text.contains("pg_current_snapshot")
            || text.contains("clock_timestamp")
            || text.contains("search_day");
        (is_statement && !is_followers).then(|| text.to_owned())
    });
    asked.collect()
}

#[tokio::test]
async fn a_public_page_costs_three_round_trips_at_most_however_much_it_shows() {
    let world = telling().await;
    // Connections are made, and their statements prepared.
    for path in PAGES {
        world.shopper().get(path).await.expect(200);
    }
    let mut counts = Vec::new();
    for path in PAGES {
        let asked = statements(&world, path).await;
        assert!(asked.len() <= MOST, "{path}: {asked:#?}");
        counts.push((path, asked.len()));
    }
    let of = |path: &str| {
        counts
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, count)| count)
    };
    assert!(
        of("/en-eu/category/living") > Some(&0),
        "statements are seen: {counts:?}"
    );
    // Six products and twenty-six.
    assert_eq!(of("/en-eu/category/living"), of("/en-eu/category/textiles"));
}

/// Tables that grow with the catalogue.
const LARGE: [&str; 9] = [
    "product",
    "product_attribute",
    "product_translation",
    "variant",
    "price",
    "stock",
    "picture",
    "review",
    "recommendation",
];

#[tokio::test]
async fn no_public_page_reads_a_large_table_from_end_to_end() {
    let mut world = telling().await;
    // What a start asks is none of this.
    world.shopper().get("/en-eu/").await.expect(200);
    let mut asked = Vec::new();
    for path in PAGES {
        asked.extend(statements(&world, path).await);
    }
    asked.sort();
    asked.dedup();
    assert!(asked.len() > 3, "{asked:#?}");
    grow(&world).await;
    let mut db = world.db.acquire().await.expect("a connection");
    for (number, statement) in asked.iter().enumerate() {
        let plan = plan(&mut db, number, statement).await;
        for table in LARGE {
            assert!(
                !plan.contains(&format!("Seq Scan on {table} ")),
                "{statement}\n{plan}"
            );
        }
    }
    // A plan says nothing of what functions do.
    let read = read_from_end_to_end(&mut db).await;
    assert!(
        read.is_empty(),
        "a product's functions read all of {read:?}"
    );
    drop(db);
    world.server.process.kill();
}

/// The large tables that the functions of a product's page read whole, asked of every product of a category with plans that serve
/// them all.
async fn read_from_end_to_end(db: &mut PgConnection) -> Vec<String> {
    let large: Vec<String> = LARGE.iter().map(|table| (*table).to_owned()).collect();
    let ids: Vec<sqlx::types::Uuid> =
        sqlx::query_scalar("SELECT id FROM product WHERE category_id = md5('category 7')::uuid")
            .fetch_all(&mut *db)
            .await
            .expect("products");
    let begun = sqlx::raw_sql("BEGIN").execute(&mut *db).await;
    begun.expect("a transaction");
    let before = scans(&mut *db, &large).await;
    let asked = "SELECT products_around(p.id, p.category_id, p.position, 'eu', now()), latest_reviews(p.id, 5),
                        rare_stock(v.id, current_date)
                 FROM unnest($1::uuid[]) AS named (id) JOIN product p USING (id) JOIN variant v ON v.product_id = p.id";
    let rows = sqlx::query(asked).bind(&ids).fetch_all(&mut *db).await;
    assert!(rows.expect("what the functions say").len() > 20);
    let after = scans(&mut *db, &large).await;
    let over = sqlx::raw_sql("ROLLBACK").execute(&mut *db).await;
    over.expect("its end");
    let known = |table: &String| before.get(table).copied().unwrap_or_default();
    let read = after.iter().filter(|(table, count)| **count > known(table));
    read.map(|(table, _)| table.clone()).collect()
}

/// How often this session read each table from end to end, as far as that is not in the database's own statistics yet.
async fn scans(db: &mut PgConnection, tables: &[String]) -> BTreeMap<String, i64> {
    let counts = sqlx::query_as::<_, (String, i64)>(
        "SELECT relname::text, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY ($1)",
    );
    let counts = counts.bind(tables).fetch_all(db).await;
    counts.expect("statistics").into_iter().collect()
}

/// Copies the catalogue a thousand times over.
async fn grow(world: &World) {
    // Of an empty table no index is worth asking.
    for filled in [
        "INSERT INTO product_translation (product_id, locale, title) SELECT id, 'de', title FROM product ON CONFLICT DO NOTHING",
        "WITH made AS (INSERT INTO customer (id, created_at) VALUES (gen_random_uuid(), now()) RETURNING id)
         INSERT INTO review (customer_id, id, product_id, state, stars, title, body, name, market, locale, is_verified, written_at,
                             moderated_at)
         SELECT made.id, gen_random_uuid(), product.id, 'published', 4, '', '', '', 'eu', 'en', false, now(), now()
         FROM product, made",
        "INSERT INTO attribute (code, kind, name, position) VALUES ('material', 'text', '{}', 1)",
        "INSERT INTO product_attribute (product_id, attribute, text_value) SELECT id, 'material', 'Stoneware' FROM product",
        "INSERT INTO recommendation SELECT id, kind, ARRAY(SELECT id FROM product other WHERE id <> product.id LIMIT 12),
                                           array_fill(0.5::real, ARRAY[12])
         FROM product, unnest(ARRAY['together', 'similar']) AS kind",
    ] {
        run(world, filled.to_owned()).await;
    }
    // A thousand products are no large part of such a catalogue's category.
    run(
        world,
        "INSERT INTO category (id, slug, source, name, position)
         SELECT md5('category ' || n)::uuid, 'category-' || n, 'category ' || n, '{}', 1000 + n
         FROM generate_series(0, 299) AS n"
            .to_owned(),
    )
    .await;
    // Whatever columns there are: a copy differs in what names it.
    let copies = [
        (
            "product",
            "'id', md5(one.id::text || n)::uuid, 'slug', one.slug || '-' || n, 'position', one.position + n * 1000, \
                     'published_at', one.published_at - n * interval '1 minute', 'category_id', md5('category ' || n % 300)::uuid",
        ),
        (
            "variant",
            "'id', md5(one.id::text || n)::uuid, 'product_id', md5(one.product_id::text || n)::uuid, 'sku', one.sku || '-' || n",
        ),
        (
            "price",
            "'variant_id', md5(one.variant_id::text || n)::uuid",
        ),
        (
            "stock",
            "'variant_id', md5(one.variant_id::text || n)::uuid",
        ),
        (
            "picture",
            "'product_id', md5(one.product_id::text || n)::uuid",
        ),
        (
            "product_attribute",
            "'product_id', md5(one.product_id::text || n)::uuid",
        ),
        (
            "review",
            "'id', md5(one.id::text || n)::uuid, 'product_id', md5(one.product_id::text || n)::uuid",
        ),
        (
            "recommendation",
            "'product_id', md5(one.product_id::text || n)::uuid",
        ),
        (
            "product_translation",
            "'product_id', md5(one.product_id::text || n)::uuid",
        ),
    ];
    for (table, names) in copies {
        let statement = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object({names}))).*
             FROM {table} one CROSS JOIN generate_series(1, 1000) AS n"
        );
        run(world, statement).await;
    }
    run(world, "ANALYZE".to_owned()).await;
}

async fn run(world: &World, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&world.db)
        .await
        .expect("a large catalogue");
}

/// The plan that PostgreSQL makes of a prepared statement whatever its parameters are.
async fn plan(db: &mut PgConnection, number: usize, statement: &str) -> String {
    let count = (1..)
        .take_while(|number| statement.contains(&format!("${number}")))
        .count();
    let nothing = vec!["NULL"; count].join(", ");
    let execute = if count == 0 {
        format!("s{number}")
    } else {
        format!("s{number} ({nothing})")
    };
    for text in [
        "SET plan_cache_mode = force_generic_plan".to_owned(),
        format!("PREPARE s{number} AS {statement}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut *db)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let explain =
        sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("EXPLAIN EXECUTE {execute}")));
    let lines = explain.fetch_all(db).await;
    lines
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .join("\n")
}
