//! What happens around the market, each at random: time, the price, a pause, strangers.

use crate::market::Market;
use settlement_interface::accounts::JobState;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::{Address, pda};
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;
use tests::JobFixture;

impl Market {
    pub(crate) fn time(&mut self) -> &'static str {
        let seconds = match self.random.below(20) {
            0 => self.random.between(10_000, 100_000),
            1..=5 => self.random.between(600, 4_000),
            _ => self.random.between(1, 600),
        };
        let seconds = i64::try_from(seconds).unwrap();
        if self.random.one_in(10) {
            // The chain stands still while time passes.
            let (now, slot) = (self.world.now() + seconds, self.world.slot() + 1);
            self.world.set_clock(now, slot);
        } else {
            self.world.pass(seconds);
        }
        if !self.random.one_in(4) {
            self.world.refresh();
        }
        "time"
    }

    pub(crate) fn price(&mut self) -> &'static str {
        let spot = (self.world.price.spot.max(1) as u64 * self.random.between(80, 125) / 100)
            .clamp(10_000_000, 1 << 35);
        let now = self.world.now();
        let wild = self.random.one_in(3);
        let message = PriceMessage {
            spot: if wild && self.random.one_in(5) { 0 } else { spot as i64 },
            confidence: spot * self.random.below(if wild { 300 } else { 150 }) / 10_000,
            exponent: -8,
            publish_time: if wild {
                now - self.random.below(150) as i64 + self.random.below(40) as i64
            } else {
                now
            },
            average: (spot * if wild { self.random.between(85, 115) } else { self.random.between(95, 105) }
                / 100) as i64,
        };
        if self.random.one_in(12) {
            self.world.set_feed(Address::default(), Vec::new());
        } else {
            self.world.publish(message);
            self.world.price.spot = spot as i64;
        }
        let observe = self.world.network.observe();
        let _ = self.send("observe", &[observe], &[]);
        "observe"
    }

    pub(crate) fn pause(&mut self) -> &'static str {
        let network = self.world.network;
        let (admin, guardian) = (self.world.admin.insecure_clone(), self.world.guardian.insecure_clone());
        // Mostly what the state allows, so that every series sees each of the three succeed.
        let (until, now) = (self.world.config().paused_until, self.world.now());
        let fitting = match until {
            0 => 0,
            until if until > now => 2,
            _ => 1,
        };
        match if self.random.one_in(3) { self.random.below(3) } else { fitting } {
            0 => {
                let pause = network.pause(&guardian.pubkey(), self.random.between(1, 3_000) as u32);
                let _ = self.send("pause", &[pause], &[&guardian]);
                "pause"
            }
            1 => {
                let _ = self.send("resume", &[network.resume()], &[]);
                "resume"
            }
            _ => {
                let _ = self.send("unpause", &[network.unpause(&admin.pubkey())], &[&admin]);
                "unpause"
            }
        }
    }

    /// A stranger sends tokens to a vault, or burns some of its own.
    pub(crate) fn gift(&mut self) -> &'static str {
        let stranger = self.stranger.insecure_clone();
        let from = self.world.associated(&stranger.pubkey());
        let mint = self.world.network.mint;
        let amount = self.random.between(1, 1_000);
        let token = |instruction: u8, to: Address| {
            let mut data = vec![instruction];
            data.extend_from_slice(&amount.to_le_bytes());
            let accounts = vec![
                AccountMeta::new(from, false),
                AccountMeta::new(to, false),
                AccountMeta::new_readonly(stranger.pubkey(), true),
            ];
            Instruction { program_id: pda::TOKEN_PROGRAM, accounts, data }
        };
        let vaults: Vec<_> =
            self.jobs().iter().map(|(keys, _)| pda::vault(&keys.job)).chain([pda::stake_vault()]).collect();
        if self.random.one_in(3) {
            if self.send("burn elsewhere", &[token(8, mint)], &[&stranger]).is_ok() {
                self.supply -= amount;
            }
            return "burn elsewhere";
        }
        let vault = *self.random.pick(&vaults).unwrap();
        if self.send("gift", &[token(3, vault)], &[&stranger]).is_ok() {
            *self.gifts.entry(vault).or_default() += amount;
        }
        "gift"
    }

    /// Somebody signs for somebody else: always refused.
    pub(crate) fn impostor(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&JobState::ALL) else { return "as somebody else" };
        let stranger = self.stranger.insecure_clone();
        let me = stranger.pubkey();
        let network = self.world.network;
        let fixture = JobFixture {
            actors: tests::Actors {
                consumer: stranger.insecure_clone(),
                session: stranger.insecure_clone(),
                provider: stranger.insecure_clone(),
            },
            keys,
            nonce: job.nonce,
        };
        let attempt = match self.random.below(6) {
            0 => network.cancel_job(&me, &keys),
            1 => network.close_job(&me, &keys),
            2 => network.rotate_meter(&me, &keys, &me),
            3 => network.top_up(&me, &self.world.associated(&me), &keys.job, 1, 1),
            4 => network.start_job(&me, &keys.job),
            _ => network.accept_offer(&me, &fixture.keys.job, &job.terms_hash, u64::MAX),
        };
        assert!(self.send("as somebody else", &[attempt], &[&stranger]).is_err(), "an impostor got through");
        "as somebody else"
    }
}
