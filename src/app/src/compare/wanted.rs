//! What a comparison's address says: `p`, the slug of each product.

use domain::link::is_slug;
use shop::catalog::MOST_COMPARED;

/// Parameters that are looked at: a wish list with all of it ticked has no more.
const MOST_PARAMETERS: usize = 500;

/// What is to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// In their order, each once; at most [`MOST_COMPARED`].
    pub slugs: Vec<String>,
    /// More were named, and are left out (`more=1`).
    pub has_more: bool,
}

impl Wanted {
    /// Reads a query string; what is no slug is left out.
    pub fn read(query: &str) -> Self {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS) {
            match &*name {
                "p" if is_slug(&value) => wanted.name(&value),
                "more" => wanted.has_more |= value == "1",
                _ => {}
            }
        }
        wanted.has_more &= wanted.slugs.len() == MOST_COMPARED;
        wanted
    }

    /// These, as far as there is room.
    pub fn of<'a>(slugs: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = Self::default();
        slugs.into_iter().for_each(|slug| wanted.name(slug));
        wanted
    }

    fn name(&mut self, slug: &str) {
        if self.slugs.iter().any(|known| known == slug) {
            return;
        }
        if self.slugs.len() < MOST_COMPARED {
            self.slugs.push(slug.to_owned());
        } else {
            self.has_more = true;
        }
    }

    /// The query string that says this, with its question mark; empty when nothing is wanted.
    pub fn query(&self) -> String {
        if self.slugs.is_empty() {
            return String::new();
        }
        // A slug may stand in a URL as it is.
        let more = if self.has_more { "&more=1" } else { "" };
        format!("?p={}{more}", self.slugs.join("&p="))
    }

    /// Only these of them.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self::of(
            self.slugs
                .iter()
                .map(String::as_str)
                .filter(|slug| keep(slug)),
        )
    }

    /// The same with one more.
    pub fn with(&self, slug: &str) -> Self {
        Self::of(self.slugs.iter().map(String::as_str).chain([slug]))
    }
}

/// The one way to write what a query string means.
pub fn canonical(query: &str) -> String {
    Wanted::read(query).query()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_means_the_same_is_written_in_one_way() {
        for query in [
            "p=mug&p=vase",
            "utm=1&p=mug&p=mug&p=&p=a%2Fb&p=vase&more=1",
            "p=m%75g&p=vase&p=mug&p=%00&P=lamp&p=Lamp",
        ] {
            assert_eq!(canonical(query), "?p=mug&p=vase", "{query}");
        }
        for nothing in [
            "",
            "p=",
            "p",
            "&&&",
            "more=1",
            "p=..&p=%3Cb%3E",
            "q=mug",
            "%ff=&p=%ff",
        ] {
            assert_eq!(canonical(nothing), "", "{nothing}");
        }
        assert_eq!(canonical(&format!("p={}", "x".repeat(9_000))), "");
        let once = canonical("p=b_1&p=a-2&more=1");
        assert_eq!(once, "?p=b_1&p=a-2");
        assert_eq!(canonical(&once[1..]), once);
    }

    #[test]
    fn four_are_compared_and_that_there_were_more_is_said() {
        let many: String = (0..5_000).map(|n| format!("&p=thing-{n}")).collect();
        let wanted = Wanted::read(&many);
        assert_eq!((wanted.slugs.len(), wanted.has_more), (4, true));
        let written = wanted.query();
        assert_eq!(written, "?p=thing-0&p=thing-1&p=thing-2&p=thing-3&more=1");
        assert_eq!(canonical(&written[1..]), written);
        let fewer = wanted.only(|slug| slug != "thing-1");
        assert_eq!(fewer.query(), "?p=thing-0&p=thing-2&p=thing-3");
        let again = fewer.with("mug");
        assert_eq!(again.query(), "?p=thing-0&p=thing-2&p=thing-3&p=mug");
        assert!(again.with("one-more").has_more);
    }
}
