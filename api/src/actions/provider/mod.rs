//! What providers sign, and what anyone may sign so that they are paid.

mod accept_offer;
mod claim;
mod claim_rebate;
mod conversion;
mod convert;
mod place_bid;
mod register;
mod request_unstake;
mod settle;
mod stake;
mod standing_offer;
mod start_job;
mod top_up_bond;
mod update;
mod withdraw_bid;
mod withdraw_stake;

pub use accept_offer::AcceptOffer;
pub use claim::Claim;
pub use claim_rebate::ClaimRebate;
pub use convert::Convert;
pub use place_bid::PlaceBid;
pub use register::RegisterProvider;
pub use request_unstake::RequestUnstake;
pub use settle::Settle;
pub use stake::Stake;
pub use standing_offer::{ClearStandingOffer, SetStandingOffer};
pub use start_job::StartJob;
pub use top_up_bond::TopUpBond;
pub use update::UpdateProvider;
pub use withdraw_bid::WithdrawBid;
pub use withdraw_stake::WithdrawStake;

use super::desk::Scene;
use super::refusal::refused;
use crate::error::Result;
use settlement_interface::accounts::{Job, Provider};

/// What may become of stake that is locked in a job's bond.
const AT_RISK: &str = "lost in part or whole if you fail the job by its terms: without a start in time, by an outage \
    that is reported and not answered, by a missed service level, or by a dispute that is lost";

/// Refuses unless so much of a provider's stake is free.
fn free_stake(scene: &Scene, provider: &Provider, needed: u64) -> Result<()> {
    let (tokens, free) = (scene.facts.compute(), provider.free_stake().unwrap_or(0));
    if needed <= free {
        return Ok(());
    }
    Err(refused(format!(
        "The bond is {}, but only {} of the stake are free; stake more first.",
        tokens.say(needed),
        tokens.say(free)
    )))
}

/// Whether a wallet's signature is the job's provider's: its authority is known by its account's address.
fn is_authority(job: &Job, wallet: &settlement_interface::Address) -> bool {
    settlement_interface::pda::provider(wallet) == job.terms.provider
}
