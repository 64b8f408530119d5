//! Random markets that the compiled program ran (`tests/tests/model/recording.rs` wrote them down), folded: the
//! events alone must lead to every field of every account.

use super::support::recording::{Recording, recordings};
use indexer::decode::decode;
use indexer::fold::{Kind, Readiness, World, apply, readiness};
use indexer::reconcile::fields::beside;
use serde_json::Value;
use settlement_interface::Address;
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

#[test]
fn the_events_of_a_market_lead_to_every_field_of_its_accounts() {
    let mut kinds = BTreeSet::new();
    for market in recordings("markets", "model") {
        let (name, world) = (&market.name, folded(&market));
        for (address, data) in market.told["accounts"].as_object().unwrap() {
            let address: Address = address.parse().unwrap();
            let held = world.get(&address).unwrap_or_else(|| panic!("{name}: nothing tells of {address}"));
            let beside = beside(&held.entity, &bytes(data));
            let beside = beside.unwrap_or_else(|| panic!("{name}: {address} is of another kind"));
            assert_eq!(beside.differing, [], "{name}: {address}");
            assert_eq!(beside.sequence, held.entity.sequence(), "{name}: {address}");
            kinds.insert(held.entity.kind());
        }
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "no market has a {missing:?} at its end");
}
