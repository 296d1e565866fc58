//! A form of a page, as a browser would send it.

use crate::html::{Tag, decoded, tags};

/// What a form holds when nobody has touched it.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// Its buttons: name, value, and whether it can be pressed.
    pub buttons: Vec<(String, String, bool)>,
}

impl Form {
    /// The first form of a document that posts to an address that ends like this.
    #[must_use]
    pub fn find(html: &str, action_end: &str) -> Option<Self> {
        let all = tags(html);
        let start = all.iter().position(|tag| {
            tag.name == "form"
                && tag
                    .get("method")
                    .is_some_and(|method| method.eq_ignore_ascii_case("post"))
                && tag.get("action").unwrap_or_default().ends_with(action_end)
        })?;
        let mut form = Self {
            action: all[start].get("action").unwrap_or_default().to_owned(),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        let inside = &all[start + 1..];
        let end = inside
            .iter()
            .position(|tag| tag.name == "/form")
            .unwrap_or(inside.len());
        let mut rest = inside[..end].iter();
        while let Some(tag) = rest.next() {
            let name = tag.get("name").unwrap_or_default();
            match tag.name.as_str() {
                // Those that only a script makes use of send nothing.
                "button" if tag.get("type").is_some_and(|kind| kind != "submit") => {}
                "button" => {
                    let value = tag.get("value").unwrap_or_default();
                    form.buttons
                        .push((name.to_owned(), value.to_owned(), !tag.has("disabled")));
                }
                _ if name.is_empty() || tag.has("disabled") => {}
                "input" => form.fields.extend(input(tag, name)),
                "textarea" => form.fields.push((name.to_owned(), decoded(&tag.after))),
                "select" => {
                    let options: Vec<&Tag> = rest
                        .by_ref()
                        .take_while(|tag| tag.name != "/select")
                        .filter(|tag| tag.name == "option")
                        .collect();
                    let chosen = options
                        .iter()
                        .find(|tag| tag.has("selected"))
                        .or(options.first());
                    let value = chosen.map(|tag| {
                        tag.get("value")
                            .map_or_else(|| decoded(&tag.after), str::to_owned)
                    });
                    form.fields
                        .push((name.to_owned(), value.unwrap_or_default()));
                }
                _ => {}
            }
        }
        Some(form)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Types into a field, or chooses in it.
    ///
    /// # Panics
    /// When there is no such field: a shopper could not have typed there.
    #[track_caller]
    pub fn fill(&mut self, name: &str, value: &str) -> &mut Self {
        let field = self.fields.iter_mut().find(|(key, _)| key == name);
        field.unwrap_or_else(|| panic!("no field {name}")).1 = value.to_owned();
        self
    }

    /// Puts a value where there need be no field.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.remove(name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.fields.retain(|(key, _)| key != name);
        self
    }

    /// What is sent when it is sent as it is (application/x-www-form-urlencoded).
    #[must_use]
    pub fn body(&self) -> String {
        let fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        encoded(&fields)
    }
}

/// `fields` as a form sends them.
#[must_use]
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent(name));
        text.push('=');
        text.push_str(&percent(value));
    }
    text
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn input(tag: &Tag, name: &str) -> Option<(String, String)> {
    let kind = tag.get("type").unwrap_or("text");
    let is_sent = match kind {
        "radio" | "checkbox" => tag.has("checked"),
        "submit" | "button" | "reset" | "image" => false,
        _ => true,
    };
    is_sent.then(|| {
        (
            name.to_owned(),
            tag.get("value").unwrap_or_default().to_owned(),
        )
    })
}
