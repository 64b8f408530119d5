//! Stakes, claims, rebates, the buyback.

use super::work::unsigned;
use crate::market::Market;
use crate::spec::step::{Step, n};
use settlement_interface::accounts::{RATES, RateEntry};
use settlement_interface::pda;

impl Market {
    pub fn stakes(&mut self) -> Vec<Step> {
        let by = self.party().provider;
        let found = self.spec.providers[&pda::provider(&by)].clone();
        let free = unsigned(found.stake - found.locked - found.unbonding);
        vec![match self.random.below(6) {
            0..=2 => {
                let owner = if self.random.one_in(3) { self.stranger } else { by };
                Step::Stake {
                    by: owner,
                    provider: pda::provider(&by),
                    amount: self.random.below(1_000_000_000_000),
                }
            }
            3 => Step::RequestUnstake { by, amount: self.random.below(free / 3 + 2) },
            4 if self.random.one_in(3) => {
                Step::RequestUnstake { by, amount: free + u64::from(self.random.one_in(2)) }
            }
            _ => Step::WithdrawStake { authority: by },
        }]
    }

    pub fn third_parties(&mut self) -> Vec<Step> {
        let (party, wallet) = if self.random.one_in(2) {
            let (key, authority) = *self.random.pick(&self.meters).unwrap();
            (pda::meter(&key), authority)
        } else {
            let wallet = *self.random.pick(&self.arbiters).unwrap();
            (pda::arbiter(&wallet), wallet)
        };
        vec![match self.random.below(4) {
            0..=1 => Step::Vouch { by: wallet, party, amount: self.random.below(200_000_000_000) },
            2 => Step::RequestUnvouch { by: wallet, party, amount: self.random.below(20_000_000_000) },
            _ => Step::WithdrawVouched { wallet, party },
        }]
    }

    pub fn describe(&mut self) -> Vec<Step> {
        let by = self.party().provider;
        let mut rates = [RateEntry::default(); RATES];
        for (at, entry) in rates.iter_mut().enumerate().take(self.random.below(RATES as u64) as usize) {
            entry.hardware = if self.random.one_in(20) { 1 } else { at as u16 };
            entry.rate = self.random.between(1, 1_000_000);
        }
        let hash = [self.random.below(256) as u8; 32];
        let payer = self.payer();
        match self.random.below(12) {
            // Twice is refused.
            0 => vec![Step::RegisterProvider { payer, by, hash, rates }],
            1 => vec![Step::RegisterConsumer { payer, wallet: self.party().consumer }],
            2 => vec![Step::RegisterArbiter { payer, by: self.arbiters[0] }],
            3 => vec![Step::RegisterMeter { payer, key: self.meters[0].0, by }],
            _ => vec![Step::UpdateProvider { by, hash, rates }],
        }
    }

    pub fn claims(&mut self) -> Vec<Step> {
        let authority = self.party().provider;
        match self.random.below(4) {
            0..=1 => vec![Step::Claim { authority }],
            2 => {
                let credits: Vec<_> = self.spec.credits.values().cloned().collect();
                let Some(credit) = self.random.pick(&credits) else { return Vec::new() };
                let authority = self.spec.providers[&credit.provider].authority;
                let (epoch, rent_payer) = (unsigned(credit.epoch), credit.rent_payer);
                vec![Step::ClaimRebate { authority, epoch, rent_payer }]
            }
            _ => {
                let epochs: Vec<_> = self.spec.epochs.values().cloned().collect();
                let done = !self.random.one_in(4);
                let fit: Vec<_> =
                    epochs.into_iter().filter(|epoch| !done || epoch.claimed == epoch.credits).collect();
                let Some(epoch) = self.random.pick(&fit) else { return Vec::new() };
                vec![Step::CloseEpoch { epoch: unsigned(epoch.index), rent_payer: epoch.rent_payer }]
            }
        }
    }

    pub fn buyback(&mut self) -> Vec<Step> {
        if self.random.one_in(2) {
            return vec![Step::TickBuyback];
        }
        let by = self.stranger;
        let destination = self.spec.dollars(&by);
        let round = &self.spec.buyback;
        let (left, lot) = (unsigned(round.left), unsigned(round.lot));
        let amount = match self.random.below(3) {
            0 => self.random.below(left.max(2)),
            1 => lot.div_ceil(10),
            _ => left.max(1) + 5,
        };
        // About what it is worth: too little, enough, or whatever is asked.
        let worth = n(amount) * 100_000_000_000 / n(self.world.price.spot.max(1));
        let max_tokens = if self.random.one_in(3) { unsigned(worth) } else { u64::MAX / 2 };
        vec![Step::Buyback { by, destination, amount, max_tokens }]
    }
}
