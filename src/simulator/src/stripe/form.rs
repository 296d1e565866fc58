//! Form bodies with nested keys: `line_items[0][price_data][currency]=eur`.
//!
//! Whatever an endpoint takes is removed; what is left at the end is a parameter it does not know, which is an error
//! as it is at Stripe.

use std::collections::BTreeMap;

use super::error::StripeError;
use crate::store::model::Metadata;

/// How deep names may nest; far below what a stack can bear.
const DEEPEST: usize = 8;

#[derive(Debug)]
enum Node {
    Text(String),
    Group(BTreeMap<String, Self>),
}

/// A group of parameters and the name that leads to it.
#[derive(Debug, Default)]
pub struct Form {
    name: String,
    fields: BTreeMap<String, Node>,
}

impl Form {
    /// Reads a body or a query.
    ///
    /// # Errors
    /// One name used both for a value and for a group.
    pub fn parse(body: &[u8]) -> Result<Self, StripeError> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            form.put(&name, value.into_owned())
                .ok_or_else(|| StripeError::invalid("Invalid parameters").param(name))?;
        }
        Ok(form)
    }

    fn put(&mut self, name: &str, value: String) -> Option<()> {
        if name.matches('[').count() > DEEPEST {
            return None;
        }
        let (first, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
        let mut segment = first;
        let mut fields = &mut self.fields;
        for inner in rest.split_terminator(']') {
            let next = inner.strip_prefix('[')?;
            let node = fields
                .entry(segment.to_owned())
                .or_insert_with(|| Node::Group(BTreeMap::new()));
            let Node::Group(group) = node else {
                return None;
            };
            fields = group;
            segment = next;
        }
        // `expand[]=a&expand[]=b` counts by itself.
        let key = if segment.is_empty() {
            fields.len().to_string()
        } else {
            segment.to_owned()
        };
        match fields.insert(key, Node::Text(value)) {
            Some(Node::Group(_)) => None,
            _ => Some(()),
        }
    }

    fn path(&self, name: &str) -> String {
        if self.name.is_empty() {
            name.to_owned()
        } else {
            format!("{}[{name}]", self.name)
        }
    }

    /// A value, if it was sent.
    ///
    /// # Errors
    /// A group where a value belongs; an empty value.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, StripeError> {
        match self.fields.remove(name) {
            None => Ok(None),
            Some(Node::Text(text)) if text.is_empty() => Err(StripeError::invalid(format!(
                "You passed an empty string for '{0}'. We assume empty values are an attempt to unset a parameter; \
                 however '{0}' cannot be unset. You should remove '{0}' from your request or supply a non-empty value.",
                self.path(name)
            ))
            .code("parameter_invalid_empty")
            .param(self.path(name))),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::Group(_)) => {
                Err(StripeError::invalid("Invalid string").param(self.path(name)))
            }
        }
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// As [`Form::text`], or nothing was sent.
    pub fn needed(&mut self, name: &str) -> Result<String, StripeError> {
        self.text(name)?.ok_or_else(|| self.absent(name))
    }

    /// The error that says that `name` is missing.
    pub fn absent(&self, name: &str) -> StripeError {
        let path = self.path(name);
        StripeError::invalid(format!("Missing required param: {path}."))
            .code("parameter_missing")
            .param(path)
    }

    /// A text of at most `most` characters.
    ///
    /// # Errors
    /// As [`Form::text`], or too long.
    pub fn short(&mut self, name: &str, most: usize) -> Result<Option<String>, StripeError> {
        let text = self.text(name)?;
        if let Some(long) = text.as_ref().filter(|text| text.chars().count() > most) {
            return Err(StripeError::invalid(format!(
                "Invalid string: {}...; must be at most {most} characters",
                long.chars().take(20).collect::<String>()
            ))
            .param(self.path(name)));
        }
        Ok(text)
    }

    /// A whole number of at least `least`.
    ///
    /// # Errors
    /// Not such a number.
    pub fn integer(&mut self, name: &str, least: i64) -> Result<Option<i64>, StripeError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let kind = match least {
            i64::MIN..0 => "integer",
            0 => "non-negative integer",
            1.. => "positive integer",
        };
        match text.parse() {
            Ok(number) if number >= least => Ok(Some(number)),
            _ => Err(StripeError::invalid(format!("Invalid {kind}: {text}"))
                .code("parameter_invalid_integer")
                .param(self.path(name))),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// Anything else.
    pub fn flag(&mut self, name: &str) -> Result<bool, StripeError> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(StripeError::invalid(format!("Invalid boolean: {other}"))
                    .param(self.path(name)))
            }
        }
    }

    /// One of a few words.
    ///
    /// # Errors
    /// Another word.
    pub fn one_of(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, StripeError> {
        let text = self.text(name)?;
        if let Some(other) = text.as_deref().filter(|text| !words.contains(text)) {
            return Err(StripeError::invalid(format!(
                "Invalid {}: must be one of {}, not {other}",
                self.path(name),
                words.join(", ")
            ))
            .param(self.path(name)));
        }
        Ok(text)
    }

    /// An `http` or `https` URL.
    ///
    /// # Errors
    /// Anything else.
    pub fn url(&mut self, name: &str) -> Result<Option<String>, StripeError> {
        let text = self.short(name, 5000)?;
        if let Some(url) = &text {
            let rest = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"))
                .unwrap_or_default();
            let hosted = rest
                .chars()
                .next()
                .is_some_and(|first| !"/?#".contains(first));
            if !hosted
                || url
                    .chars()
                    .any(|letter| letter.is_whitespace() || letter.is_control())
            {
                return Err(StripeError::invalid("Not a valid URL")
                    .code("url_invalid")
                    .param(self.path(name)));
            }
        }
        Ok(text)
    }

    /// The group under a name; empty when nothing was sent.
    ///
    /// # Errors
    /// A value where a group belongs.
    pub fn group(&mut self, name: &str) -> Result<Self, StripeError> {
        match self.fields.remove(name) {
            None => Ok(Self {
                name: self.path(name),
                fields: BTreeMap::new(),
            }),
            Some(Node::Group(fields)) => Ok(Self {
                name: self.path(name),
                fields,
            }),
            Some(Node::Text(_)) => {
                Err(StripeError::invalid("Invalid object").param(self.path(name)))
            }
        }
    }

    /// The groups of a list, by their index.
    ///
    /// # Errors
    /// Not a list of groups.
    pub fn list(&mut self, name: &str) -> Result<Vec<Self>, StripeError> {
        let mut group = self.group(name)?;
        let mut keys: Vec<(usize, String)> = group
            .fields
            .keys()
            .map(|key| Ok((key.parse()?, key.clone())))
            .collect::<Result<_, std::num::ParseIntError>>()
            .map_err(|_| StripeError::invalid("Invalid array").param(name))?;
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| group.group(&key)).collect()
    }

    /// The values of a list (`expand[]=a`).
    ///
    /// # Errors
    /// Not a list of values.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, StripeError> {
        let mut group = self.group(name)?;
        let keys: Vec<String> = group.fields.keys().cloned().collect();
        keys.iter().map(|key| group.needed(key)).collect()
    }

    /// The caller's labels: at most 50, names of 40 characters, values of 500.
    ///
    /// # Errors
    /// Past those bounds, or nested.
    pub fn metadata(&mut self) -> Result<Metadata, StripeError> {
        let group = self.group("metadata")?;
        let mut labels = Metadata::new();
        for (key, node) in group.fields {
            let path = format!("{}[{key}]", group.name);
            match node {
                Node::Text(text) if text.is_empty() => {}
                Node::Text(text) if key.chars().count() <= 40 && text.chars().count() <= 500 => {
                    labels.insert(key, text);
                }
                Node::Text(_) => {
                    return Err(StripeError::invalid(
                        "Metadata keys can have up to 40 characters and values up to 500 characters.",
                    )
                    .param(path));
                }
                Node::Group(_) => {
                    return Err(StripeError::invalid("Metadata values must be strings").param(path));
                }
            }
        }
        if labels.len() > 50 {
            return Err(StripeError::invalid("Metadata can have up to 50 keys.").param(group.name));
        }
        Ok(labels)
    }

    /// Drops parameters that Stripe knows and that change nothing here.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.fields.remove(*name);
        }
    }

    /// # Errors
    /// Something is left that nobody asked for.
    pub fn finish(self) -> Result<(), StripeError> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(key) => {
                let path = self.path(key);
                Err(
                    StripeError::invalid(format!("Received unknown parameter: {path}"))
                        .code("parameter_unknown")
                        .param(path),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_keys_become_groups_in_the_order_of_their_numbers() {
        let body = b"line_items[10][quantity]=1&line_items[2][quantity]=2&line_items%5B2%5D%5Bprice_data%5D%5Bcurrency%5D=eur";
        let mut form = Form::parse(body).unwrap();
        let mut lines = form.list("line_items").unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].integer("quantity", 1).unwrap(), Some(2));
        let mut price = lines[0].group("price_data").unwrap();
        assert_eq!(price.needed("currency").unwrap(), "eur");
        assert_eq!(lines[1].integer("quantity", 1).unwrap(), Some(1));
        form.finish().unwrap();
    }

    #[test]
    fn what_nobody_takes_is_refused_by_its_full_name() {
        let mut form = Form::parse(b"a[b]=1&a[c]=2").unwrap();
        let mut group = form.group("a").unwrap();
        assert_eq!(group.text("b").unwrap().as_deref(), Some("1"));
        let error = group.finish().unwrap_err();
        assert!(String::from_utf8(error.body()).unwrap().contains("a[c]"));
    }

    #[test]
    fn odd_names_are_errors_and_never_panics() {
        for body in [
            &b"a=1&a[b]=2"[..],
            b"a[b]=2&a=1",
            b"a]b[=1",
            b"[=",
            b"a[[b]=1",
            b"\xff\xfe=%zz",
            b"a[b][c]=1&a[b]=2",
            b"=&&==&[]=1",
        ] {
            if let Ok(form) = Form::parse(body) {
                let _ = form.finish();
            }
        }
        assert!(Form::parse(b"a=1&a[b]=2").is_err());
        let deep = format!("a{}=1", "[b]".repeat(80_000));
        assert!(Form::parse(deep.as_bytes()).is_err());
    }
}
