//! Why no transaction is built, in its reader's terms.

use crate::error::{Kind, Problem};
use settlement_interface::SettlementError;

/// A refusal before anything is built.
pub fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Refused, detail)
}

/// A parameter that is right by itself and does not go with the others: its name, and why, as a clause.
pub fn contradicts(name: &str, why: &str) -> Problem {
    Problem::new(Kind::Unanswerable, format!("{name}: {why}."))
}

/// A refusal for a reason of the client library, which begins without a capital and ends without a stop.
pub fn because(reason: impl AsRef<str>) -> Problem {
    let mut letters = reason.as_ref().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    refused(format!("{}{}.", first.map_or_else(String::new, String::from), letters.as_str()))
}

/// A refusal in the program's own words.
pub fn program_refuses(error: SettlementError) -> Problem {
    refused(error.message())
}

/// Arithmetic that cannot fail for amounts that exist.
///
/// # Errors
/// The program's own refusal of sums that do not fit.
pub fn whole<T>(result: Option<T>) -> Result<T, Problem> {
    result.ok_or_else(|| program_refuses(SettlementError::Arithmetic))
}
