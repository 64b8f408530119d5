//! A job's books, kept from its events: what each says that it moved. Base units of the escrow's mint, USD in micro-dollars.

use crate::db::bookings::Booking;
use crate::error::{Problem, Result};
use serde_json::Value;

/// Events that are kept as evidence; their sums are of all.
const MOST_EVIDENCE: usize = 200;

/// Sums over events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Deposited.
    pub escrowed: i128,
    /// Burned by conversions.
    pub converted: i128,
    /// Due to the provider in kind.
    pub in_kind_paid: i128,
    /// Burned in kind.
    pub in_kind_burned: i128,
    /// Due to the provider for work; stable rail.
    pub to_provider: i128,
    /// Due to buyback and treasury; stable rail.
    pub take: i128,
    /// Due to the consumer.
    pub refunded: i128,
    /// Due to the provider for a cancellation.
    pub cancel_fee: i128,
    /// Paid out of what was due.
    pub paid: i128,
    /// Settled, micro-dollars.
    pub usd: i128,
}

impl Sums {
    /// What left the vault by burning.
    pub fn spent(&self) -> i128 {
        self.converted.saturating_add(self.in_kind_burned)
    }

    /// What became somebody's due.
    pub fn booked(&self) -> i128 {
        [self.in_kind_paid, self.to_provider, self.take, self.refunded, self.cancel_fee]
            .into_iter()
            .fold(0, i128::saturating_add)
    }
}

/// A job's books.
#[derive(Debug, Default)]
pub struct Books {
    /// By the events.
    pub sums: Sums,
    /// By the ledger: what its entries make of the escrow.
    pub ledger_escrow: i128,
    /// By the ledger: what its entries make of what is due.
    pub ledger_dues: i128,
    /// The first events, each with what it settled.
    pub evidence: Vec<(Booking, i128)>,
    /// Further ones.
    pub left_out: u64,
}

impl Books {
    /// Books an event.
    ///
    /// # Errors
    /// If it lacks an amount that events of its name have.
    pub fn add(&mut self, booking: Booking) -> Result<()> {
        let before = self.sums.usd;
        self.sums.add(&booking.name, &booking.body)?;
        let settled = self.sums.usd.saturating_sub(before);
        self.ledger_escrow = self.ledger_escrow.saturating_add(booking.escrow.0);
        self.ledger_dues = self.ledger_dues.saturating_add(booking.dues.0);
        if self.evidence.len() < MOST_EVIDENCE {
            self.evidence.push((booking, settled));
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, name: &str, body: &Value) -> Result<()> {
        let amount = |field: &str| -> Result<i128> {
            let amount = body.get(field).and_then(Value::as_str).and_then(|text| text.parse::<u64>().ok());
            amount
                .map(i128::from)
                .ok_or_else(|| Problem::internal(format!("{name} without an amount of {field}")))
        };
        let mut book = |sum: fn(&mut Self) -> &mut i128, field: &str| -> Result<()> {
            let amount = amount(field)?;
            let sum = sum(self);
            *sum = sum.saturating_add(amount);
            Ok(())
        };
        match name {
            "JobOpened" => book(|it| &mut it.escrowed, "escrow"),
            "JobToppedUp" => book(|it| &mut it.escrowed, "amount"),
            "Converted" => {
                book(|it| &mut it.converted, "burned")?;
                book(|it| &mut it.usd, "usd")
            }
            "StableSettled" => {
                book(|it| &mut it.to_provider, "earned")?;
                book(|it| &mut it.take, "buyback")?;
                book(|it| &mut it.take, "treasury")?;
                book(|it| &mut it.usd, "usd")
            }
            "JobCancelled" => {
                book(|it| &mut it.refunded, "refund")?;
                book(|it| &mut it.cancel_fee, "fee")
            }
            "JobFailed" => book(|it| &mut it.refunded, "refund"),
            "JobClosed" => {
                book(|it| &mut it.refunded, "refund")?;
                book(|it| &mut it.in_kind_paid, "in_kind_paid")?;
                book(|it| &mut it.in_kind_burned, "in_kind_burned")?;
                book(|it| &mut it.usd, "in_kind_usd")
            }
            "DueWithdrawn" => book(|it| &mut it.paid, "escrow"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::bookings::NAMES;
    use serde_json::json;

    /// An event of which every field that is read is another power of two.
    fn body() -> Value {
        json!({
            "escrow": "1", "amount": "2", "burned": "4", "usd": "8", "earned": "16", "buyback": "32", "treasury": "64",
            "refund": "128", "fee": "256", "in_kind_paid": "512", "in_kind_burned": "1024", "in_kind_usd": "2048",
        })
    }

    fn sums(name: &str) -> Sums {
        let mut sums = Sums::default();
        sums.add(name, &body()).unwrap();
        sums
    }

    #[test]
    fn each_event_is_booked_by_what_it_means() {
        let none = Sums::default();
        let expected = [
            Sums { escrowed: 1, ..none },
            Sums { escrowed: 2, ..none },
            Sums { converted: 4, usd: 8, ..none },
            Sums { to_provider: 16, take: 96, usd: 8, ..none },
            Sums { refunded: 128, cancel_fee: 256, ..none },
            Sums { refunded: 128, ..none },
            Sums { refunded: 128, in_kind_paid: 512, in_kind_burned: 1024, usd: 2048, ..none },
            Sums { paid: 1, ..none },
        ];
        for (name, expected) in NAMES.into_iter().zip(expected) {
            assert_eq!(sums(name), expected, "{name}");
        }
    }

    #[test]
    fn an_amount_that_is_missing_is_no_zero() {
        for name in NAMES {
            assert!(Sums::default().add(name, &json!({})).is_err(), "{name}");
        }
    }
}
