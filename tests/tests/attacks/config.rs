//! Attacks on the network's configuration: who starts it, who commands it, and when it pauses.

use crate::common::{TOKEN_2022, wind_up, with, worked};
use settlement_interface::accounts::{ConfigChange, JobState, Party, StandingOffer};
use settlement_interface::change::Change;
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use settlement_interface::{Address, SettlementError as E, pda};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Actors, ESCROW, GENESIS_SUPPLY, JobFixture, World, order};

#[test]
fn someone_other_than_the_upgrade_authority_initialises_first() {
    let mut world = World::before_genesis();
    let stranger = world.wallet();
    let genesis = world.genesis(Parameters::DEFAULT);
    let mine = world.network.initialize(&stranger.pubkey(), &stranger.pubkey(), &genesis);
    world.refused(std::slice::from_ref(&mine), &[&stranger], E::NotUpgradeAuthority);
    // With the data account of a program of the stranger's own, which does name the stranger.
    let good = world.svm.get_account(&pda::program_data()).unwrap();
    let mut own = good.clone();
    own.data[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let elsewhere = crate::common::put(&mut world, own);
    world.refused(&[with(&mine, 2, &elsewhere)], &[&stranger], E::NotUpgradeAuthority);
    // With a buffer, the program itself, or nothing in that place.
    for other in [settlement_interface::ID, pda::SYSTEM_PROGRAM, stranger.pubkey()] {
        world.rejected(&[with(&mine, 2, &other)], &[&stranger]);
    }
    // In the authority's name, without its signature.
    let mut named = world.network.initialize(&world.admin.pubkey(), &stranger.pubkey(), &genesis);
    named.accounts[0].is_signer = false;
    world.refused(&[named], &[&stranger], InstructionError::MissingRequiredSignature);
    // The authority is not held up by any of it.
    let admin = world.admin.insecure_clone();
    let initialize = world.initialize(&genesis);
    world.must(&[initialize], &[&admin]);
    assert_eq!(world.config().admin, admin.pubkey());
}

#[test]
fn the_network_is_initialised_twice() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let stranger = world.wallet();
    let genesis = world.genesis(Parameters { take_bps: 1, ..Parameters::DEFAULT });
    let again = world.initialize(&genesis);
    world.rejected(std::slice::from_ref(&again), &[&admin]);
    // Twice within one transaction, before genesis.
    let mut fresh = World::before_genesis();
    fresh.rejected(&[again.clone(), again], &[&admin]);
    // The upgrade authority is handed on; the admin of the network is not thereby another.
    let mut data = world.svm.get_account(&pda::program_data()).unwrap();
    data.data[13..45].copy_from_slice(stranger.pubkey().as_ref());
    world.svm.set_account(pda::program_data(), data).unwrap();
    let mine = world.network.initialize(&stranger.pubkey(), &stranger.pubkey(), &genesis);
    world.rejected(&[mine], &[&stranger]);
    assert_eq!(world.config().admin, admin.pubkey());
}

#[test]
fn a_compute_mint_that_somebody_else_mints_or_that_anybody_freezes() {
    let mint = World::before_genesis().network.mint;
    let evil = tests::keypair(666).pubkey();
    for (minter, freezer, error) in [
        (Some(evil), None, E::MintAuthority),
        (None, None, E::MintAuthority),
        (Some(pda::stake_vault()), None, E::MintAuthority),
        (Some(pda::config()), Some(evil), E::FreezeAuthority),
        (Some(pda::config()), Some(pda::config()), E::FreezeAuthority),
    ] {
        let mut world = World::before_genesis();
        world.set_mint(&mint, minter, freezer, 9, GENESIS_SUPPLY);
        let (admin, genesis) = (world.admin.insecure_clone(), world.genesis(Parameters::DEFAULT));
        let initialize = world.initialize(&genesis);
        world.refused(&[initialize], &[&admin], error);
    }
}

#[test]
fn a_compute_mint_of_token_2022_with_any_extension() {
    // Transfer fee 1, close authority 3, default state 6, permanent delegate 12, hook 14, pausable 26.
    for extension in [None, Some(1u16), Some(3), Some(6), Some(12), Some(14), Some(26)] {
        let mut world = World::before_genesis();
        let mint = world.network.mint;
        let mut account = world.svm.get_account(&mint).unwrap();
        account.owner = TOKEN_2022;
        if let Some(kind) = extension {
            account.data.resize(165, 0);
            account.data.push(1); // a mint
            account.data.extend_from_slice(&kind.to_le_bytes());
            account.data.extend_from_slice(&32u16.to_le_bytes());
            account.data.resize(165 + 1 + 4 + 32, 0);
        }
        world.svm.set_account(mint, account).unwrap();
        let (admin, genesis) = (world.admin.insecure_clone(), world.genesis(Parameters::DEFAULT));
        let initialize = world.initialize(&genesis);
        world.refused(std::slice::from_ref(&initialize), &[&admin], InstructionError::IllegalOwner);
        // With that token program in the token program's place, too.
        world.rejected(&[with(&initialize, 9, &TOKEN_2022)], &[&admin]);
    }
}

