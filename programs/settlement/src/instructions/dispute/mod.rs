//! Disputes of verifiable jobs' receipts: opened by the consumer, narrowed down by both sides, ruled
//! on by the panel.

pub mod close_dispute;
pub mod open_dispute;
pub mod release_arbiter;
pub mod resolve_dispute;
pub mod reveal;
pub mod rule;
pub mod withdraw_dispute;

pub use close_dispute::*;
pub use open_dispute::*;
pub use release_arbiter::*;
pub use resolve_dispute::*;
pub use reveal::*;
pub use rule::*;
pub use withdraw_dispute::*;
