//! SPL Token accounts and mints, as far as a wallet that pays needs them.

use settlement_interface::{Address, pda};
use solana_instruction::{AccountMeta, Instruction};

/// Bytes of a token account.
pub const TOKEN_ACCOUNT_LEN: usize = 165;
/// Bytes of a mint; Token-2022 adds to it, SPL Token never does.
const MINT_LEN: usize = 82;
/// Codes of a token account's state.
const INITIALIZED: u8 = 1;
const FROZEN: u8 = 2;
/// Token-2022's kind of an account with extensions that is a token account.
const KIND_ACCOUNT: u8 = 2;
/// The associated-token program's "create unless it exists".
const CREATE_IDEMPOTENT: u8 = 1;

/// A token account's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAccount {
    /// Its mint.
    pub mint: Address,
    /// Who can pay from it.
    pub owner: Address,
    /// Base units.
    pub amount: u64,
    /// Whether nobody can, for now.
    pub frozen: bool,
}

/// A mint's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mint {
    /// Who can mint; `None` for nobody, ever.
    pub authority: Option<Address>,
    /// Base units that exist.
    pub supply: u64,
    /// Decimals of a whole token.
    pub decimals: u8,
    /// Who can freeze accounts; `None` for nobody, ever.
    pub freezer: Option<Address>,
}

fn field<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    data.get(offset..)?.first_chunk().copied()
}

fn key(data: &[u8], offset: usize) -> Option<Address> {
    field(data, offset).map(Address::new_from_array)
}

/// A `COption<Pubkey>`: a tag of four bytes, then the key.
fn optional(data: &[u8], offset: usize) -> Option<Option<Address>> {
    let present = u32::from_le_bytes(field(data, offset)?) == 1;
    Some(if present { key(data, offset.saturating_add(4)) } else { None })
}

impl TokenAccount {
    /// Reads an account of SPL Token or Token-2022; `None` if it is no token account.
    pub fn read(data: &[u8]) -> Option<Self> {
        let state = *data.get(108)?;
        // Extensions follow the same bytes, behind a byte for the kind of account.
        let is_account =
            data.len() == TOKEN_ACCOUNT_LEN || data.get(TOKEN_ACCOUNT_LEN) == Some(&KIND_ACCOUNT);
        if !is_account || !matches!(state, INITIALIZED | FROZEN) {
            return None;
        }
        let amount = u64::from_le_bytes(field(data, 64)?);
        Some(Self { mint: key(data, 0)?, owner: key(data, 32)?, amount, frozen: state == FROZEN })
    }
}

impl Mint {
    /// Reads an account of the SPL Token program; `None` if it is no mint.
    pub fn read(data: &[u8]) -> Option<Self> {
        if data.len() != MINT_LEN || data.get(45) != Some(&INITIALIZED) {
            return None;
        }
        Some(Self {
            authority: optional(data, 0)?,
            supply: u64::from_le_bytes(field(data, 36)?),
            decimals: *data.get(44)?,
            freezer: optional(data, 46)?,
        })
    }
}

/// Creates the wallet's associated token account, unless it exists; the payer pays its rent.
pub fn create_token_account(payer: &Address, wallet: &Address, mint: &Address) -> Instruction {
    create_token_account_of(payer, wallet, mint, &pda::TOKEN_PROGRAM)
}

/// The same under a token program.
pub fn create_token_account_of(
    payer: &Address,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
) -> Instruction {
    Instruction {
        program_id: pda::ASSOCIATED_TOKEN_PROGRAM,
        accounts: vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(pda::associated_token_of(wallet, mint, token_program), false),
            AccountMeta::new_readonly(*wallet, false),
            AccountMeta::new_readonly(*mint, false),
            AccountMeta::new_readonly(pda::SYSTEM_PROGRAM, false),
            AccountMeta::new_readonly(*token_program, false),
        ],
        data: vec![CREATE_IDEMPOTENT],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> Address {
        Address::new_from_array([n; 32])
    }

    fn account(state: u8) -> Vec<u8> {
        let mut data = vec![0; TOKEN_ACCOUNT_LEN];
        data[..32].fill(1);
        data[32..64].fill(2);
        data[64..72].copy_from_slice(&7u64.to_le_bytes());
        data[108] = state;
        data
    }

    #[test]
    fn a_token_account_is_read_and_nothing_else_is_one() {
        let read = TokenAccount { mint: address(1), owner: address(2), amount: 7, frozen: false };
        assert_eq!(TokenAccount::read(&account(1)), Some(read));
        assert_eq!(TokenAccount::read(&account(2)), Some(TokenAccount { frozen: true, ..read }));
        assert_eq!(TokenAccount::read(&account(0)), None);
        assert_eq!(TokenAccount::read(&account(1)[..164]), None);
        assert_eq!(TokenAccount::read(&[]), None);
        let extended = |kind: u8| [account(1), vec![kind, 7, 0, 0, 0]].concat();
        assert_eq!(TokenAccount::read(&extended(2)), Some(read));
        assert_eq!(TokenAccount::read(&extended(1)), None);
    }

    #[test]
    fn a_mint_is_read_with_the_authorities_that_it_has() {
        let mut data = vec![0; MINT_LEN];
        data[0] = 1;
        data[4..36].fill(3);
        data[36..44].copy_from_slice(&9u64.to_le_bytes());
        data[44] = 6;
        assert_eq!(Mint::read(&data), None);
        data[45] = 1;
        let mint = Mint { authority: Some(address(3)), supply: 9, decimals: 6, freezer: None };
        assert_eq!(Mint::read(&data), Some(mint));
        data[46] = 1;
        data[50..82].fill(4);
        assert_eq!(Mint::read(&data).unwrap().freezer, Some(address(4)));
    }
}
