//! The index's fields.

use super::words;
use domain::{Locale, MarketCode};
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, Schema, SchemaBuilder,
    TextFieldIndexing, TextOptions,
};

/// Raised when what stands in a field changes: an index of another version is built anew.
pub const VERSION: u32 = 4;

/// What is indexed of a product, one document each.
#[derive(Clone)]
pub struct Fields {
    /// The product's id and slug, by which its document is found and replaced.
    pub id: Field,
    pub slug: Field,
    /// The id in two halves, to be read quickly.
    pub id_high: Field,
    pub id_low: Field,
    /// SKUs and barcodes ([`words::code`]).
    pub code: Field,
    pub category: Field,
    pub brand: Field,
    /// Of options and attributes: name, unit separator, value ([`crate::search::attribute`]).
    pub option: Field,
    pub position: Field,
    /// Microseconds since 1970.
    pub published: Field,
    /// 1 when it can be bought now.
    pub in_stock: Field,
    /// As [`crate::search::Merit`].
    pub stars: Field,
    pub score: Field,
    pub sold: Field,
    /// By market: the cheapest variant's price in minor units. Without one it is not sold there.
    pub prices: Vec<(MarketCode, Field)>,
    /// In the order of [`Locale::ALL`].
    pub texts: Vec<Texts>,
}

/// A language's texts.
#[derive(Clone)]
pub struct Texts {
    pub locale: Locale,
    pub title: Field,
    /// Subtitle, brand, category, tags, options.
    pub keys: Field,
    /// The description.
    pub body: Field,
    /// Title and keys, unstemmed: for prefixes, typos and compounds.
    pub words: Field,
    /// Their stems read from their ends, where the language makes compounds.
    pub tails: Option<Field>,
}

impl Fields {
    pub fn texts(&self, locale: Locale) -> &Texts {
        let found = self.texts.iter().find(|texts| texts.locale == locale);
        found.unwrap_or(&self.texts[0])
    }
}
/// The schema for a shop with these markets.
pub fn schema(markets: &[MarketCode]) -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let raw = || text("raw", IndexRecordOption::Basic, false);
    let number = || NumericOptions::default().set_fast();
    let fields = Fields {
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        slug: builder.add_text_field("slug", raw()),
        id_high: builder.add_u64_field("id_high", FAST),
        id_low: builder.add_u64_field("id_low", FAST),
        code: builder.add_text_field("code", raw()),
        category: builder.add_text_field("category", raw()),
        brand: builder.add_text_field("brand", raw().set_fast("raw")),
        option: builder.add_text_field("option", raw().set_fast("raw")),
        position: builder.add_i64_field("position", number()),
        published: builder.add_i64_field("published", number()),
        in_stock: builder.add_u64_field("in_stock", number()),
        stars: builder.add_i64_field("stars", number()),
        score: builder.add_i64_field("score", number()),
        sold: builder.add_i64_field("sold", number()),
        prices: markets
            .iter()
            .map(|code| {
                let name = price_name(code);
                (code.clone(), builder.add_i64_field(&name, number()))
            })
            .collect(),
        texts: Locale::ALL
            .into_iter()
            .map(|locale| texts(&mut builder, locale))
            .collect(),
    };
    (builder.build(), fields)
}

/// The field of a market's prices.
pub fn price_name(market: &MarketCode) -> String {
    format!("price_{}", market.as_str())
}

fn texts(builder: &mut SchemaBuilder, locale: Locale) -> Texts {
    let code = locale.code();
    let mut stems = |name: &str| {
        let options = text(
            words::stems(locale),
            IndexRecordOption::WithFreqsAndPositions,
            true,
        );
        builder.add_text_field(&format!("{name}_{code}"), options)
    };
    let (title, keys, body) = (stems("title"), stems("keys"), stems("body"));
    let mut plain = |name: &str| {
        let options = text(words::PLAIN, IndexRecordOption::Basic, true);
        builder.add_text_field(&format!("{name}_{code}"), options)
    };
    Texts {
        locale,
        title,
        keys,
        body,
        words: plain("words"),
        tails: (locale == Locale::De).then(|| plain("tails")),
    }
}

fn text(analyser: &str, record: IndexRecordOption, has_norms: bool) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(analyser)
            .set_index_option(record)
            .set_fieldnorms(has_norms),
    )
}
