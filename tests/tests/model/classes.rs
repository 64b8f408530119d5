//! Where a market stands, as far as the way out depends on it: a class, which is a few words, for each thing that
//! has to be got out of. A drain is begun where a class is seen that the series has not drained yet.

use crate::essential::ESSENTIAL;
use crate::feed::Feed;
use crate::market::Market;
use crate::spec::entities::{Dispute, Job, Stage, Vouched};
use crate::spec::step::n;
use JobState::{Assigned, Offered, Open};
use settlement_interface::Address;
use settlement_interface::accounts::JobState;
use settlement_interface::terms::{METER_REGISTERED, RAIL_STABLE};
use std::collections::BTreeSet;

/// Words that say where something stands.
pub type Class = Vec<&'static str>;

/// Fewest steps after a drain until one for an essential class, and for any: so that drains take about as long as
/// steps, and in the beginning one drain is for several classes.
const REST: [u64; 2] = [30, 100];

/// Which classes a series has seen, and drained with which oracle.
pub struct Coverage {
    pub seen: BTreeSet<Class>,
    pub drained: BTreeSet<(Class, &'static str)>,
    /// Essential classes that were not drained.
    pub missing: Vec<&'static [&'static str]>,
    /// Transactions of the market when the last drain began.
    last: u64,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { seen: BTreeSet::new(), drained: BTreeSet::new(), missing: ESSENTIAL.to_vec(), last: 0 }
    }
}

