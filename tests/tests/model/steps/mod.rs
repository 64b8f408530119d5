//! What is played: mostly what the state allows, now and then what it does not.

mod around;
mod cases;
mod disputes;
mod governing;
mod market;
mod money;
mod twist;
mod work;

use crate::market::{Market, Party};
use crate::spec::entities::Job;
use crate::spec::step::Step;
use settlement_interface::Address;
use settlement_interface::accounts::JobState;

/// Jobs that are there at once; more are not opened, so that a series stays as fast as it began.
const JOBS: usize = 30;

impl Market {
    /// Does one thing at random.
    pub fn step(&mut self) {
        let steps = self.some();
        let steps: Vec<_> = steps.into_iter().filter(|step| !self.needs_lost_key(step)).collect();
        for step in steps {
            let mut all = vec![if self.random.one_in(12) { self.twisted(step) } else { step }];
            // Now and then two things in one transaction, which stands or falls as a whole.
            if self.random.one_in(25) {
                let more = self.some();
                all.extend(more.into_iter().filter(|step| !self.needs_lost_key(step)).take(1));
            }
            self.mutate(&all);
            self.play(all);
        }
        self.surround();
    }

    fn needs_lost_key(&self, step: &Step) -> bool {
        self.lost.is_some_and(|lost| step.signers().contains(&lost))
    }

    fn some(&mut self) -> Vec<Step> {
        // Endings take many steps: without these, jobs that are over would crowd out new ones.
        if self.spec.jobs.len() > JOBS * 2 / 3 && self.random.one_in(3) {
            return match self.random.below(4) {
                0 => self.advance(),
                1..=2 => self.withdraw(),
                _ => self.reclaim(),
            };
        }
        match self.random.below(100) {
            0..=9 if self.spec.jobs.len() < JOBS => self.open(),
            0..=13 => self.accept(),
            14..=17 => self.start(),
            18..=33 => self.settle(),
            34..=37 => self.batch(),
            38..=40 => self.convert(),
            41..=42 => self.close(),
            43 => self.cancel(),
            44..=45 => self.mark(),
            46..=53 => self.advance(),
            54..=59 => self.withdraw(),
            60..=61 => self.reclaim(),
            62 => self.rotate(),
            63..=64 => self.top_up(),
            65..=66 => self.claims(),
            67..=68 => self.stakes(),
            69 => self.third_parties(),
            70..=75 => self.bargain(),
            76..=81 => self.case(),
            82..=91 => self.dispute(),
            92..=94 => self.buyback(),
            95 => vec![Step::Observe],
            96 => self.standing(),
            97 => self.describe(),
            _ => self.govern(),
        }
    }

    pub fn wallet(&mut self) -> Address {
        let all: Vec<_> = self.keys.keys().copied().collect();
        *self.random.pick(&all).unwrap()
    }

    pub fn party(&mut self) -> Party {
        *self.random.pick(&self.parties).unwrap()
    }

    pub fn payer(&mut self) -> Address {
        *self.random.pick(&self.payers).unwrap()
    }

    /// A random job in one of these states, if there is one; rarely any job.
    pub fn job(&mut self, states: &[JobState]) -> Option<(Address, Job)> {
        let any = self.random.one_in(15);
        self.job_that(|job| any || job.is(states))
    }

    pub fn job_that(&mut self, fits: impl Fn(&Job) -> bool) -> Option<(Address, Job)> {
        let found: Vec<_> =
            self.spec.jobs.iter().filter(|(_, job)| fits(job)).map(|(address, _)| *address).collect();
        let address = *self.random.pick(&found)?;
        Some((address, self.spec.jobs[&address].clone()))
    }

    /// The authority of a job's provider; of a job without one, anybody's.
    pub fn authority(&mut self, job: &Job) -> Address {
        let found = self.spec.providers.get(&job.terms.provider).map(|provider| provider.authority);
        found.unwrap_or_else(|| self.party().provider)
    }

    /// A time so many seconds from now, at random between two.
    pub fn soon(&mut self, least: u64, most: u64) -> i64 {
        i64::try_from(self.spec.now).unwrap() + i64::try_from(self.random.between(least, most)).unwrap()
    }
}
