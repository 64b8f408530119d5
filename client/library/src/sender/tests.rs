//! A cluster as bad as it may be: answers are lost, nodes lag, transactions land late or never, the
//! process dies between any two steps. However it goes, an intent moves money at most once.

use super::*;
use crate::node::Height;
use settlement_interface::ID;
use solana_hash::Hash;
use solana_keypair::Keypair;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Blocks for which a blockhash is valid, and until a block is confirmed and finalized.
const VALID: u64 = 12;
const CONFIRMED: u64 = 2;
const FINALIZED: u64 = 6;

/// Deterministic and good enough.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

struct Cluster {
    dice: Dice,
    height: u64,
    /// Every blockhash given out and its last height.
    hashes: HashMap<Hash, u64>,
    /// Transactions on their way: the height at which each lands.
    coming: Vec<(u64, Signature, bool)>,
    /// What landed: height and whether it succeeded.
    landed: HashMap<Signature, (u64, bool)>,
    /// How often in a hundred things go wrong.
    trouble: u64,
    /// Whether transactions fail when they run.
    refuses: bool,
    /// Calls until the process dies; `None` for never.
    life: Option<u64>,
}

#[derive(Clone)]
struct FakeNode(Arc<Mutex<Cluster>>);

impl FakeNode {
    fn new(seed: u64, trouble: u64) -> Self {
        Self(Arc::new(Mutex::new(Cluster {
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            height: 100,
            hashes: HashMap::new(),
            coming: vec![],
            landed: HashMap::new(),
            trouble,
            refuses: false,
            life: None,
        })))
    }

    /// One call: time goes on, what is due lands, and perhaps the answer is lost.
    async fn call<T>(&self, answer: impl FnOnce(&mut Cluster) -> T) -> Result<T, NodeError> {
        let dead = {
            let mut cluster = self.0.lock().unwrap();
            cluster.height += cluster.dice.roll(2);
            cluster.land();
            match &mut cluster.life {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => false,
            }
        };
        if dead {
            std::future::pending::<()>().await;
        }
        let mut cluster = self.0.lock().unwrap();
        let (before, after) = (cluster.trouble(), cluster.trouble());
        if before {
            return Err(NodeError("lost on the way there".into()));
        }
        let found = answer(&mut cluster);
        if after { Err(NodeError("lost on the way back".into())) } else { Ok(found) }
    }
}

impl Cluster {
    fn trouble(&mut self) -> bool {
        let trouble = self.trouble;
        self.dice.roll(100) < trouble
    }

    fn land(&mut self) {
        let height = self.height;
        let (due, coming) = self.coming.drain(..).partition(|(at, ..)| *at <= height);
        self.coming = coming;
        for (at, signature, succeeds) in due {
            self.landed.entry(signature).or_insert((at, succeeds));
        }
    }

    /// Successful transactions.
    fn paid(&self) -> usize {
        self.landed.values().filter(|(_, succeeded)| *succeeded).count()
    }
}

