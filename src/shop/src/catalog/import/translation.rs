//! Product texts in another language: a CSV with `Handle`, `Title`, `Body (HTML)`, `SEO Title`, `SEO Description`.

use super::column::{Column, Columns};
use super::html::describe;
use super::row::{Row, Rows};
use super::sql::{self, TranslationRow};
use super::value::Values;
use super::{BATCH, ImportError, RowProblem, TAGS_IN_EVENT};
use crate::{Caller, Shop, audit, outbox};
use domain::{Action, Locale};
use serde_json::json;
use sqlx::PgConnection;
use std::io::Read;

/// What a translation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TranslationReport {
    /// Rows of the file.
    pub products: u64,
    /// Those whose texts were not so before.
    pub changed: u64,
}

/// Takes texts in `locale` for products that are there.
///
/// # Errors
/// [`ImportError`]; then nothing was changed.
pub async fn translate(
    shop: &Shop,
    caller: &Caller,
    locale: Locale,
    reader: impl Read + Send,
) -> Result<TranslationReport, ImportError> {
    domain::may(&caller.actor, Action::ChangeCatalogue)?;
    let mut tx = shop.begin().await?;
    let report = write(shop, &mut tx, caller, locale, reader).await?;
    tx.commit().await?;
    Ok(report)
}

/// The same, inside a transaction of the caller's, who has asked whether it may.
pub async fn write(
    shop: &Shop,
    tx: &mut PgConnection,
    caller: &Caller,
    locale: Locale,
    reader: impl Read + Send,
) -> Result<TranslationReport, ImportError> {
    let mut rows = Rows::of(reader);
    let columns = Columns::of_translation(rows.header()?).map_err(ImportError::Problems)?;
    let mut report = TranslationReport::default();
    let mut problems = Vec::new();
    let mut tags = Vec::new();
    loop {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(row) = rows.next()?
        {
            batch.push((row.line, translation(&row, &columns, &mut problems)));
        }
        if batch.is_empty() {
            break;
        }
        let handles: Vec<String> = batch.iter().map(|(_, row)| row.slug.clone()).collect();
        let known = sql::known(tx, &handles).await?;
        for (line, row) in &batch {
            if !row.slug.is_empty() && !known.contains(&row.slug) {
                problems.push(RowProblem {
                    row: *line,
                    column: Column::Handle.name().to_owned(),
                    problem: format!("there is no product {:?}: import it first", row.slug),
                });
            }
        }
        for (index, (line, row)) in batch.iter().enumerate() {
            if batch[..index]
                .iter()
                .any(|(_, other)| other.slug == row.slug)
            {
                problems.push(RowProblem {
                    row: *line,
                    column: Column::Handle.name().to_owned(),
                    problem: "this handle has a row already: remove one".to_owned(),
                });
            }
        }
        if !problems.is_empty() {
            continue;
        }
        let rows: Vec<TranslationRow> = batch.into_iter().map(|(_, row)| row).collect();
        let changed = sql::translate(tx, locale.code(), &rows).await?;
        report.products += rows.len() as u64;
        report.changed += changed.len() as u64;
        tags.extend(changed.into_iter().map(|slug| format!("product:{slug}")));
    }
    if !problems.is_empty() {
        return Err(ImportError::Problems(problems));
    }
    if !tags.is_empty() {
        // Every list may show one of them.
        tags.push("home".to_owned());
        let categories = sql::categories(tx).await?;
        tags.extend(
            categories
                .into_iter()
                .map(|category| format!("category:{}", category.slug)),
        );
    }
    let change =
        json!({ "locale": locale, "products": report.products, "changed": report.changed });
    audit::write(
        shop,
        tx,
        caller,
        "catalog.translate",
        "catalog",
        "products",
        change,
    )
    .await?;
    for tags in tags.chunks(TAGS_IN_EVENT) {
        outbox::pages_changed(shop, tx, caller, tags).await?;
    }
    Ok(report)
}

fn translation(row: &Row, columns: &Columns, problems: &mut Vec<RowProblem>) -> TranslationRow {
    let mut values = Values::new(row, columns, problems);
    let slug = super::product::handle(&mut values);
    let description = describe(&values.text(Column::Body, 100_000));
    let subtitle = values.line(Column::Subtitle, 255);
    TranslationRow {
        slug,
        title: values.line(Column::Title, 255),
        subtitle: match subtitle.as_str() {
            "" => description.first_item.unwrap_or_default(),
            _ => subtitle,
        },
        lead: description.lead,
        body_html: description.body_html,
        seo_title: values.line(Column::SeoTitle, 255),
        seo_description: values.line(Column::SeoDescription, 1_000),
    }
}
