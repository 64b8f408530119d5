//! Opening a job: tokens go into its escrow, and it is offered to a provider.

use super::order::{Offer, offer};
use crate::arguments::{Amount, Digest, HashedFile, Key, Span, When, local, span};
use crate::commands::checks::payable;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, rate, usd_per_token};
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::{Consumer, Job, Layout};
use tally_client::interface::pda;
use tally_client::tokens::TOKEN_ACCOUNT_LEN;

/// Decimals of a basis point in percent.
const PERCENT_DECIMALS: u32 = 2;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Open {
    /// The provider: its account or its authority
    provider: Key,
    /// Most that the work may cost, in dollars
    #[arg(long, value_name = "USD")]
    pub budget: Amount,
    /// Dollars per GPU hour [default: the provider's own for the hardware class]
    #[arg(long, value_name = "USD")]
    pub rate: Option<Amount>,
    /// Hardware class [default: the first on the provider's rate card]
    #[arg(long, value_name = "CLASS")]
    pub hardware: Option<u16>,
    /// GPUs that may work at once
    #[arg(long, default_value_t = 1)]
    pub gpus: u32,
    /// Tokens to put into escrow [default: what the budget is worth now, and a quarter more]
    #[arg(long)]
    pub tokens: Option<Amount>,
    /// Last moment to accept, such as 30m or RFC 3339 [default: 30m]
    #[arg(long, value_name = "WHEN")]
    pub accept_by: Option<When>,
    /// Last moment to start without penalty [default: the network's min_lead and 15m after the last acceptance]
    #[arg(long, value_name = "WHEN")]
    pub start_by: Option<When>,
    /// End of the job [default: the hours that the budget pays for, and one, after the last start]
    #[arg(long, value_name = "WHEN")]
    pub end_by: Option<When>,
    /// Time without a receipt after which anyone may close the job [default: 1h]
    #[arg(long, value_name = "TIME")]
    pub silence: Option<Span>,
    /// Least dollars per token at which work is converted, until convert-by [default: none]
    #[arg(long, value_name = "USD")]
    pub min_price: Option<Amount>,
    /// When min-price lapses [default: 7d after the job's end]
    #[arg(long, value_name = "WHEN")]
    pub convert_by: Option<When>,
    /// Key that signs the receipts, best a session key of its own [default: the wallet]
    #[arg(long, value_name = "ADDRESS")]
    pub meter: Option<Key>,
    /// File that specifies the work; its SHA-256 goes on chain
    #[arg(long, value_name = "FILE")]
    pub spec: Option<HashedFile>,
    /// That hash itself
    #[arg(long, value_name = "HEX", conflicts_with = "spec")]
    pub spec_hash: Option<Digest>,
    /// The token that you mean to pay with; refused if the network takes another
    #[arg(long, value_name = "MINT")]
    pub mint: Option<Key>,
}

impl Doing for Open {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        if let Some(Key(mint)) = self.mint.filter(|mint| mint.0 != *facts.mint()) {
            return refused(format!(
                "jobs are paid in the compute token {}; {mint} is another mint",
                facts.mint()
            ));
        }
        let wallet = context.owner()?;
        let payer = context.payer()?;
        let (provider, content) = context.provider(Some(self.provider)).await?;
        let Offer { order, escrow, price, defaults } = offer(self, &facts, &content, &wallet)?;
        let source = payable(context, &facts, &wallet, escrow).await?;
        let consumer = context.consumer(&wallet).await?;
        let nonce = consumer.as_ref().map_or(0, |consumer| consumer.next_nonce);
        let (network, decimals, now) = (facts.network(), facts.decimals(), facts.now);
        let job = pda::job(&wallet, nonce);
        let mut plan = Plan::default().creates("job", Job::LEN).creates("its vault", TOKEN_ACCOUNT_LEN);
        if consumer.is_none() {
            plan.instructions.push(network.register_consumer(&payer, &wallet));
            plan = plan
                .say("Registers you as a consumer first; the rent of that account stays in it.")
                .creates("consumer account, which stays", Consumer::LEN);
        }
        plan.instructions.push(network.open_job(&payer, &wallet, &source, &provider, nonce, &order, escrow));
        let priced = price.map_or_else(String::new, |quote| {
            format!(" (the budget at {} USD a token, and a quarter more)", usd_per_token(&quote))
        });
        let parameters = &facts.config.parameters;
        let mut record = Record::new()
            .text("job", job)
            .count("number", nonce)
            .text("provider", provider)
            .tokens("escrow", escrow, decimals)
            .usd("budget", order.budget)
            .rate("rate", order.rate, order.unit)
            .count("gpus", u64::from(self.gpus))
            .count("hardware", u64::from(order.hardware))
            .text("meter", order.meter)
            .time("accept_by", order.offer_by, now)
            .time("start_by", order.start_by, now)
            .time("end_by", order.end_by, now)
            .time("convert_by", order.convert_by, now)
            .span("silence_max", order.silence_max)
            .text("spec_hash", Digest(order.spec_hash));
        if order.min_price > 0 {
            record = record.price("min_price", order.min_price, -8);
        }
        if !defaults.is_empty() {
            let value = serde_json::json!(defaults);
            record = record.with("by_default", defaults.join("; "), value);
        }
        let mut plan = plan
            .say(format!(
                "Opens job {nonce}: you pay {} tokens into its escrow{priced}, and offer provider {provider} up to {} USD \
                 of work at {}.",
                decimal(escrow, decimals),
                decimal(order.budget, USD_DECIMALS),
                rate(order.rate, order.unit)
            ))
            .say(format!("Tokens leave the escrow only for receipts that {} signs; the rest comes back.", order.meter))
            .say(format!(
                "If you cancel between acceptance and {}, {}% of the escrow goes to the provider.",
                local(order.start_by, now),
                decimal(parameters.cancel_bps, PERCENT_DECIMALS)
            ))
            .say(format!(
                "If no price qualifies for {}, work is paid to the provider in tokens at the last price instead.",
                span(parameters.halt_max)
            ))
            .say("The rent of job and vault comes back when they are closed.")
            .figures(record);
        if order.meter == wallet {
            plan = plan.say(
                "Receipts are signed by the wallet itself: a session key of its own is safer (--meter).",
            );
        }
        Ok(plan)
    }
}
