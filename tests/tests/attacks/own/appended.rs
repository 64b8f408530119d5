//! Attacks by accounts that are handed over on top of those that an instruction takes.

use crate::common::{an_hour, worked};
use settlement_interface::accounts::Party;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::CHALLENGER;
use settlement_interface::{Address, ID, pda};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Actors, DOLLARS, ESCROW, JobFixture, MeterFixture, Outage, Trace, Verifiable, World, order};

/// What moves money, in a network where it succeeds.
type Movement = (World, Vec<Instruction>, Vec<Keypair>);
/// How a network comes to be there.
type Story = fn() -> Movement;

fn moves(world: World, instruction: Instruction, signers: &[&Keypair]) -> Movement {
    (world, vec![instruction], signers.iter().map(|key| key.insecure_clone()).collect())
}

/// Every instruction that moves tokens, dollars or rent, or books who gets them, by its name.
const MOVEMENTS: [(&str, Story); 27] = [
    ("stake", stake),
    ("withdraw_stake", withdraw_stake),
    ("vouch", vouch),
    ("withdraw_vouched", withdraw_vouched),
    ("open_job", open_job),
    ("top_up", top_up),
    ("withdraw_bid", withdraw_bid),
    ("settle", settle),
    ("convert", convert),
    ("cancel_job", cancel_job),
    ("advance_job", advance_job),
    ("withdraw", withdraw),
    ("reclaim_job", reclaim_job),
    ("claim", claim),
    ("claim_rebate", claim_rebate),
    ("settle_stable", settle_stable),
    ("convert_stable", convert_stable),
    ("withdraw, of dollars", withdraw_dollars),
    ("buyback", buyback),
    ("open_case", open_case),
    ("answer_case", answer_case),
    ("resolve_case", resolve_case),
    ("withdraw_case", withdraw_case),
    ("open_dispute", open_dispute),
    ("resolve_dispute", resolve_dispute),
    ("withdraw_dispute", withdraw_dispute),
    ("close_dispute", close_dispute),
];

fn stake() -> Movement {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let stake = world.network.stake(&owner, &world.associated(&owner), &actors.provider_address(), 5);
    moves(world, stake, &[&actors.provider])
}

fn withdraw_stake() -> Movement {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    world.must(&[world.network.request_unstake(&owner, 5)], &[&actors.provider]);
    world.pass(Parameters::DEFAULT.unbonding);
    let withdraw = world.network.withdraw_stake(&owner);
    moves(world, withdraw, &[])
}

fn vouch() -> Movement {
    let mut world = World::new();
    let meter = MeterFixture::unbonded(&mut world, 5);
    let owner = meter.authority.pubkey();
    let vouch = world.network.vouch(&owner, &world.associated(&owner), &meter.address(), 5);
    moves(world, vouch, &[&meter.authority])
}

fn withdraw_vouched() -> Movement {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let owner = meter.authority.pubkey();
    world.must(&[world.network.request_unvouch(&owner, &meter.address(), 5)], &[&meter.authority]);
    world.pass(Parameters::DEFAULT.unbonding);
    let withdraw = world.network.withdraw_vouched(&owner, &meter.address());
    moves(world, withdraw, &[])
}

fn open_job() -> Movement {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (open, _, _) = actors.open(&world, &order(world.now(), &actors.session.pubkey()), ESCROW);
    moves(world, open, &[&actors.consumer])
}

fn top_up() -> Movement {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let top_up = job.topping_up(&world, 5, 7);
    moves(world, top_up, &[&job.actors.consumer])
}

fn withdraw_bid() -> Movement {
    let mut world = World::new();
    let (job, bidder) = (JobFixture::open(&mut world), world.bidder());
    job.bid(&mut world, &bidder, 1_900_000).unwrap();
    job.cancel(&mut world).unwrap();
    let withdraw = job.withdrawing(&world, &bidder, &bidder);
    moves(world, withdraw, &[&bidder])
}

fn settle() -> Movement {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let all = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    (world, all.into(), vec![job.actors.provider])
}

fn convert() -> Movement {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.pass(3_600);
    job.settle(&mut world, 3_600_000).unwrap();
    world.refresh();
    let bank = world.bank.insecure_clone();
    let convert = world.network.convert(&bank.pubkey(), &job.keys, world.epoch());
    moves(world, convert, &[])
}

fn cancel_job() -> Movement {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    moves(world, cancel, &[&job.actors.consumer])
}

/// A no-show's penalty, a part of which burns.
fn advance_job() -> Movement {
    let mut world = World::new();
    let by = world.holder(0);
    let job = JobFixture::marked(&mut world, &by);
    world.pass(Parameters::DEFAULT.grace);
    let advance = world.network.advance_job(&job.keys);
    moves(world, advance, &[])
}

fn withdraw() -> Movement {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let withdraw = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    moves(world, withdraw, &[])
}

fn reclaim_job() -> Movement {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let reclaim = job.reclaiming(&world);
    moves(world, reclaim, &[])
}

fn claim() -> Movement {
    let mut world = World::new();
    let job = worked(&mut world);
    let claim = world.network.claim(&job.authority());
    moves(world, claim, &[])
}

fn claim_rebate() -> Movement {
    let mut world = World::new();
    let job = worked(&mut world);
    let epoch = world.epoch();
    world.until(world.now() + Parameters::DEFAULT.epoch_len);
    let rebate = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    moves(world, rebate, &[])
}

