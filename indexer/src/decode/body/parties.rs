//! Events of consumers, providers, meters and arbiters.

use super::Field;
use serde_json::Value;
use settlement_interface::events::{
    ArbiterRegistered, Claimed, ConsumerRegistered, MeterRegistered, ProviderRegistered, ProviderUpdated,
    RebateClaimed, StakeVouched, StakeWithdrawn, Staked, StandingOfferSet, UnstakeRequested,
    UnvouchRequested, VouchedWithdrawn,
};

as_they_are! {
    ConsumerRegistered: entities, at, consumer, wallet, index;
    ProviderRegistered: entities, at, provider, authority, metadata_hash, rates, index;
    ProviderUpdated: entities, at, provider, metadata_hash, rates;
    StandingOfferSet: entities, at, provider, offer;
    Staked: entities, at, provider, from, amount, stake;
    UnstakeRequested: entities, at, provider, amount, unbonding, available_at;
    StakeWithdrawn: entities, at, provider, to, amount, stake;
    MeterRegistered: entities, at, meter, key, authority, index;
    ArbiterRegistered: entities, at, arbiter, wallet, index;
    StakeVouched: entities, at, party, from, amount, stake;
    UnvouchRequested: entities, at, party, amount, unbonding, available_at;
    VouchedWithdrawn: entities, at, party, to, amount, stake;
    Claimed: entities, at, provider, wallet, amount, minted;
    RebateClaimed: entities, at, provider, wallet, epoch, pool, amount, minted, rent_payer;
}
