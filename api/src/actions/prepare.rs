//! From a draft to an unsigned transaction: compiled, simulated, held against what it is said to move and, if whoever
//! asks has stated one, against a limit.

use super::check::{self, Changes, Excess};
use super::desk::Desk;
use super::draft::Draft;
use super::limit::{Limit, Spending};
use super::moves::{Asset, Bound, Move};
use super::price::UnitPrice;
use super::refusal::{because, program_refuses, refused};
use super::spec::{ActionTransaction, BalanceChange, Costs, Expires, Simulation};
use crate::error::{Kind, Problem, Result};
use crate::units::sol;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use settlement_interface::Address;
use solana_instruction::Instruction;
use solana_message::{Message, VersionedMessage};
use std::collections::BTreeSet;
use tally_client::budget::Estimate;
use tally_client::error::{explain_to_payer, refusal};
use tally_client::pack::{MOST_BYTES, unsigned};
use tally_client::reading::{self, Account};

/// Builds and simulates the transaction that the desk's wallet pays for and signs; with it what it takes of a limit, if
/// there is one.
///
/// # Errors
/// [`Kind::SpendingLimit`] if it moves more than the limit allows, [`Kind::Refused`] in the program's words if the
/// simulation fails, [`Kind::SimulationDisagrees`] if it takes more than the draft says, [`Kind::RpcUnavailable`]: what
/// cannot be simulated is not handed out.
pub async fn prepare(
    desk: &Desk<'_>,
    draft: Draft,
    unit_price: UnitPrice,
    limit: Option<&Limit>,
) -> Result<(ActionTransaction, Option<Spending>)> {
    let (chain, wallet) = (desk.chain, &desk.wallet);
    let rent = draft.rent(wallet);
    let Draft { mut instructions, mut says, mut moves, job, price: valued, fixed } = draft;
    if fixed && unit_price == UnitPrice::Wallet {
        return Err(refused(
            "This transaction's instructions name each other by their place, which a wallet changes that adds its own \
             compute budget; leave compute_unit_price out, or give a number.",
        ));
    }
    let written = written(wallet, &instructions);
    let price = async {
        match unit_price {
            UnitPrice::Recent => chain.unit_price(&instructions).await.map(Some),
            UnitPrice::Chosen(price) => Ok(Some(price)),
            UnitPrice::Wallet => Ok(None),
        }
    };
    let (recent, price, before) = tokio::try_join!(chain.recent(), price, chain.accounts(&written))?;
    let estimate = Estimate::of(&instructions, 1, price.unwrap_or(0));
    if price.is_some() {
        instructions.splice(..0, estimate.instructions());
    }
    // Without lookup tables a message of the first form, which every wallet can read, is as good.
    let message = Message::new_with_blockhash(&instructions, Some(wallet), &recent.blockhash);
    let transaction = unsigned(VersionedMessage::Legacy(message));
    let bytes = wincode::serialize(&transaction).map_err(Problem::internal)?;
    if bytes.len() > MOST_BYTES {
        return Err(refused(format!(
            "The transaction would have {} bytes, and {MOST_BYTES} are the most; ask for less at once.",
            bytes.len()
        )));
    }
    let costs = Costs {
        fee: sol(estimate.lamports()),
        rent: sol(rent),
        compute_unit_limit: estimate.units,
        compute_unit_price: price,
    };
    moves.push(fee(wallet, &estimate, price));
    let spending = limit.map(|limit| limit.hold(wallet, &moves, valued.as_ref())).transpose()?;
    let simulated = chain.simulate(&transaction, &written).await?;
    let simulation = judge(wallet, &moves, &written, &before, simulated)?;
    says.push(told(&costs, estimate.signatures));
    says.push(match simulation.compute_units {
        Some(units) => format!("A simulation succeeded and used {units} compute units."),
        None => "A simulation succeeded.".to_owned(),
    });
    let prepared = ActionTransaction {
        kind: "transaction",
        transaction: BASE64_STANDARD.encode(bytes),
        message: says.join(" "),
        job: job.map(|job| job.to_string()),
        moves: moves.iter().map(Move::told).collect(),
        costs,
        simulation,
        expires: Expires { block_height: recent.last_height, blockhash: recent.blockhash.to_string() },
    };
    Ok((prepared, spending))
}

