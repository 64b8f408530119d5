//! What the oracle does while everybody gets out: it stays dead, works all the time, or comes back after days.

use crate::market::Market;
use crate::owed::Quoted;
use settlement_interface::Address;
use settlement_interface::oracle::PriceMessage;

const DAY: i64 = 86_400;

/// A word for each.
pub const NAMES: [&str; 3] = ["dead", "alive", "coming back"];

/// The oracle of a drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// No price ever qualifies: work is paid in kind, at the last price that did.
    Dead,
    /// The same price qualifies at every moment: work is converted.
    Alive(PriceMessage),
    /// Dead for so many days, then alive for good: what was not paid in kind by then is converted.
    Back(u32, PriceMessage),
}

impl Feed {
    /// Each drain has another than the one before it.
    pub fn of(drains: u64, market: &Market) -> Self {
        // Within every limit that a change of parameters sets in these networks, and with some spread.
        let spot = market.world.price.spot.max(10_000_000);
        let price = PriceMessage {
            spot,
            confidence: spot.unsigned_abs() / 500,
            exponent: -8,
            publish_time: 0,
            average: spot + spot / 100,
        };
        match drains % 4 {
            0 | 2 => Self::Dead,
            1 => Self::Alive(price),
            // A halt ends in kind after one day or two, and one after a job is settling.
            _ => Self::Back(1 + u32::try_from(drains / 4 % 4).unwrap_or(0), price),
        }
    }

    /// The price at which work is converted, sooner or later; nothing if it never is.
    pub fn price(&self) -> Option<Quoted> {
        match self {
            Self::Dead => None,
            Self::Alive(price) | Self::Back(_, price) => Some(Quoted::of(price)),
        }
    }

    /// Whether work may have to be paid in kind.
    pub const fn halts(&self) -> bool {
        !matches!(self, Self::Alive(_))
    }

    /// A word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Dead => NAMES[0],
            Self::Alive(_) => NAMES[1],
            Self::Back(..) => NAMES[2],
        }
    }
}

impl Market {
    /// Has the oracle say what it says at this moment.
    pub fn feed(&mut self, feed: &Feed) {
        if let Feed::Alive(price) = feed {
            self.world.price = *price;
            self.world.refresh();
            self.spec.feed = Some(self.world.price);
        } else {
            self.world.set_feed(Address::default(), Vec::new());
            self.spec.feed = None;
        }
    }

    /// A day passes, and the oracle may come back.
    pub fn a_day(&mut self, feed: &mut Feed) {
        self.pass(DAY, true);
        if let Feed::Back(days, price) = *feed {
            *feed = if days <= 1 { Feed::Alive(price) } else { Feed::Back(days - 1, price) };
        }
        self.feed(feed);
    }
}
