//! The cards that are kept in the process, bounded in bytes, as they were when a change was last heard of.

use super::super::TAG_LAYOUT;
use crate::market;
use domain::catalog::ProductCard;
use domain::{ProductId, Storefront};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The cards of products, by storefront. Keeps none by default: only a process that hears of changes may. Cheap to clone.
#[derive(Clone, Default)]
pub struct Cards(Option<Arc<Inner>>);

struct Inner {
    cards: Cache<Key, Arc<Kept>>,
    heard: RwLock<Heard>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    /// Its place in [`Heard::storefronts`].
    storefront: u16,
    product: ProductId,
}

struct Kept {
    /// When reading it began.
    moment: u64,
    card: ProductCard,
}

/// What was heard of changes.
#[derive(Default)]
struct Heard {
    /// How often.
    count: u64,
    /// Cards whose reading began before this may be old.
    floor: u64,
    /// The same, by slug.
    changed: HashMap<String, u64>,
    storefronts: Vec<Storefront>,
}

/// Products beyond this number that changed are not remembered one by one; then no card is known to be true.
const MOST: usize = 100_000;
/// What a card takes beside its texts, in bytes: itself, its key, and the table it stands in.
const FRAME: usize = 512;

impl Cards {
    /// Keeps at most `megabytes` of cards; none for 0.
    pub fn keeping(megabytes: u64) -> Self {
        let inner = (megabytes > 0).then(|| {
            let cards = Cache::builder()
                .max_capacity(megabytes * 1024 * 1024)
                .weigher(|_: &Key, kept: &Arc<Kept>| weight(&kept.card))
                .build();
            Arc::new(Inner {
                cards,
                heard: RwLock::default(),
            })
        });
        Self(inner)
    }

    /// What pages with these tags show has changed: to be called before the pages are dropped, so that none is made anew of an old card.
    pub fn forget(&self, tags: &[String]) {
        let Some(inner) = &self.0 else { return };
        let mut heard = inner.heard.write().unwrap_or_else(PoisonError::into_inner);
        heard.count += 1;
        let count = heard.count;
        let is_all = |tag: &String| tag == TAG_LAYOUT || tag == market::TAG;
        if tags.iter().any(is_all) || heard.changed.len() + tags.len() > MOST {
            heard.changed.clear();
            heard.floor = count;
            return;
        }
        let slugs = tags.iter().filter_map(|tag| tag.strip_prefix("product:"));
        for slug in slugs {
            match heard.changed.get_mut(slug) {
                Some(last) => *last = count,
                None => {
                    heard.changed.insert(slug.to_owned(), count);
                }
            }
        }
    }

    /// No card is known to be true.
    pub fn forget_all(&self) {
        let Some(inner) = &self.0 else { return };
        let mut heard = inner.heard.write().unwrap_or_else(PoisonError::into_inner);
        heard.count += 1;
        heard.floor = heard.count;
        heard.changed.clear();
    }

    /// Now, for cards whose reading begins.
    pub(super) fn moment(&self) -> u64 {
        let Some(inner) = &self.0 else { return 0 };
        let heard = inner.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.count
    }

    /// Those of these cards that are known.
    pub(super) fn find(
        &self,
        storefront: &Storefront,
        ids: &[ProductId],
    ) -> HashMap<ProductId, ProductCard> {
        let Some(inner) = &self.0 else {
            return HashMap::new();
        };
        let heard = inner.heard.read().unwrap_or_else(PoisonError::into_inner);
        let Some(storefront) = heard.place(storefront) else {
            return HashMap::new();
        };
        let known = ids.iter().filter_map(|&product| {
            let kept = inner.cards.get(&Key {
                storefront,
                product,
            })?;
            let is_true = heard.is_true(&kept);
            is_true.then(|| (product, kept.card.clone()))
        });
        known.collect()
    }

    /// Keeps these cards, whose reading began at `moment`.
    pub(super) fn keep(&self, storefront: &Storefront, moment: u64, cards: &[ProductCard]) {
        let Some(inner) = &self.0 else { return };
        let known = {
            let heard = inner.heard.read().unwrap_or_else(PoisonError::into_inner);
            heard.place(storefront)
        };
        let known = known.or_else(|| {
            let mut heard = inner.heard.write().unwrap_or_else(PoisonError::into_inner);
            heard.add(storefront)
        });
        let Some(storefront) = known else { return };
        for card in cards {
            let key = Key {
                storefront,
                product: card.id,
            };
            let kept = Arc::new(Kept {
                moment,
                card: card.clone(),
            });
            inner.cards.insert(key, kept);
        }
    }
}

