//! Meters and arbiters, and what they vouch with. `third_party` is the `Meter` or `Arbiter` account.

use super::{Accounts, Network};
use crate::Address;
use crate::pda::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    /// Registers a meter; signed by the key that will sign receipts and by the wallet that stakes for it.
    pub fn register_meter(&self, payer: &Address, key: &Address, authority: &Address) -> Instruction {
        Accounts::new()
            .payer(payer)
            .signer(key)
            .signer(authority)
            .write(pda::meter(key))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_meter", &[])
    }

    /// Registers an arbiter; signed by its wallet.
    pub fn register_arbiter(&self, payer: &Address, wallet: &Address) -> Instruction {
        Accounts::new()
            .payer(payer)
            .signer(wallet)
            .write(pda::arbiter(wallet))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_arbiter", &[])
    }

    /// Adds `amount` of the owner's tokens to a third party's stake.
    pub fn vouch(
        &self,
        owner: &Address,
        source: &Address,
        third_party: &Address,
        amount: u64,
    ) -> Instruction {
        Accounts::new()
            .signer(owner)
            .write(*third_party)
            .read(pda::config())
            .write(*source)
            .write(pda::stake_vault())
            .read(TOKEN_PROGRAM)
            .build("vouch", &[&amount.to_le_bytes()])
    }

    /// Asks `amount` of a third party's stake back; signed by its wallet.
    pub fn request_unvouch(&self, wallet: &Address, third_party: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .write(*third_party)
            .read(pda::config())
            .build("request_unvouch", &[&amount.to_le_bytes()])
    }

    /// Pays an unbonded ticket to the associated account of the third party's wallet; anyone.
    pub fn withdraw_vouched(&self, wallet: &Address, third_party: &Address) -> Instruction {
        Accounts::new()
            .write(*third_party)
            .read(pda::config())
            .write(pda::stake_vault())
            .write(pda::associated_token(wallet, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("withdraw_vouched", &[])
    }
}
