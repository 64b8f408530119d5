//! The Action that asks stake back.

use crate::actions::action::Action;
use crate::actions::desk::Desk;
use crate::actions::draft::Draft;
use crate::actions::form::{Form, decimal};
use crate::actions::moves::Move;
use crate::actions::refusal::refused;
use crate::actions::values::{Tokens, positive};
use crate::error::Result;
use crate::moment::{rfc3339, span};
use serde::Deserialize;
use settlement_interface::pda;
use utoipa::IntoParams;

/// How much.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RequestUnstake {
    /// Tokens.
    #[param(inline)]
    amount: Tokens,
}

impl Action for RequestUnstake {
    const NAME: &'static str = "request-unstake";
    const TITLE: &'static str = "Ask stake back";
    const ABOUT: &'static str = "Starts the time after which stake can be withdrawn; until then it can still be lost. What \
        is asked back already starts anew with it. Signed by the provider's authority.";
    const FORMS: &'static [Form] = &[Form { label: "Ask back", inputs: &[decimal("amount", "Tokens")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (scene, (address, provider)) = desk.own_provider().await?;
        let (facts, tokens) = (&scene.facts, scene.facts.compute());
        let amount = positive("amount", &self.amount, tokens.decimals)?;
        let free = provider.free_stake().unwrap_or(0);
        if amount > free {
            return Err(refused(format!(
                "Only {} of the stake are free: {} are locked in bonds and {} asked back already.",
                tokens.say(free),
                tokens.say(provider.locked),
                tokens.say(provider.unbonding)
            )));
        }
        let wait = facts.config.parameters.unbonding;
        let from = rfc3339(facts.now.saturating_add(wait));
        let due = Move::due(tokens, amount, pda::stake_vault(), desk.wallet, "stake that is asked back");
        let mut draft = Draft::new()
            .then(facts.network().request_unstake(&desk.wallet, amount))
            .moving(due.later(amount, format!("can still be lost to penalties until it is withdrawn, from {from} on")))
            .say(format!(
                "Asks {} of the stake of provider {address} back: they can be withdrawn after {}, from {from} on, and can \
                 still be lost until then.",
                tokens.say(amount),
                span(wait)
            ));
        if provider.unbonding > 0 {
            draft = draft.say(format!(
                "{} are asked back already; their time starts anew with this.",
                tokens.say(provider.unbonding)
            ));
        }
        Ok(draft)
    }
}
