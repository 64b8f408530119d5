//! The Action that adds tokens or budget to a job.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, decimal};
use crate::actions::moves::Move;
use crate::actions::refusal::{contradicts, program_refuses};
use crate::actions::values::{Dollars, Tokens, dollars, positive};
use crate::error::Result;
use crate::extract::Address;
use crate::units::usd;
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::terms::RAIL_STABLE;
use utoipa::IntoParams;

const JOB: crate::actions::form::Input = crate::actions::form::address("job", "Job");

/// To which job, and how much.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TopUp {
    /// The job.
    #[param(inline)]
    job: Address,
    /// Tokens, or on the stable rail dollars, to add to its escrow.
    #[param(inline)]
    tokens: Option<Tokens>,
    /// USD to add to its budget; not during an auction, whose bids were made for the budget as it is.
    #[param(inline)]
    budget: Option<Dollars>,
}

impl Action for TopUp {
    const NAME: &'static str = "top-up";
    const TITLE: &'static str = "Top up a job";
    const ABOUT: &'static str = "Adds tokens to a job's escrow, or lets its work cost more, or both. What is not \
        needed for work comes back.";
    const FORMS: &'static [Form] = &[
        Form { label: "Add tokens", inputs: &[JOB, decimal("tokens", "Tokens to add")] },
        Form { label: "Raise budget", inputs: &[JOB, decimal("budget", "USD to add")] },
    ];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        if self.tokens.is_none() && self.budget.is_none() {
            return Err(contradicts("tokens", "nothing would be added; give tokens, budget or both"));
        }
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        desk.must_be(&job.terms.consumer, "the job's consumer")?;
        let open = [JobState::Offered, JobState::Open, JobState::Assigned, JobState::Running];
        in_state(&job, &open, "a job can be topped up")?;
        let stable = job.terms.order.rail == RAIL_STABLE;
        let currency = scene.currency(job.terms.order.rail)?;
        let amount = self.tokens.as_ref().map(|it| positive("tokens", it, currency.decimals)).transpose()?;
        let budget = self.budget.as_ref().map(|it| dollars("budget", it)).transpose()?;
        let (amount, budget) = (amount.unwrap_or(0), budget.unwrap_or(0));
        if budget > 0 && job.state() == Some(JobState::Open) {
            return Err(program_refuses(SettlementError::BudgetFixed));
        }
        let [purse] = desk.accounts([currency.account(wallet)]).await?;
        let source = desk.payable(purse.as_ref(), &currency, amount)?;
        let top_up = if stable {
            let rail = scene.facts.stable().map_err(program_refuses)?;
            rail.top_up(wallet, &source, &address, amount, budget)
        } else {
            scene.facts.network().top_up(wallet, &source, &address, amount, budget)
        };
        let later = format!(
            "leaves the escrow for receipts that {} signs, within the budget; the rest comes back",
            job.meter
        );
        let paid = Move::pay(currency, amount, *wallet, job.vault, "the job's escrow").later(amount, later);
        let mut draft = Draft::new().about(address).then(top_up).moving(paid);
        if amount > 0 {
            draft = draft.say(format!(
                "You pay {} into the escrow of job {address}; what is not needed for work comes back.",
                currency.say(amount)
            ));
        }
        if budget > 0 {
            draft = draft.say(format!(
                "The work of job {address} may cost {} USD more, {} USD in all.",
                usd(budget).usd,
                usd(job.terms.order.budget.saturating_add(budget)).usd
            ));
        }
        if budget > 0 && job.state() == Some(JobState::Offered) {
            draft =
                draft.say("The terms' hash changes: a provider that read them before must read them again.");
        }
        Ok(draft)
    }
}
