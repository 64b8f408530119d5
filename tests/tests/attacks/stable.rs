//! Attacks on the stable rail.

use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::{SettlementError as E, pda};
use solana_signer::Signer;
use tests::{COIN, JobFixture, World};

#[test]
fn a_stablecoin_with_an_extension_that_is_not_on_the_list() {
    // Transfer fee, permanent delegate, transfer hook, pausable, confidential transfers, default state,
    // interest, non-transferable, memo, closing authority, and one that nobody knows yet.
    for extension in [1, 12, 14, 26, 4, 6, 10, 9, 8, 3, 99] {
        let mut world = World::before_genesis();
        let admin = world.admin.insecure_clone();
        world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &[COIN.as_slice(), &[(extension, 64)]].concat());
        let genesis = world.genesis(Parameters::DEFAULT);
        let coin = world.coin(pda::TOKEN_2022_PROGRAM);
        let initialize = coin.initialize(&admin.pubkey(), &admin.pubkey(), &genesis);
        world.refused(&[initialize], &[&admin], E::StableMintExtension);
        // Nor later, by a change.
        let start = world.initialize(&genesis);
        world.must(&[start], &[&admin]);
        let index = world.queue(&Change::stable_mint(world.coin_mint()));
        world.until(world.waiting(index).applies_from);
        let bank = world.bank.pubkey();
        let open = coin.open_rail(&admin.pubkey(), &bank, index, &bank);
        world.refused(&[open], &[&admin], E::StableMintExtension);
    }
    // A freeze authority, as every large issuer has one, is allowed: it holds up one job's vault at a time.
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let jobs = [JobFixture::stable_closed(&mut world), JobFixture::stable_closed(&mut world)];
    world.set_frozen(&jobs[0].vault(), true);
    for (job, paid) in [(&jobs[0], false), (&jobs[1], true)] {
        let wallet = job.authority();
        world.dollars_of(&wallet, 0);
        let party = settlement_interface::accounts::Party::Provider;
        assert_eq!(job.collect(&mut world, party, &wallet).is_ok(), paid);
    }
}
