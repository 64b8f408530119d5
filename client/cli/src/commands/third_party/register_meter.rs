//! Registering a meter. Signed by the key that will sign receipts, and by the wallet that stakes for it.

use crate::context::{Context, load};
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use solana_signer::Signer;
use tally_client::interface::accounts::{Layout, Meter};
use tally_client::interface::pda;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Register {
    /// Key file of the key that will sign receipts, and nothing else
    #[arg(long, value_name = "FILE")]
    meter_key: String,
}

impl Doing for Register {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let key = load(&self.meter_key)?;
        let facts = context.facts().await?;
        let (owner, address) = (context.owner()?, pda::meter(&key.pubkey()));
        if key.pubkey() == owner {
            return refused(
                "the meter's key must not be the wallet that stakes for it; make one with solana-keygen new",
            );
        }
        if let Some(found) = context.read::<Meter>(&address).await? {
            return refused(format!(
                "{} is registered already, with {} staking for it",
                found.key, found.authority
            ));
        }
        let register = facts.network().register_meter(&context.payer()?, &key.pubkey(), &owner);
        let record = Record::new().text("meter", address).text("key", key.pubkey()).text("authority", owner);
        Ok(Plan::new(vec![register])
            .say(format!("Registers {} as a meter for which {owner} stakes, for good.", key.pubkey()))
            .say(format!(
                "Jobs can name it once {} are at stake (tally meter vouch). The rent stays in the account.",
                facts.compute().say(facts.config.parameters.meter_bond)
            ))
            .figures(record)
            .signed_by(key)
            .creates("meter account", Meter::LEN))
    }
}
