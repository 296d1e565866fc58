//! What happens, in which order.

use super::provider::Fate;
use super::random::Random;
use domain::inventory::Oversell;

/// How many products there are.
pub const PRODUCTS: usize = 2;
/// No more orders than this are placed in one schedule.
pub const MOST_ORDERS: usize = 4;

/// A product's stock when the schedule begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    pub on_hand: i64,
    pub oversell: Oversell,
}

/// Shelves, and what happens then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub seed: u64,
    pub shelves: [Shelf; PRODUCTS],
    pub steps: Vec<Step>,
}

/// Something that happens. Orders, pages and messages are named by an index that wraps around their number then; a step
/// that finds none does nothing, so that every part of a schedule is a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody orders so many of each product.
    Place { units: [i64; PRODUCTS], fate: Fate },
    /// The shopper pays, or the provider charges: the page is done, and a message about it is under way.
    Pay { page: usize },
    /// The same, and its message is lost.
    PayUnheard { page: usize },
    /// The shopper declines, or the page's time is over. A message is under way.
    RunOut { page: usize },
    /// The provider said that nothing would be charged, and charges. A message is under way.
    ChargeAfterAll { page: usize },
    /// The provider says how a page stands: one more message.
    Tell { page: usize },
    /// A message says that another amount than owed was paid.
    TellWrongAmount { page: usize },
    /// A message arrives; it may have come before, and may be older than others that have.
    Deliver { message: usize },
    /// The same content under another id.
    DeliverAnew { message: usize },
    /// The shopper comes back from the page, which is asked about.
    Return { page: usize, fate: Fate },
    /// The shopper wants to pay an order again.
    PayAgain { order: usize, fate: Fate },
    /// The shopper wants an order no more: its page is closed, and it is given up.
    Cancel { order: usize, fate: Fate },
    /// The last part of giving up an order whose hold ran out, after whatever else happened since it was begun.
    GiveUp { order: usize },
    /// The last part of paying again, after whatever else happened since it was begun: another tab was faster, perhaps.
    OpenAnother { order: usize, fate: Fate },
    /// Time passes; silent payments are asked about and orders given up whose hold ran out.
    Sweep { minutes: i64, fate: Fate },
    /// Time passes; jobs are done.
    Work { fate: Fate },
}

/// Which kinds of steps there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Also what only a race or a crash brings about: parts of what is otherwise done in one go.
    pub parts: bool,
}

impl Profile {
    /// Everything.
    pub const WHOLE: Self = Self { parts: true };
    /// Only what is done in one go.
    pub const PLAIN: Self = Self { parts: false };
}

impl Schedule {
    /// The schedule of that seed.
    pub fn of(seed: u64, profile: Profile) -> Self {
        let mut random = Random::new(seed);
        let shelves = std::array::from_fn(|_| Shelf {
            on_hand: 1 + i64::try_from(random.below(4)).unwrap_or_default(),
            oversell: random.weighted(&[
                (18, Oversell::Never),
                (if profile.parts { 1 } else { 0 }, Oversell::UpTo(1)),
                (1, Oversell::Always),
            ]),
        });
        let length = 4 + random.below(32);
        let first = place(&mut random, profile);
        let rest = (1..length).map(|_| step(&mut random, profile));
        let steps = std::iter::once(first).chain(rest.collect::<Vec<_>>());
        Self {
            seed,
            shelves,
            steps: steps.collect(),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Place,
    Pay,
    PayUnheard,
    RunOut,
    ChargeAfterAll,
    Tell,
    TellWrongAmount,
    Deliver,
    DeliverAnew,
    Return,
    PayAgain,
    Cancel,
    GiveUp,
    OpenAnother,
    Sweep,
    Work,
}

fn step(random: &mut Random, profile: Profile) -> Step {
    let kind = random.weighted(&[
        (10, Kind::Place),
        (12, Kind::Pay),
        (6, Kind::PayUnheard),
        (9, Kind::RunOut),
        (5, Kind::ChargeAfterAll),
        (6, Kind::Tell),
        (3, Kind::TellWrongAmount),
        (16, Kind::Deliver),
        (5, Kind::DeliverAnew),
        (8, Kind::Return),
        (12, Kind::PayAgain),
        (if profile.parts { 6 } else { 0 }, Kind::Cancel),
        (if profile.parts { 4 } else { 0 }, Kind::GiveUp),
        (if profile.parts { 3 } else { 0 }, Kind::OpenAnother),
        (10, Kind::Sweep),
        (6, Kind::Work),
    ]);
    let index = random.index();
    match kind {
        Kind::Place => place(random, profile),
        Kind::Pay => Step::Pay { page: index },
        Kind::PayUnheard => Step::PayUnheard { page: index },
        Kind::RunOut => Step::RunOut { page: index },
        Kind::ChargeAfterAll => Step::ChargeAfterAll { page: index },
        Kind::Tell => Step::Tell { page: index },
        Kind::TellWrongAmount => Step::TellWrongAmount { page: index },
        Kind::Deliver => Step::Deliver { message: index },
        Kind::DeliverAnew => Step::DeliverAnew { message: index },
        Kind::Return => Step::Return {
            page: index,
            fate: fate(random),
        },
        Kind::PayAgain => Step::PayAgain {
            order: index,
            fate: fate_of_start(random, profile),
        },
        Kind::Cancel => Step::Cancel {
            order: index,
            fate: fate(random),
        },
        Kind::GiveUp => Step::GiveUp { order: index },
        Kind::OpenAnother => Step::OpenAnother {
            order: index,
            fate: fate_of_start(random, profile),
        },
        Kind::Sweep => Step::Sweep {
            minutes: random.weighted(&[(4, 1), (2, 7), (4, 31), (1, 121)]),
            fate: fate(random),
        },
        Kind::Work => Step::Work { fate: fate(random) },
    }
}

fn place(random: &mut Random, profile: Profile) -> Step {
    let mut units = [0; PRODUCTS];
    // Most orders are of the first product, so that they compete for it.
    units[0] = random.weighted(&[(1, 0), (5, 1), (3, 2), (1, 3)]);
    units[1] = random.weighted(&[(5, 0), (3, 1), (2, 2)]);
    if units == [0; PRODUCTS] {
        units[0] = 1;
    }
    Step::Place {
        units,
        fate: fate_of_start(random, profile),
    }
}

fn fate(random: &mut Random) -> Fate {
    random.weighted(&[(7, Fate::Answers), (2, Fate::AnswerLost), (1, Fate::Down)])
}

fn fate_of_start(random: &mut Random, profile: Profile) -> Fate {
    if profile.parts && random.chance(5) {
        return Fate::Killed;
    }
    random.weighted(&[
        (14, Fate::Answers),
        (3, Fate::AnswerLost),
        (2, Fate::Down),
        (1, Fate::Refuses),
    ])
}
