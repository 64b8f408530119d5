//! Cases of a job, or against a provider: by the job's own numbers, so that none can be missing.

use crate::arguments::{JobRef, Key, local};
use crate::context::{Context, Facts};
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;
use std::mem::offset_of;
use tally_client::interface::accounts::{CASE_OPEN, Case, Dispute, Job};
use tally_client::interface::rules::{Side, Stage};
use tally_client::interface::terms::Terms;
use tally_client::interface::{Address, pda};

/// Accounts that a node hands out at once.
const AT_ONCE: usize = 100;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Of this job alone
    #[arg(long)]
    job: Option<JobRef>,
    /// Against this provider: its account or its authority [default: the key's own]
    #[arg(long, conflicts_with = "job")]
    provider: Option<Key>,
}

/// What an outage case waits for.
pub fn waits(case: &Case, job: &Job, now: i64) -> String {
    let terms = &job.terms.parameters;
    if case.state != CASE_OPEN {
        return "its reporter to be paid".to_owned();
    }
    if case.marked_at == 0 {
        let until = case.opened_at.saturating_add(terms.case_window);
        let word = if now > until { "its mark; an answer still counts" } else { "an answer" };
        return format!("{word}, window until {}", local(until, now));
    }
    let from = case.marked_at.saturating_add(terms.grace).max(job.waits_until);
    format!("its penalty {}; an answer counts until then", local(from, now))
}

/// What a dispute waits for.
pub fn turn(dispute: &Dispute, job: &Job, now: i64) -> String {
    let terms = &job.terms.parameters;
    match (dispute.turn(), dispute.stage()) {
        (Some((side, step)), _) => {
            let whose = if side == Side::Provider { "the provider" } else { "the challenger" };
            let (until, then) = match dispute.marked_at {
                0 => (dispute.turn_at, "then it can be marked"),
                marked => (marked, "then it has lost"),
            };
            let until = until.saturating_add(terms.grace);
            format!("step {step} of {whose} until {}, {then}", local(until, now))
        }
        (None, Some(Stage::Panel)) => {
            let until = dispute.turn_at.saturating_add(terms.dispute_window);
            format!("the panel's ruling on step {} until {}", dispute.hi, local(until, now))
        }
        (None, Some(Stage::Decided)) => {
            let from = dispute.turn_at.saturating_add(terms.grace);
            format!("the execution of what is decided, {}", local(from, now))
        }
        (None, Some(Stage::Resolved)) if dispute.is_paid_out() => "its closing".to_owned(),
        _ => "those whom it owes to be paid".to_owned(),
    }
}

/// The cases of a job that still exist.
async fn of_job(context: &Context, facts: &Facts, address: &Address, job: &Job) -> Result<Vec<Record>> {
    let cases = (0..job.cases).map(|number| pda::case(address, number));
    let disputes = (0..job.disputes).map(|number| pda::dispute(address, number));
    let addresses: Vec<Address> = cases.chain(disputes).collect();
    let mut rows = Vec::new();
    for some in addresses.chunks(AT_ONCE) {
        for account in context.rpc.accounts(some).await?.into_iter().flatten() {
            let row = Record::new().text("job", address);
            if let Some(case) = account.layout::<Case>() {
                let state = if case.state == CASE_OPEN { "open" } else { "upheld" };
                rows.push(
                    row.count("case", case.index)
                        .text("kind", "outage")
                        .text("state", state)
                        .tokens("at_stake", case.penalty, facts.decimals())
                        .text("waits_for", waits(&case, job, facts.now)),
                );
            } else if let Some(dispute) = account.layout::<Dispute>() {
                rows.push(
                    row.count("case", dispute.index)
                        .text("kind", "dispute")
                        .text("state", dispute.stage().map_or("unknown", Stage::name))
                        .tokens("at_stake", job.bond, facts.decimals())
                        .text("waits_for", turn(&dispute, job, facts.now)),
                );
            }
        }
    }
    Ok(rows)
}

impl Asking for List {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let mut jobs = match &self.job {
            Some(job) => vec![context.job(job).await?],
            None => {
                let (provider, _) = context.provider(self.provider).await?;
                let offset = offset_of!(Job, terms).saturating_add(offset_of!(Terms, provider));
                context.rpc.find::<Job>(offset, provider.as_ref()).await?
            }
        };
        jobs.retain(|(_, job)| job.cases > 0 || job.disputes > 0);
        jobs.sort_by_key(|(address, job)| (job.opened_at, *address));
        let mut rows = Vec::new();
        for (address, job) in &jobs {
            rows.extend(of_job(context, &facts, address, job).await?);
        }
        Ok(Answer { rows: Some(("cases", rows)), ..Answer::default() })
    }
}
