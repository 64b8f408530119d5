//! Accounts as they are on chain. SPL Token's layouts are fixed: a mint's supply is the u64 at
//! byte 36 of 82, a token account's amount the u64 at byte 64 of 165.

use crate::Error;
use crate::source::rpc::{Account, Accounts, Client};
use serde_json::json;
use settlement_interface::Address;
use settlement_interface::accounts::Layout;
use settlement_interface::pda::TOKEN_PROGRAM;

const MINT: (usize, usize) = (82, 36);
const TOKEN_ACCOUNT: (usize, usize) = (165, 64);

/// Reads accounts at a finalized slot that is `least` or later; the slot, and the accounts in order.
pub async fn read(
    client: &Client,
    addresses: &[Address],
    least: u64,
) -> Result<(u64, Vec<Option<Account>>), Error> {
    let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
    let options = json!({ "encoding": "base64", "commitment": "finalized", "minContextSlot": least });
    let found: Accounts = client.value("getMultipleAccounts", json!([names, options])).await?;
    Ok((found.context.slot, found.value))
}

fn number(account: Option<&Account>, (length, offset): (usize, usize)) -> u64 {
    let Some(account) = account.filter(|account| account.owner == TOKEN_PROGRAM.to_string()) else {
        return 0;
    };
    let data = account.data();
    let field = (data.len() == length).then(|| data.get(offset..)?.first_chunk::<8>().copied()).flatten();
    field.map_or(0, u64::from_le_bytes)
}

/// A mint's supply; 0 if there is no such mint.
pub fn supply(account: Option<&Account>) -> u64 {
    number(account, MINT)
}

/// A token account's balance; 0 if there is no such account.
pub fn amount(account: Option<&Account>) -> u64 {
    number(account, TOKEN_ACCOUNT)
}

/// How many events one of the program's own accounts counts.
pub fn sequence<T: Layout>(account: Option<&Account>, count: fn(&T) -> u64) -> Option<u64> {
    T::read(&account?.data()).as_ref().map(count)
}
