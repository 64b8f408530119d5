//! The life of jobs: opening to closing, receipts.

use crate::market::Market;
use crate::spec::arithmetic::N;
use crate::spec::entities::Job;
use crate::spec::step::{Signed, Step, n};
use settlement_interface::Address;
use settlement_interface::accounts::JobState::{
    Assigned, Cancelled, Closed, Closing, Failed, Held, Offered, Open, Running, Settling,
};
use settlement_interface::accounts::{JobState, Party};
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, Order, RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{ID, pda};
use tests::Trace;

const WORKING: [JobState; 4] = [Running, Closing, Held, Settling];

fn signed(amount: N) -> i64 {
    i64::try_from(amount).unwrap()
}

pub fn unsigned(amount: N) -> u64 {
    u64::try_from(amount.clamp(0, N::from(u64::MAX))).unwrap()
}

impl Market {
    pub fn order(&mut self, session: &Address) -> Order {
        let registered = self.random.one_in(2);
        let verifiable = self.random.one_in(3);
        let rail = if self.random.one_in(2) { RAIL_STABLE } else { RAIL_TOKEN };
        let meter = if registered { self.random.pick(&self.meters).unwrap().0 } else { *session };
        let offer_by = self.soon(1, 3_000);
        let start_by = offer_by + self.random.below(3_000) as i64;
        let end_by = start_by + self.random.between(1, 30_000) as i64;
        let token = rail == RAIL_TOKEN;
        let minimum = token && self.random.one_in(4);
        // Of the stable rail some are large, so that the buyback has something to sell.
        let large = if !token && self.random.one_in(2) { 50 } else { 1 };
        Order {
            meter,
            spec_hash: [0x5B; 32],
            panel: if verifiable { self.panel.hash() } else { [0; 32] },
            budget: self.random.between(1, 200_000_000) * large,
            rate: self.random.between(1, 20_000_000),
            unit: 3_600_000,
            unit_cap: self.random.between(1, 20_000) * large,
            min_price: if minimum { self.random.below(500_000_000) } else { 0 },
            bid_end: 0,
            offer_by,
            start_by,
            end_by,
            convert_by: if token { end_by + self.random.below(7 * 86_400) as i64 } else { 0 },
            silence_max: self.random.between(300, 20_000) as i64,
            hardware: 1,
            sla_bps: if registered && !self.random.one_in(4) {
                self.random.between(1, 10_000) as u16
            } else {
                0
            },
            rail,
            meter_kind: if registered { METER_REGISTERED } else { METER_SESSION },
            verifiable: u8::from(verifiable),
            open_acceptance: 0,
        }
    }

    /// About what a budget is worth; now and then dust.
    pub fn funding(&mut self, order: &Order) -> u64 {
        let worth = if order.rail == RAIL_STABLE {
            order.budget
        } else {
            let spot = self.world.price.spot.max(1).unsigned_abs();
            unsigned(n(order.budget) * 100_000_000_000 / n(spot)).min(200_000_000_000)
        };
        if self.random.one_in(8) {
            self.random.below(1_000)
        } else {
            self.random.between(worth / 2, worth * 2)
        }
    }

    pub fn open(&mut self) -> Vec<Step> {
        let (of, with, payer) = (self.party(), self.party(), self.payer());
        let order = self.order(&of.session);
        let amount = self.funding(&order);
        let nonce = unsigned(self.spec.consumers[&of.consumer].next_nonce);
        let provider = pda::provider(&with.provider);
        let dollars = order.rail == RAIL_STABLE;
        let open = Step::OpenJob { payer, by: of.consumer, provider, nonce, order, amount, dollars };
        let job = pda::job(&of.consumer, nonce);
        let mut all = vec![open.clone()];
        // Most offers are taken up at once: by a standing offer or the provider's own hand.
        let mut after = self.spec.clone();
        if after.apply(&open).is_ok() && !self.random.one_in(4) {
            let hash = after.jobs[&job].terms_hash;
            self.steady_price();
            if self.random.one_in(3) {
                let offer = self.offer();
                all.push(Step::SetStanding { by: with.provider, offer });
                all.push(Step::AcceptStanding { job, provider });
            } else {
                all.push(Step::AcceptOffer { by: with.provider, job, terms_hash: hash, max_bond: u64::MAX });
            }
            if self.random.one_in(2) {
                all.push(Step::StartJob { by: with.provider, job });
            }
        }
        all
    }

