//! The RPC node: accounts, a recent blockhash, a simulation. Its URL and its errors stay inside.

use crate::error::{Kind, Problem, Result};
use settlement_interface::Address;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_rpc_client_api::config::RpcSimulateTransactionConfig;
use solana_rpc_client_api::response::RpcSimulateTransactionResult;
use solana_transaction::Transaction;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tally_client::reading::Account;
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
    client: RpcClient,
    calls: Semaphore,
    /// CAIP-2 identifier of the cluster, once it is known.
    blockchain_id: OnceLock<String>,
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
        let client = RpcClient::new_with_timeout_and_commitment(url, timeout, CommitmentConfig::confirmed());
        let calls = Semaphore::new(MOST_CALLS);
        Self(Arc::new(Inner { client, calls, blockchain_id: OnceLock::new() }))
    }

    /// Waits for its turn; the request's own time limit ends the wait.
    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        self.0.calls.acquire().await.map_err(Problem::internal)
    }

    /// Accounts of one slot, in order; `None` where there is none.
    pub async fn accounts<const N: usize>(&self, addresses: [Address; N]) -> Result<[Option<Account>; N]> {
        let _turn = self.turn().await?;
        let found = self.0.client.get_multiple_accounts(&addresses).await.map_err(unreachable)?;
        let mut found = found.into_iter();
        Ok(std::array::from_fn(|_| {
            let account = found.next().flatten()?;
            Some(Account { owner: account.owner, lamports: account.lamports, data: account.data })
        }))
    }

    /// A blockhash that transactions may name for a minute or so.
    pub async fn blockhash(&self) -> Result<Hash> {
        let _turn = self.turn().await?;
        self.0.client.get_latest_blockhash().await.map_err(unreachable)
    }

    /// What the node says would happen. No signature is checked: there is none yet.
    pub async fn simulate(&self, transaction: &Transaction) -> Result<RpcSimulateTransactionResult> {
        let config = RpcSimulateTransactionConfig {
            commitment: Some(CommitmentConfig::confirmed()),
            ..RpcSimulateTransactionConfig::default()
        };
        let _turn = self.turn().await?;
        let answer = self.0.client.simulate_transaction_with_config(transaction, config).await;
        answer.map(|answer| answer.value).map_err(unreachable)
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
                match inner.client.get_genesis_hash().await {
                    Ok(hash) => {
                        let text: String = hash.to_string().chars().take(CAIP2).collect();
                        // This task is the only one that sets it.
                        let _ = inner.blockchain_id.set(format!("solana:{text}"));
                        return;
                    }
                    Err(error) => tracing::warn!(
                        kind = kind(&error),
                        "the RPC node does not say which cluster it is of; asking again"
                    ),
                }
                drop(inner);
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
            }
        });
    }
}

fn unreachable(error: ClientError) -> Problem {
    // The error can hold the node's URL and with it a key, so that only its kind is logged.
    tracing::warn!(method = ?error.request(), kind = kind(&error), "the RPC node failed");
    Problem::new(
        Kind::RpcUnavailable,
        "The Solana RPC node cannot be reached at the moment, so that no transaction can be built; try again in a few seconds.",
    )
}

fn kind(error: &ClientError) -> &'static str {
    use solana_rpc_client_api::client_error::ErrorKind;
    match error.kind() {
        ErrorKind::Io(_) => "io",
        ErrorKind::Reqwest(error) if error.is_timeout() => "timeout",
        ErrorKind::Reqwest(error) if error.is_connect() => "connection",
        ErrorKind::Reqwest(error) if error.is_status() => "HTTP status",
        ErrorKind::Reqwest(_) => "http",
        ErrorKind::RpcError(_) => "the node's refusal",
        ErrorKind::SerdeJson(_) => "malformed answer",
        _ => "other",
    }
}
