//! A network in the VM, its model, and everybody in it. What is played is played on both.

use crate::classes::Coverage;
use crate::compare;
use crate::random::Random;
use crate::spec::arithmetic::N;
use crate::spec::step::Step;
use crate::spec::{Refused, Spec, Verdict};
use settlement_interface::events::Event;
use settlement_interface::instructions::StableNetwork;
use settlement_interface::panel::Panel;
use settlement_interface::{Address, ID};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use std::collections::{BTreeMap, VecDeque};
use tests::{Expected, Trace, World};

/// How often each step was accepted and refused.
pub type Counts = BTreeMap<String, (u64, u64)>;

/// A consumer's wallet and its session key, and a provider's authority.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    pub consumer: Address,
    pub session: Address,
    pub provider: Address,
}

pub struct Market {
    pub world: World,
    pub spec: Spec,
    pub rail: StableNetwork,
    pub random: Random,
    /// Decides on changed copies; a series of its own, so that they do not move the other.
    pub mutants: Random,
    pub seed: u64,
    /// Transactions sent in all, those of drains included.
    pub played: u64,
    /// Those of the market alone.
    pub steps: u64,
    /// Whether what is played is part of a drain and counted as such.
    pub draining: bool,
    /// How often everybody got out.
    pub drains: u64,
    /// From which classes of states they did.
    pub coverage: Coverage,
    pub keys: BTreeMap<Address, Keypair>,
    pub parties: Vec<Party>,
    /// Keys of registered meters and the wallets that stake for them.
    pub meters: Vec<(Address, Address)>,
    pub arbiters: Vec<Address>,
    pub panel: Panel,
    pub stranger: Address,
    pub payers: Vec<Address>,
    /// Whose key is lost: no step of its own is generated.
    pub lost: Option<Address>,
    /// Executions that receipts commit to, by root.
    pub traces: BTreeMap<[u8; 32], Trace>,
    /// Sent to vaults by strangers.
    pub gifts: BTreeMap<Address, N>,
    /// Jobs that were closed, and when they had been opened.
    pub gone: Vec<(Address, i64)>,
    /// Number of the last event of each entity.
    pub sequences: BTreeMap<Address, u64>,
    pub counts: Counts,
    /// Why single steps were refused, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// First bytes of every instruction that went through, and how often.
    pub carried: BTreeMap<[u8; 8], u64>,
    /// What happened, by name of the event.
    pub happened: BTreeMap<&'static str, u64>,
    pub log: VecDeque<String>,
}

impl Market {
    pub fn must(&mut self, step: Step) {
        let said = format!("{step:?}");
        assert!(self.play(vec![step]), "refused, but must go through: {said}\n{}", self.history());
    }

    pub fn transaction(&self, all: &[Instruction]) -> Message {
        let limit = {
            let mut data = vec![2];
            data.extend_from_slice(&1_400_000u32.to_le_bytes());
            let program_id = Address::from_str_const("ComputeBudget111111111111111111111111111111");
            Instruction { program_id, accounts: vec![], data }
        };
        let all: Vec<_> = all.iter().cloned().chain([limit]).collect();
        Message::new(&all, Some(&self.world.bank.pubkey()))
    }

    /// Sends instructions; their events, or why they were refused.
    pub fn send(&mut self, all: &[Instruction]) -> Result<Vec<Event>, Expected> {
        let message = self.transaction(all);
        self.world.send_unsigned(&message).map(|sent| sent.events).map_err(|refusal| refusal.reason)
    }

    /// Plays steps in one transaction, in the VM and in the model, and compares. Says whether they were
    /// accepted.
    pub fn play(&mut self, steps: Vec<Step>) -> bool {
        let mut next = self.spec.clone();
        let verdict = steps.iter().try_for_each(|step| next.apply(step));
        self.play_as(&steps, next, &verdict)
    }

