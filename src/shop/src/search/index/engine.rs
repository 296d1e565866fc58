//! Answers from the index.

use super::ask::{Ask, Closeness, Reach, among};
use super::scan::{ENOUGH, Hits, Order, Scan, Sure, Wanted};
use super::shelf::Aisle;
use super::understand::Reading;
use super::{Index, broken, words};
use crate::market::Markets;
use crate::search::attribute::bounds;
use crate::search::facets::{Facets, facets};
use crate::search::list::{after, place_of, position};
use crate::search::{BETWEEN, Count, Engine, Filters, Found, MOST, Query, Sort, text};
use crate::{Broken, Parts};
use domain::{Currency, Locale, Market, MarketCode, ProductId};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::ops::Bound;
use std::sync::Arc;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, InvertedIndexRangeQuery, Occur};
use tantivy::{Searcher, Term};
use time::OffsetDateTime;

/// Words of a text that are looked for.
const WORDS: usize = 12;

/// The engine over an open index.
pub struct Indexed(pub Arc<Index>);

impl Engine for Indexed {
    fn find<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Found, Broken>> {
        let index = self.0.clone();
        let view = View::of(shop, market, locale);
        let query = Query {
            text: text::clean(&query.text),
            ..query.clone()
        };
        let asked = index.asked(&view.markets, &view.market, locale, query.clone());
        if let Some(found) = index.answers.found(&asked, view.now) {
            return std::future::ready(Ok(found)).boxed();
        }
        off_the_path(move || {
            let found = view.find(&index, &query)?;
            index.answers.keep_found(asked, view.now, &found);
            Ok(found)
        })
        .boxed()
    }

    fn complete<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        text: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProductId>, Broken>> {
        let index = self.0.clone();
        let view = View::of(shop, market, locale);
        let text = text.to_owned();
        off_the_path(move || view.complete(&index, &text, limit)).boxed()
    }
}

/// Runs where it may take a while. A panic is an error: a file that was damaged where nothing checks it can cause one.
async fn off_the_path<T: Send + 'static>(
    work: impl FnOnce() -> tantivy::Result<T> + Send + 'static,
) -> Result<T, Broken> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.map_err(broken),
        Err(_) => Err(broken("it broke while it was asked")),
    }
}

/// In whose eyes it is searched.
struct View {
    markets: Markets,
    market: MarketCode,
    currency: Currency,
    locale: Locale,
    /// Microseconds since 1970.
    now: i64,
}

/// What is looked for, and how.
struct Attempt {
    reading: Reading,
    closeness: Closeness,
}

impl View {
    fn of(shop: &Parts, market: &Market, locale: Locale) -> Self {
        Self {
            markets: shop.markets.clone(),
            market: market.code.clone(),
            currency: market.currency,
            locale,
            now: micros(shop.clock.now()),
        }
    }

    fn find(&self, index: &Index, query: &Query) -> tantivy::Result<Found> {
        let searcher = index.reader.searcher();
        let mut words = words::split(&query.text);
        words.truncate(WORDS);
        if words.is_empty() && !query.text.is_empty() {
            return Ok(Found::default());
        }
        let ask = Ask::new(&searcher, &index.fields, self.locale);
        let attempts = self.attempts(index, &ask, query, &words);
        let mut found = Found::default();
        for attempt in attempts {
            found = self.attempt(index, &searcher, &ask, query, &attempt)?;
            if found.count != Count::Exactly(0) {
                break;
            }
        }
        Ok(found)
    }

