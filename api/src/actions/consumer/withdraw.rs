//! The Action that pays what a job owes. Anyone may send it: each share goes to whom it is owed.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout, purse};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused};
use crate::error::Result;
use crate::extract::{Address, choice};
use serde::Deserialize;
use settlement_interface::accounts::{Party, Provider};
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::{Address as Key, pda};
use tally_client::facts::Currency;
use tally_client::jobs::dues;
use utoipa::{IntoParams, ToSchema};

/// To whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum To {
    /// The consumer's wallet.
    Consumer,
    /// The provider's authority.
    Provider,
    /// Who marked the failure.
    Reporter,
    /// The buyback vault: its share of a stable job's take.
    Buyback,
    /// The treasury's wallet: its share of a stable job's take.
    Treasury,
}

choice!(To {
    Consumer = "consumer",
    Provider = "provider",
    Reporter = "reporter",
    Buyback = "buyback",
    Treasury = "treasury",
});

impl To {
    fn party(self) -> Party {
        match self {
            Self::Consumer => Party::Consumer,
            Self::Provider => Party::Provider,
            Self::Reporter => Party::Reporter,
            Self::Buyback => Party::Buyback,
            Self::Treasury => Party::Treasury,
        }
    }
}

/// Out of which job, to whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Withdraw {
    /// The job.
    #[param(inline)]
    job: Address,
    /// To whom; everybody who is due something if not given.
    #[param(inline)]
    party: Option<To>,
}

/// One payment: to whom, in what, how much, from which vault.
struct Payment {
    party: Party,
    wallet: Key,
    currency: Currency,
    parts: Vec<(u64, Key)>,
}

impl Action for Withdraw {
    const NAME: &'static str = "withdraw";
    const TITLE: &'static str = "Withdraw what a job owes";
    const ABOUT: &'static str = "Pays what a job has booked as owed: a consumer's refund, a provider's dollars or fee, a \
        reporter's share. Anyone may send it, and each share goes to the token account of whom it is owed. What a \
        provider has earned in tokens is claimed instead.";
    const FORMS: &'static [Form] = &[Form { label: "Withdraw", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        let wanted = self.party.map(To::party);
        let due: Vec<_> = dues(&job)
            .into_iter()
            .filter(|(party, ..)| wanted.is_none_or(|wanted| wanted == *party))
            .collect();
        if due.is_empty() {
            return Err(refused(match wanted {
                None => "Nobody is due anything from this job; what a provider earned in tokens is claimed."
                    .to_owned(),
                Some(party) => format!("The {} is due nothing from this job.", party.name()),
            }));
        }
        let [provider] = desk.accounts([job.terms.provider]).await?;
        // An auction that nobody won has no provider, who is then due nothing.
        let authority = layout::<Provider>(provider.as_ref()).map_or(Key::default(), |it| it.authority);
        let stable = job.terms.order.rail == RAIL_STABLE;
        let (currency, tokens) = (scene.currency(job.terms.order.rail)?, scene.facts.compute());
        let mut payments = Vec::new();
        for (party, escrow, stake) in due {
            let wallet = match party {
                Party::Consumer => job.terms.consumer,
                Party::Provider => authority,
                Party::Reporter => job.reporter,
                Party::Buyback => pda::config(), // owns the buyback vault
                Party::Treasury => scene.facts.config.treasury,
            };
            let pay = |currency: Currency, parts: &[(u64, Key)]| {
                let parts = parts.iter().copied().filter(|(amount, _)| *amount > 0).collect();
                Payment { party, wallet, currency, parts }
            };
            let (from_escrow, from_stake) = ((escrow, job.vault), (stake, pda::stake_vault()));
            // What is due of the stake is paid together with the escrow only in one and the same mint.
            if stable {
                payments.extend([pay(currency, &[from_escrow]), pay(tokens, &[from_stake])]);
            } else {
                payments.push(pay(tokens, &[from_escrow, from_stake]));
            }
        }
        payments.retain(|payment| !payment.parts.is_empty());
        let places: Vec<Key> = payments.iter().map(|it| it.currency.account(&it.wallet)).collect();
        let purses = desk.chain.accounts(&places).await?;
        let (keys, mut draft) = (JobKeys::of(&job), Draft::new().about(address));
        for (Payment { party, wallet: payee, currency: paid, parts }, found) in payments.iter().zip(purses) {
            let pays_stable = stable && *paid == currency;
            draft = draft.then(if pays_stable {
                let rail = scene.facts.stable().map_err(program_refuses)?;
                rail.withdraw(&keys, *party, payee)
            } else {
                scene.facts.network().withdraw(&keys, *party as u8, payee)
            });
            if *party != Party::Buyback && purse(found.as_ref(), payee, paid)?.is_none() {
                draft = draft.with_token_account(wallet, payee, paid, scene.rent);
            }
            let to = if *party == Party::Buyback { pda::buyback_vault() } else { *payee };
            let sum = parts.iter().fold(0u64, |sum, (amount, _)| sum.saturating_add(*amount));
            for (amount, vault) in parts {
                let reason = format!("what job {address} owes the {}", party.name());
                draft = draft.moving(Move::pay(*paid, *amount, *vault, to, &reason).bound(Bound::Least));
            }
            draft =
                draft.say(format!("Pays {} of job {address} to the {}, {to}.", paid.say(sum), party.name()));
        }
        Ok(draft)
    }
}
