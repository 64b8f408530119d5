//! Outage cases.

use super::work::unsigned;
use crate::market::Market;
use crate::spec::arithmetic::N;
use crate::spec::entities::{Case, Job};
use crate::spec::step::{Signed, Step, Word, Words, n};
use settlement_interface::Address;
use settlement_interface::accounts::JobState::{Closing, Held, Running};
use settlement_interface::receipt::Receipt;

impl Market {
    /// What a meter could have signed at some time, whatever was settled.
    fn said(&mut self, address: &Address, job: &Job, units: N, through: N) -> Signed {
        let root = self.traces.keys().next().copied().unwrap();
        let signer = if self.random.one_in(40) { self.wallet() } else { job.terms.order.meter };
        Signed {
            signer,
            receipt: Receipt {
                domain: self.spec.domain,
                job: *address,
                opened_at: i64::try_from(job.opened_at).unwrap(),
                units: unsigned(units),
                through: i64::try_from(through).unwrap(),
                commitment: (job.terms.order.verifiable == 1).then_some((root, 2)),
            },
        }
    }

    pub fn case(&mut self) -> Vec<Step> {
        let cases: Vec<_> = self.spec.cases.values().cloned().collect();
        if cases.is_empty() || self.random.one_in(3) {
            return self.report();
        }
        let case = self.random.pick(&cases).unwrap().clone();
        let index = unsigned(case.index);
        if case.upheld && !self.random.one_in(8) {
            let Case { job, reporter, rent_payer, .. } = case;
            return vec![Step::WithdrawCase { job, index, reporter, rent_payer }];
        }
        let Some(job) = self.spec.jobs.get(&case.job).cloned() else { return Vec::new() };
        let meter = job.terms.order.meter;
        if !self.random.one_in(4) {
            return vec![Step::ResolveCase { job: case.job, index, meter }];
        }
        // Better words: all that was promised, counted within the gap or around it, and for each second
        // outside the cap more.
        let around = if self.random.one_in(3) { N::from(self.random.below(300)) } else { 0 };
        let enough = job.promised(case.from, case.to) + 1 + around * n(job.terms.order.unit_cap);
        let enough = enough - N::from(u8::from(self.random.one_in(4))) * (enough / 2 + 1);
        let through = case.to + around;
        let first = if case.from == job.started_at && self.random.one_in(2) {
            Word::Start
        } else {
            let from = case.from - N::from(self.random.below(4) / 3);
            Word::Receipt(self.said(&case.job, &job, 0, from))
        };
        let second = match self.random.below(6) {
            0 => Word::Last,
            1..=2 => {
                let other = (self.stranger, 5, 6);
                let opened_at = i64::try_from(job.opened_at).unwrap();
                let entry = (case.job, opened_at, unsigned(enough));
                let (entries, place) =
                    if self.random.one_in(2) { (vec![other, entry, other], 1) } else { (vec![entry], 0) };
                Word::Batch { signer: meter, entries, through: i64::try_from(through).unwrap(), place }
            }
            _ => Word::Receipt(self.said(&case.job, &job, enough, through)),
        };
        let rent_payer = case.rent_payer;
        vec![Step::AnswerCase { job: case.job, index, meter, rent_payer, first, second }]
    }

    fn report(&mut self) -> Vec<Step> {
        let any = self.random.one_in(10);
        let now = self.spec.now;
        let fits = |job: &Job| {
            let grace = n(job.terms.parameters.grace);
            let begun = job.started_at + grace <= now.min(job.last_moment());
            let late = job.closing_at != 0 && now > job.closing_at + n(job.terms.parameters.case_window);
            job.is(&[Running, Closing, Held]) && job.terms.order.sla_bps > 0 && begun && !late
        };
        let Some((address, job)) = self.job_that(|job| any || fits(job)) else { return Vec::new() };
        let earliest = job.started_at;
        let latest = self.spec.now.min(job.last_moment());
        let length = (latest - earliest).max(1);
        let from = match self.random.below(3) {
            0 => earliest,
            _ => earliest + N::from(self.random.next()) % length,
        };
        let to = match self.random.below(3) {
            0 => latest + N::from(self.random.below(2)),
            1 => from + n(job.terms.parameters.grace) - N::from(self.random.below(2)),
            _ => from + N::from(self.random.next()) % (latest - from).max(1),
        };
        let few = job.promised(from, to) * N::from(self.random.below(12)) / 10;
        let payer = self.payer();
        let by = match self.random.below(12) {
            0 => self.authority(&job),
            1..=4 => job.terms.consumer,
            5 => self.party().consumer,
            _ => self.stranger,
        };
        let words = if self.random.one_in(3) {
            let signer = if self.random.one_in(30) { by } else { job.terms.order.meter };
            Words::Absence(signer, i64::try_from(from).unwrap(), i64::try_from(to).unwrap())
        } else {
            let start = from == job.started_at && self.random.one_in(2);
            let base = if start { 0 } else { N::from(self.random.below(1_000)) };
            let first =
                if start { Word::Start } else { Word::Receipt(self.said(&address, &job, base, from)) };
            let last = self.random.one_in(12);
            let second = Word::Receipt(self.said(&address, &job, base + few, to));
            Words::Receipts(first, if last { Word::Last } else { second })
        };
        let max_bond = if self.random.one_in(20) { 0 } else { u64::MAX };
        vec![Step::OpenCase { payer, by, job: address, index: unsigned(job.cases), words, max_bond }]
    }
}
