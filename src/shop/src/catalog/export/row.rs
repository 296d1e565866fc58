//! A product as rows of the file: a variant and a picture in each, as many as there are of either.

use super::sql::{Shelf, TextsRow};
use crate::catalog::import::Selling;
use crate::catalog::import::merge::{PriceRow, Stored, VariantRow};
use domain::{Currency, Money};
use std::collections::HashMap;
use uuid::Uuid;

/// What stands before the columns of markets. `Status` comes after them, as in Shopify's own exports.
const COLUMNS: [&str; 33] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Product Category",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Fulfillment Service",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "SEO Title",
    "SEO Description",
    "Subtitle (product.metafields.custom.subtitle)",
    "Variant Image",
    "Variant Weight Unit",
];
const TAX_CODE: &str = "Variant Tax Code";

/// The columns of a file of translations.
pub const TRANSLATION: [&str; 6] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "SEO Title",
    "SEO Description",
    "Subtitle (product.metafields.custom.subtitle)",
];

/// Which columns there are, and where.
pub struct Format {
    columns: Vec<String>,
    at: HashMap<String, usize>,
    /// The market of `Variant Price`, then the others: code and what its columns call it.
    main: Sold,
    others: Vec<Sold>,
}

struct Sold {
    market: String,
    currency: Currency,
    name: String,
}

impl Format {
    pub fn of(selling: &Selling) -> Self {
        let main = Sold {
            market: selling.market.as_str().to_owned(),
            currency: selling.currency,
            name: selling.market.as_str().to_owned(),
        };
        let others: Vec<Sold> = selling
            .others
            .iter()
            .map(|other| Sold {
                market: other.market.as_str().to_owned(),
                currency: other.currency,
                name: called(other.market.as_str(), &other.names),
            })
            .collect();
        let mut columns: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        columns.push(TAX_CODE.to_owned());
        columns.push(format!("Included / {}", main.name));
        for Sold { name, .. } in &others {
            columns.push(format!("Included / {name}"));
            columns.push(format!("Price / {name}"));
            columns.push(format!("Compare At Price / {name}"));
        }
        columns.push("Status".to_owned());
        let at = columns.iter().cloned().zip(0..).collect();
        Self {
            columns,
            at,
            main,
            others,
        }
    }

    pub fn header(&self) -> &[String] {
        &self.columns
    }

    /// A product's rows. Variants that are sold no more are left out.
    pub fn rows(
        &self,
        product: &Stored,
        categories: &HashMap<Uuid, String>,
        stock: &HashMap<Uuid, Shelf>,
    ) -> Vec<Vec<String>> {
        let sold = product
            .variants
            .iter()
            .filter(|variant| !variant.is_retired);
        let sold: Vec<&VariantRow> = sold.collect();
        let count = sold.len().max(product.pictures.len()).max(1);
        (0..count)
            .map(|place| {
                let mut row = Row {
                    format: self,
                    fields: vec![String::new(); self.columns.len()],
                };
                row.set("Handle", &product.product.slug);
                if place == 0 {
                    self.head(&mut row, product, categories);
                }
                if let Some(variant) = sold.get(place) {
                    self.variant(&mut row, product, variant, stock.get(&variant.id));
                }
                if let Some(picture) = product.pictures.get(place) {
                    row.set("Image Src", &picture.src);
                    row.set("Image Position", &picture.position.to_string());
                    row.set("Image Alt Text", &picture.alt);
                }
                row.fields
            })
            .collect()
    }

    fn head(&self, row: &mut Row<'_>, stored: &Stored, categories: &HashMap<Uuid, String>) {
        let product = &stored.product;
        let category = product.category_id.and_then(|id| categories.get(&id));
        row.set("Title", &product.title);
        row.set("Body (HTML)", &body(&product.lead, &product.body_html));
        row.set("Vendor", &product.vendor);
        row.set("Product Category", &product.taxonomy);
        row.set("Type", category.map_or("", String::as_str));
        row.set("Tags", &product.tags.join(", "));
        row.set("Published", flag(product.status == "active"));
        let names = product.option_names.iter().map(String::as_str);
        let names: Vec<&str> = match product.option_names.is_empty() {
            true => vec!["Title"],
            false => names.collect(),
        };
        for (column, name) in ["Option1 Name", "Option2 Name", "Option3 Name"]
            .iter()
            .zip(names)
        {
            row.set(column, name);
        }
        row.set("SEO Title", &product.seo_title);
        row.set("SEO Description", &product.seo_description);
        row.set(
            "Subtitle (product.metafields.custom.subtitle)",
            &product.subtitle,
        );
        row.set("Status", &product.status);
    }

