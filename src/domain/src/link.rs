//! Every URL of the shop, from one builder.

use crate::market::Storefront;

/// Whether a product may be called so in an address: 1 to 255 of `a` to `z`, `0` to `9`, `-` and `_`.
pub fn is_slug(text: &str) -> bool {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (1..=255).contains(&text.len()) && text.bytes().all(fits)
}

/// Builds paths inside one storefront. All start with `/<locale>-<market>`; slugs are already safe for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links(pub Storefront);

impl Links {
    pub fn home(&self) -> String {
        format!("/{}/", self.0)
    }

    /// A category's page.
    pub fn category(&self, slug: &str) -> String {
        format!("/{}/category/{slug}", self.0)
    }

    /// A maker's page.
    pub fn brand(&self, slug: &str) -> String {
        format!("/{}/brand/{slug}", self.0)
    }

    /// A collection's page.
    pub fn collection(&self, slug: &str) -> String {
        format!("/{}/collection/{slug}", self.0)
    }

    /// Where a form searches.
    pub fn search(&self) -> String {
        format!("/{}/search", self.0)
    }

    /// What is offered while somebody types, as JSON.
    pub fn suggest(&self) -> String {
        format!("/{}/api/suggest", self.0)
    }

    /// Where the search page's script says which result is opened.
    pub fn click(&self) -> String {
        format!("/{}/api/click", self.0)
    }

    pub fn product(&self, slug: &str) -> String {
        format!("/{}/product/{slug}", self.0)
    }

    /// All that is said of a product.
    pub fn reviews(&self, slug: &str) -> String {
        format!("/{}/product/{slug}/reviews", self.0)
    }

    /// Where something is said of it.
    pub fn review(&self, slug: &str) -> String {
        format!("/{}/product/{slug}/review", self.0)
    }

    /// What goes with what was viewed.
    pub fn for_you(&self) -> String {
        format!("/{}/for-you", self.0)
    }

    /// What is kept for later, and where a form changes it.
    pub fn wishes(&self) -> String {
        format!("/{}/wishlist", self.0)
    }

    /// Where products stand side by side; each is named by a `p`.
    pub fn compare(&self) -> String {
        format!("/{}/compare", self.0)
    }

    pub fn cart(&self) -> String {
        format!("/{}/cart", self.0)
    }

    /// Where a form adds a line.
    pub fn cart_lines(&self) -> String {
        format!("/{}/cart/lines", self.0)
    }

    /// Where a form changes or removes the line of `variant`.
    pub fn cart_line(&self, variant: impl std::fmt::Display) -> String {
        format!("/{}/cart/lines/{variant}", self.0)
    }

    /// Where a form applies or removes a code or a gift card.
    pub fn cart_codes(&self) -> String {
        format!("/{}/cart/codes", self.0)
    }

    pub fn checkout(&self) -> String {
        format!("/{}/checkout", self.0)
    }

    /// Where a form says which country and region it goes to.
    pub fn destination(&self) -> String {
        format!("/{}/checkout/destination", self.0)
    }

    /// Where the payment provider sends the shopper back to.
    pub fn checkout_return(&self) -> String {
        format!("/{}/checkout/return", self.0)
    }

    /// An order's page by private link; `token` is the link's secret.
    pub fn order(&self, number: &str, token: &str) -> String {
        format!("/{}/orders/{number}/{token}", self.0)
    }

    /// Where an e-mail address is claimed; `token` is the mailed link's secret.
    pub fn claim(&self, token: &str) -> String {
        format!("/{}/account/claim/{token}", self.0)
    }

    /// Where a form asks for a link by which the order's e-mail address is claimed.
    pub fn claim_order(&self, number: &str, token: &str) -> String {
        format!("/{}/orders/{number}/{token}/claim", self.0)
    }

    /// An order's thank-you page.
    pub fn confirmation(&self, number: &str, token: &str) -> String {
        format!("/{}/orders/{number}/{token}/thank-you", self.0)
    }

    /// Where a form asks to pay for an unpaid order again.
    pub fn pay(&self, number: &str, token: &str) -> String {
        format!("/{}/orders/{number}/{token}/pay", self.0)
    }

    /// A content page: `about`, `delivery`, `returns`.
    pub fn content(&self, slug: &str) -> String {
        format!("/{}/pages/{slug}", self.0)
    }

    /// The same path in another storefront; paths outside a storefront lead home.
    pub fn elsewhere(&self, path: &str, to: &Storefront) -> String {
        match path.strip_prefix(&format!("/{}/", self.0)) {
            Some(rest) => format!("/{to}/{rest}"),
            None => format!("/{to}/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links("en-eu".parse().unwrap())
    }

    #[test]
    fn every_page_lies_in_its_storefront() {
        let links = links();
        assert_eq!(links.home(), "/en-eu/");
        assert_eq!(links.product("calle-mug"), "/en-eu/product/calle-mug");
        assert_eq!(links.reviews("mug"), "/en-eu/product/mug/reviews");
        assert_eq!(links.review("mug"), "/en-eu/product/mug/review");
        assert_eq!(links.category("mugs"), "/en-eu/category/mugs");
        assert_eq!(links.brand("zan"), "/en-eu/brand/zan");
        assert_eq!(links.collection("gifts"), "/en-eu/collection/gifts");
        assert_eq!(links.search(), "/en-eu/search");
        assert_eq!(links.suggest(), "/en-eu/api/suggest");
        assert_eq!(links.for_you(), "/en-eu/for-you");
        assert_eq!(links.cart(), "/en-eu/cart");
        assert_eq!(links.cart_lines(), "/en-eu/cart/lines");
        assert_eq!(links.cart_line("v1"), "/en-eu/cart/lines/v1");
        assert_eq!(links.checkout(), "/en-eu/checkout");
        assert_eq!(links.checkout_return(), "/en-eu/checkout/return");
        assert_eq!(links.order("RI-1", "t"), "/en-eu/orders/RI-1/t");
        assert_eq!(
            links.confirmation("RI-1", "t"),
            "/en-eu/orders/RI-1/t/thank-you"
        );
        assert_eq!(links.pay("RI-1", "t"), "/en-eu/orders/RI-1/t/pay");
        assert_eq!(links.content("returns"), "/en-eu/pages/returns");
    }

    #[test]
    fn the_same_page_elsewhere() {
        let to = "de-eu".parse().unwrap();
        let elsewhere = |path| links().elsewhere(path, &to);
        assert_eq!(
            elsewhere("/en-eu/product/mug?x=1"),
            "/de-eu/product/mug?x=1"
        );
        assert_eq!(elsewhere("/en-eu/"), "/de-eu/");
        assert_eq!(elsewhere("/healthz"), "/de-eu/");
        // A storefront that only begins alike is another.
        assert_eq!(elsewhere("/en-eu2/cart"), "/de-eu/");
    }
}
