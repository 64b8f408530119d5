//! Signing receipts of many jobs at once. No transaction: the text is handed to whoever sends it.

use crate::arguments::{JobRef, When, local};
use crate::context::{Context, load};
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Answer, Asking, aside, confirm, must_be_answerable};
use crate::show::{Record, table};
use solana_signer::Signer;
use std::str::FromStr;
use tally_client::batch::{Entry, MOST_JOBS, SignedBatch};
use tally_client::interface::SettlementError;
use tally_client::interface::receipt::Receipt;
use tally_client::interface::terms::METER_REGISTERED;
use tally_client::receipts::SignedReceipt;

/// `JOB=UNITS`: cumulative compute units (GPU milliseconds) of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    job: JobRef,
    units: u64,
}

impl FromStr for Counted {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is no count; write a job and its cumulative units, such as JOB=3600000");
        let (job, units) = text.split_once('=').ok_or_else(wrong)?;
        Ok(Self { job: job.parse()?, units: units.parse().map_err(|_| wrong())? })
    }
}

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct SignBatch {
    /// A job and its cumulative units, such as JOB=3600000; up to 56 of them
    #[arg(required = true, value_name = "JOB=UNITS")]
    counts: Vec<Counted>,
    /// Key file of the meter's key
    #[arg(long, value_name = "FILE")]
    meter_key: String,
    /// Until when they were counted [default: now]
    #[arg(long, value_name = "WHEN")]
    through: Option<When>,
}

impl Asking for SignBatch {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        if !context.options.dry_run {
            must_be_answerable(&context.options)?;
        }
        if self.counts.len() > MOST_JOBS {
            return Err(Failure::Usage(format!("a batch holds {MOST_JOBS} jobs at most")));
        }
        let key = load(&self.meter_key)?;
        let facts = context.facts().await?;
        let through = self.through.map_or(facts.now, |when| when.at(facts.now));
        let (mut entries, mut rows) = (Vec::new(), Vec::new());
        for Counted { job: named, units } in &self.counts {
            let (address, job) = context.job(named).await?;
            if job.terms.order.meter_kind != METER_REGISTERED || job.terms.order.meter != key.pubkey() {
                return refused(format!("{} is not the registered meter of job {address}", key.pubkey()));
            }
            if job.terms.order.verifiable != 0 {
                return refused(format!(
                    "job {address} is verifiable: its receipts commit to traces, each on its own"
                ));
            }
            // Each is held against what a receipt of its own would be; as one of a batch it would be skipped.
            let receipt = Receipt {
                domain: facts.config.receipt_domain,
                job: address,
                opened_at: job.opened_at,
                units: *units,
                through,
                commitment: None,
            };
            let alone =
                SignedReceipt::sign(&key, receipt).map_err(|error| Failure::Failed(error.to_string()))?;
            alone.check(&address, &job, &facts.config, (facts.now, facts.slot)).map_err(
                |error: SettlementError| {
                    let why = program_refuses(error);
                    Failure::Refused(format!("job {address} would be skipped: {}", why.sentence()))
                },
            )?;
            entries.push(Entry { job: address, opened_at: job.opened_at, units: *units });
            rows.push(Record::new().text("job", address).count("units", *units));
        }
        aside(&format!("Attests these units until {}.\n{}", local(through, facts.now), table(&rows)));
        let record = Record::new()
            .text("meter", key.pubkey())
            .time("through", through, facts.now)
            .count("jobs", u64::try_from(rows.len()).unwrap_or(u64::MAX));
        if context.options.dry_run {
            return Ok(Answer { record, ..Answer::default() });
        }
        confirm(context)?;
        let signed = SignedBatch::sign(&key, facts.config.receipt_domain, entries, through)
            .map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Answer { record, text: Some(("batch", signed.to_text())), ..Answer::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_job_and_units() {
        assert_eq!("3=5".parse(), Ok(Counted { job: JobRef::Number(3), units: 5 }));
        for bad in ["", "3", "=5", "3=", "3=-1", "x=5"] {
            assert!(bad.parse::<Counted>().is_err(), "{bad}");
        }
    }
}
