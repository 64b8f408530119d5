//! Making a lookup table of jobs, or adding to one, a transaction at a time.

use crate::arguments::{JobRef, Key};
use crate::commands::checks::missing;
use crate::context::Context;
use crate::failure::{Failure, Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::reading::{SLOT_HASHES, newest_slot};
use tally_client::tables::{self, ADDED_AT_ONCE, MOST_ADDRESSES};

/// Bytes of a table before its addresses, and of each.
const TABLE: usize = 56;
const ADDRESS: usize = 32;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct MakeTable {
    /// The jobs
    #[arg(required = true)]
    jobs: Vec<JobRef>,
    /// A table of yours to add what it lacks to [default: a new one]
    #[arg(long)]
    table: Option<Key>,
}

/// A slot that the chain remembers: the present one it does not yet.
async fn recent_slot(context: &Context) -> Result<u64> {
    let account = context.rpc.accounts(&[SLOT_HASHES]).await?.into_iter().next().flatten();
    account.and_then(|account| newest_slot(&account.data)).ok_or_else(|| missing("the list of recent slots"))
}

impl Doing for MakeTable {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (owner, payer) = (context.owner()?, context.payer()?);
        let mut wanted = tables::shared(*facts.mint(), facts.config.feed);
        wanted.extend(self.jobs.iter().map(|job| job.address(&owner)));
        let mut held = Vec::new();
        if let Some(Key(table)) = self.table {
            let account = context.rpc.accounts(&[table]).await?.into_iter().next().flatten();
            match account.and_then(|account| tables::read(table, &account.data)) {
                Some(read) => held = read.addresses,
                None => return refused(format!("{table} is no lookup table that is in use")),
            }
        }
        wanted.retain(|address| !held.contains(address));
        if wanted.is_empty() {
            return refused("the table holds all of these jobs already");
        }
        if held.len().saturating_add(wanted.len()) > MOST_ADDRESSES {
            return Err(Failure::Usage(format!("a table holds {MOST_ADDRESSES} addresses at most")));
        }
        let left = wanted.len().saturating_sub(ADDED_AT_ONCE);
        wanted.truncate(ADDED_AT_ONCE);
        let (table, instructions) = match self.table {
            Some(Key(table)) => (table, tables::extend(&table, &owner, &payer, &wanted)),
            None => match tables::create(&owner, &payer, recent_slot(context).await?, &wanted) {
                Some(made) => made,
                None => {
                    return Err(Failure::Usage(format!("a table holds {MOST_ADDRESSES} addresses at most")));
                }
            },
        };
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let record = Record::new()
            .text("table", table)
            .count("added", count(wanted.len()))
            .count("held_then", count(held.len().saturating_add(wanted.len())))
            .count("left", count(left));
        let mut plan = Plan::new(instructions).say(format!(
            "Adds {} addresses to the lookup table {table}, which only you can change; \"tally meter close-table\" gets its \
             rent back.",
            wanted.len()
        ));
        if left > 0 {
            plan = plan.say(format!(
                "{left} more do not fit this transaction: run it again with --table {table} for them."
            ));
        }
        let bytes = wanted.len().saturating_mul(ADDRESS);
        let bytes = if self.table.is_none() { bytes.saturating_add(TABLE) } else { bytes };
        Ok(plan.figures(record).creates("lookup table", bytes))
    }
}
