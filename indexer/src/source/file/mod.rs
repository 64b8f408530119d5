//! A recorded file: what a source gave, word for word, to be given again for tests and for reproducing
//! a bug.
//!
//! The format is JSON, one object a line, compressed by zstd as a whole. The first line is the
//! [`Head`]: the format's version, the program, the cluster's genesis hash and the slot after which the
//! recording begins. Then one line for each [`Update`](super::Update), in order, named as in Rust
//! (`{"block":{…}}`, `{"dropped":{…}}`, `{"reached":{…}}`); addresses, hashes and signatures are
//! base58, data is base64. The last line is `{"end":{"updates":N}}` with the number of updates. A file
//! without it broke off.
//!
//! Both ways are streamed: neither holds more than a line and the compressor's window in memory.

mod read;
mod record;
pub mod text;

pub use read::FileSource;
pub use record::Recorded;

use serde::{Deserialize, Serialize};

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Version of the format.
    pub tally_recording: u32,
    /// The program, base58.
    pub program: String,
    /// Genesis hash of the cluster.
    pub cluster: String,
    /// Everything through this slot was stored when recording began, and is not in the file.
    pub after: u64,
}

/// The last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Last {
    /// The source ended, or was stopped.
    End {
        /// Updates in the file.
        updates: u64,
    },
}

/// How the last line begins, and no other.
const LAST: &[u8] = b"{\"end\"";
