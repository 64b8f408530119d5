//! What the market plays on: a network embedded in this process, whose time travels, or a real validator,
//! whose time is the machine's.

mod clock;
mod embedded;
mod ports;
mod validator;

pub use clock::{Origin, SLOT_MS, Time};
pub use embedded::Embedded;
pub use ports::Ports;
pub use validator::{Loaded, Validator};

use crate::failure::Result;
use std::time::Duration;

/// Where either listens: loopback, always.
const HOST: &str = "127.0.0.1";
/// Longest that starting and stopping may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running network; it stops when dropped.
pub enum Network {
    /// In this process; any account can be written past all programs.
    Embedded(Embedded),
    /// A process of its own; what it starts with is all that one can give it.
    Validator(Validator),
}

impl Network {
    fn ports(&self) -> Ports {
        match self {
            Self::Embedded(network) => network.ports(),
            Self::Validator(validator) => validator.ports(),
        }
    }

    /// Where it answers JSON-RPC.
    pub fn rpc_url(&self) -> String {
        format!("http://{HOST}:{}", self.ports().rpc)
    }

    /// Where it answers subscriptions.
    pub fn ws_url(&self) -> String {
        format!("ws://{HOST}:{}", self.ports().ws)
    }

    /// Its first slot.
    pub fn start_slot(&self) -> u64 {
        match self {
            Self::Embedded(network) => network.origin().slot_at(0),
            Self::Validator(_) => 0,
        }
    }

    /// Comes closer to `moment` (Unix seconds) from `time`: by travelling, or by waiting a little. Returns
    /// whether it had come already.
    pub fn approach(&self, time: Time, moment: i64) -> Result<bool> {
        match self {
            Self::Embedded(network) => network.approach(time, moment),
            Self::Validator(validator) => validator.approach(time, moment),
        }
    }
}
