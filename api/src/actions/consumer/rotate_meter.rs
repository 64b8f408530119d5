//! The Action that replaces a job's session key.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::refusal::{program_refuses, refused};
use crate::error::Result;
use crate::extract::Address;
use crate::moment::{rfc3339, span};
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::METER_REGISTERED;
use utoipa::IntoParams;

/// Of which job, by what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RotateMeter {
    /// The job.
    #[param(inline)]
    job: Address,
    /// The new session key's address.
    #[param(inline)]
    meter: Address,
}

impl Action for RotateMeter {
    const NAME: &'static str = "rotate-meter";
    const TITLE: &'static str = "Replace a job's session key";
    const ABOUT: &'static str = "From now on receipts count if another key signed them. What the old key signed for the \
        time until now still counts for a while. Signed by the consumer.";
    const FORMS: &'static [Form] = &[Form {
        label: "Replace key",
        inputs: &[address("job", "Job"), address("meter", "New session key")],
    }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address, meter) = (&desk.wallet, self.job.0, &self.meter.0);
        let (scene, job) = desk.job(&address).await?;
        desk.must_be(&job.terms.consumer, "the job's consumer")?;
        in_state(&job, &[JobState::Running], "the session key can be replaced")?;
        if job.terms.order.meter_kind == METER_REGISTERED {
            return Err(refused(
                "The receipts of this job are signed by a registered meter, which cannot be replaced.",
            ));
        }
        if *meter == job.meter {
            return Err(program_refuses(SettlementError::SameMeter));
        }
        if *meter == desk.provider_of(&job).await?.authority {
            return Err(program_refuses(SettlementError::MeterIsParty));
        }
        let grace = job.terms.parameters.receipt_grace;
        let earliest = job.rotated_at.saturating_add(grace);
        if job.rotated_at != 0 && scene.facts.now <= earliest {
            return Err(refused(format!(
                "The key was replaced less than {} ago; it can be replaced again after {}.",
                span(grace),
                rfc3339(earliest)
            )));
        }
        Ok(Draft::new()
            .about(address)
            .then(scene.facts.network().rotate_meter(wallet, &JobKeys::of(&job), meter))
            .say(format!("From now on receipts of job {address} count if {meter} signed them."))
            .say(format!(
                "What {} signed for the time until now still counts for {}.",
                job.meter,
                span(grace)
            )))
    }
}
