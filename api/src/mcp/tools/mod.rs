//! The tools, each with its arguments, its answer and what it does.

mod books;
mod build_escrow;
mod find_providers;
mod follow_job;
mod next;
mod quote;
mod reconcile_job;

pub use build_escrow::BuildEscrow;
pub use find_providers::FindProviders;
pub use follow_job::FollowJob;
pub use quote::Quote;
pub use reconcile_job::ReconcileJob;

use crate::error::{Kind, Problem, Result};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// A number within bounds, or the one taken if none is given.
///
/// # Errors
/// [`Kind::InvalidParameter`], with the bounds.
fn within<N: PartialOrd + Display + Copy>(
    name: &str,
    given: Option<N>,
    taken: N,
    bounds: RangeInclusive<N>,
) -> Result<N> {
    let number = given.unwrap_or(taken);
    if bounds.contains(&number) {
        return Ok(number);
    }
    let (least, most) = (bounds.start(), bounds.end());
    let detail = format!("{name}: {number} is not a whole number from {least} to {most}.");
    Err(Problem::new(Kind::InvalidParameter, detail))
}
