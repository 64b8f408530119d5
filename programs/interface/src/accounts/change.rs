//! A change of the configuration that waits for its timelock.

use crate::Address;
use crate::change::Change;
use crate::parameters::Parameters;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// Created by `queue_change`, closed by applying or cancelling it; its index never comes back.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigChange {
    /// Who paid this account's rent and gets it back.
    pub rent_payer: Address,
    /// The admin that queued it.
    pub queued_by: Address,
    /// The new address; zero if the kind is parameters.
    pub address: Address,
    /// What it replaces, as in force when it was queued: the sha256 of the parameters, or the address.
    pub base: [u8; 32],
    /// The new parameters; zero if the kind is one of an address.
    pub parameters: Parameters,
    /// Its number among all changes, from 0.
    pub index: u64,
    /// When it was queued, Unix seconds.
    pub queued_at: i64,
    /// From when on it may be applied: the timelock in force when it was queued has passed.
    pub applies_from: i64,
    /// Until when it may be applied; later anyone may close it.
    pub expires_at: i64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Code of [`crate::change::ChangeKind`].
    pub kind: u8,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 38],
}

impl ConfigChange {
    /// What it changes.
    pub fn change(&self) -> Change {
        Change { parameters: self.parameters, address: self.address, kind: self.kind }
    }
}
