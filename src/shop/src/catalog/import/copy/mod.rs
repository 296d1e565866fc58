//! New rows for the catalogue's tables, in the text that PostgreSQL's COPY reads
//! (<https://www.postgresql.org/docs/current/sql-copy.html>, "Text Format"). COPY takes a million rows where INSERT takes
//! its time; it only adds, so whoever writes here knows that the rows are new.

mod sql;

pub use sql::write;

use super::merge::{PictureRow, PriceRow, ProductRow, Rows, VariantRow};
use super::sql::TranslationRow;
use time::OffsetDateTime;
use uuid::Uuid;

/// New rows, table by table.
#[derive(Debug, Default)]
pub struct NewRows {
    products: Text,
    translations: Text,
    pictures: Text,
    variants: Text,
    prices: Text,
    stock: Text,
    ledger: Text,
    attributes: Text,
}

/// A product's value of an attribute: one of the three.
#[derive(Clone, Debug)]
pub struct AttributeRow {
    pub product_id: Uuid,
    pub attribute: &'static str,
    pub text: Option<String>,
    pub number: Option<f64>,
    pub boolean: Option<bool>,
}

/// What is new on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct NewStockRow {
    pub variant_id: Uuid,
    pub location_id: Uuid,
    pub on_hand: i64,
    pub oversell: bool,
    /// The id of its entry in the ledger; there is none for a shelf that begins empty.
    pub ledger_id: Uuid,
}

impl NewRows {
    /// Products that are made at `now`.
    pub fn of(rows: &Rows, now: OffsetDateTime) -> Self {
        let mut new = Self::default();
        for row in &rows.products {
            new.product(row, now, now);
        }
        for row in &rows.pictures {
            new.picture(row);
        }
        for row in &rows.variants {
            new.variant(row);
        }
        for row in &rows.prices {
            new.price(row);
        }
        new
    }

    pub fn product(
        &mut self,
        row: &ProductRow,
        created_at: OffsetDateTime,
        updated_at: OffsetDateTime,
    ) {
        let text = &mut self.products;
        text.uuid(row.id);
        for field in [&row.slug, &row.title, &row.subtitle, &row.vendor, &row.lead] {
            text.text(field);
        }
        text.text(&row.body_html);
        match row.category_id {
            Some(id) => text.uuid(id),
            None => text.null(),
        }
        text.text(&row.taxonomy);
        text.texts(&row.tags);
        text.text(&row.status);
        match row.published_at {
            Some(at) => text.time(at),
            None => text.null(),
        }
        text.texts(&row.option_names);
        text.text(&row.seo_title);
        text.text(&row.seo_description);
        text.time(created_at);
        text.time(updated_at);
        text.end();
    }

    pub fn translation(&mut self, product_id: Uuid, locale: &str, row: &TranslationRow) {
        let text = &mut self.translations;
        text.uuid(product_id);
        text.text(locale);
        let fields = [
            &row.title,
            &row.subtitle,
            &row.lead,
            &row.body_html,
            &row.seo_title,
            &row.seo_description,
        ];
        for field in fields {
            text.text(field);
        }
        text.end();
    }

    pub fn picture(&mut self, row: &PictureRow) {
        let text = &mut self.pictures;
        text.uuid(row.product_id);
        text.number(row.position.into());
        text.text(&row.src);
        text.text(&row.alt);
        text.end();
    }

    pub fn variant(&mut self, row: &VariantRow) {
        let text = &mut self.variants;
        text.uuid(row.id);
        text.uuid(row.product_id);
        text.number(row.position.into());
        text.text(&row.sku);
        text.text(&row.barcode);
        text.texts(&row.option_values);
        text.number(row.weight_g.into());
        text.text(&row.tax_class);
        text.flag(row.requires_shipping);
        match row.picture_position {
            Some(position) => text.number(position.into()),
            None => text.null(),
        }
        text.end();
    }

    pub fn price(&mut self, row: &PriceRow) {
        let text = &mut self.prices;
        text.uuid(row.variant_id);
        text.text(&row.market);
        text.number(row.amount_minor);
        match row.compare_at_minor {
            Some(minor) => text.number(minor),
            None => text.null(),
        }
        text.end();
    }

