//! Meters and arbiters: registering, staking, and being named by a job.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Arbiter, Meter};
use settlement_interface::events::{
    ArbiterRegistered, Event, MeterRegistered, StakeVouched, UnvouchRequested, VouchedWithdrawn,
};
use settlement_interface::parameters::DAY;
use settlement_interface::terms::{METER_REGISTERED, Order};
use settlement_interface::{Address, pda};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, MeterFixture, World, arbiter, keypair, order, touched};

#[test]
fn a_meter_is_registered_by_its_key_and_its_wallet_together() {
    let mut world = World::new();
    let (key, authority, bank) = (world.wallet(), world.wallet(), world.bank.pubkey());
    let register = world.network.register_meter(&bank, &key.pubkey(), &authority.pubkey());
    let sequence = world.config().sequence;
    let sent = world.must(std::slice::from_ref(&register), &[&key, &authority]);
    let meter = pda::meter(&key.pubkey());
    let expected = MeterRegistered {
        entities: [touched(&pda::config(), sequence + 1), touched(&meter, 1)],
        at: world.now(),
        meter,
        key: key.pubkey(),
        authority: authority.pubkey(),
        index: 0,
    };
    assert_eq!(sent.events, [Event::MeterRegistered(Box::new(expected))]);
    assert_eq!(world.config().meters, 1);
    let account: Meter = world.read(&meter);
    assert_eq!((account.key, account.authority, account.index), (key.pubkey(), authority.pubkey(), 0));
    // Not twice, and not with another wallet.
    world.rejected(&[register], &[&key, &authority]);
    let other = world.wallet();
    let again = world.network.register_meter(&bank, &key.pubkey(), &other.pubkey());
    world.rejected(&[again], &[&key, &other]);
}

#[test]
fn an_arbiter_is_registered_by_its_wallet() {
    let mut world = World::new();
    let sequence = world.config().sequence;
    let (wallet, sent) = arbiter(&mut world);
    let arbiter = pda::arbiter(&wallet.pubkey());
    let expected = ArbiterRegistered {
        entities: [touched(&pda::config(), sequence + 1), touched(&arbiter, 1)],
        at: world.now(),
        arbiter,
        wallet: wallet.pubkey(),
        index: 0,
    };
    assert_eq!(sent.events, [Event::ArbiterRegistered(Box::new(expected))]);
    assert_eq!(world.config().arbiters, 1);
    assert_eq!(world.read::<Arbiter>(&arbiter).wallet, wallet.pubkey());
}

#[test]
fn what_a_third_party_vouches_with_comes_back_after_the_unbonding_time_and_once() {
    let mut world = World::new();
    let meter = MeterFixture::unbonded(&mut world, 1_000);
    let (wallet, party) = (meter.authority.pubkey(), meter.address());
    let vouch = world.network.vouch(&wallet, &world.associated(&wallet), &party, 1_000);
    let sent = world.must(&[vouch], &[&meter.authority]);
    let expected = StakeVouched {
        entities: [touched(&party, 2)],
        at: world.now(),
        party,
        from: wallet,
        amount: 1_000,
        stake: 1_000,
    };
    assert_eq!(sent.events, [Event::StakeVouched(Box::new(expected))]);
    assert_eq!((world.balance(&wallet), world.tokens(&pda::stake_vault())), (0, 1_000));

    let request = |amount| world.network.request_unvouch(&wallet, &party, amount);
    let (zero, all, more) = (request(0), request(1_000), request(1_001));
    let (first, rest) = (request(400), request(600));
    world.refused(&[zero], &[&meter.authority], E::ZeroAmount);
    world.refused(&[more], &[&meter.authority], E::InsufficientStake);
    world.must(&[first], &[&meter.authority]);
    world.refused(&[all], &[&meter.authority], E::InsufficientStake);
    world.pass(DAY);
    // The one ticket grows, and its clock restarts.
    let sent = world.must(&[rest], &[&meter.authority]);
    let expected = UnvouchRequested {
        entities: [touched(&party, 4)],
        at: world.now(),
        party,
        amount: 600,
        unbonding: 1_000,
        available_at: world.now() + 7 * DAY,
    };
    assert_eq!(sent.events, [Event::UnvouchRequested(Box::new(expected))]);
    let withdraw = world.network.withdraw_vouched(&wallet, &party);
    world.pass(7 * DAY - 1);
    world.refused(std::slice::from_ref(&withdraw), &[], E::StillUnbonding);
    world.pass(1);
    let sent = world.must(std::slice::from_ref(&withdraw), &[]);
    let expected = VouchedWithdrawn {
        entities: [touched(&party, 5)],
        at: world.now(),
        party,
        to: wallet,
        amount: 1_000,
        stake: 0,
    };
    assert_eq!(sent.events, [Event::VouchedWithdrawn(Box::new(expected))]);
    assert_eq!((world.balance(&wallet), world.tokens(&pda::stake_vault())), (1_000, 0));
    world.refused(&[withdraw], &[], E::NothingUnbonding);
}

