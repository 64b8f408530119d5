//! What a signed receipt says, and whether the program will take it.

use crate::arguments::{JobRef, ReceiptText, gpu_hours};
use crate::commands::checks::whole;
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses};
use crate::run::{Answer, Asking};
use crate::show::Record;
use tally_client::interface::rules;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct CheckReceipt {
    /// A signed receipt: the text, @FILE, or - for standard input
    receipt: ReceiptText,
}

impl Asking for CheckReceipt {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let signed = &self.receipt.0;
        let (address, job) = context.job(&JobRef::Address(signed.receipt.job)).await?;
        if let Err(error) = signed.check(&address, &job, &facts.config, (facts.now, facts.slot)) {
            let why = program_refuses(error);
            return Err(Failure::Refused(format!(
                "the program would refuse this receipt: {}",
                why.sentence()
            )));
        }
        let order = &job.terms.order;
        let charged = whole(rules::charge(signed.receipt.units, order.rate, order.unit, order.budget))?;
        let record = Record::new()
            .text("job", address)
            .flag("good", true)
            .text("meter", signed.meter)
            .count("units", signed.receipt.units)
            .text("gpu_hours", gpu_hours(signed.receipt.units))
            .time("through", signed.receipt.through, facts.now)
            .usd("charged", charged)
            .usd("new", charged.saturating_sub(job.accepted));
        Ok(Answer { record, ..Answer::default() })
    }
}
