//! Accounts as they are on chain. SPL Token's layouts are fixed: a mint's supply is the u64 at
//! byte 36 of 82, a token account's amount the u64 at byte 64 of 165. Token-2022 has the same, and behind
//! byte 165 a byte that tells mints and accounts apart, and extensions.

use crate::Error;
use crate::source::rpc::{Account, Accounts, Client};
use serde_json::json;
use settlement_interface::Address;
use settlement_interface::accounts::Layout;
use settlement_interface::pda::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

/// A layout's length, where the number is, and what Token-2022 calls it.
struct Layouted {
    length: usize,
    offset: usize,
    kind: u8,
}

const MINT: Layouted = Layouted { length: 82, offset: 36, kind: 1 };
const TOKEN_ACCOUNT: Layouted = Layouted { length: 165, offset: 64, kind: 2 };
/// Where Token-2022 says which of the two an account with extensions is.
const KIND: usize = 165;

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

fn number(account: Option<&Account>, layout: &Layouted) -> u64 {
    let Some(account) = account else { return 0 };
    let data = account.data();
    let extended = account.owner == TOKEN_2022_PROGRAM.to_string();
    let is_one = if data.len() == layout.length {
        extended || account.owner == TOKEN_PROGRAM.to_string()
    } else {
        extended && data.get(KIND) == Some(&layout.kind)
    };
    let field = is_one.then(|| data.get(layout.offset..)?.first_chunk::<8>().copied()).flatten();
    field.map_or(0, u64::from_le_bytes)
}

/// A mint's supply; 0 if there is no such mint.
pub fn supply(account: Option<&Account>) -> u64 {
    number(account, &MINT)
}

/// A token account's balance; 0 if there is no such account.
pub fn amount(account: Option<&Account>) -> u64 {
    number(account, &TOKEN_ACCOUNT)
}

/// How many events one of the program's own accounts counts.
pub fn sequence<T: Layout>(account: Option<&Account>, count: fn(&T) -> u64) -> Option<u64> {
    T::read(&account?.data()).as_ref().map(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(owner: Address, data: &[u8]) -> Account {
        let data = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, data);
        let value = json!({ "owner": owner.to_string(), "data": [data, "base64"], "lamports": 1,
            "executable": false, "rentEpoch": 0, "space": 0 });
        serde_json::from_value(value).unwrap()
    }

    fn plain(length: usize, offset: usize) -> Vec<u8> {
        let mut data = vec![0; length];
        data[offset..offset + 8].copy_from_slice(&7u64.to_le_bytes());
        data
    }

    #[test]
    fn accounts_of_either_token_program_are_read_with_and_without_extensions() {
        for owner in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
            assert_eq!(amount(Some(&account(owner, &plain(165, 64)))), 7);
            assert_eq!(supply(Some(&account(owner, &plain(82, 36)))), 7);
        }
        let mut extended = plain(170, 64);
        extended[KIND] = 2;
        assert_eq!(amount(Some(&account(TOKEN_2022_PROGRAM, &extended))), 7);
        assert_eq!(amount(Some(&account(TOKEN_PROGRAM, &extended))), 0, "SPL Token has no extensions");
        extended[KIND] = 1;
        assert_eq!(amount(Some(&account(TOKEN_2022_PROGRAM, &extended))), 0, "a mint is no token account");
        let mut mint = plain(300, 36);
        mint[KIND] = 1;
        assert_eq!(supply(Some(&account(TOKEN_2022_PROGRAM, &mint))), 7);
        assert_eq!(amount(Some(&account(Address::new_from_array([1; 32]), &plain(165, 64)))), 0);
        assert_eq!(amount(None), 0);
    }
}
