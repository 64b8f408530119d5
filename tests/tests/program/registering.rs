//! Consumers and providers come to be.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Consumer, Provider, RATES, RateEntry};
use settlement_interface::events::{ConsumerRegistered, Event, ProviderRegistered, ProviderUpdated};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{Actors, World, touched};

const NO_RATES: [RateEntry; RATES] = [RateEntry { rate: 0, hardware: 0, reserved: [0; 6] }; RATES];

fn rates(entries: &[(u64, u16)]) -> [RateEntry; RATES] {
    let mut all = NO_RATES;
    for (place, (rate, hardware)) in all.iter_mut().zip(entries) {
        (place.rate, place.hardware) = (*rate, *hardware);
    }
    all
}

#[test]
fn anyone_registers_a_wallet_as_consumer_once() {
    let mut world = World::new();
    let bank = world.bank.pubkey();
    for index in 0..2 {
        let wallet = world.wallet().pubkey();
        let register = world.network.register_consumer(&bank, &wallet);
        let sent = world.must(std::slice::from_ref(&register), &[]);
        let consumer = pda::consumer(&wallet);
        let expected = ConsumerRegistered {
            entities: [touched(&pda::config(), 2 + index), touched(&consumer, 1)],
            at: world.now(),
            consumer,
            wallet,
            index,
        };
        assert_eq!(sent.events, [Event::ConsumerRegistered(Box::new(expected))]);
        assert_eq!(world.config().consumers, index + 1);
        let state: Consumer = world.read(&consumer);
        assert_eq!((state.wallet, state.index, state.next_nonce), (wallet, index, 0));
        assert_eq!(state.registered_at, world.now());
        world.rejected(&[register], &[]);
    }
}

#[test]
fn a_provider_registers_itself_once() {
    let mut world = World::new();
    let (bank, authority) = (world.bank.pubkey(), world.wallet());
    let card = rates(&[(2_000_000, 1), (3_000_000, 2)]);
    let register = world.network.register_provider(&bank, &authority.pubkey(), &[7; 32], &card);
    let sent = world.must(std::slice::from_ref(&register), &[&authority]);
    let provider = pda::provider(&authority.pubkey());
    let expected = ProviderRegistered {
        entities: [touched(&pda::config(), 2), touched(&provider, 1)],
        at: world.now(),
        provider,
        authority: authority.pubkey(),
        metadata_hash: [7; 32],
        rates: card,
        index: 0,
    };
    assert_eq!(sent.events, [Event::ProviderRegistered(Box::new(expected))]);
    let state: Provider = world.read(&provider);
    assert_eq!((state.authority, state.metadata_hash, state.rates), (authority.pubkey(), [7; 32], card));
    assert_eq!((state.stake, state.decayed_at, world.config().providers), (0, world.now(), 1));
    world.rejected(&[register], &[&authority]);
}

#[test]
fn lamports_sent_to_a_consumer_or_provider_before_it_exists_change_nothing() {
    let mut world = World::new();
    let (bank, authority) = (world.bank.pubkey(), world.wallet());
    let key = authority.pubkey();
    for address in [pda::consumer(&key), pda::provider(&key)] {
        world.svm.airdrop(&address, 1_000_000).unwrap();
    }
    world.must(&[world.network.register_consumer(&bank, &key)], &[]);
    world.must(&[world.network.register_provider(&bank, &key, &[0; 32], &NO_RATES)], &[&authority]);
    assert_eq!(world.read::<Consumer>(&pda::consumer(&key)).wallet, key);
    assert_eq!(world.read::<Provider>(&pda::provider(&key)).authority, key);
}

#[test]
fn a_provider_replaces_its_description_and_rates() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let provider = actors.provider_address();
    let card = rates(&[(1, 0), (u64::MAX, u16::MAX), (5, 1), (5, 2), (5, 3), (5, 4), (5, 5), (5, 6)]);
    let update = world.network.update_provider(&actors.provider.pubkey(), &[8; 32], &card);
    let sent = world.must(&[update], &[&actors.provider]);
    let expected = ProviderUpdated {
        entities: [touched(&provider, 3)],
        at: world.now(),
        provider,
        metadata_hash: [8; 32],
        rates: card,
    };
    assert_eq!(sent.events, [Event::ProviderUpdated(Box::new(expected))]);
    assert_eq!(world.read::<Provider>(&provider).rates, card);
}

#[test]
fn a_rate_card_names_each_hardware_once_and_leaves_unused_places_zero() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let stranger = world.wallet();
    let bank = world.bank.pubkey();
    let mut reserved = rates(&[(5, 1)]);
    reserved[0].reserved[5] = 1;
    for card in [rates(&[(5, 1), (6, 1)]), rates(&[(5, 0), (6, 2), (7, 0)]), rates(&[(0, 1)]), reserved] {
        let update = world.network.update_provider(&actors.provider.pubkey(), &[8; 32], &card);
        world.refused(&[update], &[&actors.provider], E::TooManyRates);
        let register = world.network.register_provider(&bank, &stranger.pubkey(), &[8; 32], &card);
        world.refused(&[register], &[&stranger], E::TooManyRates);
    }
}

#[test]
fn nobody_updates_another_provider() {
    let mut world = World::new();
    let (actors, other) = (Actors::new(&mut world), Actors::new(&mut world));
    let mut update = world.network.update_provider(&actors.provider.pubkey(), &[8; 32], &NO_RATES);
    update.accounts[0].pubkey = other.provider.pubkey();
    world.refused(&[update], &[&other.provider], E::WrongParty);
}