#[test]
fn a_proposed_admin_acts_without_accepting_and_another_key_accepts() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let (proposed, stranger) = (world.wallet(), world.wallet());
    // Nobody is proposed: the zero address cannot sign, and nobody else is it.
    world.refused(&[world.network.accept_admin(&stranger.pubkey())], &[&stranger], E::NotProposedAdmin);
    world.must(&[world.network.propose_admin(&admin.pubkey(), &proposed.pubkey())], &[&admin]);
    world.must(&[world.network.pause(&guardian.pubkey(), 60)], &[&guardian]);
    world.refused(&[world.network.unpause(&proposed.pubkey())], &[&proposed], E::NotAdmin);
    let oneself = world.network.propose_admin(&proposed.pubkey(), &proposed.pubkey());
    world.refused(&[oneself], &[&proposed], E::NotAdmin);
    for other in [&stranger, &guardian, &admin] {
        world.refused(&[world.network.accept_admin(&other.pubkey())], &[other], E::NotProposedAdmin);
    }
    // The proposal named without its signature.
    let mut unsigned = world.network.accept_admin(&proposed.pubkey());
    unsigned.accounts[0].is_signer = false;
    world.refused(&[unsigned], &[], InstructionError::MissingRequiredSignature);
    // Withdrawn in time, it is worth nothing.
    world.must(&[world.network.propose_admin(&admin.pubkey(), &Address::default())], &[&admin]);
    let accept = world.network.accept_admin(&proposed.pubkey());
    world.refused(std::slice::from_ref(&accept), &[&proposed], E::NotProposedAdmin);
    // Accepted, it is worth everything, once, and the one before nothing.
    world.must(&[world.network.propose_admin(&admin.pubkey(), &proposed.pubkey())], &[&admin]);
    world.must(std::slice::from_ref(&accept), &[&proposed]);
    world.refused(&[accept], &[&proposed], E::NotProposedAdmin);
    world.refused(&[world.network.unpause(&admin.pubkey())], &[&admin], E::NotAdmin);
    let back = world.network.propose_admin(&admin.pubkey(), &admin.pubkey());
    world.refused(&[back], &[&admin], E::NotAdmin);
}

/// Parameters each of which is beyond a cap of its own.
const BEYOND: [fn(&mut Parameters); 16] = [
    |p| p.take_bps = 2_001,
    |p| p.take_bps = 0,
    |p| p.rebate_bps = 2_501,
    |p| p.bond_bps = 5_001,
    |p| p.no_show_bps = 10_001,
    |p| (p.harmed_bps, p.reporter_bps) = (9_000, 501),
    |p| p.cancel_bps = 1_001,
    |p| p.halt_max = DAY - 1,
    |p| p.grace = 0,
    |p| p.receipt_grace = i64::MAX,
    |p| p.unbonding = -1,
    |p| p.pause_max = 7 * DAY + 1,
    |p| p.max_age = u32::MAX,
    |p| p.max_conf_bps = u16::MAX,
    |p| p.epoch_len = 0,
    |p| p.k = u8::MAX,
];

#[test]
fn a_network_starts_with_a_parameter_beyond_its_hard_cap() {
    for edit in BEYOND {
        let mut world = World::before_genesis();
        let mut parameters = Parameters::DEFAULT;
        edit(&mut parameters);
        let (admin, genesis) = (world.admin.insecure_clone(), world.genesis(parameters));
        let initialize = world.initialize(&genesis);
        world.refused(&[initialize], &[&admin], E::ParameterOutOfBounds);
    }
}

#[test]
fn a_change_brings_a_parameter_beyond_its_hard_cap() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    // One within its bounds is queued, so that there is something to apply.
    let index = world.queue(&Change::parameters(Parameters { take_bps: 100, ..Parameters::DEFAULT }));
    let good = world.waiting(index);
    world.until(good.applies_from);
    let apply = world.applying(index);
    for edit in BEYOND {
        let mut parameters = Parameters::DEFAULT;
        edit(&mut parameters);
        let queue = world.queueing(&Change::parameters(parameters));
        world.refused(&[queue], &[&admin], E::ParameterOutOfBounds);
        // Nothing writes such a change down. If a program before this one had, it is not applied.
        world.rewrite(&pda::change(index), &ConfigChange { parameters, ..good });
        world.refused(std::slice::from_ref(&apply), &[&admin], E::ParameterOutOfBounds);
    }
    world.rewrite(&pda::change(index), &good);
    world.must(&[apply], &[&admin]);
    assert_eq!(world.config().parameters.take_bps, 100);
}

