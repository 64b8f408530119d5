//! Jobs from the offer to their closing: opening, accepting, starting, changing hands of keys.

use super::arithmetic::{DAY, N, ceil, fits, floor, share_up};
use super::entities::{Bucket, Due, Job};
use super::oracle::Quote;
use super::step::n;
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, JobState, Layout, REASON_BY_CONSUMER, REASON_BY_PROVIDER};
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, Order, RAIL_STABLE, RAIL_TOKEN, Terms};
use settlement_interface::{Address, pda};

pub const NOBODY: Address = Address::new_from_array([0; 32]);

impl Spec {
    /// Refuses an order that contradicts itself.
    fn order_is_sound(&self, order: &Order) -> Verdict {
        let now = self.now;
        let [bid_end, offer_by, start_by, end_by] =
            [order.bid_end, order.offer_by, order.start_by, order.end_by].map(N::from);
        let parameters = &self.config.parameters;
        let countable = fits(n(order.unit_cap) * (end_by - now).max(0));
        let auction = order.bid_end != 0;
        all(&[
            (
                [RAIL_TOKEN, RAIL_STABLE].contains(&order.rail)
                    && [METER_SESSION, METER_REGISTERED].contains(&order.meter_kind)
                    && order.verifiable <= 1
                    && (order.verifiable == 1) == (order.panel != [0; 32]),
                E::UnsupportedTerms,
            ),
            (order.rail != RAIL_STABLE || (order.min_price == 0 && order.convert_by == 0), E::StableTerms),
            (order.budget > 0 && order.rate > 0 && order.unit > 0 && order.unit_cap > 0, E::BadRate),
            (
                now < offer_by && offer_by <= start_by && start_by < end_by && end_by <= now + 365 * DAY,
                E::Deadlines,
            ),
            (
                order.sla_bps == 0
                    || (order.meter_kind == METER_REGISTERED && order.sla_bps <= 10_000 && countable),
                E::ServiceLevel,
            ),
            (n(order.convert_by) <= end_by + 7 * DAY, E::ConvertBy),
            ((300..=604_800).contains(&order.silence_max), E::SilenceMax),
            (order.open_acceptance == 0 || (order.open_acceptance == 1 && auction), E::UnsupportedTerms),
            (
                !auction
                    || (now < bid_end
                        && bid_end < offer_by
                        && offer_by <= bid_end + n(parameters.accept_window)
                        && bid_end + n(parameters.min_lead) <= start_by),
                E::AuctionTimes,
            ),
        ])
    }

