//! The market, act by act. Each act is a sentence of the narration; together they send every
//! instruction of the program, and leave something open in every account kind.

mod bidding;
mod changing;
mod disputing;
mod dollars;
mod ending;
mod failing;
mod governing;
mod metering;
mod opening;
mod pricing;
mod real_time;
mod today;
mod working;

pub use real_time::ACTS as REAL_TIME;
pub use working::round;

use crate::failure::Result;
use crate::world::World;

/// Consumers by place.
const STUDIO: usize = 0;
const LAB: usize = 1;
const STARTUP: usize = 2;
/// Providers by place.
const AURORA: usize = 0;
const BASALT: usize = 1;
const COBALT: usize = 2;
const DRIFT: usize = 3;

/// A part of the market.
pub struct Act {
    /// What it shows.
    pub title: &'static str,
    /// Plays it and says what came of it.
    pub play: fn(&mut World) -> Result<String>,
}

/// All acts in order.
pub const ACTS: &[Act] = &[
    Act { title: "people arrive", play: opening::arrive },
    Act { title: "jobs are offered, accepted, started", play: working::hire },
    Act { title: "two jobs settle in one transaction", play: working::settle_together },
    Act { title: "an offer lapses", play: failing::lapse },
    Act { title: "jobs are cancelled", play: failing::cancel },
    Act { title: "a provider does not show up", play: failing::no_show },
    Act { title: "top-up, and a new session key", play: working::top_up_and_rotate },
    Act { title: "the network is paused", play: governing::pause },
    Act { title: "the price goes stale", play: pricing::stale },
    Act { title: "gifts and private burns", play: pricing::gifts },
    Act { title: "jobs end", play: ending::close },
    Act { title: "the stable rail opens, after a wait", play: changing::open_rail },
    Act { title: "jobs are paid in dollars", play: dollars::pay },
    Act { title: "the take in dollars buys tokens", play: dollars::buy_back },
    Act { title: "providers bid for a job", play: bidding::auction },
    Act { title: "a standing offer accepts", play: bidding::standing },
    Act { title: "a registered meter counts", play: metering::count },
    Act { title: "an outage is reported and answered", play: metering::answered },
    Act { title: "an outage that nobody answers", play: metering::unanswered },
    Act { title: "a false result is disputed", play: disputing::play },
    Act { title: "a busy stretch", play: working::rounds },
    Act { title: "rewards and rebates are claimed", play: ending::claim },
    Act { title: "the admin hands over", play: governing::hand_over },
    Act { title: "a parameter changes, after a wait", play: changing::change },
    Act { title: "a long halt ends a job in kind", play: pricing::in_kind },
    Act { title: "today: work in progress", play: today::open_ends },
];
