//! What an import would change: the same reading and comparing, and no writing.

use super::category::Categories;
use super::check::Checked;
use super::column::Selling;
use super::file::Products;
use super::merge::{Changes, Merged, Outcome, PriceRow, ProductRow, Stored, VariantRow, merge};
use super::product::NewProduct;
use super::{BATCH, ImportError, ImportReport, Progress, sql, stock};
use crate::Shop;
use serde::Serialize;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use uuid::Uuid;

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// What an import would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub report: ImportReport,
    /// Variants that would be sold no more.
    pub variants_retired: u64,
    /// Categories that would be made.
    pub categories: Vec<String>,
    /// The first products that are new or would change.
    pub products: Vec<ProductPreview>,
}

/// What would become of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPreview {
    pub handle: String,
    pub title: String,
    pub is_new: bool,
    /// Of a product that is known.
    pub fields: Vec<FieldChange>,
}

/// A field that would change: empty is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// `title`; `Lagoon / 240 ml: price eu`.
    pub field: String,
    pub before: String,
    pub after: String,
}

impl std::fmt::Display for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ImportReport {
            products_new,
            products_updated,
            products_unchanged,
            ..
        } = self.report;
        writeln!(
            f,
            "{products_new} products would be new, {products_updated} changed, {products_unchanged} stay as they are; \
             {} variants would be sold no more",
            self.variants_retired
        )?;
        if !self.categories.is_empty() {
            writeln!(f, "new categories: {}", self.categories.join(", "))?;
        }
        for product in &self.products {
            let sign = if product.is_new { "new" } else { "changed" };
            writeln!(f, "{sign}: {} ({})", product.handle, product.title)?;
            for change in &product.fields {
                let FieldChange {
                    field,
                    before,
                    after,
                } = change;
                writeln!(f, "    {field}: {before:?} -> {after:?}")?;
            }
        }
        let listed = self.products.len() as u64;
        let more = (products_new + products_updated).saturating_sub(listed);
        if more > 0 {
            writeln!(f, "… and {more} more")?;
        }
        super::list_notes(f, &self.report)?;
        write!(f, "\nnothing was changed")
    }
}

/// Compares a checked file with the shop; names the first `named` products that differ.
pub async fn preview(
    shop: &Shop,
    reader: impl Read + Send,
    selling: &Selling,
    checked: Checked,
    named: usize,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Preview, ImportError> {
    let mut products = Products::open(reader, selling)?;
    let mut db = shop.db.acquire().await?;
    let mut preview = Preview::default();
    preview.report.ignored_columns = products.ignored_columns();
    let mut told = Progress {
        read: checked.rows,
        written: 0,
        total: Some(checked.products),
    };
    let mut categories = BTreeSet::new();
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH
            && let Some((product, _)) = products.next_good(&checked.torn)?
        {
            batch.push(product);
        }
        if batch.is_empty() {
            break;
        }
        told.written += batch.len() as u64;
        compare(shop, &mut db, batch, named, &mut preview, &mut categories).await?;
        progress(told);
    }
    preview.categories = categories.into_iter().collect();
    preview.report.skipped = checked.problems;
    preview.report.skipped_more = checked.more_problems;
    Ok(preview)
}

/// What is known of a product in a batch.
struct Compared {
    outcome: Outcome,
    product: ProductPreview,
    options: HashMap<Uuid, String>,
}

async fn compare(
    shop: &Shop,
    db: &mut PgConnection,
    products: Vec<NewProduct>,
    named: usize,
    preview: &mut Preview,
    made: &mut BTreeSet<String>,
) -> Result<(), ImportError> {
    let now = shop.clock.now();
    let known_categories = Categories::load(db).await?;
    let handles: Vec<String> = products.iter().map(|new| new.handle.clone()).collect();
    let mut stored = sql::stored_or_renamed(db, &handles).await?;
    let new_id = || shop.random.id(now);
    let mut compared = Vec::with_capacity(products.len());
    let mut wishes = Vec::new();
    for new in products {
        let name = new.category.clone().unwrap_or_default();
        let way = match name.as_str() {
            "" => Vec::new(),
            name => known_categories.way(name, new.taxonomy.as_deref().unwrap_or_default()),
        };
        let category = way.last().and_then(|step| step.id);
        let is_made = !name.is_empty() && category.is_none();
        // One that is not there yet differs from every one that is.
        let category = category.or_else(|| is_made.then(&new_id));
        let known = stored.remove(&new.handle);
        let mut product = ProductPreview {
            handle: new.handle.clone(),
            title: new.title.clone(),
            is_new: known.is_none(),
            fields: Vec::new(),
        };
        preview.report.variants += new.variants.len() as u64;
        let mut changes = Changes::default();
        let Merged { outcome, stock, .. } =
            merge(new, category, known.clone(), now, &new_id, &mut changes);
        preview.variants_retired += changes.retired.len() as u64;
        let mut options = HashMap::new();
        if let Some(known) = known {
            options = names(&known.variants, &changes.changed.variants);
            product.fields = differences(&known, &changes, &options);
            if let Some(field) = product
                .fields
                .iter_mut()
                .find(|field| field.field == "category_id")
            {
                let before = known.product.category_id;
                field.field = "category".to_owned();
                field.before = before
                    .and_then(|id| known_categories.slugs.get(&id).cloned())
                    .unwrap_or_default();
                field.after.clone_from(&name);
            }
            let place = compared.len();
            wishes.extend(
                stock
                    .into_iter()
                    .map(|(variant, wish)| (variant, wish, place)),
            );
        }
        let missing = way.into_iter().filter(|step| step.id.is_none());
        made.extend(missing.map(|step| step.source));
        compared.push(Compared {
            outcome,
            product,
            options,
        });
    }
    let places: HashMap<Uuid, usize> = wishes.iter().map(|(id, _, place)| (*id, *place)).collect();
    let wishes: Vec<_> = wishes.into_iter().map(|(id, wish, _)| (id, wish)).collect();
    for found in stock::differing(db, &wishes).await? {
        let Some(compared) = places
            .get(&found.variant)
            .map(|place| &mut compared[*place])
        else {
            continue;
        };
        if compared.outcome == Outcome::Unchanged {
            compared.outcome = Outcome::Updated;
        }
        let count = |count: Option<i64>| count.map_or("not counted".to_owned(), |n| n.to_string());
        let field = FieldChange {
            field: field_of(&compared.options, found.variant, "stock"),
            before: count(found.before),
            after: count(found.after),
        };
        compared.product.fields.push(field);
    }
    for compared in compared {
        preview.report.count(compared.outcome);
        if compared.outcome != Outcome::Unchanged && preview.products.len() < named {
            preview.products.push(compared.product);
        }
    }
    Ok(())
}