    pub fn accept(&mut self) -> Vec<Step> {
        let any = self.random.one_in(8);
        let spec = self.spec.clone();
        let fits = |job: &Job| job.state == Offered && spec.in_time(job);
        let Some((job, found)) = self.job_that(|job| any || fits(job)) else { return Vec::new() };
        self.steady_price();
        if self.random.one_in(3) {
            let provider = found.terms.provider;
            return vec![Step::AcceptStanding {
                job,
                provider: if provider == Address::default() { ID } else { provider },
            }];
        }
        let max_bond = if self.random.one_in(10) { 0 } else { u64::MAX };
        let by = self.authority(&found);
        vec![Step::AcceptOffer { by, job, terms_hash: found.terms_hash, max_bond }]
    }

    pub fn start(&mut self) -> Vec<Step> {
        let Some((job, found)) = self.job(&[Assigned]) else { return Vec::new() };
        let by = self.authority(&found);
        vec![Step::StartJob { by, job }]
    }

    /// A receipt that is mostly in order.
    pub fn receipt(&mut self, address: &Address, job: &Job) -> Signed {
        let order = &job.terms.order;
        let through = self.spec.now.min(job.last_moment());
        let seconds = (through - job.through).max(0);
        let most = (job.units + seconds * n(order.unit_cap)).min(N::from(u64::MAX));
        let units = match self.random.below(8) {
            0 => most + N::from(self.random.below(2)),
            1..=3 => job.units + N::from(self.random.next()) % (most - job.units + 1).max(1),
            4 => most * 9 / 10,
            _ => {
                // A slice of what the budget still pays for.
                let rest = (n(order.budget) - job.accepted) * n(order.unit) / n(order.rate);
                (job.units + N::from(self.random.next()) % (rest / 8 + 2)).min(most).max(job.units)
            }
        };
        let verifiable = (order.verifiable == 1) != self.random.one_in(60);
        let commitment = verifiable.then(|| {
            let any = self.random.one_in(12);
            let more = |trace: &Trace| any || trace.steps.len() as N > job.steps;
            let roots: Vec<_> =
                self.traces.iter().filter(|(_, trace)| more(trace)).map(|(root, _)| *root).collect();
            let root = self.random.pick(&roots).copied().unwrap_or_default();
            let steps = self.traces.get(&root).map_or(2, |trace| trace.steps.len() as u32);
            (root, if self.random.one_in(60) { 1 } else { steps })
        });
        let former = job.rotated_at != 0 && self.random.one_in(3);
        let mut signer = if former { job.previous_meter } else { job.meter };
        if self.random.one_in(40) || !self.keys.contains_key(&signer) {
            signer = self.wallet();
        }
        let through = if former { through.min(job.rotated_at) } else { through };
        let wrong = self.random.below(120);
        Signed {
            signer,
            receipt: Receipt {
                domain: if wrong == 0 { [1; 32] } else { self.spec.domain },
                job: if wrong == 1 { self.stranger } else { *address },
                opened_at: signed(job.opened_at) + i64::from(wrong == 2),
                units: unsigned(units),
                through: signed(through) + i64::from(self.random.one_in(30)),
                commitment,
            },
        }
    }

