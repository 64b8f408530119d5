//! Sending, once.
//!
//! Whoever sends a payment again because no answer came may pay twice. Here every intent (a name that the
//! caller chooses, such as `settle <job> <units>`) has at most one transaction that can still land:
//!
//! 1. The signed transaction is stored in the journal *before* it is handed to a node.
//! 2. While it can land, only the very same bytes are sent again.
//! 3. Another one is signed only once the first can never land: the *finalized* block height has passed the
//!    last one at which its blockhash is valid, and a node that has come at least that far does not know it.
//! 4. An intent that has been carried out is answered from the journal, also after a restart.
//!
//! What this does not do: decide what to send, or hold a key.

mod journal;

pub use journal::{Entry, FileJournal, Journal, JournalError, MemoryJournal};

use crate::budget::Estimate;
use crate::error::explain;
use crate::node::{Node, NodeError, Recent, Status, Submitted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use solana_commitment_config::CommitmentLevel;
use solana_instruction::Instruction;
use solana_message::{AddressLookupTableAccount, CompileError, VersionedMessage, v0};
use solana_signature::Signature;
use solana_signer::{Signer, SignerError};
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::time::Duration;

/// What came of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The one transaction that landed.
    pub signature: Signature,
    /// In which slot.
    pub slot: u64,
}

/// Why an intent was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The transaction was refused by the program or the runtime; nothing was moved.
    #[error("{}", explain(.0))]
    Refused(TransactionError),
    /// No transaction landed within the attempts allowed, and none that was signed can land any more.
    #[error("no transaction landed within {0} attempts; nothing was moved, it can be tried again")]
    Expired(u32),
    /// The node fails for so long that it is unknown whether the transaction landed. Its intent stays in
    /// the journal: send it again, and it is resolved first.
    #[error("it is not known yet whether {signature} landed: {cause}; send the same again to find out")]
    Unknown {
        /// The transaction in question.
        signature: Signature,
        /// What the node said last.
        cause: NodeError,
    },
    /// The node fails and nothing was signed.
    #[error("nothing was sent: {0}")]
    Node(#[from] NodeError),
    /// The intent's name was used for other instructions before.
    #[error("the intent {0:?} was used for other instructions before; choose another name")]
    IntentReused(String),
    /// A key did not sign.
    #[error("the transaction was not signed: {0}")]
    Signer(#[from] SignerError),
    /// The instructions do not fit a transaction.
    #[error("the transaction cannot be arranged: {0}")]
    Compile(#[from] CompileError),
    /// The journal cannot be read or written; nothing is sent that is not in it.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Patience and pace.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// When a transaction counts as landed.
    pub commitment: CommitmentLevel,
    /// Transactions signed for one intent at most, one after the other.
    pub attempts: u32,
    /// Between two looks at its status.
    pub poll: Duration,
    /// Looks between two submissions of the same bytes.
    pub looks_per_submission: u32,
    /// Failing answers in a row after which the outcome is left open.
    pub failures: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            commitment: CommitmentLevel::Confirmed,
            attempts: 5,
            poll: Duration::from_millis(400),
            looks_per_submission: 5,
            failures: 50,
        }
    }
}

/// What is to be done, under a name of its own.
pub struct Intent<'a> {
    /// The name; the same name is the same intent, also after a restart.
    pub name: String,
    /// In order, without compute budget.
    pub instructions: Vec<Instruction>,
    /// All that sign; the first one pays.
    pub signers: Vec<&'a (dyn Signer + Sync)>,
    /// Lookup tables in use.
    pub tables: Vec<AddressLookupTableAccount>,
    /// What a compute unit is worth, millionths of a lamport.
    pub price: u64,
}

/// Sends intents through a node and a journal.
pub struct Sender<N, J> {
    node: N,
    journal: J,
    policy: Policy,
}

/// How a transaction ended.
enum End {
    Landed(Status),
    NeverLands,
    NotPassedOn(TransactionError),
}

impl<N: Node, J: Journal> Sender<N, J> {
    /// A sender.
    pub fn new(node: N, journal: J, policy: Policy) -> Self {
        Self { node, journal, policy }
    }

    /// The node.
    pub fn node(&self) -> &N {
        &self.node
    }

