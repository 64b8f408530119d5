//! Attacks on stake: putting in what is none, and getting out what is locked, early or twice.

use crate::common::{TOKEN_2022, with};
use settlement_interface::accounts::{JobState, RATES, RateEntry};
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use settlement_interface::{SettlementError as E, pda};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, MeterFixture, STAKE, World, keypair};

#[test]
fn stake_of_zero_of_everything_of_another_mint_or_out_of_a_vault() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let me = job.authority();
    let provider = job.keys.provider;
    let mine = world.associated(&me);
    let by = &[&job.actors.provider];
    let stake = |world: &World, amount| world.network.stake(&me, &mine, &provider, amount);
    world.refused(&[stake(&world, 0)], by, E::ZeroAmount);
    let all = world.tokens(&mine);
    for amount in [u64::MAX, u64::MAX - STAKE + 1, all + 1] {
        world.refused(&[stake(&world, amount)], by, InstructionError::Custom(1)); // insufficient funds
    }
    // A token of the attacker's own, in plenty.
    let (worthless, plenty) = (keypair(50).pubkey(), keypair(51).pubkey());
    world.set_mint(&worthless, Some(me), None, 9, u64::MAX);
    world.set_tokens(&plenty, &worthless, &me, u64::MAX);
    world.refused(&[with(&stake(&world, STAKE), 3, &plenty)], by, E::WrongMint);
    // Out of the stake vault itself, of a job's vault, of somebody else's account.
    let vault = job.vault();
    let others = world.associated(&job.wallet());
    world.rejected(&[with(&stake(&world, 1), 3, &pda::stake_vault())], by);
    for source in [vault, others] {
        world.refused(&[with(&stake(&world, 1), 3, &source)], by, InstructionError::Custom(4)); // owner
    }
    // Into another vault than the one stake vault.
    for target in [vault, mine, others] {
        world.rejected(&[with(&stake(&world, 1), 4, &target)], by);
    }
    assert_eq!(job.provider(&world).stake, STAKE);
}

#[test]
fn stake_moves_through_a_look_alike_token_program() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let me = actors.provider.pubkey();
    let stake = world.network.stake(&me, &world.associated(&me), &actors.provider_address(), 5);
    // One that would nod and move nothing: an executable that is not SPL Token.
    let real = world.svm.get_account(&pda::TOKEN_PROGRAM).unwrap();
    let fake = crate::common::put(&mut world, real);
    for program in [fake, TOKEN_2022, pda::SYSTEM_PROGRAM, settlement_interface::ID] {
        world.refused(
            &[with(&stake, 5, &program)],
            &[&actors.provider],
            InstructionError::IncorrectProgramId,
        );
    }
}

#[test]
fn a_stranger_unstakes_another_provider() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let stranger = Actors::new(&mut world);
    let me = stranger.provider.pubkey();
    let provider = actors.provider_address();
    let request = with(&world.network.request_unstake(&me, STAKE), 1, &provider);
    world.refused(&[request], &[&stranger.provider], E::WrongParty);
    // What anyone may do is pay a ticket, and that goes to its owner alone.
    let request = world.network.request_unstake(&actors.provider.pubkey(), STAKE);
    world.must(&[request], &[&actors.provider]);
    world.pass(7 * DAY);
    let withdraw = world.network.withdraw_stake(&actors.provider.pubkey());
    let mine = world.associated(&me);
    world.refused(&[with(&withdraw, 3, &mine)], &[], E::NotAssociated);
    world.rejected(&[with(&withdraw, 3, &pda::stake_vault())], &[]);
    // To another account of the owner's, that the attacker may have had approved.
    let aside = keypair(52).pubkey();
    let (mint, owner) = (world.network.mint, actors.provider.pubkey());
    world.set_tokens(&aside, &mint, &owner, 0);
    world.refused(&[with(&withdraw, 3, &aside)], &[], E::NotAssociated);
    let before = world.balance(&owner);
    world.must(&[withdraw], &[]);
    assert_eq!(world.balance(&owner), before + STAKE);
}

