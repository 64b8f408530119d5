//! What must hold before anything changes, and the shared ways to check it. A guard never writes,
//! except those in [`epoch`], which open an account that is missing.

pub mod epoch;
pub mod evidence;
pub mod meter;
pub mod oracle;
pub mod receipt;
pub mod stable_mint;
pub mod token;

use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, JobState, Provider};
use settlement_interface::{SettlementError, accounts::Job};

/// Unix seconds of the cluster and the slot.
pub fn now() -> Result<(i64, u64)> {
    let clock = Clock::get()?;
    require!(clock.unix_timestamp > 0, SettlementError::ClockBeforeGenesis);
    Ok((clock.unix_timestamp, clock.slot))
}

/// Refuses while opening and accepting is paused.
pub fn not_paused(config: &Config, now: i64) -> Result<()> {
    require!(!config.is_paused(now), SettlementError::Paused);
    Ok(())
}

/// Refuses another address than the one expected.
#[inline(always)]
pub fn same(found: &Address, expected: &Address, otherwise: SettlementError) -> Result<()> {
    if anchor_lang::address_eq(found, expected) { Ok(()) } else { Err(otherwise.into()) }
}

/// Refuses a job in any other state.
#[inline(always)]
pub fn in_state(job: &Job, state: JobState) -> Result<()> {
    require!(job.state == state as u8, SettlementError::WrongState);
    Ok(())
}

/// Refuses another provider than the job's; an auction without a winner has none, and none is passed.
#[inline(always)]
pub fn names(job: &Job, provider: &Option<Account<Provider>>) -> Result<()> {
    let nobody = Address::default();
    let found = provider.as_ref().map_or(&nobody, |provider| provider.address());
    same(found, &job.terms.provider, SettlementError::WrongProvider)
}

/// The provider of a job that has one.
#[inline(always)]
pub fn present(provider: &mut Option<Account<Provider>>) -> Result<&mut Account<Provider>> {
    provider.as_mut().ok_or(SettlementError::WrongProvider.into())
}

/// An amount that could not be represented.
#[inline(always)]
pub fn whole<T>(amount: Option<T>) -> Result<T> {
    amount.ok_or(SettlementError::Arithmetic.into())
}

/// Adds to a figure, or refuses.
#[inline(always)]
pub fn add(figure: &mut u64, amount: u64) -> Result<()> {
    *figure = whole(figure.checked_add(amount))?;
    Ok(())
}

/// Takes from a figure, or refuses.
#[inline(always)]
pub fn take(figure: &mut u64, amount: u64) -> Result<()> {
    *figure = whole(figure.checked_sub(amount))?;
    Ok(())
}
