//! Search by PostgreSQL alone: full-text search by the language's dictionary. It answers while no index is there.
//!
//! It looks at a bounded number of products ([`CANDIDATES`]): of a text's matches as many, whichever come first; of a
//! listing those that come next in its order, where the order is the shopkeeper's, by date or by merit. By price it sorts the
//! first of the shopkeeper's order. Facets and counts are of these. No words are understood as filters, nothing is loosened.

mod sql;

use super::list::{Candidate, list, merit_of, place, position};
use super::{Engine, Found, Query, Sort, text};
use crate::{Broken, Parts};
use domain::{Locale, Market, ProductId};
use futures::FutureExt;
use futures::future::BoxFuture;
use sql::{By, From, Merited, View};

/// Products that are looked at for an answer.
pub const CANDIDATES: usize = 500;

/// PostgreSQL's full-text search.
pub struct Postgres;

impl Engine for Postgres {
    fn find<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Found, Broken>> {
        find(shop, market, locale, query).boxed()
    }

    fn complete<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        text: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProductId>, Broken>> {
        async move {
            let query = Query {
                text: text.to_owned(),
                limit,
                ..Query::default()
            };
            Ok(find(shop, market, locale, &query).await?.products)
        }
        .boxed()
    }
}

async fn find(
    shop: &Parts,
    market: &Market,
    locale: Locale,
    query: &Query,
) -> Result<Found, Broken> {
    let view = View {
        locale: locale.code(),
        market: market.code.as_str().to_owned(),
        now: shop.clock.now(),
        category: query.category.map(|id| id.0),
    };
    let query = &Query {
        text: text::clean(&query.text),
        ..query.clone()
    };
    let after = position(query);
    let rows = if !query.text.is_empty() {
        sql::matching(&shop.read, &view, &query.text, CANDIDATES as i64).await?
    } else {
        let from = match (query.sort, after) {
            (Sort::Rating | Sort::BestSelling, after) => {
                let by = match query.sort {
                    Sort::Rating => By::Score,
                    _ => By::Sold,
                };
                let place = after.map(|after| (merit_of(after.key), after.id.0));
                From::Merit(Merited::after(by, place))
            }
            (Sort::Newest, after) => From::Date(after.map(|after| (-after.key, after.id.0))),
            (Sort::PriceUp | Sort::PriceDown, _) | (_, None) => From::Position(i64::MIN, None),
            (_, Some(after)) => From::Position(after.key, Some(after.id.0)),
        };
        sql::listed(&shop.read, &view, from, CANDIDATES as i64).await?
    };
    let is_all = rows.len() < CANDIDATES;
    let candidates: Vec<Candidate> = rows.into_iter().map(Candidate::from).collect();
    let places = candidates.iter().map(|candidate| place(query, candidate));
    let further = places
        .max()
        .map(|last| super::list::after(query.sort, last));
    let mut found = list(&shop.markets, locale, query, candidates, is_all);
    let goes_on = query.text.is_empty() && !matches!(query.sort, Sort::PriceUp | Sort::PriceDown);
    if found.next.is_none() && !is_all && goes_on {
        found.next = further;
    }
    Ok(found)
}
