//! A trace of any computation, and what it answers in a dispute.

use settlement_interface::accounts::Dispute;
use settlement_interface::merkle::{MAX_STEPS, MIN_STEPS, Proof, Tree, depth};
use settlement_interface::rules::{Side, Stage};
use std::fmt;

/// Step hashes from the input's to the output's, and the tree over them.
#[derive(Clone, Debug)]
pub struct Trace {
    steps: Vec<[u8; 32]>,
    tree: Tree,
}

/// A step with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The step's number, from 0.
    pub index: u64,
    /// Its hash.
    pub step: [u8; 32],
    /// Siblings from the leaf up, then zeros.
    pub proof: Proof,
}

/// What a side does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Reveal this.
    Reveal(Box<Move>),
    /// It is the other side's turn.
    Wait,
    /// One step is left, for the panel.
    Panel,
    /// It is decided.
    Over,
}

/// Why a trace cannot do what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// A receipt could not commit to as many steps.
    Count(usize),
    /// There is no such step.
    NoStep {
        /// What was asked for.
        index: u64,
        /// How many there are.
        steps: usize,
    },
    /// The dispute is over a trace of another length.
    Length {
        /// Steps of the dispute.
        dispute: u64,
        /// Steps of the trace.
        trace: usize,
    },
    /// The dispute names another root for this side.
    Root,
    /// Bytes that the program never writes.
    Account,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(found) => {
                write!(f, "a trace has {MIN_STEPS} to {MAX_STEPS} steps, not {found}")
            }
            Self::NoStep { index, steps } => write!(f, "there is no step {index} among {steps}, from 0"),
            Self::Length { dispute, trace } => {
                write!(
                    f,
                    "the dispute is over {dispute} steps, the trace has {trace}: it is of another receipt"
                )
            }
            Self::Root => {
                write!(f, "the dispute has another root for this side: the trace is not the one committed to")
            }
            Self::Account => write!(f, "the account's stage is one that this version does not know"),
        }
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    /// Of these step hashes.
    pub fn new(steps: Vec<[u8; 32]>) -> Result<Self, TraceError> {
        let tree = Tree::new(&steps).ok_or(TraceError::Count(steps.len()))?;
        Ok(Self { steps, tree })
    }

    /// The hashes.
    pub fn steps(&self) -> &[[u8; 32]] {
        &self.steps
    }

    /// What a receipt commits to.
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// Siblings that a proof of this trace has before the zeros.
    pub fn depth(&self) -> u32 {
        depth(u64::try_from(self.steps.len()).unwrap_or(u64::MAX))
    }

    /// The first step at which two traces of one length differ.
    pub fn divergence(&self, other: &Self) -> Result<Option<u64>, TraceError> {
        if self.steps.len() != other.steps.len() {
            let dispute = u64::try_from(other.steps.len()).unwrap_or(u64::MAX);
            return Err(TraceError::Length { dispute, trace: self.steps.len() });
        }
        let first = self.steps.iter().zip(&other.steps).position(|(a, b)| a != b);
        Ok(first.and_then(|step| u64::try_from(step).ok()))
    }

    /// A step and its proof.
    pub fn prove(&self, index: u64) -> Result<Move, TraceError> {
        let found = || {
            let step = *self.steps.get(usize::try_from(index).ok()?)?;
            Some(Move { index, step, proof: self.tree.proof(index)? })
        };
        found().ok_or(TraceError::NoStep { index, steps: self.steps.len() })
    }

    /// What `side`, whose trace this is, does next in a dispute.
    pub fn answer(&self, dispute: &Dispute, side: Side) -> Result<Answer, TraceError> {
        if usize::try_from(dispute.steps) != Ok(self.steps.len()) {
            return Err(TraceError::Length { dispute: dispute.steps, trace: self.steps.len() });
        }
        if *dispute.root(side) != self.root() {
            return Err(TraceError::Root);
        }
        match (dispute.turn(), dispute.stage()) {
            (Some((turn, index)), _) if turn == side => Ok(Answer::Reveal(Box::new(self.prove(index)?))),
            (Some(_), _) => Ok(Answer::Wait),
            (None, Some(Stage::Panel)) => Ok(Answer::Panel),
            (None, Some(_)) => Ok(Answer::Over),
            (None, None) => Err(TraceError::Account),
        }
    }
}

/// For whom an arbiter rules who got `right` by executing the step that is left: for the provider
/// (true) exactly if its hash is that one. If both are wrong the receipt is, so for the challenger.
pub fn verdict(dispute: &Dispute, right: &[u8; 32]) -> bool {
    dispute.provider_step == *right
}
