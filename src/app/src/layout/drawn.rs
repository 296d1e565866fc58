//! Cards as they were rendered last: a list is two dozen of them, and most were on another page before.

use crate::frame::Frame;
use crate::layout::{Card, Loading};
use domain::catalog::ProductCard;
use domain::{ProductId, Storefront};
use leptos::prelude::*;
use moka::sync::Cache;
use std::sync::Arc;

/// Bytes that are kept at most: of some five thousand cards.
const MOST: u64 = 8 * 1024 * 1024;
/// What one takes beside its document and its texts, in bytes.
const FRAME: usize = 1024;

/// Rendered cards. A card's document says nothing but what the card says, in the storefront's words: as long as that is the same,
/// so is the document.
pub struct Drawn(Cache<Key, Arc<Kept>>);

#[derive(PartialEq, Eq, Hash)]
struct Key {
    product: ProductId,
    storefront: Storefront,
    loading: Loading,
}

struct Kept {
    card: ProductCard,
    html: String,
}

impl Default for Drawn {
    fn default() -> Self {
        let cards = Cache::builder()
            .max_capacity(MOST)
            .weigher(|_: &Key, kept: &Arc<Kept>| {
                u32::try_from(kept.html.len() + FRAME).unwrap_or(u32::MAX)
            });
        Self(cards.build())
    }
}

impl Drawn {
    /// The document of a card. Only to be called inside a page's view.
    pub fn card(&self, frame: &Frame, card: ProductCard, loading: Loading) -> String {
        let key = Key {
            product: card.id,
            storefront: frame.storefront.clone(),
            loading,
        };
        if let Some(kept) = self.0.get(&key).filter(|kept| kept.card == card) {
            return kept.html.clone();
        }
        let told = card.clone();
        let html = view! { <Card card=told loading /> }.to_html();
        let kept = Kept {
            card,
            html: html.clone(),
        };
        self.0.insert(key, Arc::new(kept));
        html
    }
}
