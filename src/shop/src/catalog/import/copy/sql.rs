//! The COPY statements, one for each table.

use super::{NewRows, Text};
use sqlx::PgConnection;

/// Adds all rows, what is referred to before what refers to it.
pub async fn write(tx: &mut PgConnection, rows: NewRows) -> sqlx::Result<()> {
    let tables = [
        (
            "COPY product (id, slug, title, subtitle, vendor, lead, body_html, category_id, taxonomy, tags, status,
                           published_at, option_names, seo_title, seo_description, created_at, updated_at) FROM STDIN",
            rows.products,
        ),
        (
            "COPY product_translation (product_id, locale, title, subtitle, lead, body_html, seo_title, seo_description)
             FROM STDIN",
            rows.translations,
        ),
        (
            "COPY product_attribute (product_id, attribute, text_value, number_value, boolean_value) FROM STDIN",
            rows.attributes,
        ),
        ("COPY picture (product_id, position, src, alt) FROM STDIN", rows.pictures),
        (
            "COPY variant (id, product_id, position, sku, barcode, option_values, weight_g, tax_class, requires_shipping,
                           picture_position) FROM STDIN",
            rows.variants,
        ),
        ("COPY price (variant_id, market, amount_minor, compare_at_minor) FROM STDIN", rows.prices),
        ("COPY stock (variant_id, location_id, on_hand, oversell) FROM STDIN", rows.stock),
        (
            "COPY stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
             FROM STDIN",
            rows.ledger,
        ),
    ];
    for (statement, Text { bytes, .. }) in tables {
        if !bytes.is_empty() {
            let mut copy = tx.copy_in_raw(statement).await?;
            copy.send(bytes).await?;
            copy.finish().await?;
        }
    }
    Ok(())
}
