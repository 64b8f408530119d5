//! The Action that pays out stake that was asked back. Anyone may send it; only the provider is paid.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, purse};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused};
use crate::error::Result;
use crate::extract::Address;
use crate::moment::rfc3339;
use serde::Deserialize;
use settlement_interface::{SettlementError, pda};
use utoipa::IntoParams;

/// Whose.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WithdrawStake {
    /// The provider: its account or its authority's wallet. The signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for WithdrawStake {
    const NAME: &'static str = "withdraw-stake";
    const TITLE: &'static str = "Withdraw stake";
    const ABOUT: &'static str = "Pays stake that was asked back to the provider's own token account, once its time is \
        over. Anyone may send it; only the provider is paid.";
    const FORMS: &'static [Form] =
        &[Form { label: "Withdraw stake", inputs: &[address("provider", "Provider")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let wallet = &desk.wallet;
        let named = self.provider.map_or(*wallet, |provider| provider.0);
        let (scene, (address, provider)) = desk.provider(&named).await?;
        if provider.unbonding == 0 {
            return Err(program_refuses(SettlementError::NothingUnbonding));
        }
        if scene.facts.now < provider.unbonding_at {
            return Err(refused(format!(
                "The stake cannot be withdrawn yet; it can from {} on.",
                rfc3339(provider.unbonding_at)
            )));
        }
        let (tokens, authority) = (scene.facts.compute(), &provider.authority);
        let [found] = desk.accounts([tokens.account(authority)]).await?;
        let paid = Move::pay(tokens, provider.unbonding, pda::stake_vault(), *authority, "stake");
        let mut draft = Draft::new()
            .then(scene.facts.network().withdraw_stake(authority))
            .moving(paid.bound(Bound::Most))
            .say(format!(
                "Pays {} of the stake of provider {address} to its authority {authority}.",
                tokens.say(provider.unbonding)
            ));
        if purse(found.as_ref(), authority, &tokens)?.is_none() {
            draft = draft.with_token_account(wallet, authority, &tokens, scene.rent);
        }
        Ok(draft)
    }
}
