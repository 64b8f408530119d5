//! Settling receipts.

use crate::arguments::{JobRef, ReceiptText, gpu_hours};
use crate::commands::checks::{missing, whole};
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::{Credit, Epoch, JobState, Layout};
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::interface::{SettlementError, oracle, pda, rules};
use tally_client::pack::{IN_FRONT, Piece, pack};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Settle {
    /// Signed receipts, of one or more jobs: the text, @FILE, or - for standard input
    #[arg(required = true)]
    receipts: Vec<ReceiptText>,
}

impl Doing for Settle {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (owner, epoch, network) = (context.owner()?, facts.epoch()?, facts.network());
        let decimals = facts.decimals();
        let (mut pieces, mut rows, mut says): (Vec<Piece<'_>>, Vec<Record>, Vec<String>) = Default::default();
        let mut jobs = std::collections::BTreeSet::new();
        let mut converts = false;
        for ReceiptText(signed) in &self.receipts {
            let (address, job) = context.job(&JobRef::Address(signed.receipt.job)).await?;
            let provider = context.provider_of(&job).await?;
            context.must_be(&provider.authority, "the authority of the job's provider")?;
            if !jobs.insert(address) {
                return Err(Failure::Usage(format!(
                    "two receipts are of job {address}; receipts are cumulative, so hand over its newest alone"
                )));
            }
            signed.check(&address, &job, &facts.config, (facts.now, facts.slot)).map_err(program_refuses)?;
            let order = &job.terms.order;
            let accepted = whole(rules::charge(signed.receipt.units, order.rate, order.unit, order.budget))?;
            let new = accepted.saturating_sub(job.accepted);
            let unconverted = accepted.saturating_sub(job.settled);
            says.push(format!(
                "Job {address}: {} GPU hours so far, charged with {} USD, {} of it new.",
                gpu_hours(signed.receipt.units),
                decimal(accepted, USD_DECIMALS),
                decimal(new, USD_DECIMALS)
            ));
            let stable = order.rail == RAIL_STABLE;
            let quote = facts.quote_for(&job).ok().filter(|quote| {
                facts.now >= order.convert_by
                    || oracle::reaches_minimum(quote.burn, quote.message.exponent, order.min_price)
            });
            if quote.is_none() && !stable {
                let scale = oracle::scale(facts.config.decimals, facts.price.exponent).unwrap_or(0);
                let worth = whole(rules::usd_floor(job.escrow, facts.price.spot, scale))?;
                if job.state() == Some(JobState::Running) && !rules::is_secured(unconverted, worth) {
                    return Err(program_refuses(SettlementError::ReceiptUnsecured));
                }
                says.push(
                    "No price qualifies now: the receipt is accepted, and converted once one does.".into(),
                );
            }
            rows.push(
                Record::new()
                    .text("job", address)
                    .count("units", signed.receipt.units)
                    .time("through", signed.receipt.through, facts.now)
                    .usd("charged", accepted)
                    .usd("new", new)
                    .escrowed("escrow", job.escrow, order.rail, decimals),
            );
            let receipt = signed.clone();
            let rail = if stable { Some(facts.stable()?) } else { None };
            pieces.push(Box::new(move |at| {
                let settle = match rail {
                    Some(rail) => rail.settle(&owner, &address, at),
                    None => network.settle(&owner, &address, epoch, at),
                };
                vec![receipt.instruction(), settle]
            }));
            converts |= !stable;
        }
        let payer = context.payer()?;
        let packed = pack(&payer, &pieces, &[], 0).map_err(|error| Failure::Failed(error.to_string()))?;
        let first = packed.first().ok_or_else(|| missing("a receipt"))?;
        if packed.len() > 1 {
            return refused(format!(
                "these receipts do not fit one transaction; hand over at most {} at a time",
                first.pieces
            ));
        }
        // The sender puts the same two instructions of the compute budget in front.
        let instructions = first.instructions.iter().skip(IN_FRONT).cloned().collect();
        let mut plan = Plan::new(instructions);
        plan.says = says;
        let value = serde_json::to_value(&rows).map_err(|error| Failure::Failed(error.to_string()))?;
        let record = Record::new().with("receipts", rows.len().to_string(), value).count("epoch", epoch);
        plan = plan.figures(record);
        if !converts {
            return Ok(
                plan.say("Dollars of the escrow become due to you, less the take (tally job withdraw).")
            );
        }
        plan = plan.say("Tokens are burned out of the escrow for it; what you earn becomes claimable.");
        let addresses = [pda::epoch(epoch), pda::credit(epoch, &pda::provider(&owner))];
        let found = context.rpc.accounts(&addresses).await?;
        let mut found = found.iter().map(Option::is_some);
        if !found.next().unwrap_or(false) {
            plan = plan.creates("this epoch's account", Epoch::LEN);
        }
        if !found.next().unwrap_or(false) {
            plan = plan.creates("your credit in this epoch", Credit::LEN);
        }
        Ok(plan)
    }
}
