//! Solana Actions and Solana Pay's transaction requests: transactions for wallets to review and sign.
//!
//! A transaction is built from accounts read by RPC, simulated, held against what it is said to move, and handed
//! out unsigned. Nothing here signs, sends, or remembers; whether it happened shows in the figures once it is on
//! chain.
//!
//! To add one: a file with its arguments, what it reads, its checks and what it moves ([`action::Action`]), and its
//! line in [`router`]. Everything else is one for all: [`action`] answers, [`prepare`] compiles and simulates,
//! [`check`] refuses what moves more than was said.

mod action;
mod chain;
mod check;
mod consumer;
mod desk;
mod document;
mod draft;
mod form;
mod limit;
mod moves;
mod prepare;
mod price;
mod provider;
mod refusal;
mod rent;
mod spec;
mod values;

pub use chain::Chain;
pub use consumer::{OpenJob, Rail};
pub use limit::{Limit, Spending};
pub use spec::ActionTransaction;
pub use values::{Dollars, Hash, Tokens, units};

use crate::error::{Kind, Problem, Result};
use crate::state::App;
use action::route;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use desk::Desk;
use price::UnitPrice;
use settlement_interface::Address;
use tally_client::facts::Facts;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Version of the Actions specification that the answers follow.
const ACTION_VERSION: HeaderValue = HeaderValue::from_static("2.4");

/// The shapes that every Action shares.
#[derive(OpenApi)]
#[openapi(components(schemas(spec::ActionDescription, spec::ActionRequest, spec::ActionTransaction)))]
struct Shapes;

/// The paths of Actions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Shapes::openapi())
        .routes(routes!(spec::rules))
        .routes(route::<consumer::RegisterConsumer>())
        .routes(route::<consumer::OpenJob>())
        .routes(route::<consumer::TopUp>())
        .routes(route::<consumer::AcceptBid>())
        .routes(route::<consumer::RotateMeter>())
        .routes(route::<consumer::CancelJob>())
        .routes(route::<consumer::CloseJob>())
        .routes(route::<consumer::AdvanceJob>())
        .routes(route::<consumer::Withdraw>())
        .routes(route::<consumer::ReclaimJob>())
        .routes(route::<provider::RegisterProvider>())
        .routes(route::<provider::UpdateProvider>())
        .routes(route::<provider::SetStandingOffer>())
        .routes(route::<provider::ClearStandingOffer>())
        .routes(route::<provider::Stake>())
        .routes(route::<provider::RequestUnstake>())
        .routes(route::<provider::WithdrawStake>())
        .routes(route::<provider::AcceptOffer>())
        .routes(route::<provider::StartJob>())
        .routes(route::<provider::TopUpBond>())
        .routes(route::<provider::Settle>())
        .routes(route::<provider::Convert>())
        .routes(route::<provider::PlaceBid>())
        .routes(route::<provider::WithdrawBid>())
        .routes(route::<provider::Claim>())
        .routes(route::<provider::ClaimRebate>())
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

/// The transaction of an Action for a wallet, at what recent blocks took for a compute unit, and what it takes of a limit.
///
/// # Errors
/// [`Kind::SpendingLimit`] if it moves more out of the wallet than the limit allows; then nothing was simulated. Else
/// as the Action's path.
pub async fn build_within<A: action::Action>(
    app: &App,
    wallet: Address,
    action: &A,
    limit: &Limit,
) -> Result<(ActionTransaction, Spending)> {
    let (transaction, spending) = action::build(app, wallet, action, UnitPrice::Recent, Some(limit)).await?;
    let spending = spending.ok_or_else(|| Problem::internal("a limit that nothing was held against"))?;
    Ok((transaction, spending))
}

/// The network as the chain has it now.
///
/// # Errors
/// [`Kind::RpcUnavailable`], or [`Kind::Refused`] if there is no network.
pub async fn facts(app: &App) -> Result<Facts> {
    let desk = Desk { chain: chain(app)?, wallet: Address::default() };
    in_time(app, async { Ok(desk.read([]).await?.0.facts) }).await
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

/// Whether a path is an Action's.
pub fn is_action(path: &str) -> bool {
    path.starts_with(action::FOLDER) || path == "/actions.json"
}

/// Adds the headers by which wallets know the specification's version and the cluster, to every
/// answer of an Action's path, preflight included. The cluster's is missing until it is known: no
/// answer waits for a node.
pub fn identify(app: &App, headers: &mut HeaderMap) {
    let learnt = || app.chain.as_ref().and_then(Chain::blockchain_id);
    let id = app.settings.blockchain_id.as_deref().or_else(learnt);
    headers.insert(HeaderName::from_static("x-action-version"), ACTION_VERSION);
    if let Some(Ok(id)) = id.map(HeaderValue::from_str) {
        headers.insert(HeaderName::from_static("x-blockchain-ids"), id);
    }
}