    /// From the closest to the loosest; the first that finds something is the answer.
    fn attempts(
        &self,
        index: &Index,
        ask: &Ask<'_>,
        query: &Query,
        words: &[String],
    ) -> Vec<Attempt> {
        let literal = Reading::literal(self.locale, words);
        if words.is_empty() {
            let closeness = Closeness::Exact;
            return vec![Attempt {
                reading: literal,
                closeness,
            }];
        }
        let read = if query.literal {
            literal.clone()
        } else {
            let known = index.known();
            let is_in_titles = |word: &str| ask.is_in_titles(word);
            Reading::of(
                self.locale,
                self.currency,
                words,
                &query.filters,
                &known,
                is_in_titles,
            )
        };
        let mut attempts = Vec::new();
        for closeness in [Closeness::Exact, Closeness::Nearly] {
            attempts.push(Attempt {
                reading: read.clone(),
                closeness,
            });
        }
        if read != literal {
            for closeness in [Closeness::Exact, Closeness::Nearly] {
                attempts.push(Attempt {
                    reading: literal.clone(),
                    closeness,
                });
            }
        }
        // What was understood of the text is kept as long as something is left that it finds.
        let loose = if read == literal {
            vec![literal]
        } else {
            vec![read, literal]
        };
        let several = loose.into_iter().filter(|reading| reading.words.len() > 1);
        attempts.extend(several.map(|reading| Attempt {
            reading,
            closeness: Closeness::Loose,
        }));
        attempts
    }

    fn attempt(
        &self,
        index: &Index,
        searcher: &Searcher,
        ask: &Ask<'_>,
        query: &Query,
        attempt: &Attempt,
    ) -> tantivy::Result<Found> {
        let Attempt { reading, closeness } = attempt;
        let mut filters = query.filters.clone();
        if reading.price != (None, None) {
            filters.price = reading.price;
        }
        let scan = Scan {
            searcher,
            opened: &index.opened,
            market: &self.market,
            now: self.now,
            filters: &filters,
        };
        let limit = query.limit.clamp(1, MOST);
        if query.text.is_empty() && filters == Filters::default() {
            return self.aisle(index, &scan, query, limit);
        }
        let is_ranked = query.sort == Sort::Relevance && !reading.words.is_empty();
        let order = if is_ranked {
            Order::Match
        } else {
            Order::By(query.sort)
        };
        let mut wanted = Wanted {
            order,
            after: position(query).map(place_of),
            limit: limit + 1,
            sure: &Sure::new(),
        };
        let base = |reach| self.base(index, ask, query, attempt, reach);
        let chosen = |base: &Clauses| BooleanQuery::new(narrowed(index, base, &filters));
        let hits_of = |base: &Clauses, wanted: &Wanted<'_>, facets: &mut Facets| {
            // While nothing is chosen, what is found is what could be chosen from.
            let facets = Some(facets).filter(|_| filters == Filters::default());
            scan.hits(&chosen(base), wanted, facets)
        };
        let mut asked = base(Reach::All)?;
        let mut counted = Facets::default();
        let called = if is_ranked && scan.is_too_much(&chosen(&asked))? {
            // Not all can be weighed: those that are called so come first.
            let names = base(Reach::Names)?;
            let hits = hits_of(&names, &wanted, &mut counted)?;
            Some((names, hits))
        } else {
            None
        };
        let hits = match called {
            Some((names, hits)) if hits.total >= ENOUGH as u64 => {
                asked = names;
                Hits {
                    is_all: false,
                    ..hits
                }
            }
            few => {
                counted = Facets::default();
                let sure = few.map(|(_, hits)| hits.first).unwrap_or_default();
                wanted.sure = &sure;
                hits_of(&asked, &wanted, &mut counted)?
            }
        };
        if filters != Filters::default() {
            counted = scan.facets(&BooleanQuery::new(asked), order)?;
        } else if hits.total == 0 && !reading.words.is_empty() {
            return Ok(Found::default());
        }
        Ok(Found {
            count: count(&hits),
            prices: counted.prices,
            facets: facets(&self.markets, self.locale, &filters, counted),
            understood: reading.understood.clone(),
            loosened: *closeness == Closeness::Loose && hits.total > 0,
            ..page(query.sort, &hits, limit)
        })
    }

    /// A list that nothing narrows.
    fn aisle(
        &self,
        index: &Index,
        scan: &Scan<'_>,
        query: &Query,
        limit: usize,
    ) -> tantivy::Result<Found> {
        let of_category = query
            .category
            .map(|category| among(index.fields.category, &[category.to_string()], 0.0));
        let aisle = Aisle {
            scan,
            shelves: &index.shelves,
            category: query.category,
            query: match &of_category {
                Some(of_category) => of_category,
                None => &AllQuery,
            },
        };
        let after = position(query).map(place_of);
        let listed = aisle.list(query.sort, after, limit + 1)?;
        let hits = Hits {
            places: listed.places,
            total: listed.total,
            is_all: listed.is_all,
            first: Sure::new(),
        };
        Ok(Found {
            count: count(&hits),
            prices: listed.facets.prices,
            facets: facets(&self.markets, self.locale, scan.filters, listed.facets),
            ..page(query.sort, &hits, limit)
        })
    }

    /// What products must be, before anything is chosen.
    fn base(
        &self,
        index: &Index,
        ask: &Ask<'_>,
        query: &Query,
        attempt: &Attempt,
        reach: Reach,
    ) -> tantivy::Result<Clauses> {
        let Attempt { reading, closeness } = attempt;
        let mut base = Clauses::new();
        if !reading.words.is_empty() {
            let text = ask.text(&query.text, &reading.words, *closeness, reach)?;
            base.push((Occur::Must, text));
        }
        if let Some(category) = query.category {
            base.push(any(index.fields.category, &[category.to_string()]));
        }
        for (word, values) in &reading.options {
            base.push((Occur::Must, ask.having(word, values)));
        }
        if base.is_empty() {
            base.push((Occur::Must, Box::new(AllQuery)));
        }
        Ok(base)
    }

    fn complete(&self, index: &Index, text: &str, limit: usize) -> tantivy::Result<Vec<ProductId>> {
        let searcher = index.reader.searcher();
        let mut words = words::split(text);
        words.truncate(WORDS);
        let ask = Ask::new(&searcher, &index.fields, self.locale);
        let Some(query) = ask.typed(&words)? else {
            return Ok(Vec::new());
        };
        let scan = Scan {
            searcher: &searcher,
            opened: &index.opened,
            market: &self.market,
            now: self.now,
            filters: &Filters::default(),
        };
        let wanted = Wanted {
            order: Order::Typed,
            after: None,
            limit,
            sure: &Sure::new(),
        };
        let hits = scan.hits(query.as_ref(), &wanted, None)?;
        Ok(page(Sort::Relevance, &hits, limit).products)
    }
}