    pub fn settle(&mut self) -> Vec<Step> {
        if self.random.one_in(2) {
            self.work_takes_time();
        }
        let any = self.random.one_in(12);
        let fits =
            |job: &Job, now: N| job.is(&[Running, Closing]) && job.through < now.min(job.last_moment());
        let now = self.spec.now;
        let Some((job, found)) = self.job_that(|job| any || fits(job, now)) else { return Vec::new() };
        let words = self.receipt(&job, &found);
        let by = self.authority(&found);
        let other = self.random.one_in(50);
        let step = if (found.terms.order.rail == RAIL_TOKEN) != other {
            Step::Settle { by, job, words }
        } else {
            Step::SettleStable { by, job, words }
        };
        if !self.random.one_in(25) {
            return vec![step];
        }
        // The same receipt twice in one transaction: refused as a whole.
        self.play(vec![step.clone(), step]);
        Vec::new()
    }

    /// One signature over receipts of several jobs of a meter.
    pub fn batch(&mut self) -> Vec<Step> {
        if self.random.one_in(2) {
            self.work_takes_time();
        }
        let signer = self.random.pick(&self.meters).unwrap().0;
        let all = self.random.one_in(6);
        let jobs: Vec<_> = self
            .spec
            .jobs
            .iter()
            .filter(|(_, job)| {
                let alive = job.last_moment() >= self.spec.now && job.terms.order.verifiable == 0;
                all || (job.is(&[Running, Closing]) && job.meter == signer && alive)
            })
            .map(|(address, job)| (*address, job.clone()))
            .collect();
        let mut chosen: Vec<(Address, u64)> = Vec::new();
        for (address, job) in jobs {
            if chosen.len() < 4 && !self.random.one_in(4) {
                let units = self.receipt(&address, &job).receipt.units;
                chosen.push((address, units));
            }
        }
        if chosen.is_empty() && !self.random.one_in(10) {
            return Vec::new();
        }
        if self.random.one_in(10) {
            chosen.extend(chosen.first().copied());
        }
        // Somebody may close an ended job between the meter's signature and this.
        let mut gone = Vec::new();
        if let Some((job, opened_at)) = self.gone.last().copied().filter(|_| self.random.one_in(6)) {
            chosen.push((job, 7));
            if !self.random.one_in(6) {
                gone.push(opened_at);
            }
        }
        let (jobs, units): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
        let mut signed_units = units.clone();
        if self.random.one_in(20) {
            signed_units.reverse();
        }
        let through = self.soon(0, 0) + i64::from(self.random.one_in(30));
        vec![Step::AcceptBatch { signer, jobs, units, signed: signed_units, gone, through }]
    }

    pub fn convert(&mut self) -> Vec<Step> {
        self.steady_price();
        let due = |job: &Job| job.is(&WORKING) && job.accepted > job.settled && job.escrow > 0;
        let any = self.random.one_in(10);
        let Some((job, found)) = self.job_that(|job| any || due(job)) else { return Vec::new() };
        let stable = found.terms.order.rail == RAIL_STABLE;
        if stable != self.random.one_in(30) {
            return vec![Step::ConvertStable { job }];
        }
        vec![Step::Convert { by: self.stranger, job }]
    }

    pub fn close(&mut self) -> Vec<Step> {
        let Some((job, found)) = self.job(&[Running]) else { return Vec::new() };
        let by = if self.random.one_in(2) { found.terms.consumer } else { self.authority(&found) };
        vec![Step::CloseJob { by, job }]
    }

    pub fn cancel(&mut self) -> Vec<Step> {
        let Some((job, found)) = self.job(&[Offered, Open, Assigned]) else { return Vec::new() };
        vec![Step::CancelJob { by: found.terms.consumer, job }]
    }

    pub fn mark(&mut self) -> Vec<Step> {
        let now = self.spec.now;
        let late = |job: &Job| job.state == Assigned && now > n(job.terms.order.start_by);
        let waits = |job: &Job| job.is(&WORKING) && job.outstanding() > 0 && job.escrow > 0;
        let any = self.random.one_in(6);
        let Some((job, found)) = self.job_that(|job| any || late(job) || waits(job)) else {
            return Vec::new();
        };
        let by = match self.random.below(4) {
            0 => found.terms.consumer,
            1 => self.authority(&found),
            _ => self.stranger,
        };
        vec![Step::Mark { by, job }]
    }