#[test]
fn stake_is_withdrawn_one_second_early_or_twice() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let request = world.network.request_unstake(&owner, STAKE / 2);
    world.must(&[request], &[&actors.provider]);
    let withdraw = world.network.withdraw_stake(&owner);
    world.pass(7 * DAY - 1);
    world.refused(std::slice::from_ref(&withdraw), &[], E::StillUnbonding);
    world.pass(1);
    // Twice in one transaction undoes both; once works, on time to the second.
    world.refused(&[withdraw.clone(), withdraw.clone()], &[], E::NothingUnbonding);
    world.must(std::slice::from_ref(&withdraw), &[]);
    world.refused(std::slice::from_ref(&withdraw), &[], E::NothingUnbonding);
    world.pass(30 * DAY);
    world.refused(&[withdraw], &[], E::NothingUnbonding);
    assert_eq!(world.tokens(&pda::stake_vault()), STAKE / 2);
    // A ticket that is ripe does not let what is added to it out early.
    let more = world.network.request_unstake(&owner, 1);
    world.must(std::slice::from_ref(&more), &[&actors.provider]);
    world.pass(7 * DAY);
    world.must(&[more], &[&actors.provider]);
    world.refused(&[world.network.withdraw_stake(&owner)], &[], E::StillUnbonding);
}

#[test]
fn a_provider_unstakes_to_dodge_a_penalty() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let by = &[&job.actors.provider];
    let bond = ESCROW / 10;
    // All but the bond leaves before the deadline, the bond does not.
    let all = world.network.request_unstake(&job.authority(), STAKE);
    world.refused(&[all], by, E::InsufficientStake);
    let free = world.network.request_unstake(&job.authority(), STAKE - bond);
    world.must(&[free], by);
    let one = world.network.request_unstake(&job.authority(), 1);
    world.refused(std::slice::from_ref(&one), by, E::InsufficientStake);
    world.until(world.now() + 3_601);
    job.mark(&mut world, &job.actors.consumer);
    world.pass(7 * DAY);
    world.must(&[world.network.withdraw_stake(&job.authority())], &[]);
    world.refused(&[one], by, E::InsufficientStake);
    // Registering anew does not shake off the old account either.
    let rates = [RateEntry::default(); RATES];
    let again = world.network.register_provider(&world.bank.pubkey(), &job.authority(), &[0; 32], &rates);
    world.rejected(&[again], by);
    job.advance(&mut world);
    assert_eq!((job.provider(&world).slashed, job.provider(&world).stake), (bond / 2, bond / 2));
    assert_eq!(job.read(&world).state(), Some(JobState::Failed));
}

#[test]
fn a_provider_unstakes_to_dodge_an_open_case() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let (job, reporter) = (meter.job(&mut world, 9_000, ESCROW), world.holder(1_000_000_000));
    let start = world.now();
    world.until(start + HOUR);
    let all = meter.reporting(&world, &job, &reporter.pubkey(), (start, start + HOUR));
    world.must(&all, &[&reporter]);
    let (bond, free) = (job.read(&world).bond, job.provider(&world).free_stake().unwrap());
    let provider = &job.actors.provider;
    let (locked, rest) = (
        world.network.request_unstake(&job.authority(), free + 1),
        world.network.request_unstake(&job.authority(), free),
    );
    world.refused(&[locked], &[provider], E::InsufficientStake);
    world.must(&[rest], &[provider]);
    // Nor does it close the job under the case.
    job.close(&mut world, provider).unwrap();
    let resolve = world.network.resolve_case(&job.keys, 0, &meter.key.pubkey());
    world.until(world.now() + Parameters::DEFAULT.case_window + 1);
    world.must(std::slice::from_ref(&resolve), &[]);
    world.until(world.now() + HOUR);
    world.must(&[resolve], &[]);
    let slashed = job.provider(&world).slashed;
    assert!(slashed > 0 && slashed <= bond);
}
