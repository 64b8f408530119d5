//! Signing a receipt with a job's session key. No transaction: the text is handed to the provider.

use crate::arguments::{Amount, JobRef, When, gpu_hours, local};
use crate::commands::checks::whole;
use crate::context::{Context, load};
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Answer, Asking, aside, confirm, must_be_answerable};
use crate::show::{Record, lines};
use solana_signer::Signer;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::receipt::Receipt;
use tally_client::interface::rules;
use tally_client::receipts::SignedReceipt;

/// Decimals of GPU hours that GPU milliseconds hold without a rest: 0.00001 hours are 36 of them.
const HOUR_DECIMALS: u32 = 5;
const UNITS: u64 = 36;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct SignReceipt {
    /// The job
    job: JobRef,
    /// Key file of the session key
    #[arg(long, value_name = "FILE")]
    session_key: String,
    /// GPU hours worked since the start, all together
    #[arg(long, value_name = "HOURS", required_unless_present = "units")]
    gpu_hours: Option<Amount>,
    /// The same in compute units (GPU milliseconds)
    #[arg(long, conflicts_with = "gpu_hours")]
    units: Option<u64>,
    /// Until when they were counted [default: now, or the job's end or closing]
    #[arg(long, value_name = "WHEN")]
    through: Option<When>,
}

impl Asking for SignReceipt {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        if !context.options.dry_run {
            must_be_answerable(&context.options)?;
        }
        let key = load(&self.session_key)?;
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let order = &job.terms.order;
        if key.pubkey() != job.meter && (job.rotated_at == 0 || key.pubkey() != job.previous_meter) {
            return refused(format!(
                "receipts of this job are signed by {}, but the key in {} is {}; name the session key's file",
                job.meter,
                self.session_key,
                key.pubkey()
            ));
        }
        let units = match (&self.gpu_hours, self.units) {
            (Some(hours), _) => whole(hours.positive("gpu-hours", HOUR_DECIMALS)?.checked_mul(UNITS))?,
            (None, Some(units)) => units,
            (None, None) => return Err(Failure::Usage("name --gpu-hours or --units".into())),
        };
        let mut latest = facts.now.min(order.end_by);
        if job.closing_at != 0 {
            latest = latest.min(job.closing_at);
        }
        if key.pubkey() != job.meter {
            latest = latest.min(job.rotated_at);
        }
        let through = self.through.map_or(latest, |when| when.at(facts.now));
        let receipt = Receipt {
            domain: facts.config.receipt_domain,
            job: address,
            opened_at: job.opened_at,
            units,
            through,
            commitment: None,
        };
        let charged = whole(rules::charge(units, order.rate, order.unit, order.budget))?;
        let new = charged.saturating_sub(job.accepted);
        let record = Record::new()
            .text("job", address)
            .count("units", units)
            .text("gpu_hours", gpu_hours(units))
            .time("through", through, facts.now)
            .usd("charged", charged)
            .usd("new", new)
            .text("meter", key.pubkey());
        aside(&format!(
            "Attests {} GPU hours until {}. Whoever has this receipt can charge {} USD to your escrow, {} USD of it new.\n{}",
            gpu_hours(units),
            local(through, facts.now),
            decimal(charged, USD_DECIMALS),
            decimal(new, USD_DECIMALS),
            lines(&record)
        ));
        // Signed in this process to hold it against every rule, and handed out once that is confirmed.
        let signed =
            SignedReceipt::sign(&key, receipt).map_err(|error| Failure::Failed(error.to_string()))?;
        signed.check(&address, &job, &facts.config, (facts.now, facts.slot)).map_err(program_refuses)?;
        if context.options.dry_run {
            return Ok(Answer { record, ..Answer::default() });
        }
        confirm(context)?;
        Ok(Answer { record, text: Some(("receipt", signed.to_text())), ..Answer::default() })
    }
}
