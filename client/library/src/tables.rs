//! Address lookup tables: one byte in place of 32 for each address that many transactions share.

use settlement_interface::{Address, ID, pda};
use solana_address_lookup_table_interface::instruction as native;
pub use solana_address_lookup_table_interface::program::ID as PROGRAM;
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;

/// Most addresses added by one instruction, so that its transaction stays within the size limit.
pub const ADDED_AT_ONCE: usize = 20;
/// Most addresses of one table.
pub const MOST_ADDRESSES: usize = 256;
/// Blocks for which the chain remembers a slot.
const REMEMBERED: u64 = 512;
/// Blocks between deactivating and closing a table: its own, and those for which the chain remembers it.
pub const COOLDOWN: u64 = REMEMBERED + 1;
/// Bytes of an entry of the list of remembered slots: the slot and its hash, newest first, behind their
/// number (8 bytes).
const ENTRY: usize = 40;

/// The addresses that every transaction of the network shares: worth a table of its own.
pub fn shared(mint: Address, feed: Address) -> Vec<Address> {
    vec![
        ID,
        pda::config(),
        pda::price(),
        pda::totals(),
        pda::stake_vault(),
        pda::event_authority(),
        mint,
        feed,
        pda::TOKEN_PROGRAM,
        pda::ASSOCIATED_TOKEN_PROGRAM,
        pda::SYSTEM_PROGRAM,
        pda::INSTRUCTIONS_SYSVAR,
    ]
}

/// The instructions that make a table with these addresses (each extension a transaction of its own:
/// see [`crate::pack`]), and its address. `recent_slot` must be one of the last 512. A table can be used
/// from the slot after the one that extended it. `None` if there are more than [`MOST_ADDRESSES`].
pub fn create(
    authority: &Address,
    payer: &Address,
    recent_slot: u64,
    addresses: &[Address],
) -> Option<(Address, Vec<Instruction>)> {
    if addresses.len() > MOST_ADDRESSES {
        return None;
    }
    let (create, table) = native::create_lookup_table(*authority, *payer, recent_slot);
    let mut instructions = vec![create];
    instructions.extend(extend(&table, authority, payer, addresses));
    Some((table, instructions))
}

/// The instructions that add addresses to a table.
pub fn extend(
    table: &Address,
    authority: &Address,
    payer: &Address,
    addresses: &[Address],
) -> Vec<Instruction> {
    let chunk =
        |chunk: &[Address]| native::extend_lookup_table(*table, *authority, Some(*payer), chunk.to_vec());
    addresses.chunks(ADDED_AT_ONCE).map(chunk).collect()
}

/// How far a table is from being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It can be used; [`deactivate`] comes first.
    InUse,
    /// It was deactivated, and transactions that are on their way may still use it for so many blocks.
    Leaving(u64),
    /// [`close`] can follow.
    Closable,
}

/// Who may change a table, if anybody, and how far it is from being closed; `None` if it is no table.
/// `slot` is the present one and `slot_hashes` that sysvar's bytes, both as of when `data` was read.
pub fn stage(data: &[u8], slot: u64, slot_hashes: &[u8]) -> Option<(Option<Address>, Stage)> {
    let meta = AddressLookupTable::deserialize(data).ok()?.meta;
    let left = meta.deactivation_slot;
    let mut remembered = slot_hashes.get(8..).unwrap_or_default().chunks_exact(ENTRY);
    let stage = if left == u64::MAX {
        Stage::InUse
    } else if left == slot {
        Stage::Leaving(COOLDOWN)
    } else if let Some(age) = remembered.position(|entry| entry.starts_with(&left.to_le_bytes())) {
        Stage::Leaving(REMEMBERED.saturating_sub(u64::try_from(age).unwrap_or(REMEMBERED)))
    } else {
        Stage::Closable
    };
    Some((meta.authority, stage))
}

/// The first step to get a table's rent back; [`close`] can follow once it is [`Stage::Closable`].
pub fn deactivate(table: &Address, authority: &Address) -> Instruction {
    native::deactivate_lookup_table(*table, *authority)
}

/// Closes a table that was deactivated; its rent goes to `recipient`.
pub fn close(table: &Address, authority: &Address, recipient: &Address) -> Instruction {
    native::close_lookup_table(*table, *authority, *recipient)
}

/// Reads a table's account data; `None` if it is none, or no longer active.
pub fn read(key: Address, data: &[u8]) -> Option<AddressLookupTableAccount> {
    let table = AddressLookupTable::deserialize(data).ok()?;
    (table.meta.deactivation_slot == u64::MAX)
        .then(|| AddressLookupTableAccount { key, addresses: table.addresses.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table without addresses: its kind (4 bytes), when it was deactivated, 9 bytes about extending it,
    /// its authority.
    fn table(deactivated: u64, authority: Option<Address>) -> Vec<u8> {
        let mut data = [&1u32.to_le_bytes()[..], &deactivated.to_le_bytes(), &[0; 9]].concat();
        data.push(u8::from(authority.is_some()));
        data.extend(authority.iter().flat_map(Address::to_bytes));
        data.resize(56, 0);
        data
    }

    #[test]
    fn a_table_is_closable_once_the_slot_in_which_it_was_deactivated_is_forgotten() {
        let owner = Address::new_from_array([7; 32]);
        let hashes = |slots: &[u64]| {
            let count = u64::try_from(slots.len()).unwrap().to_le_bytes().to_vec();
            let entries = slots.iter().flat_map(|slot| [slot.to_le_bytes().to_vec(), vec![9; 32]].concat());
            count.into_iter().chain(entries).collect::<Vec<_>>()
        };
        let (active, left) = (table(u64::MAX, Some(owner)), table(100, Some(owner)));
        let at = |data: &[u8], slot: u64, slots: &[u64]| stage(data, slot, &hashes(slots)).unwrap().1;
        assert_eq!(at(&active, 100, &[99, 98]), Stage::InUse);
        assert_eq!(at(&left, 100, &[99, 98]), Stage::Leaving(513));
        assert_eq!(at(&left, 101, &[100, 99]), Stage::Leaving(512));
        let last: Vec<u64> = (100..612).rev().collect();
        assert_eq!(at(&left, 612, &last), Stage::Leaving(1));
        let forgotten: Vec<u64> = (101..613).rev().collect();
        assert_eq!(at(&left, 613, &forgotten), Stage::Closable);
        assert_eq!(stage(&active, 1, &[]).unwrap().0, Some(owner));
        assert_eq!(stage(&table(u64::MAX, None), 1, &[]), Some((None, Stage::InUse)));
        assert_eq!(stage(&[0; 56], 1, &[]), None);
        assert_eq!(stage(&[], 1, &[]), None);
    }
}
