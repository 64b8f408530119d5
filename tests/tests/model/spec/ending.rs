//! How jobs end: marks, what time allows, penalties, dues and their payment.

use super::arithmetic::{DAY, N, WHOLE, ceil, floor, share_down, share_up};
use super::entities::{Due, Job, Judged, Totals};
use super::jobs::NOBODY;
use super::step::n;
use super::work::{tokens_up, usd_down};
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use JobState::{Assigned, Cancelled, Closed, Closing, Failed, Held, Offered, Open, Running, Settling};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    JobState, MARK_HALT, MARK_NO_SHOW, MARK_NONE, Party, REASON_BY_CONSUMER, REASON_END, REASON_LAPSED,
    REASON_SILENCE,
};
use settlement_interface::terms::{METER_REGISTERED, RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, pda};

/// Fewest recent penalties at which much of the network fails at once.
const MANY: N = 5;

/// What a penalty takes is divided: consumer, reporter, burned.
pub fn divide(slashed: N, job: &Job, reporter: bool) -> (N, N, N) {
    let parameters = &job.terms.parameters;
    let harmed = share_down(slashed, parameters.harmed_bps);
    let reported = if reporter { share_down(slashed, parameters.reporter_bps) } else { 0 };
    (harmed, reported, slashed - harmed - reported)
}

impl Spec {
    /// Whether something marked has had its grace, in seconds and in slots.
    pub fn graced(&self, job: &Job, marked_at: N, marked_slot: N) -> bool {
        let grace = n(job.terms.parameters.grace);
        self.now >= marked_at + grace && self.slot >= marked_slot + grace
    }

    fn release_bond(&mut self, job: &mut Job) {
        let provider = self.providers.get_mut(&job.terms.provider).unwrap();
        provider.locked -= job.bond;
        provider.jobs_open -= 1;
        self.totals.locked -= job.bond;
        job.bond = 0;
    }

    /// Takes from the job's bond and the provider's stake.
    pub fn slash(&mut self, job: &mut Job, amount: N) {
        let provider = self.providers.get_mut(&job.terms.provider).unwrap();
        job.bond -= amount;
        job.slashed += amount;
        provider.locked -= amount;
        provider.stake -= amount;
        provider.slashed += amount;
        self.totals.locked -= amount;
    }

    /// Counts failed work: of one job at most the budget that was accepted.
    pub fn blame(&mut self, job: &mut Job, usd: N) {
        let blame = usd.min(job.accepted_budget - job.blamed);
        job.blamed += blame;
        self.decay(&job.terms.provider);
        self.providers.get_mut(&job.terms.provider).unwrap().bad += blame;
    }

    /// What penalties burned, and how many: since a day or two, in two spans of a day.
    fn recent(&self) -> Totals {
        let mut totals = self.totals.clone();
        let age = self.now - totals.counted_from;
        if age >= DAY {
            let recent = age < 2 * DAY;
            totals.burned_before = if recent { totals.burned } else { 0 };
            totals.penalties_before = if recent { totals.penalties } else { 0 };
            totals.counted_from = if recent { totals.counted_from + DAY } else { self.now };
            (totals.burned, totals.penalties) = (0, 0);
        }
        totals
    }

    /// Counts a penalty by what it burned, which is burned.
    pub fn penalty_burns(&mut self, amount: N) -> Verdict {
        if amount > 0 {
            self.totals = self.recent();
            self.totals.burned += amount;
            self.totals.penalties += 1;
        }
        self.burn(&pda::stake_vault(), amount)
    }

    fn end(&mut self, job: &mut Job, state: JobState) {
        job.dues[Party::Consumer as usize].escrow += job.escrow;
        job.escrow = 0;
        job.state = state;
        job.ended_at = self.now;
        job.mark = MARK_NONE;
    }

