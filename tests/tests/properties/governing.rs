//! The admin at work, at random: changes queued, applied and given up while the market runs.

use crate::market::Market;
use settlement_interface::accounts::ConfigChange;
use settlement_interface::change::Change;
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use solana_signer::Signer;

impl Market {
    /// Parameters within their bounds, and short enough that every state is reached often.
    fn parameters(&mut self) -> Parameters {
        let now = self.world.config().parameters;
        let mut time = |least: i64, most: i64| self.random.between(least as u64, most as u64) as i64;
        let times = Parameters {
            grace: time(600, 1_200),
            receipt_grace: time(HOUR, 2 * HOUR),
            min_lead: time(0, 60),
            unbonding: time(DAY, 2 * DAY),
            halt_max: time(DAY, 2 * DAY),
            timelock: time(HOUR, 2 * HOUR),
            change_expiry: time(HOUR, DAY),
            pause_max: time(DAY, 3 * DAY),
            ..now
        };
        let mut share = |least: u64, most: u64| self.random.between(least, most) as u16;
        Parameters {
            take_bps: share(1, 2_000),
            rebate_bps: share(0, 2_500),
            bond_bps: share(100, 2_000),
            no_show_bps: share(0, 10_000),
            harmed_bps: share(0, 9_000),
            reporter_bps: share(0, 500),
            cancel_bps: share(0, 1_000),
            max_conf_bps: share(50, 500),
            max_deviation_bps: share(300, 2_000),
            max_age: u32::from(share(60, 300)),
            k: share(0, 4) as u8,
            ..times
        }
    }

    pub(crate) fn govern(&mut self) -> &'static str {
        let network = self.world.network;
        let admin = self.world.admin.insecure_clone();
        let now = self.world.now();
        let changes = self.world.all::<ConfigChange>();
        let ripe: Vec<_> = changes.iter().filter(|(_, change)| change.applies_from <= now).copied().collect();
        // Mostly what has had its time; now and then too early.
        let among = if self.random.one_in(6) { &changes } else { &ripe };
        let Some((_, change)) = self.random.pick(among).copied() else {
            let change = match self.random.below(4) {
                0 => Change::guardian(self.world.guardian.pubkey()),
                1 => Change::treasury(self.stranger.pubkey()),
                _ => Change::parameters(self.parameters()),
            };
            let queue = self.world.queueing(&change);
            let _ = self.send("queue_change", &[queue], &[&admin]);
            return "queue_change";
        };
        if now <= change.expires_at && !self.random.one_in(6) {
            let apply = network.apply_change(&admin.pubkey(), change.index, &change.rent_payer);
            let _ = self.send("apply_change", &[apply], &[&admin]);
            return "apply_change";
        }
        let by = if self.random.one_in(2) { admin } else { self.stranger.insecure_clone() };
        let cancel = network.cancel_change(&by.pubkey(), change.index, &change.rent_payer);
        let _ = self.send("cancel_change", &[cancel], &[&by]);
        "cancel_change"
    }
}
