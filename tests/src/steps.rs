//! The steps of a job's life that tests take most, one line each.

use crate::job::JobFixture;
use crate::outcome::{Expected, Outcome, Sent};
use crate::world::World;
use settlement_interface::Address;
use settlement_interface::accounts::{Config, Consumer, Party};
use settlement_interface::events::{Event, Touched};
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::Receipt;
use settlement_interface::{pda, terms::Order};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// An entry of an event's header.
pub fn touched(entity: &Address, sequence: u64) -> Touched {
    Touched { entity: *entity, sequence }
}

impl Sent {
    /// The one event of a transaction.
    #[track_caller]
    pub fn only(&self) -> &Event {
        let [event] = self.events.as_slice() else { panic!("not one event: {:?}", self.events) };
        event
    }
}

impl World {
    /// Replaces the parameters at once, without the timelock of a change.
    pub fn set_parameters(&mut self, parameters: Parameters) {
        let mut account = self.svm.get_account(&pda::config()).unwrap();
        let config = Config { parameters, ..self.config() };
        account.data[8..].copy_from_slice(bytemuck::bytes_of(&config));
        self.svm.set_account(pda::config(), account).unwrap();
    }

    /// Sends what must be refused by whomever it concerns, the framework or another program, and
    /// proves that nothing changed; the reason is for the caller to judge.
    #[track_caller]
    pub fn rejected(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Expected {
        let before = self.snapshot();
        match self.send(instructions, signers) {
            Ok(sent) => panic!("accepted: {sent:?}"),
            Err(refusal) => {
                assert_eq!(self.snapshot(), before, "a refusal changed an account");
                refusal.reason
            }
        }
    }
}

impl JobFixture {
    /// The consumer's wallet.
    pub fn wallet(&self) -> Address {
        self.actors.consumer.pubkey()
    }

    /// The provider's authority.
    pub fn authority(&self) -> Address {
        self.actors.provider.pubkey()
    }

    /// Assigned, and one second late.
    pub fn late(world: &mut World) -> Self {
        let job = Self::assigned(world);
        world.until(job.read(world).terms.order.start_by + 1);
        job
    }

    /// Late and marked by `by`.
    pub fn marked(world: &mut World, by: &Keypair) -> Self {
        let job = Self::late(world);
        job.mark(world, by);
        job
    }

    /// So many that nobody started, marked by a stranger one grace ago.
    pub fn many_marked(world: &mut World, count: usize) -> Vec<Self> {
        let by = world.wallet();
        let jobs: Vec<Self> = (0..count).map(|_| Self::assigned(world)).collect();
        world.until(world.now() + 3_601);
        for job in &jobs {
            job.mark(world, &by);
        }
        world.until(world.now() + 3_600);
        jobs
    }

    /// Failed, one grace after it was marked by `by`.
    pub fn failed(world: &mut World, by: &Keypair) -> Self {
        let job = Self::marked(world, by);
        world.until(world.now() + world.config().parameters.grace);
        job.advance(world);
        job
    }

    /// Settling with work worth `usd` micro-dollars outstanding, for want of a price.
    pub fn halted(world: &mut World, usd: u64) -> Self {
        let job = Self::running(world);
        let receipt_grace = job.read(world).terms.parameters.receipt_grace;
        world.pass(3_600);
        job.settle(world, units(usd)).expect("settle without a price");
        job.close(world, &job.actors.provider).expect("close_job");
        world.pass(receipt_grace + 1);
        job.advance(world);
        job
    }

    /// The same, marked by the bank and halted for as long as it takes to end in kind.
    pub fn stranded(world: &mut World, usd: u64) -> Self {
        let job = Self::halted(world, usd);
        let bank = world.bank.insecure_clone();
        job.mark(world, &bank);
        world.pass(job.read(world).terms.parameters.halt_max);
        job
    }

    #[track_caller]
    pub fn mark(&self, world: &mut World, by: &Keypair) -> Sent {
        world.must(&[world.network.mark(&by.pubkey(), &self.keys)], &[by])
    }

    pub fn cancel(&self, world: &mut World) -> Outcome {
        world.send(&[world.network.cancel_job(&self.wallet(), &self.keys)], &[&self.actors.consumer])
    }

    pub fn close(&self, world: &mut World, by: &Keypair) -> Outcome {
        world.send(&[world.network.close_job(&by.pubkey(), &self.keys)], &[by])
    }

    pub fn rotate(&self, world: &mut World, meter: &Address) -> Outcome {
        let rotate = world.network.rotate_meter(&self.wallet(), &self.keys, meter);
        world.send(&[rotate], &[&self.actors.consumer])
    }

    pub fn topping_up(&self, world: &World, amount: u64, budget: u64) -> Instruction {
        let source = world.associated(&self.wallet());
        world.network.top_up(&self.wallet(), &source, &self.keys.job, amount, budget)
    }

    pub fn top_up(&self, world: &mut World, amount: u64, budget: u64) -> Outcome {
        world.send(&[self.topping_up(world, amount, budget)], &[&self.actors.consumer])
    }

    /// Settles this receipt, signed by `signer`.
    pub fn settle_as(&self, world: &mut World, receipt: &Receipt, signer: &Keypair) -> Outcome {
        let instructions = self.settling_instructions(world, receipt, signer, 0);
        world.send(&instructions, &[&self.actors.provider])
    }

    /// Pays `party` to the associated account of its wallet.
    pub fn withdraw(&self, world: &mut World, party: Party, wallet: &Address) -> Outcome {
        world.send(&[world.network.withdraw(&self.keys, party as u8, wallet)], &[])
    }

    pub fn reclaiming(&self, world: &World) -> Instruction {
        world.network.reclaim_job(&self.keys.job, &self.wallet(), &world.bank.pubkey())
    }

    pub fn reclaim(&self, world: &mut World) -> Outcome {
        world.send(&[self.reclaiming(world)], &[])
    }

    /// Another job between the same parties, offered.
    pub fn again(self, world: &mut World, order: &Order, amount: u64) -> Self {
        Self::offered_as(world, self.actors, order, amount)
    }

    pub fn consumer(&self, world: &World) -> Consumer {
        world.read(&pda::consumer(&self.wallet()))
    }
}

/// Fewest units that the tests' usual rate (2 USD for 3,600,000) charges `usd` micro-dollars for.
pub fn units(usd: u64) -> u64 {
    (usd * 9).div_ceil(5)
}
