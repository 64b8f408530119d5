//! What is asked of an RPC node. [`Node`] is the few questions that sending and reading need; [`Rpc`]
//! asks them of a real one.

use crate::budget::{self, MOST_PRICE, PERCENTILE};
use crate::transport;
use settlement_interface::accounts::Layout;
use settlement_interface::{Address, ID};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client::rpc_client::RpcClientConfig;
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::future::Future;
use std::time::Duration;

/// How far the cluster has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Height {
    /// The slot.
    pub slot: u64,
    /// The block height, which is what a blockhash's validity counts.
    pub block: u64,
}

/// A blockhash, and the last block height at which it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The blockhash.
    pub blockhash: Hash,
    /// Last block height at which a transaction that names it can land.
    pub last_height: u64,
}

/// What the node knows of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Slot in which it landed.
    pub slot: u64,
    /// How settled that is.
    pub commitment: CommitmentLevel,
    /// What came of it.
    pub result: Result<(), TransactionError>,
}

/// Why the node did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the RPC node failed: {0}")]
pub struct NodeError(pub String);

/// What came of handing a transaction to the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The node took it, which says nothing about whether it lands.
    Taken,
    /// The node's own simulation refused it, and it was not passed on.
    Refused(TransactionError),
}

/// The questions that sending needs. An answer may be lost, late or come from a node that lags: what is
/// built on it must not depend on more than it says.
pub trait Node: Sync {
    /// A recent blockhash.
    fn recent(&self) -> impl Future<Output = Result<Recent, NodeError>> + Send;
    /// Hands a signed transaction over; `simulate` first, or pass it on as it is.
    fn submit(
        &self,
        transaction: &VersionedTransaction,
        simulate: bool,
    ) -> impl Future<Output = Result<Submitted, NodeError>> + Send;
    /// The newest slot that the node answered from, and what it knows of a transaction, history included.
    fn status(
        &self,
        signature: &Signature,
    ) -> impl Future<Output = Result<(u64, Option<Status>), NodeError>> + Send;
    /// How far the cluster is finalized.
    fn finalized(&self) -> impl Future<Output = Result<Height, NodeError>> + Send;
    /// Waits.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

impl<N: Node> Node for &N {
    async fn recent(&self) -> Result<Recent, NodeError> {
        N::recent(self).await
    }
    async fn submit(
        &self,
        transaction: &VersionedTransaction,
        simulate: bool,
    ) -> Result<Submitted, NodeError> {
        N::submit(self, transaction, simulate).await
    }
    async fn status(&self, signature: &Signature) -> Result<(u64, Option<Status>), NodeError> {
        N::status(self, signature).await
    }
    async fn finalized(&self) -> Result<Height, NodeError> {
        N::finalized(self).await
    }
    async fn pause(&self, time: Duration) {
        N::pause(self, time).await;
    }
}

/// A JSON-RPC node.
pub struct Rpc {
    client: RpcClient,
    /// What is read is at least this settled.
    commitment: CommitmentConfig,
}

impl Rpc {
    /// The node at this URL, whose answers may take `timeout`; reads at this commitment.
    pub fn new(url: String, timeout: Duration, commitment: CommitmentConfig) -> Self {
        let config = RpcClientConfig::with_commitment(commitment);
        let client = RpcClient::new_sender(transport::sender(url, timeout), config);
        Self { client, commitment }
    }

    /// The connection itself.
    pub fn client(&self) -> &RpcClient {
        &self.client
    }

    /// How settled what is read is at least.
    pub fn commitment(&self) -> CommitmentConfig {
        self.commitment
    }

    /// An account of the program; `None` if there is none of this kind at the address.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn read<T: Layout>(&self, address: &Address) -> Result<Option<T>, NodeError> {
        let found = self.client.get_multiple_accounts_with_commitment(&[*address], self.commitment).await;
        let account = found.map_err(failed)?.value.into_iter().next().flatten();
        Ok(account.filter(|account| account.owner == ID).and_then(|account| T::read(&account.data)))
    }

