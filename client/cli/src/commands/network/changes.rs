//! Changes that wait: each by its number, so that none can be missing.

use super::queue_change::differences;
use crate::context::{Context, Facts};
use crate::failure::{Result, refused};
use crate::run::{Answer, Asking};
use crate::show::Record;
use tally_client::interface::accounts::ConfigChange;
use tally_client::interface::change::{Change, ChangeKind};
use tally_client::interface::pda;

/// Accounts that a node hands out at once.
const AT_ONCE: usize = 100;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Changes {}

/// A change that waits, or why there is none.
pub async fn waiting(context: &Context, index: u64) -> Result<(ConfigChange, ChangeKind)> {
    let found = context.read::<ConfigChange>(&pda::change(index)).await?;
    match found.and_then(|change| Some((change, ChangeKind::from_code(change.kind)?))) {
        Some(found) => Ok(found),
        None => refused(format!(
            "no change {index} waits: it was applied, cancelled or never queued; see \"tally network changes\""
        )),
    }
}

/// Where a change stands.
pub fn state(change: &ConfigChange, kind: ChangeKind, facts: &Facts) -> &'static str {
    if change.base != Change::in_force(kind, &facts.config).base() {
        "superseded"
    } else if facts.now < change.applies_from {
        "waiting"
    } else if facts.now <= change.expires_at {
        "applicable"
    } else {
        "expired"
    }
}

impl Asking for Changes {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let addresses: Vec<_> = (0..facts.config.changes).map(pda::change).collect();
        let mut rows = Vec::new();
        for some in addresses.chunks(AT_ONCE) {
            for account in context.rpc.accounts(some).await?.into_iter().flatten() {
                // One that was applied or cancelled is gone.
                let Some(it) = account.layout::<ConfigChange>() else { continue };
                let Some(kind) = ChangeKind::from_code(it.kind) else { continue };
                let told = differences(&it.change(), &Change::in_force(kind, &facts.config), kind);
                rows.push(
                    Record::new()
                        .count("change", it.index)
                        .text("kind", kind.name())
                        .text("state", state(&it, kind, &facts))
                        .time("applies_from", it.applies_from, facts.now)
                        .time("expires", it.expires_at, facts.now)
                        .text("against_now", told.join("; ")),
                );
            }
        }
        Ok(Answer { rows: Some(("changes", rows)), ..Answer::default() })
    }
}
