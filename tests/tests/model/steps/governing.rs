//! Admin and guardian at work.

use super::work::unsigned;
use crate::beginning::short;
use crate::market::Market;
use crate::spec::step::Step;
use settlement_interface::change::Change;
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use solana_signer::Signer;

impl Market {
    /// Parameters within their bounds, now and then beyond, and short enough that every state is reached.
    fn parameters(&mut self) -> Parameters {
        let mut time = |least: i64, most: i64| self.random.between(least as u64, most as u64) as i64;
        let times = Parameters {
            grace: time(600, 1_200),
            receipt_grace: time(HOUR, 2 * HOUR),
            min_lead: time(0, 60),
            case_window: time(2 * HOUR, 3 * HOUR),
            dispute_window: time(HOUR, 2 * HOUR),
            unbonding: time(DAY, 2 * DAY),
            halt_max: time(DAY, 2 * DAY),
            timelock: time(HOUR, 2 * HOUR),
            change_expiry: time(HOUR, DAY),
            pause_max: time(DAY, 3 * DAY),
            ..short()
        };
        let mut share = |least: u64, most: u64| self.random.between(least, most) as u16;
        let wild = Parameters {
            take_bps: share(1, 2_000),
            rebate_bps: share(0, 2_500),
            bond_bps: share(100, 2_000),
            no_show_bps: share(0, 10_000),
            harmed_bps: share(0, 9_000),
            reporter_bps: share(0, 500),
            cancel_bps: share(0, 1_000),
            max_conf_bps: share(50, 500),
            max_deviation_bps: share(300, 2_000),
            treasury_bps: share(0, 5_000),
            outage_bps: share(0, 10_000),
            sla_penalty_bps: share(0, 10_000),
            report_bond_bps: share(100, 10_000),
            challenge_bond_bps: share(1_000, 10_000),
            panel_bps: share(100, 5_000),
            mass_bps: share(500, 3_000),
            max_age: u32::from(share(60, 300)),
            k: share(0, 4) as u8,
            ..times
        };
        match self.random.below(10) {
            0 => Parameters { take_bps: 2_001, ..wild },
            1 => Parameters { epoch_len: 3_600, ..wild },
            _ if self.random.one_in(20) => wild,
            _ if self.random.one_in(10) => Parameters { outage_bps: 0, ..wild },
            _ => Parameters { outage_bps: wild.outage_bps.max(wild.sla_penalty_bps), ..wild },
        }
    }

    pub fn govern(&mut self) -> Vec<Step> {
        let (admin, payer) = (self.spec.config.admin, self.payer());
        let now = self.spec.now;
        match self.random.below(12) {
            0..=2 => return self.pause(),
            3 if self.spec.paused() => return self.pause(),
            5 => {
                let other = if self.random.one_in(2) { self.stranger } else { self.world.admin.pubkey() };
                return vec![Step::ProposeAdmin { by: admin, proposed: other }];
            }
            6 => {
                let proposed = self.spec.config.pending_admin;
                let by = if self.keys.contains_key(&proposed) { proposed } else { self.stranger };
                return vec![Step::AcceptAdmin { by }];
            }
            _ => {}
        }
        let changes: Vec<_> = self.spec.changes.values().cloned().collect();
        let ripe: Vec<_> = changes.iter().filter(|change| change.applies_from <= now).cloned().collect();
        let among = if self.random.one_in(6) { &changes } else { &ripe };
        let Some(change) = self.random.pick(among).cloned() else {
            let change = match self.random.below(6) {
                0 => Change::guardian(self.world.guardian.pubkey()),
                1 => Change::treasury(self.stranger),
                2 => Change::treasury(self.world.treasury),
                _ => Change::parameters(self.parameters()),
            };
            let index = unsigned(self.spec.config.changes);
            return vec![Step::QueueChange { by: admin, payer, index, change }];
        };
        let (index, rent_payer) = (unsigned(change.index), change.rent_payer);
        if now <= change.expires_at && !self.random.one_in(6) {
            return vec![Step::ApplyChange { by: admin, index, rent_payer }];
        }
        let by = if self.random.one_in(2) { admin } else { self.stranger };
        vec![Step::CancelChange { by, index, rent_payer }]
    }

    fn pause(&mut self) -> Vec<Step> {
        let until = self.spec.config.paused_until;
        let fitting = match until {
            0 => 0,
            until if until > self.spec.now => 2,
            _ => 1,
        };
        let by = self.spec.config.admin;
        vec![match if self.random.one_in(3) { self.random.below(3) } else { fitting } {
            0 => {
                let by = if self.random.one_in(2) { by } else { self.spec.config.guardian };
                let long = self.random.one_in(40);
                Step::Pause { by, seconds: self.random.between(0, if long { 300_000 } else { 2_000 }) as u32 }
            }
            1 => Step::Resume,
            _ => Step::Unpause { by },
        }]
    }
}
