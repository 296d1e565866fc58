//! Products for tests, written straight into the tables.

use super::{TestShop, sql};
use crate::market::tax_class_name;
use domain::pricing::TaxClass;
use domain::{ProductId, VariantId};
use futures::FutureExt;
use futures::future::BoxFuture;

/// A product on sale.
#[derive(Clone, Debug)]
pub struct TestProduct {
    pub id: ProductId,
    pub slug: String,
    /// In the order they were named; at least one.
    pub variants: Vec<VariantId>,
}

impl TestProduct {
    /// The first variant.
    pub fn variant(&self) -> VariantId {
        self.variants[0]
    }
}

/// A product being described; `.await` puts it on sale. What is said of price, stock, weight and tax is said of the
/// variant named last, and of those named after it.
#[must_use = "it is on sale only when awaited"]
pub struct ProductBuilder<'a> {
    shop: &'a TestShop,
    pub(super) product: NewProduct,
}

pub(super) struct NewProduct {
    pub slug: String,
    pub title: String,
    pub german: Option<String>,
    pub category: Option<String>,
    pub status: &'static str,
    pub option_names: Vec<String>,
    pub pictures: Vec<(String, String)>,
    pub tags: Vec<String>,
    pub variants: Vec<NewVariant>,
}

#[derive(Clone, Default)]
pub(super) struct NewVariant {
    pub options: Vec<String>,
    pub sku: String,
    /// Market, minor units, minor units before.
    pub prices: Vec<(String, i64, Option<i64>)>,
    /// Units on hand, and whether more may be sold; None is not tracked.
    pub stock: Option<(i64, bool)>,
    pub weight_g: i32,
    pub tax_class: &'static str,
}

impl<'a> ProductBuilder<'a> {
    pub(super) fn new(shop: &'a TestShop, slug: &str) -> Self {
        let first = NewVariant {
            sku: slug.to_uppercase(),
            weight_g: 400,
            tax_class: "standard",
            ..NewVariant::default()
        };
        let product = NewProduct {
            slug: slug.to_owned(),
            title: slug.replace('-', " "),
            german: None,
            category: None,
            status: "active",
            option_names: Vec::new(),
            pictures: Vec::new(),
            tags: Vec::new(),
            variants: vec![first],
        };
        Self { shop, product }
    }

    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.product.title);
        self
    }

    /// Its title in German.
    pub fn german(mut self, title: &str) -> Self {
        self.product.german = Some(title.to_owned());
        self
    }

    /// The slug of its category, which is made when it is not there.
    pub fn category(mut self, slug: &str) -> Self {
        self.product.category = Some(slug.to_owned());
        self
    }

    pub fn tag(mut self, tag: &str) -> Self {
        self.product.tags.push(tag.to_owned());
        self
    }

    pub fn picture(mut self, src: &str, alt: &str) -> Self {
        self.product.pictures.push((src.to_owned(), alt.to_owned()));
        self
    }

    pub fn draft(mut self) -> Self {
        self.product.status = "draft";
        self
    }

    /// What its variants differ in: `["Glaze"]`.
    pub fn options<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.product.option_names = names.map(str::to_owned).to_vec();
        self
    }

    /// Names a variant by its option values; what was said before holds for it too, until said otherwise.
    pub fn variant<const N: usize>(mut self, values: [&str; N]) -> Self {
        let options = values.map(str::to_owned).to_vec();
        let sku = format!("{}-{}", self.product.slug, options.join("-")).to_uppercase();
        if self.last().options.is_empty() {
            (self.last().options, self.last().sku) = (options, sku);
        } else {
            let next = NewVariant {
                options,
                sku,
                ..self.last().clone()
            };
            self.product.variants.push(next);
        }
        self
    }

    /// In euro cents, in the euro market.
    pub fn price(self, minor: i64) -> Self {
        self.price_in("eu", minor)
    }

    /// In minor units of the market's currency.
    pub fn price_in(mut self, market: &str, minor: i64) -> Self {
        let prices = &mut self.last().prices;
        prices.retain(|(there, ..)| there != market);
        prices.push((market.to_owned(), minor, None));
        self
    }

    /// What it cost before, in the market its price was last said for.
    pub fn was(mut self, minor: i64) -> Self {
        if let Some((.., before)) = self.last().prices.last_mut() {
            *before = Some(minor);
        }
        self
    }

    /// So many lie on the shelf; without this, stock is not tracked.
    pub fn stock(mut self, on_hand: i64) -> Self {
        self.last().stock = Some((on_hand, false));
        self
    }

    /// More than lie on the shelf may be sold.
    pub fn oversell(mut self) -> Self {
        let on_hand = self.last().stock.map_or(0, |(on_hand, _)| on_hand);
        self.last().stock = Some((on_hand, true));
        self
    }

    /// Grams of one; 400 unless said.
    pub fn weight(mut self, grams: i32) -> Self {
        self.last().weight_g = grams;
        self
    }

    pub fn tax(mut self, class: TaxClass) -> Self {
        self.last().tax_class = tax_class_name(class);
        self
    }

    fn last(&mut self) -> &mut NewVariant {
        let last = self.product.variants.len() - 1;
        &mut self.product.variants[last]
    }
}

impl<'a> IntoFuture for ProductBuilder<'a> {
    type Output = TestProduct;
    type IntoFuture = BoxFuture<'a, TestProduct>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let now = self.shop.clock.time();
            let ids: Vec<_> = std::iter::repeat_with(|| self.shop.random.id(now))
                .take(self.product.variants.len() + 2)
                .collect();
            sql::insert_product(&self.shop.db, &self.product, &ids, now)
                .await
                .expect("the product is written");
            TestProduct {
                id: ProductId(ids[0]),
                slug: self.product.slug,
                variants: ids[2..].iter().copied().map(VariantId).collect(),
            }
        }
        .boxed()
    }
}