    pub fn advance(&mut self) -> Vec<Step> {
        let now = self.spec.now;
        let any = self.random.one_in(4);
        // Mostly what time allows.
        let ripe = |job: &Job| match job.state {
            Offered | Open => now > n(job.terms.order.offer_by),
            Assigned => job.mark != 0 && now > job.marked_at + 600,
            Running => now > n(job.terms.order.end_by) || now > job.heard_at + n(job.terms.order.silence_max),
            Closing | Held => now > job.closing_at + 3_600,
            Settling => true,
            Closed | Cancelled | Failed => false,
        };
        let found = self.job_that(|job| any || ripe(job));
        found.map(|(job, _)| Step::AdvanceJob { job }).into_iter().collect()
    }

    pub fn withdraw(&mut self) -> Vec<Step> {
        let any = self.random.one_in(10);
        let Some((job, found)) = self.job_that(|job| any || !job.owes_nothing()) else { return Vec::new() };
        let due: Vec<_> = Party::ALL
            .into_iter()
            .filter(|party| any || found.dues[*party as usize] != Default::default())
            .collect();
        let party = *self.random.pick(&due).unwrap();
        let wallet = self.payee(&found, party);
        let from_vault = found.dues[party as usize].escrow > 0;
        let dollars = (found.terms.order.rail == RAIL_STABLE && from_vault) != self.random.one_in(12);
        let party = if self.random.one_in(60) { 9 } else { party as u8 };
        vec![Step::Withdraw { job, party, wallet, dollars }]
    }

    /// Whom a party's share goes to.
    pub fn payee(&mut self, job: &Job, party: Party) -> Address {
        match party {
            Party::Consumer => job.terms.consumer,
            Party::Provider => self.authority(job),
            Party::Reporter => job.reporter,
            Party::Buyback => pda::config(),
            Party::Treasury => self.spec.config.treasury,
        }
    }

    pub fn reclaim(&mut self) -> Vec<Step> {
        let any = self.random.one_in(10);
        let over = |job: &Job| job.is(&[Closed, Cancelled, Failed]) && job.owes_nothing();
        let Some((job, found)) = self.job_that(|job| any || over(job)) else { return Vec::new() };
        let dollars = found.terms.order.rail == RAIL_STABLE;
        vec![Step::ReclaimJob { job, rent_payer: found.rent_payer, dollars }]
    }

    pub fn rotate(&mut self) -> Vec<Step> {
        let session = self.random.one_in(8);
        let Some((job, found)) = self
            .job_that(|job| job.state == Running && (session || job.terms.order.meter_kind == METER_SESSION))
        else {
            return Vec::new();
        };
        // Back and forth between two keys of the consumer; now and then to somebody else's.
        let consumer = found.terms.consumer;
        let party = *self.parties.iter().find(|party| party.consumer == consumer).unwrap();
        let mut meter = if found.meter == party.session { consumer } else { party.session };
        if self.random.one_in(10) {
            meter = self.wallet();
        }
        vec![Step::RotateMeter { by: consumer, job, meter }]
    }

    pub fn top_up(&mut self) -> Vec<Step> {
        if self.random.one_in(2) {
            let Some((job, found)) = self.job(&[Assigned, Running]) else { return Vec::new() };
            let by = self.authority(&found);
            let asked = self.spec.bond_asked_now(&found).unwrap_or(0);
            let amount = unsigned((asked - found.bond).max(1)) + u64::from(self.random.one_in(8));
            return vec![Step::TopUpBond { by, job, amount }];
        }
        let Some((job, found)) = self.job(&[Offered, Open, Assigned, Running]) else { return Vec::new() };
        let amount = if self.random.one_in(4) { 0 } else { self.random.below(50_000_000) };
        let budget = if self.random.one_in(2) { 0 } else { self.random.below(10_000_000) };
        let dollars = found.terms.order.rail == RAIL_STABLE;
        vec![Step::TopUp { by: found.terms.consumer, job, amount, budget, dollars }]
    }
}
