//! A step as the instructions that carry it out.

use crate::market::Market;
use crate::spec::step::{Signed, Step, Word, Words};
use settlement_interface::absence::Absence;
use settlement_interface::accounts::Party;
use settlement_interface::instructions::{Evidence, JobKeys, LAST, Listed, START, verify_receipt};
use settlement_interface::{Address, batch};
use solana_instruction::Instruction;
use solana_signer::Signer;

/// Of a batch's entry.
#[derive(Default)]
struct Proof {
    units: u64,
    through: i64,
    siblings: Vec<[u8; 32]>,
}

impl Proof {
    fn listed(&self) -> Listed<'_> {
        Listed { units: self.units, through: self.through, siblings: &self.siblings }
    }
}

impl Market {
    /// What a job's instructions name; a job that is gone names nobody.
    fn named(&self, job: &Address) -> JobKeys {
        let provider = self.spec.jobs.get(job).map_or(Address::default(), |job| job.terms.provider);
        JobKeys { job: *job, provider }
    }

    /// An Ed25519 instruction over a message of whoever signs; returns its index.
    fn sign(&self, all: &mut Vec<Instruction>, signer: &Address, message: &[u8]) -> u16 {
        let signature = self.keys[signer].sign_message(message);
        all.push(verify_receipt(signer, signature.as_array(), message));
        u16::try_from(all.len() - 1).unwrap()
    }

    fn words(&self, all: &mut Vec<Instruction>, words: &Signed) -> u16 {
        self.sign(all, &words.signer, &words.receipt.encode())
    }

    /// Where a word is found, and what proves it if it is in a batch.
    fn word(&self, all: &mut Vec<Instruction>, word: &Word) -> (u16, Proof) {
        match word {
            Word::Start => (START, Proof::default()),
            Word::Last => (LAST, Proof::default()),
            Word::Receipt(words) => (self.words(all, words), Proof::default()),
            Word::Batch { signer, entries, through, place } => {
                let message = batch::message(&self.spec.domain, entries, *through);
                let siblings = batch::siblings(entries, *through, *place);
                let proof = Proof { units: entries[*place].2, through: *through, siblings };
                (self.sign(all, signer, &message), proof)
            }
        }
    }

