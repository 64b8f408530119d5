//! Tally's settlement program: escrows consumer payments, burns and mints the compute token against
//! USD-priced receipts, and slashes providers that fail. A table of contents; each instruction is in
//! a file of its own, what it moves is computed in `settlement_interface::rules`.

#![cfg_attr(not(any(test, feature = "idl-build")), no_std)]
#![allow(missing_docs)] // Anchor's generated code carries no docs; what users read is in the IDL

extern crate alloc;

use alloc::vec::Vec;
use anchor_lang::prelude::*;
#[cfg(target_arch = "bpf")]
use libcalls as _;

mod emit;
#[cfg(target_os = "solana")]
mod entrypoint;
mod guards;
#[cfg(all(test, feature = "idl-build"))]
mod idl;
pub mod instructions;
mod pending;
mod stake_vault;
mod tokens;
mod tokens_of;

use guards::evidence::Listings;
pub use instructions::admin::*;
pub use instructions::case::*;
pub use instructions::dispute::*;
pub use instructions::job::*;
pub use instructions::market::*;
pub use instructions::money::*;
pub use instructions::party::*;
pub use instructions::third_party::*;
use settlement_interface::accounts::{RATES, RateEntry, StandingOffer};
use settlement_interface::change::Change;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Genesis;
use settlement_interface::terms::Order;

declare_id!("TaLLyzw5Nc2bxrsE5rGGEFwmZ5EyjBdoYDU4aFyQ31c");

