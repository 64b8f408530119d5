//! A verifiable job, traces of its computation, a panel, and disputes at any stage.

use crate::job::{Actors, ESCROW, JobFixture, order};
use crate::outcome::{Outcome, Sent};
use crate::world::World;
use settlement_interface::accounts::{Arbiter, Dispute, Layout, Vouched};
use settlement_interface::hash::hashv;
use settlement_interface::merkle::{Proof, Tree};
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::Side;
use settlement_interface::terms::Order;
use settlement_interface::{Address, ID, pda};
use solana_account::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Free stake of the tests' arbiters: 1,000 tokens, the least by default.
pub const ARBITER_STAKE: u64 = Parameters::DEFAULT.arbiter_bond;

/// The step hashes of one execution.
pub struct Trace {
    pub steps: Vec<[u8; 32]>,
    pub tree: Tree,
}

impl Trace {
    pub fn of(steps: Vec<[u8; 32]>) -> Self {
        let tree = Tree::new(&steps).unwrap();
        Self { steps, tree }
    }

    /// What everybody gets who computes honestly.
    pub fn honest(steps: usize) -> Self {
        Self::differing_from(steps, steps)
    }

    /// Another one from this step on.
    pub fn differing_from(steps: usize, from: usize) -> Self {
        let step = |at: usize| hashv(&[&at.to_le_bytes(), &[u8::from(at >= from)]]);
        Self::of((0..steps).map(step).collect())
    }

    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    pub fn commitment(&self) -> ([u8; 32], u32) {
        (self.root(), u32::try_from(self.steps.len()).unwrap())
    }

    pub fn step(&self, index: u64) -> [u8; 32] {
        self.steps[usize::try_from(index).unwrap()]
    }

    pub fn proof(&self, index: u64) -> Proof {
        self.tree.proof(index).unwrap()
    }
}

impl World {
    /// Writes an arbiter with this much free stake, backed by tokens in the stake vault.
    pub fn set_arbiter(&mut self, wallet: &Address, free: u64) {
        let address = pda::arbiter(wallet);
        let before = self.get::<Arbiter>(&address).map_or(0, |arbiter| arbiter.vouched.stake);
        let arbiter = Arbiter {
            wallet: *wallet,
            vouched: Vouched { stake: free, ..Vouched::default() },
            bump: Address::find_program_address(&[pda::ARBITER, wallet.as_ref()], &ID).1,
            ..bytemuck::Zeroable::zeroed()
        };
        let data = [Arbiter::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&arbiter)].concat();
        let account =
            Account { lamports: 10_000_000, data, owner: ID, executable: false, rent_epoch: u64::MAX };
        self.svm.set_account(address, account).unwrap();
        let mint = self.network.mint;
        let held = self.tokens(&pda::stake_vault());
        self.set_tokens(&pda::stake_vault(), &mint, &pda::config(), held + free - before);
    }
}

/// A verifiable job with a panel of two of three.
pub struct Verifiable {
    pub job: JobFixture,
    pub arbiters: Vec<Keypair>,
    pub panel: Panel,
}

impl Verifiable {
    /// Running, with time for several dispute windows.
    pub fn running(world: &mut World) -> Self {
        Self::running_as(world, |_| {})
    }

    pub fn running_as(world: &mut World, edit: impl FnOnce(&mut Order)) -> Self {
        let arbiters: Vec<Keypair> = (0..3).map(|_| world.holder(0)).collect();
        for arbiter in &arbiters {
            world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
        }
        Self::with_panel(world, 2, arbiters, edit)
    }

    /// Running with `k` of these arbiters.
    pub fn with_panel(
        world: &mut World,
        k: u8,
        arbiters: Vec<Keypair>,
        edit: impl FnOnce(&mut Order),
    ) -> Self {
        let actors = Actors::new(world);
        Self::between(world, actors, k, arbiters, edit)
    }

    /// The same between these parties.
    pub fn between(
        world: &mut World,
        actors: Actors,
        k: u8,
        mut arbiters: Vec<Keypair>,
        edit: impl FnOnce(&mut Order),
    ) -> Self {
        arbiters.sort_by_key(Keypair::pubkey);
        let wallets: Vec<Address> = arbiters.iter().map(Keypair::pubkey).collect();
        let panel = Panel::of(k, &wallets).unwrap();
        let mut order = order(world.now(), &actors.session.pubkey());
        (order.verifiable, order.panel) = (1, panel.hash());
        order.end_by = world.now() + 60 * 86_400;
        order.convert_by = order.end_by;
        edit(&mut order);
        let job = JobFixture::offered_as(world, actors, &order, ESCROW);
        job.accept(world).expect("accept_offer");
        job.start(world).expect("start_job");
        Self { job, arbiters, panel }
    }

    /// One hour of work committed to by `trace`: 2 USD pending.
    pub fn committed(world: &mut World, trace: &Trace) -> Self {
        let fixture = Self::running(world);
        world.until(world.now() + 3_600);
        fixture.commit(world, 3_600_000, trace).expect("settle");
        fixture
    }

    /// A dispute of that, opened by the consumer with another trace.
    pub fn disputed(world: &mut World, provider: &Trace, challenger: &Trace) -> (Self, Address) {
        let fixture = Self::committed(world, provider);
        let dispute = fixture.open(world, 1, challenger).expect("open_dispute");
        (fixture, dispute)
    }

    /// The same narrowed down to one step, which the panel rules on. Both computed 8 steps and differ
    /// from step 3 on.
    pub fn narrowed(world: &mut World) -> (Self, Address) {
        let (provider, challenger) = (Trace::differing_from(8, 3), Trace::honest(8));
        let (fixture, dispute) = Self::disputed(world, &provider, &challenger);
        fixture.play(world, &dispute, &provider, &challenger);
        (fixture, dispute)
    }

