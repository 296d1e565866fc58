//! What the tests put there by hand, many at a time, and look at.

use domain::{CustomerId, ProductId};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// A product to be written as it stands.
pub struct Goods {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub vendor: String,
    pub category: Uuid,
    pub tags: Vec<String>,
    pub price: i64,
}

/// An order of one of each product.
pub struct Bought {
    pub customer: Uuid,
    pub products: Vec<Uuid>,
    pub at: OffsetDateTime,
}

/// A category on top, or in another.
pub async fn category(db: &PgPool, id: Uuid, slug: &str, parent: Option<Uuid>) {
    sqlx::query(
        "INSERT INTO category (id, slug, source, name, position, parent_id)
         VALUES ($1, $2, $2, '{}', (SELECT count(*) FROM category), $3)",
    )
    .bind(id)
    .bind(slug)
    .bind(parent)
    .execute(db)
    .await
    .unwrap();
}

/// In this order, on sale in the euro market; a product's one variant has its id.
pub async fn products(db: &PgPool, goods: &[Goods], now: OffsetDateTime) {
    let each = |text: fn(&Goods) -> &str| -> Vec<String> {
        goods.iter().map(|one| text(one).to_owned()).collect()
    };
    let ids: Vec<Uuid> = goods.iter().map(|one| one.id).collect();
    let categories: Vec<Uuid> = goods.iter().map(|one| one.category).collect();
    let prices: Vec<i64> = goods.iter().map(|one| one.price).collect();
    let tags: Vec<String> = goods.iter().map(|one| one.tags.join(",")).collect();
    sqlx::query(
        "WITH fresh AS (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::text[])
                 WITH ORDINALITY AS one (id, slug, title, vendor, category, price, tags, place)),
         made AS (
             INSERT INTO product (id, slug, title, vendor, category_id, tags, status, published_at, position, created_at, updated_at)
             SELECT id, slug, title, vendor, category, string_to_array(tags, ','), 'active', $8, place, $8, $8
             FROM fresh
             RETURNING id),
         varied AS (
             INSERT INTO variant (id, product_id, position, sku) SELECT id, id, 1, '' FROM made RETURNING id)
         INSERT INTO price (variant_id, market, amount_minor) SELECT id, 'eu', price FROM fresh JOIN varied USING (id)",
    )
    .bind(ids)
    .bind(each(|one| &one.slug))
    .bind(each(|one| &one.title))
    .bind(each(|one| &one.vendor))
    .bind(categories)
    .bind(prices)
    .bind(tags)
    .bind(now)
    .execute(db)
    .await
    .unwrap();
}

/// Orders of variants; of products, where their variants have their ids.
pub async fn orders(db: &PgPool, state: &str, orders: &[Bought]) {
    let ids: Vec<Uuid> = orders.iter().map(|_| Uuid::now_v7()).collect();
    let customers: Vec<Uuid> = orders.iter().map(|order| order.customer).collect();
    let times: Vec<OffsetDateTime> = orders.iter().map(|order| order.at).collect();
    sqlx::query(
        r#"WITH fresh AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS one (id, customer, at)),
           known AS (
               INSERT INTO customer (id, created_at) SELECT DISTINCT customer, now() FROM fresh ON CONFLICT DO NOTHING)
           INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address, delivery,
                               quote, currency, total_minor, placed_at, hold_expires_at, updated_at)
           SELECT customer, id, id, id::text, '', 'eu', 'en', $4, 'ada@example.com', '{}', '{}', '{}', 'EUR', 100, at, at, at
           FROM fresh"#,
    )
    .bind(&ids)
    .bind(&customers)
    .bind(&times)
    .bind(state)
    .execute(db)
    .await
    .unwrap();
    let (mut of_customers, mut of_orders, mut positions, mut variants) =
        (vec![], vec![], vec![], vec![]);
    for (id, order) in ids.iter().zip(orders) {
        for (position, product) in (1_i32..).zip(&order.products) {
            of_customers.push(order.customer);
            of_orders.push(*id);
            positions.push(position);
            variants.push(*product);
        }
    }
    sqlx::query(
        "INSERT INTO order_line (customer_id, order_id, position, variant_id, quantity, line, subtotal_minor, discount_minor,
                                 tax_minor)
         SELECT customer, id, position, variant, 1, '{}', 100, 0, 0
         FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[]) AS one (customer, id, position, variant)",
    )
    .bind(of_customers)
    .bind(of_orders)
    .bind(positions)
    .bind(variants)
    .execute(db)
    .await
    .unwrap();
}

/// All that somebody bought is withdrawn from their orders.
pub async fn withdraw(db: &PgPool, customer: CustomerId) {
    sqlx::query("UPDATE order_line SET withdrawn = quantity WHERE customer_id = $1")
        .bind(customer.0)
        .execute(db)
        .await
        .unwrap();
}

/// What goes with a product, the best first.
pub async fn others(db: &PgPool, product: ProductId, kind: &str) -> Vec<ProductId> {
    let others: Option<Vec<Uuid>> =
        sqlx::query_scalar("SELECT others FROM recommendation WHERE product_id = $1 AND kind = $2")
            .bind(product.0)
            .bind(kind)
            .fetch_optional(db)
            .await
            .unwrap();
    others
        .unwrap_or_default()
        .into_iter()
        .map(ProductId)
        .collect()
}

/// Of how many products something is known.
pub async fn count(db: &PgPool, kind: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM recommendation WHERE kind = $1")
        .bind(kind)
        .fetch_one(db)
        .await
        .unwrap()
}

/// How many tags each announcement had, the first first.
pub async fn announced(db: &PgPool) -> Vec<i64> {
    sqlx::query_scalar(
        "SELECT jsonb_array_length(payload -> 'tags')::bigint FROM outbox WHERE kind = 'pages.changed' ORDER BY at, id",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

pub async fn archive(db: &PgPool, product: ProductId) {
    sqlx::query("UPDATE product SET status = 'archived' WHERE id = $1")
        .bind(product.0)
        .execute(db)
        .await
        .unwrap();
}

pub async fn delete(db: &PgPool, product: ProductId) {
    sqlx::query("DELETE FROM product WHERE id = $1")
        .bind(product.0)
        .execute(db)
        .await
        .unwrap();
}

pub async fn rename(db: &PgPool, product: ProductId, title: &str) {
    sqlx::query("UPDATE product SET title = $2 WHERE id = $1")
        .bind(product.0)
        .bind(title)
        .execute(db)
        .await
        .unwrap();
}

/// A run is due, or somebody is at it until then.
pub async fn set_run(db: &PgPool, due_at: OffsetDateTime, leased_until: Option<OffsetDateTime>) {
    sqlx::query("UPDATE recommendation_run SET due_at = $1, leased_until = $2")
        .bind(due_at)
        .bind(leased_until)
        .execute(db)
        .await
        .unwrap();
}

/// The shopkeeper puts these beside a product, in this order.
pub async fn choose(db: &PgPool, product: ProductId, others: &[ProductId]) {
    let others: Vec<Uuid> = others.iter().map(|other| other.0).collect();
    sqlx::query("DELETE FROM related_product WHERE product_id = $1")
        .bind(product.0)
        .execute(db)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO related_product (product_id, position, other_id)
         SELECT $1, place, id FROM unnest($2::uuid[]) WITH ORDINALITY AS other (id, place)",
    )
    .bind(product.0)
    .bind(others)
    .execute(db)
    .await
    .unwrap();
}
