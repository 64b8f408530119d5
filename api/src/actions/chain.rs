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
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// Calls to the node at once: readers of this service must not be able to exhaust it.
const MOST_CALLS: usize = 16;
/// How long the headers of an answer may wait for the cluster's identity.
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(2);
/// Characters of a genesis hash in a CAIP-2 identifier.
const CAIP2: usize = 32;

/// The RPC node; cheap to clone.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    client: RpcClient,
    calls: Semaphore,
    blockchain_id: OnceCell<String>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chain")
    }
}

/// An account as read.
#[derive(Clone, Debug)]
pub struct Account {
    /// Program that owns it.
    pub owner: Address,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Chain {
    /// A client of the node at a URL; connects when it is first needed. Reads at `confirmed`: a wallet
    /// acts on what it has just done.
    pub fn new(url: String, timeout: Duration) -> Self {
        let client = RpcClient::new_with_timeout_and_commitment(url, timeout, CommitmentConfig::confirmed());
        let calls = Semaphore::new(MOST_CALLS);
        Self(Arc::new(Inner { client, calls, blockchain_id: OnceCell::new() }))
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
            Some(Account { owner: account.owner, data: account.data })
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

    /// CAIP-2 identifier of the cluster; `None` while the node cannot be asked.
    pub async fn blockchain_id(&self) -> Option<String> {
        let id = self.0.blockchain_id.get_or_try_init(async || {
            let asked = tokio::time::timeout(IDENTITY_TIMEOUT, self.0.client.get_genesis_hash());
            let hash = asked.await.map_err(|_| ())?.map_err(|_| ())?;
            let text: String = hash.to_string().chars().take(CAIP2).collect();
            Ok::<_, ()>(format!("solana:{text}"))
        });
        id.await.ok().cloned()
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