    /// The same ruled on by as many arbiters as decide, a moment ago.
    pub fn ruled(world: &mut World, for_provider: bool) -> (Self, Address) {
        let (fixture, dispute) = Self::narrowed(world);
        for arbiter in fixture.arbiters.iter().take(usize::from(fixture.panel.k)) {
            fixture.rule(world, &dispute, arbiter, for_provider).expect("rule");
        }
        (fixture, dispute)
    }

    /// The same executed.
    pub fn resolved(world: &mut World, for_provider: bool) -> (Self, Address) {
        let (fixture, dispute) = Self::ruled(world, for_provider);
        fixture.execute(world, &dispute).expect("resolve_dispute");
        (fixture, dispute)
    }

    /// Cumulative `units` through now, committed to by `trace`.
    pub fn receipt(&self, world: &World, units: u64, trace: &Trace) -> Receipt {
        Receipt { commitment: Some(trace.commitment()), ..self.job.receipt(world, units) }
    }

    /// Settles that.
    pub fn commit(&self, world: &mut World, units: u64, trace: &Trace) -> Outcome {
        let receipt = self.receipt(world, units, trace);
        self.job.settle_as(world, &receipt, &self.job.actors.session)
    }

    /// `open_dispute` of receipt number `receipt` by the consumer, and the dispute's address.
    pub fn opening(&self, world: &World, receipt: u64, trace: &Trace) -> (Instruction, Address) {
        let (wallet, keys) = (self.job.wallet(), self.job.keys);
        let index = self.job.read(world).disputes;
        let source = world.associated(&wallet);
        let bank = world.bank.pubkey();
        let open = world.network.open_dispute(
            &bank,
            &wallet,
            &source,
            &keys,
            index,
            receipt,
            &trace.root(),
            &self.panel,
            u64::MAX,
        );
        (open, pda::dispute(&keys.job, index))
    }

    pub fn open(&self, world: &mut World, receipt: u64, trace: &Trace) -> Result<Address, crate::Refusal> {
        let (open, dispute) = self.opening(world, receipt, trace);
        world.send(&[open], &[&self.job.actors.consumer]).map(|_| dispute)
    }

    /// Who reveals for a side.
    pub fn key(&self, side: Side) -> &Keypair {
        match side {
            Side::Provider => &self.job.actors.provider,
            Side::Challenger => &self.job.actors.consumer,
        }
    }

    /// `reveal` of the step that is due, out of its side's trace.
    pub fn revealing(
        &self,
        world: &World,
        dispute: &Address,
        provider: &Trace,
        challenger: &Trace,
    ) -> Option<(Instruction, &Keypair)> {
        let (side, index) = world.read::<Dispute>(dispute).turn()?;
        let trace = match side {
            Side::Provider => provider,
            Side::Challenger => challenger,
        };
        let key = self.key(side);
        Some((world.network.reveal(&key.pubkey(), dispute, &trace.step(index), &trace.proof(index)), key))
    }

    /// One reveal; `None` if none is due.
    pub fn step(
        &self,
        world: &mut World,
        dispute: &Address,
        provider: &Trace,
        challenger: &Trace,
    ) -> Option<Sent> {
        let (reveal, key) = self.revealing(world, dispute, provider, challenger)?;
        Some(world.must(&[reveal], &[key]))
    }

    /// Reveals until the panel is to rule or there is nothing to rule on; how many times.
    pub fn play(&self, world: &mut World, dispute: &Address, provider: &Trace, challenger: &Trace) -> usize {
        std::iter::from_fn(|| self.step(world, dispute, provider, challenger)).count()
    }

    pub fn rule(
        &self,
        world: &mut World,
        dispute: &Address,
        arbiter: &Keypair,
        for_provider: bool,
    ) -> Outcome {
        world.send(&[world.network.rule(&arbiter.pubkey(), dispute, for_provider)], &[arbiter])
    }

    pub fn resolving(&self, world: &World, dispute: &Address) -> Instruction {
        world.network.resolve_dispute(&self.job.keys, dispute)
    }

    pub fn resolve(&self, world: &mut World, dispute: &Address) -> Outcome {
        world.send(&[self.resolving(world, dispute)], &[])
    }

    /// Lets the grace of what is decided pass, and executes it.
    pub fn execute(&self, world: &mut World, dispute: &Address) -> Outcome {
        let grace = self.job.read(world).terms.parameters.grace;
        world.until(world.now() + grace);
        self.resolve(world, dispute)
    }

    /// Frees every arbiter whose stake is locked for it.
    pub fn release(&self, world: &mut World, dispute: &Address) {
        let held = world.read::<Dispute>(dispute).held;
        for (place, arbiter) in self.arbiters.iter().enumerate() {
            if held & 1 << place != 0 {
                world.must(&[world.network.release_arbiter(dispute, &arbiter.pubkey())], &[]);
            }
        }
    }

    /// Pays a place on the panel or the challenger.
    pub fn pay(&self, world: &mut World, dispute: &Address, member: u8, wallet: &Address) -> Outcome {
        world.send(&[world.network.withdraw_dispute(dispute, member, wallet)], &[])
    }

    /// Lets the present turn pass, marks it, and lets its grace pass: it can be executed.
    pub fn miss(&self, world: &mut World, dispute: &Address) {
        let grace = self.job.read(world).terms.parameters.grace;
        world.until(world.now() + grace + 1);
        self.resolve(world, dispute).expect("mark");
        world.until(world.now() + grace);
    }
}