#[test]
fn the_guardian_does_more_than_pause() {
    let mut world = World::new();
    let guardian = world.guardian.insecure_clone();
    let me = guardian.pubkey();
    world.refused(&[world.network.propose_admin(&me, &me)], &[&guardian], E::NotAdmin);
    world.refused(&[world.network.accept_admin(&me)], &[&guardian], E::NotProposedAdmin);
    world.must(&[world.network.pause(&me, 3_600)], &[&guardian]);
    // Not even to lift its own pause, or to make it longer.
    world.refused(&[world.network.unpause(&me)], &[&guardian], E::NotAdmin);
    world.refused(&[world.network.pause(&me, 7_200)], &[&guardian], E::PausedAlready);
    let genesis = world.genesis(Parameters { take_bps: 2_000, ..Parameters::DEFAULT });
    let initialize = world.network.initialize(&me, &me, &genesis);
    world.rejected(&[initialize], &[&guardian]);
}

#[test]
fn while_paused_a_job_is_opened_or_accepted() {
    let mut world = World::new();
    // An auction that was won, one in which bids are placed, an offer, and a standing one that fits a job.
    let (won, winner) = (JobFixture::open(&mut world), world.bidder());
    won.bid(&mut world, &winner, 1_900_000).unwrap();
    won.end_bidding(&mut world);
    let (auction, bidder) = (JobFixture::open(&mut world), world.bidder());
    let offered = JobFixture::offered(&mut world);
    let fitting = Actors::new(&mut world);
    let usual = order(world.now(), &fitting.session.pubkey());
    let fitting = JobFixture::offered_as(&mut world, fitting, &usual, ESCROW);
    let standing = StandingOffer { min_lead: 600, ..world.standing() };
    fitting.set_standing(&mut world, &standing).unwrap();
    let actors = Actors::new(&mut world);
    let (open, _, _) = actors.open(&world, &order(world.now(), &actors.session.pubkey()), ESCROW);
    let hash = offered.read(&world).terms_hash;
    let accept = world.network.accept_offer(&offered.authority(), &offered.keys.job, &hash, u64::MAX);
    let consumer = won.actors.consumer.insecure_clone();
    let attempts = [
        (open, actors.consumer.insecure_clone()),
        (auction.bidding(&world, &bidder, 1_900_000), bidder),
        (accept, offered.actors.provider.insecure_clone()),
        (won.accepting_bid(&world, &consumer, &winner), consumer),
        (fitting.accepting_standing(&world), world.bank.insecure_clone()),
    ];
    for (attempt, by) in &attempts {
        world.trial(std::slice::from_ref(attempt), &[by]).unwrap();
    }
    let guardian = world.guardian.insecure_clone();
    world.must(&[world.network.pause(&guardian.pubkey(), 300)], &[&guardian]);
    let ends = world.now() + 300;
    for at in [world.now(), ends - 1] {
        world.until(at);
        for (attempt, by) in &attempts {
            world.refused(std::slice::from_ref(attempt), &[by], E::Paused);
        }
        // A resume does not end a pause before its time.
        world.refused(&[world.network.resume()], &[], E::NotPaused);
    }
    world.until(ends);
    for (attempt, by) in attempts {
        world.must(&[attempt], &[&by]);
    }
}

#[test]
fn a_pause_traps_what_is_already_in() {
    let mut world = World::new();
    let late = JobFixture::assigned(&mut world);
    let assigned = JobFixture::assigned(&mut world);
    let offered = JobFixture::offered(&mut world);
    let job = worked(&mut world);
    let guardian = world.guardian.insecure_clone();
    let longest = u32::try_from(Parameters::DEFAULT.pause_max).unwrap();
    world.must(&[world.network.pause(&guardian.pubkey(), longest)], &[&guardian]);
    // Start, settle, claim, close, refund, top up, cancel, stake out: all within the pause.
    assigned.start(&mut world).unwrap();
    job.top_up(&mut world, 1, 1).unwrap();
    offered.cancel(&mut world).unwrap();
    offered.withdraw(&mut world, Party::Consumer, &offered.wallet()).unwrap();
    offered.reclaim(&mut world).unwrap();
    world.until(world.now() + 60);
    job.settle(&mut world, 3_660_000).unwrap();
    world.must(&[world.network.claim(&job.authority())], &[]);
    let free = world.network.request_unstake(&job.authority(), 1);
    world.must(&[free], &[&job.actors.provider]);
    late.mark(&mut world, &late.actors.consumer);
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + HOUR);
    late.advance(&mut world);
    late.withdraw(&mut world, Party::Consumer, &late.wallet()).unwrap();
    wind_up(&mut world, &job);
    assert!(world.config().is_paused(world.now()));
    assert_eq!(late.read(&world).state(), Some(JobState::Failed));
}

