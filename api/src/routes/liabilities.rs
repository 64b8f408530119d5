//! What the program holds for others and what it owes them.

use super::count;
use crate::answer::Answer;
use crate::db::liabilities::Held;
use crate::error::{Problem, Result};
use crate::extract::{At, Query};
use crate::state::App;
use crate::units::{TokenAmount, Units};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// All of it, by mint.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liabilities {
    /// The compute token first; the stablecoin only once its rail is open.
    mints: Vec<MintLiabilities>,
}

/// What is held or owed in a mint.
#[derive(Debug, Serialize, ToSchema)]
pub struct MintLiabilities {
    /// The mint.
    mint: String,
    /// token or stable.
    #[schema(example = "token")]
    rail: &'static str,
    /// In vaults of the program: all of it backed by their balances, which `/v1/reconciliation` compares.
    held: TokenAmount,
    /// Rights to have tokens minted, held by nobody yet; zero on the stable rail. Minting never exceeds what burned before.
    mintable: TokenAmount,
    /// Each kind of it.
    items: Vec<Liability>,
}

/// One kind of what is held or owed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liability {
    /// Its name in the ledger.
    #[schema(example = "escrow")]
    account: &'static str,
    /// How much.
    amount: TokenAmount,
    /// To how many it is owed: jobs, wallets or providers.
    parts: u64,
    /// To whom, and what they must do or wait for.
    owed: &'static str,
}

/// The ledger's accounts that are somebody's, and whose.
const ACCOUNTS: [(&str, &str); 12] = [
    (
        "escrow",
        "Consumers' until work settles it, then the provider's and the protocol's part; what is left is refunded when the job ends.",
    ),
    (
        "dues",
        "The consumer, provider, reporter, treasury or buyback of a job: withdrawn by anyone, paid to them.",
    ),
    ("stake", "Providers: can be asked back at once, less what bonds lock meanwhile."),
    ("locked", "Providers, as bonds of jobs and bids: freed when these end, less what is slashed."),
    ("unbonding", "Providers: paid when its time has passed, slashable until then."),
    ("stake_dues", "Those harmed by a slashed provider, and reporters: withdrawn by anyone, paid to them."),
    ("vouched", "Meters and arbiters: can be asked back, less what cases and disputes hold."),
    ("vouched_unbonding", "Meters and arbiters: paid when its time has passed, slashable until then."),
    ("case_bond", "Reporters of outages until the case is decided; the provider's if its meter answers it."),
    (
        "dispute_bond",
        "Challengers until the dispute is decided; the arbiters' and the provider's if they lose it.",
    ),
    ("case_dues", "Parties to cases and disputes that were decided: withdrawn by anyone, paid to them."),
    ("buyback", "Token holders: dollars that wait to buy compute tokens, which burn."),
];

/// What providers may mint.
const MINTABLE: (&str, &str) =
    ("unclaimed", "Providers: minted by `claim`, sent by anyone, to their own token account.");

/// Liabilities
///
/// What the program's vaults hold for whom, and what providers may still mint: the ledger's accounts by mint.
#[utoipa::path(get, path = "/v1/liabilities", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = Answer<Liabilities>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn liabilities(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Liabilities>> {
    let mut view = app.database.view(at.commitment).await?;
    let network = view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
    let held = view.held().await?;
    let mut mints = vec![of(&held, network.mint, "token", view.units)];
    mints.extend(
        network.stable_mint.map(|mint| of(&held, mint, "stable", super::escrow_units("stable", view.units))),
    );
    Ok(view.answer(Liabilities { mints }))
}

fn of(held: &[Held], mint: String, rail: &'static str, units: Units) -> MintLiabilities {
    let item = |&(account, owed): &(&'static str, &'static str)| {
        let found = held.iter().find(|held| held.mint == mint && held.account == account);
        found.map(|held| {
            let amount = units.tokens(held.amount);
            (held.amount.0, Liability { account, amount, parts: count(held.parts), owed })
        })
    };
    let (amounts, mut items): (Vec<i128>, Vec<_>) = ACCOUNTS.iter().filter_map(item).unzip();
    let mintable = item(&MINTABLE);
    let minted = mintable.as_ref().map_or(0, |(amount, _)| *amount);
    items.extend(mintable.map(|(_, item)| item));
    let held = amounts.iter().fold(0i128, |sum, amount| sum.saturating_add(*amount));
    MintLiabilities { mint, rail, held: units.tokens(held), mintable: units.tokens(minted), items }
}
