//! The Action that closes vault and job of an ended job. Anyone may send it: the rent goes to who paid it.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state, purse};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::program_refuses;
use crate::error::{Problem, Result};
use crate::extract::Address;
use crate::units::sol;
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::terms::RAIL_STABLE;
use tally_client::tokens::TokenAccount;
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReclaimJob {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for ReclaimJob {
    const NAME: &'static str = "reclaim-job";
    const TITLE: &'static str = "Get a job's rent back";
    const ABOUT: &'static str = "Closes the accounts of a job that has ended and owes nothing. Anyone may send it: their \
        rent returns to who paid it, and what strangers sent to the job's vault goes to its consumer.";
    const FORMS: &'static [Form] = &[Form { label: "Reclaim rent", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        in_state(
            &job,
            &[JobState::Closed, JobState::Cancelled, JobState::Failed],
            "its rent can be reclaimed",
        )?;
        if !job.is_paid_out() {
            return Err(program_refuses(SettlementError::DuesRemain));
        }
        let (consumer, payer) = (&job.terms.consumer, job.rent_payer);
        let currency = scene.currency(job.terms.order.rail)?;
        let places = [address, job.vault, currency.account(consumer)];
        let [account, vault, found] = desk.accounts(places).await?;
        let (Some(account), Some(vault)) = (account, vault) else {
            return Err(Problem::internal("the job and its vault cannot be read"));
        };
        let reclaim = if job.terms.order.rail == RAIL_STABLE {
            let rail = scene.facts.stable().map_err(program_refuses)?;
            rail.reclaim_job(&address, consumer, &payer)
        } else {
            scene.facts.network().reclaim_job(&address, consumer, &payer)
        };
        let stray = TokenAccount::read(&vault.data).map_or(0, |vault| vault.amount);
        let back = |lamports, from, what| Move::rent(lamports, from, payer, what).bound(Bound::Least);
        let mut draft = Draft::new()
            .about(address)
            .then(reclaim)
            .moving(back(account.lamports, address, "the job's account, which is closed"))
            .moving(back(vault.lamports, job.vault, "the job's vault, which is closed"))
            .say(format!(
                "Closes job {address} and its vault; their rent of {} SOL returns to {payer}, who paid it.",
                sol(account.lamports.saturating_add(vault.lamports)).sol
            ));
        if stray > 0 {
            let given = Move::pay(currency, stray, job.vault, *consumer, "what strangers sent to the vault");
            draft = draft.moving(given.bound(Bound::Least)).say(format!(
                "{} that strangers sent to the vault go to the consumer {consumer}.",
                currency.say(stray)
            ));
            if purse(found.as_ref(), consumer, &currency)?.is_none() {
                draft = draft.with_token_account(wallet, consumer, &currency, scene.rent);
            }
        }
        Ok(draft)
    }
}
