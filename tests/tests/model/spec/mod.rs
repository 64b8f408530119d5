//! The reference model: the network as the specification describes it, in plain integers, maps and
//! enums. It shares layouts with the program (orders, parameters, signed messages) and no rule.
//!
//! [`Spec::apply`] says what an instruction does, or why it is refused: all the conditions that it
//! breaks, for which of several reasons the program names is not specified.

pub mod arithmetic;
mod buyback;
mod cases;
mod disputes;
mod ending;
pub mod entities;
mod governing;
mod jobs;
mod market;
mod oracle;
mod parties;
mod rewards;
pub mod service;
mod stable;
pub mod step;
mod work;

use arithmetic::N;
use entities::{
    Arbiter, Bid, Buyback, Case, Config, Consumer, Credit, Dispute, Epoch, Holding, Job, Meter, Price,
    Provider, Totals, Waiting,
};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::{Address, SettlementError};
use std::collections::BTreeMap;
use step::Step;

/// Why a step is refused: every condition that it breaks. Empty if another program or the framework
/// refuses it: an account that does not exist, tokens that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<SettlementError>);

pub type Verdict = Result<(), Refused>;

/// Refused by something else than a rule of the program.
pub const ELSEWHERE: Refused = Refused(Vec::new());

/// Refuses with each condition that does not hold.
pub fn all(conditions: &[(bool, SettlementError)]) -> Verdict {
    let broken: Vec<_> = conditions.iter().filter(|(holds, _)| !holds).map(|(_, error)| *error).collect();
    if broken.is_empty() { Ok(()) } else { Err(Refused(broken)) }
}

#[derive(Clone, Debug)]
pub struct Spec {
    pub now: N,
    pub slot: N,
    /// What the pinned account says; nothing if it is no price of the pinned feed.
    pub feed: Option<PriceMessage>,
    /// Lamports that an account of so many bytes must hold are these times bytes and 128.
    pub rent: N,
    pub mint: Address,
    pub stable_mint: Address,
    pub stable_program: Address,
    pub domain: [u8; 32],
    pub config: Config,
    pub price: Price,
    pub totals: Totals,
    pub buyback: Buyback,
    /// Supply of the compute token, and what it was.
    pub supply: N,
    /// By wallet.
    pub consumers: BTreeMap<Address, Consumer>,
    /// The rest by the address of the account.
    pub providers: BTreeMap<Address, Provider>,
    pub meters: BTreeMap<Address, Meter>,
    pub arbiters: BTreeMap<Address, Arbiter>,
    pub jobs: BTreeMap<Address, Job>,
    pub bids: BTreeMap<Address, Bid>,
    pub cases: BTreeMap<Address, Case>,
    pub disputes: BTreeMap<Address, Dispute>,
    pub epochs: BTreeMap<Address, Epoch>,
    pub credits: BTreeMap<Address, Credit>,
    pub changes: BTreeMap<Address, Waiting>,
    /// Every token account, vaults included.
    pub tokens: BTreeMap<Address, Holding>,
    /// Lamports of wallets that pay rent and of accounts that return it.
    pub lamports: BTreeMap<Address, N>,
}