    pub fn attribute(&mut self, row: &AttributeRow) {
        let text = &mut self.attributes;
        text.uuid(row.product_id);
        text.text(row.attribute);
        match &row.text {
            Some(value) => text.text(value),
            None => text.null(),
        }
        match row.number {
            Some(number) => text.text(&number.to_string()),
            None => text.null(),
        }
        match row.boolean {
            Some(is) => text.flag(is),
            None => text.null(),
        }
        text.end();
    }

    /// A shelf that nobody counted before, and its ledger.
    pub fn stock(&mut self, row: &NewStockRow, now: OffsetDateTime) {
        let text = &mut self.stock;
        text.uuid(row.variant_id);
        text.uuid(row.location_id);
        text.number(row.on_hand);
        text.flag(row.oversell);
        text.end();
        if row.on_hand == 0 {
            return;
        }
        let text = &mut self.ledger;
        text.uuid(row.ledger_id);
        text.time(now);
        text.uuid(row.variant_id);
        text.uuid(row.location_id);
        text.number(row.on_hand);
        text.number(0);
        text.number(0);
        text.text("import");
        text.end();
    }
}

/// Rows of one table.
#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    begun: bool,
}

impl Text {
    fn next(&mut self) -> &mut Vec<u8> {
        if self.begun {
            self.bytes.push(b'\t');
        }
        self.begun = true;
        &mut self.bytes
    }

    fn text(&mut self, text: &str) {
        let bytes = self.next();
        for byte in text.bytes() {
            escape(bytes, byte);
        }
    }

    /// An array's literal, escaped as an element first and as a field then.
    fn texts(&mut self, texts: &[String]) {
        let bytes = self.next();
        bytes.push(b'{');
        for (place, text) in texts.iter().enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            bytes.push(b'"');
            for byte in text.bytes() {
                if matches!(byte, b'"' | b'\\') {
                    escape(bytes, b'\\');
                }
                escape(bytes, byte);
            }
            bytes.push(b'"');
        }
        bytes.push(b'}');
    }

    fn uuid(&mut self, id: Uuid) {
        let mut buffer = Uuid::encode_buffer();
        let id = id.hyphenated().encode_lower(&mut buffer);
        self.next().extend_from_slice(id.as_bytes());
    }

    fn number(&mut self, number: i64) {
        let number = number.to_string();
        self.next().extend_from_slice(number.as_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.next().push(if flag { b't' } else { b'f' });
    }

    /// To the microsecond, which is what PostgreSQL keeps.
    fn time(&mut self, at: OffsetDateTime) {
        let at = at.to_offset(time::UtcOffset::UTC);
        let text = format!("{} {}+00", at.date(), Clock(at.time()));
        self.next().extend_from_slice(text.as_bytes());
    }

    fn null(&mut self) {
        self.next().extend_from_slice(b"\\N");
    }

    fn end(&mut self) {
        self.bytes.push(b'\n');
        self.begun = false;
    }
}

struct Clock(time::Time);

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hour, minute, second, micro) = self.0.as_hms_micro();
        write!(f, "{hour:02}:{minute:02}:{second:02}.{micro:06}")
    }
}

fn escape(into: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        byte => return into.push(byte),
    };
    into.push(b'\\');
    into.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_would_end_a_field_or_a_row_is_escaped() {
        let mut text = Text::default();
        text.text("a\tb\nc\\N");
        text.null();
        text.texts(&["say \"hi\"".to_owned(), "back\\slash, tab\t".to_owned()]);
        text.flag(true);
        text.number(-3);
        text.end();
        text.time(datetime!(2026-11-23 12:00:05.000_007 +1));
        text.uuid(Uuid::nil());
        text.end();
        let expected = concat!(
            r#"a\tb\nc\\N"#,
            "\t",
            r"\N",
            "\t",
            r#"{"say \\"hi\\"","back\\\\slash, tab\t"}"#,
            "\tt\t-3\n",
            "2026-11-23 11:00:05.000007+00\t00000000-0000-0000-0000-000000000000\n",
        );
        assert_eq!(String::from_utf8_lossy(&text.bytes), expected);
    }
}
