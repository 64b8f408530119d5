//! Random markets that the compiled program ran (`tests/tests/model/recording.rs` wrote them down), folded: the
//! events alone must lead to every field of every account.

use super::support::recording::{Recording, recordings};
use bytemuck::Zeroable;
use indexer::decode::decode;
use indexer::fold::{Entity, Kind, ROLE_METER, Readiness, ThirdPartyImage, World, apply, readiness};
use serde_json::Value;
use settlement_interface::Address;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter,
    Price, Provider, Totals,
};
use std::collections::BTreeSet;

fn bytes(told: &Value) -> Vec<u8> {
    hex::decode(told.as_str().unwrap()).unwrap()
}

/// Everything that the events tell, applied one after the other.
fn folded(market: &Recording) -> World {
    let mut world = World::default();
    for placed in market.blocks().into_iter().flat_map(|block| decode(block).events) {
        assert_eq!(readiness(&world, &placed.event), Readiness::Ready, "{placed:?}");
        if let Err(contradiction) = apply(&mut world, &placed) {
            panic!("{contradiction}: {placed:?}");
        }
    }
    world
}

/// What the events tell of an account, beside what is there. Not told are bumps, which follow from addresses, and
/// what is named here.
fn beside(entity: &Entity, data: &[u8]) -> (String, String) {
    macro_rules! account {
        ($told:expr, $kind:ident, $($untold:ident),*) => {{
            let found = $kind::read(data).expect("an account of the kind that its events tell");
            let told = $kind { $($untold: found.$untold,)* ..$told };
            (format!("{told:#?}"), format!("{found:#?}"))
        }};
    }
    match entity {
        // The ring of past pauses: each is told by its own event.
        Entity::Config(image) => {
            account!(image.account, Config, bump, stake_vault_bump, buyback_vault_bump, pauses)
        }
        Entity::Price(told) => account!(**told, Price, bump),
        Entity::Totals(told) => account!(**told, Totals, bump),
        Entity::Consumer(told) => account!(**told, Consumer, bump),
        Entity::Provider(told) => account!(**told, Provider, bump),
        // The meter's wallet is told when the meter registers.
        Entity::Job(image) => account!(image.account, Job, bump, vault_bump, meter_authority),
        Entity::Epoch(image) => account!(image.account, Epoch, bump),
        Entity::Credit(image) => account!(image.account, Credit, bump),
        Entity::Change(image) => account!(image.account, ConfigChange, bump),
        Entity::Bid(image) => account!(image.account, Bid, bump),
        Entity::Buyback(image) => account!(image.account, Buyback, bump),
        Entity::Case(image) => account!(image.account, Case, bump),
        Entity::Dispute(image) => account!(image.account, Dispute, bump),
        Entity::ThirdParty(image) => {
            let ThirdPartyImage { key, wallet, vouched, index, registered_at, sequence, .. } = **image;
            let ThirdPartyImage { upheld, overturned, rulings, .. } = **image;
            if image.role == ROLE_METER {
                let told = Meter {
                    authority: wallet,
                    key,
                    vouched,
                    index,
                    registered_at,
                    upheld,
                    overturned,
                    sequence,
                    ..Meter::zeroed()
                };
                account!(told, Meter, bump)
            } else {
                let told =
                    Arbiter { wallet, vouched, index, registered_at, rulings, sequence, ..Arbiter::zeroed() };
                account!(told, Arbiter, bump)
            }
        }
    }
}

#[test]
fn the_events_of_a_market_lead_to_every_field_of_its_accounts() {
    let mut kinds = BTreeSet::new();
    for market in recordings("markets", "model") {
        let (name, world) = (&market.name, folded(&market));
        for (address, data) in market.told["accounts"].as_object().unwrap() {
            let address: Address = address.parse().unwrap();
            let held = world.get(&address).unwrap_or_else(|| panic!("{name}: nothing tells of {address}"));
            let (told, found) = beside(&held.entity, &bytes(data));
            assert_eq!(told, found, "{name}: {address}");
            kinds.insert(held.entity.kind());
        }
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "no market has a {missing:?} at its end");
}
