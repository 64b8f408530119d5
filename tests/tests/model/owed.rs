//! What a drain pays each token account at least, reckoned from the accounts of the program and the rules of the
//! design alone: nothing that the model has booked or computed goes into it.
//!
//! In a drain nobody signs, so that how everything ends is settled beforehand. An offer lapses and an assigned
//! provider has not started (design, section 4: the escrow is refunded whole). No receipt comes, so that what
//! counts in the end is what is accepted by now, less what a lost dispute takes back. Nobody answers a case, which
//! costs at most what it announced, nor takes a turn in a dispute, and no panel rules. So every job's money can be
//! divided from its account; where conversions round, by how much is said.

use crate::feed::Feed;
use crate::spec::arithmetic::{N, WHOLE, ceil, floor, share_down, share_up};
use settlement_interface::accounts::{
    self, Arbiter, Bid, CASE_OPEN, CAUSE_RULED, Case, Config, Credit, Dispute, Epoch, Job, JobState,
    MARK_NO_SHOW, Meter, OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST, PARTIES, Party,
    Provider,
};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::rules::Stage;
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::{Address, pda};
use std::collections::BTreeMap;
use tests::World;

/// A price that qualifies, as mantissas.
#[derive(Clone, Copy, Debug)]
pub struct Quoted {
    spot: N,
    confidence: N,
    average: N,
    exponent: N,
}

impl Quoted {
    pub fn of(price: &PriceMessage) -> Self {
        Self {
            spot: price.spot.into(),
            confidence: price.confidence.into(),
            average: price.average.into(),
            exponent: price.exponent.into(),
        }
    }
}

/// How a dispute ends if nobody signs anything more, and whether its panel was what decided it.
fn end(dispute: &Dispute) -> (u8, bool) {
    let stage = Stage::ALL.into_iter().find(|stage| *stage as u8 == dispute.stage).unwrap();
    let k = u32::from(dispute.panel.k);
    let turn = match stage {
        Stage::Decided | Stage::Resolved => return (dispute.outcome, dispute.cause == CAUSE_RULED),
        Stage::Panel if dispute.for_challenger.count_ones() >= k => return (OUTCOME_PROVIDER_LOST, true),
        Stage::Panel if dispute.for_provider.count_ones() >= k => return (OUTCOME_CHALLENGER_LOST, true),
        // No ruling in time: nobody is at fault.
        Stage::Panel => OUTCOME_NOBODY,
        // Who misses its turn loses.
        Stage::ProviderLast | Stage::ProviderFirst | Stage::ProviderMiddle => OUTCOME_PROVIDER_LOST,
        Stage::ChallengerLast | Stage::ChallengerFirst | Stage::ChallengerMiddle => OUTCOME_CHALLENGER_LOST,
    };
    (turn, false)
}

/// What a market owes, while it is being added up.
struct Owed<'a> {
    world: &'a World,
    config: Config,
    price: accounts::Price,
    feed: &'a Feed,
    /// Who marks in the drain.
    by: Address,
    /// By token account.
    due: BTreeMap<Address, N>,
    providers: BTreeMap<Address, Provider>,
    jobs: BTreeMap<Address, Job>,
    /// What open cases may take of a job's bond.
    announced: BTreeMap<Address, N>,
    /// How a job's open dispute ends.
    disputed: BTreeMap<Address, (u8, bool)>,
}

/// The least that each token account gets in a drain in which `by` sends what anyone can.
pub fn at_least(world: &World, feed: &Feed, by: Address) -> BTreeMap<Address, N> {
    let mut owed = Owed {
        world,
        config: world.config(),
        price: world.last_price(),
        feed,
        by,
        due: BTreeMap::new(),
        providers: world.all().into_iter().collect(),
        jobs: world.all().into_iter().collect(),
        announced: BTreeMap::new(),
        disputed: BTreeMap::new(),
    };
    owed.cases();
    owed.disputes();
    owed.stakes();
    owed.rebates();
    for job in owed.jobs.clone().into_values() {
        owed.dues(&job);
    }
    for (address, job) in owed.jobs.clone() {
        owed.job(&address, &job);
    }
    owed.due
}

