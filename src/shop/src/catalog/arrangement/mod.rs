//! How a shopkeeper arranges the catalogue, from a file (`demo/arrangement.json` is one): the tree of categories, brands,
//! attributes, collections, what stands beside a product, addresses, when products appear, and prices to come.
//!
//! All of the file or nothing. What the file does not name stays as it is.

mod file;
mod sql;

use super::schedule::{self, NewPriceChange};
use super::{TAG_LAYOUT, import};
use crate::market::{self, Problem, TableError};
use crate::{Caller, Shop, audit, outbox};
use domain::{Action, may};
use file::{AttributeKind, File, is_slug};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use uuid::Uuid;

/// What was arranged, in numbers of the file's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arranged {
    pub categories: usize,
    pub brands: usize,
    pub attributes: usize,
    pub collections: usize,
    pub products: usize,
    pub prices: usize,
}

impl std::fmt::Display for Arranged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            categories,
            brands,
            attributes,
            collections,
            products,
            prices,
        } = self;
        write!(
            f,
            "{categories} categories, {brands} brands, {attributes} attributes, {collections} collections, \
             {products} products and {prices} prices to come are as the file says"
        )
    }
}

/// Arranges the catalogue as a file says.
///
/// # Errors
/// [`TableError`], with each problem's place; then nothing was changed.
pub async fn arrange(
    shop: &Shop,
    caller: &Caller,
    reader: impl Read,
) -> Result<Arranged, TableError> {
    may(&caller.actor, Action::ChangeCatalogue)?;
    let mut tx = shop.begin().await?;
    import::sql::lock(&mut tx).await?;
    let arranged = write(shop, &mut tx, caller, reader).await?;
    tx.commit().await?;
    if arranged.attributes > 0 {
        shop.markets.reload(&shop.db).await?;
    }
    Ok(arranged)
}

/// The same, inside a transaction of the caller's, who has asked whether it may.
///
/// # Errors
/// [`TableError`].
pub(super) async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    reader: impl Read,
) -> Result<Arranged, TableError> {
    let file: File = serde_json::from_reader(reader)
        .map_err(|error| TableError::Unreadable(error.to_string()))?;
    let arranged = Arranged {
        categories: file.categories.len(),
        brands: file.brands.len(),
        attributes: file.attributes.len(),
        collections: file.collections.len(),
        products: file.products.len(),
        prices: file.prices.len(),
    };
    let mut arranging = Arranging {
        shop,
        tx,
        caller,
        problems: Vec::new(),
        tags: BTreeSet::from([TAG_LAYOUT.to_owned()]),
    };
    arranging.categories(&file).await?;
    arranging.brands(&file).await?;
    arranging.attributes(&file).await?;
    arranging.products(&file).await?;
    arranging.prices(&file).await?;
    arranging.collections(file.collections).await?;
    let Arranging { problems, tags, .. } = arranging;
    if !problems.is_empty() {
        return Err(TableError::Problems(problems));
    }
    let change = json!({
        "categories": arranged.categories, "brands": arranged.brands, "attributes": arranged.attributes,
        "collections": arranged.collections, "products": arranged.products, "prices": arranged.prices,
    });
    audit::write(
        shop,
        tx,
        caller,
        "catalog.arranged",
        "catalog",
        "arrangement",
        change,
    )
    .await?;
    let tags: Vec<String> = tags.into_iter().collect();
    outbox::pages_changed(shop, tx, caller, &tags).await?;
    Ok(arranged)
}

struct Arranging<'a> {
    shop: &'a Shop,
    tx: &'a mut PgConnection,
    caller: &'a Caller,
    problems: Vec<Problem>,
    tags: BTreeSet<String>,
}

