//! Disputes, from the challenge to the last payment.

use super::work::unsigned;
use crate::market::Market;
use crate::spec::entities::{Job, Stage};
use crate::spec::step::Step;
use settlement_interface::Address;
use settlement_interface::accounts::JobState::{Closing, Held, Running};
use settlement_interface::rules::CHALLENGER;

impl Market {
    pub fn dispute(&mut self) -> Vec<Step> {
        let disputes: Vec<Address> = self.spec.disputes.keys().copied().collect();
        if disputes.is_empty() || self.random.one_in(4) {
            return self.challenge();
        }
        let address = *self.random.pick(&disputes).unwrap();
        let dispute = self.spec.disputes[&address].clone();
        if dispute.stage == Stage::Resolved && !self.random.one_in(10) {
            if let Some(place) = dispute.held.first().filter(|_| !self.random.one_in(4)) {
                let wallet = dispute.panel.members[*place];
                return vec![Step::ReleaseArbiter { dispute: address, wallet }];
            }
            let unpaid = dispute.unpaid.first().copied();
            let (member, wallet) = match unpaid {
                Some(place) => (place as u8, dispute.panel.members[place]),
                None => (CHALLENGER, dispute.challenger),
            };
            if (dispute.refund > 0 || unpaid.is_some()) && !self.random.one_in(10) {
                return vec![Step::WithdrawDispute { dispute: address, member, wallet }];
            }
            let rent_payer = dispute.rent_payer;
            return vec![Step::CloseDispute { dispute: address, rent_payer }];
        }
        if dispute.stage == Stage::Panel && !self.random.one_in(8) {
            let by = *self.random.pick(&self.arbiters).unwrap();
            return vec![Step::Rule { by, dispute: address, for_provider: self.random.one_in(2) }];
        }
        if let Some((provider, index)) = dispute.turn().filter(|_| !self.random.one_in(5)) {
            let (by, root) = if provider {
                (dispute.authority, dispute.provider_root)
            } else {
                (dispute.challenger, dispute.challenger_root)
            };
            let Some(trace) = self.traces.get(&root) else { return Vec::new() };
            let index = if self.random.one_in(20) { 0 } else { unsigned(index) };
            if index < trace.steps.len() as u64 {
                let (step, proof) = (trace.step(index), trace.proof(index));
                return vec![Step::Reveal { by, dispute: address, step, proof }];
            }
        }
        let job = dispute.job;
        if !self.spec.jobs.contains_key(&job) {
            return Vec::new();
        }
        vec![Step::ResolveDispute { job, dispute: address }]
    }

    fn challenge(&mut self) -> Vec<Step> {
        let any = self.random.one_in(12);
        let fits = |job: &Job| job.is(&[Running, Closing, Held]) && job.old.usd + job.young.usd > 0;
        let Some((address, job)) = self.job_that(|job| any || fits(job)) else { return Vec::new() };
        let bucket = if job.young.usd > 0 && self.random.one_in(2) { &job.young } else { &job.old };
        let receipt = unsigned(bucket.receipt) + u64::from(self.random.one_in(20));
        // Mostly another execution of as many steps; now and then the same one.
        let same = self.random.one_in(8);
        let steps = bucket.steps;
        let roots: Vec<_> = self
            .traces
            .iter()
            .filter(|(root, trace)| trace.steps.len() as i128 == steps && (same || **root != bucket.root))
            .map(|(root, _)| *root)
            .collect();
        let Some(root) = self.random.pick(&roots).copied() else { return Vec::new() };
        let (payer, panel) = (self.payer(), self.panel);
        let max_bond = if self.random.one_in(20) { 0 } else { u64::MAX };
        let (by, index) = (job.terms.consumer, unsigned(job.disputes));
        vec![Step::OpenDispute { payer, by, job: address, index, receipt, root, panel, max_bond }]
    }
}
