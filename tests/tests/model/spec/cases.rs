//! Outage cases: a registered meter's words, answered by better ones or upheld.

use super::arithmetic::{N, floor, share_down, share_up};
use super::ending::divide;
use super::entities::{Case, Job};
use super::step::{Signed, Words, n};
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, JobState, Layout, Party};
use settlement_interface::{Address, pda};

impl Spec {
    /// Units that a receipt, which need not be newer than the last, says were counted by when.
    fn words(&self, address: &Address, job: &Job, words: &Signed) -> Result<(N, N), Refused> {
        let receipt = &words.receipt;
        all(&[(
            words.signer == job.terms.order.meter
                && receipt.domain == self.domain
                && receipt.job == *address
                && n(receipt.opened_at) == job.opened_at
                && receipt.commitment.is_some() == (job.terms.order.verifiable == 1),
            E::EvidenceForm,
        )])?;
        Ok((n(receipt.units), n(receipt.through)))
    }

    /// From when until when, and units between.
    fn between(
        &self,
        address: &Address,
        job: &Job,
        first: &Option<Signed>,
        second: &Signed,
    ) -> Result<(N, N, N), Refused> {
        let (before, from) = match first {
            Some(first) => self.words(address, job, first)?,
            None => (0, job.started_at),
        };
        let (after, to) = self.words(address, job, second)?;
        all(&[(after >= before && from < to, E::EvidenceForm)])?;
        Ok((from, to, after - before))
    }