/// Every account that the transaction may change, each once.
fn written(wallet: &Address, instructions: &[Instruction]) -> Vec<Address> {
    let metas = instructions.iter().flat_map(|one| &one.accounts).filter(|meta| meta.is_writable);
    let all: BTreeSet<Address> = metas.map(|meta| meta.pubkey).chain([*wallet]).collect();
    all.into_iter().collect()
}

/// The network's fee, as a move.
fn fee(wallet: &Address, estimate: &Estimate, price: Option<u64>) -> Move {
    match price {
        Some(_) => Move::fee(estimate.lamports(), *wallet, "the network's fee"),
        None => {
            Move::fee(estimate.lamports(), *wallet, "the network's fee; what your wallet adds comes on top")
                .bound(Bound::Least)
        }
    }
}

/// What the network takes for carrying the transaction, in words.
fn told(costs: &Costs, signatures: u64) -> String {
    let Costs { fee, compute_unit_limit: units, .. } = costs;
    let signatures =
        if signatures == 1 { "one signature".to_owned() } else { format!("{signatures} signatures") };
    match costs.compute_unit_price {
        Some(price) => format!(
            "The network's fee is {} SOL: for {signatures}, and {units} compute units at {price} millionths of a lamport.",
            fee.sol
        ),
        None => format!(
            "The network's fee is {} SOL and what your wallet adds for priority; {units} compute units are enough.",
            fee.sol
        ),
    }
}

/// What the simulation said; refused if it failed, or took more than the moves say.
fn judge(
    wallet: &Address,
    moves: &[Move],
    written: &[Address],
    before: &[Option<Account>],
    simulated: reading::Simulation,
) -> Result<Simulation> {
    let reading::Simulation { error, units, logs, slot, accounts } = simulated;
    if let Some(error) = error {
        tracing::info!(%error, ?logs, "a simulation failed");
        return Err(match refusal(&error) {
            Some((_, refusal)) => program_refuses(refusal),
            None => because(explain_to_payer(wallet, &error, &logs)),
        });
    }
    if accounts.len() != written.len() {
        tracing::warn!("the RPC node does not tell what accounts would become");
        return Err(Problem::new(
            Kind::RpcUnavailable,
            "The Solana RPC node did not tell what balances would become, so that no transaction is handed out.",
        ));
    }
    let changes = check::changes(wallet, written, before, &accounts);
    let changes = changes.and_then(|changes| check::hold(wallet, moves, &changes).map(|()| changes));
    match changes {
        Ok(changes) => Ok(Simulation { slot, compute_units: units, changes: shown(moves, &changes) }),
        Err(Excess(why)) => {
            tracing::error!(%wallet, %why, ?moves, "a simulation moves more than was said");
            Err(Problem::new(
                Kind::SimulationDisagrees,
                format!(
                    "A simulation of this transaction {why}. It is not handed out. If something else uses this wallet \
                     at the moment, try again; otherwise report it."
                ),
            ))
        }
    }
}

/// Changes of what the moves are about.
fn shown(moves: &[Move], changes: &Changes) -> Vec<BalanceChange> {
    let known = |mint: &Option<Address>| -> Option<Asset> {
        moves.iter().map(|it| it.asset).find(|asset| asset.mint() == *mint)
    };
    let shown = changes.iter().filter(|(_, change)| **change != 0).filter_map(|(mint, change)| {
        let asset = known(mint)?;
        let mint = mint.map(|mint| mint.to_string());
        Some(BalanceChange { token: asset.name(), mint, amount: asset.amount(*change) })
    });
    shown.collect()
}
