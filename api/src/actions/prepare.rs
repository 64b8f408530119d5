//! From instructions to an unsigned, simulated transaction.

use super::chain::Chain;
use super::network::{because, program_refuses};
use super::spec::{ActionTransaction, Simulation};
use crate::error::{Problem, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use settlement_interface::Address;
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use tally_client::error::{explain_to_payer, refusal};
use tally_client::pack::{MOST_BYTES, unsigned};
use tally_client::reading;

/// Builds and simulates the transaction that `wallet` pays for and signs.
///
/// # Errors
/// A [`Kind::Refused`](crate::error::Kind::Refused) in the program's words if the simulation fails;
/// RPC failures before that. A node that cannot simulate is no error: the answer says so.
pub async fn prepare(
    chain: &Chain,
    wallet: &Address,
    instructions: &[Instruction],
    summary: String,
    job: Option<Address>,
) -> Result<ActionTransaction> {
    let blockhash = chain.blockhash().await?;
    // Without lookup tables a message of the first form, which every wallet can read, is as good.
    let message = Message::new_with_blockhash(instructions, Some(wallet), &blockhash);
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
    Ok(ActionTransaction {
        kind: "transaction",
        transaction: BASE64_STANDARD.encode(bytes),
        message: format!("{summary} {verdict}"),
        job: job.map(|job| job.to_string()),
        simulation,
    })
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