    /// Carries an intent out at most once and says what came of it; of one that was carried out before,
    /// what came of it then.
    ///
    /// # Errors
    /// [`SendError`]. After every one but `Unknown`, nothing was moved and nothing signed can still move anything.
    pub async fn send(&self, intent: &Intent<'_>) -> Result<Landed, SendError> {
        let digest = digest(&intent.instructions);
        let mut pending = match self.journal.get(&intent.name)? {
            Some(entry) if entry.instructions != digest => {
                return Err(SendError::IntentReused(intent.name.clone()));
            }
            Some(Entry { landed: Some(slot), transaction, .. }) => {
                return Ok(Landed { signature: signature(&decode(&transaction)?), slot });
            }
            other => other,
        };
        for _ in 0..self.policy.attempts.max(1) {
            let entry = match pending.take() {
                Some(entry) => entry,
                None => self.sign(intent, &digest).await?,
            };
            let transaction = decode(&entry.transaction)?;
            match self.resolve(&transaction, &entry).await? {
                End::Landed(status) => {
                    if let Err(cause) = status.result {
                        self.journal.remove(&intent.name)?;
                        return Err(SendError::Refused(cause));
                    }
                    self.journal.put(&Entry { landed: Some(status.slot), ..entry })?;
                    return Ok(Landed { signature: signature(&transaction), slot: status.slot });
                }
                End::NotPassedOn(cause) => {
                    self.journal.remove(&intent.name)?;
                    return Err(SendError::Refused(cause));
                }
                End::NeverLands => self.journal.remove(&intent.name)?,
            }
        }
        Err(SendError::Expired(self.policy.attempts.max(1)))
    }

    /// Finds out what became of everything that was left open, such as by a process that died, and
    /// signs nothing. What landed and what can never land any more is told by its name.
    ///
    /// # Errors
    /// [`SendError::Unknown`] and [`SendError::Journal`]; what was found out until then is stored.
    pub async fn resolve_pending(&self) -> Result<Vec<(String, Result<Landed, SendError>)>, SendError> {
        let mut ends = Vec::new();
        for entry in self.journal.pending()? {
            let transaction = decode(&entry.transaction)?;
            let end = match self.resolve(&transaction, &entry).await? {
                End::Landed(Status { slot, result: Ok(()), .. }) => {
                    self.journal.put(&Entry { landed: Some(slot), ..entry.clone() })?;
                    Ok(Landed { signature: signature(&transaction), slot })
                }
                End::Landed(Status { result: Err(cause), .. }) | End::NotPassedOn(cause) => {
                    self.journal.remove(&entry.name)?;
                    Err(SendError::Refused(cause))
                }
                End::NeverLands => {
                    self.journal.remove(&entry.name)?;
                    Err(SendError::Expired(1))
                }
            };
            ends.push((entry.name, end));
        }
        Ok(ends)
    }

    /// What came of an intent that has been carried out and was not forgotten; `None` if it was not.
    ///
    /// # Errors
    /// [`SendError::Journal`].
    pub fn carried_out(&self, name: &str) -> Result<Option<Landed>, SendError> {
        match self.journal.get(name)? {
            Some(Entry { landed: Some(slot), transaction, .. }) => {
                Ok(Some(Landed { signature: signature(&decode(&transaction)?), slot }))
            }
            _ => Ok(None),
        }
    }

    /// Forgets an intent that has been carried out, so that its name can be used anew. One whose end is
    /// not known is kept.
    ///
    /// # Errors
    /// [`SendError::Journal`].
    pub fn forget(&self, name: &str) -> Result<(), SendError> {
        if self.journal.get(name)?.is_some_and(|entry| entry.landed.is_some()) {
            self.journal.remove(name)?;
        }
        Ok(())
    }

    /// Signs the intent over a fresh blockhash and stores it.
    async fn sign(&self, intent: &Intent<'_>, digest: &str) -> Result<Entry, SendError> {
        let Recent { blockhash, last_height } = self.node.recent().await?;
        let payer = intent.signers.first().ok_or(SignerError::NotEnoughSigners)?.try_pubkey()?;
        let estimate = Estimate::of(&intent.instructions, intent.signers.len(), intent.price);
        let all: Vec<_> =
            estimate.instructions().into_iter().chain(intent.instructions.iter().cloned()).collect();
        let message = v0::Message::try_compile(&payer, &all, &intent.tables, blockhash)?;
        let keys: Vec<&dyn Signer> = intent.signers.iter().map(|key| *key as &dyn Signer).collect();
        let transaction = VersionedTransaction::try_new(VersionedMessage::V0(message), &keys)?;
        let bytes =
            wincode::serialize(&transaction).map_err(|error| JournalError::Write(error.to_string()))?;
        let entry = Entry {
            name: intent.name.clone(),
            instructions: digest.to_owned(),
            transaction: STANDARD.encode(bytes),
            last_height,
            submitted: false,
            landed: None,
        };
        self.journal.put(&entry)?;
        self.journal.put(&Entry { submitted: true, ..entry.clone() })?;
        Ok(entry)
    }

