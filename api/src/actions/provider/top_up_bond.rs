//! The Action that locks more stake in a job's bond.

use super::{AT_RISK, free_stake};
use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::Move;
use crate::actions::refusal::{program_refuses, refused};
use crate::actions::values::{Tokens, positive};
use crate::error::Result;
use crate::extract::Address;
use serde::Deserialize;
use settlement_interface::accounts::JobState;
use utoipa::IntoParams;

/// Which job's, by how much.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TopUpBond {
    /// The job.
    #[param(inline)]
    job: Address,
    /// Tokens of the free stake; all that the terms ask for if not given.
    #[param(inline)]
    amount: Option<Tokens>,
}

impl Action for TopUpBond {
    const NAME: &'static str = "top-up-bond";
    const TITLE: &'static str = "Top up a job's bond";
    const ABOUT: &'static str = "Locks more of the provider's free stake in a job's bond, after a penalty took of it or \
        because the escrow has grown. A consumer may leave without a fee once less than half of the bond is left. Signed \
        by the authority of the job's provider.";
    const FORMS: &'static [Form] = &[Form { label: "Top up bond", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let address = self.job.0;
        let (scene, job) = desk.job(&address).await?;
        in_state(&job, &[JobState::Assigned, JobState::Running], "a bond can be topped up")?;
        let provider = desk.provider_of(&job).await?;
        desk.must_be(&provider.authority, "the authority of the job's provider")?;
        let (facts, tokens) = (&scene.facts, scene.facts.compute());
        let asked = |escrow| facts.bond_for(&job, escrow, None).map_err(program_refuses);
        let missing = asked(job.bonded_escrow)?.saturating_sub(job.bond);
        // More by the provider's own choice: up to what all that was ever deposited asks for.
        let most = asked(job.funded)?.saturating_sub(job.bond).max(missing);
        let amount = match &self.amount {
            Some(amount) => positive("amount", amount, tokens.decimals)?,
            None => missing,
        };
        if most == 0 || amount == 0 {
            let bond = tokens.say(job.bond);
            return Err(refused(format!("The bond of {bond} is all that the terms ask for.")));
        }
        if amount > most {
            return Err(refused(format!(
                "Only {} can be added to the bond; name no more.",
                tokens.say(most)
            )));
        }
        free_stake(&scene, &provider, amount)?;
        let locked = Move::lock(tokens, amount, job.terms.provider, address, "the job's bond");
        Ok(Draft::new()
            .about(address)
            .then(facts.network().top_up_bond(&desk.wallet, &address, amount))
            .moving(locked.later(amount, AT_RISK))
            .say(format!("Locks {} more of your stake in the bond of job {address}.", tokens.say(amount))))
    }
}
