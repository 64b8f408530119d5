//! Refusals in their reader's terms.

use settlement_interface::SettlementError;
use solana_instruction_error::InstructionError;
use solana_transaction_error::TransactionError;

/// The program's own refusal, if that is why a transaction failed, and the instruction refused.
pub fn refusal(error: &TransactionError) -> Option<(u8, SettlementError)> {
    match error {
        TransactionError::InstructionError(index, InstructionError::Custom(code)) => {
            Some((*index, SettlementError::from_code(*code)?))
        }
        _ => None,
    }
}

/// One sentence: what was refused and why.
pub fn explain(error: &TransactionError) -> String {
    match refusal(error) {
        Some((index, refusal)) => {
            format!("instruction {index} was refused with {}: {}", refusal.name(), refusal.message())
        }
        None => format!("the transaction failed: {error}"),
    }
}
