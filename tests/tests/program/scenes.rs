//! For every instruction, a network in which it succeeds. There are always two consumers, two
//! providers and, where jobs matter, two running jobs, so that what belongs to somebody else is there
//! to be tried.

mod disputing;
mod governing;
mod market;
mod stable;

pub use disputing::*;
pub use governing::*;
use market::bid_for;
pub use market::*;
use settlement_interface::Address;
use settlement_interface::accounts::{Party, RATES, RateEntry};
use settlement_interface::parameters::Parameters;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
pub use stable::*;
use tests::{Actors, ESCROW, JobFixture, STAKE, World, keypair, order};

pub struct Scene {
    pub name: &'static str,
    pub world: World,
    pub instructions: Vec<Instruction>,
    /// Which of them is looked at.
    pub at: usize,
    pub signers: Vec<Keypair>,
    /// Positions that the instruction does not read in this scene.
    pub unread: Vec<usize>,
    /// Substitutions that are meant to work: position and account.
    pub meant: Vec<(usize, Address)>,
}

/// What signs as anybody.
pub fn anybody() -> Address {
    keypair(999).pubkey()
}

impl Scene {
    fn new(name: &'static str, world: World, instruction: Instruction, signers: &[&Keypair]) -> Self {
        let signers = signers.iter().map(|key| key.insecure_clone()).collect();
        Self { name, world, instructions: vec![instruction], at: 0, signers, unread: vec![], meant: vec![] }
    }

    fn unread(mut self, positions: &[usize]) -> Self {
        self.unread.extend(positions);
        self
    }

    pub fn meant(mut self, position: usize, account: Address) -> Self {
        self.meant.push((position, account));
        self
    }

    /// The program's own id stands for a provider that is left out. So it is there to be called
    /// wherever else it is, and what the last place holds does not matter.
    fn without_provider(self) -> Self {
        let last = self.instruction().accounts.len() - 1;
        self.unread(&[last])
    }

    pub fn instruction(&self) -> &Instruction {
        &self.instructions[self.at]
    }

    /// Whether the scene works with another account at a position.
    pub fn attempt(&mut self, position: usize, meta: AccountMeta, more: &[&Keypair]) -> bool {
        let mut instructions = self.instructions.clone();
        instructions[self.at].accounts[position] = meta;
        let required: Vec<Address> = instructions
            .iter()
            .flat_map(|instruction| &instruction.accounts)
            .filter(|meta| meta.is_signer)
            .map(|meta| meta.pubkey)
            .collect();
        let signers: Vec<Keypair> = self.signers.iter().map(Keypair::insecure_clone).collect();
        let mut keys: Vec<&Keypair> = signers.iter().chain(more.iter().copied()).collect();
        keys.retain(|key| required.contains(&key.pubkey()));
        self.world.trial(&instructions, &keys).is_ok()
    }
}

/// A network with a second consumer and provider, and a job of theirs running.
pub fn crowded() -> (World, JobFixture) {
    let mut world = World::new();
    let other = JobFixture::running(&mut world);
    (world, other)
}

pub fn initialize() -> Scene {
    let mut world = World::before_genesis();
    let genesis = world.genesis(Parameters::DEFAULT);
    let payer = world.wallet();
    let initialize = world.network.initialize(&world.admin.pubkey(), &payer.pubkey(), &genesis);
    let admin = world.admin.insecure_clone();
    Scene::new("initialize", world, initialize, &[&admin, &payer]).meant(1, anybody())
}

pub fn propose_admin() -> Scene {
    let (world, _) = crowded();
    let admin = world.admin.insecure_clone();
    let propose = world.network.propose_admin(&admin.pubkey(), &keypair(7).pubkey());
    Scene::new("propose_admin", world, propose, &[&admin])
}

pub fn accept_admin() -> Scene {
    let mut scene = propose_admin();
    let admin = scene.world.admin.insecure_clone();
    let proposed = keypair(7);
    scene.world.must(&scene.instructions, &[&admin]);
    let accept = scene.world.network.accept_admin(&proposed.pubkey());
    Scene::new("accept_admin", scene.world, accept, &[&proposed])
}

pub fn pause() -> Scene {
    let (world, _) = crowded();
    let guardian = world.guardian.insecure_clone();
    let pause = world.network.pause(&guardian.pubkey(), 60);
    Scene::new("pause", world, pause, &[&guardian])
}

pub fn unpause() -> Scene {
    let mut scene = pause();
    let guardian = scene.world.guardian.insecure_clone();
    let admin = scene.world.admin.insecure_clone();
    scene.world.must(&scene.instructions, &[&guardian]);
    let unpause = scene.world.network.unpause(&admin.pubkey());
    Scene::new("unpause", scene.world, unpause, &[&admin])
}