    /// What was paid in recent blocks by transactions that wrote these accounts, millionths of a lamport
    /// a unit: for [`crate::budget::price`].
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn recent_prices(&self, written: &[Address]) -> Result<Vec<u64>, NodeError> {
        let fees = self.client.get_recent_prioritization_fees(written).await.map_err(failed)?;
        Ok(fees.into_iter().map(|fee| fee.prioritization_fee).collect())
    }

    /// What a compute unit of these instructions is worth now, millionths of a lamport: the median of what
    /// recent blocks took for the accounts that they write, at most [`MOST_PRICE`]. 0 if the node cannot
    /// say, which is no reason not to send: the base fee alone is enough in calm times.
    pub async fn unit_price(&self, instructions: &[Instruction]) -> u64 {
        let written = instructions.iter().flat_map(|one| &one.accounts).filter(|meta| meta.is_writable);
        let written: Vec<Address> = written.map(|meta| meta.pubkey).collect();
        budget::price(&self.recent_prices(&written).await.unwrap_or_default(), PERCENTILE, MOST_PRICE)
    }
}

/// An error without the node's URL, which may hold a key.
pub(crate) fn failed(error: ClientError) -> NodeError {
    let method = error.request().map_or_else(String::new, |request| format!("{request}: "));
    let mut what = error.kind().to_string();
    if let Some(at) = what.find(" for url (") {
        what.truncate(at);
    }
    NodeError(format!("{method}{what}"))
}

impl Node for Rpc {
    async fn recent(&self) -> Result<Recent, NodeError> {
        let answer = self.client.get_latest_blockhash_with_commitment(self.commitment).await;
        let (blockhash, last_height) = answer.map_err(failed)?;
        Ok(Recent { blockhash, last_height })
    }

    async fn submit(
        &self,
        transaction: &VersionedTransaction,
        simulate: bool,
    ) -> Result<Submitted, NodeError> {
        let options = RpcSendTransactionConfig {
            skip_preflight: !simulate,
            preflight_commitment: Some(self.commitment.commitment),
            max_retries: Some(0), // this library sends again by itself
            ..RpcSendTransactionConfig::default()
        };
        match self.client.send_transaction_with_config(transaction, options).await {
            Ok(_) => Ok(Submitted::Taken),
            Err(error) => match error.get_transaction_error() {
                Some(cause) if simulate => Ok(Submitted::Refused(cause)),
                Some(_) => Ok(Submitted::Taken), // such as that it has landed already
                None => Err(failed(error)),
            },
        }
    }

    async fn status(&self, signature: &Signature) -> Result<(u64, Option<Status>), NodeError> {
        let answer = self.client.get_signature_statuses_with_history(&[*signature]).await.map_err(failed)?;
        let status = answer.value.into_iter().next().flatten().map(|status| Status {
            slot: status.slot,
            // What is not said to be confirmed is not.
            commitment: if status.satisfies_commitment(CommitmentConfig::finalized()) {
                CommitmentLevel::Finalized
            } else if status.satisfies_commitment(CommitmentConfig::confirmed()) {
                CommitmentLevel::Confirmed
            } else {
                CommitmentLevel::Processed
            },
            result: status.status,
        });
        Ok((answer.context.slot, status))
    }

    async fn finalized(&self) -> Result<Height, NodeError> {
        let info = self.client.get_epoch_info_with_commitment(CommitmentConfig::finalized()).await;
        let info = info.map_err(failed)?;
        Ok(Height { slot: info.absolute_slot, block: info.block_height })
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failure_names_the_question_but_not_the_node() {
        // A port that was free a moment ago and is closed now.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/key-in-the-path");
        let rpc = Rpc::new(url, Duration::from_secs(5), CommitmentConfig::confirmed());
        let told = rpc.recent().await.unwrap_err().to_string();
        assert!(told.starts_with("the RPC node failed: getLatestBlockhash: "), "{told}");
        assert!(!told.contains("key-in-the-path") && !told.contains(&port.to_string()), "{told}");
    }
}
