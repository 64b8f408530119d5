//! What a challenger puts down follows what its dispute can void, however a top-up has outgrown the bond.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Dispute;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use tests::{ARBITER_STAKE, ESCROW, Trace, Verifiable, World, units};

/// Half of a tenth of 60 tokens.
const LEAST: u64 = ESCROW / 20;

fn at_most(mut open: Instruction, max: u64) -> Instruction {
    let at = open.data.len() - 8;
    open.data[at..].copy_from_slice(&max.to_le_bytes());
    open
}

#[test]
fn the_bond_of_a_dispute_is_a_share_of_the_jobs_bond_or_of_what_waits_if_that_is_more() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    let (job, consumer) = (&fixture.job, &fixture.job.actors.consumer);
    world.give(&job.wallet(), 20 * ESCROW);
    job.top_up(&mut world, 9 * ESCROW, 900_000_000).unwrap();
    let trace = |steps| Trace::differing_from(steps, 3);
    // 120 USD are 60 tokens, for which the terms ask as much as for the escrow that was accepted.
    for (usd, steps, bond) in
        [(120_000_000, 8, LEAST), (120_000_200, 9, LEAST + 5_000), (800_000_000, 10, 20_000_000_000)]
    {
        let seconds = i64::try_from(units(usd) / 8_000).unwrap() + i64::try_from(steps).unwrap();
        world.until(job.read(&world).started_at + seconds);
        fixture.commit(&mut world, units(usd), &trace(steps)).unwrap();
        let receipt = job.read(&world).receipts;
        let (open, _) = fixture.opening(&world, receipt, &Trace::honest(steps));
        world.refused(&[at_most(open.clone(), bond - 1)], &[consumer], E::BondTooHigh);
        world.trial(&[at_most(open, bond)], &[consumer]).unwrap();
    }
    // Whoever rules has both bonds at stake.
    let dispute = fixture.open(&mut world, 3, &Trace::honest(10)).unwrap();
    let state = world.read::<Dispute>(&dispute);
    assert_eq!((state.bond, state.arbiter_stake), (20_000_000_000, ARBITER_STAKE));
}

#[test]
fn it_never_exceeds_a_share_of_the_escrow_that_the_work_can_be_paid_from() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    world.until(world.now() + 86_400);
    fixture.commit(&mut world, units(80_000_000), &Trace::differing_from(8, 3)).unwrap();
    // The price falls to a thousandth: 80 USD would be 40,000 tokens, but there are 60.
    (world.price.spot, world.price.average, world.price.confidence) = (200_000, 200_000, 100);
    world.refresh();
    world.must(&[world.network.observe()], &[]);
    let (open, _) = fixture.opening(&world, 1, &Trace::honest(8));
    world.refused(&[at_most(open.clone(), LEAST - 1)], &[&fixture.job.actors.consumer], E::BondTooHigh);
    world.trial(&[at_most(open, LEAST)], &[&fixture.job.actors.consumer]).unwrap();
}

#[test]
fn another_account_is_no_price() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::differing_from(8, 3));
    let (open, _) = fixture.opening(&world, 1, &Trace::honest(8));
    for account in [pda::config(), pda::totals(), Address::default(), world.network.feed] {
        let mut wrong = open.clone();
        wrong.accounts[5].pubkey = account;
        world.rejected(&[wrong], &[&fixture.job.actors.consumer]);
    }
}
