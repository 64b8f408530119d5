//! The way out, from wherever the market is: no key helps but one's own, and the oracle is dead, works or comes
//! back.
//!
//! First nobody signs for anybody: time and instructions that anyone can send end every job, decide
//! every case and dispute, and pay everybody. What cannot be delivered stays, with its own vault, and
//! holds up nothing else. Then, each with its own key alone, parties take their stake back.

use crate::feed::Feed;
use crate::market::Market;
use crate::owed;
use crate::spec::arithmetic::N;
use crate::spec::entities::Stage;
use crate::spec::step::Step;
use settlement_interface::accounts::Party;
use settlement_interface::rules::CHALLENGER;
use settlement_interface::{Address, pda};

/// Days within which everything ends that waits for time alone.
const DAYS: u32 = 60;
/// The longest wait in which nothing can be sent: for the consumer's minimum price, seven days beyond the job's
/// end, which is less than one away. Halts take two.
const IDLE: u32 = 9;

impl Market {
    /// Drives everything out on a copy of the present state, then forgets what came of it.
    pub fn everybody_gets_out(&mut self) {
        let svm = self.world.svm.clone();
        let kept =
            (self.spec.clone(), self.sequences.clone(), self.gifts.clone(), self.lost, self.world.price);
        let (gone, told) = (self.gone.len(), self.world.history.len());
        let mut feed = Feed::of(self.drains, self);
        self.drained(&feed);
        self.note(format!("drain with the oracle {}", feed.name()));
        self.lost = None;
        self.draining = true;
        self.feed(&feed);
        let owed = owed::at_least(&self.world, &feed, self.stranger);
        let before: Vec<_> = owed.keys().map(|account| self.world.dollars(account)).collect();
        self.time_alone(&mut feed);
        self.only_the_undeliverable_waits();
        self.deliver();
        self.time_alone(&mut feed);
        self.stakes_return(&mut feed);
        self.nothing_is_left();
        for ((account, due), before) in owed.into_iter().zip(before) {
            let got = N::from(self.world.dollars(&account)) - N::from(before);
            assert!(got >= due, "{account} got {got} of {due}\n{}", self.history());
        }
        self.draining = false;
        self.drains += 1;
        self.world.svm = svm;
        (self.spec, self.sequences, self.gifts, self.lost, self.world.price) = kept;
        self.gone.truncate(gone);
        self.world.history.truncate(told);
        self.note("back from the drain".into());
    }

    /// Plays a step if the model says that it can be; the program has to agree. Says whether it was.
    fn attempt(&mut self, step: Step) -> bool {
        let mut next = self.spec.clone();
        let verdict = next.apply(&step);
        verdict.is_ok() && self.play_as(&[step], next, &verdict)
    }

    /// Days pass and anyone sends whatever is due, until nothing changes any more.
    fn time_alone(&mut self, feed: &mut Feed) {
        let mut idle = 0;
        for _ in 0..DAYS {
            let before = self.played;
            self.anyone();
            idle = if self.played == before { idle + 1 } else { 0 };
            if idle > IDLE {
                return;
            }
            self.a_day(feed);
        }
    }

