//! Refusals in their reader's terms.

use settlement_interface::{Address, SettlementError};
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

/// The same for a wallet's owner, who also needs to know when it is SOL that is missing; without a capital
/// and a full stop, to stand in a sentence. `logs` are what the programs said; the system program names what
/// it lacks there only, whoever called it.
pub fn explain_to_payer(payer: &Address, error: &TransactionError, logs: &[String]) -> String {
    let poor = logs.iter().any(|line| line.contains("insufficient lamports"));
    match (error, refusal(error)) {
        (_, None) if poor => format!(
            "the wallet {payer} does not hold enough SOL for the fee and the rent of the accounts that are created; send it some"
        ),
        (TransactionError::AccountNotFound | TransactionError::InsufficientFundsForFee, _) => {
            format!("the wallet {payer} holds too little SOL to pay the transaction's fee; send it some")
        }
        (TransactionError::InsufficientFundsForRent { .. }, _) => {
            format!("the wallet {payer} would hold too little SOL after this transaction; send it some")
        }
        (TransactionError::BlockhashNotFound, _) => {
            "the RPC node does not know its own recent blockhash yet; try again".to_owned()
        }
        (TransactionError::ProgramAccountNotFound, _) => {
            "the settlement program does not exist on this cluster; check that it is the one that is meant"
                .to_owned()
        }
        (_, Some((_, refusal))) => format!("{} ({})", refusal.message(), refusal.name()),
        (other, None) => format!("the transaction would fail: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_programs_words() {
        let code = SettlementError::Paused.code();
        let error = TransactionError::InstructionError(3, InstructionError::Custom(code));
        assert_eq!(refusal(&error), Some((3, SettlementError::Paused)));
        assert!(explain(&error).ends_with(SettlementError::Paused.message()));
        let told = explain_to_payer(&Address::default(), &error, &[]);
        assert_eq!(told, format!("{} (Paused)", SettlementError::Paused.message()));
    }

    #[test]
    fn a_payer_without_sol_is_told_so() {
        let logs = ["Transfer: insufficient lamports 5, need 10".to_owned()];
        let error = TransactionError::InstructionError(0, InstructionError::Custom(1));
        assert!(explain_to_payer(&Address::default(), &error, &logs).contains("SOL"));
        let rent = TransactionError::InsufficientFundsForRent { account_index: 0 };
        for error in [TransactionError::AccountNotFound, TransactionError::InsufficientFundsForFee, rent] {
            assert!(explain_to_payer(&Address::default(), &error, &[]).contains("SOL"), "{error}");
        }
    }

    #[test]
    fn what_the_cluster_lacks_is_not_the_payers_fault() {
        for (error, part) in [
            (TransactionError::ProgramAccountNotFound, "does not exist on this cluster"),
            (TransactionError::BlockhashNotFound, "try again"),
            (TransactionError::InstructionError(0, InstructionError::Custom(1)), "would fail: "),
        ] {
            let told = explain_to_payer(&Address::default(), &error, &[]);
            assert!(told.contains(part) && !told.contains("SOL"), "{told}");
        }
    }
}
