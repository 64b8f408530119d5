//! The same for third parties, outage cases and batches.

use crate::scenes::{Scene, anybody, crowded};
use settlement_interface::absence::Absence;
use settlement_interface::instructions::{Evidence, Listed, START};
use settlement_interface::parameters::Parameters;
use settlement_interface::{batch, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, World, arbiter};

fn of(
    name: &'static str,
    world: World,
    instructions: Vec<Instruction>,
    at: usize,
    signers: &[&Keypair],
) -> Scene {
    let signers = signers.iter().map(|key| key.insecure_clone()).collect();
    Scene { name, world, instructions, at, signers, unread: vec![], meant: vec![] }
}

pub fn register_meter() -> Scene {
    let (mut world, _) = crowded();
    let (payer, key, authority) = (world.wallet(), world.wallet(), world.wallet());
    let register = world.network.register_meter(&payer.pubkey(), &key.pubkey(), &authority.pubkey());
    // Any wallet may stand behind a key that signs.
    of("register_meter", world, vec![register], 0, &[&payer, &key, &authority])
        .meant(0, anybody())
        .meant(2, anybody())
}

pub fn register_arbiter() -> Scene {
    let (mut world, _) = crowded();
    let (payer, wallet) = (world.wallet(), world.wallet());
    let register = world.network.register_arbiter(&payer.pubkey(), &wallet.pubkey());
    of("register_arbiter", world, vec![register], 0, &[&payer, &wallet]).meant(0, anybody())
}

pub fn vouch() -> Scene {
    let (mut world, _) = crowded();
    let (meter, other) = (MeterFixture::new(&mut world), MeterFixture::new(&mut world));
    let (wallet, _) = arbiter(&mut world);
    let owner = wallet.pubkey();
    let vouch = world.network.vouch(&owner, &world.associated(&owner), &meter.address(), 5);
    // Anyone may strengthen any third party.
    of("vouch", world, vec![vouch], 0, &[&wallet]).meant(1, other.address()).meant(1, pda::arbiter(&owner))
}

pub fn request_unvouch() -> Scene {
    let (mut world, _) = crowded();
    let (meter, _) = (MeterFixture::new(&mut world), MeterFixture::new(&mut world));
    arbiter(&mut world);
    let request = world.network.request_unvouch(&meter.authority.pubkey(), &meter.address(), 5);
    of("request_unvouch", world, vec![request], 0, &[&meter.authority])
}

pub fn withdraw_vouched() -> Scene {
    let mut scene = request_unvouch();
    let signer = scene.signers[0].insecure_clone();
    scene.world.must(&scene.instructions, &[&signer]);
    scene.world.pass(Parameters::DEFAULT.unbonding);
    let third_party = scene.instructions[0].accounts[1].pubkey;
    let withdraw = scene.world.network.withdraw_vouched(&signer.pubkey(), &third_party);
    of("withdraw_vouched", scene.world, vec![withdraw], 0, &[])
}

/// An hour into a job of which its meter says that nobody was there; and another such job.
fn absent() -> (World, MeterFixture, JobFixture, Keypair, Vec<Instruction>) {
    let (mut world, _) = crowded();
    let others = MeterFixture::new(&mut world);
    others.job(&mut world, 9_000, ESCROW);
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    let (payer, start) = (world.holder(1_000_000_000), world.now());
    world.until(start + 3_600);
    let receipt = job.receipt(&world, 0);
    let statement = Absence {
        domain: receipt.domain,
        job: receipt.job,
        opened_at: receipt.opened_at,
        from: start,
        to: start + 3_600,
    };
    let words = meter.signed(&statement.encode());
    let source = world.associated(&payer.pubkey());
    let key = payer.pubkey();
    let open = world.network.open_case(
        &key,
        &key,
        &source,
        &job.keys,
        0,
        &meter.key.pubkey(),
        Evidence::Absence(0),
        u64::MAX,
    );
    (world, meter, job, payer, vec![words, open])
}

pub fn open_case() -> Scene {
    let (mut world, _, _, reporter, mut instructions) = absent();
    let payer = world.wallet();
    instructions[1].accounts[0].pubkey = payer.pubkey();
    of("open_case", world, instructions, 1, &[&payer, &reporter]).meant(0, anybody())
}

pub fn answer_case() -> Scene {
    let (mut world, meter, job, reporter, instructions) = absent();
    world.must(&instructions, &[&reporter]);
    let words = meter.receipt(&world, &job, 25_920_000, world.now());
    let key = meter.key.pubkey();
    let answer =
        world.network.answer_case(&job.keys, 0, &key, &reporter.pubkey(), START, 0, [Listed::NONE; 2]);
    of("answer_case", world, vec![words, answer], 1, &[])
}

fn unanswered() -> Scene {
    let (mut world, meter, job, reporter, instructions) = absent();
    world.must(&instructions, &[&reporter]);
    let resolve = world.network.resolve_case(&job.keys, 0, &meter.key.pubkey());
    world.until(world.now() + Parameters::DEFAULT.case_window + 1);
    world.must(std::slice::from_ref(&resolve), &[]);
    world.until(world.now() + Parameters::DEFAULT.grace);
    of("resolve_case", world, vec![resolve], 0, &[&reporter])
}

pub fn resolve_case() -> Scene {
    let mut scene = unanswered();
    scene.signers.clear();
    scene
}

pub fn withdraw_case() -> Scene {
    let mut scene = unanswered();
    scene.world.must(&scene.instructions, &[]);
    let (job, reporter) = (scene.instructions[0].accounts[0].pubkey, scene.signers[0].pubkey());
    let withdraw = scene.world.network.withdraw_case(&job, 0, &reporter, &reporter);
    of("withdraw_case", scene.world, vec![withdraw], 0, &[])
}

pub fn accept_batch() -> Scene {
    let (mut world, _) = crowded();
    let meter = MeterFixture::new(&mut world);
    let jobs = [meter.job(&mut world, 0, ESCROW), meter.job(&mut world, 0, ESCROW)];
    meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    let through = world.now();
    let read = |job: &JobFixture| (job.keys.job, job.read(&world).opened_at, 1_000);
    let signed = batch::message(&world.config().receipt_domain, &[read(&jobs[0]), read(&jobs[1])], through);
    let units = [(jobs[0].keys.job, 1_000), (jobs[1].keys.job, 1_000)];
    let accept = world.network.accept_batch(&units, through, 0);
    of("accept_batch", world, vec![meter.signed(&signed), accept], 1, &[])
}
