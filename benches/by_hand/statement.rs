//! The shop's own statements, taken from where it keeps them: what is held against each other asks the same.

/// The statement of the function `name` in the text of one of the shop's `sql.rs` files.
pub fn of(file: &'static str, name: &str) -> Result<&'static str, String> {
    let found = file
        .split_once(&format!("pub async fn {name}("))
        .and_then(|(_, rest)| rest.split_once("r#\""))
        .and_then(|(_, rest)| rest.split_once("\"#"));
    found
        .map(|(statement, _)| statement)
        .ok_or_else(|| format!("the shop has no statement `{name}` where it was"))
}

pub const PRODUCT: &str = include_str!("../../src/shop/src/catalog/product/sql.rs");
pub const CARDS: &str = include_str!("../../src/shop/src/catalog/card/sql.rs");
pub const CATALOG: &str = include_str!("../../src/shop/src/catalog/sql.rs");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_statement_out_of_a_file() {
        let file = "pub async fn one(db: &PgPool) {\n query!(r#\"SELECT 1\"#) }\npub async fn two() { r#\"SELECT 2\"# }";
        assert_eq!(of(file, "one"), Ok("SELECT 1"));
        assert_eq!(of(file, "two"), Ok("SELECT 2"));
        assert!(of(file, "three").is_err());
    }

    #[test]
    fn the_shop_has_those_that_are_wanted() {
        for (file, name) in [(PRODUCT, "product"), (CARDS, "cards"), (CATALOG, "guide")] {
            let statement = of(file, name).expect("a statement");
            assert!(statement.contains("SELECT"), "{name}: {statement}");
        }
    }
}
