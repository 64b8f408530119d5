//! Disputes of verifiable jobs' receipts.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::merkle::Proof;
use crate::panel::Panel;
use crate::pda::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Disputes receipt number `receipt` with a root of one's own; signed by the consumer, who puts up
    /// at most `max_bond`. `index` is the job's `disputes`.
    pub fn open_dispute(
        &self,
        payer: &Address,
        wallet: &Address,
        source: &Address,
        keys: &JobKeys,
        index: u64,
        receipt: u64,
        root: &[u8; 32],
        panel: &Panel,
        max_bond: u64,
    ) -> Instruction {
        Accounts::new()
            .payer(payer)
            .signer(wallet)
            .write(keys.job)
            .read(keys.provider)
            .read(pda::config())
            .read(pda::price())
            .write(pda::dispute(&keys.job, index))
            .write(*source)
            .write(pda::stake_vault())
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build(
                "open_dispute",
                &[
                    &index.to_le_bytes(),
                    &receipt.to_le_bytes(),
                    root,
                    bytemuck::bytes_of(panel),
                    &max_bond.to_le_bytes(),
                ],
            )
    }

    /// Reveals the hash of the step that is due, with its proof; signed by whose turn it is.
    pub fn reveal(&self, party: &Address, dispute: &Address, step: &[u8; 32], proof: &Proof) -> Instruction {
        Accounts::new().signer(party).write(*dispute).build("reveal", &[step, proof.as_flattened()])
    }

    /// Rules on the step that is left; signed by an arbiter of the panel.
    pub fn rule(&self, wallet: &Address, dispute: &Address, for_provider: bool) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .write(pda::arbiter(wallet))
            .write(*dispute)
            .build("rule", &[&[u8::from(for_provider)]])
    }

    /// Marks a turn that was missed, or executes what is decided; anyone.
    pub fn resolve_dispute(&self, keys: &JobKeys, dispute: &Address) -> Instruction {
        Accounts::new()
            .write(*dispute)
            .write(keys.job)
            .write(keys.provider)
            .write(pda::totals())
            .build("resolve_dispute", &[])
    }

    /// Frees what an arbiter has locked for a dispute that is resolved; anyone. `wallet` is the arbiter's.
    pub fn release_arbiter(&self, dispute: &Address, wallet: &Address) -> Instruction {
        Accounts::new().write(*dispute).write(pda::arbiter(wallet)).build("release_arbiter", &[])
    }

    /// Pays an arbiter by place on the panel, or the challenger
    /// ([`CHALLENGER`](crate::rules::CHALLENGER)), to the associated account of its wallet; anyone.
    pub fn withdraw_dispute(&self, dispute: &Address, member: u8, wallet: &Address) -> Instruction {
        Accounts::new()
            .write(*dispute)
            .read(pda::config())
            .write(pda::stake_vault())
            .write(pda::associated_token(wallet, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("withdraw_dispute", &[&[member]])
    }

    /// Closes a dispute that owes nothing; anyone.
    pub fn close_dispute(&self, dispute: &Address, rent_payer: &Address) -> Instruction {
        Accounts::new().write(*dispute).write(*rent_payer).build("close_dispute", &[])
    }
}
