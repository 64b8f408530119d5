//! Instructions that are not the settlement program's own.

use settlement_interface::{Address, pda};
use solana_instruction::{AccountMeta, Instruction};

/// The associated-token program's "create unless it exists".
const CREATE_IDEMPOTENT: u8 = 1;

/// Creates the wallet's associated token account, unless it exists; the payer pays its rent.
pub fn create_token_account(payer: &Address, wallet: &Address, mint: &Address) -> Instruction {
    Instruction {
        program_id: pda::ASSOCIATED_TOKEN_PROGRAM,
        accounts: vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(pda::associated_token(wallet, mint), false),
            AccountMeta::new_readonly(*wallet, false),
            AccountMeta::new_readonly(*mint, false),
            AccountMeta::new_readonly(pda::SYSTEM_PROGRAM, false),
            AccountMeta::new_readonly(pda::TOKEN_PROGRAM, false),
        ],
        data: vec![CREATE_IDEMPOTENT],
    }
}