#[test]
fn parameters_change_while_jobs_run() {
    let mut world = World::new();
    let late = JobFixture::assigned(&mut world);
    let job = worked(&mut world);
    let before = job.read(&world);
    // As harsh as bounds allow, in one change.
    let harsh = Parameters {
        take_bps: 2_000,
        no_show_bps: 10_000,
        harmed_bps: 0,
        reporter_bps: 0,
        cancel_bps: 1_000,
        receipt_grace: HOUR,
        grace: 600,
        ..Parameters::DEFAULT
    };
    world.set_parameters(harsh);
    world.until(world.now() + HOUR);
    job.settle(&mut world, 7_200_000).unwrap();
    let after = job.read(&world);
    assert_eq!(after.take, 2 * before.take, "the take is what was signed");
    assert_eq!((after.terms, after.terms_hash), (before.terms, before.terms_hash));
    // The late one keeps its grace, its share and who gets it.
    late.mark(&mut world, &late.actors.consumer);
    let advance = world.network.advance_job(&late.keys);
    world.until(world.now() + HOUR - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(world.now() + 1);
    world.must(&[advance], &[]);
    assert_eq!(late.provider(&world).slashed, ESCROW / 20);
    assert_eq!(late.read(&world).dues[Party::Consumer as usize].stake, ESCROW / 25);
    // Receipts of a job that closes count for the old grace.
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + DAY);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
}

#[test]
fn a_pause_is_extended_past_its_budget() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let budget = Parameters::DEFAULT.pause_max;
    let long = |world: &World, seconds: i64| {
        world.network.pause(&guardian.pubkey(), u32::try_from(seconds).unwrap())
    };
    world.refused(&[long(&world, budget + 1)], &[&guardian], E::PauseBudget);
    let forever = world.network.pause(&guardian.pubkey(), u32::MAX);
    world.refused(&[forever], &[&guardian], E::PauseBudget);
    // In pieces, some lifted early, with the admin's help, more than are remembered one by one.
    let mut paused = 0;
    for _ in 0..24 {
        world.must(&[long(&world, 3 * HOUR)], &[&guardian]);
        world.pass(HOUR);
        world.must(&[world.network.unpause(&admin.pubkey())], &[&admin]);
        world.pass(1);
        world.must(&[long(&world, 2 * HOUR)], &[&guardian]);
        world.pass(2 * HOUR + 1);
        paused += 3 * HOUR;
        if paused + 3 * HOUR > budget {
            break;
        }
    }
    let left = budget - paused;
    world.refused(&[long(&world, left + 1)], &[&guardian], E::PauseBudget);
    let by_admin = world.network.pause(&admin.pubkey(), u32::try_from(left + 1).unwrap());
    world.refused(&[by_admin], &[&admin], E::PauseBudget);
    // A new admin or guardian brings no new budget, and thirty days do.
    world.pass(26 * DAY);
    world.refused(&[long(&world, budget)], &[&guardian], E::PauseBudget);
    world.pass(4 * DAY);
    world.must(&[long(&world, budget)], &[&guardian]);
}

#[test]
fn a_queued_change_is_applied_early_or_by_the_guardian() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let wanted = Change::parameters(Parameters { take_bps: 2_000, ..Parameters::DEFAULT });
    let mut theirs = world.queueing(&wanted);
    theirs.accounts[0].pubkey = guardian.pubkey();
    world.refused(&[theirs], &[&guardian], E::NotAdmin);
    let index = world.queue(&wanted);
    let (apply, ripe) = (world.applying(index), world.waiting(index).applies_from);
    world.until(ripe - 1);
    world.refused(std::slice::from_ref(&apply), &[&admin], E::ChangeWaits);
    // A second change that shortens the timelock does not shorten the first one's.
    let shorter = world.queue(&Change::parameters(Parameters { timelock: HOUR, ..Parameters::DEFAULT }));
    world.refused(&[world.applying(shorter)], &[&admin], E::ChangeWaits);
    world.until(ripe);
    let mut theirs = apply.clone();
    theirs.accounts[0].pubkey = guardian.pubkey();
    world.refused(&[theirs], &[&guardian], E::NotAdmin);
    world.must(&[apply], &[&admin]);
    assert_eq!(world.config().parameters.take_bps, 2_000);
    // And the one that waited meanwhile cannot undo it unseen.
    world.until(world.waiting(shorter).applies_from);
    world.refused(&[world.applying(shorter)], &[&admin], E::ChangeSuperseded);
}
