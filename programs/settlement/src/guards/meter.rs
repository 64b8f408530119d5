//! The third party that an order names as its meter.

use super::{same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Meter};
use settlement_interface::pda::SYSTEM_PROGRAM;
use settlement_interface::terms::{METER_REGISTERED, Order};

/// The wallet behind an order's registered meter, which must have the network's bond at stake, locked or
/// not: else any open case, of whoever's making, would keep it from all new jobs; the
/// default address for a session key, with which the system program is passed in the meter's place.
pub fn authority(account: &UncheckedAccount, order: &Order, config: &Config) -> Result<Address> {
    if order.meter_kind != METER_REGISTERED {
        same(account.address(), &SYSTEM_PROGRAM, SettlementError::WrongMeter)?;
        return Ok(Address::default());
    }
    require!(account.account().owned_by(&crate::ID), SettlementError::WrongMeter);
    let meter = Account::<Meter>::load(*account.account()).map_err(|_| SettlementError::WrongMeter)?;
    same(&meter.key, &order.meter, SettlementError::WrongMeter)?;
    let bonded = whole(meter.vouched.bonded())?;
    require!(bonded >= config.parameters.meter_bond, SettlementError::MeterUnbonded);
    Ok(meter.authority)
}

/// Refuses a party whose key is the order's meter or the wallet behind it. For the consumer only where
/// the meter is registered: a session key is the consumer's by nature.
pub fn is_not(party: &Address, order: &Order, authority: &Address) -> Result<()> {
    require!(*party != order.meter && party != authority, SettlementError::MeterIsParty);
    Ok(())
}
