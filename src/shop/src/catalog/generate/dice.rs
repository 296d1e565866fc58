//! Chance that is the same every time: whole numbers only, so that no machine's arithmetic makes another catalogue.

/// Draws numbers from a seed (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Dice(u64);

impl Dice {
    /// The dice of one thing: what it draws depends on these three numbers alone.
    pub fn of(seed: u64, number: u64, purpose: u64) -> Self {
        let mut dice = Self(seed);
        let mixed = dice.draw() ^ number;
        dice.0 = mixed;
        let mixed = dice.draw() ^ purpose;
        dice.0 = mixed;
        dice
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let scaled = u128::from(self.draw()) * bound as u128;
        (scaled >> 64) as usize
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + self.below(span) as i64
    }

    /// True so many times of a thousand.
    pub fn chance(&mut self, of_thousand: usize) -> bool {
        self.below(1_000) < of_thousand
    }

    /// One of them, each as likely; None of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// Ranks by Zipf's law: the first comes often, the last hardly ever.
pub struct Zipf {
    /// The weights of all ranks up to this one.
    sums: Vec<u64>,
}

impl Zipf {
    /// For so many ranks. The law's head is flattened a little: no first rank has half of everything.
    pub fn of(ranks: usize) -> Self {
        let mut sum = 0;
        let sums = (0..ranks as u64).map(|rank| {
            sum += (1 << 40) / (rank + 2);
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// A rank, from 0.
    pub fn rank(&self, dice: &mut Dice) -> usize {
        let total = self.sums.last().copied().unwrap_or_default();
        let at = (u128::from(dice.draw()) * u128::from(total)) >> 64;
        let rank = self.sums.partition_point(|sum| u128::from(*sum) <= at);
        rank.min(self.sums.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed, number| Dice::of(seed, number, 0).draw();
        assert_eq!(draw(1, 7), draw(1, 7));
        assert_ne!(draw(1, 7), draw(2, 7));
        assert_ne!(draw(1, 7), draw(1, 8));
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut dice = Dice::of(1, 1, 1);
        let drawn: Vec<i64> = (0..1_000).map(|_| dice.between(-1, 2)).collect();
        for wanted in -1..=2 {
            assert!(drawn.contains(&wanted));
        }
        assert!(drawn.iter().all(|number| (-1..=2).contains(number)));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick::<u8>(&[]), None);
    }

    #[test]
    fn the_first_ranks_come_most() {
        let zipf = Zipf::of(100);
        let mut dice = Dice::of(3, 0, 0);
        let mut counts = [0_u32; 100];
        for _ in 0..50_000 {
            counts[zipf.rank(&mut dice)] += 1;
        }
        assert!(counts[0] > 5 * counts[20], "{counts:?}");
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    }
}
