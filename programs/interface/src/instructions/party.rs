//! Consumers and providers, and stakes.

use super::{Accounts, Network};
use crate::Address;
use crate::accounts::{RATES, RateEntry};
use crate::pda::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    /// Registers a wallet as consumer; anyone, by paying the rent.
    pub fn register_consumer(&self, payer: &Address, wallet: &Address) -> Instruction {
        Accounts::new()
            .payer(payer)
            .read(*wallet)
            .write(pda::consumer(wallet))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_consumer", &[])
    }

    /// Registers a provider; signed by its authority.
    pub fn register_provider(
        &self,
        payer: &Address,
        authority: &Address,
        metadata_hash: &[u8; 32],
        rates: &[RateEntry; RATES],
    ) -> Instruction {
        Accounts::new()
            .payer(payer)
            .signer(authority)
            .write(pda::provider(authority))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_provider", &[metadata_hash, bytemuck::bytes_of(rates)])
    }

    /// Replaces a provider's description and rates; signed by its authority.
    pub fn update_provider(
        &self,
        authority: &Address,
        metadata_hash: &[u8; 32],
        rates: &[RateEntry; RATES],
    ) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .build("update_provider", &[metadata_hash, bytemuck::bytes_of(rates)])
    }

    /// Adds `amount` of the owner's tokens to a provider's stake.
    pub fn stake(&self, owner: &Address, source: &Address, provider: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(owner)
            .write(*provider)
            .read(pda::config())
            .write(*source)
            .write(pda::stake_vault())
            .read(TOKEN_PROGRAM)
            .build("stake", &[&amount.to_le_bytes()])
    }

    /// Asks `amount` of stake back; signed by the provider's authority.
    pub fn request_unstake(&self, authority: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .read(pda::config())
            .build("request_unstake", &[&amount.to_le_bytes()])
    }

    /// Pays an unbonded ticket to the authority's associated account; anyone.
    pub fn withdraw_stake(&self, authority: &Address) -> Instruction {
        Accounts::new()
            .write(pda::provider(authority))
            .read(pda::config())
            .write(pda::stake_vault())
            .write(pda::associated_token(authority, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("withdraw_stake", &[])
    }
}
