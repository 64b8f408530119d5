//! Queueing a change of the configuration.

use super::parameters::{Setting, with};
use crate::arguments::{Key, local};
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{ConfigChange, Layout};
use tally_client::interface::change::{Change, ChangeKind};
use tally_client::interface::{Address, pda, stablecoin};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct QueueChange {
    /// A parameter, such as take_bps=600 or grace=2h; many times, all in one change
    #[arg(long = "set", value_name = "NAME=VALUE", group = "what")]
    settings: Vec<Setting>,
    /// Who may pause besides the admin
    #[arg(long, value_name = "ADDRESS", group = "what")]
    guardian: Option<Key>,
    /// Leave nobody but the admin to pause
    #[arg(long, group = "what")]
    no_guardian: bool,
    /// The treasury's wallet
    #[arg(long, value_name = "ADDRESS", group = "what")]
    treasury: Option<Key>,
    /// The stablecoin, where the network has none yet: opens the stable rail
    #[arg(long, value_name = "MINT", group = "what")]
    stable_mint: Option<Key>,
}

impl Doing for QueueChange {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (config, now) = (&facts.config, facts.now);
        context.must_be(&config.admin, "the network's admin")?;
        let change = if let Some(Key(guardian)) = self.guardian {
            Change::guardian(guardian)
        } else if self.no_guardian {
            Change::guardian(Address::default())
        } else if let Some(Key(treasury)) = self.treasury {
            Change::treasury(treasury)
        } else if let Some(Key(mint)) = self.stable_mint {
            check_stablecoin(context, &mint).await?;
            Change::stable_mint(mint)
        } else {
            Change::parameters(with(config.parameters, &self.settings)?)
        };
        let kind = change.validate(config).map_err(program_refuses)?;
        if change == Change::in_force(kind, config) {
            return refused("that is what is in force already; nothing would change");
        }
        let index = config.changes;
        let applies_from = now.saturating_add(config.parameters.timelock);
        let expires_at = applies_from.saturating_add(config.parameters.change_expiry);
        let differences = differences(&change, &Change::in_force(kind, config), kind);
        let value = serde_json::to_value(&differences).map_err(|error| Failure::Failed(error.to_string()))?;
        let record = Record::new()
            .count("change", index)
            .text("account", pda::change(index))
            .text("kind", kind.name())
            .with("differences", differences.join("; "), value)
            .time("applies_from", applies_from, now)
            .time("expires", expires_at, now);
        let queue = facts.network().queue_change(&config.admin, &context.payer()?, index, &change);
        Ok(Plan::new(vec![queue])
            .say(format!("Queues change {index}: {}.", differences.join("; ")))
            .say(format!(
                "It can be applied from {} to {}; jobs that are open keep their terms.",
                local(applies_from, now),
                local(expires_at, now)
            ))
            .figures(record)
            .creates("change", ConfigChange::LEN))
    }
}

/// The token program of a mint that can be the stablecoin.
pub async fn check_stablecoin(context: &Context, mint: &Address) -> Result<Address> {
    let account = context.rpc.accounts(&[*mint]).await?.into_iter().next().flatten();
    let Some(account) = account else { return refused(format!("there is no mint at {mint}")) };
    stablecoin::check(&account.owner, &account.data).map_err(program_refuses)?;
    Ok(account.owner)
}

/// What a change makes different, in words.
pub fn differences(change: &Change, before: &Change, kind: ChangeKind) -> Vec<String> {
    if kind != ChangeKind::Parameters {
        let name = |address: Address| match address == Address::default() {
            true => "nobody".to_owned(),
            false => address.to_string(),
        };
        return vec![format!("{} from {} to {}", kind.name(), name(before.address), name(change.address))];
    }
    let pairs = change.parameters.bounds().into_iter().zip(before.parameters.bounds());
    let changed = pairs.filter(|((_, new, ..), (_, old, ..))| new != old);
    changed.map(|((name, new, ..), (_, old, ..))| format!("{name} from {old} to {new}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use tally_client::interface::parameters::Parameters;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        _change: QueueChange,
    }

    #[test]
    fn a_change_is_of_one_kind() {
        let key = Address::new_from_array([7; 32]).to_string();
        let fine: [&[&str]; 4] = [
            &["--set", "take_bps=1", "--set", "grace=1h"],
            &["--guardian", &key],
            &["--no-guardian"],
            &["--treasury", &key],
        ];
        for line in fine {
            assert!(Line::try_parse_from([&["x"], line].concat()).is_ok(), "{line:?}");
        }
        let bad: [&[&str]; 3] =
            [&[], &["--set", "k=1", "--no-guardian"], &["--guardian", &key, "--treasury", &key]];
        for line in bad {
            assert!(Line::try_parse_from([&["x"], line].concat()).is_err(), "{line:?}");
        }
    }

    #[test]
    fn differences_name_what_changes_and_nothing_else() {
        let before = Change::parameters(Parameters::DEFAULT);
        let change = Change::parameters(Parameters { take_bps: 600, k: 2, ..Parameters::DEFAULT });
        let told = differences(&change, &before, ChangeKind::Parameters);
        assert_eq!(told, ["take_bps from 500 to 600", "k from 1 to 2"]);
        let nobody = Change::guardian(Address::default());
        let told =
            differences(&nobody, &Change::guardian(Address::new_from_array([7; 32])), ChangeKind::Guardian);
        assert!(told[0].starts_with("guardian from ") && told[0].ends_with(" to nobody"));
    }
}
