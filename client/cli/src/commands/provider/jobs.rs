//! A provider's jobs.

use crate::arguments::Key;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::job_row;
use std::mem::offset_of;
use tally_client::interface::accounts::{Job, JobState};
use tally_client::interface::terms::Terms;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Jobs {
    /// Whose: its account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
    /// Also those that have ended
    #[arg(long)]
    all: bool,
}

impl Asking for Jobs {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (address, _) = context.provider(self.provider).await?;
        let offset = offset_of!(Job, terms).saturating_add(offset_of!(Terms, provider));
        let mut jobs = context.rpc.find::<Job>(offset, address.as_ref()).await?;
        jobs.retain(|(_, job)| self.all || !job.state().is_some_and(JobState::is_terminal));
        jobs.sort_by_key(|(address, job)| (job.opened_at, *address));
        let rows = jobs.iter().map(|(at, job)| job_row(at, job, &facts)).collect();
        Ok(Answer { rows: Some(("jobs", rows)), ..Answer::default() })
    }
}
