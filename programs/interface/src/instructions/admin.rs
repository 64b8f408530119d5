//! The network as a whole: starting, pausing, handing over.

use super::{Accounts, Network};
use crate::Address;
use crate::change::Change;
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

    /// Queues a change; signed by the admin. `index` is `Config.changes`.
    pub fn queue_change(&self, admin: &Address, payer: &Address, index: u64, change: &Change) -> Instruction {
        Accounts::new()
            .signer(admin)
            .payer(payer)
            .write(pda::config())
            .write(pda::change(index))
            .read(SYSTEM_PROGRAM)
            .build(
                "queue_change",
                &[bytemuck::bytes_of(&change.parameters), change.address.as_ref(), &[change.kind]],
            )
    }

    /// Applies a change whose timelock has passed; signed by the admin.
    pub fn apply_change(&self, admin: &Address, index: u64, rent_payer: &Address) -> Instruction {
        Accounts::new()
            .signer(admin)
            .write(pda::config())
            .write(pda::change(index))
            .write(*rent_payer)
            .build("apply_change", &[])
    }

    /// Gives a change up; signed by the admin, or by anyone once it has expired.
    pub fn cancel_change(&self, by: &Address, index: u64, rent_payer: &Address) -> Instruction {
        Accounts::new()
            .signer(by)
            .read(pda::config())
            .write(pda::change(index))
            .write(*rent_payer)
            .build("cancel_change", &[])
    }

    /// Puts the end of a pause on record; anyone.
    pub fn resume(&self) -> Instruction {
        Accounts::new().write(pda::config()).build("resume", &[])
    }
}