pub fn resume() -> Scene {
    let mut scene = pause();
    let guardian = scene.world.guardian.insecure_clone();
    scene.world.must(&scene.instructions, &[&guardian]);
    scene.world.pass(60);
    let resume = scene.world.network.resume();
    Scene::new("resume", scene.world, resume, &[])
}

pub fn register_consumer() -> Scene {
    let (mut world, _) = crowded();
    let payer = world.wallet();
    let wallet = world.wallet().pubkey();
    let register = world.network.register_consumer(&payer.pubkey(), &wallet);
    Scene::new("register_consumer", world, register, &[&payer]).meant(0, anybody())
}

pub fn register_provider() -> Scene {
    let (mut world, _) = crowded();
    let (payer, authority) = (world.wallet(), world.wallet());
    let rates = [RateEntry::default(); RATES];
    let register = world.network.register_provider(&payer.pubkey(), &authority.pubkey(), &[1; 32], &rates);
    Scene::new("register_provider", world, register, &[&payer, &authority]).meant(0, anybody())
}

pub fn update_provider() -> Scene {
    let (mut world, _) = crowded();
    let actors = Actors::new(&mut world);
    let rates = [RateEntry::default(); RATES];
    let update = world.network.update_provider(&actors.provider.pubkey(), &[1; 32], &rates);
    Scene::new("update_provider", world, update, &[&actors.provider])
}

pub fn stake() -> Scene {
    let (mut world, other) = crowded();
    let actors = Actors::new(&mut world);
    let owner = actors.provider.pubkey();
    let source = world.associated(&owner);
    let stake = world.network.stake(&owner, &source, &actors.provider_address(), 5);
    // Anyone may strengthen any provider.
    Scene::new("stake", world, stake, &[&actors.provider]).meant(1, other.keys.provider)
}

pub fn request_unstake() -> Scene {
    let (mut world, _) = crowded();
    let actors = Actors::new(&mut world);
    let request = world.network.request_unstake(&actors.provider.pubkey(), STAKE);
    Scene::new("request_unstake", world, request, &[&actors.provider])
}

pub fn withdraw_stake() -> Scene {
    let mut scene = request_unstake();
    let signers: Vec<Keypair> = scene.signers.iter().map(Keypair::insecure_clone).collect();
    scene.world.must(&scene.instructions, &[&signers[0]]);
    scene.world.pass(Parameters::DEFAULT.unbonding);
    let withdraw = scene.world.network.withdraw_stake(&signers[0].pubkey());
    Scene::new("withdraw_stake", scene.world, withdraw, &[])
}

pub fn open_job() -> Scene {
    let (mut world, other) = crowded();
    let actors = Actors::new(&mut world);
    let payer = world.wallet();
    let wallet = actors.consumer.pubkey();
    let usual = order(world.now(), &actors.session.pubkey());
    let source = world.associated(&wallet);
    let provider = actors.provider_address();
    let open = world.network.open_job(&payer.pubkey(), &wallet, &source, &provider, 0, &usual, ESCROW);
    // Any provider may be named: the account is what the offer names.
    Scene::new("open_job", world, open, &[&payer, &actors.consumer])
        .meant(0, anybody())
        .meant(3, other.keys.provider)
}

pub fn top_up() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::running(&mut world);
    let top_up = job.topping_up(&world, 5, 7);
    Scene::new("top_up", world, top_up, &[&job.actors.consumer])
}

pub fn accept_offer() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::offered(&mut world);
    let hash = job.read(&world).terms_hash;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
    Scene::new("accept_offer", world, accept, &[&job.actors.provider])
}

pub fn start_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::assigned(&mut world);
    let start = world.network.start_job(&job.authority(), &job.keys.job);
    Scene::new("start_job", world, start, &[&job.actors.provider])
}

pub fn rotate_meter() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::running(&mut world);
    let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &keypair(77).pubkey());
    Scene::new("rotate_meter", world, rotate, &[&job.actors.consumer])
}

pub fn cancel_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::assigned(&mut world);
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    Scene::new("cancel_job", world, cancel, &[&job.actors.consumer])
}

pub fn cancel_an_auction() -> Scene {
    let (world, job, _) = bid_for();
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    Scene::new("cancel_job", world, cancel, &[&job.actors.consumer]).without_provider()
}

pub fn close_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::running(&mut world);
    let close = world.network.close_job(&job.authority(), &job.keys);
    Scene::new("close_job", world, close, &[&job.actors.provider])
}

