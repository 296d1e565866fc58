//! Messages of providers and carriers, as PostgreSQL can keep them.

use serde_json::Value;

/// The JSON that `body` is; None when it is none. PostgreSQL's `jsonb` has no U+0000, which JSON may well have: a message that could
/// not be kept for it would be sent again for days. U+FFFD stands for it.
pub(crate) fn json(body: &[u8]) -> Option<Value> {
    let mut value = serde_json::from_slice(body).ok()?;
    if body.windows(6).any(|part| part == b"\\u0000") {
        replace(&mut value);
    }
    Some(value)
}

fn replace(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(replace),
        Value::Object(object) => {
            let fields = std::mem::take(object).into_iter();
            *object = fields
                .map(|(name, mut value)| {
                    replace(&mut value);
                    (name.replace('\0', "\u{fffd}"), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_jsonb_does_not_take_is_replaced() {
        let body = br#"{"a":"x\u0000y","b\u0000":[{"c":"\u0000"}],"d":1.5,"e":null,"f":"\\u0000"}"#;
        let kept = super::json(body).expect("JSON");
        let wanted = json!({ "a": "x\u{fffd}y", "b\u{fffd}": [{ "c": "\u{fffd}" }], "d": 1.5, "e": null, "f": "\\u0000" });
        assert_eq!(kept, wanted);
        assert_eq!(super::json(b"{"), None);
        assert_eq!(super::json(b"\"\\u00e9\""), Some(json!("\u{e9}")));
    }
}
