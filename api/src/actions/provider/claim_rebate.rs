//! The Action that mints a provider's rebates of epochs that have ended. Anyone may send it.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout, purse};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address, text};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused, whole};
use crate::error::{Problem, Result};
use crate::extract::Address;
use serde::{Deserialize, Deserializer, de};
use settlement_interface::accounts::{Credit, Epoch};
use settlement_interface::math::proportion_floor;
use settlement_interface::pda;
use settlement_interface::rules::rebate_pool;
use std::collections::BTreeSet;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// Most rebates in one transaction.
const MOST: usize = 6;

/// Of which epochs, whose.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClaimRebate {
    /// Indices of the epochs, up to six with commas between, as `/v1/providers/{id}/rewards` lists them.
    #[param(inline, example = "20758,20759")]
    epochs: Epochs,
    /// The provider: its account or its authority's wallet. The signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for ClaimRebate {
    const NAME: &'static str = "claim-rebate";
    const TITLE: &'static str = "Claim a provider's rebates";
    const ABOUT: &'static str = "Mints a provider's quality rebates of epochs that have ended to the provider's own token \
        account, and returns the rent of its credits to who paid it. Anyone may send it; only the provider is paid.";
    const FORMS: &'static [Form] = &[Form {
        label: "Claim rebates",
        inputs: &[address("provider", "Provider"), text("epochs", "Epochs, such as 20758,20759")],
    }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let wallet = &desk.wallet;
        let Epochs(epochs) = &self.epochs;
        let named = self.provider.map_or(*wallet, |provider| provider.0);
        let (scene, (provider_address, provider)) = desk.provider(&named).await?;
        let (facts, tokens, authority) = (&scene.facts, scene.facts.compute(), &provider.authority);
        let present = facts.epoch().map_err(program_refuses)?;
        if let Some(epoch) = epochs.iter().find(|epoch| **epoch >= present) {
            return Err(refused(format!("Epoch {epoch} has not ended; the present one is {present}.")));
        }
        let places =
            epochs.iter().flat_map(|epoch| [pda::credit(*epoch, &provider_address), pda::epoch(*epoch)]);
        let places: Vec<_> = places.chain([tokens.account(authority)]).collect();
        let found = desk.chain.accounts(&places).await?;
        let (mut draft, mut sum) = (Draft::new(), 0u64);
        for ((epoch, place), pair) in epochs.iter().zip(places.chunks(2)).zip(found.chunks(2)) {
            let (Some(at), [Some(account), of_epoch]) = (place.first(), pair) else {
                return Err(refused(format!(
                    "The provider has no rebate to claim in epoch {epoch}, or it was claimed."
                )));
            };
            let credit: Credit =
                layout(Some(account)).ok_or_else(|| Problem::internal("a credit cannot be read"))?;
            let whole_epoch: Epoch =
                layout(of_epoch.as_ref()).ok_or_else(|| Problem::internal("an epoch cannot be read"))?;
            let pool = whole(rebate_pool(whole_epoch.take, whole_epoch.rebate_bps))?;
            let share = whole(proportion_floor(pool, credit.weight.get(), whole_epoch.weight.get()))?;
            sum = sum.saturating_add(share);
            let back =
                Move::rent(account.lamports, *at, credit.rent_payer, "the credit's account, which is closed");
            draft = draft
                .then(facts.network().claim_rebate(authority, *epoch, &credit.rent_payer))
                .moving(Move::mint(tokens, share, *authority, "the provider's quality rebate"))
                .moving(back.bound(Bound::Least));
        }
        let listed: Vec<_> = epochs.iter().map(u64::to_string).collect();
        draft = draft.say(format!(
            "Claims for provider {provider_address}: mints the quality rebates of epochs {}, {}, to its authority \
             {authority}; the rent of its credits returns to who paid it.",
            listed.join(", "),
            tokens.say(sum)
        ));
        let held = found.last().and_then(Option::as_ref);
        if sum > 0 && purse(held, authority, &tokens)?.is_none() {
            draft = draft.with_token_account(wallet, authority, &tokens, scene.rent);
        }
        Ok(draft)
    }
}

/// Up to [`MOST`] indices, each once.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = "epochs", pattern = "^ *[0-9]+ *(, *[0-9]+ *)*$")]
struct Epochs(BTreeSet<u64>);

impl FromStr for Epochs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read: Option<Vec<u64>> = text.split(',').map(|index| index.trim().parse().ok()).collect();
        let read =
            read.ok_or_else(|| format!("\"{text}\" are no epochs; write their indices with commas between"))?;
        let (count, each) = (read.len(), read.into_iter().collect::<BTreeSet<_>>());
        if count > MOST {
            return Err(format!("one transaction holds {MOST} rebates at most; name fewer"));
        }
        if each.len() < count {
            return Err("an epoch is named twice".to_owned());
        }
        Ok(Self(each))
    }
}

impl<'de> Deserialize<'de> for Epochs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_a_few_numbers_each_once() {
        assert_eq!("7, 5".parse::<Epochs>().unwrap().0, BTreeSet::from([5, 7]));
        for (bad, why) in
            [("", "no epochs"), ("x", "no epochs"), ("1,1", "twice"), ("1,2,3,4,5,6,7", "at most")]
        {
            assert!(bad.parse::<Epochs>().unwrap_err().contains(why), "{bad}");
        }
    }
}
