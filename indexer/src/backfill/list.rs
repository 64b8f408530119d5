//! Listing a part of history, newest first, into ranges of whole slots.

use super::History;
use crate::Error;
use crate::patience::patiently;
use crate::source::rpc::{Crawl, Endpoint, Entry, Listing, Place, Range, Step, is_everywhere};
use crate::source::{Resume, Until};
use crate::store::Backfill;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// Shortest rest of an endpoint whose list is not believed.
const REST: Duration = Duration::from_secs(1);

/// How long endpoints that do not answer are waited for before a first list is believed without them.
const SILENCE: Duration = Duration::from_secs(60);

/// Lists for [`History`].
#[derive(Debug)]
pub struct Lister<'a> {
    /// What it is part of.
    pub history: &'a History<'a>,
    /// What is stored.
    pub resume: &'a Resume,
}

/// How an endpoint's list ended.
enum Listed {
    /// It reaches back to the beginning, or to what is stored.
    Whole,
    /// It does not, for this reason.
    Broken(String),
}

impl Lister<'_> {
    /// Lists what is left to list of the part that was `begun`, or of a new one. `None` if too little history is left to
    /// be worth it.
    pub async fn list(&self, begun: Option<Backfill>, until: Until) -> Result<Option<Backfill>, Error> {
        let mut plan = match begun {
            Some(begun) => begun,
            None => match self.begin(until).await? {
                Some(plan) => plan,
                None => return Ok(None),
            },
        };
        let mut rest = Listing::new();
        let mut heard = Heard::default();
        loop {
            if self.is_proved(&heard) {
                if let Some(plan) = self.finish(&mut plan, std::mem::take(&mut rest)).await? {
                    return Ok(Some(plan));
                }
                heard = Heard::default();
            }
            let choice = self.history.client.choose(plan.through).await?;
            let next = choice.into_iter().find(|(endpoint, _)| !heard.hosts.contains(endpoint.host()));
            let Some((endpoint, _)) = next else {
                self.history.client.pause(REST).await?;
                continue;
            };
            let known = (plan.cursor.clone(), count(&rest));
            match self.crawl(&endpoint, &mut plan, &mut rest).await {
                Ok(Listed::Whole) => {
                    endpoint.did_well();
                    if known != (plan.cursor.clone(), count(&rest)) {
                        heard = Heard::default(); // those that were asked before know less
                    }
                    heard.whole.get_or_insert_with(Instant::now);
                    heard.hosts.insert(endpoint.host().to_owned());
                }
                Ok(Listed::Broken(reason)) => {
                    endpoint.health().contradictions.add(1);
                    endpoint.let_rest(&reason, REST);
                    // It has nothing to say about what is older. While nobody has, it is asked again.
                    if heard.whole.is_some() {
                        heard.hosts.insert(endpoint.host().to_owned());
                    }
                }
                Err(Error::Rpc(error)) if is_everywhere(&error) => return Err(error.into()),
                Err(Error::Rpc(error)) => endpoint.let_rest(&error.to_string(), REST),
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the list is whole. What is stored proves it; while nothing is, a short list looks like a short history,
    /// and all endpoints have to agree where it begins, but for those that answer nothing for long.
    fn is_proved(&self, heard: &Heard) -> bool {
        let Some(since) = heard.whole else { return false };
        let mut endpoints = self.history.client.endpoints().iter();
        self.resume.anchor.stored.is_some()
            || endpoints.all(|endpoint| endpoint.is_foreign() || heard.hosts.contains(endpoint.host()))
            || since.elapsed() > SILENCE
    }

    async fn begin(&self, until: Until) -> Result<Option<Backfill>, Error> {
        let History { store, client, metrics, stop, .. } = self.history;
        let heads = loop {
            let choice = client.choose(self.resume.finalized).await?;
            match choice.into_iter().next() {
                Some((_, heads)) => break heads,
                None => client.pause(REST).await?,
            }
        };
        let through = match until {
            Until::Slot(slot) => slot.min(heads.finalized),
            Until::Head | Until::Stopped => heads.finalized,
        };
        if through.saturating_sub(self.resume.finalized) <= self.history.least {
            return Ok(None);
        }
        let after = self.resume.listed_after(self.history.start_slot);
        patiently(metrics, stop, || store.begin_backfill(after, through)).await?;
        Ok(Some(Backfill { after, through, cursor: None, listed: false, last: None }))
    }

    /// Lists from where `plan` stands with one endpoint. Ranges are written down as they are full; what is left of the
    /// last ones is added to `rest`.
    async fn crawl(
        &self,
        endpoint: &Endpoint,
        plan: &mut Backfill,
        rest: &mut Listing,
    ) -> Result<Listed, Error> {
        let range = Range {
            after: plan.after,
            through: plan.through,
            finalized: plan.through,
            was_finalized: self.resume.finalized,
            anchor: &self.resume.anchor,
        };
        let mut crawl = Crawl::from(plan.cursor.clone());
        loop {
            let (fresh, is_whole) = match crawl.step(endpoint, range, self.history.page_size).await? {
                Step::More(fresh) => (fresh, false),
                Step::Whole(fresh) => (fresh, true),
                Step::Broken(reason) => return Ok(Listed::Broken(reason.to_owned())),
            };
            self.add(rest, fresh);
            if is_whole {
                return Ok(Listed::Whole);
            }
            // The slot below the cursor comes again whole.
            let cursor = crawl.cursor().filter(|(slot, _)| *slot <= plan.through).cloned();
            if let Some(cursor) = cursor
                && count(rest) >= self.history.page_size
            {
                self.write(plan, rest, cursor).await?;
            }
        }
    }

    fn add(&self, rest: &mut Listing, fresh: Vec<Entry>) {
        for entry in fresh {
            if entry.failed {
                self.history.metrics.failed_transactions_total.add(1);
                continue;
            }
            let listed = rest.entry(entry.slot).or_default();
            // Another endpoint lists the same.
            if listed.iter().all(|(name, _)| *name != entry.signature) {
                listed.push((entry.signature, entry.index));
            }
        }
    }

    /// Writes down all slots that are listed whole.
    async fn write(&self, plan: &mut Backfill, rest: &mut Listing, cursor: Place) -> Result<(), Error> {
        let History { store, metrics, stop, page_size, .. } = self.history;
        let whole = rest.split_off(&cursor.0);
        let ranges = divided(whole, *page_size);
        patiently(metrics, stop, || store.add_ranges(&ranges, &cursor)).await?;
        tracing::info!("listed back to slot {}", cursor.0);
        plan.cursor = Some(cursor);
        Ok(())
    }

    /// Writes down the rest and gives the list out, if it has everything that is stored and final; otherwise begins it
    /// anew.
    async fn finish(&self, plan: &mut Backfill, rest: Listing) -> Result<Option<Backfill>, Error> {
        let History { store, metrics, stop, page_size, .. } = self.history;
        let ranges = divided(rest, *page_size);
        let stored = self.resume.recent.range(plan.after.saturating_add(1)..);
        let stored = stored.take_while(|(slot, _)| **slot <= self.resume.finalized);
        let stored: Vec<Place> = stored
            .flat_map(|(slot, known)| known.signatures.iter().map(|name| (*slot, name.clone())))
            .collect();
        let lacking = patiently(metrics, stop, || store.finish_list(&ranges, &stored)).await?;
        let Some(lacking) = lacking else {
            return patiently(metrics, stop, || store.backfill()).await;
        };
        tracing::warn!("the list lacks {lacking}, which is stored and final; it is listed anew");
        self.history.client.pause(REST).await?;
        let (after, through) = (plan.after, plan.through);
        patiently(metrics, stop, || store.begin_backfill(after, through)).await?;
        *plan = Backfill { after, through, cursor: None, listed: false, last: None };
        Ok(None)
    }
}

/// Who has said where the list ends.
#[derive(Debug, Default)]
struct Heard {
    /// Endpoints that listed all that they have, or could not go on where the list stands.
    hosts: HashSet<String>,
    /// Since when one of them has said that it is whole.
    whole: Option<Instant>,
}

fn count(listing: &Listing) -> usize {
    listing.values().fold(0, |sum, listed| sum.saturating_add(listed.len()))
}

/// Ranges of whole slots, of about `size` transactions each.
fn divided(listing: Listing, size: usize) -> Vec<Listing> {
    let mut ranges = Vec::new();
    let mut range = Listing::new();
    let mut held = 0usize;
    for (slot, listed) in listing {
        if held > 0 && held.saturating_add(listed.len()) > size {
            ranges.push(std::mem::take(&mut range));
            held = 0;
        }
        held = held.saturating_add(listed.len());
        range.insert(slot, listed);
    }
    if !range.is_empty() {
        ranges.push(range);
    }
    ranges
}