    fn variant(
        &self,
        row: &mut Row<'_>,
        stored: &Stored,
        variant: &VariantRow,
        shelf: Option<&Shelf>,
    ) {
        let values = variant.option_values.iter().map(String::as_str);
        let values: Vec<&str> = match stored.product.option_names.is_empty() {
            true => vec!["Default Title"],
            false => values.collect(),
        };
        let columns = ["Option1 Value", "Option2 Value", "Option3 Value"];
        for (column, value) in columns.iter().zip(values) {
            row.set(column, value);
        }
        row.set("Variant SKU", &code(&variant.sku));
        row.set("Variant Barcode", &code(&variant.barcode));
        row.set("Variant Grams", &variant.weight_g.to_string());
        row.set("Variant Weight Unit", "g");
        row.set("Variant Fulfillment Service", "manual");
        if let Some(shelf) = shelf {
            row.set("Variant Inventory Tracker", "shopify");
            row.set("Variant Inventory Qty", &shelf.available.to_string());
            let policy = if shelf.oversell { "continue" } else { "deny" };
            row.set("Variant Inventory Policy", policy);
        }
        row.set("Variant Requires Shipping", flag(variant.requires_shipping));
        row.set("Variant Taxable", flag(variant.tax_class != "zero"));
        if variant.tax_class == "reduced" {
            row.set(TAX_CODE, "reduced");
        }
        let picture = variant.picture_position.and_then(|position| {
            let mut pictures = stored.pictures.iter();
            pictures.find(|picture| picture.position == position)
        });
        if let Some(picture) = picture {
            row.set("Variant Image", &picture.src);
        }
        let price = |market: &str| -> Option<&PriceRow> {
            let mut prices = stored.prices.iter();
            prices.find(|price| price.variant_id == variant.id && price.market == market)
        };
        let main = price(&self.main.market);
        row.set(
            &format!("Included / {}", self.main.name),
            flag(main.is_some()),
        );
        row.price(
            "Variant Price",
            "Variant Compare At Price",
            main,
            self.main.currency,
        );
        for Sold {
            market,
            currency,
            name,
        } in &self.others
        {
            let price = price(market);
            row.set(&format!("Included / {name}"), flag(price.is_some()));
            let columns = [
                format!("Price / {name}"),
                format!("Compare At Price / {name}"),
            ];
            row.price(&columns[0], &columns[1], price, *currency);
        }
    }
}

struct Row<'a> {
    format: &'a Format,
    fields: Vec<String>,
}

impl Row<'_> {
    fn set(&mut self, column: &str, value: &str) {
        if let Some(at) = self.format.at.get(column) {
            value.clone_into(&mut self.fields[*at]);
        }
    }

    fn price(&mut self, now: &str, before: &str, price: Option<&PriceRow>, currency: Currency) {
        let Some(price) = price else { return };
        self.set(now, &Money::new(price.amount_minor, currency).decimal());
        if let Some(minor) = price.compare_at_minor {
            self.set(before, &Money::new(minor, currency).decimal());
        }
    }
}

/// A row of a file of translations.
pub fn translation(texts: &TextsRow) -> [String; 6] {
    [
        texts.slug.clone(),
        texts.title.clone(),
        body(&texts.lead, &texts.body_html),
        texts.seo_title.clone(),
        texts.seo_description.clone(),
        texts.subtitle.clone(),
    ]
}

/// The last of a market's names is its country's, when it has one only.
fn called(code: &str, names: &[String]) -> String {
    // Code, `us`, `united states`.
    let name = match names {
        [_, _, name] if name.len() > 3 => name,
        _ => return code.to_owned(),
    };
    let words = name.split(' ').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(char::to_uppercase);
        first
            .into_iter()
            .flatten()
            .chain(letters)
            .collect::<String>()
    });
    words.collect::<Vec<String>>().join(" ")
}

fn flag(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

/// An import takes one apostrophe off, which spreadsheets put before codes.
fn code(code: &str) -> String {
    match code.starts_with('\'') {
        true => format!("'{code}"),
        false => code.to_owned(),
    }
}

/// The description as one text: its lead is the first paragraph.
fn body(lead: &str, rest: &str) -> String {
    if lead.is_empty() {
        return rest.to_owned();
    }
    let lead = lead
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    match rest {
        "" => format!("<p>{lead}</p>"),
        rest => format!("<p>{lead}</p>\n{rest}"),
    }
}
