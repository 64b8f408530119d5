//! Carrying out a plan, giving an answer, and the exit code.

mod confirm;
mod earlier;
mod intent;
mod plan;

pub use confirm::{aside, confirm, must_be_answerable, tell};
pub use plan::Plan;

use crate::context::Context;
use crate::failure::{Failure, Result, refused};
use crate::show::{Record, lines, table};
use serde::Serialize;
use serde_json::json;
use solana_signer::Signer;
use std::io::Write;
use std::process::ExitCode;
use tally_client::budget::Estimate;
use tally_client::error::explain_to_payer;
use tally_client::interface::Address;
use tally_client::sender::{FileJournal, Intent, Landed, Policy, Sender};

/// A command that moves something.
pub trait Doing: Serialize {
    /// Reads, checks in the user's terms, and says what would be signed.
    async fn plan(&self, context: &Context) -> Result<Plan>;
}

/// A command that only answers.
pub trait Asking {
    /// Reads and answers.
    async fn answer(&self, context: &Context) -> Result<Answer>;
}

/// An answer: figures, a list, or a text that other programs take as it is.
#[derive(Default)]
pub struct Answer {
    /// Figures of one thing.
    pub record: Record,
    /// A list of things: what they are, and each one's figures.
    pub rows: Option<(&'static str, Vec<Record>)>,
    /// A text that is the answer for people, too.
    pub text: Option<(&'static str, String)>,
}

/// What came of a command, for people and as one JSON document.
pub struct Done {
    human: String,
    json: String,
}

impl Done {
    fn new(human: String, document: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string_pretty(document);
        Ok(Self { human, json: json.map_err(|error| Failure::Failed(error.to_string()))? })
    }
}

/// Answers a question.
pub async fn answer(context: &Context, question: &impl Asking) -> Result<Done> {
    let Answer { record, rows, text } = question.answer(context).await?;
    let mut document = serde_json::to_value(&record).map_err(|error| Failure::Failed(error.to_string()))?;
    let mut human: Vec<String> = Vec::new();
    if record.shown().next().is_some() {
        human.push(lines(&record));
    }
    if let Some((name, rows)) = &rows {
        human.push(table(rows));
        document[*name] = json!(rows);
    }
    if let Some((name, text)) = &text {
        human = vec![text.clone()];
        document[*name] = json!(text);
    }
    Done::new(human.join("\n\n"), &document)
}

/// What a plan came to, as `--json` has it.
#[derive(Serialize)]
struct Document<'a> {
    command: &'a str,
    outcome: &'a str,
    cluster: &'a str,
    signature: Option<String>,
    slot: Option<String>,
    summary: &'a [String],
    plan: &'a Record,
    costs: &'a Record,
    earlier: &'a [earlier::Earlier],
}

/// Carries a command out at most once, also if this process dies on the way and is started again.
pub async fn carry_out<T: Doing>(context: &Context, name: &str, command: &T) -> Result<Done> {
    let options = &context.options;
    if !options.dry_run {
        must_be_answerable(options)?;
    }
    let (owner, payer) = (context.owner()?, context.payer()?);
    let intent = intent::name(name, command, &owner)?;
    let cluster = context.rpc.genesis_hash().await?.to_string();
    let named = cluster_name(&cluster);
    let mut earlier = Vec::new();
    let mut sender = None;
    if !options.dry_run {
        let journal = FileJournal::open(context.journal_folder(&cluster)?);
        let journal = journal.map_err(|error| Failure::Failed(error.to_string()))?;
        let policy = Policy { commitment: context.landed(), ..Policy::default() };
        let opened = sender.insert(Sender::new(&context.rpc, journal, policy));
        earlier = earlier::resolve(context, opened).await?;
        if let Some(landed) = opened.carried_out(&intent)? {
            opened.forget(&intent)?;
            return done_earlier(name, named, &landed, &earlier);
        }
    }

    let plan = command.plan(context).await?;
    let signers = signers(context, &plan, &owner)?;
    let price = match options.compute_unit_price {
        Some(price) => price,
        None => context.rpc.unit_price(&plan.instructions).await,
    };
    let estimate = Estimate::of(&plan.instructions, signers.len(), price);
    let costs = costs(context, &plan, &estimate, &payer).await?;
    let mut told = vec![plan.says.join("\n"), lines(&plan.record), lines(&costs)];
    told.push(format!("  cluster {named}, signed by {}", addresses(&signers)));
    tell(context, &told.join("\n"));

    let simulation = context.rpc.simulate(&payer, &plan.instructions, &estimate, &plan.tables).await?;
    if let Some(error) = &simulation.error {
        let why = explain_to_payer(&payer, error, &simulation.logs);
        return refused(format!("the simulation was refused, nothing was signed: {why}"));
    }
    let units = simulation.units.map_or_else(String::new, |units| format!(", {units} compute units"));
    tell(context, &format!("  the node's simulation succeeded{units}"));

    let document = |outcome, landed: Option<&Landed>| Document {
        command: name,
        outcome,
        cluster: named,
        signature: landed.map(|landed| landed.signature.to_string()),
        slot: landed.map(|landed| landed.slot.to_string()),
        summary: &plan.says,
        plan: &plan.record,
        costs: &costs,
        earlier: &earlier,
    };
    let Some(sender) = sender else {
        return Done::new("Dry run: nothing was signed.".into(), &document("dry_run", None));
    };
    confirm(context)?;
    let (instructions, tables) = (plan.instructions.clone(), plan.tables.clone());
    let work = Intent { name: intent, instructions, signers, tables, price };
    aside("Sending; if this is interrupted, run the same command again to find out what came of it.");
    let landed = sender.send(&work).await?;
    // It was told, so that the same command later is another intent.
    sender.forget(&work.name)?;
    let human = format!("Done in slot {}: {}", landed.slot, landed.signature);
    Done::new(human, &document("done", Some(&landed)))
}

/// The same command was carried out by a run that ended before it could say so.
fn done_earlier(name: &str, cluster: &str, landed: &Landed, earlier: &[earlier::Earlier]) -> Result<Done> {
    let says = format!(
        "Done by an earlier run of the same command, which ended before it could say so: slot {}, {}. Nothing was \
         sent now; run it again to do it once more.",
        landed.slot, landed.signature
    );
    let document = Document {
        command: name,
        outcome: "done_earlier",
        cluster,
        signature: Some(landed.signature.to_string()),
        slot: Some(landed.slot.to_string()),
        summary: std::slice::from_ref(&says),
        plan: &Record::new(),
        costs: &Record::new(),
        earlier,
    };
    Done::new(says.clone(), &document)
}

/// The keys that the instructions need; the payer first.
fn signers<'a>(
    context: &'a Context,
    plan: &'a Plan,
    owner: &Address,
) -> Result<Vec<&'a (dyn Signer + Sync)>> {
    let mut keys: Vec<&(dyn Signer + Sync)> = vec![context.payer_keypair()?];
    let needed = plan.instructions.iter().flat_map(|one| &one.accounts).filter(|meta| meta.is_signer);
    for key in needed.map(|meta| meta.pubkey) {
        if keys.iter().any(|held| held.pubkey() == key) {
            continue;
        }
        match plan.keys.iter().find(|held| held.pubkey() == key) {
            Some(held) => keys.push(held),
            None if key == *owner => keys.push(context.keypair()?),
            None => {
                return refused(format!("{key} would have to sign, too; name its key file with --keypair"));
            }
        }
    }
    Ok(keys)
}

