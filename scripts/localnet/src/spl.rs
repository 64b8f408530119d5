//! Instructions of the system program, SPL Token and its associated accounts that the market needs.
//!
//! Source of the bytes: `SystemInstruction`, `TokenInstruction`, `AssociatedTokenAccountInstruction`.

use settlement_interface::Address;
use settlement_interface::pda::{ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_PROGRAM, associated_token};
use solana_instruction::{AccountMeta, Instruction};

/// Bytes of a mint.
const MINT_LEN: u64 = 82;
/// Rent of a mint, rounded up.
const MINT_RENT: u64 = 1_500_000;

/// Creates a mint without freeze authority; signed by payer and mint.
pub fn create_mint(payer: &Address, mint: &Address, authority: &Address, decimals: u8) -> [Instruction; 2] {
    let mut create = vec![0, 0, 0, 0];
    create.extend_from_slice(&MINT_RENT.to_le_bytes());
    create.extend_from_slice(&MINT_LEN.to_le_bytes());
    create.extend_from_slice(TOKEN_PROGRAM.as_ref());
    let accounts = vec![AccountMeta::new(*payer, true), AccountMeta::new(*mint, true)];
    let mut initialize = vec![20, decimals];
    initialize.extend_from_slice(authority.as_ref());
    initialize.push(0);
    [
        Instruction { program_id: SYSTEM_PROGRAM, accounts, data: create },
        token(vec![AccountMeta::new(*mint, false)], initialize),
    ]
}

/// Hands the authority to mint over; signed by the present one.
pub fn hand_over_mint(mint: &Address, from: &Address, to: &Address) -> Instruction {
    let mut data = vec![6, 0, 1];
    data.extend_from_slice(to.as_ref());
    token(vec![AccountMeta::new(*mint, false), AccountMeta::new_readonly(*from, true)], data)
}

/// Mints tokens; signed by the mint's authority.
pub fn mint_to(mint: &Address, account: &Address, authority: &Address, amount: u64) -> Instruction {
    moving(7, *mint, *account, authority, amount)
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
pub fn open_account(payer: &Address, wallet: &Address, mint: &Address) -> Instruction {
    Instruction {
        program_id: ASSOCIATED_TOKEN_PROGRAM,
        accounts: vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(associated_token(wallet, mint), false),
            AccountMeta::new_readonly(*wallet, false),
            AccountMeta::new_readonly(*mint, false),
            AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
            AccountMeta::new_readonly(TOKEN_PROGRAM, false),
        ],
        data: vec![1],
    }
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
