//! Where a page of results ends: the last product's key and id, packed so that nobody builds on what is inside.

use super::Sort;
use domain::ProductId;
use uuid::Uuid;

/// The position after one product of a list. Written in hexadecimal; what does not read is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct After {
    pub(super) sort: Sort,
    /// The smaller comes first.
    pub(super) key: i64,
    pub(super) id: ProductId,
}

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sort, id) = (self.sort as u8, self.id.0.as_u128());
        write!(f, "{sort:02x}{:016x}{id:032x}", self.key as u64)
    }
}

/// The position is none that a list gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that page of the list does not exist")]
pub struct NoPosition;

impl std::str::FromStr for After {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let is_ours = text.len() == 50 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_ours {
            return Err(NoPosition);
        }
        let number = |from: usize, to: usize| {
            u128::from_str_radix(&text[from..to], 16).map_err(|_| NoPosition)
        };
        let sort = number(0, 2)?;
        let sort = Sort::ALL.into_iter().find(|known| *known as u128 == sort);
        let key = u64::try_from(number(2, 18)?).map_err(|_| NoPosition)?;
        Ok(Self {
            sort: sort.ok_or(NoPosition)?,
            key: key as i64,
            id: ProductId(Uuid::from_u128(number(18, 50)?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        for (sort, key) in Sort::ALL
            .into_iter()
            .zip([0, -7, i64::MIN, i64::MAX, 1, -1])
        {
            let id = ProductId(Uuid::from_u128(u128::MAX - 5));
            let after = After { sort, key, id };
            assert_eq!(after.to_string().parse(), Ok(after));
        }
    }

    #[test]
    fn refuses_what_it_did_not_write() {
        let good = After {
            sort: Sort::Newest,
            key: 4,
            id: ProductId(Uuid::nil()),
        };
        let good = good.to_string();
        let unknown = format!("ff{}", &good[2..]);
        for text in [
            "",
            "00",
            "é",
            &good[1..],
            &format!("{good}0"),
            &unknown,
            &"+1".repeat(25),
        ] {
            assert_eq!(text.parse::<After>(), Err(NoPosition), "{text:?}");
        }
    }
}
