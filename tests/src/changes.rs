//! Changes of the configuration, one line each.

use crate::outcome::Sent;
use crate::world::World;
use settlement_interface::accounts::ConfigChange;
use settlement_interface::change::Change;
use settlement_interface::pda;
use solana_instruction::Instruction;
use solana_signer::Signer;

impl World {
    /// `queue_change` by the admin; the bank pays the rent.
    pub fn queueing(&self, change: &Change) -> Instruction {
        let index = self.config().changes;
        self.network.queue_change(&self.admin.pubkey(), &self.bank.pubkey(), index, change)
    }

    /// Queues a change and returns its index.
    #[track_caller]
    pub fn queue(&mut self, change: &Change) -> u64 {
        let index = self.config().changes;
        let (queue, admin) = (self.queueing(change), self.admin.insecure_clone());
        self.must(&[queue], &[&admin]);
        index
    }

    /// `apply_change` by the admin of a change that the bank paid for.
    pub fn applying(&self, index: u64) -> Instruction {
        self.network.apply_change(&self.admin.pubkey(), index, &self.bank.pubkey())
    }

    #[track_caller]
    pub fn apply(&mut self, index: u64) -> Sent {
        let (apply, admin) = (self.applying(index), self.admin.insecure_clone());
        self.must(&[apply], &[&admin])
    }

    /// Queues a change, waits for its timelock with the price kept fresh, and applies it.
    #[track_caller]
    pub fn change(&mut self, change: &Change) -> Sent {
        let index = self.queue(change);
        self.until(self.waiting(index).applies_from);
        self.apply(index)
    }

    /// A change that waits.
    #[track_caller]
    pub fn waiting(&self, index: u64) -> ConfigChange {
        self.read(&pda::change(index))
    }
}
