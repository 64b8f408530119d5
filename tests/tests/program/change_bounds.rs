//! The bounds that no change of the configuration exceeds.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::ConfigChange;
use settlement_interface::change::Change;
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{World, keypair};

/// The default timelock.
const TIMELOCK: i64 = 48 * HOUR;

fn taking(take_bps: u16) -> Parameters {
    Parameters { take_bps, ..Parameters::DEFAULT }
}

fn lower() -> Change {
    Change::parameters(taking(100))
}

/// Rewrites an account that waits, as if a laxer version of the program had written it.
fn doctor(world: &mut World, index: u64, edit: impl FnOnce(&mut ConfigChange)) {
    let mut change = world.waiting(index);
    edit(&mut change);
    let mut account = world.svm.get_account(&pda::change(index)).unwrap();
    account.data[8..].copy_from_slice(bytemuck::bytes_of(&change));
    world.svm.set_account(pda::change(index), account).unwrap();
}

#[test]
fn a_parameter_beyond_its_hard_cap_is_refused_when_it_is_queued_and_when_it_is_applied() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let beyond = [
        taking(0),
        taking(2_001),
        Parameters { timelock: HOUR - 1, ..Parameters::DEFAULT },
        Parameters { change_expiry: 30 * DAY + 1, ..Parameters::DEFAULT },
        Parameters { pause_max: 7 * DAY + 1, ..Parameters::DEFAULT },
        Parameters { unbonding: 30 * DAY + 1, ..Parameters::DEFAULT },
        Parameters { harmed_bps: 9_000, reporter_bps: 501, ..Parameters::DEFAULT },
        Parameters { case_window: DAY - 1, receipt_grace: DAY, ..Parameters::DEFAULT },
        Parameters { outage_bps: 4_999, sla_penalty_bps: 5_000, ..Parameters::DEFAULT },
        Parameters { reserved: [0, 0, 1], ..Parameters::DEFAULT },
    ];
    for parameters in beyond {
        let queue = world.queueing(&Change::parameters(parameters));
        world.refused(&[queue], &[&admin], E::ParameterOutOfBounds);
    }
    let index = world.queue(&lower());
    world.pass(TIMELOCK);
    let apply = world.applying(index);
    for parameters in beyond {
        doctor(&mut world, index, |change| change.parameters = parameters);
        world.refused(std::slice::from_ref(&apply), &[&admin], E::ParameterOutOfBounds);
    }
    doctor(&mut world, index, |change| change.kind = 9);
    world.refused(&[apply], &[&admin], E::UnknownChange);
}

#[test]
fn the_length_of_an_epoch_never_changes() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let other = Parameters { epoch_len: 2 * DAY, ..Parameters::DEFAULT };
    let queue = world.queueing(&Change::parameters(other));
    world.refused(&[queue], &[&admin], E::EpochLengthFixed);
    let index = world.queue(&lower());
    world.pass(TIMELOCK);
    doctor(&mut world, index, |change| change.parameters = other);
    let apply = world.applying(index);
    world.refused(&[apply], &[&admin], E::EpochLengthFixed);
}

#[test]
fn a_change_that_names_no_kind_or_more_than_its_kind_is_refused() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let guardian = Change::guardian(keypair(7).pubkey());
    for change in [
        Change { kind: 0, ..guardian },
        Change { kind: 255, ..guardian },
        Change { parameters: Parameters::DEFAULT, ..guardian },
        Change { address: keypair(7).pubkey(), ..lower() },
    ] {
        let queue = world.queueing(&change);
        world.refused(&[queue], &[&admin], E::UnknownChange);
    }
    let queue = world.queueing(&Change::treasury(Address::default()));
    world.refused(&[queue], &[&admin], E::NoTreasury);
}

#[test]
fn the_longest_timelock_and_the_shortest_expiry_leave_time_to_apply() {
    let longest = Parameters { timelock: 30 * DAY, change_expiry: HOUR, ..Parameters::DEFAULT };
    let mut world = World::with(longest);
    let index = world.queue(&Change::parameters(Parameters::DEFAULT));
    world.pass(30 * DAY + HOUR);
    world.apply(index);
    assert_eq!(world.config().parameters, Parameters::DEFAULT);
}

#[test]
fn the_budget_of_pauses_is_raised_only_behind_the_timelock_and_never_reaches_a_running_pause() {
    let mut world = World::new();
    let guardian: Keypair = world.guardian.insecure_clone();
    let all = u32::try_from(Parameters::DEFAULT.pause_max).unwrap();
    let wide = Change::parameters(Parameters { pause_max: 7 * DAY, ..Parameters::DEFAULT });
    let index = world.queue(&wide);
    let pause = world.network.pause(&guardian.pubkey(), all);
    world.must(std::slice::from_ref(&pause), &[&guardian]);
    let until = world.config().paused_until;
    world.pass(i64::from(all));
    // The budget is used up; the change in waiting gives nothing.
    let more = world.network.pause(&guardian.pubkey(), 1);
    world.refused(std::slice::from_ref(&more), &[&guardian], E::PauseBudget);
    assert_eq!(world.config().paused_until, until);
    world.apply(index);
    // Now there is more, but what was used counts.
    let rest = u32::try_from(7 * DAY).unwrap() - all;
    let over = world.network.pause(&guardian.pubkey(), rest + 1);
    world.refused(&[over], &[&guardian], E::PauseBudget);
    world.must(&[world.network.pause(&guardian.pubkey(), rest)], &[&guardian]);
    // A budget that is lowered below what was used leaves none, and ends nothing.
    let until = world.config().paused_until;
    world.change(&Change::parameters(Parameters { pause_max: 0, ..Parameters::DEFAULT }));
    assert_eq!(world.config().paused_until, until);
    world.pass(60 * DAY);
    world.refused(&[more], &[&guardian], E::PauseBudget);
}
