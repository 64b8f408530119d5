//! The RPC node as everybody may use it: few calls at once, and failures that say nothing of the node.
//! What is asked, and how, is the client library's.

use crate::error::{Kind, Problem, Result};
use settlement_interface::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tally_client::node::{Node, NodeError, Recent, Rpc};
use tally_client::reading::{Account, Simulation};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls to the node at once: readers of this service must not be able to exhaust it.
const MOST_CALLS: usize = 16;
/// First and longest wait between two questions for the cluster's identity.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Characters of a genesis hash in a CAIP-2 identifier.
const CAIP2: usize = 32;

/// The RPC node; cheap to clone.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    rpc: Rpc,
    calls: Semaphore,
    /// CAIP-2 identifier of the cluster, once it is known.
    blockchain_id: OnceLock<String>,
    /// The network's price account, once it is known; it never changes.
    feed: OnceLock<Address>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chain")
    }
}

impl Chain {
    /// A client of the node at a URL; connects when it is first needed. Reads at `confirmed`: a wallet
    /// acts on what it has just done.
    pub fn new(url: String, timeout: Duration) -> Self {
        let rpc = Rpc::new(url, timeout, CommitmentConfig::confirmed());
        let calls = Semaphore::new(MOST_CALLS);
        Self(Arc::new(Inner { rpc, calls, blockchain_id: OnceLock::new(), feed: OnceLock::new() }))
    }

    /// Waits for its turn; the request's own time limit ends the wait.
    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        self.0.calls.acquire().await.map_err(Problem::internal)
    }

    /// Accounts of one slot, in order; `None` where there is none.
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>> {
        let _turn = self.turn().await?;
        self.0.rpc.accounts(addresses).await.map_err(unreachable)
    }

    /// A blockhash that a transaction can name, and until when.
    ///
    /// At `confirmed` it lasts longest of those that can be relied on: a transaction may name a blockhash for
    /// 150 blocks, about a minute. The newest block that the node has processed may lie on a fork that is
    /// dropped, and with it every transaction that names it; a finalized one is some 32 blocks old already,
    /// a fifth of the time that there is to sign.
    pub async fn recent(&self) -> Result<Recent> {
        let _turn = self.turn().await?;
        self.0.rpc.recent().await.map_err(unreachable)
    }

    /// What a compute unit of these instructions is worth now, millionths of a lamport.
    pub async fn unit_price(&self, instructions: &[Instruction]) -> Result<u64> {
        let _turn = self.turn().await?;
        Ok(self.0.rpc.unit_price(instructions).await)
    }

    /// What the node says would happen, and what would become of these accounts. No signature is checked:
    /// there is none yet.
    pub async fn simulate(
        &self,
        transaction: &VersionedTransaction,
        accounts: &[Address],
    ) -> Result<Simulation> {
        let _turn = self.turn().await?;
        self.0.rpc.simulate_as_is(transaction, accounts).await.map_err(unreachable)
    }

    /// The network's price account; `None` until [`Chain::found_feed`] was told.
    pub fn feed(&self) -> Option<&Address> {
        self.0.feed.get()
    }

    /// Remembers the network's price account.
    pub fn found_feed(&self, feed: Address) {
        // Whoever was first has set the same one.
        let _ = self.0.feed.set(feed);
    }

    /// CAIP-2 identifier of the cluster; `None` until the node has been asked.
    pub fn blockchain_id(&self) -> Option<&str> {
        self.0.blockchain_id.get().map(String::as_str)
    }

    /// Asks for the cluster's identity in the background, less and less often, until the node answers
    /// or this client is no longer used. No request waits for it: a silent node would hold up every
    /// answer that names the cluster. Must be called within a Tokio runtime.
    pub fn learn_blockchain_id(&self) {
        let known = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let mut wait = FIRST_WAIT;
            while let Some(inner) = known.upgrade() {
                match inner.rpc.genesis_hash().await {
                    Ok(hash) => {
                        let text: String = hash.to_string().chars().take(CAIP2).collect();
                        // This task is the only one that sets it.
                        let _ = inner.blockchain_id.set(format!("solana:{text}"));
                        return;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "it is not known of which cluster the RPC node is; asking again");
                    }
                }
                drop(inner);
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
            }
        });
    }
}

fn unreachable(error: NodeError) -> Problem {
    // The library leaves out the node's URL, which may hold a key.
    tracing::warn!(%error, "no transaction can be built");
    Problem::new(
        Kind::RpcUnavailable,
        "The Solana RPC node cannot be reached at the moment, so that no transaction can be built; try again in a few seconds.",
    )
}
