//! For third parties: meters, which count what is worked, and arbiters, who rule on disputes. Both vouch
//! with tokens at stake, by the same commands.

mod accept_batch;
mod close_table;
mod make_table;
mod register_arbiter;
mod register_meter;
mod show;
mod sign_absence;
mod sign_batch;
mod unvouch;
mod vouch;
mod withdraw;

use super::consumer::sign_receipt;
use crate::arguments::Key;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Done, answer, carry_out};
use tally_client::interface::accounts::{Arbiter, Meter, Vouched};
use tally_client::interface::{Address, pda};

/// What a meter does.
#[derive(Debug, clap::Subcommand)]
pub enum MeterCommand {
    /// Register a key that signs receipts, with the wallet that stakes for it
    Register(register_meter::Register),
    /// Show a meter: stake and record
    Show(show::ShowMeter),
    /// Put tokens at stake for a meter
    Vouch(vouch::VouchMeter),
    /// Ask tokens back; they can be withdrawn after the unbonding time
    Unvouch(unvouch::UnvouchMeter),
    /// Pay out what has unbonded
    WithdrawVouched(withdraw::WithdrawMeter),
    /// Sign a receipt of one job with the meter's key
    SignReceipt(sign_receipt::SignReceipt),
    /// Sign that a provider was absent
    SignAbsence(sign_absence::SignAbsence),
    /// Sign receipts of many jobs at once
    SignBatch(sign_batch::SignBatch),
    /// Have receipts of many jobs accepted; anyone
    AcceptBatch(accept_batch::AcceptBatch),
    /// Make a lookup table of jobs, by which up to 56 fit one batch
    MakeTable(make_table::MakeTable),
    /// Take a lookup table out of use, and later close it, for the rent that it holds
    CloseTable(close_table::CloseTable),
}

/// What an arbiter does; it rules with "tally case rule".
#[derive(Debug, clap::Subcommand)]
pub enum ArbiterCommand {
    /// Register the key's wallet as an arbiter
    Register(register_arbiter::Register),
    /// Show an arbiter: stake and record
    Show(show::ShowArbiter),
    /// Put tokens at stake for an arbiter
    Vouch(vouch::VouchArbiter),
    /// Ask tokens back; they can be withdrawn after the unbonding time
    Unvouch(unvouch::UnvouchArbiter),
    /// Pay out what has unbonded
    WithdrawVouched(withdraw::WithdrawArbiter),
}

/// Carries a meter's command out.
pub async fn dispatch_meter(context: &Context, command: &MeterCommand) -> Result<Done> {
    match command {
        MeterCommand::Register(it) => carry_out(context, "meter register", it).await,
        MeterCommand::Show(it) => answer(context, it).await,
        MeterCommand::Vouch(it) => carry_out(context, "meter vouch", it).await,
        MeterCommand::Unvouch(it) => carry_out(context, "meter unvouch", it).await,
        MeterCommand::WithdrawVouched(it) => carry_out(context, "meter withdraw-vouched", it).await,
        MeterCommand::SignReceipt(it) => answer(context, it).await,
        MeterCommand::SignAbsence(it) => answer(context, it).await,
        MeterCommand::SignBatch(it) => answer(context, it).await,
        MeterCommand::AcceptBatch(it) => carry_out(context, "meter accept-batch", it).await,
        MeterCommand::MakeTable(it) => carry_out(context, "meter make-table", it).await,
        MeterCommand::CloseTable(it) => carry_out(context, "meter close-table", it).await,
    }
}

/// Carries an arbiter's command out.
pub async fn dispatch_arbiter(context: &Context, command: &ArbiterCommand) -> Result<Done> {
    match command {
        ArbiterCommand::Register(it) => carry_out(context, "arbiter register", it).await,
        ArbiterCommand::Show(it) => answer(context, it).await,
        ArbiterCommand::Vouch(it) => carry_out(context, "arbiter vouch", it).await,
        ArbiterCommand::Unvouch(it) => carry_out(context, "arbiter unvouch", it).await,
        ArbiterCommand::WithdrawVouched(it) => carry_out(context, "arbiter withdraw-vouched", it).await,
    }
}

/// A third party as its stake is concerned.
struct Vouching {
    /// Its account.
    address: Address,
    /// Wallet that stakes for it and is paid.
    wallet: Address,
    /// What it has at stake.
    vouched: Vouched,
    /// A word for it.
    name: &'static str,
}

/// A meter by its key.
async fn meter(context: &Context, key: &Address) -> Result<(Meter, Vouching)> {
    let address = pda::meter(key);
    let Some(meter) = context.read::<Meter>(&address).await? else {
        return refused(format!("no meter is registered whose key is {key}; see \"tally meter register\""));
    };
    let vouching = Vouching { address, wallet: meter.authority, vouched: meter.vouched, name: "meter" };
    Ok((meter, vouching))
}

/// An arbiter by its wallet, the acting key's own if none is named.
async fn arbiter(context: &Context, wallet: Option<Key>) -> Result<(Arbiter, Vouching)> {
    let wallet = match wallet {
        Some(Key(wallet)) => wallet,
        None => context.owner()?,
    };
    let address = pda::arbiter(&wallet);
    let Some(arbiter) = context.read::<Arbiter>(&address).await? else {
        return refused(format!("{wallet} is not registered as an arbiter; see \"tally arbiter register\""));
    };
    let vouching = Vouching { address, wallet, vouched: arbiter.vouched, name: "arbiter" };
    Ok((arbiter, vouching))
}
