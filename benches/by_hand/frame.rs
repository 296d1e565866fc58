//! What stands around every page: written once, when the handler starts, but for the page's own address.

use crate::page::escaped;
use std::fmt::Write;

const TOP: &str = include_str!("top.html");
const FOOT: &str = include_str!("foot.html");
/// Where the files leave room for the product's slug.
const SLUG: &str = "{slug}";

pub struct Frame {
    /// `http://127.0.0.1:3900`
    pub origin: String,
    /// What stands between the product's slugs.
    top: Vec<String>,
    foot: Vec<String>,
}

impl Frame {
    /// `menu` has the slugs and names of the categories on top.
    pub fn new(origin: String, menu: &[(String, String)]) -> Self {
        let (mut links, mut items) = (String::new(), String::new());
        for (slug, name) in menu {
            let link = format!("<a href=\"/en-eu/category/{slug}\">{}</a>", escaped(name));
            links.push_str(&link);
            let _ = write!(items, "<li>{link}</li>");
        }
        let parts = |text: &str| {
            let text = text.replace("{links}", &links).replace("{items}", &items);
            text.split(SLUG).map(str::to_owned).collect()
        };
        Self {
            origin,
            top: parts(TOP),
            foot: parts(FOOT),
        }
    }

    pub fn top(&self, page: &mut String, slug: &str) {
        join(page, &self.top, slug);
    }

    pub fn foot(&self, page: &mut String, slug: &str) {
        join(page, &self.foot, slug);
    }
}

fn join(page: &mut String, parts: &[String], slug: &str) {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            page.push_str(slug);
        }
        page.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_menu_and_the_page() {
        let menu = [("bath".to_owned(), "Bath & care".to_owned())];
        let frame = Frame::new("http://127.0.0.1:1".to_owned(), &menu);
        let mut page = String::new();
        frame.top(&mut page, "mug");
        frame.foot(&mut page, "mug");
        assert!(page.contains("<a href=\"/en-eu/category/bath\">Bath &amp; care</a>"));
        assert!(page.contains("<a href=\"/de-us/product/mug\""));
        assert!(!page.contains('{') || page.contains("{amount}"), "{page}");
        assert!(!page.contains(SLUG) && !page.contains("{links}") && !page.contains("{items}"));
    }
}