impl Spec {
    /// What comes of an instruction. After a refusal the model is worth nothing: apply to a copy.
    pub fn apply(&mut self, step: &Step) -> Verdict {
        match step.clone() {
            Step::ProposeAdmin { by, proposed } => self.propose_admin(by, proposed),
            Step::AcceptAdmin { by } => self.accept_admin(by),
            Step::Pause { by, seconds } => self.pause(by, seconds.into()),
            Step::Unpause { by } => self.unpause(by),
            Step::Resume => self.resume(),
            Step::QueueChange { by, payer, index, change } => self.queue_change(by, payer, index, change),
            Step::ApplyChange { by, index, rent_payer } => self.apply_change(by, index, rent_payer),
            Step::OpenRail { by, payer, index, rent_payer } => self.open_rail(by, payer, index, rent_payer),
            Step::CancelChange { by, index, rent_payer } => self.cancel_change(by, index, rent_payer),

            Step::RegisterConsumer { payer, wallet } => self.register_consumer(payer, wallet),
            Step::RegisterProvider { payer, by, hash, rates } => {
                self.register_provider(payer, by, hash, rates)
            }
            Step::UpdateProvider { by, hash, rates } => self.update_provider(by, hash, rates),
            Step::Stake { by, provider, amount } => self.stake(by, provider, amount.into()),
            Step::RequestUnstake { by, amount } => self.request_unstake(by, amount.into()),
            Step::WithdrawStake { authority } => self.withdraw_stake(authority),

            Step::RegisterMeter { payer, key, by } => self.register_meter(payer, key, by),
            Step::RegisterArbiter { payer, by } => self.register_arbiter(payer, by),
            Step::Vouch { by, party, amount } => self.vouch(by, party, amount.into()),
            Step::RequestUnvouch { by, party, amount } => self.request_unvouch(by, party, amount.into()),
            Step::WithdrawVouched { wallet, party } => self.withdraw_vouched(wallet, party),

            Step::OpenJob { payer, by, provider, nonce, order, amount, dollars } => {
                self.open_job(payer, by, provider, nonce, order, amount.into(), dollars)
            }
            Step::TopUp { by, job, amount, budget, dollars } => {
                self.top_up(by, job, amount.into(), budget, dollars)
            }
            Step::AcceptOffer { by, job, terms_hash, max_bond } => {
                self.accept_offer(by, job, terms_hash, max_bond.into())
            }
            Step::AcceptStanding { job, provider } => self.accept_standing(job, provider),
            Step::StartJob { by, job } => self.start_job(by, job),
            Step::RotateMeter { by, job, meter } => self.rotate_meter(by, job, meter),
            Step::CancelJob { by, job } => self.cancel_job(by, job),
            Step::CloseJob { by, job } => self.close_job(by, job),
            Step::Mark { by, job } => self.mark(by, job),
            Step::AdvanceJob { job } => self.advance_job(job),
            Step::Withdraw { job, party, wallet, dollars } => self.withdraw(job, party, wallet, dollars),
            Step::ReclaimJob { job, rent_payer, dollars } => self.reclaim_job(job, rent_payer, dollars),

            Step::PlaceBid { payer, by, job, terms_hash, rate, max_bond } => {
                self.place_bid(payer, by, job, terms_hash, rate.into(), max_bond.into())
            }
            Step::WithdrawBid { by, job, provider, rent_payer } => {
                self.withdraw_bid(by, job, provider, rent_payer)
            }
            Step::AcceptBid { by, job, provider, rent_payer } => {
                self.accept_bid(by, job, provider, rent_payer)
            }
            Step::SetStanding { by, offer } => self.set_standing(by, offer),
            Step::TopUpBond { by, job, amount } => self.top_up_bond(by, job, amount.into()),

            Step::OpenCase { payer, by, job, index, words, max_bond } => {
                self.open_case(payer, by, job, index, words, max_bond.into())
            }
            Step::AnswerCase { job, index, meter, rent_payer, first, second } => {
                self.answer_case(job, index, meter, rent_payer, first, second)
            }
            Step::ResolveCase { job, index, meter } => self.resolve_case(job, index, meter),
            Step::WithdrawCase { job, index, reporter, rent_payer } => {
                self.withdraw_case(job, index, reporter, rent_payer)
            }

            Step::OpenDispute { payer, by, job, index, receipt, root, panel, max_bond } => {
                self.open_dispute(payer, by, job, index, receipt.into(), root, panel, max_bond.into())
            }
            Step::Reveal { by, dispute, step, proof } => self.reveal(by, dispute, step, &proof),
            Step::Rule { by, dispute, for_provider } => self.rule(by, dispute, for_provider),
            Step::ReleaseArbiter { dispute, wallet } => self.release_arbiter(dispute, wallet),
            Step::ResolveDispute { job, dispute } => self.resolve_dispute(job, dispute),
            Step::WithdrawDispute { dispute, member, wallet } => {
                self.withdraw_dispute(dispute, member, wallet)
            }
            Step::CloseDispute { dispute, rent_payer } => self.close_dispute(dispute, rent_payer),

            Step::Settle { by, job, words } => self.settle(by, job, words),
            Step::Convert { by, job } => self.convert(by, job),
            Step::SettleStable { by, job, words } => self.settle_stable(by, job, words),
            Step::ConvertStable { job } => self.convert_stable(job),
            Step::AcceptBatch { signer, jobs, units, signed, gone, through } => {
                self.accept_batch(signer, &jobs, &units, &signed, gone.len(), through.into())
            }
            Step::Observe => self.observe(),
            Step::Claim { authority } => self.claim(authority),
            Step::ClaimRebate { authority, epoch, rent_payer } => {
                self.claim_rebate(authority, epoch, rent_payer)
            }
            Step::CloseEpoch { epoch, rent_payer } => self.close_epoch(epoch, rent_payer),
            Step::TickBuyback => self.tick_buyback(),
            Step::Buyback { by, destination, amount, max_tokens } => {
                self.buy_back(by, destination, amount.into(), max_tokens.into())
            }
        }
    }

    /// Whether opening and accepting is paused.
    pub fn paused(&self) -> bool {
        self.now < self.config.paused_until
    }

    /// Index of the present epoch.
    pub fn epoch_index(&self) -> N {
        arithmetic::floor(self.now, self.config.parameters.epoch_len.into())
    }
}
