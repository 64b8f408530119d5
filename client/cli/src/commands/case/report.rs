//! Reporting an outage.

use super::evidence::{Attested, Proof, between};
use crate::arguments::{Amount, JobRef, SignedAbsenceText, local};
use crate::commands::checks::{payable, whole};
use crate::context::{Context, in_state};
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::{Case, JobState, Judged, Layout, Meter, Vouched};
use tally_client::interface::instructions::{Evidence, JobKeys};
use tally_client::interface::pda;
use tally_client::interface::rules::{Gap, Watch, missed, outage_penalty, report_bond};
use tally_client::pack::IN_FRONT;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Report {
    /// The job
    job: JobRef,
    /// Where the gap begins: "start", "last" for the last words accepted, or a signed receipt (the text or @FILE)
    #[arg(long, default_value = "start", value_name = "WORDS")]
    from: Attested,
    /// Where it ends: the same
    #[arg(long, value_name = "WORDS", required_unless_present = "absence")]
    to: Option<Attested>,
    /// The meter's signed statement of absence in their place
    #[arg(long, value_name = "STATEMENT", conflicts_with_all = ["from", "to"])]
    absence: Option<SignedAbsenceText>,
    /// Most tokens to put down as bond [default: what is asked for now]
    #[arg(long, value_name = "TOKENS")]
    max_bond: Option<Amount>,
}

impl Doing for Report {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let states = [JobState::Running, JobState::Closing, JobState::Held];
        in_state(&job, &states, "an outage can be reported")?;
        let (owner, payer, now) = (context.owner()?, context.payer()?, facts.now);
        let meter = &job.terms.order.meter;
        let behind = [context.provider_of(&job).await?.authority, *meter, job.meter_authority];
        if behind.contains(&owner) {
            return Err(program_refuses(SettlementError::ReporterIsParty));
        }
        let terms = &job.terms.parameters;
        if job.terms.order.sla_bps == 0 || job.bond == 0 || terms.outage_bps == 0 {
            return Err(program_refuses(SettlementError::NoOutages));
        }
        if job.is_past_reporting((now, facts.slot)) {
            let until = job.closing_at.saturating_add(terms.case_window);
            return refused(format!("outages of this job could be reported until {}", local(until, now)));
        }
        let (mut instructions, evidence, (from, to), units) = match (&self.absence, &self.to) {
            (Some(SignedAbsenceText(words)), _) => {
                words.check(&address, &job, &facts.config).map_err(program_refuses)?;
                let at = u16::try_from(IN_FRONT).unwrap_or_default();
                let times = (words.absence.from, words.absence.to);
                (vec![words.instruction()], Evidence::Absence(at), times, 0)
            }
            (None, Some(second)) => {
                let found = between(&self.from, second, (&address, &job), &facts.config)?;
                if found.proofs != [Proof::default(), Proof::default()] {
                    return refused(
                        "an outage is reported by receipts or a statement of absence, not by batches",
                    );
                }
                let evidence = Evidence::Receipts(found.first, found.second);
                (found.verify, evidence, found.times, found.units)
            }
            (None, None) => return Err(Failure::Usage("name the receipt where the gap ends: --to".into())),
        };
        let (promise, gap) = (job.promise(), Gap { from, to, units });
        let latest = now.min(job.last_moment());
        let watch = Watch { earliest: job.started_at, latest, grace: terms.grace };
        let shown = missed(&promise, &watch, &gap).map_err(program_refuses)?;
        let shown = Judged { from, to, missed: shown };
        if !whole(job.is_news(&shown))? {
            return Err(program_refuses(SettlementError::GapJudged));
        }
        let (missed, promised) = (shown.missed, whole(job.promised())?);
        let at_risk = whole(job.bond_at_risk())?;
        let penalty = whole(outage_penalty(at_risk, terms.outage_bps, missed, promised))?.min(job.bond);
        let pledged = penalty.min(terms.meter_bond);
        let vouched =
            context.read::<Meter>(&pda::meter(meter)).await?.map_or_else(Vouched::default, |m| m.vouched);
        let free = vouched.free().unwrap_or(0);
        let bond = whole(report_bond(pledged.min(free), terms.report_bond_bps))?;
        let decimals = facts.decimals();
        let most = match &self.max_bond {
            Some(most) => most.units("max-bond", decimals)?,
            None => bond,
        };
        if bond > most {
            return refused(format!("the bond is {}, more than your max-bond", facts.compute().say(bond)));
        }
        if vouched.bonded().unwrap_or(0) < pledged {
            return Err(program_refuses(SettlementError::MeterUnbonded));
        }
        let source = payable(context, &facts, &owner, bond).await?;
        let (keys, index) = (JobKeys::of(&job), job.cases);
        instructions
            .push(facts.network().open_case(&payer, &owner, &source, &keys, index, meter, evidence, most));
        let record = Record::new()
            .text("job", address)
            .count("case", index)
            .text("account", pda::case(&address, index))
            .time("gap_from", from, now)
            .time("gap_to", to, now)
            .count("units", units)
            .count("missed", missed)
            .tokens("penalty", penalty, decimals)
            .tokens("bond", bond, decimals);
        Ok(Plan::new(instructions)
            .say(format!(
                "Reports that of what was promised {missed} units were missed from {} to {}.",
                local(from, now),
                local(to, now)
            ))
            .say(format!(
                "You put down {}. If nobody answers by better receipts of the same meter, it comes back and up to {} \
                 of the provider's bond is lost; if somebody does, it is the provider's.",
                facts.compute().say(bond),
                facts.compute().say(penalty)
            ))
            .figures(record)
            .creates("case", Case::LEN))
    }
}