impl Heard {
    fn place(&self, storefront: &Storefront) -> Option<u16> {
        let place = self.storefronts.iter().position(|one| one == storefront)?;
        u16::try_from(place).ok()
    }

    fn add(&mut self, storefront: &Storefront) -> Option<u16> {
        if self.place(storefront).is_none() {
            self.storefronts.push(storefront.clone());
        }
        self.place(storefront)
    }

    fn is_true(&self, kept: &Kept) -> bool {
        let changed = self.changed.get(&kept.card.slug);
        kept.moment >= self.floor && changed.is_none_or(|&changed| kept.moment >= changed)
    }
}

fn weight(card: &ProductCard) -> u32 {
    let picture = card.picture.as_ref();
    let texts = [&card.slug, &card.title, &card.subtitle, &card.vendor]
        .into_iter()
        .chain(
            picture
                .iter()
                .flat_map(|picture| [&picture.src, &picture.alt]),
        )
        .map(String::len);
    let swatches = card.swatches.iter();
    let swatches = swatches.map(|swatch| swatch.name.len() + swatch.hex.len() + 64);
    let all = FRAME + texts.sum::<usize>() + swatches.sum::<usize>();
    u32::try_from(all).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::StockState;
    use domain::{Currency, Money};
    use uuid::Uuid;

    fn card(number: u128) -> ProductCard {
        ProductCard {
            id: ProductId(Uuid::from_u128(number)),
            slug: format!("mug-{number}"),
            title: "Mug".to_owned(),
            subtitle: String::new(),
            vendor: String::new(),
            picture: None,
            price: Money::new(2_400, Currency::Eur),
            compare_at: None,
            from: false,
            is_new: false,
            stock: StockState::InStock,
            rating: None,
            swatches: Vec::new(),
        }
    }

    fn place(text: &str) -> Storefront {
        text.parse().expect("a storefront")
    }

    fn tags(of: &[&str]) -> Vec<String> {
        of.iter().map(|tag| (*tag).to_owned()).collect()
    }

    /// Cards 1 and 2, kept, and how many of them are known.
    fn two() -> (Cards, impl Fn(&Cards) -> Vec<u128>) {
        let cards = Cards::keeping(1);
        cards.keep(&place("en-eu"), cards.moment(), &[card(1), card(2)]);
        let known = |cards: &Cards| {
            let ids = [1, 2].map(|number| ProductId(Uuid::from_u128(number)));
            let found = cards.find(&place("en-eu"), &ids);
            let mut known: Vec<_> = found.keys().map(|id| id.0.as_u128()).collect();
            known.sort_unstable();
            known
        };
        (cards, known)
    }

    #[test]
    fn a_card_is_known_in_its_storefront_until_its_product_changes() {
        let (cards, known) = two();
        assert_eq!(known(&cards), [1, 2]);
        let elsewhere = cards.find(&place("de-eu"), &[card(1).id]);
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
        cards.forget(&tags(&["category:mugs", "product:mug-2"]));
        assert_eq!(known(&cards), [1]);
        cards.keep(&place("en-eu"), cards.moment(), &[card(2)]);
        assert_eq!(known(&cards), [1, 2]);
    }

    #[test]
    fn what_was_being_read_when_it_changed_is_not_known() {
        let (cards, known) = two();
        let moment = cards.moment();
        cards.forget(&tags(&["product:mug-1"]));
        cards.keep(&place("en-eu"), moment, &[card(1), card(2)]);
        assert_eq!(known(&cards), [2]);
    }

    #[test]
    fn nothing_is_known_after_a_change_of_what_all_show() {
        let all: [fn(&Cards); 3] = [
            |cards| cards.forget(&tags(&["layout"])),
            |cards| cards.forget(&tags(&["markets"])),
            Cards::forget_all,
        ];
        for forget in all {
            let (cards, known) = two();
            forget(&cards);
            assert_eq!(known(&cards), [0_u128; 0]);
            cards.keep(&place("en-eu"), cards.moment(), &[card(1)]);
            assert_eq!(known(&cards), [1]);
        }
        let (cards, known) = two();
        let many: Vec<_> = (0..=MOST).map(|at| format!("product:{at}")).collect();
        cards.forget(&many);
        assert_eq!(known(&cards), [0_u128; 0], "too many to remember");
    }

    #[test]
    fn none_is_kept_unless_that_is_asked_for() {
        let cards = Cards::default();
        cards.keep(&place("en-eu"), cards.moment(), &[card(1)]);
        assert!(cards.find(&place("en-eu"), &[card(1).id]).is_empty());
    }
}
