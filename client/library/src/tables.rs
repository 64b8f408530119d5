//! Address lookup tables: one byte in place of 32 for each address that many transactions share.

use settlement_interface::{Address, ID, pda};
use solana_address_lookup_table_interface::instruction as native;
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_instruction::Instruction;
use solana_message::AddressLookupTableAccount;

/// Most addresses added by one instruction, so that its transaction stays within the size limit.
pub const ADDED_AT_ONCE: usize = 20;
/// Most addresses of one table.
pub const MOST_ADDRESSES: usize = 256;

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

/// The first step to get a table's rent back; [`close`] can follow about 512 slots later.
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
