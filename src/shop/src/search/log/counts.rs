//! What an instance has counted: bounded, whatever is searched for.

use domain::{Locale, MarketCode};
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use time::Date;

/// Texts, and clicks on products, that are counted one by one until they are written down.
const AT_ONCE: usize = 4_096;
/// Texts that an instance writes down in a day.
const A_DAY: usize = 50_000;

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub day: Date,
    pub market: MarketCode,
    pub locale: Locale,
    /// Empty for all that is not written down.
    pub query: String,
}

impl Key {
    /// Where it is counted when it is one too many.
    fn others(self) -> Self {
        Self {
            query: String::new(),
            ..self
        }
    }
}

/// Of one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub asked: i64,
    pub nothing: i64,
    pub loosened: i64,
    pub results: i64,
}

/// On one product that a text found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clicks {
    pub clicks: i64,
    pub ranks: i64,
}

/// What is to be written down.
#[derive(Debug, Default)]
pub struct Taken {
    pub searches: HashMap<Key, Tally>,
    /// With the product's slug.
    pub clicks: HashMap<(Key, String), Clicks>,
}

impl Taken {
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty() && self.clicks.is_empty()
    }
}

#[derive(Default)]
pub struct Counts {
    pending: Taken,
    /// The texts of `day`, each by its hash: of two that share one, the second is taken for the first.
    known: HashSet<u64>,
    day: Option<Date>,
    hashes: RandomState,
}

impl Counts {
    /// Counts a search that found so many.
    pub fn search(&mut self, key: Key, results: i64, loosened: bool) {
        let key = self.admit(key);
        let tally = Tally {
            asked: 1,
            nothing: i64::from(results == 0),
            loosened: i64::from(loosened && results > 0),
            results,
        };
        self.add(key, tally);
    }

    /// Counts a click at that place.
    pub fn click(&mut self, key: Key, slug: &str, rank: i64) {
        let key = self.admit(key);
        let clicks = Clicks {
            clicks: 1,
            ranks: rank,
        };
        self.add_clicks((key, slug.to_owned()), clicks);
    }

    /// All that was counted since.
    pub fn take(&mut self) -> Taken {
        std::mem::take(&mut self.pending)
    }

    /// Adds what could not be written down to what was counted meanwhile.
    pub fn put_back(&mut self, taken: Taken) {
        for (key, mut tally) in taken.searches {
            // What was counted meanwhile is newer.
            if let Some(newer) = self.pending.searches.get(&key) {
                tally.results = newer.results;
            }
            self.add(key, tally);
        }
        for (key, clicks) in taken.clicks {
            self.add_clicks(key, clicks);
        }
    }

    /// The key under which it is counted: that of others when the day has had its texts.
    fn admit(&mut self, key: Key) -> Key {
        if key.query.is_empty() || self.pending.searches.contains_key(&key) {
            return key;
        }
        if self.day != Some(key.day) {
            self.day = Some(key.day);
            self.known.clear();
        }
        let hash = self.hashes.hash_one(&key);
        if self.known.contains(&hash) {
            return key;
        }
        if self.known.len() >= A_DAY {
            return key.others();
        }
        self.known.insert(hash);
        key
    }

    fn add(&mut self, key: Key, more: Tally) {
        let all = &mut self.pending.searches;
        let has_room = all.len() < AT_ONCE || all.contains_key(&key);
        let tally = all
            .entry(if has_room { key } else { key.others() })
            .or_default();
        tally.asked += more.asked;
        tally.nothing += more.nothing;
        tally.loosened += more.loosened;
        tally.results = more.results;
    }

