//! The Action that adds to a provider's stake.

use crate::actions::action::Action;
use crate::actions::desk::Desk;
use crate::actions::draft::Draft;
use crate::actions::form::{Form, decimal};
use crate::actions::moves::Move;
use crate::actions::values::{Tokens, positive};
use crate::error::Result;
use crate::extract::Address;
use serde::Deserialize;
use settlement_interface::pda;
use utoipa::IntoParams;

/// How much, for whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Stake {
    /// Tokens.
    #[param(inline)]
    amount: Tokens,
    /// Whose stake: the provider's account or its authority's wallet; the signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for Stake {
    const NAME: &'static str = "stake";
    const TITLE: &'static str = "Stake for a provider";
    const ABOUT: &'static str = "Pays tokens into a provider's stake. Bonds of its jobs are locked out of it, and a bond \
        can be lost if the provider fails a job. Only its authority can ask the stake back.";
    const FORMS: &'static [Form] = &[Form { label: "Stake", inputs: &[decimal("amount", "Tokens")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let wallet = &desk.wallet;
        let named = self.provider.map_or(*wallet, |provider| provider.0);
        let (scene, (address, provider)) = desk.provider(&named).await?;
        let tokens = scene.facts.compute();
        let amount = positive("amount", &self.amount, tokens.decimals)?;
        let [purse] = desk.accounts([tokens.account(wallet)]).await?;
        let source = desk.payable(purse.as_ref(), &tokens, amount)?;
        let paid = Move::pay(tokens, amount, *wallet, pda::stake_vault(), "the provider's stake");
        let draft = Draft::new()
            .then(scene.facts.network().stake(wallet, &source, &address, amount))
            .moving(paid.later(
                amount,
                "locked as bond of the provider's jobs and bids, and lost in part or whole if it fails one; asked back by \
                 its authority alone",
            ))
            .say(format!(
                "You pay {} into the stake of provider {address}. Bonds of its jobs are locked out of it, and a bond can be \
                 lost if the provider fails a job. Only its authority {} can ask it back.",
                tokens.say(amount),
                provider.authority
            ));
        Ok(if provider.authority == *wallet {
            draft
        } else {
            draft.say("That is not your own wallet: these tokens will be the provider's.")
        })
    }
}