    #[allow(clippy::too_many_arguments, reason = "each is an argument of the instruction")]
    pub fn open_job(
        &mut self,
        payer: Address,
        by: Address,
        provider: Address,
        nonce: u64,
        order: Order,
        amount: N,
        dollars: bool,
    ) -> Verdict {
        let consumer = self.consumers.get(&by).ok_or(ELSEWHERE)?.clone();
        let job = pda::job(&by, nonce);
        if provider != NOBODY && !self.providers.contains_key(&provider) {
            return Err(ELSEWHERE);
        }
        let stable = order.rail == RAIL_STABLE;
        if self.jobs.contains_key(&job) {
            return Err(ELSEWHERE);
        }
        all(&[
            (!self.paused(), E::Paused),
            (n(nonce) == consumer.next_nonce, E::WrongNonce),
            (amount > 0, E::ZeroEscrow),
            (stable == dollars, E::WrongMint),
            (!stable || self.config.stable, E::NoStableRail),
        ])
        .and_then(|()| self.order_is_sound(&order))?;
        let meter_authority = if order.meter_kind == METER_REGISTERED {
            let meter = self.meters.get(&pda::meter(&order.meter));
            let meter = meter.ok_or(Refused(vec![E::WrongMeter]))?;
            all(&[
                (meter.vouched.bonded() >= n(self.config.parameters.meter_bond), E::MeterUnbonded),
                (by != meter.key && by != meter.authority, E::MeterIsParty),
            ])?;
            meter.authority
        } else {
            NOBODY
        };
        let authority = self.providers.get(&provider).map_or(NOBODY, |provider| provider.authority);
        all(&[
            ((order.bid_end == 0) == (provider != NOBODY), E::WrongProvider),
            (
                provider == NOBODY || (authority != order.meter && authority != meter_authority),
                E::MeterIsParty,
            ),
        ])?;
        let mint = if stable { self.stable_mint } else { self.mint };
        let source = if stable { self.dollars(&by) } else { self.associated(&by) };
        self.create(&payer, job, accounts::Job::LEN)?;
        let vault = pda::vault(&job);
        self.open_vault(&payer, vault, job, mint)?;
        self.spend(&by, &source, &vault, amount)?;
        self.consumers.get_mut(&by).unwrap().next_nonce += 1;
        let terms = Terms { consumer: by, provider, mint, order, parameters: self.config.parameters };
        let opened = Job {
            terms_hash: terms.hash(&job, i64::try_from(self.now).unwrap()),
            terms,
            vault,
            rent_payer: payer,
            meter: order.meter,
            previous_meter: NOBODY,
            meter_authority,
            reporter: NOBODY,
            nonce: n(nonce),
            opened_at: self.now,
            best_bid: NOBODY,
            best_rate: 0,
            accepted_at: 0,
            started_at: 0,
            rotated_at: 0,
            rotated_slot: 0,
            closing_at: 0,
            closing_slot: 0,
            ended_at: 0,
            heard_at: 0,
            marked_at: 0,
            marked_slot: 0,
            waits_until: 0,
            service_at: 0,
            service_slot: 0,
            judged: Vec::new(),
            judged_units: 0,
            judged_until: 0,
            funded: amount,
            escrow: amount,
            bond: 0,
            slashed: 0,
            bonded_escrow: 0,
            accepted_budget: 0,
            blamed: 0,
            units: 0,
            through: 0,
            receipts: 0,
            accepted: 0,
            old: Bucket::default(),
            young: Bucket::default(),
            settled: 0,
            recorded: 0,
            burned: 0,
            take: 0,
            treasury_take: 0,
            earned: 0,
            dues: [Due::default(); 5],
            cases: 0,
            open_cases: 0,
            disputes: 0,
            open_disputes: 0,
            disputed: 0,
            steps: 0,
            bids: 0,
            state: if order.bid_end > 0 { JobState::Open } else { JobState::Offered },
            mark: 0,
            reason: 0,
            waited: 0,
        };
        self.jobs.insert(job, opened);
        Ok(())
    }

    pub fn job(&self, job: &Address) -> Result<Job, Refused> {
        self.jobs.get(job).cloned().ok_or(ELSEWHERE)
    }

    pub fn top_up(
        &mut self,
        by: Address,
        address: Address,
        amount: N,
        budget: u64,
        dollars: bool,
    ) -> Verdict {
        use JobState::{Assigned, Offered, Open, Running};
        let mut job = self.job(&address)?;
        let stable = job.terms.order.rail == RAIL_STABLE;
        all(&[
            (by == job.terms.consumer, E::WrongParty),
            (stable == dollars, E::WrongMint),
            (job.is(&[Offered, Open, Assigned, Running]), E::WrongState),
            (budget == 0 || job.state != Open, E::BudgetFixed),
            (amount > 0 || budget > 0, E::ZeroAmount),
        ])?;
        let source = if stable { self.dollars(&by) } else { self.associated(&by) };
        if amount > 0 {
            self.spend(&by, &source, &job.vault, amount)?;
        }
        job.funded += amount;
        job.escrow += amount;
        let raised = job.terms.order.budget.checked_add(budget).ok_or(Refused(vec![E::Arithmetic]))?;
        job.terms.order.budget = raised;
        if job.state == Offered {
            job.terms_hash = job.terms.hash(&address, i64::try_from(job.opened_at).unwrap());
        }
        self.jobs.insert(address, job);
        Ok(())
    }

    /// The bond that a job's terms ask for an escrow at a price.
    pub fn bond_asked(job: &Job, escrow: N, price: N, scale: N) -> N {
        let bps = job.terms.parameters.bond_bps;
        if job.terms.order.rail == RAIL_TOKEN {
            share_up(escrow, bps)
        } else {
            ceil(escrow * N::from(bps) * scale, 10_000 * price)
        }
    }

    /// The same of an accepted job at the price on record.
    pub fn bond_asked_now(&self, job: &Job) -> Option<N> {
        if job.terms.order.rail == RAIL_TOKEN {
            return Some(Self::bond_asked(job, job.bonded_escrow, 0, 0));
        }
        let scale = self.last_scale()?;
        (self.price.spot > 0).then(|| Self::bond_asked(job, job.bonded_escrow, self.price.spot, scale))
    }

    pub fn in_time(&self, job: &Job) -> bool {
        let order = &job.terms.order;
        self.now <= n(order.offer_by) && self.now + n(job.terms.parameters.min_lead) <= n(order.start_by)
    }

