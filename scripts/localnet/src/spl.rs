//! Instructions of the system program and of either token program that the market needs; those that wallets
//! need, too, are the client library's.
//!
//! Source of the bytes: `SystemInstruction`, `TokenInstruction`.

use settlement_interface::Address;
use settlement_interface::pda::{SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::{AccountMeta, Instruction};
use tally_client::tokens::create_token_account_of;

/// Bytes of a mint.
const MINT_LEN: u64 = 82;
/// Rent of a mint, rounded up.
const MINT_RENT: u64 = 1_500_000;

/// A mint, and the token program that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Mint {
    /// Its address.
    pub address: Address,
    /// SPL Token or Token-2022.
    pub program: Address,
}

/// Moves lamports to a wallet; signed by the payer.
pub fn give_lamports(from: &Address, to: &Address, lamports: u64) -> Instruction {
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(&lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction { program_id: SYSTEM_PROGRAM, accounts, data }
}

/// Creates a mint without freeze authority; signed by payer, who may mint, and mint.
pub fn create_mint(payer: &Address, mint: &Mint, decimals: u8) -> [Instruction; 2] {
    let mut create = vec![0, 0, 0, 0];
    create.extend_from_slice(&MINT_RENT.to_le_bytes());
    create.extend_from_slice(&MINT_LEN.to_le_bytes());
    create.extend_from_slice(mint.program.as_ref());
    let accounts = vec![AccountMeta::new(*payer, true), AccountMeta::new(mint.address, true)];
    let mut initialize = vec![20, decimals];
    initialize.extend_from_slice(payer.as_ref());
    initialize.push(0);
    let made = vec![AccountMeta::new(mint.address, false)];
    [
        Instruction { program_id: SYSTEM_PROGRAM, accounts, data: create },
        Instruction { program_id: mint.program, accounts: made, data: initialize },
    ]
}

/// Hands the authority to mint over; signed by the present one.
pub fn hand_over_mint(mint: &Address, from: &Address, to: &Address) -> Instruction {
    let mut data = vec![6, 0, 1];
    data.extend_from_slice(to.as_ref());
    token(vec![AccountMeta::new(*mint, false), AccountMeta::new_readonly(*from, true)], data)
}

/// Mints tokens; signed by the mint's authority.
pub fn mint_to(mint: &Mint, account: &Address, authority: &Address, amount: u64) -> Instruction {
    Instruction { program_id: mint.program, ..moving(7, mint.address, *account, authority, amount) }
}

/// Moves tokens between accounts; signed by the owner.
pub fn transfer(from: &Address, to: &Address, owner: &Address, amount: u64) -> Instruction {
    moving(3, *from, *to, owner, amount)
}

/// Burns tokens of one's own; signed by the owner.
pub fn burn(account: &Address, mint: &Address, owner: &Address, amount: u64) -> Instruction {
    moving(8, *account, *mint, owner, amount)
}

/// Creates a wallet's associated account if it is missing; the payer signs.
pub fn open_account(payer: &Address, wallet: &Address, mint: &Mint) -> Instruction {
    create_token_account_of(payer, wallet, &mint.address, &mint.program)
}

fn moving(instruction: u8, first: Address, second: Address, authority: &Address, amount: u64) -> Instruction {
    let mut data = vec![instruction];
    data.extend_from_slice(&amount.to_le_bytes());
    let accounts = vec![
        AccountMeta::new(first, false),
        AccountMeta::new(second, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    token(accounts, data)
}

fn token(accounts: Vec<AccountMeta>, data: Vec<u8>) -> Instruction {
    Instruction { program_id: TOKEN_PROGRAM, accounts, data }
}
