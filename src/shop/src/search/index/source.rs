//! A product as it is indexed.

use super::schema::Fields;
use super::words;
use crate::market::Markets;
use crate::search::{BETWEEN, Merit, attribute};
use std::collections::BTreeMap;
use tantivy::TantivyDocument;
use uuid::Uuid;

/// What PostgreSQL says of a product.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: Uuid,
    pub slug: String,
    pub position: i64,
    /// Microseconds since 1970.
    pub published: i64,
    pub vendor: String,
    pub tags: Vec<String>,
    /// Its own, and all it lies in.
    pub categories: Vec<Uuid>,
    /// By locale code; with the import's name under ``.
    pub category_names: BTreeMap<String, String>,
    /// By locale code; the catalogue's own language under ``.
    pub texts: BTreeMap<String, SourceText>,
    /// By market: the cheapest variant's, in minor units.
    pub prices: Vec<(String, i64)>,
    pub in_stock: bool,
    pub merit: Merit,
    /// SKUs and barcodes.
    pub codes: Vec<String>,
    /// Name, [`BETWEEN`], value; each once.
    pub options: Vec<String>,
    /// As [`attribute::key`] reads them.
    pub attributes: Vec<String>,
}

/// What a product is called in a language.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct SourceText {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub subtitle: String,
    #[serde(default)]
    pub lead: String,
    #[serde(default)]
    pub body: String,
}

/// The document of a product.
pub fn document(fields: &Fields, markets: &Markets, source: &Source) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    let (high, low) = source.id.as_u64_pair();
    document.add_bytes(fields.id, source.id.as_bytes());
    document.add_text(fields.slug, &source.slug);
    document.add_u64(fields.id_high, high);
    document.add_u64(fields.id_low, low);
    for code in source.codes.iter().map(|code| words::code(code)) {
        if !code.is_empty() {
            document.add_text(fields.code, code);
        }
    }
    for category in &source.categories {
        document.add_text(fields.category, category.to_string());
    }
    if !source.vendor.is_empty() {
        document.add_text(fields.brand, &source.vendor);
    }
    for option in &source.options {
        document.add_text(fields.option, option);
    }
    for key in source
        .attributes
        .iter()
        .filter_map(|stored| attribute::key(stored))
    {
        document.add_text(fields.option, key);
    }
    document.add_i64(fields.position, source.position);
    document.add_i64(fields.published, source.published);
    document.add_u64(fields.in_stock, u64::from(source.in_stock));
    document.add_i64(fields.stars, source.merit.stars);
    document.add_i64(fields.score, source.merit.score);
    document.add_i64(fields.sold, source.merit.sold);
    for (market, price) in &source.prices {
        let field = fields
            .prices
            .iter()
            .find(|(code, _)| code.as_str() == market);
        if let Some((_, field)) = field {
            document.add_i64(*field, *price);
        }
    }
    let own = source.texts.get("").cloned().unwrap_or_default();
    for texts in &fields.texts {
        let told = source.texts.get(texts.locale.code());
        let or = |pick: fn(&SourceText) -> &str| {
            let here = told.map(pick).filter(|text| !text.is_empty());
            here.unwrap_or(pick(&own)).to_owned()
        };
        let title = or(|text| &text.title);
        let mut keys = vec![or(|text| &text.subtitle), source.vendor.clone()];
        let names = &source.category_names;
        let category = names
            .get(texts.locale.code())
            .or(names.get("en"))
            .or(names.get(""));
        keys.extend(category.cloned());
        keys.extend(source.tags.iter().cloned());
        for option in &source.options {
            let Some((_, value)) = option.split_once(BETWEEN) else {
                continue;
            };
            let said = markets.option_value(texts.locale, value);
            if said != value {
                keys.push(said);
            }
            keys.push(value.to_owned());
        }
        let is_told = told.is_some_and(|text| !text.lead.is_empty() || !text.body.is_empty());
        let described = if is_told { told.unwrap_or(&own) } else { &own };
        document.add_text(texts.title, &title);
        // Each by itself, so that no phrase goes from one to the next.
        for key in keys.iter().filter(|key| !key.is_empty()) {
            document.add_text(texts.keys, key);
        }
        document.add_text(texts.body, &described.lead);
        document.add_text(texts.body, without_tags(&described.body));
        let mut plain = words::split(&title);
        plain.extend(keys.iter().flat_map(|key| words::split(key)));
        plain.sort_unstable();
        plain.dedup();
        document.add_text(texts.words, plain.join(" "));
        if let Some(tails) = texts.tails {
            let stems = plain.iter().map(|word| words::stem(texts.locale, word));
            let reversed: Vec<String> = stems.map(|stem| words::reversed(&stem)).collect();
            document.add_text(tails, reversed.join(" "));
        }
    }
    document
}

/// The text of sanitised HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    text.replace("&amp;", "&").replace("&nbsp;", " ")
}

#[cfg(test)]
mod tests {
    use super::without_tags;

    #[test]
    fn tags_are_no_words() {
        assert_eq!(
            without_tags("<p>A &amp; B</p><b>c</b>")
                .split_whitespace()
                .collect::<Vec<_>>(),
            ["A", "&", "B", "c"]
        );
    }
}