pub fn mark_a_no_show() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::late(&mut world);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    Scene::new("mark", world, mark, &[&by]).meant(0, anybody()).unread(&[5])
}

pub fn mark_a_halt() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    Scene::new("mark", world, mark, &[&by]).meant(0, anybody())
}

pub fn unmark_a_halt() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    world.refresh();
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    Scene::new("mark", world, mark, &[&by]).meant(0, anybody())
}

/// The feed is read only where a halt matters.
const FEED: usize = 5;

fn advance(world: World, job: &JobFixture) -> Scene {
    let advance = world.network.advance_job(&job.keys);
    Scene::new("advance_job", world, advance, &[])
}

pub fn advance_an_offer_that_lapsed() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::offered(&mut world);
    world.until(world.now() + 3_600);
    advance(world, &job).unread(&[FEED])
}

pub fn advance_an_auction_that_lapsed() -> Scene {
    let (mut world, job, _) = bid_for();
    world.until(world.now() + 3_600);
    advance(world, &job).unread(&[FEED]).without_provider()
}

pub fn advance_a_no_show() -> Scene {
    let (mut world, _) = crowded();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    world.pass(Parameters::DEFAULT.grace);
    advance(world, &job).unread(&[FEED])
}

pub fn advance_a_running_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::running(&mut world);
    world.pass(7_201);
    advance(world, &job).unread(&[FEED])
}

pub fn advance_a_closing_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::closing(&mut world);
    world.pass(Parameters::DEFAULT.receipt_grace + 1);
    advance(world, &job).unread(&[FEED])
}

pub fn advance_a_settled_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::settling(&mut world);
    advance(world, &job).unread(&[FEED])
}

pub fn advance_a_halted_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    advance(world, &job)
}

pub fn withdraw_from_the_escrow() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::closed(&mut world);
    let withdraw = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    Scene::new("withdraw", world, withdraw, &[])
}

pub fn withdraw_from_the_stake() -> Scene {
    let (mut world, _) = crowded();
    let reporter = world.holder(0);
    let job = JobFixture::failed(&mut world, &reporter);
    let withdraw = world.network.withdraw(&job.keys, Party::Reporter as u8, &reporter.pubkey());
    Scene::new("withdraw", world, withdraw, &[])
}

pub fn withdraw_from_an_auction() -> Scene {
    let (mut world, job, _) = bid_for();
    job.cancel(&mut world).unwrap();
    let withdraw = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    Scene::new("withdraw", world, withdraw, &[]).without_provider()
}

pub fn reclaim_job() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::closed(&mut world);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    let mint = world.network.mint;
    world.set_tokens(&job.vault(), &mint, &job.keys.job, 1);
    let reclaim = job.reclaiming(&world);
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("reclaim_job", world, reclaim, &[])
}

pub fn settle() -> Scene {
    let (mut world, other) = crowded();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    other.settle(&mut world, 60_000).unwrap();
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 60_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let signers = vec![job.actors.provider.insecure_clone()];
    let name = "settle";
    Scene { name, world, instructions: instructions.into(), at: 1, signers, unread: vec![], meant: vec![] }
}

pub fn convert() -> Scene {
    let (mut world, other) = crowded();
    let job = JobFixture::running(&mut world);
    world.pass(3_600);
    job.settle(&mut world, 60_000).unwrap();
    world.refresh();
    other.settle(&mut world, 60_000).unwrap();
    let payer = world.wallet();
    let convert = world.network.convert(&payer.pubkey(), &job.keys, world.epoch());
    Scene::new("convert", world, convert, &[&payer]).meant(0, anybody())
}

pub fn observe() -> Scene {
    let (world, _) = crowded();
    let observe = world.network.observe();
    Scene::new("observe", world, observe, &[])
}

pub fn claim() -> Scene {
    let (mut world, other) = crowded();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    other.settle(&mut world, 60_000).unwrap();
    job.settle(&mut world, 60_000).unwrap();
    let claim = world.network.claim(&job.authority());
    Scene::new("claim", world, claim, &[])
}

pub fn claim_rebate() -> Scene {
    let (mut world, other) = crowded();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    other.settle(&mut world, 60_000).unwrap();
    job.settle(&mut world, 60_000).unwrap();
    let epoch = world.epoch();
    world.until(world.now() + Parameters::DEFAULT.epoch_len);
    job.settle(&mut world, 120_000).unwrap();
    // The provider paid its credit's rent by settling.
    let rebate = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    Scene::new("claim_rebate", world, rebate, &[])
}