    /// Locks a bond of free stake.
    pub fn lock(&mut self, provider: &Address, bond: N) -> Verdict {
        let provider = self.providers.get_mut(provider).unwrap();
        let free = provider.stake - provider.locked - provider.unbonding;
        all(&[(bond <= free, E::InsufficientStake)])?;
        provider.locked += bond;
        Ok(())
    }

    /// What every acceptance ends with; the bond is locked.
    pub fn assign(&mut self, address: Address, mut job: Job, bond: N, escrow: N, quote: &Quote) -> Verdict {
        let provider = self.providers.get_mut(&job.terms.provider).unwrap();
        all(&[(
            provider.authority != job.terms.order.meter && provider.authority != job.meter_authority,
            E::MeterIsParty,
        )])?;
        provider.jobs_accepted += 1;
        provider.jobs_open += 1;
        (job.bond, job.bonded_escrow) = (bond, escrow);
        self.totals.locked += bond;
        job.accepted_at = self.now;
        job.accepted_budget = n(job.terms.order.budget);
        job.state = JobState::Assigned;
        self.record(quote);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn accept_offer(
        &mut self,
        by: Address,
        address: Address,
        terms_hash: [u8; 32],
        max_bond: N,
    ) -> Verdict {
        let provider = self.provider_of(&by)?;
        let job = self.job(&address)?;
        let quote = self.quote(&job.terms.parameters);
        all(&[
            (!self.paused(), E::Paused),
            (provider == job.terms.provider, E::WrongProvider),
            (job.state == JobState::Offered, E::WrongState),
            (terms_hash == job.terms_hash, E::TermsChanged),
            (self.in_time(&job), E::OfferExpired),
            (quote.is_some(), E::NoPrice),
        ])?;
        let quote = quote.unwrap();
        let bond = Self::bond_asked(&job, job.escrow, quote.burn, quote.scale);
        all(&[(bond <= max_bond, E::BondTooHigh)])?;
        self.lock(&provider, bond)?;
        let escrow = job.escrow;
        self.assign(address, job, bond, escrow, &quote)
    }

    pub fn start_job(&mut self, by: Address, address: Address) -> Verdict {
        let provider = self.provider_of(&by)?;
        let mut job = self.job(&address)?;
        all(&[
            (provider == job.terms.provider, E::WrongProvider),
            (job.state == JobState::Assigned, E::WrongState),
        ])?;
        job.state = JobState::Running;
        (job.started_at, job.through, job.heard_at) = (self.now, self.now, self.now);
        (job.mark, job.marked_at, job.marked_slot, job.reporter) = (0, 0, 0, NOBODY);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn rotate_meter(&mut self, by: Address, address: Address, meter: Address) -> Verdict {
        let mut job = self.job(&address)?;
        // The builder names the job's provider; without one it names nothing that exists.
        let authority = self.providers.get(&job.terms.provider).ok_or(ELSEWHERE)?.authority;
        let rotated = (job.rotated_at, job.rotated_slot);
        let settled = self.outlasted(rotated, n(job.terms.parameters.receipt_grace));
        all(&[
            (by == job.terms.consumer, E::WrongParty),
            (job.state == JobState::Running, E::WrongState),
            (job.terms.order.meter_kind == METER_SESSION, E::UnsupportedTerms),
            (meter != job.meter, E::SameMeter),
            (meter != authority, E::MeterIsParty),
            (job.rotated_at == 0 || settled, E::RotatedRecently),
        ])?;
        job.previous_meter = job.meter;
        job.meter = meter;
        (job.rotated_at, job.rotated_slot) = (self.now, self.slot);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn close_job(&mut self, by: Address, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        let authority = self.providers.get(&job.terms.provider).ok_or(ELSEWHERE)?.authority;
        all(&[
            (by == job.terms.consumer || by == authority, E::WrongParty),
            (job.state == JobState::Running, E::WrongState),
        ])?;
        job.state = JobState::Closing;
        (job.closing_at, job.closing_slot) = (self.now, self.slot);
        job.reason = if by == job.terms.consumer { REASON_BY_CONSUMER } else { REASON_BY_PROVIDER };
        self.jobs.insert(address, job);
        Ok(())
    }

    /// Micro-dollars charged for so many units.
    pub fn charge(order: &Order, units: N) -> N {
        floor(units * n(order.rate), n(order.unit)).min(n(order.budget))
    }
}
