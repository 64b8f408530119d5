//! A transaction that opens a job, within what the agent may spend.

use crate::actions::{
    ActionTransaction, Dollars, Hash, Limit, OpenJob, Rail, Spending, Tokens, build_within, units,
};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Address, Commitment};
use crate::mcp::tool::Tool;
use crate::state::App;
use crate::units::{UsdAmount, usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use settlement_interface::math::mul_div_floor;
use tally_client::amounts::{SOL_DECIMALS, USD_DECIMALS};
use utoipa::ToSchema;

/// Work of a budget on the token rail, if nothing else is said: the deposit is a quarter more than the work.
const WORK: (u128, u128) = (4, 5);
/// SOL that may leave the wallet for rent and fees, if nothing else is said.
const MAX_SOL: &str = "0.03";

/// What the agent may spend, and on what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildEscrow {
    /// The wallet that will sign and pay.
    #[schema(inline)]
    wallet: Address,
    /// The provider: its account or its authority's wallet, as find_providers has them.
    #[schema(inline)]
    provider: Address,
    /// The most that may leave the wallet, in USD: no transaction is handed out that takes tokens of more worth. State what
    /// you were allowed, not what you think is needed.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,6})?$", example = "25")]
    budget_usd: String,
    /// The most that the work may cost, in USD; if not given, four fifths of `budget_usd`, which on the token rail leaves the
    /// quarter that the deposit is more than the work, or all of it on the stable rail.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,6})?$", example = "20")]
    work_usd: Option<String>,
    /// The most tokens that may leave the wallet, whatever they are worth: a limit that does not depend on a price.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", example = "15")]
    max_tokens: Option<String>,
    /// The most SOL that may leave the wallet for rent (most of which comes back) and the network's fee; 0.03 if not given.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,9})?$", example = "0.03")]
    max_sol: Option<String>,
    /// What the job is paid in: token if not given.
    #[serde(default)]
    #[schema(inline)]
    rail: Rail,
    /// Hardware class; the first on the provider's rate card if not given.
    #[schema(example = 1)]
    hardware: Option<u16>,
    /// USD per GPU hour; the provider's own rate for the class if not given.
    #[schema(inline, example = "2.50")]
    rate_usd: Option<Dollars>,
    /// GPUs that may work at once; 1 if not given.
    #[schema(minimum = 1)]
    gpus: Option<u32>,
    /// Tokens, or on the stable rail dollars, to put into escrow; if not given, what `work_usd` is worth and a quarter more, or
    /// `work_usd` in dollars.
    #[schema(inline)]
    tokens: Option<Tokens>,
    /// Hours for which the job may run after the provider's last moment to start; if not given, as many as `work_usd` pays for,
    /// and one more.
    hours: Option<u32>,
    /// Key that signs the receipts, best a session key of its own; the wallet if not given.
    #[schema(inline)]
    meter: Option<Address>,
    /// Has the job accepted in the same transaction by the provider's standing offer, which it must fit.
    standing: Option<bool>,
    /// Minutes for which the offer can be accepted; 30 if not given.
    accept_minutes: Option<u32>,
    /// Minutes from now within which the provider must start; 60 by default.
    start_minutes: Option<u32>,
    /// SHA-256 of the work's specification; zeros if not given.
    #[schema(inline)]
    spec: Option<Hash>,
}

/// A transaction within the budget.
#[derive(Debug, Serialize, ToSchema)]
pub struct Built {
    /// Slot of the state that it was simulated on.
    slot: u64,
    /// The commitment of that state: a wallet acts on what it has just done.
    #[schema(inline)]
    commitment: Commitment,
    /// The transaction.
    data: Escrow,
}

/// An unsigned transaction that opens a job, and what it takes of the budget.
#[derive(Debug, Serialize, ToSchema)]
pub struct Escrow {
    #[serde(flatten)]
    transaction: ActionTransaction,
    /// What leaves the wallet, by `moves`, and the most that may.
    spending: Spending,
    /// The most that the work may cost.
    work: UsdAmount,
}

impl Tool for BuildEscrow {
    const NAME: &'static str = "build_escrow";
    const TITLE: &'static str = "Open a job within a budget";
    const ABOUT: &'static str = "Builds the unsigned transaction that opens a job with a provider and pays its escrow, if it \
        takes no more out of the wallet than budget_usd; else the answer is the error spending-limit, which names both \
        figures. What it takes is counted by what the transaction moves, simulated, not by its parameters. The answer has the \
        transaction (base64), what it is in words, everything that it moves, its costs, until when it can be sent (about a \
        minute), and the job's address for follow_job. This server neither signs nor sends it. What work does not use comes \
        back; what work has cost, and a fee for cancelling after acceptance, does not.";
    type Answer = Built;
    type Data = Escrow;

    fn example() -> Value {
        json!({
            "wallet": "Fb3t9WLKYJs2rmpTLvhzSgTSGiA1rtETxMBDYCVfLTAv",
            "provider": "BnVJTcRA4nBkqJKWQ5PgG8cDdxTjqZmXh5mBZN6ZxgFo",
            "budget_usd": "25",
            "rate_usd": "2.50"
        })
    }

    async fn run(self, app: &App) -> Result<Self::Answer> {
        let budget = units("budget_usd", &self.budget_usd, USD_DECIMALS)?;
        let lamports = units("max_sol", self.max_sol.as_deref().unwrap_or(MAX_SOL), SOL_DECIMALS)?;
        let work = self.work(budget)?;
        let limit = Limit { usd: budget, tokens: self.max_tokens.clone(), lamports };
        let wallet = self.wallet.0;
        let (transaction, spending) = build_within(app, wallet, &self.job(work), &limit).await?;
        let slot = transaction.simulation.slot;
        let data = Escrow { transaction, spending, work: usd(work) };
        Ok(Built { slot, commitment: Commitment::Confirmed, data })
    }
}

impl BuildEscrow {
    /// The most that the work may cost, micro-dollars.
    fn work(&self, budget: u64) -> Result<u64> {
        let (part, whole) = WORK;
        let work = match (&self.work_usd, self.rail) {
            (Some(text), _) => units("work_usd", text, USD_DECIMALS)?,
            (None, Rail::Stable) => budget,
            (None, Rail::Token) => {
                let work = mul_div_floor(budget.into(), part, whole);
                work.and_then(|work| u64::try_from(work).ok()).unwrap_or_default()
            }
        };
        if work == 0 {
            let detail = "budget_usd: nothing is left of it for work; state more.";
            return Err(Problem::new(Kind::InvalidParameter, detail));
        }
        Ok(work)
    }

    /// The Action's own choice.
    fn job(self, work: u64) -> OpenJob {
        OpenJob {
            provider: Some(self.provider),
            budget: Dollars::of(work),
            rail: self.rail,
            rate: self.rate_usd,
            hardware: self.hardware,
            gpus: self.gpus,
            tokens: self.tokens,
            hours: self.hours,
            auction_minutes: None,
            anyone_accepts: None,
            standing: self.standing,
            accept_minutes: self.accept_minutes,
            start_minutes: self.start_minutes,
            silence_minutes: None,
            min_price: None,
            meter: self.meter,
            registered_meter: None,
            service_level: None,
            spec: self.spec,
            mint: None,
        }
    }
}
