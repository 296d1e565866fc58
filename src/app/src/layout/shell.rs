//! What stands before and after a page's own content. But for the page's address it is the same for all pages of a storefront, so
//! it is rendered once.

use super::delivery;
use super::foot::Foot;
use super::head::Head;
use crate::document::escape;
use crate::frame::{Frame, Surroundings, frame};
use domain::Storefront;
use domain::catalog::CategoryLink;
use domain::format::money_short;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Stands in for what follows the storefront in a page's path: a private character, which no address holds unencoded.
const REST: &str = "\u{f8ff}";

/// The document before a page's content, and after it.
#[derive(Clone)]
pub struct Shell {
    pub before: String,
    pub after: String,
}

/// The shells that were rendered, by storefront.
#[derive(Default)]
pub struct Shells(RwLock<HashMap<Storefront, Arc<Kept>>>);

struct Kept {
    /// Of the tables that it was made with.
    print: u64,
    categories: Arc<Vec<CategoryLink>>,
    shell: Shell,
}

impl Shells {
    /// The shell of the page that `frame` is of. `render` renders within a frame.
    pub fn shell(&self, frame: &Frame, render: impl Fn(Frame) -> Shell) -> Shell {
        let print = frame.app.shop.markets.print();
        if let Some(kept) = self.known(frame)
            && kept.print == print
            && kept.categories == frame.categories
        {
            return kept.shell.of(frame);
        }
        let (app, links) = (frame.app.clone(), frame.links.clone());
        let shell = render(Frame::new(Surroundings {
            app,
            storefront: frame.storefront.clone(),
            currency: frame.currency,
            path: format!("{}{REST}", links.home()),
            links,
            categories: frame.categories.clone(),
            storefronts: frame.storefronts.clone(),
        }));
        let of_this = shell.of(frame);
        // Without a menu it is what a refusal shows, or a page that could not read it.
        if !frame.categories.is_empty() {
            let kept = Arc::new(Kept {
                print,
                categories: frame.categories.clone(),
                shell,
            });
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(frame.storefront.clone(), kept);
        }
        of_this
    }

    fn known(&self, frame: &Frame) -> Option<Arc<Kept>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&frame.storefront).cloned()
    }
}

impl Shell {
    /// Only to be called inside a page's view.
    pub fn render() -> Self {
        Self {
            before: view! { <Before /> }.to_html(),
            after: view! { <Foot /> }.to_html(),
        }
    }

    /// This one, with a page's own address in it.
    fn of(&self, frame: &Frame) -> Self {
        let rest = frame.path.strip_prefix(&frame.links.home());
        let rest = escape(rest.unwrap_or_default());
        let mut before = self.before.replace(REST, &rest);
        let is_category =
            |category: &CategoryLink| frame.links.category(&category.slug) == frame.path;
        if frame.categories.iter().any(is_category) {
            let link = format!("<a href=\"{}\"", escape(&frame.path));
            let current = format!("{link} aria-current=\"page\"");
            before = before.replace(&format!("{link}>"), &format!("{current}>"));
        }
        Self {
            before,
            after: self.after.replace(REST, &rest),
        }
    }
}

#[component]
fn Before() -> impl IntoView {
    let frame = frame();
    let promise = match delivery::estimate(&frame).and_then(|estimate| estimate.free_from) {
        Some(amount) => {
            let amount = money_short(amount, frame.locale());
            frame.say_with("layout-promise", &[("amount", amount.into())])
        }
        None => frame.say("layout-promise-plain"),
    };
    view! {
        <a class="skip" href="#content">{frame.say("layout-skip")}</a>
        <aside class="promise" aria-label=frame.say("layout-promises")>{promise}</aside>
        <Head />
    }
}
