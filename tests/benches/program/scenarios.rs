//! What is measured: each instruction once in a usual state, and where it matters in its dearest.

use crate::bench::Bench;
use settlement_interface::accounts::{Party, RATES, RateEntry};
use settlement_interface::batch;
use settlement_interface::change::Change;
use settlement_interface::instructions::{Evidence, Listed, START};
use settlement_interface::merkle::MAX_STEPS;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::rules::CHALLENGER;
use solana_signer::Signer;
use tests::{
    Actors, COIN, DOLLARS, ESCROW, JobFixture, MeterFixture, Trace, Verifiable, World, order, stable_order,
};

/// Measures everything.
pub fn all(bench: &mut Bench) {
    network(bench);
    parties(bench);
    jobs(bench);
    market(bench);
    settling(bench);
    endings(bench);
    stable(bench);
    third_parties(bench);
    batches(bench);
    disputes(bench);
}

fn network(bench: &mut Bench) {
    let mut world = World::before_genesis();
    let initialize = world.initialize(&world.genesis(Parameters::DEFAULT));
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    bench.measure("initialize", &mut world, &[initialize], &[&admin]);
    let network = world.network;
    bench.measure("observe", &mut world, &[network.observe()], &[]);
    bench.measure("pause", &mut world, &[network.pause(&guardian.pubkey(), 60)], &[&guardian]);
    bench.measure("unpause", &mut world, &[network.unpause(&admin.pubkey())], &[&admin]);
    world.must(&[network.pause(&admin.pubkey(), 60)], &[&admin]);
    world.pass(61);
    bench.measure("resume", &mut world, &[network.resume()], &[]);
    let next = world.wallet();
    let propose = network.propose_admin(&admin.pubkey(), &next.pubkey());
    bench.measure("propose_admin", &mut world, &[propose], &[&admin]);
    bench.measure("accept_admin", &mut world, &[network.accept_admin(&next.pubkey())], &[&next]);
    world.admin = next.insecure_clone();
    let lower = Change::parameters(Parameters { take_bps: 1, ..Parameters::DEFAULT });
    let queue = world.queueing(&lower);
    bench.measure("queue_change, parameters", &mut world, &[queue], &[&next]);
    let queue = world.queueing(&Change::guardian(next.pubkey()));
    bench.measure("queue_change, an address", &mut world, &[queue], &[&next]);
    world.pass(Parameters::DEFAULT.timelock);
    let apply = world.applying(0);
    bench.measure("apply_change, parameters", &mut world, &[apply], &[&next]);
    let cancel = network.cancel_change(&next.pubkey(), 1, &world.bank.pubkey());
    bench.measure("cancel_change", &mut world, &[cancel], &[&next]);
}

fn parties(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let holder = world.holder(1_000_000);
    let (wallet, bank) = (holder.pubkey(), world.bank.pubkey());
    bench.measure("register_consumer", &mut world, &[network.register_consumer(&bank, &wallet)], &[]);
    let rates = [RateEntry::default(); RATES];
    let register = network.register_provider(&bank, &wallet, &[7; 32], &rates);
    bench.measure("register_provider", &mut world, &[register], &[&holder]);
    let update = network.update_provider(&wallet, &[8; 32], &rates);
    bench.measure("update_provider", &mut world, &[update], &[&holder]);
    let stake = network.stake(&wallet, &world.associated(&wallet), &pda::provider(&wallet), 1_000);
    bench.measure("stake", &mut world, &[stake], &[&holder]);
    bench.measure("request_unstake", &mut world, &[network.request_unstake(&wallet, 500)], &[&holder]);
    world.pass(7 * 86_400);
    bench.measure("withdraw_stake", &mut world, &[network.withdraw_stake(&wallet)], &[]);
}

fn jobs(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, keys, nonce) = actors.open(&world, &usual, ESCROW);
    bench.measure("open_job", &mut world, &[open], &[&actors.consumer]);
    bench.limited_to_floor();
    let job = JobFixture { actors, keys, nonce };
    let (wallet, authority) = (job.actors.consumer.pubkey(), job.actors.provider.pubkey());
    let top_up = network.top_up(&wallet, &world.associated(&wallet), &keys.job, 1_000, 1_000);
    bench.measure("top_up", &mut world, &[top_up], &[&job.actors.consumer]);
    let hash = job.read(&world).terms_hash;
    let accept = network.accept_offer(&authority, &keys.job, &hash, u64::MAX);
    bench.measure("accept_offer", &mut world, &[accept], &[&job.actors.provider]);
    let start = network.start_job(&authority, &keys.job);
    bench.measure("start_job", &mut world, &[start], &[&job.actors.provider]);
    let rotate = network.rotate_meter(&wallet, &keys, &world.bank.pubkey());
    bench.measure("rotate_meter", &mut world, &[rotate], &[&job.actors.consumer]);
    let close = network.close_job(&wallet, &keys);
    bench.measure("close_job", &mut world, &[close], &[&job.actors.consumer]);
    let job = JobFixture::assigned(&mut world);
    let cancel = network.cancel_job(&job.actors.consumer.pubkey(), &job.keys);
    bench.measure("cancel_job", &mut world, &[cancel], &[&job.actors.consumer]);
}

