//! What `queue_change` and `apply_change` share.

use settlement_interface::accounts::Config;
use settlement_interface::change::{Change, ChangeKind};

/// What a change of this kind replaces: the sha256 of the parameters in force, or the address. A change
/// is applied only while this is what it was when the change was queued.
pub fn base(kind: ChangeKind, config: &Config) -> [u8; 32] {
    match kind {
        ChangeKind::Parameters => {
            let bytes = bytemuck::bytes_of(&config.parameters);
            anchor_lang::solana_program::hash::hashv(&[bytes]).to_bytes()
        }
        ChangeKind::Guardian | ChangeKind::Treasury => Change::in_force(kind, config).address.to_bytes(),
    }
}
