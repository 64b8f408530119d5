//! A Carbon datasource that hands over the transactions of a recorded file.

use crate::recorded::{Reader, Recorded, Sent};
use async_trait::async_trait;
use carbon_core::datasource::{Datasource, DatasourceId, TransactionUpdate, Update, UpdateType};
use carbon_core::error::CarbonResult;
use settlement_interface::{ID, pda};
use solana_hash::Hash;
use solana_message::compiled_instruction::CompiledInstruction;
use solana_message::{Message, MessageHeader, VersionedMessage};
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status::{InnerInstruction, InnerInstructions, TransactionStatusMeta};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Stack height of what an instruction calls.
const CALLED: u32 = 2;

/// When transactions are handed over.
#[derive(Clone, Copy)]
pub enum Pace {
    /// As fast as the pipeline takes them; the source waits while its channel is full.
    Waits,
    /// So many events a second, evenly; what the channel has no room for is gone. That is what Carbon's
    /// Yellowstone source does.
    Drops(u64),
}

/// The source.
pub struct Recording {
    /// With the blocks.
    pub file: PathBuf,
    /// How they come.
    pub pace: Pace,
}

#[async_trait]
impl Datasource for Recording {
    async fn consume(
        &self,
        id: DatasourceId,
        sender: Sender<(Update, DatasourceId)>,
        _cancellation: CancellationToken,
    ) -> CarbonResult<()> {
        let started = Instant::now();
        let mut offered: u64 = 0;
        for Recorded { slot, time, blockhash, transactions } in Reader::open(&self.file) {
            let blockhash = blockhash.parse().unwrap();
            for (index, sent) in (0..).zip(transactions) {
                let events: usize = sent.instructions.iter().map(Vec::len).sum();
                let update = Update::Transaction(Box::new(TransactionUpdate {
                    slot,
                    index: Some(index),
                    block_time: Some(time),
                    block_hash: Some(blockhash),
                    ..update(sent)
                }));
                match self.pace {
                    Pace::Waits => {
                        if sender.send((update, id.clone())).await.is_err() {
                            return Ok(());
                        }
                    }
                    Pace::Drops(rate) => {
                        sleep_until(started + Duration::from_micros(offered * 1_000_000 / rate)).await;
                        // What became of each event is counted in the database.
                        let _ = sender.try_send((update, id.clone()));
                    }
                }
                offered += events as u64;
            }
        }
        Ok(())
    }

    fn update_types(&self) -> Vec<UpdateType> {
        vec![UpdateType::Transaction]
    }
}

/// A transaction as a node gives it, without balances and logs: there are none in the file, and the indexer's
/// blocks have none either.
fn update(sent: Sent) -> TransactionUpdate {
    let signature: Signature = sent.signature.parse().unwrap();
    // The payer, the program, the token program, the event authority, and an account of a token call.
    let event_authority = pda::event_authority();
    let others = [[3; 32], ID.to_bytes(), pda::TOKEN_PROGRAM.to_bytes(), event_authority.to_bytes(), [3; 32]];
    let [program, token_program, authority, account] = [1, 2, 3, 4];
    let call = |program_id_index, accounts, data| CompiledInstruction { program_id_index, accounts, data };
    let inner = |instruction| InnerInstruction { instruction, stack_height: Some(CALLED) };
    let (mut instructions, mut all_inner) = (Vec::new(), Vec::new());
    for (index, events) in (0..).zip(sent.instructions) {
        instructions.push(call(program, vec![], vec![1, 2, 3]));
        let calls = events.into_iter().flat_map(|data| {
            [call(token_program, vec![account], vec![3]), call(program, vec![authority], data)]
        });
        all_inner.push(InnerInstructions { index, instructions: calls.map(inner).collect() });
    }
    let message = Message {
        header: MessageHeader {
            num_required_signatures: 1,
            num_readonly_signed_accounts: 0,
            num_readonly_unsigned_accounts: 3,
        },
        account_keys: others.map(Pubkey::new_from_array).to_vec(),
        recent_blockhash: Hash::default(),
        instructions,
    };
    TransactionUpdate {
        signature,
        transaction: VersionedTransaction {
            signatures: vec![signature],
            message: VersionedMessage::Legacy(message),
        },
        meta: TransactionStatusMeta { inner_instructions: Some(all_inner), ..Default::default() },
        is_vote: false,
        slot: 0,
        index: None,
        block_time: None,
        block_hash: None,
    }
}
