//! Disputing a receipt.

use super::reveal::trace_of;
use crate::arguments::{Amount, JobRef, PanelText, local, span};
use crate::commands::checks::{payable, whole};
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use std::path::PathBuf;
use tally_client::interface::accounts::{Dispute, JobState, Layout};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::oracle;
use tally_client::interface::rules::pending::disputable;
use tally_client::interface::rules::{challenge_bond, pending_bond};
use tally_client::interface::{SettlementError, pda};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct OpenDispute {
    /// The job
    job: JobRef,
    /// Your own trace of the work: a file as tally-dispute writes it
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
    /// The panel that the job was opened with, such as 2:WALLET,WALLET,WALLET
    #[arg(long, value_name = "K:WALLETS")]
    panel: PanelText,
    /// Number of the receipt [default: the newest that can be disputed]
    #[arg(long)]
    receipt: Option<u64>,
    /// Most tokens to put down as bond [default: what is asked for now]
    #[arg(long, value_name = "TOKENS")]
    max_bond: Option<Amount>,
}

impl Doing for OpenDispute {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let trace = trace_of(&self.trace)?;
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        context.must_be(&job.terms.consumer, "the job's consumer")?;
        if job.terms.order.verifiable == 0 {
            return Err(program_refuses(SettlementError::NotVerifiable));
        }
        let states = [JobState::Running, JobState::Closing, JobState::Held];
        in_state(&job, &states, "a receipt can be disputed")?;
        if job.open_disputes > 0 {
            return Err(program_refuses(SettlementError::DisputeOpen));
        }
        let PanelText(panel) = self.panel;
        if panel.hash() != job.terms.order.panel {
            return Err(program_refuses(SettlementError::WrongPanel));
        }
        let (terms, now, decimals) = (&job.terms.parameters, facts.now, facts.decimals());
        let newest =
            job.pending.iter().rev().map(|bucket| u64::from(bucket.receipt)).find(|number| *number > 0);
        let Some(receipt) = self.receipt.or(newest) else {
            return refused("no receipt of this job is pending; only what is pending can be disputed");
        };
        let Some(bucket) = disputable(&job.pending, receipt, terms.dispute_window, (now, facts.slot)) else {
            return Err(program_refuses(SettlementError::NotDisputable));
        };
        if receipt <= job.disputed {
            return Err(program_refuses(SettlementError::DisputedAlready));
        }
        if usize::try_from(bucket.steps) != Ok(trace.steps().len()) {
            return refused(format!(
                "receipt {receipt} commits to {} steps, but your trace has {}: it is of another computation",
                bucket.steps,
                trace.steps().len()
            ));
        }
        if trace.root() == bucket.root {
            return refused(
                "your trace has the root that the receipt commits to: there is nothing to dispute",
            );
        }
        // What can be void may have outgrown the provider's bond, and holding it up costs a share of that.
        let waiting = job.pending.iter().map(|bucket| bucket.usd).fold(0u64, u64::saturating_add);
        let scale = oracle::scale(facts.config.decimals, facts.price.exponent).unwrap_or_default();
        let (rail, bond_bps) = (job.terms.order.rail, terms.bond_bps);
        let asked = pending_bond(rail, waiting, job.escrow, bond_bps, facts.price.spot, scale);
        let bond = whole(challenge_bond(job.bond.max(whole(asked)?), terms.challenge_bond_bps))?;
        let most = match &self.max_bond {
            Some(most) => most.units("max-bond", decimals)?,
            None => bond,
        };
        if bond > most {
            return refused(format!("the bond is {}, more than your max-bond", facts.compute().say(bond)));
        }
        let (wallet, payer, index) = (job.terms.consumer, context.payer()?, job.disputes);
        let source = payable(context, &facts, &wallet, bond).await?;
        let keys = JobKeys::of(&job);
        let root = trace.root();
        let open = facts
            .network()
            .open_dispute(&payer, &wallet, &source, &keys, index, receipt, &root, &panel, most);
        let until = bucket.since.saturating_add(terms.dispute_window);
        let record = Record::new()
            .text("job", address)
            .count("case", index)
            .text("account", pda::dispute(&address, index))
            .count("receipt", receipt)
            .count("steps", u64::from(bucket.steps))
            .tokens("bond", bond, decimals)
            .tokens("providers_bond", job.bond, decimals);
        Ok(Plan::new(vec![open])
            .say(format!("Disputes receipt {receipt}, which could be disputed until {}.", local(until, now)))
            .say(format!(
                "You put down {}. Each turn takes {} before it can be marked as missed; your first one is due at once \
                 (tally case reveal). Who loses pays the panel, and the other side gets the rest of the bond.",
                facts.compute().say(bond),
                span(terms.grace)
            ))
            .figures(record)
            .creates("dispute", Dispute::LEN))
    }
}
