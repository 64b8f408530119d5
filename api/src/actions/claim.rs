//! The Action that mints what a provider has earned, to the provider's own account. Anyone may send it.

use super::network::{Scene, program_refuses};
use super::spec::{
    ActionDescription, ActionLink, ActionLinks, ActionParameter, ActionRequest, ActionTransaction,
};
use super::{chain, in_time, prepare};
use crate::error::Result;
use crate::extract::{Address, Body, Query};
use crate::state::App;
use crate::units::decimal;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use settlement_interface::{Address as Key, SettlementError};
use tally_client::tokens::{TOKEN_ACCOUNT_LEN, create_token_account};
use utoipa::IntoParams;

/// Whose earnings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The provider: its account or its authority's wallet. The signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

/// What claiming is
#[utoipa::path(get, path = "/v1/actions/claim", operation_id = "describe_claim", tag = "wallets", params(Wanted),
    responses((status = 200, description = "The answer", body = ActionDescription), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn describe(State(app): State<App>, Query(wanted): Query<Wanted>) -> Json<ActionDescription> {
    let (href, parameters) = match wanted.provider {
        Some(provider) => (format!("/v1/actions/claim?provider={}", provider.0), Vec::new()),
        None => (
            "/v1/actions/claim?provider={provider}".to_owned(),
            vec![ActionParameter::address(
                "provider",
                "Provider: its account or its authority's wallet",
                true,
            )],
        ),
    };
    Json(ActionDescription {
        kind: "action",
        icon: format!("{}/icon.svg", app.public_url),
        title: "Claim a provider's earnings",
        description:
            "Mints what a provider has earned to the provider's own token account. Anyone may send it; \
            only the provider is paid."
                .to_owned(),
        label: "Claim",
        links: ActionLinks {
            actions: vec![ActionLink { kind: "transaction", href, label: "Claim", parameters }],
        },
    })
}

/// A transaction that claims
///
/// Unsigned; the wallet posted pays its fee, and the rent of the provider's token account if there is none.
#[utoipa::path(post, path = "/v1/actions/claim", operation_id = "prepare_claim", tag = "wallets", params(Wanted), request_body = ActionRequest,
    responses((status = 200, description = "The answer", body = ActionTransaction), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn prepare(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    Body(request): Body<ActionRequest>,
) -> Result<Json<ActionTransaction>> {
    let named = wanted.provider.unwrap_or(request.account).0;
    in_time(&app, transaction(&app, &request.account.0, &named)).await.map(Json)
}

async fn transaction(app: &App, wallet: &Key, named: &Key) -> Result<ActionTransaction> {
    let chain = chain(app)?;
    let scene = Scene::read(chain, wallet, named).await?;
    let (address, provider) = &scene.provider;
    if provider.claimable == 0 {
        return Err(program_refuses(SettlementError::NothingToClaim));
    }
    let mut instructions = Vec::new();
    let mut created = String::new();
    if !scene.provider_can_be_paid {
        instructions.push(create_token_account(wallet, &provider.authority, &scene.config.mint));
        created = format!(
            " Its token account is created first; you pay the rent of {} SOL, which stays in it.",
            scene.rent.sol(&[TOKEN_ACCOUNT_LEN])
        );
    }
    instructions.push(scene.instructions().claim(&provider.authority));
    let amount = decimal(i128::from(provider.claimable), u32::from(scene.config.decimals));
    let summary = format!(
        "Claims for provider {address}: mints {amount} tokens, or what it has earned by then, to its authority {}.{created}",
        provider.authority
    );
    prepare::prepare(chain, wallet, &instructions, summary, None).await
}
