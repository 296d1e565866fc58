//! The provider's own books: what it has been asked, and what it has done.

use domain::Money;
use domain::payment::Outcome;
use domain::settlement::Heard;

/// What becomes of calls to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answers,
    /// It does what it is asked, and the answer is lost.
    AnswerLost,
    /// It never hears.
    Down,
    /// It opens no page. Other calls are answered.
    Refuses,
    /// The shop dies before it calls.
    Killed,
}

/// Why a call came to nothing, as far as the shop can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    Unknown,
    Refused,
}

/// A page where an attempt can be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The order, and which of its attempts: this is the idempotency key.
    pub key: (usize, usize),
    pub outcome: Outcome,
    pub amount: Money,
    /// The shop heard of it, and led somebody there: nobody can pay at a page that was shown to nobody.
    pub is_shown: bool,
    /// What was sent back, by the key that it was asked for with.
    pub refunds: Vec<(usize, Money)>,
}

impl Page {
    /// What the shop has of it, in minor units.
    pub fn kept(&self) -> i64 {
        let captured = if self.outcome == Outcome::Captured {
            self.amount.minor
        } else {
            0
        };
        captured - self.refunded()
    }

    /// It is open, and somebody knows it.
    pub fn can_be_paid(&self) -> bool {
        self.outcome == Outcome::Pending && self.is_shown
    }

    /// In minor units.
    pub fn refunded(&self) -> i64 {
        self.refunds.iter().map(|(_, amount)| amount.minor).sum()
    }

    fn heard(&self) -> Heard {
        Heard {
            outcome: self.outcome,
            amount: self.amount,
        }
    }
}

/// A message that the provider has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    pub page: usize,
    /// As things stood when it was sent.
    pub heard: Heard,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    pub pages: Vec<Page>,
    pub messages: Vec<Message>,
}

impl Provider {
    /// Opens a page for an attempt, or finds the one that is open; answers which.
    pub fn start(
        &mut self,
        key: (usize, usize),
        amount: Money,
        fate: Fate,
    ) -> Result<usize, NoAnswer> {
        let known = self.pages.iter().position(|page| page.key == key);
        if known.is_none() && fate == Fate::Refuses {
            return Err(NoAnswer::Refused);
        }
        let page = self.answer(fate, |books| {
            known.unwrap_or_else(|| {
                books.pages.push(Page {
                    key,
                    outcome: Outcome::Pending,
                    amount,
                    is_shown: false,
                    refunds: Vec::new(),
                });
                books.pages.len() - 1
            })
        })?;
        self.pages[page].is_shown = true;
        Ok(page)
    }

    /// The page of an attempt, if it was opened.
    pub fn find(&mut self, key: (usize, usize), fate: Fate) -> Result<Option<usize>, NoAnswer> {
        self.answer(fate, |books| {
            let mut pages = books.pages.iter();
            pages.position(|page| page.key == key)
        })
    }

    /// The page of that place among all, by order and attempt: whoever opens several at once opens them in no certain
    /// order. It wraps around; None while there is no page.
    pub fn page(&self, index: usize) -> Option<usize> {
        let place = index.checked_rem(self.pages.len())?;
        let before = |page: &Page| {
            self.pages
                .iter()
                .filter(|other| other.key < page.key)
                .count()
        };
        self.pages.iter().position(|page| before(page) == place)
    }

    pub fn ask(&mut self, page: usize, fate: Fate) -> Result<Heard, NoAnswer> {
        self.answer(fate, |books| books.pages[page].heard())
    }

    /// Closes a page that is still open.
    pub fn expire(&mut self, page: usize, fate: Fate) -> Result<Heard, NoAnswer> {
        self.answer(fate, |books| {
            let page = &mut books.pages[page];
            if page.outcome == Outcome::Pending {
                page.outcome = Outcome::Failed;
            }
            page.heard()
        })
    }

    /// Sends money back, once for each key.
    pub fn refund(
        &mut self,
        page: usize,
        key: usize,
        amount: Money,
        fate: Fate,
    ) -> Result<(), NoAnswer> {
        self.answer(fate, |books| {
            let refunds = &mut books.pages[page].refunds;
            if refunds.iter().all(|(known, _)| *known != key) {
                refunds.push((key, amount));
            }
        })
    }

    /// A page comes to an end, if it stands as `from`; answers whether it did. One that was shown to nobody is not paid.
    pub fn end(&mut self, page: usize, from: Outcome, to: Outcome) -> bool {
        let can_be = self.pages[page].is_shown || to != Outcome::Captured;
        let stands = self.pages[page].outcome == from && can_be;
        if stands {
            self.pages[page].outcome = to;
        }
        stands
    }

    /// Sends a message about a page as it stands now.
    pub fn tell(&mut self, page: usize) {
        let heard = self.pages[page].heard();
        self.messages.push(Message { page, heard });
    }

    fn answer<T>(&mut self, fate: Fate, act: impl FnOnce(&mut Self) -> T) -> Result<T, NoAnswer> {
        match fate {
            Fate::Answers | Fate::Refuses => Ok(act(self)),
            Fate::AnswerLost => {
                act(self);
                Err(NoAnswer::Unknown)
            }
            Fate::Down | Fate::Killed => Err(NoAnswer::Unknown),
        }
    }
}
