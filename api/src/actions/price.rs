//! What a compute unit of a transaction is to cost, as it is chosen in a query.
//!
//! Wallets such as Phantom set a price of their own only if a transaction has no compute budget
//! instruction at all, so that leaving the price to them means leaving out the limit, too.

use crate::error::{Kind, Problem, Result};

/// Most that can be chosen, millionths of a lamport: a link that somebody else made must not make a
/// wallet's fee dear.
const MOST: u64 = 10_000_000;

/// Who sets the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitPrice {
    /// What recent blocks took.
    Recent,
    /// This, millionths of a lamport.
    Chosen(u64),
    /// The wallet that signs.
    Wallet,
}

impl UnitPrice {
    /// Reads the choice.
    ///
    /// # Errors
    /// [`Kind::InvalidParameter`].
    pub fn read(text: Option<&str>) -> Result<Self> {
        match text {
            None => Ok(Self::Recent),
            Some("wallet") => Ok(Self::Wallet),
            Some(text) => match text.parse() {
                Ok(price) if price <= MOST => Ok(Self::Chosen(price)),
                _ => Err(Problem::new(
                    Kind::InvalidParameter,
                    format!(
                        "compute_unit_price: \"{text}\" is no price; write an integer from 0 to {MOST}, in millionths of a lamport, or wallet."
                    ),
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_within_bounds_or_the_wallets_or_what_recent_blocks_took() {
        assert_eq!(UnitPrice::read(None).unwrap(), UnitPrice::Recent);
        assert_eq!(UnitPrice::read(Some("wallet")).unwrap(), UnitPrice::Wallet);
        assert_eq!(UnitPrice::read(Some("0")).unwrap(), UnitPrice::Chosen(0));
        assert_eq!(UnitPrice::read(Some("10000000")).unwrap(), UnitPrice::Chosen(MOST));
        for bad in ["", "-1", "1.5", "10000001", "Wallet"] {
            assert!(UnitPrice::read(Some(bad)).is_err(), "{bad}");
        }
    }
}