impl Node for FakeNode {
    async fn recent(&self) -> Result<Recent, NodeError> {
        self.call(|cluster| {
            // A node may lag: its blockhash is then valid for less long.
            let lag = cluster.dice.roll(4);
            let last_height = cluster.height - lag + VALID;
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&cluster.dice.roll(u64::MAX).to_le_bytes());
            let blockhash = Hash::new_from_array(bytes);
            cluster.hashes.insert(blockhash, last_height);
            Recent { blockhash, last_height }
        })
        .await
    }

    async fn submit(
        &self,
        transaction: &VersionedTransaction,
        simulate: bool,
    ) -> Result<Submitted, NodeError> {
        self.call(|cluster| {
            if simulate && cluster.refuses {
                return Submitted::Refused(TransactionError::AccountNotFound);
            }
            let last = cluster.hashes[transaction.message.recent_blockhash()];
            let at = cluster.height + cluster.dice.roll(VALID * 2);
            // It lands in time, or is dropped.
            if at <= last {
                let succeeds = !cluster.refuses;
                cluster.coming.push((at, signature(transaction), succeeds));
            }
            Submitted::Taken
        })
        .await
    }

    async fn status(&self, signature: &Signature) -> Result<(u64, Option<Status>), NodeError> {
        self.call(|cluster| {
            // The backend that answers may lag behind the one asked before.
            let lag = if cluster.trouble() { cluster.dice.roll(VALID * 2) } else { 0 };
            let seen = cluster.height.saturating_sub(lag);
            let found = cluster.landed.get(signature).filter(|(at, _)| *at <= seen);
            let status = found.map(|(at, succeeded)| Status {
                slot: *at,
                commitment: match seen - at {
                    age if age >= FINALIZED => CommitmentLevel::Finalized,
                    age if age >= CONFIRMED => CommitmentLevel::Confirmed,
                    _ => CommitmentLevel::Processed,
                },
                result: if *succeeded { Ok(()) } else { Err(TransactionError::AccountNotFound) },
            });
            (seen, status)
        })
        .await
    }

    async fn finalized(&self) -> Result<Height, NodeError> {
        self.call(|cluster| {
            let block = cluster.height - FINALIZED;
            Height { slot: block, block }
        })
        .await
    }

    async fn pause(&self, _: Duration) {
        let _ = self.call(|cluster| cluster.height += 1).await;
        tokio::task::yield_now().await;
    }
}

fn intent(payer: &Keypair) -> Intent<'_> {
    Intent {
        name: "settle 1".into(),
        instructions: vec![Instruction { program_id: ID, accounts: vec![], data: vec![1; 8] }],
        signers: vec![payer],
        tables: vec![],
        price: 7,
    }
}

fn policy() -> Policy {
    Policy { failures: 8, attempts: 3, poll: Duration::ZERO, ..Policy::default() }
}

/// Runs until it ends or the process dies.
async fn live<N: Node, J: Journal>(
    sender: &Sender<N, J>,
    intent: &Intent<'_>,
) -> Option<Result<Landed, SendError>> {
    tokio::time::timeout(Duration::from_secs(3_600), sender.send(intent)).await.ok()
}

