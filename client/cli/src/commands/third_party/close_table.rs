//! Closing a lookup table, in two steps, for the rent that it holds.

use crate::arguments::{Key, span};
use crate::commands::checks::missing;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::reading::{CLOCK, SLOT_HASHES, clock};
use tally_client::tables::{self, Stage};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct CloseTable {
    /// The lookup table
    table: Key,
}

/// So many blocks in words, and about how long they take: two fifths of a second each.
fn blocks(count: u64) -> String {
    let seconds = i64::try_from(count.saturating_mul(2).div_ceil(5)).unwrap_or(i64::MAX);
    format!("{count} blocks, about {}", span(seconds))
}

impl Doing for CloseTable {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let (Key(table), owner) = (self.table, context.owner()?);
        let found = context.rpc.accounts(&[table, CLOCK, SLOT_HASHES]).await?;
        let [account, time, hashes] = found.as_slice() else { return Err(missing("the table")) };
        let (slot, _) =
            time.as_ref().and_then(|account| clock(&account.data)).ok_or_else(|| missing("the clock"))?;
        let hashes = hashes.as_ref().ok_or_else(|| missing("the list of recent slots"))?;
        let Some(account) = account.as_ref().filter(|account| account.owner == tables::PROGRAM) else {
            return refused(format!("there is no lookup table at {table}; it may have been closed already"));
        };
        let Some((authority, stage)) = tables::stage(&account.data, slot, &hashes.data) else {
            return refused(format!("the lookup table {table} cannot be read"));
        };
        match authority {
            Some(authority) => context.must_be(&authority, "the table's authority")?,
            None => return refused(format!("the lookup table {table} is frozen: nobody can close it")),
        }
        let record = Record::new().text("table", table);
        match stage {
            Stage::InUse => Ok(Plan::new(vec![tables::deactivate(&table, &owner)])
                .say(format!("Takes the lookup table {table} out of use, for good."))
                .say(format!(
                    "Transactions that are on their way may use it for {}: run the same command again then, to close it and \
                     get its rent back.",
                    blocks(tables::COOLDOWN)
                ))
                .figures(record.text("step", "deactivate").sol("rent_held", account.lamports))),
            Stage::Leaving(left) => refused(format!(
                "the lookup table {table} is out of use, but transactions that are on their way may use it for {} more; \
                 run this again then",
                blocks(left)
            )),
            Stage::Closable => Ok(Plan::new(vec![tables::close(&table, &owner, &owner)])
                .say(format!("Closes the lookup table {table}; its rent comes back to you."))
                .figures(record.text("step", "close").sol("rent_back", account.lamports))),
        }
    }
}
