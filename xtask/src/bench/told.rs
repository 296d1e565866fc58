//! What the load generator tells: one flat object of JSON.

/// The value of a field in one flat object of JSON, as it stands there.
pub fn field(json: &str, name: &str) -> String {
    let Some(from) = json.find(&format!("\"{name}\":")) else {
        return "null".to_owned();
    };
    let rest = &json[from + name.len() + 3..];
    if let Some(text) = rest.strip_prefix('"') {
        return text.split("\",").next().unwrap_or_default().to_owned();
    }
    rest.split([',', '}'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// A figure of the load generator's, so many digits after the point.
pub fn figure(json: &str, name: &str, decimals: usize) -> String {
    rounded(&field(json, name), decimals)
}

pub fn rounded(number: &str, decimals: usize) -> String {
    number
        .parse::<f64>()
        .map_or_else(|_| "–".to_owned(), |number| format!("{number:.decimals$}"))
}

/// The same as a number; 0 when it is not there.
pub fn number(json: &str, name: &str) -> f64 {
    field(json, name).parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_of_a_flat_object() {
        let json = r#"{"clients":16,"first_failure":null,"p50_ms":1.25,"scenario":"cart"}"#;
        assert_eq!(field(json, "p50_ms"), "1.25");
        assert_eq!(field(json, "first_failure"), "null");
        assert_eq!(field(json, "scenario").trim_end_matches("\"}"), "cart");
        assert_eq!(field(json, "missing"), "null");
        assert_eq!(rounded("1.2549", 2), "1.25");
        assert_eq!(rounded("null", 2), "–");
        assert_eq!(number(json, "clients"), 16.0);
        assert_eq!(number(json, "missing"), 0.0);
    }
}
