//! `tally-dispute`: traces, proofs and moves from the command line. Reads and writes JSON.

use clap::{Parser, Subcommand, ValueEnum};
use disputes::digits::{Model, NAME, STEPS};
use disputes::file::{File, load, parse, read};
use disputes::{Answer, Move, Trace, verdict};
use serde_json::{Value, json};
use settlement_interface::accounts::{Dispute, Layout};
use settlement_interface::rules::{Side, Stage};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Record a reproducible computation, commit to it, and play a dispute about it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run `tally digits v1` and print its trace.
    Trace {
        /// Seed of the network's weights.
        #[arg(long)]
        seed: u64,
        /// A JSON list of 64 pixels from 0 to 16.
        #[arg(long)]
        input: PathBuf,
    },
    /// Print root and number of steps, as a receipt commits to them.
    Commit {
        /// A trace.
        trace: PathBuf,
    },
    /// Print the first step at which two traces differ.
    Diverge {
        /// A trace.
        trace: PathBuf,
        /// Another one.
        other: PathBuf,
    },
    /// Print a step's hash and its proof.
    Prove {
        /// A trace.
        trace: PathBuf,
        /// The step, from 0.
        #[arg(long)]
        step: u64,
    },
    /// Print what a side has to reveal next.
    Answer {
        /// That side's trace.
        trace: PathBuf,
        /// The dispute account's data, in hexadecimal.
        #[arg(long)]
        dispute: PathBuf,
        /// The side.
        #[arg(long)]
        side: SideName,
    },
    /// Execute one step of `tally digits v1` again, out of the state before it.
    CheckStep {
        /// A trace with that state: anybody's, as its hash is compared with what both sides agree on.
        trace: PathBuf,
        /// The step, from 0; by default the one that the dispute is left with.
        #[arg(long, required_unless_present = "dispute")]
        step: Option<u64>,
        /// The dispute account's data, in hexadecimal: prints whom to rule for.
        #[arg(long)]
        dispute: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum SideName {
    Provider,
    Challenger,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(value) => {
            println!("{value:#}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("tally-dispute: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<Value, String> {
    match command {
        Command::Trace { seed, input } => {
            let pixels: Vec<i32> = parse(&input)?;
            let model = Model::from_seed(seed);
            let run = model.run(&pixels);
            let values = run.ok_or_else(|| format!("{}: not 64 pixels from 0 to 16", input.display()))?;
            let steps = model.hashes(&values).ok_or("the network did not run to its end")?;
            let steps = steps.iter().map(hex::encode).collect();
            let file = File { computation: Some(NAME.into()), seed: Some(seed), values: Some(values), steps };
            serde_json::to_value(file).map_err(|error| error.to_string())
        }
        Command::Commit { trace } => {
            let trace = load(&trace)?.1;
            Ok(json!({ "root": hex::encode(trace.root()), "steps": trace.steps().len() }))
        }
        Command::Diverge { trace, other } => {
            let (mine, theirs) = (load(&trace)?.1, load(&other)?.1);
            let at = mine.divergence(&theirs).map_err(|error| error.to_string())?;
            Ok(json!({ "first_difference": at }))
        }
        Command::Prove { trace, step } => {
            let trace = load(&trace)?.1;
            let found = trace.prove(step).map_err(|error| error.to_string())?;
            Ok(proved(&trace, &found))
        }
        Command::Answer { trace, dispute, side } => {
            let (trace, dispute) = (load(&trace)?.1, account(&dispute)?);
            let side = match side {
                SideName::Provider => Side::Provider,
                SideName::Challenger => Side::Challenger,
            };
            Ok(match trace.answer(&dispute, side).map_err(|error| error.to_string())? {
                Answer::Reveal(found) => json!({ "next": "reveal", "reveal": proved(&trace, &found) }),
                Answer::Wait => json!({ "next": "wait" }),
                Answer::Panel => json!({ "next": "panel", "step": dispute.hi }),
                Answer::Over => json!({ "next": "over" }),
            })
        }
        Command::CheckStep { trace, step, dispute } => check(&trace, step, dispute.as_deref()),
    }
}

/// Executes a step again, and says whom to rule for if a dispute is given.
fn check(path: &Path, step: Option<u64>, dispute: Option<&Path>) -> Result<Value, String> {
    let (file, trace) = load(path)?;
    let (model, values) = match (file.computation.as_deref(), file.seed, file.values) {
        (Some(NAME), Some(seed), Some(values)) => (Model::from_seed(seed), values),
        _ => return Err(format!("{}: only traces of {NAME} can be executed here", path.display())),
    };
    let dispute = dispute.map(account).transpose()?;
    if let Some(dispute) = dispute.as_ref().filter(|dispute| dispute.stage() != Some(Stage::Panel)) {
        let stage = dispute.stage().map_or("unknown", Stage::name);
        return Err(format!("the dispute is not before the panel: its stage is {stage}"));
    }
    let index = step.or(dispute.as_ref().map(|dispute| dispute.hi)).ok_or("which step?")?;
    let no_step = || format!("there is no step {index} among {STEPS}, from 0");
    let place = usize::try_from(index).map_err(|_| no_step())?;
    let right = if place == 0 {
        // The input is what the job's specification says; the trace's pixels must be those.
        let start = values.get(..64).and_then(|pixels| model.start(pixels));
        model.hash(&start.ok_or("the trace does not begin with 64 pixels from 0 to 16")?)
    } else {
        let before =
            place.checked_sub(1).and_then(|before| model.state(&values, before)).ok_or_else(no_step)?;
        if let Some(dispute) = dispute.as_ref().filter(|dispute| dispute.hi == index)
            && model.hash(&before) != dispute.agreed
        {
            return Err("the trace's state before that step is not the one that both sides agree on".into());
        }
        model.hash(&model.step(&before).ok_or_else(no_step)?)
    };
    let claimed = trace.steps().get(place).ok_or_else(no_step)?;
    let mut answer =
        json!({ "step": index, "right": hex::encode(right), "trace_is_right": *claimed == right });
    if let Some(dispute) = dispute {
        let side = if verdict(&dispute, &right) { "provider" } else { "challenger" };
        answer["rule_for"] = side.into();
    }
    Ok(answer)
}

fn proved(trace: &Trace, found: &Move) -> Value {
    let levels = usize::try_from(trace.depth()).unwrap_or(usize::MAX);
    let proof: Vec<String> = found.proof.iter().take(levels).map(hex::encode).collect();
    json!({
        "index": found.index,
        "step": hex::encode(found.step),
        "proof": proof,
        "root": hex::encode(trace.root()),
    })
}

fn account(path: &Path) -> Result<Dispute, String> {
    let data = hex::decode(read(path)?.trim()).map_err(|error| format!("{}: {error}", path.display()))?;
    Dispute::read(&data).ok_or_else(|| format!("{}: not the data of a dispute account", path.display()))
}
