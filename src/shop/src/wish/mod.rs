//! The wish list: products that a shopper keeps for later. A guest has one too, and brings it along when they claim an address.

mod sql;

use crate::catalog::review::{Subject, find_subject};
use crate::catalog::{self, CatalogError};
use crate::outbox::{self, Event};
use crate::{Broken, Caller, Failure, Shop, audit};
use domain::catalog::ProductCard;
use domain::link::is_slug;
use domain::{Action, CustomerId, ProductId, Storefront, VariantId, may};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// Products that a wish list takes.
pub const MOST: i64 = 200;
/// Products that are shown of one. One that came together from two may hold more than it would take: two full ones are shown whole.
const SHOWN: i64 = 2 * MOST;

/// Why a wish list was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    #[error("that is not allowed")]
    Denied,
    #[error(transparent)]
    Product(#[from] CatalogError),
    #[error("there are {MOST} products on the wish list already")]
    Full,
}

impl From<Failure<CatalogError>> for Failure<WishError> {
    fn from(failure: Failure<CatalogError>) -> Self {
        match failure {
            Failure::Refused(error) => Self::Refused(error.into()),
            Failure::Broken(broken) => Self::Broken(broken),
        }
    }
}

/// A wish list in a storefront.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What is on sale here, the latest first.
    pub wished: Vec<Wished>,
    /// What is not on sale here, now or any more, the latest first.
    pub others: Vec<Other>,
}

/// A product that is on sale here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wished {
    pub card: ProductCard,
    /// What is bought of it, where there is nothing to choose.
    pub only: Option<VariantId>,
}

/// A product that has no card here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    pub slug: String,
    /// In the shopper's language.
    pub title: String,
}

impl Wishes {
    pub fn is_empty(&self) -> bool {
        self.wished.is_empty() && self.others.is_empty()
    }

    /// What the product of that slug is called, when it is on the list.
    pub fn title(&self, slug: &str) -> Option<&str> {
        let cards = self.wished.iter().map(|wished| &wished.card);
        let named = cards.map(|card| (&*card.slug, &*card.title));
        let others = self.others.iter();
        let mut all = named.chain(others.map(|other| (&*other.slug, &*other.title)));
        all.find_map(|(known, title)| (known == slug).then_some(title))
    }
}

/// The wish list of `customer`: one statement, and one for the cards that are not known.
///
/// # Errors
/// [`CatalogError::NotFound`] for a storefront there is none of.
pub async fn list(
    shop: &Shop,
    customer: CustomerId,
    storefront: &Storefront,
) -> Result<Wishes, Failure<CatalogError>> {
    let rows = sql::list(&shop.db, customer, storefront, SHOWN).await?;
    let ids: Vec<_> = rows.iter().map(|row| ProductId(row.id)).collect();
    let cards = catalog::cards(shop, storefront, &ids).await?;
    let mut cards = cards.into_iter().peekable();
    let mut wishes = Wishes::default();
    // Cards come in the order of what was asked for.
    for row in rows {
        match cards.next_if(|card| card.id.0 == row.id) {
            Some(card) => wishes.wished.push(Wished {
                card,
                only: row.only.map(VariantId),
            }),
            None => wishes.others.push(Other {
                slug: row.slug,
                title: row.title,
            }),
        }
    }
    Ok(wishes)
}

/// Puts a product that is on show on the wish list; what is on it stays where it is.
///
/// # Errors
/// [`WishError`].
pub async fn add(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    storefront: &Storefront,
    slug: &str,
) -> Result<Subject, Failure<WishError>> {
    allowed(caller, customer)?;
    let product = find_subject(shop, storefront, slug).await?;
    let now = shop.clock.now();
    let mut tx = shop.begin().await?;
    // Two tabs of one shopper take turns.
    let Some(standing) = sql::lock(&mut tx, customer, product.id).await? else {
        return Err(Failure::Refused(WishError::Denied));
    };
    if standing.is_there {
        return Ok(product);
    }
    if standing.count >= MOST {
        return Err(Failure::Refused(WishError::Full));
    }
    sql::insert(&mut tx, customer, product.id, now).await?;
    record(shop, &mut tx, caller, customer, "wish.added", product.id.0).await?;
    tx.commit().await?;
    Ok(product)
}

/// Takes a product off the wish list; whether it was on it.
///
/// # Errors
/// [`WishError::Denied`].
pub async fn remove(
    shop: &Shop,
    caller: &Caller,
    customer: CustomerId,
    slug: &str,
) -> Result<bool, Failure<WishError>> {
    allowed(caller, customer)?;
    // PostgreSQL need not be asked for what can't be there.
    if !is_slug(slug) {
        return Ok(false);
    }
    let mut tx = shop.begin().await?;
    let Some(product) = sql::delete(&mut tx, customer, slug).await? else {
        return Ok(false);
    };
    record(shop, &mut tx, caller, customer, "wish.removed", product).await?;
    tx.commit().await?;
    Ok(true)
}

/// Moves the wishes of `from` to `into`; what both have stays once, since when the later of them has it.
pub(crate) async fn merge(
    tx: &mut PgConnection,
    from: CustomerId,
    into: CustomerId,
) -> sqlx::Result<()> {
    sql::merge(tx, from, into).await
}

fn allowed(caller: &Caller, customer: CustomerId) -> Result<(), Failure<WishError>> {
    may(&caller.actor, Action::ChangeWishes(customer))
        .map_err(|_| Failure::Refused(WishError::Denied))
}

async fn record(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    customer: CustomerId,
    kind: &'static str,
    product: Uuid,
) -> Result<(), Broken> {
    let change = json!({ "product": product });
    let subject = customer.to_string();
    audit::write(shop, tx, caller, kind, "customer", &subject, change.clone()).await?;
    let event = Event {
        kind,
        schema_version: 1,
        subject: Some(product),
        customer: Some(customer),
        payload: change,
        jobs: &[],
    };
    outbox::write(shop, tx, caller, event).await?;
    Ok(())
}