    /// Sends the same bytes until they landed or never can. `entry.submitted` is whether they may have
    /// been handed to a node before this call: only if not, the node's simulation is believed to be the end.
    async fn resolve(&self, transaction: &VersionedTransaction, entry: &Entry) -> Result<End, SendError> {
        let id = signature(transaction);
        let mut failures = 0u32;
        let mut looks = 0u32;
        let mut fresh = !entry.submitted;
        loop {
            if looks.checked_rem(self.policy.looks_per_submission.max(1)) == Some(0) {
                match self.node.submit(transaction, fresh).await {
                    Ok(Submitted::Refused(cause)) if fresh => return Ok(End::NotPassedOn(cause)),
                    Ok(_) => failures = 0,
                    // The answer may be lost though the transaction was passed on.
                    Err(cause) => self.count(&mut failures, &id, cause)?,
                }
                fresh = false;
            }
            looks = looks.wrapping_add(1);
            match self.look(&id, entry.last_height).await {
                Ok(Some(end)) => return Ok(end),
                Ok(None) => failures = 0,
                Err(cause) => self.count(&mut failures, &id, cause)?,
            }
            self.node.pause(self.policy.poll).await;
        }
    }

    fn count(&self, failures: &mut u32, signature: &Signature, cause: NodeError) -> Result<(), SendError> {
        *failures = failures.saturating_add(1);
        if *failures > self.policy.failures {
            return Err(SendError::Unknown { signature: *signature, cause });
        }
        Ok(())
    }

    /// The transaction's end, if it is known. The height is asked first: a status read after it cannot
    /// miss a transaction that landed before the height was passed, if the node has come as far.
    async fn look(&self, signature: &Signature, last_height: u64) -> Result<Option<End>, NodeError> {
        let finalized = self.node.finalized().await?;
        let (seen, status) = self.node.status(signature).await?;
        match status {
            Some(status) if reaches(status.commitment, self.policy.commitment) => {
                Ok(Some(End::Landed(status)))
            }
            Some(_) => Ok(None),
            None => Ok((finalized.block > last_height && seen >= finalized.slot).then_some(End::NeverLands)),
        }
    }
}

/// Whether one commitment is at least another.
fn reaches(found: CommitmentLevel, wanted: CommitmentLevel) -> bool {
    let rank = |level| match level {
        CommitmentLevel::Processed => 0,
        CommitmentLevel::Confirmed => 1,
        CommitmentLevel::Finalized => 2,
    };
    rank(found) >= rank(wanted)
}

/// What identifies instructions, so that one name is never two intents.
fn digest(instructions: &[Instruction]) -> String {
    let mut hasher = Sha256::new();
    let number =
        |hasher: &mut Sha256, n: usize| hasher.update(u64::try_from(n).unwrap_or(u64::MAX).to_le_bytes());
    for instruction in instructions {
        hasher.update(instruction.program_id.as_ref());
        number(&mut hasher, instruction.accounts.len());
        for meta in &instruction.accounts {
            hasher.update(meta.pubkey.as_ref());
            hasher.update([u8::from(meta.is_signer), u8::from(meta.is_writable)]);
        }
        number(&mut hasher, instruction.data.len());
        hasher.update(&instruction.data);
    }
    STANDARD.encode(hasher.finalize())
}

fn signature(transaction: &VersionedTransaction) -> Signature {
    transaction.signatures.first().copied().unwrap_or_default()
}

fn decode(text: &str) -> Result<VersionedTransaction, JournalError> {
    let bytes = STANDARD.decode(text).map_err(|error| JournalError::Read(error.to_string()))?;
    wincode::deserialize(&bytes).map_err(|error| JournalError::Read(error.to_string()))
}

#[cfg(test)]
mod tests;