fn settle_stable() -> Movement {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running(&mut world);
    world.until(world.now() + 3_600);
    let all = job.paying(&world, &job.receipt(&world, 3_600_000), &job.actors.session);
    (world, all.into(), vec![job.actors.provider])
}

fn convert_stable() -> Movement {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_running_with(&mut world, 1_000_000);
    world.until(world.now() + 3_600);
    job.pay(&mut world, 3_600_000).unwrap();
    let top_up = job.stable_topping_up(&world, 5_000_000, 0);
    world.must(&[top_up], &[&job.actors.consumer]);
    let convert = world.rail().convert(&job.keys.job);
    moves(world, convert, &[])
}

fn withdraw_dollars() -> Movement {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let job = JobFixture::stable_closed(&mut world);
    world.dollars_of(&job.authority(), 0);
    let withdraw = world.rail().withdraw(&job.keys, Party::Provider, &job.authority());
    moves(world, withdraw, &[])
}

fn buyback() -> Movement {
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    world.set_amount(&pda::buyback_vault(), 2 * DOLLARS);
    let buyer = world.holder(ESCROW * 10);
    let (source, destination) = (world.associated(&buyer.pubkey()), world.dollars_of(&buyer.pubkey(), 0));
    let buy = world.rail().buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    moves(world, buy, &[&buyer])
}

fn open_case() -> Movement {
    let outage = Outage::new();
    let hour = (outage.start, outage.start + 3_600);
    let all = outage.meter.reporting(&outage.world, &outage.job, &outage.reporter.pubkey(), hour);
    (outage.world, all.into(), vec![outage.reporter])
}

fn reported() -> Outage {
    let mut outage = Outage::new();
    outage.report(outage.start, outage.start + 3_600);
    outage
}

fn answer_case() -> Movement {
    let outage = reported();
    let all = outage.meter.answering(&outage.world, &outage.job, 0, 25_920_000, outage.world.now());
    (outage.world, all.into(), vec![])
}

fn resolve_case() -> Movement {
    let mut outage = reported();
    outage.mark(0);
    outage.world.until(outage.world.now() + Parameters::DEFAULT.grace);
    let resolve = outage.resolve(0);
    moves(outage.world, resolve, &[])
}

fn withdraw_case() -> Movement {
    let mut outage = reported();
    outage.uphold(0);
    let withdraw = outage.withdraw(0);
    moves(outage.world, withdraw, &[])
}

fn open_dispute() -> Movement {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::differing_from(8, 3));
    let (open, _) = fixture.opening(&world, 1, &Trace::honest(8));
    moves(world, open, &[&fixture.job.actors.consumer])
}

fn resolve_dispute() -> Movement {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    world.pass(Parameters::DEFAULT.grace);
    let resolve = fixture.resolving(&world, &dispute);
    moves(world, resolve, &[])
}

fn withdraw_dispute() -> Movement {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::resolved(&mut world, false);
    let withdraw = world.network.withdraw_dispute(&dispute, CHALLENGER, &fixture.job.wallet());
    moves(world, withdraw, &[])
}

fn close_dispute() -> Movement {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::disputed(&mut world, &Trace::honest(8), &Trace::honest(8));
    fixture.miss(&mut world, &dispute);
    fixture.resolve(&mut world, &dispute).unwrap();
    let close = world.network.close_dispute(&dispute, &world.bank.pubkey());
    moves(world, close, &[])
}

/// What an instruction leaves: every account of the program and of the token programs, and the lamports of
/// these addresses.
fn left(
    world: &World,
    of: &[Address],
    instructions: &[Instruction],
    signers: &[&Keypair],
) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut fork = world.fork();
    fork.must(instructions, signers);
    (fork.snapshot(), of.iter().map(|address| fork.lamports(address)).collect::<Vec<_>>())
}

#[test]
fn accounts_are_appended_to_an_instruction() {
    for (name, movement) in MOVEMENTS {
        let (mut world, plain, signers) = movement();
        let signers: Vec<&Keypair> = signers.iter().collect();
        let thief = world.holder(0);
        let mint = world.network.mint;
        // The thief's accounts, the vault and what rules over it, programs, and the instruction's own again.
        let others = [thief.pubkey(), world.associated(&thief.pubkey()), pda::stake_vault(), mint];
        let rulers = [pda::config(), pda::totals(), pda::price(), pda::event_authority()];
        let programs = [pda::TOKEN_PROGRAM, pda::SYSTEM_PROGRAM, ID];
        let last = plain.len() - 1;
        let own: Vec<AccountMeta> = plain[last].accounts.clone();
        let writable = others.iter().map(|address| AccountMeta::new(*address, false));
        let readable =
            rulers.iter().chain(&programs).map(|address| AccountMeta::new_readonly(*address, false));
        let mut more = plain.clone();
        more[last].accounts.extend(writable.chain(readable).chain(own));
        let of: Vec<Address> = more[last].accounts.iter().map(|meta| meta.pubkey).collect();
        // None of it is looked at: everything is as it would have been without.
        let expected = left(&world, &of, &plain, &signers);
        assert_eq!(left(&world, &of, &more, &signers), expected, "{name}");
    }
}