    /// Adds a step's instructions behind others.
    pub fn build(&self, step: &Step, all: &mut Vec<Instruction>) {
        let network = self.world.network;
        let rail = self.rail;
        let spec = &self.spec;
        let built = match step {
            Step::ProposeAdmin { by, proposed } => network.propose_admin(by, proposed),
            Step::AcceptAdmin { by } => network.accept_admin(by),
            Step::Pause { by, seconds } => network.pause(by, *seconds),
            Step::Unpause { by } => network.unpause(by),
            Step::Resume => network.resume(),
            Step::QueueChange { by, payer, index, change } => network.queue_change(by, payer, *index, change),
            Step::ApplyChange { by, index, rent_payer } => network.apply_change(by, *index, rent_payer),
            Step::OpenRail { by, payer, index, rent_payer } => rail.open_rail(by, payer, *index, rent_payer),
            Step::CancelChange { by, index, rent_payer } => network.cancel_change(by, *index, rent_payer),
            Step::RegisterConsumer { payer, wallet } => network.register_consumer(payer, wallet),
            Step::RegisterProvider { payer, by, hash, rates } => {
                network.register_provider(payer, by, hash, rates)
            }
            Step::UpdateProvider { by, hash, rates } => network.update_provider(by, hash, rates),
            Step::Stake { by, provider, amount } => {
                network.stake(by, &spec.associated(by), provider, *amount)
            }
            Step::RequestUnstake { by, amount } => network.request_unstake(by, *amount),
            Step::WithdrawStake { authority } => network.withdraw_stake(authority),
            Step::RegisterMeter { payer, key, by } => network.register_meter(payer, key, by),
            Step::RegisterArbiter { payer, by } => network.register_arbiter(payer, by),
            Step::Vouch { by, party, amount } => network.vouch(by, &spec.associated(by), party, *amount),
            Step::RequestUnvouch { by, party, amount } => network.request_unvouch(by, party, *amount),
            Step::WithdrawVouched { wallet, party } => network.withdraw_vouched(wallet, party),
            Step::OpenJob { payer, by, provider, nonce, order, amount, dollars } => {
                if *dollars {
                    rail.open_job(payer, by, &spec.dollars(by), provider, *nonce, order, *amount)
                } else {
                    network.open_job(payer, by, &spec.associated(by), provider, *nonce, order, *amount)
                }
            }
            Step::TopUp { by, job, amount, budget, dollars } => {
                if *dollars {
                    rail.top_up(by, &spec.dollars(by), job, *amount, *budget)
                } else {
                    network.top_up(by, &spec.associated(by), job, *amount, *budget)
                }
            }
            Step::AcceptOffer { by, job, terms_hash, max_bond } => {
                network.accept_offer(by, job, terms_hash, *max_bond)
            }
            Step::AcceptStanding { job, provider } => network.accept_standing_offer(job, provider),
            Step::StartJob { by, job } => network.start_job(by, job),
            Step::RotateMeter { by, job, meter } => network.rotate_meter(by, &self.named(job), meter),
            Step::CancelJob { by, job } => network.cancel_job(by, &self.named(job)),
            Step::CloseJob { by, job } => network.close_job(by, &self.named(job)),
            Step::Mark { by, job } => network.mark(by, &self.named(job)),
            Step::AdvanceJob { job } => network.advance_job(&self.named(job)),
            Step::Withdraw { job, party, wallet, dollars } => match Party::from_code(*party) {
                Some(party) if *dollars => rail.withdraw(&self.named(job), party, wallet),
                _ => network.withdraw(&self.named(job), *party, wallet),
            },
            Step::ReclaimJob { job, rent_payer, dollars } => {
                let wallet = spec.jobs.get(job).map_or(Address::default(), |job| job.terms.consumer);
                if *dollars {
                    rail.reclaim_job(job, &wallet, rent_payer)
                } else {
                    network.reclaim_job(job, &wallet, rent_payer)
                }
            }
            Step::PlaceBid { payer, by, job, terms_hash, rate, max_bond } => {
                network.place_bid(payer, by, job, terms_hash, *rate, *max_bond)
            }
            Step::WithdrawBid { by, job, provider, rent_payer } => {
                network.withdraw_bid(by, job, provider, rent_payer)
            }
            Step::AcceptBid { by, job, provider, rent_payer } => {
                network.accept_bid(by, job, provider, rent_payer)
            }
            Step::SetStanding { by, offer } => network.set_standing_offer(by, offer),
            Step::TopUpBond { by, job, amount } => network.top_up_bond(by, job, *amount),
            Step::OpenCase { payer, by, job, index, words, max_bond } => {
                let evidence = match words {
                    Words::Receipts(first, second) => {
                        let (first, _) = self.word(all, first);
                        Evidence::Receipts(first, self.word(all, second).0)
                    }
                    Words::Absence(signer, from, to) => {
                        let opened_at = self.spec.jobs.get(job).map_or(0, |job| job.opened_at);
                        let absence = Absence {
                            domain: spec.domain,
                            job: *job,
                            opened_at: i64::try_from(opened_at).unwrap(),
                            from: *from,
                            to: *to,
                        };
                        Evidence::Absence(self.sign(all, signer, &absence.encode()))
                    }
                };
                let source = spec.associated(by);
                let meter = spec.jobs.get(job).map_or(Address::default(), |job| job.terms.order.meter);
                network.open_case(payer, by, &source, &self.named(job), *index, &meter, evidence, *max_bond)
            }
            Step::AnswerCase { job, index, meter, rent_payer, first, second } => {
                let (first, before) = self.word(all, first);
                let (second, after) = self.word(all, second);
                let listed = [before.listed(), after.listed()];
                network.answer_case(&self.named(job), *index, meter, rent_payer, first, second, listed)
            }
            Step::ResolveCase { job, index, meter } => network.resolve_case(&self.named(job), *index, meter),
            Step::WithdrawCase { job, index, reporter, rent_payer } => {
                network.withdraw_case(job, *index, reporter, rent_payer)
            }
            Step::OpenDispute { payer, by, job, index, receipt, root, panel, max_bond } => {
                let source = spec.associated(by);
                let keys = self.named(job);
                network.open_dispute(payer, by, &source, &keys, *index, *receipt, root, panel, *max_bond)
            }
            Step::Reveal { by, dispute, step, proof } => network.reveal(by, dispute, step, proof),
            Step::Rule { by, dispute, for_provider } => network.rule(by, dispute, *for_provider),
            Step::ReleaseArbiter { dispute, wallet } => network.release_arbiter(dispute, wallet),
            Step::ResolveDispute { job, dispute } => network.resolve_dispute(&self.named(job), dispute),
            Step::WithdrawDispute { dispute, member, wallet } => {
                network.withdraw_dispute(dispute, *member, wallet)
            }
            Step::CloseDispute { dispute, rent_payer } => network.close_dispute(dispute, rent_payer),
            Step::Settle { by, job, words } => {
                let at = self.words(all, words);
                network.settle(by, job, self.epoch(), at)
            }
            Step::Convert { by, job } => network.convert(by, &self.named(job), self.epoch()),
            Step::SettleStable { by, job, words } => {
                let at = self.words(all, words);
                rail.settle(by, job, at)
            }
            Step::ConvertStable { job } => rail.convert(job),
            Step::AcceptBatch { signer, jobs, units, signed, gone, through } => {
                let mut missing = gone.iter();
                let entry = |(job, units): (&Address, &u64)| {
                    let opened_at = match self.spec.jobs.get(job) {
                        Some(job) => i64::try_from(job.opened_at).unwrap(),
                        None => missing.next().copied().unwrap_or(0),
                    };
                    (*job, opened_at, *units)
                };
                let entries: Vec<_> = jobs.iter().zip(signed).map(entry).collect();
                let at = self.sign(all, signer, &batch::message(&spec.domain, &entries, *through));
                let jobs: Vec<_> = jobs.iter().copied().zip(units.iter().copied()).collect();
                network.accept_batch_without(&jobs, gone, *through, at)
            }
            Step::Observe => network.observe(),
            Step::Claim { authority } => network.claim(authority),
            Step::ClaimRebate { authority, epoch, rent_payer } => {
                network.claim_rebate(authority, *epoch, rent_payer)
            }
            Step::CloseEpoch { epoch, rent_payer } => network.close_epoch(*epoch, rent_payer),
            Step::TickBuyback => rail.tick_buyback(),
            Step::Buyback { by, destination, amount, max_tokens } => {
                rail.buyback(by, &spec.associated(by), destination, *amount, *max_tokens)
            }
        };
        all.push(built);
    }

    /// Index of the present epoch.
    pub fn epoch(&self) -> u64 {
        u64::try_from(self.spec.epoch_index()).unwrap()
    }
}
