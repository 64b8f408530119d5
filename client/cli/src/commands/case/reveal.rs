//! The next move in a dispute, computed from a side's trace.

use super::list::turn;
use crate::arguments::JobRef;
use crate::context::Context;
use crate::failure::{Failure, Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use disputes::{Answer, Trace, file};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tally_client::interface::accounts::Dispute;
use tally_client::interface::rules::Side;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Reveal {
    /// The job
    job: JobRef,
    /// The case's number
    case: u64,
    /// Your side's trace: a file as tally-dispute writes it
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
}

/// A trace out of a file.
pub fn trace_of(path: &Path) -> Result<Trace> {
    file::load(path).map(|(_, trace)| trace).map_err(Failure::Refused)
}

impl Doing for Reveal {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let trace = trace_of(&self.trace)?;
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let (account, dispute) = context.case::<Dispute>(&address, self.case).await?;
        let owner = context.owner()?;
        let side = match owner {
            _ if owner == dispute.authority => Side::Provider,
            _ if owner == dispute.challenger => Side::Challenger,
            _ => {
                return refused(format!(
                    "only the provider's authority {} and the challenger {} reveal in this dispute, but the key is {owner}; \
                     name the right key file with --keypair",
                    dispute.authority, dispute.challenger
                ));
            }
        };
        let step = match trace.answer(&dispute, side) {
            Ok(Answer::Reveal(step)) => step,
            Ok(Answer::Wait | Answer::Panel | Answer::Over) => {
                return refused(format!(
                    "it is not your turn: the dispute waits for {}",
                    turn(&dispute, &job, facts.now)
                ));
            }
            Err(error) => return refused(error.to_string()),
        };
        let record = Record::new()
            .text("job", address)
            .count("case", self.case)
            .count("step", step.index)
            .text("hash", crate::arguments::Digest(step.step));
        Ok(Plan::new(vec![facts.network().reveal(&owner, &account, &step.step, &step.proof)])
            .say(format!("Reveals step {} of your trace with its proof, and passes the turn on.", step.index))
            .figures(record))
    }
}