#[tokio::test(start_paused = true)]
async fn however_bad_the_cluster_and_however_often_the_process_dies_it_is_paid_at_most_once() {
    let payer = Keypair::new();
    let (mut landed, mut deaths, mut unknown, mut expired) = (0, 0, 0, 0);
    for seed in 0..3_000u64 {
        let node = FakeNode::new(seed, [0, 5, 20, 45][seed as usize % 4]);
        let folder = tempfile::tempdir().unwrap();
        let mut outcome = None;
        for _ in 0..12 {
            // A process of its own: only cluster and journal survive.
            {
                let mut cluster = node.0.lock().unwrap();
                let lives = cluster.dice.roll(3) == 0;
                cluster.life = (!lives).then(|| cluster.dice.roll(25));
            }
            let sender = Sender::new(node.clone(), FileJournal::open(folder.path()).unwrap(), policy());
            match live(&sender, &intent(&payer)).await {
                None => deaths += 1,
                Some(Err(SendError::Unknown { .. })) => unknown += 1,
                Some(other) => {
                    outcome = Some(other);
                    break;
                }
            }
        }
        // Whatever is still on its way arrives.
        let mut cluster = node.0.lock().unwrap();
        cluster.height += VALID * 4;
        cluster.land();
        assert!(cluster.paid() <= 1, "seed {seed}: paid {} times", cluster.paid());
        match outcome {
            Some(Ok(done)) => {
                assert_eq!(cluster.landed.get(&done.signature).map(|(at, _)| *at), Some(done.slot));
                landed += 1;
            }
            Some(Err(SendError::Expired(_))) => {
                assert_eq!(cluster.paid(), 0, "seed {seed}: said that nothing was moved");
                expired += 1;
            }
            Some(Err(SendError::Node(_))) | None => {}
            Some(Err(other)) => panic!("seed {seed}: {other}"),
        }
    }
    // The series has seen what it is about.
    assert!(
        landed > 1_500 && deaths > 500 && unknown > 50 && expired > 10,
        "{landed} {deaths} {unknown} {expired}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_carried_out_is_answered_from_the_journal() {
    let payer = Keypair::new();
    let node = FakeNode::new(1, 0);
    let sender = Sender::new(node.clone(), MemoryJournal::default(), policy());
    let first = sender.send(&intent(&payer)).await.unwrap();
    let again = sender.send(&intent(&payer)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(sender.carried_out("settle 1").unwrap(), Some(first));
    assert_eq!(sender.carried_out("settle 2").unwrap(), None);
    assert_eq!(node.0.lock().unwrap().landed.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_never_two_intents() {
    let payer = Keypair::new();
    let sender = Sender::new(FakeNode::new(1, 0), MemoryJournal::default(), policy());
    sender.send(&intent(&payer)).await.unwrap();
    let mut other = intent(&payer);
    other.instructions[0].data.push(0);
    assert!(matches!(sender.send(&other).await, Err(SendError::IntentReused(name)) if name == "settle 1"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_and_may_be_tried_again() {
    let payer = Keypair::new();
    let node = FakeNode::new(1, 0);
    node.0.lock().unwrap().refuses = true;
    let sender = Sender::new(node.clone(), MemoryJournal::default(), policy());
    assert!(matches!(sender.send(&intent(&payer)).await, Err(SendError::Refused(_))));
    node.0.lock().unwrap().refuses = false;
    sender.send(&intent(&payer)).await.unwrap();
    assert_eq!(node.0.lock().unwrap().paid(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_left_open_is_resolved_without_a_signature() {
    let payer = Keypair::new();
    let node = FakeNode::new(4, 0);
    let folder = tempfile::tempdir().unwrap();
    // It dies right after the transaction was handed over.
    node.0.lock().unwrap().life = Some(2);
    let sender = Sender::new(node.clone(), FileJournal::open(folder.path()).unwrap(), policy());
    assert!(live(&sender, &intent(&payer)).await.is_none());
    drop(sender);
    node.0.lock().unwrap().life = None;
    let sender = Sender::new(node.clone(), FileJournal::open(folder.path()).unwrap(), policy());
    let ends = sender.resolve_pending().await.unwrap();
    assert!(matches!(ends.as_slice(), [(name, Ok(_) | Err(SendError::Expired(1)))] if name == "settle 1"));
    assert!(sender.resolve_pending().await.unwrap().is_empty());
    sender.forget("settle 1").unwrap();
}

#[test]
fn a_journal_is_one_process_alone_and_names_may_hold_anything() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(folder.path()).unwrap();
    assert!(matches!(FileJournal::open(folder.path()), Err(JournalError::InUse(_))));
    let plain = Entry {
        name: String::new(),
        instructions: "i".into(),
        transaction: "t".into(),
        last_height: 3,
        submitted: true,
        landed: None,
    };
    for name in ["", "../../etc/passwd", "a\0b", "x"] {
        assert_eq!(journal.get(name).unwrap(), None);
        let entry = Entry { name: name.into(), ..plain.clone() };
        journal.put(&entry).unwrap();
        assert_eq!(journal.get(name).unwrap(), Some(entry));
    }
    assert_eq!(journal.pending().unwrap().len(), 4);
    journal.put(&Entry { name: "".into(), landed: Some(5), ..plain }).unwrap();
    assert_eq!(journal.pending().unwrap().len(), 3);
    journal.remove("x").unwrap();
    journal.remove("x").unwrap();
    assert_eq!(journal.get("x").unwrap(), None);
    drop(journal);
    assert!(FileJournal::open(folder.path()).unwrap().get("").unwrap().is_some());
}
