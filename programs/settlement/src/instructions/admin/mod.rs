//! The network: starting it, its admin, changes of its configuration, pauses.

pub mod accept_admin;
pub mod apply_change;
pub mod cancel_change;
pub mod initialize;
pub mod open_stable_rail;
pub mod pause;
pub mod propose_admin;
pub mod queue_change;
pub mod resume;
pub mod unpause;

mod change;
pub(crate) mod stable_rail;

pub use accept_admin::*;
pub use apply_change::*;
pub use cancel_change::*;
pub use initialize::*;
pub use open_stable_rail::*;
pub use pause::*;
pub use propose_admin::*;
pub use queue_change::*;
pub use resume::*;
pub use unpause::*;
