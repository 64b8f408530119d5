//! The Action that mints what a provider has earned, to the provider's own account. Anyone may send it.

use super::network::{Scene, program_refuses};
use super::prepare::{Draft, prepare as prepared};
use super::price::UnitPrice;
use super::spec::{
    ActionDescription, ActionLink, ActionLinks, ActionParameter, ActionRequest, ActionTransaction, Form,
};
use super::{chain, in_time};
use crate::error::Result;
use crate::extract::{Address, Body, Query};
use crate::state::App;
use crate::units::{decimal, sol};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use settlement_interface::SettlementError;
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
    /// Price of a compute unit, millionths of a lamport; what recent blocks took, at most 100000, if not
    /// given. `wallet` leaves compute budget out for wallets that set it: many do so only if there is none.
    #[param(pattern = "^([0-9]{1,8}|wallet)$")]
    compute_unit_price: Option<String>,
}

/// What claiming is
#[utoipa::path(get, path = "/v1/actions/claim", operation_id = "describe_claim", tag = "wallets", params(Form),
    responses((status = 200, description = "The answer", body = ActionDescription), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn describe(State(app): State<App>, Query(form): Query<Form>) -> Json<ActionDescription> {
    let (href, parameters) = match form.provider {
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
    in_time(&app, transaction(&app, &wanted, &request.account)).await.map(Json)
}

async fn transaction(app: &App, wanted: &Wanted, account: &Address) -> Result<ActionTransaction> {
    let chain = chain(app)?;
    let unit_price = UnitPrice::read(wanted.compute_unit_price.as_deref())?;
    let (wallet, named) = (&account.0, &wanted.provider.as_ref().unwrap_or(account).0);
    let scene = Scene::read(chain, wallet, named).await?;
    let (address, provider) = &scene.provider;
    if provider.claimable == 0 {
        return Err(program_refuses(SettlementError::NothingToClaim));
    }
    let mut instructions = Vec::new();
    let (mut created, mut rent) = (String::new(), 0);
    if !scene.provider_can_be_paid {
        instructions.push(create_token_account(wallet, &provider.authority, &scene.config.mint));
        rent = scene.rent.lamports(&[TOKEN_ACCOUNT_LEN]);
        created = format!(
            " Its token account is created first; you pay the rent of {} SOL, which stays in it.",
            sol(rent).sol
        );
    }
    instructions.push(scene.instructions().claim(&provider.authority));
    let amount = decimal(i128::from(provider.claimable), u32::from(scene.config.decimals));
    let summary = format!(
        "Claims for provider {address}: mints {amount} tokens, or what it has earned by then, to its authority {}.{created}",
        provider.authority
    );
    prepared(chain, wallet, Draft { instructions, summary, rent, job: None }, unit_price).await
}