impl Arranging<'_> {
    fn wrong(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.problems.push(Problem::new(place, problem));
    }

    fn new_id(&self) -> Uuid {
        self.shop.random.id(self.shop.clock.now())
    }

    /// The new slug, when it is another and may stand in a URL.
    fn fresh_slug<'s>(&mut self, place: &str, old: &str, new: Option<&'s str>) -> Option<&'s str> {
        let new = new.filter(|new| *new != old)?;
        if is_slug(new) {
            return Some(new);
        }
        let said = format!("`{new}` is no slug; use a to z, 0 to 9 and -");
        self.wrong(format!("{place}.slug"), said);
        None
    }

    async fn categories(&mut self, file: &File) -> Result<(), TableError> {
        for (slug, category) in &file.categories {
            let place = format!("categories.{slug}");
            if !is_slug(slug) {
                let said = format!("`{slug}` is no slug; use a to z, 0 to 9 and -");
                self.wrong(place, said);
                continue;
            }
            let id = self.new_id();
            if !sql::put_category(self.tx, id, slug, category).await? {
                self.wrong(place, "the shop has no such category; give a new one names");
            }
        }
        // Parents may stand after their children in the file.
        for (slug, category) in &file.categories {
            let place = format!("categories.{slug}");
            if let Some(parent) = &category.parent {
                match sql::put_category_into(self.tx, slug, parent).await {
                    Ok(true) => {}
                    Ok(false) => {
                        let said = format!("there is no category `{parent}` to lie in");
                        self.wrong(format!("{place}.parent"), said);
                    }
                    Err(error) if sql::broke(&error, "category_lies_in_itself") => {
                        let said = format!("it can't lie in `{parent}`, which lies in it");
                        self.wrong(format!("{place}.parent"), said);
                        return self.give_up();
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        for (slug, category) in &file.categories {
            let place = format!("categories.{slug}");
            self.tags.insert(format!("category:{slug}"));
            if let Some(new) = self.fresh_slug(&place, slug, category.slug.as_deref()) {
                let renamed = sql::rename_category(self.tx, slug, new).await;
                self.renamed(renamed, &place, new)?;
                self.tags.insert(format!("category:{new}"));
            }
        }
        Ok(())
    }

    /// After an error of its own the transaction can do no more.
    fn give_up(&mut self) -> Result<(), TableError> {
        Err(TableError::Problems(std::mem::take(&mut self.problems)))
    }

    fn renamed(
        &mut self,
        renamed: sqlx::Result<()>,
        place: &str,
        new: &str,
    ) -> Result<(), TableError> {
        match renamed {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                self.wrong(
                    format!("{place}.slug"),
                    format!("`{new}` belongs to another"),
                );
                self.give_up()
            }
            other => Ok(other?),
        }
    }

    async fn brands(&mut self, file: &File) -> Result<(), TableError> {
        for (name, brand) in &file.brands {
            let place = format!("brands.{name}");
            let Some(slug) = sql::put_brand(self.tx, name, brand.intro.as_ref()).await? else {
                self.wrong(place, "no product is of a vendor of that name");
                continue;
            };
            self.tags.insert(format!("brand:{slug}"));
            if let Some(new) = self.fresh_slug(&place, &slug, brand.slug.as_deref()) {
                let renamed = sql::rename_brand(self.tx, name, new).await;
                self.renamed(renamed, &place, new)?;
                self.tags.insert(format!("brand:{new}"));
            }
        }
        Ok(())
    }

    async fn attributes(&mut self, file: &File) -> Result<(), TableError> {
        if !file.attributes.is_empty() {
            self.tags.insert(market::TAG.to_owned());
        }
        for (position, attribute) in (1..).zip(&file.attributes) {
            let place = format!("attributes.{}", attribute.code);
            let begins = attribute
                .code
                .starts_with(|first: char| first.is_ascii_lowercase());
            if !begins || !is_slug(&attribute.code) || attribute.code.len() > 40 {
                self.wrong(
                    place,
                    "a code is made of a to z, 0 to 9 and -, and begins with a letter",
                );
            } else if !attribute.unit.is_empty() && attribute.kind != AttributeKind::Number {
                self.wrong(format!("{place}.unit"), "only numbers have a unit");
            } else if !sql::put_attribute(self.tx, attribute, position).await? {
                let said = "products have values of another kind; use another code";
                self.wrong(format!("{place}.kind"), said);
            }
        }
        Ok(())
    }

    async fn products(&mut self, file: &File) -> Result<(), TableError> {
        if file.products.is_empty() {
            return Ok(());
        }
        let kinds: HashMap<String, String> =
            sql::attribute_kinds(self.tx).await?.into_iter().collect();
        let mut named: BTreeSet<&str> = file.products.keys().map(String::as_str).collect();
        let related = file
            .products
            .values()
            .filter_map(|new| new.related.as_ref());
        named.extend(related.flatten().map(String::as_str));
        let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
        let ids: HashMap<String, Uuid> =
            sql::products(self.tx, &named).await?.into_iter().collect();
        let mut touched = Vec::with_capacity(file.products.len());
        let mut values = Vec::new();
        for (slug, product) in &file.products {
            let place = format!("products.{slug}");
            let Some(&id) = ids.get(slug) else {
                self.wrong(place, "the shop has no such product");
                continue;
            };
            touched.push(id);
            for (code, value) in &product.attributes {
                let place = format!("{place}.attributes.{code}");
                match kinds.get(code) {
                    None => self.wrong(place, "there is no such attribute; say what it is first"),
                    Some(kind) => match sql::ValueRow::read(id, code, kind, value) {
                        Some(rows) => values.extend(rows),
                        None => {
                            let said = format!("{value} is not what it should be: a {kind}");
                            self.wrong(place, said);
                        }
                    },
                }
            }
            if let Some(related) = &product.related {
                let others: Vec<Uuid> = related
                    .iter()
                    .filter_map(|other| ids.get(other).copied())
                    .filter(|other| *other != id)
                    .collect();
                if others.len() != related.len() {
                    self.wrong(
                        format!("{place}.related"),
                        "each has to be another product's slug",
                    );
                }
                sql::put_related(self.tx, id, &others).await?;
            }
            if let Some(at) = product.publish_at {
                sql::publish_at(self.tx, id, at, self.shop.clock.now()).await?;
            }
            if let Some(new) = self.fresh_slug(&place, slug, product.slug.as_deref()) {
                self.tags.insert(format!("product:{slug}"));
                let renamed = sql::rename_product(self.tx, id, new).await;
                self.renamed(renamed, &place, new)?;
            }
        }
        sql::put_values(self.tx, &values).await?;
        let tags = super::sql::page_tags(self.tx, &touched).await?;
        self.tags.extend(tags);
        Ok(())
    }

    async fn prices(&mut self, file: &File) -> Result<(), TableError> {
        for (index, price) in file.prices.iter().enumerate() {
            let place = format!("prices[{index}]");
            let read = match price.read(&self.shop.markets, &place) {
                Ok(read) => read,
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            let variants = sql::variants(self.tx, &price.sku).await?;
            let [variant] = variants.as_slice() else {
                let said = format!("{} variants have the SKU `{}`", variants.len(), price.sku);
                self.wrong(format!("{place}.sku"), said);
                continue;
            };
            let change = NewPriceChange {
                variant: *variant,
                market: read.market,
                amount_minor: read.amount_minor,
                compare_at_minor: read.compare_at_minor,
                starts_at: price.from,
                ends_at: price.until,
            };
            if !schedule::add(self.shop, self.tx, self.caller, &change).await? {
                let said = "another price is planned for a part of that time";
                self.wrong(place, said);
            }
        }
        Ok(())
    }

    async fn collections(
        &mut self,
        collections: Vec<file::NewCollection>,
    ) -> Result<(), TableError> {
        for (position, collection) in (1..).zip(collections) {
            let place = format!("collections.{}", collection.slug);
            if !is_slug(&collection.slug) {
                self.wrong(place, "that is no slug; use a to z, 0 to 9 and -");
                continue;
            }
            self.tags.insert(format!("collection:{}", collection.slug));
            let names = json!(collection.names);
            let intro = json!(collection.intro);
            let id = self.new_id();
            let put = sql::NewCollection {
                id,
                slug: &collection.slug,
                names: &names,
                intro: &intro,
                position,
            };
            match (collection.products, collection.rule) {
                (Some(slugs), None) => {
                    let id = sql::put_collection(self.tx, &put, None).await?;
                    for slug in sql::put_members(self.tx, id, &slugs).await? {
                        let said = format!("the shop has no product `{slug}`");
                        self.wrong(format!("{place}.products"), said);
                    }
                }
                (None, Some(rule)) => {
                    let read = rule.read(&self.shop.markets, &format!("{place}.rule"));
                    match read {
                        Ok(rule) => {
                            let rule: Value = json!(rule);
                            let id = sql::put_collection(self.tx, &put, Some(&rule)).await?;
                            sql::put_members(self.tx, id, &[]).await?;
                        }
                        Err(problem) => self.problems.push(problem),
                    }
                }
                _ => self.wrong(place, "give it either products or a rule"),
            }
        }
        Ok(())
    }
}