impl Owed<'_> {
    fn to(&mut self, account: Address, amount: N) {
        assert!(amount >= 0, "{account} owes {amount}");
        *self.due.entry(account).or_default() += amount;
    }

    /// Compute tokens to a wallet's associated account.
    fn tokens(&mut self, wallet: &Address, amount: N) {
        self.to(pda::associated_token(wallet, &self.config.mint), amount);
    }

    /// Out of a job's escrow, in its own mint.
    fn escrowed(&mut self, job: &Job, wallet: &Address, amount: N) {
        let stable = job.terms.order.rail == RAIL_STABLE;
        let program = if stable { self.config.stable_program } else { pda::TOKEN_PROGRAM };
        self.to(pda::associated_token_of(wallet, &job.terms.mint, &program), amount);
    }

    fn authority(&self, job: &Job) -> Address {
        self.providers[&job.terms.provider].authority
    }

    /// What is booked already.
    fn dues(&mut self, job: &Job) {
        for party in Party::ALL {
            let due = job.dues[party as usize];
            if due == Default::default() {
                continue;
            }
            let wallet = match party {
                Party::Consumer => job.terms.consumer,
                Party::Provider => self.authority(job),
                Party::Reporter => job.reporter,
                Party::Treasury => self.config.treasury,
                Party::Buyback => {
                    self.to(pda::buyback_vault(), due.escrow.into());
                    assert_eq!(due.stake, 0, "the buyback sells no compute tokens");
                    continue;
                }
            };
            self.escrowed(job, &wallet, due.escrow.into());
            self.tokens(&wallet, due.stake.into());
        }
        assert!(job.dues[Party::ALL.len()..PARTIES].iter().all(|due| *due == Default::default()));
    }

    /// A report that nobody answers costs its reporter nothing.
    fn cases(&mut self) {
        for (_, case) in self.world.all::<Case>() {
            self.tokens(&case.reporter, N::from(case.bond) + N::from(case.due));
            if case.state == CASE_OPEN {
                *self.announced.entry(case.job).or_default() += N::from(case.penalty);
            }
        }
    }

    fn disputes(&mut self) {
        for (_, dispute) in self.world.all::<Dispute>() {
            let members = |votes: u8| {
                let places = dispute.panel.members.into_iter().enumerate();
                places.filter(move |(place, _)| votes >> place & 1 == 1).map(|(_, wallet)| wallet)
            };
            if dispute.stage == Stage::Resolved as u8 {
                self.tokens(&dispute.challenger, dispute.refund.into());
                members(dispute.unpaid).for_each(|wallet| self.tokens(&wallet, dispute.fee.into()));
                continue;
            }
            let (outcome, ruled) = end(&dispute);
            self.disputed.insert(dispute.job, (outcome, ruled));
            let job = self.jobs[&dispute.job];
            if outcome != OUTCOME_CHALLENGER_LOST {
                self.tokens(&dispute.challenger, dispute.bond.into());
                continue;
            }
            // The loser's bond pays the panel's majority, if there is one, and the winner the rest.
            let votes = if ruled { dispute.for_provider } else { 0 };
            let count = N::from(votes.count_ones());
            let bond = N::from(dispute.bond);
            let fee = if count == 0 { 0 } else { share_down(bond, job.terms.parameters.panel_bps) / count };
            members(votes).for_each(|wallet| self.tokens(&wallet, fee));
            self.tokens(&self.authority(&job), bond - fee * count);
        }
    }

    /// Stake that no job and no bid locks, and what bids lock: none is accepted any more. Third parties lose
    /// nothing: only better words than a meter's own cost it stake.
    fn stakes(&mut self) {
        for provider in self.providers.clone().into_values() {
            let free = N::from(provider.stake) - N::from(provider.locked);
            self.tokens(&provider.authority, free + N::from(provider.claimable));
        }
        for (_, bid) in self.world.all::<Bid>() {
            let authority = self.providers[&bid.provider].authority;
            self.tokens(&authority, bid.bond.into());
        }
        for (_, meter) in self.world.all::<Meter>() {
            self.tokens(&meter.authority, meter.vouched.stake.into());
        }
        for (_, arbiter) in self.world.all::<Arbiter>() {
            self.tokens(&arbiter.wallet, arbiter.vouched.stake.into());
        }
    }

    /// Rebates of epochs in which nothing is converted any more: those that have ended, and the present one where
    /// no price comes.
    fn rebates(&mut self) {
        let present = self.world.now() / self.config.parameters.epoch_len;
        let epochs: BTreeMap<_, _> =
            self.world.all::<Epoch>().into_iter().map(|(_, epoch)| (epoch.index, epoch)).collect();
        for (_, credit) in self.world.all::<Credit>() {
            let epoch = &epochs[&credit.epoch];
            let over = i64::try_from(epoch.index).unwrap() < present || self.feed.price().is_none();
            let weights = [credit.weight, epoch.weight].map(|weight| N::try_from(weight.get()).unwrap());
            if over && weights[1] > 0 {
                let pool = share_down(epoch.take.into(), epoch.rebate_bps);
                let authority = self.providers[&credit.provider].authority;
                self.tokens(&authority, floor(pool * weights[0], weights[1]));
            }
        }
    }

    fn job(&mut self, address: &Address, job: &Job) {
        let (consumer, escrow) = (job.terms.consumer, N::from(job.escrow));
        match job.state().unwrap() {
            // Nobody accepts: it lapses without a penalty, and a cancellation would be free.
            JobState::Offered | JobState::Open => self.escrowed(job, &consumer, escrow),
            JobState::Assigned => {
                self.escrowed(job, &consumer, escrow);
                self.no_show(job);
            }
            JobState::Running | JobState::Closing | JobState::Held | JobState::Settling => {
                let disputed = self.disputed.get(address).copied();
                self.bond(address, job, disputed);
                self.work(job, disputed.is_some_and(|(outcome, _)| outcome == OUTCOME_PROVIDER_LOST));
            }
            JobState::Closed | JobState::Cancelled | JobState::Failed => {
                assert_eq!((escrow, job.bond), (0, 0), "{address} has ended");
            }
        }
    }

    /// The provider loses the no-show share, rounded up; consumer and reporter get theirs, rounded down.
    fn no_show(&mut self, job: &Job) {
        let parameters = &job.terms.parameters;
        let lost = share_up(job.bond.into(), parameters.no_show_bps);
        self.tokens(&self.authority(job), N::from(job.bond) - lost);
        self.tokens(&job.terms.consumer, share_down(lost, parameters.harmed_bps));
        let reporter = if job.mark == MARK_NO_SHOW { job.reporter } else { self.by };
        if reporter != Address::default() {
            self.tokens(&reporter, share_down(lost, parameters.reporter_bps));
        }
    }

    /// Of the bond comes back what neither cases take, each at most what it announced, nor a missed service level,
    /// at most in proportion, rounded up, nor a lost dispute, which takes all. What a lost dispute takes is the
    /// consumer's, less the panel's share.
    fn bond(&mut self, address: &Address, job: &Job, disputed: Option<(u8, bool)>) {
        let (order, parameters) = (&job.terms.order, &job.terms.parameters);
        let bond = N::from(job.bond);
        let after_cases = (bond - self.announced.get(address).copied().unwrap_or(0)).max(0);
        if let Some((OUTCOME_PROVIDER_LOST, ruled)) = disputed {
            let fees = if ruled { share_down(after_cases, parameters.panel_bps) } else { 0 };
            self.tokens(&job.terms.consumer, after_cases - fees);
            return;
        }
        let credit = match job.state().unwrap() {
            JobState::Settling => 0,
            JobState::Held if job.service_at == 0 => 0,
            _ => share_up(bond + N::from(job.slashed), parameters.sla_penalty_bps),
        };
        // In proportion: of all units promised, those missed up to the meter's last words, at most.
        let promised = |until: i64| {
            let seconds = (N::from(until) - N::from(job.started_at)).max(0);
            floor(N::from(order.sla_bps) * N::from(order.unit_cap) * seconds, WHOLE)
        };
        let (missed, whole) = ((promised(job.through) - N::from(job.units)).max(0), promised(order.end_by));
        let credit = if missed == 0 { 0 } else { ceil(credit * missed.min(whole), whole) };
        self.tokens(&self.authority(job), (after_cases - credit).max(0));
    }

    /// Divides the escrow: what is accepted is the provider's, as far as the escrow reaches, less the take.
    fn work(&mut self, job: &Job, lost: bool) {
        let [old, young] = [job.pending[0].usd, job.pending[1].usd].map(N::from);
        let [accepted, settled, escrow] = [job.accepted, job.settled, job.escrow].map(N::from);
        let usd = accepted - settled - if lost { old + young } else { 0 };
        if job.terms.order.rail == RAIL_STABLE {
            return self.dollars(job, usd.min(escrow));
        }
        if usd == 0 || escrow == 0 {
            return self.escrowed(job, &job.terms.consumer, escrow);
        }
        // What waits in a bucket now is converted by itself if what is outstanding, or in the other, was before.
        let buckets = if lost { 0 } else { N::from(u8::from(old > 0) + u8::from(young > 0)) };
        let kind = self.feed.halts().then(|| self.in_kind(job, usd));
        let converted = self.feed.price().map(|price| self.converted(job, &price, usd, buckets));
        let ways: Vec<_> = [kind, converted].into_iter().flatten().collect();
        let (refund, paid) =
            (ways.iter().map(|way| way.0).min().unwrap(), ways.iter().map(|way| way.1).min().unwrap());
        self.escrowed(job, &job.terms.consumer, refund);
        self.tokens(&self.authority(job), paid);
    }

    /// The stable rail: shares are of all that the job has settled, so that it does not matter in how many parts.
    fn dollars(&mut self, job: &Job, usd: N) {
        let parameters = &job.terms.parameters;
        self.escrowed(job, &job.terms.consumer, N::from(job.escrow) - usd);
        if usd == 0 {
            return;
        }
        let taken = share_up(N::from(job.settled) + usd, parameters.take_bps);
        let take = taken - N::from(job.take);
        let treasury = share_down(taken, parameters.treasury_bps) - N::from(job.treasury_take);
        self.escrowed(job, &self.authority(job), usd - take);
        self.escrowed(job, &self.config.treasury.clone(), treasury);
        self.to(pda::buyback_vault(), take - treasury);
    }

    /// `10^e` of an exponent.
    fn scale(&self, exponent: N) -> N {
        let e = N::from(self.config.decimals) - exponent - 6;
        N::from(10).pow(u32::try_from(e).unwrap())
    }

    /// In kind, at the last price that qualified: refund and payment, exactly.
    fn in_kind(&self, job: &Job, usd: N) -> (N, N) {
        let escrow = N::from(job.escrow);
        let scale = self.scale(self.price.exponent.into());
        let tokens = ceil(usd * scale, self.price.spot.into()).min(escrow);
        (escrow - tokens, tokens - share_up(tokens, job.terms.parameters.take_bps))
    }

    /// Converted at one price, in `1 + buckets` parts at most: refund and payment, at least. Each part burns less
    /// than one base unit more than it is worth, and earns less than one less. The escrow may not reach: then
    /// what all parts settle is worth what is burned, less one base unit for each part but the last, and less a
    /// micro-dollar.
    fn converted(&self, job: &Job, price: &Quoted, usd: N, buckets: N) -> (N, N) {
        let (escrow, parameters) = (N::from(job.escrow), &job.terms.parameters);
        let scale = self.scale(price.exponent);
        let spread = N::from(parameters.k) * price.confidence;
        let (burn, mint) = (price.spot - spread, price.spot.max(price.average) + spread);
        let burned = ceil(usd * scale, burn) + buckets;
        let settled = if burned <= escrow {
            usd
        } else {
            usd.min((floor((escrow - buckets).max(0) * burn, scale) - 1).max(0))
        };
        let earned = floor(settled * (WHOLE - N::from(parameters.take_bps)) * scale, WHOLE * mint);
        ((escrow - burned).max(0), (earned - buckets).max(0))
    }
}
