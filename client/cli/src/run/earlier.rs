//! What an earlier run left open is found out before anything else is sent.

use super::tell;
use crate::context::Context;
use crate::failure::Result;
use serde::Serialize;
use tally_client::node::Node;
use tally_client::sender::{Journal, Sender};

/// What came of an earlier run's intent.
#[derive(Debug, Serialize)]
pub struct Earlier {
    intent: String,
    outcome: &'static str,
    says: String,
}

/// Finds out and tells. Nothing is signed; what can still land is waited for.
pub async fn resolve<N: Node, J: Journal>(context: &Context, sender: &Sender<N, J>) -> Result<Vec<Earlier>> {
    let ends = sender.resolve_pending().await?;
    let all: Vec<_> = ends
        .into_iter()
        .map(|(intent, end)| {
            let (outcome, says) = match end {
                Ok(landed) => ("done", format!("it landed in slot {}: {}", landed.slot, landed.signature)),
                Err(error) => ("not_done", format!("nothing was moved: {error}")),
            };
            Earlier { intent, outcome, says }
        })
        .collect();
    for Earlier { intent, says, .. } in &all {
        tell(context, &format!("An earlier run left \"{intent}\" open: {says}"));
    }
    Ok(all)
}
