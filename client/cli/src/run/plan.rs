//! What a command would sign.

use crate::show::Record;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;

/// What would be signed, in human terms and in the chain's.
#[derive(Debug, Default)]
pub struct Plan {
    /// Sentences: who pays what to whom, what is locked, what can be lost.
    pub says: Vec<String>,
    /// The figures.
    pub record: Record,
    /// In order, without compute budget.
    pub instructions: Vec<Instruction>,
    /// Accounts that are created: what they are and their bytes.
    pub rent: Vec<(&'static str, usize)>,
    /// Keys that sign besides the acting one and the fee payer's.
    pub keys: Vec<Keypair>,
    /// Lookup tables in use.
    pub tables: Vec<AddressLookupTableAccount>,
}

impl Plan {
    /// A plan that does this.
    pub fn new(instructions: Vec<Instruction>) -> Self {
        Self { instructions, ..Self::default() }
    }

    /// Adds a sentence.
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.says.push(sentence.into());
        self
    }

    /// Sets the figures.
    pub fn figures(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// Adds a key that signs.
    pub fn signed_by(mut self, key: Keypair) -> Self {
        self.keys.push(key);
        self
    }

    /// Adds an account that is created.
    pub fn creates(mut self, what: &'static str, bytes: usize) -> Self {
        self.rent.push((what, bytes));
        self
    }
}
