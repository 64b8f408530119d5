//! The admin's power passes in two steps; the guardian's is to pause.

use settlement_interface::SettlementError as E;
use settlement_interface::events::{AdminAccepted, AdminProposed, Event};
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{World, touched};

#[track_caller]
fn propose(world: &mut World, admin: &Keypair, proposed: &Address) {
    world.must(&[world.network.propose_admin(&admin.pubkey(), proposed)], &[admin]);
}

#[test]
fn the_admin_changes_in_two_steps() {
    let mut world = World::new();
    let (old, new) = (world.admin.insecure_clone(), world.wallet());
    let sent = world.must(&[world.network.propose_admin(&old.pubkey(), &new.pubkey())], &[&old]);
    let expected = AdminProposed {
        entities: [touched(&pda::config(), 2)],
        at: world.now(),
        admin: old.pubkey(),
        proposed: new.pubkey(),
    };
    assert_eq!(sent.events, [Event::AdminProposed(Box::new(expected))]);
    assert_eq!(world.config().admin, old.pubkey());
    // Proposed is not admin.
    let early = world.network.propose_admin(&new.pubkey(), &new.pubkey());
    world.refused(&[early], &[&new], E::NotAdmin);
    let pause = world.network.pause(&new.pubkey(), 60);
    world.refused(&[pause], &[&new], E::NotGuardian);

    let sent = world.must(&[world.network.accept_admin(&new.pubkey())], &[&new]);
    let expected = AdminAccepted {
        entities: [touched(&pda::config(), 3)],
        at: world.now(),
        previous: old.pubkey(),
        admin: new.pubkey(),
    };
    assert_eq!(sent.events, [Event::AdminAccepted(Box::new(expected))]);
    assert_eq!((world.config().admin, world.config().pending_admin), (new.pubkey(), Address::default()));
    let late = world.network.propose_admin(&old.pubkey(), &old.pubkey());
    world.refused(&[late], &[&old], E::NotAdmin);
    let again = world.network.accept_admin(&new.pubkey());
    world.refused(&[again], &[&new], E::NotProposedAdmin);
}

#[test]
fn only_the_proposed_admin_accepts() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let (proposed, stranger) = (world.wallet(), world.wallet());
    let nobody = world.network.accept_admin(&stranger.pubkey());
    world.refused(&[nobody], &[&stranger], E::NotProposedAdmin);
    propose(&mut world, &admin, &proposed.pubkey());
    for key in [&stranger, &admin, &guardian] {
        let accept = world.network.accept_admin(&key.pubkey());
        world.refused(&[accept], &[key], E::NotProposedAdmin);
    }
}

#[test]
fn a_proposal_is_replaced_or_withdrawn_by_another() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let (first, second) = (world.wallet(), world.wallet());
    propose(&mut world, &admin, &first.pubkey());
    propose(&mut world, &admin, &second.pubkey());
    let accept = world.network.accept_admin(&first.pubkey());
    world.refused(&[accept], &[&first], E::NotProposedAdmin);
    propose(&mut world, &admin, &Address::default());
    let accept = world.network.accept_admin(&second.pubkey());
    world.refused(&[accept], &[&second], E::NotProposedAdmin);
}

#[test]
fn strangers_and_the_guardian_propose_nobody() {
    let mut world = World::new();
    let (guardian, stranger) = (world.guardian.insecure_clone(), world.wallet());
    for key in [&guardian, &stranger] {
        let propose = world.network.propose_admin(&key.pubkey(), &key.pubkey());
        world.refused(&[propose], &[key], E::NotAdmin);
    }
}