#[test]
fn an_arbiters_stake_follows_the_same_rules() {
    let mut world = World::new();
    let (wallet, _) = arbiter(&mut world);
    let (owner, party) = (wallet.pubkey(), pda::arbiter(&wallet.pubkey()));
    let vouch = world.network.vouch(&owner, &world.associated(&owner), &party, 7);
    world.must(&[vouch], &[&wallet]);
    let stranger = world.wallet();
    let theirs = world.network.request_unvouch(&stranger.pubkey(), &party, 7);
    world.refused(&[theirs], &[&stranger], E::WrongParty);
    world.must(&[world.network.request_unvouch(&owner, &party, 7)], &[&wallet]);
    world.pass(7 * DAY);
    let elsewhere = world.network.withdraw_vouched(&world.bank.pubkey(), &party);
    world.refused(&[elsewhere], &[], E::NotAssociated);
    world.must(&[world.network.withdraw_vouched(&owner, &party)], &[]);
    assert_eq!(world.read::<Arbiter>(&party).vouched.stake, 0);
}

#[test]
fn neither_a_provider_nor_a_job_nor_a_strangers_account_is_a_third_party() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let holder = world.holder(10);
    let source = world.associated(&holder.pubkey());
    for account in [job.keys.provider, job.keys.job, pda::price(), source, keypair(60).pubkey()] {
        let vouch = world.network.vouch(&holder.pubkey(), &source, &account, 1);
        if account == source {
            world.rejected(&[vouch], &[&holder]);
        } else {
            world.refused(&[vouch], &[&holder], E::NotThirdParty);
        }
    }
    let (mint, other) = (keypair(61).pubkey(), keypair(62).pubkey());
    world.set_mint(&mint, None, None, 9, 5);
    world.set_tokens(&other, &mint, &holder.pubkey(), 5);
    let meter = MeterFixture::new(&mut world);
    let vouch = world.network.vouch(&holder.pubkey(), &other, &meter.address(), 5);
    world.refused(&[vouch], &[&holder], E::WrongMint);
    let vouch = world.network.vouch(&holder.pubkey(), &source, &meter.address(), 0);
    world.refused(&[vouch], &[&holder], E::ZeroAmount);
    let vouch = world.network.vouch(&holder.pubkey(), &source, &meter.address(), 11);
    world.refused(&[vouch], &[&holder], InstructionError::Custom(1));
}