    /// Everything that is possible at this moment without anybody's key.
    fn anyone(&mut self) {
        let by = self.stranger;
        for (dispute, found) in self.spec.disputes.clone() {
            self.attempt(Step::ResolveDispute { job: found.job, dispute });
            let found = self.spec.disputes[&dispute].clone();
            if found.stage == Stage::Resolved {
                for place in found.unpaid {
                    let wallet = found.panel.members[place];
                    self.attempt(Step::WithdrawDispute {
                        dispute,
                        member: u8::try_from(place).unwrap(),
                        wallet,
                    });
                }
                self.attempt(Step::WithdrawDispute { dispute, member: CHALLENGER, wallet: found.challenger });
                for place in found.held {
                    self.attempt(Step::ReleaseArbiter { dispute, wallet: found.panel.members[place] });
                }
                self.attempt(Step::CloseDispute { dispute, rent_payer: found.rent_payer });
            }
        }
        for case in self.spec.cases.clone().into_values() {
            let index = u64::try_from(case.index).unwrap();
            let (job, reporter, rent_payer) = (case.job, case.reporter, case.rent_payer);
            if let Some(found) = self.spec.jobs.get(&job) {
                let meter = found.terms.order.meter;
                self.attempt(Step::ResolveCase { job, index, meter });
            }
            self.attempt(Step::WithdrawCase { job, index, reporter, rent_payer });
        }
        for job in self.spec.jobs.clone().into_keys() {
            self.attempt(Step::Mark { by, job });
            self.attempt(Step::Convert { by, job });
            while self.attempt(Step::AdvanceJob { job }) {}
            for party in Party::ALL {
                let found = self.spec.jobs[&job].clone();
                if found.dues[party as usize] == Default::default() {
                    continue;
                }
                let wallet = self.payee(&found, party);
                for dollars in [false, true] {
                    self.attempt(Step::Withdraw { job, party: party as u8, wallet, dollars });
                }
            }
            let found = &self.spec.jobs[&job];
            let (dollars, rent_payer) = (found.terms.mint == self.spec.stable_mint, found.rent_payer);
            self.attempt(Step::ReclaimJob { job, rent_payer, dollars });
        }
        for bid in self.spec.bids.clone().into_values() {
            let (job, provider, rent_payer) = (bid.job, bid.provider, bid.rent_payer);
            self.attempt(Step::WithdrawBid { by, job, provider, rent_payer });
        }
        for credit in self.spec.credits.clone().into_values() {
            let authority = self.spec.providers[&credit.provider].authority;
            let (epoch, rent_payer) = (u64::try_from(credit.epoch).unwrap(), credit.rent_payer);
            self.attempt(Step::ClaimRebate { authority, epoch, rent_payer });
        }
        for epoch in self.spec.epochs.clone().into_values() {
            let (index, rent_payer) = (u64::try_from(epoch.index).unwrap(), epoch.rent_payer);
            self.attempt(Step::CloseEpoch { epoch: index, rent_payer });
        }
        for provider in self.spec.providers.clone().into_values() {
            self.attempt(Step::Claim { authority: provider.authority });
            self.attempt(Step::WithdrawStake { authority: provider.authority });
        }
        for (wallet, party) in self.third() {
            self.attempt(Step::WithdrawVouched { wallet, party });
        }
        for change in self.spec.changes.clone().into_values() {
            let (index, rent_payer) = (u64::try_from(change.index).unwrap(), change.rent_payer);
            if self.spec.now > change.expires_at {
                self.attempt(Step::CancelChange { by, index, rent_payer });
            }
        }
    }

    /// Wallets and accounts of third parties.
    fn third(&self) -> Vec<(Address, Address)> {
        let meters = self.spec.meters.iter().map(|(at, meter)| (meter.authority, *at));
        let arbiters = self.spec.arbiters.iter().map(|(at, arbiter)| (arbiter.wallet, *at));
        meters.chain(arbiters).collect()
    }

