//! What is settled before the first round: that every endpoint is of one cluster which has the program,
//! and whose history goes back farthest.

use super::client::Client;
use super::endpoint::Endpoint;
use super::error::RpcError;
use super::listing::{Listed, list};
use super::wire::Accounts;
use super::{COMMITMENT_CONFIRMED, RpcSource};
use crate::Error;
use crate::source::{Heads, Resume};
use serde_json::json;
use settlement_interface::{Address, ID};

impl RpcSource {
    /// The genesis hash of the cluster that all endpoints are of, if the program is deployed there. Gives
    /// up soon; endpoints that cannot be reached are checked when they can, unless none can.
    pub async fn check(client: &Client) -> Result<String, Error> {
        let mut of: Option<(&Endpoint, String)> = None;
        let mut unreachable: Option<(&Endpoint, RpcError)> = None;
        for endpoint in client.endpoints() {
            match (cluster(endpoint).await?, &of) {
                (Err(error), _) => {
                    tracing::warn!("{}: {error}; it is used once it says its cluster", endpoint.host());
                    unreachable = Some((endpoint, error));
                }
                (Ok(found), Some((first, cluster))) if found != *cluster => {
                    return Err(Error::Setup(format!(
                        "The endpoints of `rpc_url` are of different clusters: {} has the genesis {cluster}, {} has \
                         {found}; give endpoints of one cluster.",
                        first.host(),
                        endpoint.host()
                    )));
                }
                (Ok(found), _) => {
                    endpoint.belongs();
                    of.get_or_insert((endpoint, found));
                }
            }
        }
        match (of, unreachable) {
            (Some((_, cluster)), _) => {
                client.settle_cluster(&cluster);
                Ok(cluster)
            }
            (None, Some((endpoint, error))) => Err(cannot_read(endpoint, &error)),
            (None, None) => Err(Error::Setup("`rpc_url` names no node; give the URL of one.".into())),
        }
    }

    /// Of endpoints that are to give the first list, leaves those whose history goes back as far as any
    /// other's: while nothing is stored, a short list looks like a short history.
    pub(super) async fn leave_shallow(
        &self,
        state: &Resume,
        choice: &mut Vec<(Endpoint, Heads)>,
    ) -> Result<(), RpcError> {
        let mut oldest = Vec::new();
        for (endpoint, heads) in choice.iter() {
            match list(endpoint, self.range(state, *heads), self.options.page_size).await {
                Ok(Listed::Whole(listing, _)) => {
                    oldest.push(Some(listing.keys().next().copied().unwrap_or(u64::MAX)));
                }
                Ok(Listed::Broken(reason)) => {
                    endpoint.health().contradictions.add(1);
                    endpoint.let_rest(&reason, self.options.poll_interval);
                    oldest.push(None);
                }
                Err(RpcError::Stopping) => return Err(RpcError::Stopping),
                Err(error) => {
                    endpoint.let_rest(&error.to_string(), self.options.poll_interval);
                    oldest.push(None);
                }
            }
        }
        let deepest = oldest.iter().flatten().min().copied();
        let mut found = oldest.into_iter();
        choice.retain(|(endpoint, heads)| match (found.next().flatten(), deepest) {
            (Some(first), Some(deepest)) if first > deepest && heads.confirmed >= deepest => {
                let reason = format!("its history of the program begins later than slot {deepest}");
                endpoint.let_rest(&reason, self.options.poll_interval);
                false
            }
            (first, _) => first.is_some(),
        });
        Ok(())
    }
}

fn cannot_read(endpoint: &Endpoint, error: &RpcError) -> Error {
    Error::Setup(format!(
        "Cannot read from the RPC node {}: {error}. Check `rpc_url` and that the node is running.",
        endpoint.host()
    ))
}

/// The genesis hash of one endpoint's cluster, with the program on it; the inner error if it cannot be
/// reached.
async fn cluster(endpoint: &Endpoint) -> Result<Result<String, RpcError>, Error> {
    let host = endpoint.host();
    let found: Option<String> = match endpoint.a_few_times("getGenesisHash", &json!([])).await {
        Ok(found) => found,
        Err(error) if error.may_pass() => return Ok(Err(error)),
        Err(error) => return Err(cannot_read(endpoint, &error)),
    };
    let cluster = found.ok_or_else(|| {
        Error::Setup(format!("{host} gives no genesis hash; `rpc_url` is not one of a Solana RPC node."))
    })?;
    let program: Address = ID;
    let params = json!([[program.to_string()], { "encoding": "base64", "commitment": COMMITMENT_CONFIRMED }]);
    let accounts: Option<Accounts> = match endpoint.a_few_times("getMultipleAccounts", &params).await {
        Ok(accounts) => accounts,
        Err(error) if error.may_pass() => return Ok(Err(error)),
        Err(error) => return Err(cannot_read(endpoint, &error)),
    };
    match accounts.and_then(|accounts| accounts.value.into_iter().next().flatten()) {
        Some(account) if account.executable => Ok(Ok(cluster)),
        Some(_) => Err(Error::Setup(format!(
            "The account {program} is not a program on the cluster of {host}; check `rpc_url`."
        ))),
        None => Err(Error::Setup(format!(
            "The program {program} is not deployed on the cluster of {host} (genesis {cluster}); deploy it, or check \
             `rpc_url`."
        ))),
    }
}