/// What the payer pays in SOL.
async fn costs(context: &Context, plan: &Plan, estimate: &Estimate, payer: &Address) -> Result<Record> {
    let mut rent = 0u64;
    for (_, bytes) in &plan.rent {
        rent = rent.saturating_add(context.rpc.rent(*bytes).await?);
    }
    let mut costs = Record::new().text("fee_payer", payer).sol("fee", estimate.lamports());
    if !plan.rent.is_empty() {
        let accounts: Vec<_> = plan.rent.iter().map(|(name, _)| *name).collect();
        costs = costs.sol("rent", rent).text("rent_for", accounts.join(", "));
    }
    Ok(costs)
}

fn addresses(signers: &[&(dyn Signer + Sync)]) -> String {
    let all: Vec<_> = signers.iter().map(|key| key.pubkey().to_string()).collect();
    all.join(" and ")
}

/// A name that people know, or the genesis hash itself.
fn cluster_name(genesis: &str) -> &str {
    match genesis {
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d" => "mainnet-beta",
        "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG" => "devnet",
        "4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpvk2NsY" => "testnet",
        other => other,
    }
}

/// Prints what came of it; the exit code.
pub fn finish(json: bool, result: Result<Done>) -> ExitCode {
    // A reader that has gone away is no failure of what was done.
    match result {
        Ok(done) => {
            let _ = writeln!(std::io::stdout(), "{}", if json { &done.json } else { &done.human });
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if json {
                let document = json!({ "outcome": failure.outcome(), "error": failure.sentence() });
                let _ = writeln!(std::io::stdout(), "{document:#}");
            }
            let _ = writeln!(std::io::stderr(), "tally: {}", failure.sentence());
            ExitCode::from(failure.exit_code())
        }
    }
}
