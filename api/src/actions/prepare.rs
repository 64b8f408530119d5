//! From instructions to an unsigned, simulated transaction.

use super::chain::Chain;
use super::network::{because, program_refuses};
use super::price::UnitPrice;
use super::spec::{ActionTransaction, Costs, Simulation};
use crate::error::{Problem, Result};
use crate::units::sol;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use settlement_interface::Address;
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use tally_client::budget::Estimate;
use tally_client::error::{explain_to_payer, refusal};
use tally_client::pack::{MOST_BYTES, unsigned};
use tally_client::reading;

/// What a wallet is to sign and pay for.
pub struct Draft {
    /// What is done, without compute budget.
    pub instructions: Vec<Instruction>,
    /// What that is, in sentences.
    pub summary: String,
    /// Lamports of rent for the accounts that are created.
    pub rent: u64,
    /// Address of the job that is opened.
    pub job: Option<Address>,
}

/// Builds and simulates the transaction that `wallet` pays for and signs.
///
/// # Errors
/// A [`Kind::Refused`](crate::error::Kind::Refused) in the program's words if the simulation fails;
/// RPC failures before that. A node that cannot simulate is no error: the answer says so.
pub async fn prepare(
    chain: &Chain,
    wallet: &Address,
    draft: Draft,
    unit_price: UnitPrice,
) -> Result<ActionTransaction> {
    let Draft { mut instructions, summary, rent, job } = draft;
    let price = async {
        match unit_price {
            UnitPrice::Recent => chain.unit_price(&instructions).await.map(Some),
            UnitPrice::Chosen(price) => Ok(Some(price)),
            UnitPrice::Wallet => Ok(None),
        }
    };
    let (blockhash, price) = tokio::try_join!(chain.blockhash(), price)?;
    let estimate = Estimate::of(&instructions, 1, price.unwrap_or(0));
    if price.is_some() {
        instructions.splice(..0, estimate.instructions());
    }
    // Without lookup tables a message of the first form, which every wallet can read, is as good.
    let message = Message::new_with_blockhash(&instructions, Some(wallet), &blockhash);
    let transaction = unsigned(VersionedMessage::Legacy(message));
    let bytes = wincode::serialize(&transaction).map_err(Problem::internal)?;
    if bytes.len() > MOST_BYTES {
        return Err(Problem::internal(format!("a transaction of {} bytes was built", bytes.len())));
    }
    let simulation = match chain.simulate(&transaction).await {
        Ok(result) => judge(wallet, result)?,
        Err(_) => Simulation { ran: false, compute_units: None },
    };
    let verdict = match simulation.compute_units {
        Some(units) => format!("A simulation succeeded and used {units} compute units."),
        None if simulation.ran => "A simulation succeeded.".to_owned(),
        None => "It could not be simulated: check what your wallet shows before signing.".to_owned(),
    };
    let costs = Costs {
        fee: sol(estimate.lamports()),
        rent: sol(rent),
        compute_unit_limit: estimate.units,
        compute_unit_price: price,
    };
    Ok(ActionTransaction {
        kind: "transaction",
        transaction: BASE64_STANDARD.encode(bytes),
        message: format!("{summary} {} {verdict}", fee(&costs)),
        job: job.map(|job| job.to_string()),
        costs,
        simulation,
    })
}

/// What the network takes for carrying the transaction, in words.
fn fee(costs: &Costs) -> String {
    let Costs { fee, compute_unit_limit: units, .. } = costs;
    match costs.compute_unit_price {
        Some(price) => format!(
            "The network's fee is {} SOL: for one signature, and {units} compute units at {price} millionths of a lamport.",
            fee.sol
        ),
        None => format!(
            "The network's fee is {} SOL and what your wallet adds for priority; {units} compute units are enough.",
            fee.sol
        ),
    }
}

fn judge(wallet: &Address, result: reading::Simulation) -> Result<Simulation> {
    let reading::Simulation { error, units, logs } = result;
    let Some(error) = error else {
        return Ok(Simulation { ran: true, compute_units: units });
    };
    tracing::info!(%error, ?logs, "a simulation failed");
    Err(match refusal(&error) {
        Some((_, refusal)) => program_refuses(refusal),
        None => because(explain_to_payer(wallet, &error, &logs)),
    })
}
