//! Solana Actions: transactions for wallets to review and sign.
//!
//! A transaction is built from accounts read by RPC, simulated, and handed out unsigned. Nothing here
//! signs, sends, or remembers; whether it happened shows in the figures once it is on chain.

mod chain;
mod claim;
mod network;
mod open_job;
mod order;
mod prepare;
mod price;
mod rent;
mod spec;

pub use chain::Chain;

use crate::error::{Kind, Problem, Result};
use crate::state::App;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Version of the Actions specification that the answers follow.
const ACTION_VERSION: HeaderValue = HeaderValue::from_static("2.4");

/// The paths of Actions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(spec::rules))
        .routes(routes!(open_job::describe, open_job::prepare))
        .routes(routes!(claim::describe, claim::prepare))
}

/// The RPC node, or why there is none.
fn chain(app: &App) -> Result<&Chain> {
    app.chain.as_ref().ok_or_else(|| {
        Problem::new(
            Kind::RpcUnavailable,
            "This service is run without an RPC node and builds no transactions; it serves figures only.",
        )
    })
}

/// Gives up what waits for the node a little before the request's own limit, so that a slow node is
/// named as what it is: the limit's own advice is about figures.
async fn in_time<T>(app: &App, work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = app.settings.request_timeout();
    let limit = limit.saturating_sub(limit.checked_div(8).unwrap_or_default());
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        tracing::warn!("the RPC node is too slow");
        Err(Problem::new(
            Kind::RpcUnavailable,
            "The Solana RPC node did not answer in time, so that no transaction can be built; try again in a few seconds.",
        ))
    })
}

/// Adds the headers by which wallets know the specification's version and the cluster, to every
/// answer of an Action's path, preflight included. The cluster's is missing until it is known: no
/// answer waits for a node.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_action = path.starts_with("/v1/actions/") || path == "/actions.json";
    let mut response = next.run(request).await;
    if is_action {
        let learnt = || app.chain.as_ref().and_then(Chain::blockchain_id);
        let id = app.settings.blockchain_id.as_deref().or_else(learnt);
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-action-version"), ACTION_VERSION);
        if let Some(Ok(id)) = id.map(HeaderValue::from_str) {
            headers.insert(HeaderName::from_static("x-blockchain-ids"), id);
        }
    }
    response
}