    pub fn cancel_job(&mut self, by: Address, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        all(&[
            (by == job.terms.consumer, E::WrongParty),
            (job.is(&[Offered, Open, Assigned]), E::WrongState),
        ])?;
        if job.state == Assigned {
            let depleted = self.bond_asked_now(&job).is_some_and(|asked| job.bond * 2 < asked);
            if self.now <= n(job.terms.order.start_by) && !depleted {
                let fee = share_down(job.escrow, job.terms.parameters.cancel_bps);
                job.escrow -= fee;
                job.dues[Party::Provider as usize].escrow += fee;
            }
            self.release_bond(&mut job);
        }
        self.end(&mut job, Cancelled);
        job.reason = REASON_BY_CONSUMER;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn mark(&mut self, by: Address, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        let authority = self.providers.get(&job.terms.provider).ok_or(ELSEWHERE)?.authority;
        all(&[(job.is(&[Assigned, Running, Closing, Held, Settling]), E::WrongState)])?;
        if job.state == Assigned {
            all(&[
                (job.mark == MARK_NONE, E::AlreadyMarked),
                (self.now > n(job.terms.order.start_by), E::NothingToMark),
            ])?;
            let party = by == job.terms.consumer || by == authority;
            job.reporter = if party { NOBODY } else { by };
            job.mark = MARK_NO_SHOW;
        } else {
            all(&[(job.terms.order.rail == RAIL_TOKEN, E::NothingToMark)])?;
            let limits = job.terms.parameters;
            let qualifies = self.quote(&limits).is_some();
            let halted = job.mark == MARK_HALT;
            let refuted = halted && self.refuted(&limits, job.marked_at);
            let waits = job.outstanding() > 0 && job.escrow > 0;
            all(&[
                (!halted || qualifies || refuted, E::AlreadyMarked),
                (halted || !qualifies, E::NothingToMark),
                (qualifies || waits, E::NothingToMark),
            ])?;
            job.mark = if qualifies { MARK_NONE } else { MARK_HALT };
        }
        (job.marked_at, job.marked_slot) = (self.now, self.slot);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn advance_job(&mut self, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        let order = job.terms.order;
        let due = |holds: bool| all(&[(holds, E::NothingDue)]);
        match job.state {
            Offered | Open => {
                due(!self.in_time(&job))?;
                self.end(&mut job, Cancelled);
                job.reason = REASON_LAPSED;
            }
            Assigned => self.fail(&mut job)?,
            Running => {
                let ended = self.now > n(order.end_by);
                due(ended || self.now > job.heard_at + n(order.silence_max))?;
                job.state = Closing;
                (job.closing_at, job.closing_slot) = (self.now, self.slot);
                job.reason = if ended { REASON_END } else { REASON_SILENCE };
            }
            Closing => {
                due(self.receipts_over(&job))?;
                if order.meter_kind == METER_REGISTERED || order.verifiable == 1 {
                    job.state = Held;
                    if Self::missed_service(&job).missed > 0 {
                        (job.service_at, job.service_slot) = (self.now, self.slot);
                    }
                } else {
                    job.state = Settling;
                }
            }
            Held => {
                self.mature(&mut job);
                let quiet = job.open_cases == 0 && job.open_disputes == 0;
                let empty = job.old.usd == 0 && job.young.usd == 0;
                due(quiet && empty && (order.meter_kind != METER_REGISTERED || self.past_reporting(&job)))?;
                if job.service_at != 0 {
                    due(self.graced(&job, job.service_at, job.service_slot) && self.now >= job.waits_until)?;
                    let credit = Self::service_credit(&job);
                    if credit > 0 && (job.slashed + credit) * 100 >= job.at_risk() && self.waits(&mut job) {
                        self.jobs.insert(address, job);
                        return Ok(());
                    }
                    self.credit_service(&mut job)?;
                }
                job.state = Settling;
            }
            Settling => self.close(&mut job)?,
            Closed | Cancelled | Failed => due(false)?,
        }
        self.jobs.insert(address, job);
        Ok(())
    }

    /// Lets a penalty wait, once for each job, if much of the network fails at once; says whether it does.
    pub fn waits(&mut self, job: &mut Job) -> bool {
        let (recent, parameters) = (self.recent(), &job.terms.parameters);
        let (burned, count) =
            (recent.burned + recent.burned_before, recent.penalties + recent.penalties_before);
        // What would burn if all locked bond were taken.
        let burns = WHOLE - n(parameters.harmed_bps) - n(parameters.reporter_bps);
        let mass = count >= MANY && burned * WHOLE * WHOLE > recent.locked * n(parameters.mass_bps) * burns;
        if job.waited == 1 || !mass {
            return false;
        }
        job.waited = 1;
        job.waits_until = self.now + DAY;
        true
    }

    fn fail(&mut self, job: &mut Job) -> Verdict {
        let ripe = job.mark == MARK_NO_SHOW
            && self.graced(job, job.marked_at, job.marked_slot)
            && self.now >= job.waits_until;
        all(&[(ripe, E::NothingDue)])?;
        if self.waits(job) {
            return Ok(());
        }
        let slashed = share_up(job.bond, job.terms.parameters.no_show_bps);
        let (harmed, reported, burned) = divide(slashed, job, job.reporter != NOBODY);
        self.slash(job, slashed);
        self.release_bond(job);
        job.dues[Party::Consumer as usize].stake += harmed;
        job.dues[Party::Reporter as usize].stake += reported;
        self.blame(job, job.accepted_budget);
        self.providers.get_mut(&job.terms.provider).unwrap().jobs_failed += 1;
        self.end(job, Failed);
        self.penalty_burns(burned)
    }

    /// What the meter's last words show to be missed.
    fn missed_service(job: &Job) -> Judged {
        let missed = (job.promised(job.started_at, job.through) - job.units).max(0);
        Judged { from: job.started_at, to: job.through, missed }
    }

    /// What the units among them cost that were not judged before.
    fn service_credit(job: &Job) -> N {
        let missed = job.unjudged(&Self::missed_service(job), 0);
        let promised = job.promised_at_all();
        let most = share_up(job.at_risk(), job.terms.parameters.sla_penalty_bps);
        if missed == 0 { 0 } else { ceil(most * missed.min(promised), promised).min(job.bond) }
    }

    fn credit_service(&mut self, job: &mut Job) -> Verdict {
        (job.service_at, job.service_slot) = (0, 0);
        let slashed = Self::service_credit(job);
        let missed = job.unjudged(&Self::missed_service(job), 0);
        if missed == 0 {
            return Ok(());
        }
        job.judged_units += missed;
        let promised = job.promised_at_all();
        let (harmed, _, burned) = divide(slashed, job, false);
        self.slash(job, slashed);
        job.dues[Party::Consumer as usize].stake += harmed;
        self.blame(job, floor(job.accepted_budget * missed, promised));
        self.penalty_burns(burned)
    }

    /// Whether the time to report outages is over.
    pub fn past_reporting(&self, job: &Job) -> bool {
        let closing = (job.closing_at, job.closing_slot);
        job.closing_at != 0 && self.outlasted(closing, n(job.terms.parameters.case_window))
    }

    fn close(&mut self, job: &mut Job) -> Verdict {
        if job.terms.order.rail == RAIL_STABLE {
            job.settle_dollars();
        }
        if job.outstanding() > 0 && job.escrow > 0 {
            let parameters = job.terms.parameters;
            let halted = job.mark == MARK_HALT
                && self.now >= job.marked_at + n(parameters.halt_max)
                && self.slot >= job.marked_slot + n(parameters.grace)
                && !self.refuted(&parameters, job.marked_at);
            all(&[(halted && self.quote(&parameters).is_none(), E::NothingDue)])?;
            let (spot, scale) = (self.price.spot, self.last_scale().unwrap());
            if spot == 0 {
                return Err(Refused(vec![E::Arithmetic, E::NoPrice]));
            }
            let tokens = tokens_up(job.outstanding(), spot, scale).min(job.escrow);
            let burned = share_up(tokens, parameters.take_bps);
            job.settled += usd_down(tokens, spot, scale).min(job.outstanding());
            job.escrow -= tokens;
            job.burned += burned;
            job.take += burned;
            job.dues[Party::Provider as usize].escrow += tokens - burned;
            self.burn(&job.vault.clone(), burned)?;
        }
        let recorded = job.settled - job.recorded;
        job.recorded = job.settled;
        let at = job.terms.provider;
        self.decay(&at);
        let provider = self.providers.get_mut(&at).unwrap();
        provider.settled += recorded;
        provider.good += recorded;
        self.release_bond(job);
        self.end(job, Closed);
        Ok(())
    }

    pub fn withdraw(&mut self, address: Address, party: u8, wallet: Address, dollars: bool) -> Verdict {
        let mut job = self.job(&address)?;
        let unknown = Refused(vec![E::UnknownParty]);
        let party = Party::from_code(party).ok_or(unknown)?;
        let owner = match party {
            Party::Consumer => job.terms.consumer,
            Party::Provider => {
                self.providers.get(&job.terms.provider).map_or(NOBODY, |provider| provider.authority)
            }
            Party::Reporter => job.reporter,
            Party::Buyback => pda::config(),
            Party::Treasury => self.config.treasury,
        };
        let booked = job.dues[party as usize];
        all(&[(booked != Due::default(), E::NothingOwed)])?;
        let to = match (dollars, party) {
            (false, _) => self.associated(&wallet),
            (true, Party::Buyback) => pda::buyback_vault(),
            (true, _) => self.dollars(&wallet),
        };
        let Some(account) = self.tokens.get(&to) else {
            return Err(Refused(vec![E::NotAssociated, E::NothingOwed]));
        };
        let rail = job.terms.mint == account.mint;
        let escrow = if rail { booked.escrow } else { 0 };
        let stake = if account.mint == self.mint { booked.stake } else { 0 };
        let named = match party {
            Party::Buyback => dollars,
            _ => wallet == owner,
        };
        let one = account.mint == job.terms.mint || account.mint == self.mint;
        all(&[(escrow + stake > 0, E::NothingOwed), (named && one, E::NotAssociated)])?;
        self.payable(&to, &owner)?;
        if escrow > 0 {
            self.transfer(&job.vault.clone(), &to, escrow)?;
        }
        if stake > 0 {
            self.transfer(&pda::stake_vault(), &to, stake)?;
        }
        job.dues[party as usize].escrow -= escrow;
        job.dues[party as usize].stake -= stake;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn reclaim_job(&mut self, address: Address, rent_payer: Address, dollars: bool) -> Verdict {
        let job = self.job(&address)?;
        let stable = job.terms.order.rail == RAIL_STABLE;
        let same_program = self.stable_program == pda::TOKEN_PROGRAM || stable == dollars;
        all(&[
            (job.is(&[Closed, Cancelled, Failed]), E::WrongState),
            (job.owes_nothing(), E::DuesRemain),
            (rent_payer == job.rent_payer, E::WrongRentPayer),
            (same_program, E::WrongTokenProgram),
        ])?;
        let stray = self.tokens[&job.vault].amount;
        if stray > 0 {
            all(&[(stable == dollars, E::NotAssociated)])?;
            let owner = job.terms.consumer;
            let to = if stable { self.dollars(&owner) } else { self.associated(&owner) };
            self.payable(&to, &owner)?;
            self.transfer(&job.vault, &to, stray)?;
        }
        self.tokens.remove(&job.vault);
        self.refund_rent(&job.vault, &rent_payer);
        self.refund_rent(&address, &rent_payer);
        self.jobs.remove(&address);
        Ok(())
    }
}
