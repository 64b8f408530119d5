//! The Action that starts an accepted job.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::error::Result;
use crate::extract::Address;
use crate::moment::{rfc3339, span};
use serde::Deserialize;
use settlement_interface::accounts::JobState;
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StartJob {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for StartJob {
    const NAME: &'static str = "start-job";
    const TITLE: &'static str = "Start an accepted job";
    const ABOUT: &'static str = "From now on work counts, until the job's end. Signed by the authority of the job's \
        provider.";
    const FORMS: &'static [Form] = &[Form { label: "Start job", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        in_state(&job, &[JobState::Assigned], "a job can be started")?;
        if !super::is_authority(&job, wallet) {
            let authority = desk.provider_of(&job).await?.authority;
            desk.must_be(&authority, "the authority of the job's provider")?;
        }
        Ok(Draft::new()
            .about(address)
            .then(scene.facts.network().start_job(wallet, &address))
            .say(format!(
                "Starts job {address}: from now on work counts, until {}. If no receipt is settled for {}, anyone may close \
                 it.",
                rfc3339(job.terms.order.end_by),
                span(job.terms.order.silence_max)
            )))
    }
}
