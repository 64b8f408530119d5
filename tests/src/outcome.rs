//! What came of a transaction, in the program's own terms.

use crate::world::events;
use litesvm::types::TransactionResult;
use settlement_interface::events::Event;
use settlement_interface::{Address, ID, SettlementError, pda};
use solana_instruction_error::InstructionError;
use solana_message::Message;
use solana_message::inner_instruction::{InnerInstruction, InnerInstructionsList};
use solana_transaction_error::TransactionError;
use std::fmt;

/// A transaction that went through.
pub struct Sent {
    pub events: Vec<Event>,
    /// Compute units of the whole transaction.
    pub units: u64,
    /// What the instructions called themselves, in order.
    pub calls: Vec<Call>,
    pub logs: Vec<String>,
}

/// A call of another program, or an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Position of the instruction that made it.
    pub instruction: usize,
    pub program: Address,
    pub accounts: Vec<Address>,
    pub data: Vec<u8>,
}

impl Call {
    /// Whether the account at this position has to sign the call: of the system program's instructions
    /// those that the program uses, of the token programs' the authority, which comes third; of an
    /// event its one account.
    pub fn signs(&self, position: usize) -> bool {
        let is_event = self.program == ID;
        if self.program == pda::SYSTEM_PROGRAM {
            let both = self.data.first() == Some(&0); // CreateAccount
            position == 0 || (both && position == 1)
        } else {
            (is_event && position == 0) || (!is_event && position == 2)
        }
    }
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

/// Depth of what an instruction calls itself; the instruction has 1.
const CALLED: u8 = 2;

fn calls(inner: &InnerInstructionsList, message: &Message) -> Vec<Call> {
    let key = |index: &u8| message.account_keys[usize::from(*index)];
    let of = |(instruction, inner): (usize, &Vec<InnerInstruction>)| -> Vec<Call> {
        let called =
            inner.iter().filter(|inner| inner.stack_height == CALLED).map(|inner| &inner.instruction);
        called
            .map(|call| Call {
                instruction,
                program: key(&call.program_id_index),
                accounts: call.accounts.iter().map(key).collect(),
                data: call.data.clone(),
            })
            .collect()
    };
    inner.iter().enumerate().flat_map(of).collect()
}

pub(crate) fn judge(result: TransactionResult, message: &Message) -> Outcome {
    match result {
        Ok(meta) => {
            let inner = meta.inner_instructions.iter().flatten().map(|inner| {
                let program = message.account_keys[usize::from(inner.instruction.program_id_index)];
                (program, inner.instruction.data.clone())
            });
            let events = events(inner);
            let calls = calls(&meta.inner_instructions, message);
            Ok(Sent { events, units: meta.compute_units_consumed, calls, logs: meta.logs })
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
