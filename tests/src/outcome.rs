//! What came of a transaction, in the program's own terms.

use crate::world::events;
use litesvm::types::TransactionResult;
use settlement_interface::SettlementError;
use settlement_interface::events::Event;
use solana_instruction_error::InstructionError;
use solana_message::Message;
use solana_transaction_error::TransactionError;
use std::fmt;

/// A transaction that went through.
pub struct Sent {
    pub events: Vec<Event>,
    /// Compute units of the whole transaction.
    pub units: u64,
    /// Instructions that programs called.
    pub calls: usize,
    pub logs: Vec<String>,
}

/// A transaction that did not.
#[derive(Debug)]
pub struct Refusal {
    pub reason: Expected,
    pub logs: Vec<String>,
}

/// Why a transaction was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// The program said so.
    Program(SettlementError),
    /// An instruction failed otherwise: the framework, the token program, the runtime.
    Instruction(InstructionError),
    /// The transaction failed as a whole.
    Transaction(TransactionError),
}

impl From<SettlementError> for Expected {
    fn from(error: SettlementError) -> Self {
        Self::Program(error)
    }
}

impl From<InstructionError> for Expected {
    fn from(error: InstructionError) -> Self {
        Self::Instruction(error)
    }
}

impl From<TransactionError> for Expected {
    fn from(error: TransactionError) -> Self {
        Self::Transaction(error)
    }
}

pub type Outcome = Result<Sent, Refusal>;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.reason)?;
        self.logs.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events, {} units", self.events.len(), self.units)
    }
}

pub(crate) fn judge(result: TransactionResult, message: &Message) -> Outcome {
    match result {
        Ok(meta) => {
            let inner = meta.inner_instructions.iter().flatten().map(|inner| {
                let program = message.account_keys[usize::from(inner.instruction.program_id_index)];
                (program, inner.instruction.data.clone())
            });
            let calls = meta.inner_instructions.iter().map(Vec::len).sum();
            Ok(Sent { events: events(inner), units: meta.compute_units_consumed, calls, logs: meta.logs })
        }
        Err(failed) => {
            let reason = match failed.err {
                TransactionError::InstructionError(_, InstructionError::Custom(code)) => {
                    match SettlementError::from_code(code) {
                        Some(error) => Expected::Program(error),
                        None => Expected::Instruction(InstructionError::Custom(code)),
                    }
                }
                TransactionError::InstructionError(_, error) => Expected::Instruction(error),
                other => Expected::Transaction(other),
            };
            Err(Refusal { reason, logs: failed.meta.logs })
        }
    }
}
