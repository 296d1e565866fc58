//! What every part of a page may ask for while it is rendered: where it stands, and what stands around it.

use crate::state::App;
use domain::catalog::CategoryLink;
use domain::link::Links;
use domain::{Currency, Locale, Storefront};
use leptos::prelude::*;
use std::sync::Arc;

/// The surroundings of a page. One is provided for each render; [`frame`] finds it.
#[derive(Clone)]
pub struct Frame(Arc<Surroundings>);

/// What a [`Frame`] holds.
pub struct Surroundings {
    pub app: App,
    pub storefront: Storefront,
    pub currency: Currency,
    pub links: Links,
    /// This page's path.
    pub path: String,
    pub categories: Arc<Vec<CategoryLink>>,
    /// Storefronts that this page could be read in: each with a name for people (`EU · € · English`).
    pub storefronts: Vec<(Storefront, String)>,
}

impl Frame {
    pub fn new(surroundings: Surroundings) -> Self {
        Self(Arc::new(surroundings))
    }

    pub fn locale(&self) -> Locale {
        self.storefront.locale
    }

    /// The message of that key in this page's language.
    pub fn say(&self, key: &str) -> String {
        shop::text::say(self.locale(), key)
    }

    /// The same with its arguments.
    pub fn say_with(&self, key: &str, arguments: &[(&str, shop::text::Value<'_>)]) -> String {
        shop::text::say_with(self.locale(), key, arguments)
    }

    /// The URL of a file of the site.
    pub fn asset(&self, path: &str) -> String {
        self.app.asset(path).to_owned()
    }
}

impl std::ops::Deref for Frame {
    type Target = Surroundings;
    fn deref(&self) -> &Surroundings {
        &self.0
    }
}

/// The frame of the page being rendered. Only to be called inside a page's view.
pub fn frame() -> Frame {
    expect_context::<Frame>()
}