fn market(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let job = JobFixture::open(&mut world);
    let (best, beaten, bank) = (world.bidder(), world.bidder(), world.bank.insecure_clone());
    let first = job.bidding(&world, &beaten, 2_000_000);
    bench.measure("place_bid", &mut world, &[first], &[&beaten]);
    let lower = job.bidding(&world, &beaten, 1_900_000);
    bench.measure("place_bid, a lower one", &mut world, &[lower], &[&beaten]);
    job.bid(&mut world, &best, 1_000_000).unwrap();
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &best);
    bench.measure("accept_bid", &mut world, &[accept], &[&job.actors.consumer]);
    let withdraw = job.withdrawing(&world, &bank, &beaten);
    bench.measure("withdraw_bid", &mut world, &[withdraw], &[]);
    let job = JobFixture::offered(&mut world);
    let set = network.set_standing_offer(&job.actors.provider.pubkey(), &world.standing());
    bench.measure("set_standing_offer", &mut world, &[set], &[&job.actors.provider]);
    let accept = job.accepting_standing(&world);
    bench.measure("accept_standing_offer", &mut world, &[accept], &[]);
    job.penalise(&mut world, 5);
    let top_up = job.topping_up_bond(&world, 5);
    bench.measure("top_up_bond", &mut world, &[top_up], &[&job.actors.provider]);
}

