//! A verifiable job whose provider commits to a result that it did not compute.
//!
//! The work is a small neural network in integers, executed neuron by neuron. Whoever executes it gets the
//! same 60 step hashes; the provider flips one bit of one neuron and goes on from there.

use super::{DRIFT, LAB};
use crate::actors::Deal;
use crate::failure::{Context, Result};
use crate::units::{HOUR, show_tokens};
use crate::world::World;
use disputes::Trace;
use disputes::digits::{Model, PIXELS};
use settlement_interface::accounts::{Dispute, JobState, OUTCOME_PROVIDER_LOST};
use settlement_interface::{Address, pda};

/// The neuron whose value the provider falsifies, and the bit.
const FALSE_STEP: usize = 37;
const FALSE_BIT: u32 = 5;

/// The job whose dispute is played to its end.
pub(super) const DISPUTED: &str = "falsified";

/// One input and its execution: by everybody who is honest, and by this provider.
struct Work {
    model: Model,
    right: Vec<i32>,
    wrong: Vec<i32>,
}

impl Work {
    fn new() -> Result<Self> {
        let model = Model::from_seed(7);
        let pixels: Vec<i32> = (0..17i32).cycle().step_by(7).take(PIXELS).collect();
        let right = model.run(&pixels).context("the input is none of the network's")?;
        let wrong = model.run_corrupted(&pixels, FALSE_STEP, FALSE_BIT);
        Ok(Self { right, wrong: wrong.context("the input is none of the network's")?, model })
    }

    fn trace(&self, values: &[i32]) -> Result<Trace> {
        let steps = self.model.hashes(values).context("an execution is incomplete")?;
        Trace::new(steps).context("an execution is no trace")
    }

    /// What an arbiter gets who executes a step on the state that both sides agree on.
    fn execute(&self, step: usize) -> Result<[u8; 32]> {
        let before = step.checked_sub(1).and_then(|before| self.model.state(&self.right, before));
        let next = before.and_then(|state| self.model.step(&state));
        Ok(self.model.hash(&next.context("there is no such step")?))
    }
}

/// Starts a verifiable job, whose provider works for `worked` seconds and commits to what it did not compute;
/// the consumer, who executes it itself, disputes that.
fn challenge(world: &mut World, name: &str, worked: i64, right: &Trace, wrong: &Trace) -> Result<Address> {
    let deal = Deal { gpus: 16, panel: world.panel()?.hash(), ..Deal::default() };
    world.hire_and_start(name, LAB, DRIFT, &deal)?;
    world.commit(name, wrong)?;
    world.pass(worked)?;
    world.settle(&[name])?;
    world.dispute(name, right)
}

pub(super) fn play(world: &mut World) -> Result<String> {
    let found = narrow(world, HOUR)?;
    let lost = conclude(world)?;
    world.finish(DISPUTED)?;
    Ok(format!("{found}. {lost}"))
}

/// Two sides narrow their difference down, after `worked` seconds of work, and arbiters rule on it.
pub(super) fn narrow(world: &mut World, worked: i64) -> Result<String> {
    world.register_arbiters()?;
    let work = Work::new()?;
    let (right, wrong) = (work.trace(&work.right)?, work.trace(&work.wrong)?);
    let dispute = challenge(world, DISPUTED, worked, &right, &wrong)?;
    let reveals = world.bisect(DISPUTED, &dispute, &wrong, &right)?;
    let narrowed: Dispute = world.chain.read(&dispute)?;
    let step = usize::try_from(narrowed.hi).context("a step is out of range")?;
    (step == FALSE_STEP).then_some(()).context("the bisection ended elsewhere")?;
    world.rule(&dispute, &work.execute(step)?)?;
    Ok(format!("{reveals} reveals find step {step} of {}; two arbiters execute it", narrowed.steps))
}

/// What they decided is executed; the job goes on to its end.
pub(super) fn conclude(world: &mut World) -> Result<String> {
    let dispute = pda::dispute(&world.hire(DISPUTED)?.keys.job, 0);
    let decided: Dispute = world.chain.read(&dispute)?;
    // What the panel decided waits one grace.
    let grace = world.job(DISPUTED)?.terms.parameters.grace;
    world.outlast((decided.turn_at, decided.turn_slot), grace)?;
    let resolved = world.conclude(DISPUTED, &dispute)?;
    let lost = resolved.outcome == OUTCOME_PROVIDER_LOST;
    lost.then_some(()).context("the provider did not lose")?;
    let job = world.job(DISPUTED)?;
    (job.state() == Some(JobState::Held)).then_some(()).context("the job takes receipts still")?;
    let gained = job.dues.first().map_or(0, |due| due.stake);
    Ok(format!(
        "Drift is paid nothing and loses {}: {} to Lab, {} to each arbiter",
        show_tokens(gained.saturating_add(resolved.fee.saturating_mul(resolved.unpaid.count_ones().into()))),
        show_tokens(gained),
        show_tokens(resolved.fee),
    ))
}

/// Leaves one in the middle, after `worked` seconds of work.
pub(super) fn leave_open(world: &mut World, worked: i64) -> Result<()> {
    let work = Work::new()?;
    let (right, wrong) = (work.trace(&work.right)?, work.trace(&work.wrong)?);
    let dispute = challenge(world, "in dispute", worked, &right, &wrong)?;
    world.reveal("in dispute", &dispute, &wrong, &right)?;
    Ok(())
}
