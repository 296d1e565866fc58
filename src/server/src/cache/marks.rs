//! Which pages committed changes have made stale, and since when.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A page that may have stopped being true is shown for no longer than this, while it is made anew. The rest of the second that
/// prices and stock may be old by is for the answer's way.
pub(super) const GRACE: Duration = Duration::from_millis(900);

/// Marks are forgotten beyond this number of tags, and with them all pages.
const MOST_TAGS: usize = 100_000;

/// How a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Fresh,
    /// It may have stopped being true at this moment; None for long ago.
    Old(Option<Instant>),
}

#[derive(Default)]
pub(super) struct Marks {
    /// Counts invalidations: pages remember what it was when their render began.
    count: AtomicU64,
    all: RwLock<All>,
    naming: RandomState,
}

#[derive(Default)]
struct All {
    by_tag: HashMap<u64, Tag>,
    /// Pages that began before this are all old.
    floor: u64,
}

/// The marks on one tag.
#[derive(Default)]
struct Tag {
    /// The last mark that no page is shown past any more.
    settled: u64,
    /// Those within [`GRACE`], ascending, with the moment after which the change committed.
    recent: Vec<(u64, Instant)>,
}

impl Marks {
    /// What a page remembers whose render begins now.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// What a page remembers of a tag. Two tags that come to the same one are dropped together.
    pub fn id(&self, tag: &str) -> u64 {
        self.naming.hash_one(tag)
    }

    /// Pages with one of `tags` stopped being true, no earlier than `since`.
    pub fn mark(&self, tags: &[String], since: Instant) {
        if tags.is_empty() {
            return;
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let number = self.count() + 1;
        if all.by_tag.len() + tags.len() > MOST_TAGS {
            all.by_tag.clear();
            all.floor = number;
        }
        for tag in tags {
            all.by_tag
                .entry(self.id(tag))
                .or_default()
                .add(number, since);
        }
        // Last: who sees the new count, sees the marks.
        self.count.store(number, Ordering::SeqCst);
    }

    /// Nobody knows what is still true.
    pub fn mark_all(&self) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let number = self.count() + 1;
        all.by_tag.clear();
        all.floor = number;
        self.count.store(number, Ordering::SeqCst);
    }

    /// How a page stands whose render began at `began`.
    pub fn standing(&self, began: u64, tags: &[u64]) -> Standing {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        if began < all.floor {
            return Standing::Old(None);
        }
        let mut first: Option<(u64, Instant)> = None;
        for mark in tags.iter().filter_map(|tag| all.by_tag.get(tag)) {
            if began < mark.settled {
                return Standing::Old(None);
            }
            let after = mark.recent.iter().find(|(number, _)| began < *number);
            if let Some(found) = after
                && first.is_none_or(|known| found.0 < known.0)
            {
                first = Some(*found);
            }
        }
        first.map_or(Standing::Fresh, |(_, since)| Standing::Old(Some(since)))
    }
}

impl Tag {
    fn add(&mut self, number: u64, since: Instant) {
        let over = |(_, since): &(u64, Instant)| since.elapsed() > GRACE;
        let count = self.recent.iter().take_while(|mark| over(mark)).count();
        if let Some((last, _)) = self.recent.drain(..count).next_back() {
            self.settled = last;
        }
        self.recent.push((number, since));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(of: &[&str]) -> Vec<String> {
        of.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn a_page_is_old_from_the_first_mark_after_it_began() {
        let marks = Marks::default();
        let mug = tags(&["mug"]);
        let page = ["layout", "mug"].map(|tag| marks.id(tag));
        let vase = [marks.id("vase")];
        let began = marks.count();
        assert_eq!(marks.standing(began, &page), Standing::Fresh);
        let moments = [0, 1, 2].map(|later| Instant::now() + Duration::from_secs(later));
        for moment in moments {
            marks.mark(&mug, moment);
        }
        assert_eq!(
            marks.standing(began, &page),
            Standing::Old(Some(moments[0]))
        );
        assert_eq!(
            marks.standing(began + 1, &page),
            Standing::Old(Some(moments[1]))
        );
        assert_eq!(marks.standing(marks.count(), &page), Standing::Fresh);
        assert_eq!(marks.standing(began, &vase), Standing::Fresh);
        marks.mark_all();
        assert_eq!(marks.standing(began, &vase), Standing::Old(None));
        assert_eq!(marks.standing(marks.count(), &page), Standing::Fresh);
    }

    #[test]
    fn a_mark_that_is_followed_by_others_is_not_forgotten() {
        let marks = Marks::default();
        let (mug, began) = (tags(&["mug"]), marks.count());
        let page = [marks.id("mug")];
        let Some(long_ago) = Instant::now().checked_sub(GRACE * 2) else {
            return;
        };
        marks.mark(&mug, long_ago);
        marks.mark(&mug, Instant::now());
        assert_eq!(marks.standing(began, &page), Standing::Old(None));
        assert!(matches!(
            marks.standing(began + 1, &page),
            Standing::Old(Some(_))
        ));
    }
}
