//! The market where time cannot travel: as many of the instructions as an hour and a half allows, many waits
//! at once. First everything begins that has to wait for an hour; then it all ends. What waits for a day is
//! left out: stake paid back, and a halt that ends a job in kind.

mod ending;
mod meanwhile;
mod opening;

use super::{Act, disputing, governing, opening as usual, pricing, working};

/// All acts in order.
pub const ACTS: &[Act] = &[
    Act { title: "people arrive", play: usual::arrive },
    Act { title: "changes are announced", play: opening::announce },
    Act { title: "jobs are offered, accepted, started", play: working::hire },
    Act { title: "a registered meter counts", play: opening::count },
    Act { title: "jobs are cancelled", play: super::failing::cancel },
    Act { title: "an offer lapses, a provider does not show up", play: opening::miss },
    Act { title: "jobs settle", play: meanwhile::settle },
    Act { title: "a new session key", play: meanwhile::rotate },
    Act { title: "the network is paused", play: meanwhile::pause },
    Act { title: "providers bid for a job", play: meanwhile::auction },
    Act { title: "a standing offer accepts", play: meanwhile::standing },
    Act { title: "a false result is disputed", play: |world| disputing::narrow(world, MOMENT) },
    Act { title: "the price goes stale", play: meanwhile::stale },
    Act { title: "gifts and private burns", play: pricing::gifts },
    Act { title: "the admin hands over", play: governing::hand_over },
    Act { title: "two outages are reported, one is answered", play: meanwhile::outages },
    Act { title: "the dispute is concluded", play: disputing::conclude },
    Act { title: "jobs are closed", play: ending::close },
    Act { title: "an hour passes", play: ending::wait },
    Act { title: "who did not show up is slashed", play: ending::slash },
    Act { title: "jobs end", play: ending::finish },
    Act { title: "changes are applied, and the stable rail opens", play: ending::apply },
    Act { title: "jobs are paid in dollars, and the take buys tokens", play: ending::dollars },
    Act { title: "rewards and rebates are claimed", play: ending::claim },
    Act { title: "an outage that nobody answered", play: ending::unanswered },
    Act { title: "work in progress", play: ending::leave_open },
];

/// Seconds of work between two receipts.
const MOMENT: i64 = 20;

/// Jobs that close before the hour passes, and end after it; in order of closing.
const CLOSED: [&str; 10] = [
    "fleet a",
    "fleet b",
    "fleet c",
    "fleet d",
    "auctioned",
    "stood for",
    "doubted",
    "silent",
    "render",
    "index",
];
