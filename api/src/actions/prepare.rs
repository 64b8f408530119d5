//! From instructions to an unsigned, simulated transaction.

use super::chain::Chain;
use super::network::refused;
use super::spec::{ActionTransaction, Simulation};
use crate::error::{Problem, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use settlement_interface::{Address, SettlementError};
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_message::Message;
use solana_rpc_client_api::response::RpcSimulateTransactionResult;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

/// Bytes of the largest transaction that the network carries.
const MOST_BYTES: usize = 1_232;

/// Builds and simulates the transaction that `wallet` pays for and signs.
///
/// # Errors
/// A [`Kind::Refused`](crate::error::Kind::Refused) in the program's words if the simulation fails;
/// RPC failures before that. A node that cannot simulate is no error: the answer says so.
pub async fn prepare(
    chain: &Chain,
    wallet: &Address,
    instructions: &[Instruction],
    summary: String,
    job: Option<Address>,
) -> Result<ActionTransaction> {
    let blockhash = chain.blockhash().await?;
    let message = Message::new_with_blockhash(instructions, Some(wallet), &blockhash);
    let transaction = Transaction::new_unsigned(message);
    let bytes = wincode::serialize(&transaction).map_err(Problem::internal)?;
    if bytes.len() > MOST_BYTES {
        return Err(Problem::internal(format!("a transaction of {} bytes was built", bytes.len())));
    }
    let simulation = match chain.simulate(&transaction).await {
        Ok(result) => judge(wallet, result)?,
        Err(_) => Simulation { ran: false, compute_units: None },
    };
    let verdict = match simulation.compute_units {
        Some(units) => format!("A simulation succeeded and used {units} compute units."),
        None if simulation.ran => "A simulation succeeded.".to_owned(),
        None => "It could not be simulated: check what your wallet shows before signing.".to_owned(),
    };
    Ok(ActionTransaction {
        kind: "transaction",
        transaction: BASE64_STANDARD.encode(bytes),
        message: format!("{summary} {verdict}"),
        job: job.map(|job| job.to_string()),
        simulation,
    })
}

fn judge(wallet: &Address, result: RpcSimulateTransactionResult) -> Result<Simulation> {
    let Some(error) = result.err else {
        return Ok(Simulation { ran: true, compute_units: result.units_consumed });
    };
    let logs = result.logs.unwrap_or_default();
    tracing::info!(%error, ?logs, "a simulation failed");
    Err(refused(explain(wallet, &TransactionError::from(error), &logs)))
}

/// Why a transaction would fail, in one sentence.
fn explain(wallet: &Address, error: &TransactionError, logs: &[String]) -> String {
    // The system program's refusal of a transfer or a new account, whoever called it.
    let poor = logs.iter().any(|line| line.contains("insufficient lamports"));
    match error {
        _ if poor => format!(
            "The wallet {wallet} does not hold enough SOL for the fee and the rent of the accounts that are created; send it some."
        ),
        TransactionError::AccountNotFound | TransactionError::InsufficientFundsForFee => {
            format!("The wallet {wallet} holds no SOL to pay the transaction's fee; send it some.")
        }
        TransactionError::InsufficientFundsForRent { .. } => {
            format!("The wallet {wallet} would hold too little SOL after this transaction; send it some.")
        }
        TransactionError::BlockhashNotFound => {
            "The RPC node does not know its own recent blockhash yet; try again.".to_owned()
        }
        TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
            match SettlementError::from_code(*code) {
                Some(error) => error.message().to_owned(),
                None => format!("A program refused the transaction with its code {code}; nothing was built."),
            }
        }
        TransactionError::ProgramAccountNotFound => {
            "The settlement program does not exist on this cluster.".to_owned()
        }
        other => format!("The cluster would refuse the transaction: {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_speaks_the_programs_words() {
        let code = SettlementError::Paused.code();
        let error = TransactionError::InstructionError(1, InstructionError::Custom(code));
        assert_eq!(explain(&Address::default(), &error, &[]), SettlementError::Paused.message());
    }

    #[test]
    fn a_wallet_without_sol_is_told_so() {
        let logs = ["Transfer: insufficient lamports 5, need 10".to_owned()];
        let error = TransactionError::InstructionError(0, InstructionError::Custom(1));
        assert!(explain(&Address::default(), &error, &logs).contains("SOL"));
        assert!(explain(&Address::default(), &TransactionError::AccountNotFound, &[]).contains("SOL"));
    }
}