/// The words whose condition holds.
fn words(all: &[(bool, &'static str)]) -> Class {
    all.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect()
}

/// Whether a class has all words of an essential one.
pub fn covers(class: &Class, essential: &[&str]) -> bool {
    essential.iter().all(|word| class.contains(word))
}

impl Coverage {
    /// Adds what another series has seen and drained.
    pub fn add(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.drained.extend(other.drained);
        self.missing.retain(|essential| other.missing.contains(essential));
    }
}

impl Market {
    /// Whether a class is there from which everybody should get out now: one that no drain of this series has seen.
    /// Essential ones come first.
    pub fn is_somewhere_new(&mut self) -> bool {
        let classes = self.classes();
        let covered = &mut self.coverage;
        let essential = |class: &Class| covered.missing.iter().any(|essential| covers(class, essential));
        let drained = |class: &Class| {
            covered.drained.range((class.clone(), "")..).next().is_some_and(|(found, _)| found == class)
        };
        let [soon, late] = REST.map(|rest| self.steps >= covered.last + rest);
        let new = soon && classes.iter().any(|class| essential(class) || (late && !drained(class)));
        covered.seen.extend(classes);
        new
    }

    /// Puts on record what is drained now.
    pub fn drained(&mut self, feed: &Feed) {
        let classes = self.classes();
        self.coverage.seen.extend(classes.iter().cloned());
        let out = |essential: &&[&str]| !classes.iter().any(|class| covers(class, essential));
        self.coverage.missing.retain(out);
        self.coverage.drained.extend(classes.into_iter().map(|class| (class, feed.name())));
        self.coverage.last = self.steps;
    }

    /// The class of everything that is there.
    pub fn classes(&self) -> BTreeSet<Class> {
        let spec = &self.spec;
        let mut classes: BTreeSet<Class> = BTreeSet::new();
        classes.extend(spec.jobs.iter().map(|(address, job)| self.class_of_job(address, job)));
        for (address, bid) in &spec.bids {
            let job = spec.jobs.get(&bid.job);
            let open = job.filter(|job| job.state == Open);
            classes.insert(words(&[
                (true, "bid"),
                (bid.rate == 0, "withdrawn"),
                (job.is_none(), "of no job"),
                (open.is_some_and(|job| spec.in_time(job)), "acceptable"),
                (open.is_some_and(|job| job.best_bid == *address), "best"),
            ]));
        }
        for case in spec.cases.values().filter(|case| case.upheld) {
            classes.insert(words(&[
                (true, "case upheld"),
                (!spec.jobs.contains_key(&case.job), "of no job"),
                (self.blocked(&case.reporter), "undeliverable"),
            ]));
        }
        for dispute in spec.disputes.values().filter(|dispute| dispute.stage == Stage::Resolved) {
            classes.insert(words(&[
                (true, "dispute resolved"),
                (!spec.jobs.contains_key(&dispute.job), "of no job"),
                (dispute.refund > 0, "bond due"),
                (!dispute.unpaid.is_empty(), "fees due"),
                (!dispute.held.is_empty(), "arbiters held"),
            ]));
        }
        for provider in spec.providers.values() {
            classes.insert(words(&[
                (true, "provider"),
                (provider.locked > 0, "bonds"),
                (provider.claimable > 0, "earnings"),
                (provider.unbonding > 0, "unbonding"),
                (provider.unbonding > 0 && spec.now >= provider.unbonding_at, "in time"),
                (self.blocked(&provider.authority), "undeliverable"),
            ]));
        }
        let meters = spec.meters.values().map(|meter| ("meter", &meter.vouched));
        let arbiters = spec.arbiters.values().map(|arbiter| ("arbiter", &arbiter.vouched));
        classes.extend(meters.chain(arbiters).map(|(role, vouched)| self.class_of_third(role, vouched)));
        let present = spec.epoch_index();
        for credit in spec.credits.values() {
            classes.insert(words(&[(true, "credit"), (credit.epoch < present, "of a past epoch")]));
        }
        for change in spec.changes.values() {
            classes.insert(words(&[
                (true, "change"),
                (spec.now >= change.applies_from, "ripe"),
                (spec.now > change.expires_at, "expired"),
            ]));
        }
        classes.insert(words(&[
            (true, "network"),
            (spec.paused(), "paused"),
            (spec.quote(&spec.config.parameters).is_none(), "without a price"),
            (spec.buyback.left > 0, "buying back"),
        ]));
        classes
    }

    fn class_of_third(&self, role: &'static str, vouched: &Vouched) -> Class {
        words(&[
            (true, role),
            (vouched.locked > 0, "held"),
            (vouched.locked > vouched.bonded(), "for more than there is"),
            (vouched.unbonding > 0, "unbonding"),
            (vouched.unbonding > 0 && self.spec.now >= vouched.available_at, "in time"),
        ])
    }

    /// Whether what is due to a wallet in compute tokens cannot be delivered.
    fn blocked(&self, wallet: &Address) -> bool {
        let account = self.spec.tokens.get(&self.spec.associated(wallet));
        account.is_none_or(|account| account.owner != *wallet || account.frozen)
    }

    fn class_of_job(&self, address: &Address, job: &Job) -> Class {
        let spec = &self.spec;
        let order = &job.terms.order;
        let stable = order.rail == RAIL_STABLE;
        let mut class = words(&[(stable, "stable"), (!stable, "token"), (true, job.state.name())]);
        let frozen = spec.tokens[&job.vault].frozen;
        if job.state.is_terminal() {
            let due = |place: usize| job.dues[place] != Default::default();
            class.extend(words(&[
                (frozen, "vault frozen"),
                (due(0), "consumer due"),
                (due(1), "provider due"),
                (due(2), "reporter due"),
                (due(3) || due(4), "take due"),
                (job.dues.iter().any(|due| due.stake > 0), "stake due"),
                (due(0) && self.blocked(&job.terms.consumer), "undeliverable"),
                (job.owes_nothing(), "nothing due"),
            ]));
            return class;
        }
        let late = match job.state {
            Offered | Open => !spec.in_time(job),
            Assigned => spec.now > n(order.start_by),
            _ => false,
        };
        let open = job.state == Open;
        let waiting: Vec<_> =
            spec.cases.values().filter(|case| case.job == *address && !case.upheld).collect();
        let pending = u8::from(job.old.usd > 0) + u8::from(job.young.usd > 0);
        let works = !job.is(&[Offered, Open, Assigned]);
        let outstanding = works && job.outstanding() > 0;
        class.extend(words(&[
            (frozen, "vault frozen"),
            (late, "late"),
            (open && spec.now < n(order.bid_end), "bidding"),
            (open && job.best_bid != Address::default(), "bid for"),
            (job.mark != 0, "marked"),
            (spec.now < job.waits_until, "delayed"),
            (works && order.meter_kind == METER_REGISTERED, "metered"),
            (works && job.escrow == 0, "spent"),
            (outstanding && job.escrow > 0, "outstanding"),
            (pending == 1, "pending"),
            (pending == 2, "pending twice"),
            (outstanding && order.min_price > 0 && spec.now < n(order.convert_by), "minimum price"),
            (job.service_at != 0, "service missed"),
            (waiting.iter().any(|case| case.marked_at == 0), "case open"),
            (waiting.iter().any(|case| case.marked_at != 0), "case marked"),
        ]));
        let open = |dispute: &&Dispute| dispute.job == *address && dispute.stage != Stage::Resolved;
        if let Some(dispute) = spec.disputes.values().find(open) {
            class.push(match dispute.stage {
                Stage::ChallengerLast | Stage::ChallengerFirst | Stage::ChallengerMiddle => {
                    "challenger's turn"
                }
                Stage::ProviderLast | Stage::ProviderFirst | Stage::ProviderMiddle => "provider's turn",
                Stage::Panel if dispute.held.is_empty() => "panel",
                Stage::Panel => "panel divided",
                Stage::Decided | Stage::Resolved => "decided",
            });
            if dispute.marked_at != 0 {
                class.push("turn marked");
            }
        }
        class
    }
}