fn settling(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 1_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    // Once an epoch for the whole network: two accounts are created.
    bench.measure("settle, the first of an epoch", &mut world, &instructions, &[&job.actors.provider]);
    bench.limited_to_floor();
    // Once an epoch for each provider: one account is created.
    let other = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    let receipt = other.receipt(&world, 1_000);
    let instructions = other.settling_instructions(&world, &receipt, &other.actors.session, 0);
    let signers = [&other.actors.provider];
    bench.measure("settle, the provider's first of an epoch", &mut world, &instructions, &signers);
    bench.limited_to_floor();
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 2_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    bench.measure("settle", &mut world, &instructions, &[&job.actors.provider]);
    bench.limited_to_floor();
    // A thousand times the work in one receipt.
    world.until(world.now() + 600);
    let receipt = job.receipt(&world, 2_002_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    bench.measure("settle, 1,000 times the work", &mut world, &instructions, &[&job.actors.provider]);
    bench.limited_to_floor();
    world.pass(200);
    let receipt = job.receipt(&world, 2_003_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    bench.measure("settle without a price", &mut world, &instructions, &[&job.actors.provider]);
    bench.limited_above_its_floor_as("settle");
    world.refresh();
    let convert = network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    bench.measure("convert", &mut world, &[convert], &[]);
    let authority = job.actors.provider.pubkey();
    bench.measure("claim", &mut world, &[network.claim(&authority)], &[]);
    bench.limited_to_floor();
    let epoch = world.epoch();
    world.pass(86_400);
    let rebate = network.claim_rebate(&authority, epoch, &authority);
    bench.measure("claim_rebate", &mut world, &[rebate], &[]);
    let second = other.actors.provider.pubkey();
    world.must(&[network.claim_rebate(&second, epoch, &second)], &[]);
    bench.measure("close_epoch", &mut world, &[network.close_epoch(epoch, &authority)], &[]);
}

fn endings(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let job = JobFixture::assigned(&mut world);
    world.pass(3_601);
    let mark = network.mark(&world.bank.pubkey(), &job.keys);
    bench.measure("mark", &mut world, &[mark], &[]);
    world.pass(3_600);
    bench.measure("advance_job, a no-show", &mut world, &[network.advance_job(&job.keys)], &[]);
    let consumer = job.actors.consumer.pubkey();
    let withdraw = network.withdraw(&job.keys, Party::Consumer as u8, &consumer);
    bench.measure("withdraw from both vaults", &mut world, &[withdraw], &[]);
    let reporter = network.withdraw(&job.keys, Party::Reporter as u8, &world.bank.pubkey());
    world.must(&[reporter], &[]);
    let reclaim = network.reclaim_job(&job.keys.job, &consumer, &world.bank.pubkey());
    bench.measure("reclaim_job", &mut world, &[reclaim], &[]);
    world.refresh();
    let job = JobFixture::settling(&mut world);
    bench.measure("advance_job, closing", &mut world, &[network.advance_job(&job.keys)], &[]);
    let job = JobFixture::halted(&mut world, 2_000_000);
    let mark = network.mark(&world.bank.pubkey(), &job.keys);
    bench.measure("mark, a halt", &mut world, &[mark], &[]);
    world.pass(Parameters::DEFAULT.halt_max);
    bench.measure("advance_job, in kind", &mut world, &[network.advance_job(&job.keys)], &[]);
}

/// With a stablecoin of Token-2022, the dearer of the two.
fn stable(bench: &mut Bench) {
    let mut world = World::new();
    world.set_coin(pda::TOKEN_2022_PROGRAM, 6, &COIN);
    let index = world.queue(&Change::stable_mint(world.coin_mint()));
    world.pass(Parameters::DEFAULT.timelock);
    let (admin, bank) = (world.admin.insecure_clone(), world.bank.pubkey());
    let open = world.coin(pda::TOKEN_2022_PROGRAM).open_rail(&admin.pubkey(), &bank, index, &bank);
    bench.measure("open_stable_rail", &mut world, &[open], &[&admin]);
    let mut world = World::stable(pda::TOKEN_2022_PROGRAM);
    let rail = world.rail();
    let actors = Actors::new(&mut world);
    let usual = stable_order(world.now(), &actors.session.pubkey());
    let (wallet, bank) = (actors.consumer.pubkey(), world.bank.pubkey());
    let source = world.dollars_of(&wallet, 2 * DOLLARS);
    let open = rail.open_job(&bank, &wallet, &source, &actors.provider_address(), 0, &usual, DOLLARS);
    bench.measure("open_job, stable", &mut world, &[open], &[&actors.consumer]);
    bench.limited_to_floor();
    let job = JobFixture::stable_running(&mut world);
    let top_up = job.stable_topping_up(&world, 5, 0);
    bench.measure("top_up, stable", &mut world, &[top_up], &[&job.actors.consumer]);
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 1_000);
    let paying = job.paying(&world, &receipt, &job.actors.session);
    bench.measure("settle_stable", &mut world, &paying, &[&job.actors.provider]);
    bench.limited_to_floor();
    let short = JobFixture::stable_running_with(&mut world, 5);
    world.until(world.now() + 60);
    short.pay(&mut world, 60_000).unwrap();
    let top_up = short.stable_topping_up(&world, DOLLARS, 0);
    world.must(&[top_up], &[&short.actors.consumer]);
    bench.measure("convert_stable", &mut world, &[rail.convert(&short.keys.job)], &[]);
    bench.limited(5_000);
    let job = JobFixture::stable_closed(&mut world);
    for party in [Party::Consumer, Party::Buyback] {
        let wallet = job.wallet_of(&world, party);
        if party == Party::Consumer {
            world.dollars_of(&wallet, 0);
        }
        let name = if party == Party::Consumer { "withdraw, stable" } else { "withdraw for the buyback" };
        bench.measure(name, &mut world, &[rail.withdraw(&job.keys, party, &wallet)], &[]);
    }
    world.set_amount(&pda::buyback_vault(), DOLLARS);
    bench.measure("tick_buyback", &mut world, &[rail.tick_buyback()], &[]);
    let buyer = world.holder(ESCROW * 10);
    let (source, destination) = (world.associated(&buyer.pubkey()), world.dollars_of(&buyer.pubkey(), 0));
    let buy = rail.buyback(&buyer.pubkey(), &source, &destination, DOLLARS, u64::MAX);
    bench.measure("buyback", &mut world, &[buy], &[&buyer]);
    bench.limited(20_000);
}

fn third_parties(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let bank = world.bank.pubkey();
    let (key, holder) = (world.wallet(), world.holder(1_000_000));
    let (address, wallet) = (pda::meter(&key.pubkey()), holder.pubkey());
    let register = network.register_meter(&bank, &key.pubkey(), &wallet);
    bench.measure("register_meter", &mut world, &[register], &[&key, &holder]);
    let register = network.register_arbiter(&bank, &wallet);
    bench.measure("register_arbiter", &mut world, &[register], &[&holder]);
    let vouch = network.vouch(&wallet, &world.associated(&wallet), &address, 1_000);
    bench.measure("vouch", &mut world, &[vouch], &[&holder]);
    let request = network.request_unvouch(&wallet, &address, 500);
    bench.measure("request_unvouch", &mut world, &[request], &[&holder]);
    world.pass(7 * 86_400);
    world.refresh();
    bench.measure("withdraw_vouched", &mut world, &[network.withdraw_vouched(&wallet, &address)], &[]);

    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    let (reporter, start) = (world.holder(1_000_000_000), world.now());
    let source = world.associated(&reporter.pubkey());
    let open = |index| {
        let by = reporter.pubkey();
        network.open_case(
            &by,
            &by,
            &source,
            &job.keys,
            index,
            &meter.key.pubkey(),
            Evidence::Receipts(START, 0),
            u64::MAX,
        )
    };
    world.until(start + 3_600);
    let words = meter.receipt(&world, &job, 1_000, start + 3_600);
    bench.measure("open_case", &mut world, &[words.clone(), open(0)], &[&reporter]);
    let better = meter.receipt(&world, &job, 25_920_000, start + 3_600);
    let answer = network.answer_case(
        &job.keys,
        0,
        &meter.key.pubkey(),
        &reporter.pubkey(),
        START,
        0,
        [Listed::NONE; 2],
    );
    bench.measure("answer_case", &mut world, &[better, answer], &[]);
    world.must(&[words, open(1)], &[&reporter]);
    world.pass(86_401);
    let resolve = network.resolve_case(&job.keys, 1, &meter.key.pubkey());
    bench.measure("resolve_case, marking", &mut world, std::slice::from_ref(&resolve), &[]);
    world.pass(3_600);
    bench.measure("resolve_case, a penalty", &mut world, &[resolve], &[]);
    let withdraw = network.withdraw_case(&job.keys.job, 1, &reporter.pubkey(), &reporter.pubkey());
    bench.measure("withdraw_case", &mut world, &[withdraw], &[]);
}

/// Receipts of many jobs by one signature; the limit is one and a half times `890 n + 3,420`.
fn batches(bench: &mut Bench) {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs: Vec<JobFixture> = (0..56).map(|_| meter.job(&mut world, 0, ESCROW)).collect();
    let rows = [(1, "accept_batch, 1 job"), (8, "accept_batch, 8 jobs"), (24, "accept_batch, 24 jobs")];
    for (at, (count, name)) in rows.into_iter().chain([(56, "accept_batch, 56 jobs")]).enumerate() {
        world.until(world.now() + 60);
        let through = world.now();
        let units = 60_000 * (u64::try_from(at).unwrap() + 1);
        let all = &jobs[..count];
        let entries: Vec<_> =
            all.iter().map(|job| (job.keys.job, job.read(&world).opened_at, units)).collect();
        let signed = batch::message(&world.config().receipt_domain, &entries, through);
        let named: Vec<_> = all.iter().map(|job| (job.keys.job, units)).collect();
        let accept = world.network.accept_batch(&named, through, 0);
        bench.measure(name, &mut world, &[meter.signed(&signed), accept], &[]);
        bench.limited((890 * u64::try_from(count).unwrap() + 3_420) * 3 / 2);
    }
}

fn disputes(bench: &mut Bench) {
    let mut world = World::new();
    let network = world.network;
    let steps = usize::try_from(MAX_STEPS).unwrap();
    let (provider, own) = (Trace::differing_from(steps, 1), Trace::honest(steps));
    let fixture = Verifiable::running(&mut world);
    let signers = [&fixture.job.actors.provider];
    world.until(world.now() + 60);
    let receipt = fixture.receipt(&world, 10_000, &provider);
    let settle = fixture.job.settling_instructions(&world, &receipt, &fixture.job.actors.session, 0);
    bench.measure("settle, all of it pending", &mut world, &settle, &signers);
    bench.limited_above_its_floor_as("settle");
    let (open, dispute) = fixture.opening(&world, 1, &own);
    bench.measure("open_dispute", &mut world, &[open], &[&fixture.job.actors.consumer]);
    let (reveal, key) = fixture.revealing(&world, &dispute, &provider, &own).unwrap();
    bench.measure("reveal, of 2^20 steps", &mut world, &[reveal], &[key]);
    bench.limited(10_000);
    fixture.play(&mut world, &dispute, &provider, &own);
    let [first, second, ..] = fixture.arbiters.as_slice() else { unreachable!() };
    bench.measure("rule", &mut world, &[network.rule(&first.pubkey(), &dispute, false)], &[first]);
    world.must(&[network.rule(&second.pubkey(), &dispute, false)], &[second]);
    let grace = fixture.job.read(&world).terms.parameters.grace;
    world.until(world.now() + grace);
    let resolve = fixture.resolving(&world, &dispute);
    bench.measure("resolve_dispute, the provider lost", &mut world, &[resolve], &[]);
    let payments = [(0, first.pubkey()), (1, second.pubkey()), (CHALLENGER, fixture.job.wallet())];
    let [arbiter, rest @ ..] = payments.map(|(member, to)| network.withdraw_dispute(&dispute, member, &to));
    bench.measure("withdraw_dispute", &mut world, &[arbiter], &[]);
    let release = network.release_arbiter(&dispute, &first.pubkey());
    bench.measure("release_arbiter", &mut world, &[release], &[]);
    world.must(&[network.release_arbiter(&dispute, &second.pubkey())], &[]);
    world.must(&rest, &[]);
    let close = network.close_dispute(&dispute, &world.bank.pubkey());
    bench.measure("close_dispute", &mut world, &[close], &[]);
}