const _: () = assert!(
    matches!(settlement_interface::ID.as_array(), id if same_bytes(id, ID.as_array())),
    "settlement and settlement-interface declare different program ids",
);

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler alone"
)]
const fn same_bytes(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let mut i = 0;
    while i < 32 {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[program]
pub mod settlement {
    use super::*;

    // The network.

    pub fn initialize(ctx: &mut Context<Initialize>, genesis: Genesis) -> Result<()> {
        instructions::admin::initialize::handler(ctx, genesis)
    }
    pub fn propose_admin(ctx: &mut Context<ProposeAdmin>, proposed: Address) -> Result<()> {
        instructions::admin::propose_admin::handler(ctx, proposed)
    }
    pub fn accept_admin(ctx: &mut Context<AcceptAdmin>) -> Result<()> {
        instructions::admin::accept_admin::handler(ctx)
    }
    pub fn pause(ctx: &mut Context<PauseNetwork>, seconds: u32) -> Result<()> {
        instructions::admin::pause::handler(ctx, seconds)
    }
    pub fn unpause(ctx: &mut Context<Unpause>) -> Result<()> {
        instructions::admin::unpause::handler(ctx)
    }
    pub fn resume(ctx: &mut Context<Resume>) -> Result<()> {
        instructions::admin::resume::handler(ctx)
    }
    pub fn queue_change(ctx: &mut Context<QueueChange>, change: Change) -> Result<()> {
        instructions::admin::queue_change::handler(ctx, change)
    }
    pub fn apply_change(ctx: &mut Context<ApplyChange>) -> Result<()> {
        instructions::admin::apply_change::handler(ctx)
    }
    pub fn open_stable_rail(ctx: &mut Context<OpenStableRail>) -> Result<()> {
        instructions::admin::open_stable_rail::handler(ctx)
    }
    pub fn cancel_change(ctx: &mut Context<CancelChange>) -> Result<()> {
        instructions::admin::cancel_change::handler(ctx)
    }

    // Consumers and providers.

    pub fn register_consumer(ctx: &mut Context<RegisterConsumer>) -> Result<()> {
        instructions::party::register_consumer::handler(ctx)
    }
    pub fn register_provider(
        ctx: &mut Context<RegisterProvider>,
        metadata_hash: [u8; 32],
        rates: [RateEntry; RATES],
    ) -> Result<()> {
        instructions::party::register_provider::handler(ctx, metadata_hash, rates)
    }
    pub fn update_provider(
        ctx: &mut Context<UpdateProvider>,
        metadata_hash: [u8; 32],
        rates: [RateEntry; RATES],
    ) -> Result<()> {
        instructions::party::update_provider::handler(ctx, metadata_hash, rates)
    }
    pub fn stake(ctx: &mut Context<Stake>, amount: u64) -> Result<()> {
        instructions::party::stake::handler(ctx, amount)
    }
    pub fn request_unstake(ctx: &mut Context<RequestUnstake>, amount: u64) -> Result<()> {
        instructions::party::request_unstake::handler(ctx, amount)
    }
    pub fn withdraw_stake(ctx: &mut Context<WithdrawStake>) -> Result<()> {
        instructions::party::withdraw_stake::handler(ctx)
    }

    // Third parties.

    pub fn register_meter(ctx: &mut Context<RegisterMeter>) -> Result<()> {
        instructions::third_party::register_meter::handler(ctx)
    }
    pub fn register_arbiter(ctx: &mut Context<RegisterArbiter>) -> Result<()> {
        instructions::third_party::register_arbiter::handler(ctx)
    }
    pub fn vouch(ctx: &mut Context<Vouch>, amount: u64) -> Result<()> {
        instructions::third_party::vouch::handler(ctx, amount)
    }
    pub fn request_unvouch(ctx: &mut Context<RequestUnvouch>, amount: u64) -> Result<()> {
        instructions::third_party::request_unvouch::handler(ctx, amount)
    }
    pub fn withdraw_vouched(ctx: &mut Context<WithdrawVouched>) -> Result<()> {
        instructions::third_party::withdraw_vouched::handler(ctx)
    }

    // Jobs.

    pub fn open_job(ctx: &mut Context<OpenJob>, nonce: u64, order: Order, amount: u64) -> Result<()> {
        instructions::job::open_job::handler(ctx, nonce, order, amount)
    }
    pub fn top_up(ctx: &mut Context<TopUp>, amount: u64, budget: u64) -> Result<()> {
        instructions::job::top_up::handler(ctx, amount, budget)
    }
    pub fn accept_offer(ctx: &mut Context<AcceptOffer>, terms_hash: [u8; 32], max_bond: u64) -> Result<()> {
        instructions::job::accept_offer::handler(ctx, terms_hash, max_bond)
    }
    pub fn start_job(ctx: &mut Context<StartJob>) -> Result<()> {
        instructions::job::start_job::handler(ctx)
    }
    pub fn rotate_meter(ctx: &mut Context<RotateMeter>, meter: Address) -> Result<()> {
        instructions::job::rotate_meter::handler(ctx, meter)
    }
    pub fn cancel_job(ctx: &mut Context<CancelJob>) -> Result<()> {
        instructions::job::cancel_job::handler(ctx)
    }
    pub fn close_job(ctx: &mut Context<CloseJob>) -> Result<()> {
        instructions::job::close_job::handler(ctx)
    }
    pub fn mark(ctx: &mut Context<Mark>) -> Result<()> {
        instructions::job::mark::handler(ctx)
    }
    pub fn advance_job(ctx: &mut Context<AdvanceJob>) -> Result<()> {
        instructions::job::advance_job::handler(ctx)
    }
    pub fn withdraw(ctx: &mut Context<Withdraw>, party: u8) -> Result<()> {
        instructions::job::withdraw::handler(ctx, party)
    }
    pub fn reclaim_job(ctx: &mut Context<ReclaimJob>) -> Result<()> {
        instructions::job::reclaim_job::handler(ctx)
    }

    // The market.

    pub fn place_bid(
        ctx: &mut Context<PlaceBid>,
        terms_hash: [u8; 32],
        rate: u64,
        max_bond: u64,
    ) -> Result<()> {
        instructions::market::place_bid::handler(ctx, terms_hash, rate, max_bond)
    }
    pub fn withdraw_bid(ctx: &mut Context<WithdrawBid>) -> Result<()> {
        instructions::market::withdraw_bid::handler(ctx)
    }
    pub fn accept_bid(ctx: &mut Context<AcceptBid>) -> Result<()> {
        instructions::market::accept_bid::handler(ctx)
    }
    pub fn set_standing_offer(ctx: &mut Context<SetStandingOffer>, offer: StandingOffer) -> Result<()> {
        instructions::market::set_standing_offer::handler(ctx, offer)
    }
    pub fn accept_standing_offer(ctx: &mut Context<AcceptStandingOffer>) -> Result<()> {
        instructions::market::accept_standing_offer::handler(ctx)
    }
    pub fn top_up_bond(ctx: &mut Context<TopUpBond>, amount: u64) -> Result<()> {
        instructions::market::top_up_bond::handler(ctx, amount)
    }

    // Outage cases.

    pub fn open_case(
        ctx: &mut Context<OpenCase>,
        index: u64,
        evidence: u8,
        first: u16,
        second: u16,
        max_bond: u64,
    ) -> Result<()> {
        instructions::case::open_case::handler(ctx, index, evidence, first, second, max_bond)
    }
    pub fn answer_case(
        ctx: &mut Context<AnswerCase>,
        first: u16,
        second: u16,
        units: [u64; 2],
        through: [i64; 2],
        split: u8,
        siblings: Vec<[u8; 32]>,
    ) -> Result<()> {
        let listings = Listings { units, through, split, siblings: &siblings };
        instructions::case::answer_case::handler(ctx, first, second, &listings)
    }
    pub fn resolve_case(ctx: &mut Context<ResolveCase>) -> Result<()> {
        instructions::case::resolve_case::handler(ctx)
    }
    pub fn withdraw_case(ctx: &mut Context<WithdrawCase>) -> Result<()> {
        instructions::case::withdraw_case::handler(ctx)
    }

    // Disputes.

    pub fn open_dispute(
        ctx: &mut Context<OpenDispute>,
        index: u64,
        receipt: u64,
        root: [u8; 32],
        panel: Panel,
        max_bond: u64,
    ) -> Result<()> {
        instructions::dispute::open_dispute::handler(ctx, index, receipt, root, panel, max_bond)
    }
    pub fn reveal(ctx: &mut Context<Reveal>, step: [u8; 32], proof: [[u8; 32]; 20]) -> Result<()> {
        instructions::dispute::reveal::handler(ctx, &step, &proof)
    }
    pub fn rule(ctx: &mut Context<Rule>, for_provider: bool) -> Result<()> {
        instructions::dispute::rule::handler(ctx, for_provider)
    }
    pub fn resolve_dispute(ctx: &mut Context<ResolveDispute>) -> Result<()> {
        instructions::dispute::resolve_dispute::handler(ctx)
    }
    pub fn release_arbiter(ctx: &mut Context<ReleaseArbiter>) -> Result<()> {
        instructions::dispute::release_arbiter::handler(ctx)
    }
    pub fn withdraw_dispute(ctx: &mut Context<WithdrawDispute>, member: u8) -> Result<()> {
        instructions::dispute::withdraw_dispute::handler(ctx, member)
    }
    pub fn close_dispute(ctx: &mut Context<CloseDispute>) -> Result<()> {
        instructions::dispute::close_dispute::handler(ctx)
    }

    // Money.

    pub fn settle(ctx: &mut Context<Settle>, receipt_index: u16) -> Result<()> {
        instructions::money::settle::handler(ctx, receipt_index)
    }
    pub fn accept_batch(
        ctx: &mut Context<AcceptBatch>,
        receipt_index: u16,
        through: i64,
        units: Vec<u64>,
    ) -> Result<()> {
        instructions::money::accept_batch::handler(ctx, receipt_index, through, units)
    }
    pub fn convert(ctx: &mut Context<Convert>) -> Result<()> {
        instructions::money::convert::handler(ctx)
    }
    pub fn settle_stable(ctx: &mut Context<SettleStable>, receipt_index: u16) -> Result<()> {
        instructions::money::settle_stable::handler(ctx, receipt_index)
    }
    pub fn convert_stable(ctx: &mut Context<ConvertStable>) -> Result<()> {
        instructions::money::convert_stable::handler(ctx)
    }
    pub fn observe(ctx: &mut Context<Observe>) -> Result<()> {
        instructions::money::observe::handler(ctx)
    }
    pub fn claim(ctx: &mut Context<Claim>) -> Result<()> {
        instructions::money::claim::handler(ctx)
    }
    pub fn claim_rebate(ctx: &mut Context<ClaimRebate>) -> Result<()> {
        instructions::money::claim_rebate::handler(ctx)
    }
    pub fn close_epoch(ctx: &mut Context<CloseEpoch>) -> Result<()> {
        instructions::money::close_epoch::handler(ctx)
    }
    pub fn tick_buyback(ctx: &mut Context<TickBuyback>) -> Result<()> {
        instructions::money::tick_buyback::handler(ctx)
    }
    pub fn buyback(ctx: &mut Context<BuyBack>, amount: u64, max_tokens: u64) -> Result<()> {
        instructions::money::buyback::handler(ctx, amount, max_tokens)
    }
}