/// What the variants of a product are called.
fn names(known: &[VariantRow], changed: &[VariantRow]) -> HashMap<Uuid, String> {
    let all = known.iter().chain(changed);
    all.map(|variant| (variant.id, variant.option_values.join(" / ")))
        .collect()
}

fn field_of(options: &HashMap<Uuid, String>, variant: Uuid, field: &str) -> String {
    match options.get(&variant).map(String::as_str) {
        None | Some("") => field.to_owned(),
        Some(name) => format!("{name}: {field}"),
    }
}

fn differences(
    known: &Stored,
    changes: &Changes,
    options: &HashMap<Uuid, String>,
) -> Vec<FieldChange> {
    let changed = &changes.changed;
    let mut fields = Vec::new();
    let mut say = |field: String, before: String, after: String| {
        fields.push(FieldChange {
            field,
            before: shortened(before),
            after: shortened(after),
        });
    };
    for product in &changed.products {
        for (field, before, after) in unlike::<ProductRow>(Some(&known.product), product) {
            say(field, before, after);
        }
    }
    if !changes.repictured.is_empty() {
        let (before, after) = (known.pictures.len(), changed.pictures.len());
        say("pictures".to_owned(), before.to_string(), after.to_string());
    }
    for variant in &changed.variants {
        let before = known.variants.iter().find(|before| before.id == variant.id);
        if before.is_none_or(|before| before.is_retired) {
            say(
                field_of(options, variant.id, "variant"),
                String::new(),
                "sold".to_owned(),
            );
            continue;
        }
        for (field, before, after) in unlike::<VariantRow>(before, variant) {
            say(field_of(options, variant.id, &field), before, after);
        }
    }
    for variant in &changes.retired {
        say(
            field_of(options, *variant, "variant"),
            "sold".to_owned(),
            "sold no more".to_owned(),
        );
    }
    let price = |variant: Uuid, market: &str| {
        let mut prices = known.prices.iter();
        prices.find(|price| price.variant_id == variant && price.market == market)
    };
    let shown = |price: &PriceRow| match price.compare_at_minor {
        None => price.amount_minor.to_string(),
        Some(before) => format!("{}, before {before}", price.amount_minor),
    };
    for after in &changed.prices {
        say(
            field_of(
                options,
                after.variant_id,
                &format!("price {}", after.market),
            ),
            price(after.variant_id, &after.market)
                .map(shown)
                .unwrap_or_default(),
            shown(after),
        );
    }
    let unpriced = changes
        .unpriced_variants
        .iter()
        .zip(&changes.unpriced_markets);
    for (variant, market) in unpriced {
        say(
            field_of(options, *variant, &format!("price {market}")),
            price(*variant, market).map(shown).unwrap_or_default(),
            String::new(),
        );
    }
    fields
}

/// The fields in which two rows differ.
fn unlike<T: Serialize>(before: Option<&T>, after: &T) -> Vec<(String, String, String)> {
    let fields = |row: Option<&T>| match serde_json::to_value(row) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let text = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let (before, after) = (fields(before), fields(Some(after)));
    after
        .iter()
        .filter(|(field, value)| before.get(*field) != Some(value))
        .map(|(field, value)| (field.clone(), text(before.get(field)), text(Some(value))))
        .collect()
}

fn shortened(text: String) -> String {
    if text.chars().count() <= SHOWN {
        return text;
    }
    let begin: String = text.chars().take(SHOWN).collect();
    format!("{begin}…")
}
