//! Lists that were made while the search index did not know of a change yet: they are dropped a second time once it does.

use shop::outbox::Changes;
use shop::search::{Freshness, TAG};
use std::collections::BTreeSet;
use std::time::Instant;

/// What was heard of, and is not known to be in lists.
#[derive(Default)]
pub(super) struct Late {
    heard: BTreeSet<String>,
    /// What lists show once they show everything up to that moment. What is heard meanwhile waits for the next turn.
    awaited: Option<(Instant, Vec<String>)>,
    turn: u64,
}

impl Late {
    /// These pages changed; they were dropped just now.
    pub(super) fn hear(&mut self, changes: &Changes) {
        match changes {
            Changes::Tags(tags) => {
                let of_lists = tags.iter().filter(|tag| is_of_lists(tag));
                self.heard.extend(of_lists.cloned());
            }
            Changes::Unknown => self.heard = BTreeSet::from([TAG.to_owned()]),
        }
    }

    /// The tags of lists that are to be made anew now.
    pub(super) fn due(&mut self, lists: Freshness) -> Vec<String> {
        if self.turn != lists.turn {
            self.turn = lists.turn;
            return vec![TAG.to_owned()];
        }
        let mut due = Vec::new();
        if let Some((heard, tags)) = self.awaited.take() {
            if lists.as_of.is_some_and(|as_of| as_of >= heard) {
                due = tags;
            } else {
                self.awaited = Some((heard, tags));
            }
        }
        if self.awaited.is_none() && !self.heard.is_empty() {
            let heard = std::mem::take(&mut self.heard);
            self.awaited = Some((Instant::now(), heard.into_iter().collect()));
        }
        due
    }
}

/// Whether pages of that tag come from the index; the home page and a product's do not.
fn is_of_lists(tag: &str) -> bool {
    ["category:", "brand:"].iter().any(|of| tag.starts_with(of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn tags(of: &[&str]) -> Changes {
        Changes::Tags(of.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn lists_are_dropped_once_the_index_knows_and_then_no_more() {
        let mut late = Late::default();
        let begun = Instant::now();
        let as_of = |as_of| Freshness { turn: 0, as_of };
        late.hear(&tags(&["product:mug", "category:cups"]));
        for early in [None, Some(begun), Some(begun)] {
            assert!(late.due(as_of(early)).is_empty());
        }
        // Heard later than what is awaited.
        late.hear(&tags(&["brand:zan"]));
        let later = begun + Duration::from_secs(60);
        assert_eq!(late.due(as_of(Some(later))), ["category:cups"]);
        assert_eq!(late.due(as_of(Some(later))), ["brand:zan"]);
        assert!(late.due(as_of(Some(later))).is_empty());
    }

    #[test]
    fn another_index_drops_all_lists() {
        let mut late = Late::default();
        let of = |turn| Freshness { turn, as_of: None };
        assert!(late.due(of(0)).is_empty());
        assert_eq!(late.due(of(1)), [TAG]);
        assert!(late.due(of(1)).is_empty());
    }
}