    pub fn open_case(
        &mut self,
        payer: Address,
        by: Address,
        address: Address,
        index: u64,
        words: Words,
        max_bond: N,
    ) -> Verdict {
        let mut job = self.job(&address)?;
        let authority = self.providers.get(&job.terms.provider).ok_or(ELSEWHERE)?.authority;
        let at = pda::case(&address, index);
        let meter_at = pda::meter(&job.terms.order.meter);
        let Some(meter) = self.meters.get(&meter_at).cloned() else { return Err(ELSEWHERE) };
        if self.cases.contains_key(&at) {
            return Err(ELSEWHERE);
        }
        let parameters = job.terms.parameters;
        let window = job.closing_at + n(parameters.case_window);
        let penalty = share_up(job.bond, parameters.outage_bps);
        all(&[
            (by != authority && by != job.terms.order.meter && by != job.meter_authority, E::ReporterIsParty),
            (n(index) == job.cases, E::CaseIndex),
            (job.is(&[JobState::Running, JobState::Closing, JobState::Held]), E::WrongState),
            (job.closing_at == 0 || self.now <= window, E::CaseTooLate),
            (job.outage == 0, E::CaseRunning),
            (job.terms.order.sla_bps > 0 && penalty > 0, E::NoOutages),
        ])?;
        let (from, to, units) = match words {
            Words::Receipts(first, second) => self.between(&address, &job, &first, &second)?,
            Words::Absence(signer, from, to) => {
                all(&[(signer == job.terms.order.meter, E::EvidenceForm)])?;
                (n(from), n(to), 0)
            }
        };
        let earliest = job.started_at.max(job.penalised_through);
        let latest = self.now.min(job.last_moment());
        all(&[
            (from >= earliest && to <= latest, E::GapOutside),
            (to - from >= n(parameters.grace), E::GapTooShort),
            (!job.kept(units, from, to), E::NoGap),
        ])?;
        let bond = share_up(penalty, parameters.report_bond_bps).max(1);
        // What the meter's words cost it if they are overturned.
        let pledged = penalty.min(n(parameters.meter_bond));
        all(&[(bond <= max_bond, E::BondTooHigh), (meter.vouched.bonded() >= pledged, E::MeterUnbonded)])?;
        self.meters.get_mut(&meter_at).unwrap().vouched.locked += pledged;
        self.create(&payer, at, accounts::Case::LEN)?;
        self.spend(&by, &self.associated(&by), &pda::stake_vault(), bond)?;
        let case = Case {
            job: address,
            reporter: by,
            rent_payer: payer,
            index: n(index),
            opened_at: self.now,
            from,
            to,
            units,
            missed: (job.promised(from, to) - units).max(0),
            penalty,
            bond,
            due: 0,
            pledged,
            marked_at: 0,
            marked_slot: 0,
            upheld: false,
        };
        self.cases.insert(at, case);
        job.cases += 1;
        job.open_cases += 1;
        job.outage = 1;
        self.totals.at_stake += penalty;
        self.totals.unanswered += 1;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn answer_case(
        &mut self,
        address: Address,
        index: u64,
        meter: Address,
        rent_payer: Address,
        first: Option<Signed>,
        second: Signed,
    ) -> Verdict {
        let mut job = self.job(&address)?;
        let at = pda::case(&address, index);
        let case = self.cases.get(&at).ok_or(ELSEWHERE)?.clone();
        let meter_at = pda::meter(&meter);
        if !self.meters.contains_key(&meter_at) {
            return Err(ELSEWHERE);
        }
        all(&[
            (meter == job.terms.order.meter, E::WrongMeter),
            (rent_payer == case.rent_payer, E::WrongRentPayer),
            (!case.upheld, E::CaseState),
        ])?;
        let (from, to, units) = self.between(&address, &job, &first, &second)?;
        let better = case.from <= from && to <= case.to && job.kept(units, case.from, case.to);
        all(&[(better, E::NotBetter)])?;
        job.dues[Party::Provider as usize].stake += case.bond;
        job.open_cases -= 1;
        job.outage = 0;
        self.totals.at_stake -= case.penalty;
        self.totals.unanswered -= 1;
        let harmed_bps = job.terms.parameters.harmed_bps;
        let meter = self.meters.get_mut(&meter_at).unwrap();
        meter.overturned += 1;
        let slashed = case.pledged.min(meter.vouched.bonded());
        meter.vouched.locked -= case.pledged;
        meter.vouched.stake -= slashed;
        let harmed = share_down(slashed, harmed_bps);
        job.dues[Party::Provider as usize].stake += harmed;
        self.jobs.insert(address, job);
        self.cases.remove(&at);
        self.refund_rent(&at, &rent_payer);
        self.burn(&pda::stake_vault(), slashed - harmed)
    }

    pub fn resolve_case(&mut self, address: Address, index: u64, meter: Address) -> Verdict {
        let mut job = self.job(&address)?;
        let at = pda::case(&address, index);
        let mut case = self.cases.get(&at).ok_or(ELSEWHERE)?.clone();
        let meter_at = pda::meter(&meter);
        if !self.meters.contains_key(&meter_at) {
            return Err(ELSEWHERE);
        }
        all(&[(meter == job.terms.order.meter, E::WrongMeter), (!case.upheld, E::CaseState)])?;
        if case.marked_at == 0 {
            let until = case.opened_at + n(job.terms.parameters.case_window);
            all(&[(self.now > until, E::CaseUnripe)])?;
            (case.marked_at, case.marked_slot) = (self.now, self.slot);
            self.cases.insert(at, case);
            return Ok(());
        }
        let ripe = self.graced(&job, case.marked_at, case.marked_slot) && self.now >= job.waits_until;
        all(&[(ripe, E::CaseUnripe)])?;
        if self.waits(&mut job) {
            self.jobs.insert(address, job);
            return Ok(());
        }
        let slashed = case.penalty.min(job.bond);
        let (harmed, reported, burned) = divide(slashed, &job, case.reporter != job.terms.consumer);
        self.slash(&mut job, slashed);
        job.dues[Party::Consumer as usize].stake += harmed;
        let whole = job.promised(job.started_at, n(job.terms.order.end_by));
        let share = if whole == 0 { 0 } else { floor(job.accepted_budget * case.missed.min(whole), whole) };
        self.blame(&job.terms.provider.clone(), share);
        job.penalised_units += case.missed;
        job.penalised_through = job.penalised_through.max(case.to);
        job.open_cases -= 1;
        job.outage = 0;
        self.totals.at_stake -= case.penalty;
        self.totals.unanswered -= 1;
        let meter = self.meters.get_mut(&meter_at).unwrap();
        meter.upheld += 1;
        meter.vouched.locked -= case.pledged;
        case.pledged = 0;
        case.due = case.bond + reported;
        case.bond = 0;
        case.upheld = true;
        self.cases.insert(at, case);
        self.jobs.insert(address, job);
        self.burn(&pda::stake_vault(), burned)
    }

    pub fn withdraw_case(
        &mut self,
        address: Address,
        index: u64,
        reporter: Address,
        rent_payer: Address,
    ) -> Verdict {
        let at = pda::case(&address, index);
        let case = self.cases.get(&at).ok_or(ELSEWHERE)?.clone();
        all(&[
            (case.upheld, E::CaseState),
            (rent_payer == case.rent_payer, E::WrongRentPayer),
            (reporter == case.reporter, E::NotAssociated),
        ])?;
        self.pay_stake(&reporter, case.due)?;
        self.cases.remove(&at);
        self.refund_rent(&at, &rent_payer);
        Ok(())
    }
}
