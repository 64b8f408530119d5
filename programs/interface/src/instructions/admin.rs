//! The network as a whole: starting, pausing, handing over.

use super::{Accounts, Network};
use crate::Address;
use crate::parameters::Genesis;
use crate::pda::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    /// Starts the network without a stablecoin; signed by the program's upgrade authority.
    pub fn initialize(&self, authority: &Address, payer: &Address, genesis: &Genesis) -> Instruction {
        self.initialize_with(authority, payer, genesis, &SYSTEM_PROGRAM, &TOKEN_PROGRAM)
    }

    pub(super) fn initialize_with(
        &self,
        authority: &Address,
        payer: &Address,
        genesis: &Genesis,
        stable_mint: &Address,
        stable_program: &Address,
    ) -> Instruction {
        Accounts::new()
            .signer(authority)
            .payer(payer)
            .read(pda::program_data())
            .write(pda::config())
            .write(pda::price())
            .write(pda::totals())
            .write(pda::stake_vault())
            .read(self.mint)
            .read(self.feed)
            .read(*stable_mint)
            .write(pda::buyback())
            .write(pda::buyback_vault())
            .read(TOKEN_PROGRAM)
            .read(*stable_program)
            .read(SYSTEM_PROGRAM)
            .build(
                "initialize",
                &[
                    bytemuck::bytes_of(&genesis.parameters),
                    genesis.guardian.as_ref(),
                    genesis.treasury.as_ref(),
                    &genesis.cluster,
                    &genesis.feed_id,
                    &genesis.feed_shard.to_le_bytes(),
                ],
            )
    }

    /// First step to another admin.
    pub fn propose_admin(&self, admin: &Address, proposed: &Address) -> Instruction {
        Accounts::new().signer(admin).write(pda::config()).build("propose_admin", &[proposed.as_ref()])
    }

    /// Second step to another admin.
    pub fn accept_admin(&self, proposed: &Address) -> Instruction {
        Accounts::new().signer(proposed).write(pda::config()).build("accept_admin", &[])
    }

    /// Pauses opening and accepting for so many seconds; signed by admin or guardian.
    pub fn pause(&self, by: &Address, seconds: u32) -> Instruction {
        Accounts::new().signer(by).write(pda::config()).build("pause", &[&seconds.to_le_bytes()])
    }

    /// Lifts a pause; signed by the admin.
    pub fn unpause(&self, admin: &Address) -> Instruction {
        Accounts::new().signer(admin).write(pda::config()).build("unpause", &[])
    }

    /// Puts the end of a pause on record; anyone.
    pub fn resume(&self) -> Instruction {
        Accounts::new().write(pda::config()).build("resume", &[])
    }
}
