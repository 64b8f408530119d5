//! Outage cases: a registered meter's words, answered by better ones or upheld.

use super::arithmetic::{N, ceil, floor, share_up};
use super::ending::divide;
use super::entities::{Case, Job, Judged};
use super::step::{Signed, Word, Words, n};
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

    /// Cumulative units and time of a word.
    fn word(&self, address: &Address, job: &Job, word: &Word) -> Result<(N, N), Refused> {
        match word {
            Word::Start => Ok((0, job.started_at)),
            Word::Last => Ok((job.units, job.through)),
            Word::Receipt(words) => self.words(address, job, words),
            Word::Batch { signer, entries, through, place } => {
                let (listed, opened_at, units) = entries[*place];
                all(&[(
                    *signer == job.terms.order.meter
                        && listed == *address
                        && n(opened_at) == job.opened_at
                        && job.terms.order.verifiable == 0,
                    E::EvidenceForm,
                )])?;
                Ok((n(units), n(*through)))
            }
        }
    }

    /// From when until when, and units between.
    fn between(
        &self,
        address: &Address,
        job: &Job,
        first: &Word,
        second: &Word,
    ) -> Result<(N, N, N), Refused> {
        let (before, from) = self.word(address, job, first)?;
        let (after, to) = self.word(address, job, second)?;
        all(&[(after >= before && from < to, E::EvidenceForm)])?;
        Ok((from, to, after - before))
    }

    /// What missed units take of what is at risk, two roundings up, and what they weigh of the budget.
    fn shares(job: &Job, missed: N) -> (N, N) {
        let whole = job.promised_at_all();
        if missed == 0 || whole == 0 {
            return (0, 0);
        }
        let missed = missed.min(whole);
        let most = share_up(job.at_risk(), job.terms.parameters.outage_bps);
        (ceil(most * missed, whole), floor(job.accepted_budget * missed, whole))
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
        let takes = job.bond > 0 && parameters.outage_bps > 0;
        all(&[
            (by != authority && by != job.terms.order.meter && by != job.meter_authority, E::ReporterIsParty),
            (n(index) == job.cases, E::CaseIndex),
            (job.is(&[JobState::Running, JobState::Closing, JobState::Held]), E::WrongState),
            (!self.past_reporting(&job), E::CaseTooLate),
            (job.terms.order.sla_bps > 0 && takes, E::NoOutages),
        ])?;
        let (from, to, units) = match words {
            Words::Receipts(first, second) => self.between(&address, &job, &first, &second)?,
            Words::Absence(signer, from, to) => {
                all(&[(signer == job.terms.order.meter, E::EvidenceForm)])?;
                (n(from), n(to), 0)
            }
        };
        let latest = self.now.min(job.last_moment());
        all(&[
            (from >= job.started_at && to <= latest, E::GapOutside),
            (to - from >= n(parameters.grace), E::GapTooShort),
            (!job.kept(units, from, to), E::NoGap),
        ])?;
        let shown = Judged { from, to, missed: (job.promised(from, to) - units).max(0) };
        all(&[(job.is_news(&shown), E::GapJudged)])?;
        let missed = shown.missed;
        let penalty = Self::shares(&job, missed).0.min(job.bond);
        // What the meter's words cost it if they are overturned, and of that the reporter's share.
        let pledged = penalty.min(n(parameters.meter_bond));
        let free = (meter.vouched.bonded() - meter.vouched.locked).max(0);
        let bond = share_up(pledged.min(free), parameters.report_bond_bps).max(1);
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
            opened_slot: self.slot,
            from,
            to,
            units,
            missed,
            penalty,
            bond,
            due: 0,
            pledged,
            known: job.known(&shown),
            marked_at: 0,
            marked_slot: 0,
            upheld: false,
        };
        self.cases.insert(at, case);
        job.cases += 1;
        job.open_cases += 1;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn answer_case(
        &mut self,
        address: Address,
        index: u64,
        meter: Address,
        rent_payer: Address,
        first: Word,
        second: Word,
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
        // No second counts more than the cap, so that all but that for each second outside was counted within.
        let (first, last) = (from.max(case.from), to.min(case.to));
        let outside = (first - from) + (to - last);
        let proved = (units - outside * n(job.terms.order.unit_cap)).max(0);
        let better = first < last && job.kept(proved, case.from, case.to);
        all(&[(better, E::NotBetter)])?;
        job.dues[Party::Provider as usize].stake += case.bond;
        job.open_cases -= 1;
        let meter = self.meters.get_mut(&meter_at).unwrap();
        meter.overturned += 1;
        let slashed = case.pledged.min(meter.vouched.bonded());
        meter.vouched.locked -= case.pledged;
        meter.vouched.stake -= slashed;
        self.jobs.insert(address, job);
        self.cases.remove(&at);
        self.refund_rent(&at, &rent_payer);
        self.burn(&pda::stake_vault(), slashed)
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
            let window = n(job.terms.parameters.case_window);
            let over = self.outlasted((case.opened_at, case.opened_slot), window);
            all(&[(over, E::CaseUnripe)])?;
            (case.marked_at, case.marked_slot) = (self.now, self.slot);
            self.cases.insert(at, case);
            return Ok(());
        }
        let ripe = self.graced(&job, case.marked_at, case.marked_slot) && self.now >= job.waits_until;
        all(&[(ripe, E::CaseUnripe)])?;
        // What other cases have judged meanwhile is not judged twice, nor more than this one announced.
        let short = (job.promised(case.from, case.to) - case.units).max(0);
        let shown = Judged { from: case.from, to: case.to, missed: short };
        let taken = |job: &Job, missed: N| Self::shares(job, missed).0.min(case.penalty).min(job.bond);
        let slashed = taken(&job, job.unjudged(&shown, case.known));
        if slashed > 0 && (job.slashed + slashed) * 100 >= job.at_risk() && self.waits(&mut job) {
            self.jobs.insert(address, job);
            return Ok(());
        }
        let missed = job.judge(&shown, case.known);
        let weight = Self::shares(&job, missed).1;
        let (harmed, reported, burned) = divide(slashed, &job, case.reporter != job.terms.consumer);
        self.slash(&mut job, slashed);
        job.dues[Party::Consumer as usize].stake += harmed;
        self.blame(&mut job, weight);
        job.open_cases -= 1;
        let meter = self.meters.get_mut(&meter_at).unwrap();
        meter.upheld += N::from(u8::from(missed > 0));
        meter.vouched.locked -= case.pledged;
        case.pledged = 0;
        case.due = case.bond + reported;
        case.bond = 0;
        case.upheld = true;
        self.cases.insert(at, case);
        self.jobs.insert(address, job);
        self.penalty_burns(burned)
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