#[test]
fn a_job_names_a_meter_only_with_its_account_and_its_bond() {
    let mut world = World::new();
    let bond = world.config().parameters.meter_bond;
    let meter = MeterFixture::unbonded(&mut world, bond);
    let other = MeterFixture::new(&mut world);
    let actors = Actors::new(&mut world);
    let named = meter.order(world.now(), 0);
    let owner = meter.authority.pubkey();
    let (open, ..) = actors.open(&world, &named, ESCROW);
    let stake = |world: &World, amount| {
        world.network.vouch(&owner, &world.associated(&owner), &meter.address(), amount)
    };
    let vouch = stake(&world, bond - 1);
    world.must(&[vouch], &[&meter.authority]);
    world.refused(std::slice::from_ref(&open), &[&actors.consumer], E::MeterUnbonded);
    let vouch = stake(&world, 1);
    world.must(&[vouch], &[&meter.authority]);
    // What is unbonding does not count.
    let ask = world.network.request_unvouch(&owner, &meter.address(), 1);
    let mut svm = world.svm.clone();
    world.must(&[ask], &[&meter.authority]);
    world.refused(std::slice::from_ref(&open), &[&actors.consumer], E::MeterUnbonded);
    std::mem::swap(&mut world.svm, &mut svm);
    const METER: usize = 4;
    for account in [other.address(), pda::SYSTEM_PROGRAM, pda::config(), actors.provider_address()] {
        let mut wrong = open.clone();
        wrong.accounts[METER].pubkey = account;
        world.refused(&[wrong], &[&actors.consumer], E::WrongMeter);
    }
    let usual = order(world.now(), &actors.session.pubkey());
    let (mut session, ..) = actors.open(&world, &usual, ESCROW);
    session.accounts[METER].pubkey = meter.address();
    world.refused(&[session], &[&actors.consumer], E::WrongMeter);
    world.must(&[open], &[&actors.consumer]);
}

#[test]
fn a_meter_whose_key_or_wallet_is_a_partys_is_refused() {
    let mut world = World::new();
    let bond = world.config().parameters.meter_bond;
    let actors = Actors::new(&mut world);
    let bank = world.bank.pubkey();
    let outsider = world.wallet();
    let pairs = [
        (&actors.provider, &outsider),
        (&outsider, &actors.provider),
        (&actors.consumer, &actors.session),
        (&actors.session, &actors.consumer),
    ];
    for (key, authority) in pairs {
        let (key_address, wallet) = (key.pubkey(), authority.pubkey());
        let register = world.network.register_meter(&bank, &key_address, &wallet);
        world.must(&[register], &[key, authority]);
        let source = world.associated(&bank);
        let vouch = world.network.vouch(&bank, &source, &pda::meter(&key_address), bond);
        world.must(&[vouch], &[]);
        let usual = order(world.now(), &key_address);
        let (open, ..) = actors.open(&world, &Order { meter_kind: METER_REGISTERED, ..usual }, ESCROW);
        world.refused(&[open], &[&actors.consumer], E::MeterIsParty);
    }
}

#[test]
fn a_service_level_needs_a_registered_meter_and_stays_within_its_bounds() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let actors = Actors::new(&mut world);
    let now = world.now();
    let promised = |sla_bps| meter.order(now, sla_bps);
    let seconds = u64::try_from(promised(1).end_by - now).unwrap();
    let refused = [
        Order { sla_bps: 1, ..order(now, &actors.session.pubkey()) },
        promised(10_001),
        Order { unit_cap: u64::MAX / seconds + 1, ..promised(1) },
    ];
    for order in refused {
        let (open, ..) = actors.open(&world, &order, ESCROW);
        world.refused(&[open], &[&actors.consumer], E::ServiceLevel);
    }
    let fits = Order { unit_cap: u64::MAX / seconds, ..promised(10_000) };
    let (open, ..) = actors.open(&world, &fits, ESCROW);
    world.must(&[open], &[&actors.consumer]);
}

#[test]
fn a_job_counted_by_a_registered_meter_settles_on_its_word_alone_and_never_rotates() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    assert_eq!(job.read(&world).meter_authority, meter.authority.pubkey());
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 60_000);
    let by_session = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    world.refused(&by_session, &[&job.actors.provider], E::ReceiptSigner);
    meter.settle(&mut world, &job, 60_000).unwrap();
    let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &keypair(70).pubkey());
    world.refused(&[rotate], &[&job.actors.consumer], E::UnsupportedTerms);
    // A meter that leaves afterwards changes nothing for the jobs that it counts.
    let bond = world.config().parameters.meter_bond;
    let ask = world.network.request_unvouch(&meter.authority.pubkey(), &meter.address(), bond);
    world.must(&[ask], &[&meter.authority]);
    world.until(world.now() + 60);
    meter.settle(&mut world, &job, 120_000).unwrap();
    assert_ne!(meter.address(), Address::default());
}
