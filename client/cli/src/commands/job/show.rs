//! A job as it is.

use crate::arguments::JobRef;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The job
    job: JobRef,
}

impl Asking for Show {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let record = crate::show::job(&address, &job, &facts);
        Ok(Answer { record, ..Answer::default() })
    }
}
