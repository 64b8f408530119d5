//! The network: starting it, its admin, pauses.

pub mod accept_admin;
pub mod initialize;
pub mod pause;
pub mod propose_admin;
pub mod resume;
pub mod unpause;

pub(crate) mod stable_rail;

pub use accept_admin::*;
pub use initialize::*;
pub use pause::*;
pub use propose_admin::*;
pub use resume::*;
pub use unpause::*;