fn page(sort: Sort, hits: &Hits, limit: usize) -> Found {
    let shown = &hits.places[..limit.min(hits.places.len())];
    let last = shown.last().filter(|_| hits.places.len() > limit);
    Found {
        products: shown.iter().map(|&place| after(sort, place).id).collect(),
        next: last.map(|&place| after(sort, place)),
        ..Found::default()
    }
}

fn count(hits: &Hits) -> Count {
    if hits.is_all {
        Count::Exactly(hits.total)
    } else {
        Count::AtLeast(hits.total)
    }
}

/// What documents must be, all of it.
type Clauses = Vec<(Occur, Box<dyn tantivy::query::Query>)>;

/// With what was chosen among brands, options and attributes.
fn narrowed(index: &Index, clauses: &Clauses, filters: &Filters) -> Clauses {
    let fields = &index.fields;
    let each = clauses.iter();
    let mut clauses: Clauses = each
        .map(|(occur, query)| (*occur, query.box_clone()))
        .collect();
    if !filters.brands.is_empty() {
        clauses.push(any(fields.brand, &filters.brands));
    }
    for (name, values) in filters.choices() {
        let terms = values.iter().map(|value| format!("{name}{BETWEEN}{value}"));
        clauses.push(any(fields.option, &terms.collect::<Vec<_>>()));
    }
    for (code, range) in &filters.numbers {
        let (first, last) = bounds(code, *range);
        let bound = |key: &str| Bound::Included(Term::from_field_text(fields.option, key));
        let within = InvertedIndexRangeQuery::new(bound(&first), bound(&last));
        clauses.push((
            Occur::Must,
            Box::new(ConstScoreQuery::new(Box::new(within), 0.0)),
        ));
    }
    clauses
}

/// Documents with any of these terms; they weigh nothing.
fn any(field: tantivy::schema::Field, terms: &[String]) -> (Occur, Box<dyn tantivy::query::Query>) {
    (Occur::Must, Box::new(among(field, terms, 0.0)))
}

/// Microseconds since 1970.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}
