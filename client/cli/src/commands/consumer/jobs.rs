//! A consumer's jobs, by their numbers: none can be missing.

use crate::arguments::Key;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::job_row;
use tally_client::interface::accounts::{Job, JobState};
use tally_client::interface::pda;

/// Accounts that a node hands out at once.
const AT_ONCE: usize = 100;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Jobs {
    /// Whose [default: the key's own wallet]
    #[arg(long)]
    wallet: Option<Key>,
    /// Also those that have ended
    #[arg(long)]
    all: bool,
}

impl Asking for Jobs {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let wallet = match self.wallet {
            Some(Key(wallet)) => wallet,
            None => context.owner()?,
        };
        let count = context.consumer(&wallet).await?.map_or(0, |consumer| consumer.next_nonce);
        let addresses: Vec<_> = (0..count).map(|nonce| pda::job(&wallet, nonce)).collect();
        let mut rows = Vec::new();
        for some in addresses.chunks(AT_ONCE) {
            for (address, account) in some.iter().zip(context.rpc.accounts(some).await?) {
                // One that was reclaimed is gone.
                let Some(job) = account.and_then(|account| account.layout::<Job>()) else { continue };
                if self.all || !job.state().is_some_and(JobState::is_terminal) {
                    rows.push(job_row(address, &job, &facts));
                }
            }
        }
        Ok(Answer { rows: Some(("jobs", rows)), ..Answer::default() })
    }
}
