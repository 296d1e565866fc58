//! The statements of the log of searches.

use super::counts::Taken;
use super::report::{Clicked, Filter, Line, Totals};
use sqlx::PgPool;
use time::Date;

/// Adds what was counted to what is written down, all or nothing. Rows are taken in the order of their keys, whichever instance
/// writes.
pub async fn add(db: &PgPool, taken: &Taken) -> sqlx::Result<()> {
    let searches = || taken.searches.iter();
    let days: Vec<Date> = searches().map(|(key, _)| key.day).collect();
    let markets: Vec<&str> = searches().map(|(key, _)| key.market.as_str()).collect();
    let locales: Vec<&str> = searches().map(|(key, _)| key.locale.code()).collect();
    let queries: Vec<&str> = searches().map(|(key, _)| &*key.query).collect();
    let asked: Vec<i64> = searches().map(|(_, tally)| tally.asked).collect();
    let nothing: Vec<i64> = searches().map(|(_, tally)| tally.nothing).collect();
    let loosened: Vec<i64> = searches().map(|(_, tally)| tally.loosened).collect();
    let results: Vec<i64> = searches().map(|(_, tally)| tally.results).collect();

    let clicks = || taken.clicks.iter();
    let click_days: Vec<Date> = clicks().map(|((key, _), _)| key.day).collect();
    let click_markets: Vec<&str> = clicks().map(|((key, _), _)| key.market.as_str()).collect();
    let click_locales: Vec<&str> = clicks().map(|((key, _), _)| key.locale.code()).collect();
    let click_queries: Vec<&str> = clicks().map(|((key, _), _)| &*key.query).collect();
    let slugs: Vec<&str> = clicks().map(|((_, slug), _)| &**slug).collect();
    let counts: Vec<i64> = clicks().map(|(_, clicks)| clicks.clicks).collect();
    let ranks: Vec<i64> = clicks().map(|(_, clicks)| clicks.ranks).collect();
    sqlx::query!(
        r#"WITH clicked AS (
               SELECT c.day, c.market, c.locale, c.query, p.id AS product_id, c.clicks, c.ranks
               FROM unnest($9::date[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::bigint[])
                    AS c (day, market, locale, query, slug, clicks, ranks)
               JOIN product p ON p.slug = c.slug),
           counted AS (
               SELECT day, market, locale, query, sum(asked)::bigint AS asked, sum(nothing)::bigint AS nothing,
                      sum(loosened)::bigint AS loosened, max(results) AS results, sum(clicks)::bigint AS clicks
               FROM (SELECT s.*, 0::bigint AS clicks
                     FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                                 $8::bigint[]) AS s (day, market, locale, query, asked, nothing, loosened, results)
                     UNION ALL
                     SELECT day, market, locale, query, 0, 0, 0, NULL, clicks FROM clicked) either
               GROUP BY day, market, locale, query),
           by_product AS (
               INSERT INTO search_click (day, market, locale, query, product_id, clicks, ranks)
               SELECT day, market, locale, query, product_id, clicks, ranks FROM clicked
               ORDER BY day, market, locale, query, product_id
               ON CONFLICT (day, market, locale, query, product_id) DO UPDATE
               SET clicks = search_click.clicks + excluded.clicks, ranks = search_click.ranks + excluded.ranks)
           INSERT INTO search_day (day, market, locale, query, asked, nothing, loosened, results, clicks)
           SELECT day, market, locale, query, asked, nothing, loosened, results, clicks FROM counted
           ORDER BY day, market, locale, query
           ON CONFLICT (day, market, locale, query) DO UPDATE
           SET asked = search_day.asked + excluded.asked, nothing = search_day.nothing + excluded.nothing,
               loosened = search_day.loosened + excluded.loosened,
               results = coalesce(excluded.results, search_day.results), clicks = search_day.clicks + excluded.clicks"#,
        &days,
        &markets as &[&str],
        &locales as &[&str],
        &queries as &[&str],
        &asked,
        &nothing,
        &loosened,
        &results,
        &click_days,
        &click_markets as &[&str],
        &click_locales as &[&str],
        &click_queries as &[&str],
        &slugs as &[&str],
        &counts,
        &ranks,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Both tables begin with the day.
pub async fn drop_before(db: &PgPool, day: Date) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH clicks AS (DELETE FROM search_click WHERE day < $1) DELETE FROM search_day WHERE day < $1",
        day
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn totals(db: &PgPool, since: Date, filter: &Filter) -> sqlx::Result<Totals> {
    sqlx::query_as!(
        Totals,
        r#"SELECT coalesce(sum(asked), 0)::bigint AS "asked!", coalesce(sum(nothing), 0)::bigint AS "nothing!",
                  coalesce(sum(loosened), 0)::bigint AS "loosened!", coalesce(sum(clicks), 0)::bigint AS "clicks!",
                  coalesce(sum(asked) FILTER (WHERE query = ''), 0)::bigint AS "unwritten!"
           FROM search_day
           WHERE day >= $1 AND ($2::text IS NULL OR market = $2) AND ($3::text IS NULL OR locale = $3)"#,
        since,
        filter.market.as_ref().map(domain::MarketCode::as_str),
        filter.locale.map(domain::Locale::code),
    )
    .fetch_one(db)
    .await
}

/// Texts with their figures; `$having` and `$order` say which.
macro_rules! lines {
    ($db:expr, $since:expr, $filter:expr, $having:literal, $order:literal) => {
        sqlx::query_as!(
            Line,
            r#"SELECT query, sum(asked)::bigint AS "asked!", sum(nothing)::bigint AS "nothing!",
                      sum(loosened)::bigint AS "loosened!", sum(clicks)::bigint AS "clicks!",
                      (array_agg(results ORDER BY day DESC) FILTER (WHERE results IS NOT NULL))[1] AS results
               FROM search_day
               WHERE day >= $1 AND ($2::text IS NULL OR market = $2) AND ($3::text IS NULL OR locale = $3)
                 AND query <> ''
               GROUP BY query
               HAVING "#
                + $having
                + " ORDER BY "
                + $order
                + " DESC, query LIMIT $4",
            $since,
            $filter.market.as_ref().map(domain::MarketCode::as_str),
            $filter.locale.map(domain::Locale::code),
            $filter.limit,
        )
        .fetch_all($db)
        .await
    };
}

pub async fn top(db: &PgPool, since: Date, filter: &Filter) -> sqlx::Result<Vec<Line>> {
    lines!(db, since, filter, "sum(asked) > 0", "sum(asked)")
}

pub async fn nothing_found(db: &PgPool, since: Date, filter: &Filter) -> sqlx::Result<Vec<Line>> {
    lines!(db, since, filter, "sum(nothing) > 0", "sum(nothing)")
}

pub async fn clicked(
    db: &PgPool,
    since: Date,
    filter: &Filter,
    query: &str,
) -> sqlx::Result<Vec<Clicked>> {
    sqlx::query_as!(
        Clicked,
        r#"SELECT p.slug AS product, sum(c.clicks)::bigint AS "clicks!",
                  (sum(c.ranks)::float8 / sum(c.clicks)::float8) AS "rank!"
           FROM search_click c JOIN product p ON p.id = c.product_id
           WHERE c.day >= $1 AND ($2::text IS NULL OR c.market = $2) AND ($3::text IS NULL OR c.locale = $3)
             AND c.query = $4
           GROUP BY p.slug
           ORDER BY 2 DESC, p.slug
           LIMIT $5"#,
        since,
        filter.market.as_ref().map(domain::MarketCode::as_str),
        filter.locale.map(domain::Locale::code),
        query,
        filter.limit,
    )
    .fetch_all(db)
    .await
}
