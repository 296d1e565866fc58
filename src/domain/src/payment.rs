//! A try at paying. A timeout is unknown, never failed.

use serde::{Deserialize, Serialize};

/// How far a payment attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Recorded; the provider has not been called, or has not answered yet.
    Created,
    /// The provider has a page open for it.
    Pending,
    /// The call did not answer: it may or may not have happened. Only asking the provider ends this.
    Unknown,
    /// The money is the shop's.
    Captured,
    /// The provider says that nothing was charged, and nothing will be.
    Failed,
}

/// What a provider says of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still open at the provider.
    Pending,
    /// No answer, or none that can be read.
    Unknown,
    Captured,
    Failed,
}

/// That can't follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {from:?} can't become {to:?}")]
pub struct IllegalOutcome {
    pub from: AttemptState,
    pub to: Outcome,
}

impl AttemptState {
    /// The state after the provider was heard. Final states only repeat themselves; a late "captured" after "failed" is
    /// believed, because money moved.
    ///
    /// # Errors
    /// [`IllegalOutcome`] when a captured attempt is said to be anything else.
    pub fn next(self, heard: Outcome) -> Result<Self, IllegalOutcome> {
        match (self, heard) {
            (_, Outcome::Captured) => Ok(Self::Captured),
            (Self::Captured, Outcome::Pending | Outcome::Unknown) => Ok(Self::Captured),
            (Self::Captured, Outcome::Failed) => Err(IllegalOutcome {
                from: self,
                to: heard,
            }),
            (Self::Failed, _) | (_, Outcome::Failed) => Ok(Self::Failed),
            (Self::Created | Self::Pending | Self::Unknown, Outcome::Pending) => Ok(Self::Pending),
            (Self::Created | Self::Pending | Self::Unknown, Outcome::Unknown) => Ok(Self::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttemptState as S;
    use Outcome as O;

    #[test]
    fn every_state_hears_every_outcome() {
        let illegal = |from, to| Err(IllegalOutcome { from, to });
        let table = [
            (S::Created, O::Pending, Ok(S::Pending)),
            (S::Created, O::Unknown, Ok(S::Unknown)),
            (S::Created, O::Captured, Ok(S::Captured)),
            (S::Created, O::Failed, Ok(S::Failed)),
            (S::Pending, O::Pending, Ok(S::Pending)),
            (S::Pending, O::Unknown, Ok(S::Unknown)),
            (S::Pending, O::Captured, Ok(S::Captured)),
            (S::Pending, O::Failed, Ok(S::Failed)),
            // Unknown ends by what the provider says when asked, never by itself.
            (S::Unknown, O::Pending, Ok(S::Pending)),
            (S::Unknown, O::Unknown, Ok(S::Unknown)),
            (S::Unknown, O::Captured, Ok(S::Captured)),
            (S::Unknown, O::Failed, Ok(S::Failed)),
            // Captured stays captured, however late older news comes.
            (S::Captured, O::Pending, Ok(S::Captured)),
            (S::Captured, O::Unknown, Ok(S::Captured)),
            (S::Captured, O::Captured, Ok(S::Captured)),
            (S::Captured, O::Failed, illegal(S::Captured, O::Failed)),
            // Failed stays failed, unless money moved after all.
            (S::Failed, O::Pending, Ok(S::Failed)),
            (S::Failed, O::Unknown, Ok(S::Failed)),
            (S::Failed, O::Captured, Ok(S::Captured)),
            (S::Failed, O::Failed, Ok(S::Failed)),
        ];
        let pairs: std::collections::HashSet<_> = table
            .iter()
            .map(|&(from, heard, _)| (from, heard))
            .collect();
        assert_eq!(pairs.len(), 5 * 4);
        for (from, heard, expected) in table {
            assert_eq!(from.next(heard), expected, "{from:?} {heard:?}");
        }
    }
}
