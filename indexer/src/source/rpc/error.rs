//! Why a call to a node gave nothing, and which of the reasons pass by themselves.

use std::fmt;

/// Error codes of Solana's RPC that mean something here.
pub mod code {
    /// The block was removed from this node's ledger.
    pub const BLOCK_CLEANED_UP: i64 = -32001;
    /// The block is not available (yet), or was skipped: the node does not say.
    pub const BLOCK_NOT_AVAILABLE: i64 = -32004;
    /// The node is behind.
    pub const NODE_UNHEALTHY: i64 = -32005;
    /// The slot was skipped, or is missing after a restart from a snapshot.
    pub const SLOT_SKIPPED: i64 = -32007;
    /// The slot was skipped, or is missing in long-term storage.
    pub const LONG_TERM_SKIPPED: i64 = -32009;
    /// The node keeps no transaction history.
    pub const HISTORY_NOT_AVAILABLE: i64 = -32011;
    /// The block's status is not known yet.
    pub const STATUS_NOT_YET: i64 = -32014;
    /// The long-term storage behind the node cannot be reached.
    pub const LONG_TERM_UNREACHABLE: i64 = -32019;
    /// A transaction is of a version newer than asked for.
    pub const VERSION_NOT_SUPPORTED: i64 = -32015;
    /// The node has not reached the slot that was asked for.
    pub const BEHIND_CONTEXT: i64 = -32016;
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcError {
    /// No answer, or none in HTTP's terms.
    Unreachable(String),
    /// An error of the RPC itself.
    Answer {
        /// What was asked.
        method: &'static str,
        /// Its code.
        code: i64,
        /// Its message.
        message: String,
    },
    /// An answer of another form.
    Form {
        /// What was asked.
        method: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The process is stopping.
    Stopping,
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "it cannot be reached ({reason})"),
            Self::Answer { method, code, message } => {
                write!(f, "{method} failed with {code}: {}", crate::error::one_line(message))
            }
            Self::Form { method, reason } => write!(f, "its answer to {method} makes no sense ({reason})"),
            Self::Stopping => write!(f, "the indexer is stopping"),
        }
    }
}

impl RpcError {
    /// The RPC's error code, if it gave one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Answer { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Form { .. } => true,
            Self::Stopping => false,
            Self::Answer { code, .. } => matches!(
                *code,
                code::NODE_UNHEALTHY
                    | code::STATUS_NOT_YET
                    | code::BEHIND_CONTEXT
                    | code::LONG_TERM_UNREACHABLE
                    | -32603
                    | 429
                    | -32429
            ),
        }
    }
}
