//! What the parties can do in the market, each at random.

use crate::market::Market;
use settlement_interface::accounts::{Credit, Epoch, JobState, Party};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::pda;
use settlement_interface::receipt::{Receipt, domain};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{CLUSTER, order};

impl Market {
    /// Does one thing at random and says what.
    pub fn step(&mut self) -> &'static str {
        match self.random.below(48) {
            0..=2 => self.open(),
            3..=4 => self.accept(),
            5 => self.start(),
            7..=14 => self.settle(),
            15 => self.close(),
            16 => self.cancel(),
            6 | 17 => self.mark(),
            18..=21 => self.advance(),
            22 => self.convert(),
            23..=25 => self.withdraw(),
            26 => self.claim(),
            27 => {
                if self.random.one_in(4) {
                    self.close_epoch()
                } else {
                    self.rebate()
                }
            }
            28 => self.stake(),
            29 => self.top_up(),
            30 => self.rotate(),
            31..=33 => self.time(),
            34..=35 => self.price(),
            36 => {
                if self.random.one_in(3) {
                    self.pause()
                } else {
                    self.govern()
                }
            }
            37 => self.reclaim(),
            38 => self.gift(),
            39..=46 => self.bargain(),
            _ => self.impostor(),
        }
    }

    fn key(&mut self, which: impl Fn(&tests::Actors) -> &Keypair) -> Keypair {
        let at = self.random.below(self.actors.len() as u64) as usize;
        which(&self.actors[at]).insecure_clone()
    }

    fn open(&mut self) -> &'static str {
        let (at, with) = (self.random.below(3) as usize, self.random.below(3) as usize);
        let now = self.world.now();
        let session = self.actors[at].session.pubkey();
        let mut wish = order(now, &session);
        wish.budget = self.random.between(1, 200_000_000);
        wish.rate = self.random.between(1, 20_000_000);
        wish.offer_by = now + self.random.between(0, 3_000) as i64;
        wish.start_by = wish.offer_by + self.random.between(0, 3_000) as i64;
        wish.end_by = wish.start_by + self.random.between(1, 20_000) as i64;
        wish.convert_by = wish.end_by + self.random.below(8 * 86_400) as i64;
        wish.silence_max = self.random.between(200, 20_000) as i64;
        wish.min_price = if self.random.one_in(4) { self.random.below(500_000_000) } else { 0 };
        // What the budget is worth at the last price, within a factor of two either way; now and then dust.
        let worth = u128::from(wish.budget) * 100_000_000_000
            / u128::from(self.world.price.spot.max(1).unsigned_abs());
        let worth = u64::try_from(worth).unwrap_or(u64::MAX).min(50_000_000_000);
        let amount = if self.random.one_in(8) {
            self.random.below(1_000)
        } else {
            self.random.between(worth / 2, worth * 2)
        };
        let wallet = self.actors[at].consumer.pubkey();
        let (_, _, nonce) = self.actors[at].open(&self.world, &wish, amount);
        let provider = self.actors[with].provider_address();
        let (bank, source) = (self.world.bank.pubkey(), self.world.associated(&wallet));
        let open = self.world.network.open_job(&bank, &wallet, &source, &provider, nonce, &wish, amount);
        let consumer = self.actors[at].consumer.insecure_clone();
        let paused = self.world.config().is_paused(now);
        let outcome = self.send("open_job", &[open], &[&consumer]);
        assert!(!(paused && outcome.is_ok()), "a job was opened during a pause");
        // Most offers are taken up at once.
        if outcome.is_ok() && !self.random.one_in(4) {
            if self.random.one_in(4) {
                self.offer_standing();
                self.accept_standing();
            }
            self.accept();
            if self.random.one_in(2) {
                self.start();
            }
        }
        "open_job"
    }

    /// A random job, in one of these states if there is any.
    pub(crate) fn job(
        &mut self,
        states: &[JobState],
    ) -> Option<(settlement_interface::instructions::JobKeys, settlement_interface::accounts::Job)> {
        let mut jobs = self.jobs();
        if !self.random.one_in(10) {
            jobs.retain(|(_, job)| job.state().is_some_and(|state| states.contains(&state)));
        }
        self.random.pick(&jobs).copied()
    }

    fn accept(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Offered]) else { return "accept_offer" };
        let provider = self.parties(&job).1.provider.insecure_clone();
        let max_bond = if self.random.one_in(10) { 0 } else { u64::MAX };
        let accept =
            self.world.network.accept_offer(&provider.pubkey(), &keys.job, &job.terms_hash, max_bond);
        let paused = self.world.config().is_paused(self.world.now());
        let outcome = self.send("accept_offer", &[accept], &[&provider]);
        assert!(!(paused && outcome.is_ok()), "a job was accepted during a pause");
        "accept_offer"
    }

    fn start(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Assigned]) else { return "start_job" };
        let provider = self.parties(&job).1.provider.insecure_clone();
        let start = self.world.network.start_job(&provider.pubkey(), &keys.job);
        let _ = self.send("start_job", &[start], &[&provider]);
        "start_job"
    }

    fn settle(&mut self) -> &'static str {
        // Work takes time.
        if self.random.one_in(2) {
            let seconds = self.random.between(1, 120);
            self.world.pass(i64::try_from(seconds).unwrap());
            if !self.random.one_in(6) {
                self.world.refresh();
            }
        }
        let Some((keys, job)) = self.job(&[JobState::Running, JobState::Closing]) else { return "settle" };
        let (consumer, provider) = self.parties(&job);
        let (session, provider) = (consumer.session.insecure_clone(), provider.provider.insecure_clone());
        let now = self.world.now();
        let mut through = now.min(job.terms.order.end_by);
        if job.closing_at != 0 {
            through = through.min(job.closing_at);
        }
        let seconds = u64::try_from(through - job.through).unwrap_or(0);
        let most = job.units + seconds * job.terms.order.unit_cap;
        let units = match self.random.below(8) {
            0 => most.saturating_add(self.random.below(2)),
            1 => self.random.next() % (most + 10),
            2..=4 => self.random.between(job.units, most.max(job.units)),
            // A slice of what the budget still pays for.
            _ => {
                let order = &job.terms.order;
                let rest =
                    u128::from(order.budget - job.accepted) * u128::from(order.unit) / u128::from(order.rate);
                let slice = u64::try_from(rest / 8 + 1).unwrap_or(u64::MAX);
                most.min(job.units.saturating_add(self.random.between(1, slice.min(1 << 40))))
            }
        };
        through = through.saturating_add(i64::from(self.random.one_in(20)));
        let receipt = Receipt {
            domain: domain(&CLUSTER),
            job: keys.job,
            opened_at: job.opened_at,
            units,
            through,
            commitment: None,
        };
        let message = receipt.encode();
        let signer = if self.random.one_in(20) { provider.insecure_clone() } else { session };
        let verify = verify_receipt(&signer.pubkey(), signer.sign_message(&message).as_array(), &message);
        let settle = self.world.network.settle(&provider.pubkey(), &keys.job, self.world.epoch(), 0);
        let all = [verify, settle.clone(), settle];
        // Now and then the same receipt twice in one transaction: refused as a whole.
        let count = if self.random.one_in(20) { 3 } else { 2 };
        let outcome = self.send("settle", &all[..count], &[&provider]);
        assert!(!(count == 3 && outcome.is_ok()), "a receipt counted twice");
        "settle"
    }

    fn close(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Running]) else { return "close_job" };
        let (consumer, provider) = self.parties(&job);
        let (consumer, provider) = (consumer.consumer.insecure_clone(), provider.provider.insecure_clone());
        let party = if self.random.one_in(2) { consumer } else { provider };
        let close = self.world.network.close_job(&party.pubkey(), &keys);
        let _ = self.send("close_job", &[close], &[&party]);
        "close_job"
    }

    fn cancel(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Offered, JobState::Open, JobState::Assigned]) else {
            return "cancel_job";
        };
        let consumer = self.parties(&job).0.consumer.insecure_clone();
        let cancel = self.world.network.cancel_job(&consumer.pubkey(), &keys);
        let _ = self.send("cancel_job", &[cancel], &[&consumer]);
        "cancel_job"
    }

    fn mark(&mut self) -> &'static str {
        let now = self.world.now();
        let mut jobs = self.jobs();
        if !self.random.one_in(5) {
            jobs.retain(|(_, job)| match job.state() {
                Some(JobState::Assigned) => now > job.terms.order.start_by,
                Some(JobState::Running | JobState::Closing | JobState::Settling) => {
                    job.outstanding().is_some_and(|usd| usd > 0) && job.escrow > 0
                }
                _ => false,
            });
        }
        let Some((keys, job)) = self.random.pick(&jobs).copied() else { return "mark" };
        let by = match self.random.below(3) {
            0 => self.parties(&job).0.consumer.insecure_clone(),
            _ => self.stranger.insecure_clone(),
        };
        let mark = self.world.network.mark(&by.pubkey(), &keys);
        let _ = self.send("mark", &[mark], &[&by]);
        "mark"
    }

    fn advance(&mut self) -> &'static str {
        use JobState::{Assigned, Closing, Offered, Open, Running, Settling};
        let Some((keys, _)) = self.job(&[Offered, Open, Assigned, Running, Closing, Settling]) else {
            return "advance_job";
        };
        let advance = self.world.network.advance_job(&keys);
        let _ = self.send("advance_job", &[advance], &[]);
        "advance_job"
    }

    fn convert(&mut self) -> &'static str {
        let mut jobs = self.jobs();
        jobs.retain(|(_, job)| job.outstanding().is_some_and(|usd| usd > 0) && job.escrow > 0);
        let Some((keys, _)) = self.random.pick(&jobs).copied() else { return "convert" };
        let convert = self.world.network.convert(&self.stranger.pubkey(), &keys, self.world.epoch());
        let stranger = self.stranger.insecure_clone();
        let _ = self.send("convert", &[convert], &[&stranger]);
        "convert"
    }

    fn withdraw(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Closed, JobState::Cancelled, JobState::Failed]) else {
            return "withdraw";
        };
        let party = *self.random.pick(&Party::ALL).unwrap();
        let wallet = match party {
            Party::Consumer => job.terms.consumer,
            Party::Provider => self.parties(&job).1.provider.pubkey(),
            Party::Reporter => job.reporter,
            // Owed on the stable rail alone: nothing, in these networks.
            Party::Buyback | Party::Treasury => settlement_interface::pda::config(),
        };
        let withdraw = self.world.network.withdraw(&keys, party as u8, &wallet);
        let _ = self.send("withdraw", &[withdraw], &[]);
        "withdraw"
    }

    fn claim(&mut self) -> &'static str {
        let authority = self.key(|actors| &actors.provider).pubkey();
        let claim = self.world.network.claim(&authority);
        let _ = self.send("claim", &[claim], &[]);
        "claim"
    }

    fn rebate(&mut self) -> &'static str {
        let credits = self.world.all::<Credit>();
        let Some((_, credit)) = self.random.pick(&credits).copied() else { return "claim_rebate" };
        let authority = self
            .actors
            .iter()
            .find(|actors| actors.provider_address() == credit.provider)
            .map(|actors| actors.provider.pubkey())
            .unwrap();
        let rebate = self.world.network.claim_rebate(&authority, credit.epoch, &credit.rent_payer);
        let _ = self.send("claim_rebate", &[rebate], &[]);
        "claim_rebate"
    }

    fn close_epoch(&mut self) -> &'static str {
        let mut epochs = self.world.all::<Epoch>();
        if !self.random.one_in(4) {
            epochs.retain(|(_, epoch)| epoch.claimed == epoch.credits);
        }
        let Some((_, epoch)) = self.random.pick(&epochs).copied() else { return "close_epoch" };
        let close = self.world.network.close_epoch(epoch.index, &epoch.rent_payer);
        let _ = self.send("close_epoch", &[close], &[]);
        "close_epoch"
    }

    fn stake(&mut self) -> &'static str {
        let provider = self.key(|actors| &actors.provider);
        let (authority, network) = (provider.pubkey(), self.world.network);
        match self.random.below(3) {
            0 => {
                let amount = self.random.below(50_000_000_000);
                let stake = network.stake(
                    &authority,
                    &self.world.associated(&authority),
                    &pda::provider(&authority),
                    amount,
                );
                let _ = self.send("stake", &[stake], &[&provider]);
                "stake"
            }
            1 => {
                let request = network.request_unstake(&authority, self.random.below(100_000_000_000));
                let _ = self.send("request_unstake", &[request], &[&provider]);
                "request_unstake"
            }
            _ => {
                let _ = self.send("withdraw_stake", &[network.withdraw_stake(&authority)], &[]);
                "withdraw_stake"
            }
        }
    }

    fn top_up(&mut self) -> &'static str {
        let Some((keys, job)) =
            self.job(&[JobState::Offered, JobState::Open, JobState::Assigned, JobState::Running])
        else {
            return "top_up";
        };
        let consumer = self.parties(&job).0.consumer.insecure_clone();
        let source = self.world.associated(&consumer.pubkey());
        let amount = self.random.below(10_000_000_000);
        let budget = if self.random.one_in(2) { 0 } else { self.random.below(10_000_000) };
        let top_up = self.world.network.top_up(&consumer.pubkey(), &source, &keys.job, amount, budget);
        let _ = self.send("top_up", &[top_up], &[&consumer]);
        "top_up"
    }

    fn rotate(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Running]) else { return "rotate_meter" };
        let consumer = self.parties(&job).0;
        // Back and forth between two keys of the consumer, of which receipts are signed by one.
        let meter = if job.meter == consumer.session.pubkey() {
            consumer.consumer.pubkey()
        } else {
            consumer.session.pubkey()
        };
        let consumer = consumer.consumer.insecure_clone();
        let rotate = self.world.network.rotate_meter(&consumer.pubkey(), &keys, &meter);
        let _ = self.send("rotate_meter", &[rotate], &[&consumer]);
        "rotate_meter"
    }

    fn reclaim(&mut self) -> &'static str {
        let Some((keys, job)) = self.job(&[JobState::Closed, JobState::Cancelled, JobState::Failed]) else {
            return "reclaim_job";
        };
        let reclaim = self.world.network.reclaim_job(&keys.job, &job.terms.consumer, &job.rent_payer);
        if self.send("reclaim_job", &[reclaim], &[]).is_ok() {
            self.gifts.remove(&pda::vault(&keys.job));
        }
        "reclaim_job"
    }
}
