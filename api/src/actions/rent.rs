//! What the accounts of a transaction cost in rent, by the rates of the cluster's own sysvar: the
//! program reads the same ones. The client library asks the node for each size, which a service that
//! reads the sysvar with everything else need not.

use settlement_interface::Address;

/// The cluster's rent.
pub const SYSVAR: Address = Address::from_str_const("SysvarRent111111111111111111111111111111111");
/// Bytes that each account is charged for besides its own.
const OVERHEAD: u64 = 128;

/// Lamports that one byte of an account takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rent(u64);

impl Rent {
    /// Reads the sysvar: lamports per byte and year, then the years to pay for as a float. Only the
    /// two values that clusters have had are known: 2, and 1 since SIMD-0194 made the first figure
    /// lamports per byte.
    pub fn read(data: &[u8]) -> Option<Self> {
        let field = |offset: usize| data.get(offset..)?.first_chunk::<8>().copied();
        let lamports = u64::from_le_bytes(field(0)?);
        let years = field(8)?;
        let times = [(1.0f64, 1u64), (2.0, 2)].into_iter().find(|(float, _)| float.to_le_bytes() == years)?.1;
        lamports.checked_mul(times).map(Self)
    }

    /// The same in SOL, as people write it.
    pub fn sol(self, sizes: &[usize]) -> String {
        crate::units::sol(self.lamports(sizes)).sol
    }

    /// Lamports that keep accounts of these sizes.
    pub fn lamports(self, sizes: &[usize]) -> u64 {
        sizes.iter().fold(0, |sum, size| {
            let bytes = u64::try_from(*size).unwrap_or(u64::MAX).saturating_add(OVERHEAD);
            sum.saturating_add(bytes.saturating_mul(self.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sysvar(lamports: u64, years: f64) -> Vec<u8> {
        [lamports.to_le_bytes().as_slice(), &years.to_le_bytes(), &[50]].concat()
    }

    #[test]
    fn a_token_account_costs_the_same_before_and_after_simd_0194() {
        for data in [sysvar(3_480, 2.0), sysvar(6_960, 1.0)] {
            assert_eq!(Rent::read(&data).unwrap().lamports(&[165]), 2_039_280);
        }
    }

    #[test]
    fn rates_that_cannot_be_read_are_none() {
        assert_eq!(Rent::read(&sysvar(3_480, 1.5)), None);
        assert_eq!(Rent::read(&sysvar(u64::MAX, 2.0)), None);
        assert_eq!(Rent::read(&[0; 15]), None);
    }

    #[test]
    fn several_accounts_are_charged_each_on_its_own() {
        let rent = Rent::read(&sysvar(6_960, 1.0)).unwrap();
        assert_eq!(rent.lamports(&[0, 72]), 6_960 * (128 + 128 + 72));
    }
}