    /// One too many is not counted: which products there are, only the tables know.
    fn add_clicks(&mut self, key: (Key, String), more: Clicks) {
        let all = &mut self.pending.clicks;
        if all.len() < AT_ONCE || all.contains_key(&key) {
            let clicks = all.entry(key).or_default();
            clicks.clicks += more.clicks;
            clicks.ranks += more.ranks;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn key(query: &str) -> Key {
        Key {
            day: date!(2026 - 11 - 22),
            market: "eu".parse().unwrap(),
            locale: Locale::En,
            query: query.to_owned(),
        }
    }

    #[test]
    fn the_same_text_is_counted_once_more() {
        let mut counts = Counts::default();
        counts.search(key("mug"), 12, false);
        counts.search(key("mug"), 0, false);
        counts.search(key("blue mug"), 4, true);
        counts.click(key("mug"), "calle-mug", 3);
        counts.click(key("mug"), "calle-mug", 1);
        let taken = counts.take();
        let of = |query: &str| taken.searches[&key(query)];
        let mug = Tally {
            asked: 2,
            nothing: 1,
            loosened: 0,
            results: 0,
        };
        assert_eq!(of("mug"), mug);
        assert_eq!((of("blue mug").loosened, of("blue mug").results), (1, 4));
        let clicked = taken.clicks[&(key("mug"), "calle-mug".to_owned())];
        assert_eq!((clicked.clicks, clicked.ranks), (2, 4));
        assert!(counts.take().is_empty());
    }

    #[test]
    fn what_is_one_too_many_is_counted_with_the_others() {
        let mut counts = Counts::default();
        for number in 0..3 * AT_ONCE {
            counts.search(key(&number.to_string()), 0, false);
            counts.click(key("mug"), &number.to_string(), 1);
        }
        counts.search(key("0"), 0, false);
        let taken = counts.take();
        // The others make one more.
        assert_eq!(taken.searches.len(), AT_ONCE + 1);
        assert_eq!(taken.clicks.len(), AT_ONCE);
        assert_eq!(taken.searches[&key("0")].asked, 2);
        let asked: i64 = taken.searches.values().map(|tally| tally.asked).sum();
        assert_eq!(usize::try_from(asked), Ok(3 * AT_ONCE + 1), "none is lost");
    }

    #[test]
    fn a_day_has_so_many_texts_and_the_next_one_its_own() {
        let mut counts = Counts::default();
        for number in 0..A_DAY {
            counts.search(key(&number.to_string()), 1, false);
            if number % 1_000 == 0 {
                counts.take();
            }
        }
        counts.take();
        counts.search(key("one too many"), 1, false);
        counts.search(key("7"), 1, false);
        let tomorrow = Key {
            day: date!(2026 - 11 - 23),
            ..key("one too many")
        };
        counts.search(tomorrow.clone(), 1, false);
        let taken = counts.take();
        let mut written: Vec<_> = taken.searches.keys().collect();
        written.sort_by_key(|key| (key.day, &key.query));
        assert_eq!(written, [&key(""), &key("7"), &tomorrow]);
    }

    #[test]
    fn what_was_not_written_down_is_kept_within_the_same_bounds() {
        let mut counts = Counts::default();
        for round in 0..4 {
            let taken = counts.take();
            for number in 0..AT_ONCE {
                counts.search(key(&format!("{round} {number}")), 1, false);
            }
            counts.search(key("mug"), round, false);
            counts.click(key("mug"), "calle-mug", 2);
            counts.put_back(taken);
        }
        let taken = counts.take();
        assert!(taken.searches.len() <= AT_ONCE + 1);
        let asked: i64 = taken.searches.values().map(|tally| tally.asked).sum();
        assert_eq!(
            usize::try_from(asked),
            Ok(4 * (AT_ONCE + 1)),
            "none is lost"
        );
        let clicked = taken.clicks[&(key("mug"), "calle-mug".to_owned())];
        assert_eq!((clicked.clicks, clicked.ranks), (4, 8));
    }

    #[test]
    fn the_last_count_of_results_stands() {
        let mut counts = Counts::default();
        counts.search(key("mug"), 5, false);
        let taken = counts.take();
        counts.search(key("mug"), 7, false);
        counts.put_back(taken);
        assert_eq!(counts.take().searches[&key("mug")].results, 7);
    }
}
