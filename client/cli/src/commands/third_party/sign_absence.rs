//! Signing that a provider was absent. No transaction: the text is handed to whoever reports it.

use crate::arguments::{JobRef, When, local};
use crate::context::{Context, load};
use crate::failure::{Failure, Result, refused};
use crate::run::{Answer, Asking, aside, confirm, must_be_answerable};
use crate::show::{Record, lines};
use solana_signer::Signer;
use tally_client::absence::SignedAbsence;
use tally_client::interface::absence::Absence;
use tally_client::interface::terms::METER_REGISTERED;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct SignAbsence {
    /// The job
    job: JobRef,
    /// Key file of the meter's key
    #[arg(long, value_name = "FILE")]
    meter_key: String,
    /// From when nothing was delivered, RFC 3339
    #[arg(long, value_name = "WHEN")]
    from: When,
    /// Until when [default: now, or the job's end or closing]
    #[arg(long, value_name = "WHEN")]
    to: Option<When>,
}

impl Asking for SignAbsence {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        if !context.options.dry_run {
            must_be_answerable(&context.options)?;
        }
        let key = load(&self.meter_key)?;
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let order = &job.terms.order;
        if order.meter_kind != METER_REGISTERED || key.pubkey() != order.meter {
            return refused(format!("{} is not the registered meter of this job", key.pubkey()));
        }
        let latest = facts.now.min(job.last_moment());
        let (from, to) = (self.from.at(facts.now), self.to.map_or(latest, |when| when.at(facts.now)));
        if from < job.started_at || from >= to || to > latest {
            return refused(format!(
                "the time must lie between the job's start and {}, and end after it begins",
                local(latest, facts.now)
            ));
        }
        let absence =
            Absence { domain: facts.config.receipt_domain, job: address, opened_at: job.opened_at, from, to };
        let record = Record::new()
            .text("job", address)
            .time("from", from, facts.now)
            .time("to", to, facts.now)
            .text("meter", key.pubkey());
        aside(&format!(
            "Attests that nothing was delivered in that time. Whoever has this can report an outage by it; words of yours \
             to the contrary will count against you.\n{}",
            lines(&record)
        ));
        if context.options.dry_run {
            return Ok(Answer { record, ..Answer::default() });
        }
        confirm(context)?;
        let signed =
            SignedAbsence::sign(&key, absence).map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Answer { record, text: Some(("statement", signed.to_text())), ..Answer::default() })
    }
}
