//! Outage cases: a registered meter's words against a provider, answered by better ones or upheld.

pub mod answer_case;
pub mod open_case;
pub mod resolve_case;
pub mod withdraw_case;

pub use answer_case::*;
pub use open_case::*;
pub use resolve_case::*;
pub use withdraw_case::*;