    /// What is still there waits for an account that is frozen or not its wallet's, and for nothing else.
    fn only_the_undeliverable_waits(&self) {
        let spec = &self.spec;
        let blocked = |account: Address, wallet: &Address| {
            spec.tokens.get(&account).is_none_or(|account| account.frozen || account.owner != *wallet)
        };
        for (address, job) in &spec.jobs {
            let terminal = job.ended_at != 0;
            let vault = spec.tokens[&job.vault].frozen;
            let wallets: Vec<_> = [
                Some(job.terms.consumer),
                spec.providers.get(&job.terms.provider).map(|p| p.authority),
                Some(job.reporter),
                None,
                Some(spec.config.treasury),
            ]
            .to_vec();
            let party = wallets.iter().flatten().any(|wallet| {
                blocked(spec.associated(wallet), wallet) || blocked(spec.dollars(wallet), wallet)
            });
            let buyback = spec.tokens[&pda::buyback_vault()].frozen;
            assert!(
                terminal && (vault || party || buyback),
                "{address} is stuck in {:?}\n{}",
                job.state,
                self.history()
            );
        }
        assert!(spec.bids.is_empty(), "bids are stuck\n{}", self.history());
        assert!(spec.changes.is_empty(), "changes are stuck\n{}", self.history());
        for (at, case) in &spec.cases {
            let waits = case.upheld && blocked(spec.associated(&case.reporter), &case.reporter);
            assert!(waits, "case {at} is stuck\n{}", self.history());
        }
        for (at, dispute) in &spec.disputes {
            let members = dispute.unpaid.iter().map(|place| dispute.panel.members[*place]);
            let mut wallets = members.chain([dispute.challenger]);
            let waits = wallets.any(|wallet| blocked(spec.associated(&wallet), &wallet));
            assert!(dispute.stage == Stage::Resolved && waits, "dispute {at} is stuck\n{}", self.history());
        }
    }

    /// Issuer and thieves relent.
    fn deliver(&mut self) {
        let frozen: Vec<_> = self
            .spec
            .tokens
            .iter()
            .filter(|(_, account)| account.frozen)
            .map(|(address, _)| *address)
            .collect();
        for address in frozen {
            self.set_frozen(&address, false);
        }
        for wallet in self.keys.keys().copied().collect::<Vec<_>>() {
            let account = self.spec.associated(&wallet);
            if self.spec.tokens[&account].owner != wallet {
                self.set_owner(&account, &wallet);
            }
        }
    }

    /// Each with its own key.
    fn stakes_return(&mut self, feed: &mut Feed) {
        for provider in self.spec.providers.clone().into_values() {
            let free = u64::try_from(provider.stake - provider.locked - provider.unbonding).unwrap();
            self.attempt(Step::RequestUnstake { by: provider.authority, amount: free });
        }
        for (by, party) in self.third() {
            let vouched = match self.spec.meters.get(&party) {
                Some(meter) => meter.vouched.clone(),
                None => self.spec.arbiters[&party].vouched.clone(),
            };
            let amount = u64::try_from(vouched.free()).unwrap();
            self.attempt(Step::RequestUnvouch { by, party, amount });
        }
        self.pass(31 * 86_400, true);
        self.feed(feed);
        self.anyone();
    }

    fn nothing_is_left(&self) {
        let spec = &self.spec;
        let gone = spec.jobs.is_empty()
            && spec.bids.is_empty()
            && spec.cases.is_empty()
            && spec.disputes.is_empty()
            && spec.credits.is_empty()
            && spec.epochs.is_empty()
            && spec.changes.is_empty();
        assert!(gone, "something is left\n{}", self.history());
        assert_eq!(spec.totals.locked, 0, "{}", self.history());
        for (address, provider) in &spec.providers {
            let left = (provider.stake, provider.locked, provider.claimable, provider.jobs_open);
            assert_eq!(left, (0, 0, 0, 0), "{address}\n{}", self.history());
        }
        let vault = pda::stake_vault();
        let gift = self.gifts.get(&vault).copied().unwrap_or(0);
        assert_eq!(spec.tokens[&vault].amount, gift, "stake is left\n{}", self.history());
        // All rent is back with who paid it: only accounts that are never closed hold any, the
        // buyback's two among them.
        let permanent =
            spec.providers.len() + spec.consumers.len() + spec.meters.len() + spec.arbiters.len() + 2;
        let accounts = spec.lamports.keys().filter(|address| !self.keys.contains_key(*address)).count();
        assert_eq!(accounts, permanent, "rent is left\n{}", self.history());
        self.agree();
        crate::promises::check(self);
    }
}
