//! Having receipts of many jobs accepted. Anyone may: the meter's signature stands in for a signer.

use crate::arguments::{BatchText, Key, local};
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::Job;
use tally_client::pack::{IN_FRONT, PackError, pack};
use tally_client::tables;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct AcceptBatch {
    /// A signed batch: the text, @FILE, or - for standard input
    batch: BatchText,
    /// A lookup table with the jobs' addresses (tally meter make-table): without one about 15 jobs fit
    #[arg(long)]
    table: Option<Key>,
}

impl Doing for AcceptBatch {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let signed = &self.batch.0;
        let addresses: Vec<_> = signed.entries.iter().map(|entry| entry.job).collect();
        let mut jobs = Vec::new();
        for some in addresses.chunks(100) {
            let found = context.rpc.accounts(some).await?;
            jobs.extend(found.into_iter().map(|account| account.and_then(|account| account.layout::<Job>())));
        }
        signed.check(&jobs, &facts.config).map_err(program_refuses)?;
        let newer = |(job, entry): (&Option<Job>, &tally_client::batch::Entry)| {
            job.as_ref().is_some_and(|job| entry.units > job.units && signed.through > job.through)
        };
        let fresh = jobs.iter().zip(&signed.entries).filter(|pair| newer(*pair)).count();
        if fresh == 0 {
            return refused("every receipt of this batch is older than what its job has accepted already");
        }
        let mut tables = Vec::new();
        if let Some(Key(table)) = self.table {
            let account = context.rpc.accounts(&[table]).await?.into_iter().next().flatten();
            let read = account.and_then(|account| tables::read(table, &account.data));
            let Some(read) = read else {
                return refused(format!("{table} is no lookup table that is in use"));
            };
            tables.push(read);
        }
        let gone: Vec<_> = jobs
            .iter()
            .zip(&addresses)
            .filter(|(job, _)| job.is_none())
            .map(|(_, address)| *address)
            .collect();
        let packed = match pack(&context.payer()?, &[signed.piece(facts.network(), &gone)], &tables, 0) {
            Ok(packed) => packed,
            Err(PackError::TooLarge(_)) => {
                return refused(
                    "this batch does not fit one transaction; name a lookup table of its jobs with --table (tally meter \
                     make-table)",
                );
            }
            Err(error) => return Err(Failure::Failed(error.to_string())),
        };
        let instructions = packed.into_iter().flat_map(|one| one.instructions).skip(IN_FRONT).collect();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let record = Record::new()
            .text("meter", signed.meter)
            .time("through", signed.through, facts.now)
            .count("jobs", count(jobs.len()))
            .count("newer", count(fresh));
        let mut plan = Plan::new(instructions)
            .say(format!(
                "Has receipts of {} jobs accepted, counted until {}; a job that does not qualify is skipped.",
                jobs.len(),
                local(signed.through, facts.now)
            ))
            .say("Nothing is converted by it: anyone may convert afterwards (tally job convert).")
            .figures(record);
        plan.tables = tables;
        Ok(plan)
    }
}