    /// The same where the model has said already what comes of it.
    pub fn play_as(&mut self, steps: &[Step], next: Spec, verdict: &Verdict) -> bool {
        let mut instructions = Vec::new();
        for step in steps {
            self.build(step, &mut instructions);
        }
        let names: Vec<_> = steps.iter().map(Step::name).collect();
        self.played += 1;
        self.steps += u64::from(!self.draining);
        self.note(format!("{} at {} slot {}: {steps:?}", self.played, self.spec.now, self.spec.slot));
        let outcome = self.send(&instructions);
        let name = match (self.draining, names.as_slice()) {
            (true, _) => "in a drain",
            (false, [name]) => name.as_str(),
            (false, _) => "several at once",
        };
        let count = self.counts.entry(name.to_owned()).or_default();
        match (verdict, &outcome) {
            (Ok(()), Ok(_)) => count.0 += 1,
            (Err(expected), Err(found)) if agrees(expected, found) => {
                count.1 += 1;
                if let [name] = names.as_slice() {
                    *self.reasons.entry(format!("{name}: {found:?}")).or_default() += 1;
                }
            }
            _ => panic!("the model says {verdict:?}, the program {outcome:?}\n{}", self.history()),
        }
        if let Ok(events) = outcome {
            let closed = self.spec.jobs.iter().filter(|(job, _)| !next.jobs.contains_key(*job));
            self.gone.extend(closed.map(|(job, found)| (*job, i64::try_from(found.opened_at).unwrap())));
            let before = std::mem::replace(&mut self.spec, next);
            for instruction in instructions.iter().filter(|instruction| instruction.program_id == ID) {
                let first = *instruction.data.first_chunk::<8>().unwrap();
                *self.carried.entry(first).or_default() += 1;
            }
            self.number(&events);
            self.agree();
            self.stated(&before, &events);
            self.world.history.push((self.world.slot(), self.world.now(), events));
        } else {
            self.agree();
        }
        crate::promises::check(self);
        verdict.is_ok()
    }

    /// Every entity's events are numbered without a gap.
    fn number(&mut self, events: &[Event]) {
        for event in events {
            *self.happened.entry(event.name()).or_default() += 1;
            for touched in event.touched() {
                let last = self.sequences.entry(touched.entity).or_default();
                *last += 1;
                assert_eq!(*last, touched.sequence, "a gap in the events of {}", touched.entity);
            }
        }
        // What was closed is opened anew, if at all, at another time: jobs and epochs never, bids do.
        let there: Vec<_> = events
            .iter()
            .flat_map(Event::touched)
            .map(|touched| touched.entity)
            .filter(|entity| self.world.svm.get_balance(entity).unwrap_or(0) == 0)
            .collect();
        for entity in there {
            self.sequences.remove(&entity);
        }
    }

    /// Model and program agree on every account.
    pub fn agree(&self) {
        let found = compare::differences(self);
        if found.is_empty() {
            return;
        }
        let lines: Vec<_> = found
            .iter()
            .map(|(entity, field, model, program)| {
                format!("{entity}.{field}: model {model}, program {program}")
            })
            .collect();
        panic!("model and program differ\n{}\n{}", lines.join("\n"), self.history());
    }

    pub fn note(&mut self, line: String) {
        // Hashes are long and say little.
        let parts = line.split('[').map(|part| match part.split_once(']') {
            Some((numbers, rest))
                if numbers.len() > 60 && !numbers.contains(|at: char| at.is_alphabetic()) =>
            {
                format!("..]{rest}")
            }
            _ => part.to_owned(),
        });
        self.log.push_back(parts.collect::<Vec<_>>().join("["));
        if self.log.len() > 20 {
            self.log.pop_front();
        }
    }

    /// What was played last, and how to play it again.
    pub fn history(&self) -> String {
        let lines: Vec<_> = self.log.iter().cloned().collect();
        format!("TALLY_SEED={} step {}; the last steps:\n{}", self.seed, self.played, lines.join("\n"))
    }
}

/// Whether a refusal is one of those that the model names; framework and token programs speak for
/// themselves.
fn agrees(expected: &Refused, found: &Expected) -> bool {
    match found {
        Expected::Program(error) => expected.0.contains(error),
        Expected::Instruction(_) => expected.0.is_empty(),
        Expected::Transaction(_) => false,
    }
}
