//! The Action that opens a job: pays tokens into its escrow and offers it to a provider.

use super::network::{Scene, refused};
use super::order::{Choice, Offer, offer};
use super::prepare::{Draft, prepare as prepared};
use super::price::UnitPrice;
use super::spec::{
    ActionDescription, ActionLink, ActionLinks, ActionParameter, ActionRequest, ActionTransaction, Form,
};
use super::{chain, in_time};
use crate::error::Result;
use crate::extract::{Body, Query};
use crate::moment::{rfc3339, span};
use crate::state::App;
use crate::units::{decimal, sol, usd};
use axum::Json;
use axum::extract::State;
use settlement_interface::accounts::{Consumer, Job, Layout};
use settlement_interface::{Address as Key, pda};
use tally_client::amounts::{PERCENT_DECIMALS, usd_per_token};
use tally_client::tokens::TOKEN_ACCOUNT_LEN;

/// Bytes of the accounts of a job: itself and its vault.
const JOB: [usize; 2] = [Job::LEN, TOKEN_ACCOUNT_LEN];

/// What opening a job is
#[utoipa::path(get, path = "/v1/actions/open-job", operation_id = "describe_open_job", tag = "wallets", params(Form),
    responses((status = 200, description = "The answer", body = ActionDescription), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn describe(State(app): State<App>, Query(form): Query<Form>) -> Json<ActionDescription> {
    let mut parameters = vec![
        ActionParameter::decimal("budget", "Budget in USD", true),
        ActionParameter::decimal("rate", "USD per GPU hour", true),
        ActionParameter::address("meter", "Session key that signs receipts", true),
    ];
    let provider = match form.provider {
        Some(provider) => provider.0.to_string(),
        None => {
            parameters.insert(0, ActionParameter::address("provider", "Provider", true));
            "{provider}".to_owned()
        }
    };
    let href =
        format!("/v1/actions/open-job?provider={provider}&budget={{budget}}&rate={{rate}}&meter={{meter}}");
    Json(ActionDescription {
        kind: "action",
        icon: format!("{}/icon.svg", app.public_url),
        title: "Open a compute job",
        description: "Pays tokens into the escrow of a new job and offers it to a provider. Work is metered and \
            priced in USD; tokens leave the escrow only for receipts that your session key has signed, or as a \
            fee if you cancel after the provider has accepted, and the rest comes back to you."
            .to_owned(),
        label: "Open job",
        links: ActionLinks { actions: vec![ActionLink { kind: "transaction", href, label: "Open job", parameters }] },
    })
}

/// A transaction that opens a job
///
/// Unsigned. Registers the wallet as a consumer first, if it is none yet. The answer names the job's
/// address, at which `/v1/jobs/{id}` has it once the transaction is on chain.
#[utoipa::path(post, path = "/v1/actions/open-job", operation_id = "prepare_open_job", tag = "wallets", params(Choice), request_body = ActionRequest,
    responses((status = 200, description = "The answer", body = ActionTransaction), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn prepare(
    State(app): State<App>,
    Query(choice): Query<Choice>,
    Body(request): Body<ActionRequest>,
) -> Result<Json<ActionTransaction>> {
    in_time(&app, transaction(&app, &choice, &request.account.0)).await.map(Json)
}

async fn transaction(app: &App, choice: &Choice, wallet: &Key) -> Result<ActionTransaction> {
    let chain = chain(app)?;
    let unit_price = UnitPrice::read(choice.compute_unit_price.as_deref())?;
    let scene = Scene::read(chain, wallet, &choice.provider.0).await?;
    let offer = offer(choice, &scene, wallet)?;
    let source = payable(&scene, wallet, offer.escrow)?;
    let network = scene.instructions();
    let nonce = scene.consumer.as_ref().map_or(0, |consumer| consumer.next_nonce);
    let mut instructions = Vec::new();
    if scene.consumer.is_none() {
        instructions.push(network.register_consumer(wallet, wallet));
    }
    let provider = scene.provider.0;
    instructions.push(network.open_job(
        wallet,
        wallet,
        &source,
        &provider,
        nonce,
        &offer.order,
        offer.escrow,
    ));
    let job = pda::job(wallet, nonce);
    let summary = summary(&scene, &offer, &job, nonce);
    let mut created = JOB.to_vec();
    created.extend(scene.consumer.is_none().then_some(Consumer::LEN));
    let rent = scene.rent.lamports(&created);
    prepared(chain, wallet, Draft { instructions, summary, rent, job: Some(job) }, unit_price).await
}

/// The wallet's token account, if it holds the escrow.
fn payable(scene: &Scene, wallet: &Key, escrow: u64) -> Result<Key> {
    let decimals = u32::from(scene.config.decimals);
    let needed = decimal(i128::from(escrow), decimals);
    match scene.tokens(wallet)? {
        None => Err(refused(format!(
            "The wallet {wallet} has no account for the compute token {}; the job needs {needed} tokens in escrow.",
            scene.config.mint
        ))),
        Some((_, amount)) if amount < escrow => Err(refused(format!(
            "The wallet {wallet} holds {} tokens, but the job needs {needed} in escrow; lower the budget or get more.",
            decimal(i128::from(amount), decimals)
        ))),
        Some((address, _)) => Ok(address),
    }
}

/// What the wallet's owner agrees to by signing: what is paid, what of it comes back, and when not.
fn summary(scene: &Scene, offer: &Offer, job: &Key, nonce: u64) -> String {
    let Offer { order, escrow, price } = offer;
    let (provider, _) = &scene.provider;
    let parameters = &scene.config.parameters;
    let rent = |sizes: &[usize]| sol(scene.rent.lamports(sizes)).sol;
    let (registers, registration) = match scene.consumer {
        Some(_) => ("Opens", String::new()),
        None => (
            "Registers you as a consumer and opens",
            format!(", and {} SOL for your consumer account, which stays", rent(&[Consumer::LEN])),
        ),
    };
    let priced = price.as_ref().map_or_else(String::new, |quote| {
        let time = rfc3339(quote.message.publish_time);
        format!(" (the budget at {} USD a token, published {time}, and a quarter more)", usd_per_token(quote))
    });
    format!(
        "{registers} your job {nonce} ({job}): provider {provider} is offered up to {} USD of work at {} USD per GPU hour. \
         {} tokens of yours go into escrow{priced}; what is not burned for work comes back, less {}% of the escrow for \
         the provider if you cancel between its acceptance and the last moment to start. If no price has qualified \
         for {}, work is paid out of the escrow to the provider at the last price instead. \
         You also pay rent: {} SOL for job and vault, which comes back when they are closed{registration}. \
         To be accepted by {}, started by {}, over by {}. Receipts count if signed by {}.",
        usd(order.budget).usd,
        usd(order.rate).usd,
        decimal(i128::from(*escrow), u32::from(scene.config.decimals)),
        decimal(i128::from(parameters.cancel_bps), PERCENT_DECIMALS),
        span(parameters.halt_max),
        rent(&JOB),
        rfc3339(order.offer_by),
        rfc3339(order.start_by),
        rfc3339(order.end_by),
        order.meter,
    )
}
