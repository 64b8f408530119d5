//! Scenes of changes of the configuration and of epochs that are closed.

use super::{Scene, anybody, claim_rebate, crowded};
use settlement_interface::accounts::{Credit, Epoch, Provider};
use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{World, keypair};

/// A change of the guardian that waits, and one that somebody else paid for.
fn waiting_change() -> (World, Keypair, u64) {
    let (mut world, _) = crowded();
    let (admin, payer) = (world.admin.insecure_clone(), world.wallet());
    let other = Change::guardian(keypair(8).pubkey());
    let queue = world.network.queue_change(&admin.pubkey(), &payer.pubkey(), 0, &other);
    world.must(&[queue], &[&admin, &payer]);
    let index = world.queue(&Change::guardian(keypair(7).pubkey()));
    (world, admin, index)
}

pub fn queue_change() -> Scene {
    let (mut world, admin, _) = waiting_change();
    let payer = world.wallet();
    let change = Change::parameters(Parameters { take_bps: 1, ..Parameters::DEFAULT });
    let queue = world.network.queue_change(&admin.pubkey(), &payer.pubkey(), 2, &change);
    Scene::new("queue_change", world, queue, &[&admin, &payer]).meant(1, anybody())
}

pub fn apply_change() -> Scene {
    let (mut world, admin, index) = waiting_change();
    world.pass(Parameters::DEFAULT.timelock);
    let apply = world.applying(index);
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("apply_change", world, apply, &[&admin])
}

pub fn cancel_change() -> Scene {
    let (mut world, admin, index) = waiting_change();
    let cancel = world.network.cancel_change(&admin.pubkey(), index, &world.bank.pubkey());
    world.bank = world.wallet();
    Scene::new("cancel_change", world, cancel, &[&admin])
}

pub fn cancel_an_expired_change() -> Scene {
    let (mut world, _, index) = waiting_change();
    world.pass(Parameters::DEFAULT.timelock + Parameters::DEFAULT.change_expiry + 1);
    let by = world.wallet();
    let cancel = world.network.cancel_change(&by.pubkey(), index, &world.bank.pubkey());
    world.bank = world.wallet();
    Scene::new("cancel_change", world, cancel, &[&by]).meant(0, anybody())
}

pub fn close_epoch() -> Scene {
    let mut scene = claim_rebate();
    let epoch = scene.world.epoch() - 1;
    scene.world.must(&scene.instructions, &[]);
    let others = scene.world.all::<Credit>().into_iter().filter(|(_, credit)| credit.epoch == epoch);
    let providers = scene.world.all::<Provider>();
    let rebates: Vec<Instruction> = others
        .map(|(_, credit)| {
            let of = pda::provider;
            let (_, provider) =
                providers.iter().find(|(_, one)| of(&one.authority) == credit.provider).unwrap();
            scene.world.network.claim_rebate(&provider.authority, epoch, &credit.rent_payer)
        })
        .collect();
    scene.world.must(&rebates, &[]);
    let payer = scene.world.read::<Epoch>(&pda::epoch(epoch)).rent_payer;
    let close = scene.world.network.close_epoch(epoch, &payer);
    Scene::new("close_epoch", scene.world, close, &[])
}
