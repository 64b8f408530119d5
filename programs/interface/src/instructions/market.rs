//! Auctions, standing offers and bonds.

use super::{Accounts, Network};
use crate::Address;
use crate::accounts::StandingOffer;
use crate::pda::{self, SYSTEM_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    /// Bids `rate` for a job by the hash of its terms, locking at most `max_bond`; signed by the
    /// provider's authority.
    pub fn place_bid(
        &self,
        payer: &Address,
        authority: &Address,
        job: &Address,
        terms_hash: &[u8; 32],
        rate: u64,
        max_bond: u64,
    ) -> Instruction {
        let provider = pda::provider(authority);
        Accounts::new()
            .payer(payer)
            .signer(authority)
            .write(provider)
            .write(*job)
            .write(pda::bid(job, &provider))
            .read(pda::config())
            .read(pda::price())
            .read(self.feed)
            .read(SYSTEM_PROGRAM)
            .build("place_bid", &[terms_hash, &rate.to_le_bytes(), &max_bond.to_le_bytes()])
    }

    /// Withdraws a bid; signed by the provider's authority, or by anyone once it can no longer be accepted.
    pub fn withdraw_bid(
        &self,
        by: &Address,
        job: &Address,
        provider: &Address,
        rent_payer: &Address,
    ) -> Instruction {
        Accounts::new()
            .signer(by)
            .read(*job)
            .write(pda::bid(job, provider))
            .write(*provider)
            .write(*rent_payer)
            .build("withdraw_bid", &[])
    }

    /// Accepts a provider's bid; signed by the consumer, or by anyone for the best one if the order says so.
    pub fn accept_bid(
        &self,
        by: &Address,
        job: &Address,
        provider: &Address,
        rent_payer: &Address,
    ) -> Instruction {
        Accounts::new()
            .signer(by)
            .write(*job)
            .write(pda::bid(job, provider))
            .write(*provider)
            .read(pda::config())
            .write(pda::price())
            .write(pda::totals())
            .read(self.feed)
            .write(*rent_payer)
            .build("accept_bid", &[])
    }

    /// Sets a provider's standing offer, [`StandingOffer::NONE`] to take it back; signed by its authority.
    pub fn set_standing_offer(&self, authority: &Address, offer: &StandingOffer) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .read(pda::config())
            .build("set_standing_offer", &[bytemuck::bytes_of(offer)])
    }

    /// Accepts an offered job in the name of a provider whose standing offer it fits; anyone.
    pub fn accept_standing_offer(&self, job: &Address, provider: &Address) -> Instruction {
        Accounts::new()
            .write(*provider)
            .write(*job)
            .read(pda::config())
            .write(pda::price())
            .write(pda::totals())
            .read(self.feed)
            .build("accept_standing_offer", &[])
    }

    /// Locks more free stake in a job's bond; signed by the provider's authority.
    pub fn top_up_bond(&self, authority: &Address, job: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .write(*job)
            .read(pda::config())
            .read(pda::price())
            .write(pda::totals())
            .build("top_up_bond", &[&amount.to_le_bytes()])
    }
}
