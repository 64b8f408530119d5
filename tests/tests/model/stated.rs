//! What events say of money, beside the accounts: the balances that they state are those of the accounts after
//! the transaction, and what they say was moved is by how much the accounts' sums grew. That is of the events in
//! which money moves most; every field of every event is held against the accounts where the indexer folds
//! recordings of these markets (`recording.rs`).

use crate::market::Market;
use crate::spec::Spec;
use crate::spec::arithmetic::N;
use crate::spec::entities::{Job, Provider};
use settlement_interface::Address;
use settlement_interface::accounts::{self, Arbiter, Buyback, Meter};
use settlement_interface::events::Event;
use std::collections::BTreeMap;
use tests::World;

/// Entity and field.
type Place = (Address, &'static str);

/// Balances that an event states, by entity and name of the field.
fn balances(event: &Event) -> Vec<(Place, u64)> {
    let of = |entity: Address, fields: &[(&'static str, u64)]| -> Vec<_> {
        fields.iter().map(|(field, stated)| ((entity, *field), *stated)).collect()
    };
    match event {
        Event::ReceiptAccepted(said) => of(
            said.job,
            &[
                ("receipts", said.index),
                ("units", said.units),
                ("accepted", said.accepted),
                ("outstanding", said.outstanding),
            ],
        ),
        Event::BatchAccepted(said) => {
            let jobs = said.entities.iter().zip(&said.entries);
            jobs.flat_map(|(touched, entry)| {
                of(
                    touched.entity,
                    &[
                        ("receipts", entry.index),
                        ("units", entry.units),
                        ("accepted", entry.accepted),
                        ("outstanding", entry.outstanding),
                    ],
                )
            })
            .collect()
        }
        Event::Converted(said) => [
            of(said.job, &[("escrow", said.escrow), ("outstanding", said.outstanding)]),
            of(said.provider, &[("claimable", said.claimable)]),
        ]
        .concat(),
        Event::StableSettled(said) => of(
            said.job,
            &[
                ("escrow", said.escrow),
                ("outstanding", said.outstanding),
                ("settled", said.settled),
                ("take", said.take),
            ],
        ),
        Event::PendingMoved(said) => of(said.job, &[("old", said.old.usd), ("young", said.young.usd)]),
        Event::JobOpened(said) => of(said.job, &[("escrow", said.escrow)]),
        Event::JobToppedUp(said) => of(said.job, &[("escrow", said.escrow), ("budget", said.budget)]),
        Event::JobAccepted(said) => [
            of(said.job, &[("escrow", said.escrow), ("bond", said.bond), ("budget", said.budget)]),
            of(said.provider, &[("locked", said.provider_locked)]),
        ]
        .concat(),
        Event::BidPlaced(said) => of(said.provider, &[("locked", said.provider_locked)]),
        Event::BidWithdrawn(said) => of(said.provider, &[("locked", said.provider_locked)]),
        Event::BondToppedUp(said) => [
            of(said.job, &[("bond", said.bond), ("bonded escrow", said.bonded_escrow)]),
            of(said.provider, &[("locked", said.provider_locked)]),
        ]
        .concat(),
        Event::JobHeld(said) => of(said.job, &[("outstanding", said.outstanding)]),
        Event::JobSettling(said) => of(said.job, &[("outstanding", said.outstanding)]),
        Event::JobFailed(said) => {
            [of(said.job, &[("bond", 0)]), of(said.provider, &[("stake", said.stake)])].concat()
        }
        Event::CaseUpheld(said) => {
            [of(said.job, &[("bond", said.bond)]), of(said.provider, &[("stake", said.stake)])].concat()
        }
        Event::ServiceCredited(said) => {
            [of(said.job, &[("bond", said.bond)]), of(said.provider, &[("stake", said.stake)])].concat()
        }
        Event::CaseOpened(said) => of(said.meter, &[("stake", said.meter_stake)]),
        Event::CaseAnswered(said) => of(said.meter, &[("stake", said.meter_stake)]),
        Event::Staked(said) => of(said.provider, &[("stake", said.stake)]),
        Event::UnstakeRequested(said) => of(said.provider, &[("unbonding", said.unbonding)]),
        Event::StakeWithdrawn(said) => of(said.provider, &[("stake", said.stake), ("unbonding", 0)]),
        Event::StakeVouched(said) => of(said.party, &[("stake", said.stake)]),
        Event::UnvouchRequested(said) => of(said.party, &[("unbonding", said.unbonding)]),
        Event::VouchedWithdrawn(said) => of(said.party, &[("stake", said.stake), ("unbonding", 0)]),
        Event::Claimed(said) => of(said.provider, &[("minted", said.minted), ("claimable", 0)]),
        Event::RebateClaimed(said) => of(said.provider, &[("minted", said.minted)]),
        Event::BuybackTicked(said) => of(said.entities[0].entity, &[("lot", said.lot), ("left", said.left)]),
        Event::BuybackFilled(said) => of(
            said.entities[0].entity,
            &[
                ("lot", said.lot),
                ("left", said.left),
                ("sold", said.total_sold),
                ("burned", said.total_burned),
            ],
        ),
        _ => Vec::new(),
    }
}

/// A balance of an account by the name that this file gives it; nothing once the account is closed.
fn held(world: &World, (entity, field): Place) -> Option<u64> {
    let unnamed = || panic!("no balance of {entity} is called {field}");
    if let Some(job) = world.get::<accounts::Job>(&entity) {
        return Some(match field {
            "receipts" => job.receipts,
            "units" => job.units,
            "accepted" => job.accepted,
            "outstanding" => job.outstanding().unwrap(),
            "escrow" => job.escrow,
            "budget" => job.terms.order.budget,
            "settled" => job.settled,
            "take" => job.take,
            "bond" => job.bond,
            "bonded escrow" => job.bonded_escrow,
            "old" => job.pending[0].usd,
            "young" => job.pending[1].usd,
            _ => unnamed(),
        });
    }
    if let Some(provider) = world.get::<accounts::Provider>(&entity) {
        return Some(match field {
            "stake" => provider.stake,
            "locked" => provider.locked,
            "unbonding" => provider.unbonding,
            "claimable" => provider.claimable,
            "minted" => provider.minted,
            _ => unnamed(),
        });
    }
    if let Some(buyback) = world.get::<Buyback>(&entity) {
        return Some(match field {
            "lot" => buyback.lot,
            "left" => buyback.left,
            "sold" => buyback.sold,
            "burned" => buyback.burned,
            _ => unnamed(),
        });
    }
    let meter = world.get::<Meter>(&entity).map(|meter| meter.vouched);
    let vouched = meter.or_else(|| world.get::<Arbiter>(&entity).map(|arbiter| arbiter.vouched))?;
    Some(match field {
        "stake" => vouched.stake,
        "unbonding" => vouched.unbonding,
        _ => unnamed(),
    })
}

/// What an event says was moved, by entity and name of the sum that it is added to.
fn moved(event: &Event) -> Vec<(Place, u64)> {
    match event {
        Event::Converted(said) => vec![
            ((said.job, "burned"), said.burned),
            ((said.job, "settled"), said.usd),
            ((said.job, "take"), said.take),
            ((said.job, "earned"), said.earned),
            ((said.provider, "earned"), said.earned),
            ((said.provider, "burned"), said.burned),
        ],
        Event::StableSettled(said) => vec![
            ((said.job, "settled"), said.usd),
            ((said.job, "earned"), said.earned),
            ((said.job, "take"), said.buyback + said.treasury),
        ],
        Event::JobClosed(said) => vec![
            ((said.job, "settled"), said.in_kind_usd),
            ((said.job, "burned"), said.in_kind_burned),
            ((said.job, "take"), said.in_kind_burned),
        ],
        Event::JobFailed(said) => vec![((said.provider, "slashed"), said.slashed)],
        Event::CaseUpheld(said) => vec![((said.provider, "slashed"), said.slashed)],
        Event::ServiceCredited(said) => vec![((said.provider, "slashed"), said.slashed)],
        Event::DisputeResolved(said) => vec![((said.provider, "slashed"), said.slashed)],
        Event::Claimed(said) => vec![((said.provider, "minted"), said.amount)],
        Event::RebateClaimed(said) => vec![((said.provider, "minted"), said.amount)],
        _ => Vec::new(),
    }
}

/// The sums of a job that [`moved`] names.
fn sums_of_job(job: &Job) -> [(&'static str, N); 4] {
    [("burned", job.burned), ("settled", job.settled), ("take", job.take), ("earned", job.earned)]
}

/// The same of a provider.
fn sums_of_provider(provider: &Provider) -> [(&'static str, N); 4] {
    [
        ("earned", provider.earned),
        ("burned", provider.burned),
        ("minted", provider.minted),
        ("slashed", provider.slashed),
    ]
}

impl Market {
    /// Holds what events say against what was before and what is now, of which the accounts are known to agree
    /// with the model.
    pub fn stated(&self, before: &Spec, events: &[Event]) {
        let (mut stated, mut grown) = (BTreeMap::new(), BTreeMap::<Place, N>::new());
        for event in events {
            // What a later event may have changed without saying so is not compared.
            let touched: Vec<_> = event.touched().map(|touched| touched.entity).collect();
            stated.retain(|(entity, _), _| !touched.contains(entity));
            stated.extend(balances(event).into_iter().map(|(place, said)| (place, (said, event.name()))));
            for (place, amount) in moved(event) {
                *grown.entry(place).or_default() += N::from(amount);
            }
        }
        for (place, (said, name)) in stated {
            let found = held(&self.world, place);
            assert!(
                found.is_none_or(|found| found == said),
                "{name} says {said} of {place:?}, which has {found:?}\n{}",
                self.history()
            );
        }
        let grew = |address: &Address, now: [(&'static str, N); 4], was: Option<[(&'static str, N); 4]>| {
            for (place, (field, sum)) in now.into_iter().enumerate() {
                let by = sum - was.map_or(0, |was| was[place].1);
                let said = grown.get(&(*address, field)).copied().unwrap_or(0);
                assert_eq!(
                    by,
                    said,
                    "{field} of {address} grew, and what events say of it\n{}",
                    self.history()
                );
            }
        };
        for (address, job) in &self.spec.jobs {
            grew(address, sums_of_job(job), before.jobs.get(address).map(sums_of_job));
        }
        for (address, provider) in &self.spec.providers {
            let was = before.providers.get(address).map(sums_of_provider);
            grew(address, sums_of_provider(provider), was);
        }
    }
}
