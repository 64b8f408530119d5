//! Accounts of the program as events tell them, to be put on a node and spoilt.

use indexer::fold::{Entity, Kind, ROLE_METER};
use indexer::reconcile::fields::{arbiter, is_closed, meter};
use indexer::store::{Store, Told};
use settlement_interface::Address;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter,
    Price, Provider, Totals,
};

fn bytes<T: Layout + bytemuck::Pod>(account: &T) -> Vec<u8> {
    [T::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(account)].concat()
}

/// The account's data; `None` if it is closed.
pub fn data(entity: &Entity) -> Option<Vec<u8>> {
    if is_closed(entity) == Some(true) {
        return None;
    }
    Some(match entity {
        Entity::Config(image) => bytes::<Config>(&image.account),
        Entity::Price(price) => bytes::<Price>(price),
        Entity::Totals(totals) => bytes::<Totals>(totals),
        Entity::Consumer(consumer) => bytes::<Consumer>(consumer),
        Entity::Provider(provider) => bytes::<Provider>(provider),
        Entity::Job(image) => bytes::<Job>(&image.account),
        Entity::Epoch(image) => bytes::<Epoch>(&image.account),
        Entity::Credit(image) => bytes::<Credit>(&image.account),
        Entity::Change(image) => bytes::<ConfigChange>(&image.account),
        Entity::Bid(image) => bytes::<Bid>(&image.account),
        Entity::Buyback(image) => bytes::<Buyback>(&image.account),
        Entity::Case(image) => bytes::<Case>(&image.account),
        Entity::Dispute(image) => bytes::<Dispute>(&image.account),
        Entity::ThirdParty(image) if image.role == ROLE_METER => bytes::<Meter>(&meter(image)),
        Entity::ThirdParty(image) => bytes::<Arbiter>(&arbiter(image)),
    })
}

/// Every row of an entity.
pub async fn rows(store: &Store) -> Vec<Told> {
    let mut sweep = store.sweep(0).await.unwrap();
    (sweep.kind, sweep.after) = (0, String::new());
    let addresses = store.next_in_rotation(&mut sweep, usize::MAX / 2).await.unwrap();
    store.told(&addresses).await.unwrap()
}

/// A row of this kind whose account exists.
pub fn one_of(rows: &[Told], kind: Kind) -> (Address, Vec<u8>) {
    let mut open = rows.iter().filter(|told| told.kind == kind);
    open.find_map(|told| Some((told.address, data(&told.held.entity)?))).unwrap()
}
