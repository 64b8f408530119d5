//! An account of the program, field by field, beside what its events tell.

use crate::fold::{BID_STANDING, CHANGE_WAITING, Entity, Kind, ROLE_METER, ThirdPartyImage};
use bytemuck::Zeroable;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter,
    Price, Provider, Totals,
};
use std::fmt::Debug;

/// Fields that are named where an account differs.
const NAMED: usize = 5;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, with those of what it is within.
    pub name: String,
    /// By the events.
    pub told: String,
    /// On chain.
    pub found: String,
}

/// An account beside its entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// How many events the account counts.
    pub sequence: u64,
    /// Fields that differ; none if every one is the same.
    pub differing: Vec<Field>,
}

impl Beside {
    /// The first few fields in words.
    pub fn words(&self) -> String {
        let named = self.differing.iter().take(NAMED);
        let named: Vec<String> = named
            .map(|field| format!("{} is {}, by its events {}", field.name, field.found, field.told))
            .collect();
        let more = self.differing.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{more}", named.join("; "))
    }
}

/// Compares what events tell of an account with its data; `None` if the data is no account of that kind.
///
/// Not told, and taken as found, are bumps, which follow from addresses, and what is named here.
pub fn beside(entity: &Entity, data: &[u8]) -> Option<Beside> {
    macro_rules! account {
        ($told:expr, $kind:ident, $($untold:ident),*) => {{
            let found = $kind::read(data)?;
            let told = $kind { $($untold: found.$untold,)* ..$told };
            let differing = if told == found { Vec::new() } else { differing(&told, &found) };
            Some(Beside { sequence: found.sequence, differing })
        }};
    }
    match entity {
        // The ring of past pauses: each is told by its own event.
        Entity::Config(image) => {
            account!(image.account, Config, bump, stake_vault_bump, buyback_vault_bump, pauses)
        }
        Entity::Price(told) => account!(**told, Price, bump),
        Entity::Totals(told) => account!(**told, Totals, bump),
        Entity::Consumer(told) => account!(**told, Consumer, bump),
        Entity::Provider(told) => account!(**told, Provider, bump),
        // The meter's wallet is told when the meter registers.
        Entity::Job(image) => account!(image.account, Job, bump, vault_bump, meter_authority),
        Entity::Epoch(image) => account!(image.account, Epoch, bump),
        Entity::Credit(image) => account!(image.account, Credit, bump),
        Entity::Change(image) => account!(image.account, ConfigChange, bump),
        Entity::Bid(image) => account!(image.account, Bid, bump),
        Entity::Buyback(image) => account!(image.account, Buyback, bump),
        Entity::Case(image) => account!(image.account, Case, bump),
        Entity::Dispute(image) => account!(image.account, Dispute, bump),
        Entity::ThirdParty(image) if image.role == ROLE_METER => account!(meter(image), Meter, bump),
        Entity::ThirdParty(image) => account!(arbiter(image), Arbiter, bump),
    }
}

/// A meter's account as its events tell it.
pub fn meter(image: &ThirdPartyImage) -> Meter {
    let ThirdPartyImage { key, wallet, vouched, index, registered_at, .. } = *image;
    let ThirdPartyImage { upheld, overturned, sequence, .. } = *image;
    Meter {
        authority: wallet,
        key,
        vouched,
        index,
        registered_at,
        upheld,
        overturned,
        sequence,
        ..Meter::zeroed()
    }
}

/// An arbiter's account as its events tell it.
pub fn arbiter(image: &ThirdPartyImage) -> Arbiter {
    let ThirdPartyImage { wallet, vouched, index, registered_at, rulings, sequence, .. } = *image;
    Arbiter { wallet, vouched, index, registered_at, rulings, sequence, ..Arbiter::zeroed() }
}

/// Whether the events say that the account is closed; `None` where its row cannot tell, and only its last event can.
pub fn is_closed(entity: &Entity) -> Option<bool> {
    match entity {
        Entity::Job(image) => Some(image.reclaimed_at != 0),
        Entity::Credit(image) => Some(image.claimed != 0),
        Entity::Change(image) => Some(image.state != CHANGE_WAITING),
        // A bid that was withdrawn during bidding keeps its account.
        Entity::Bid(image) => Some(image.closed_at != 0 && image.state != BID_STANDING),
        Entity::Case(image) => Some(image.closed_at != 0),
        Entity::Dispute(image) => Some(image.closed_at != 0),
        Entity::Epoch(_) => None,
        Entity::Config(_)
        | Entity::Price(_)
        | Entity::Totals(_)
        | Entity::Consumer(_)
        | Entity::Provider(_)
        | Entity::Buyback(_)
        | Entity::ThirdParty(_) => Some(false),
    }
}

/// What an account counts of other accounts, each with where it is counted: kind of child, count.
pub fn counts(entity: &Entity) -> Vec<(Kind, u64)> {
    match entity {
        Entity::Config(image) => {
            let config = &image.account;
            let third_parties = config.meters.saturating_add(config.arbiters);
            vec![
                (Kind::Consumer, config.consumers),
                (Kind::Provider, config.providers),
                (Kind::ThirdParty, third_parties),
                (Kind::Change, config.changes),
            ]
        }
        Entity::Consumer(consumer) => vec![(Kind::Job, consumer.next_nonce)],
        Entity::Job(image) => {
            let Job { bids, cases, disputes, .. } = image.account;
            vec![(Kind::Bid, bids), (Kind::Case, cases), (Kind::Dispute, disputes)]
        }
        Entity::Epoch(image) => vec![(Kind::Credit, image.account.credits)],
        _ => Vec::new(),
    }
}

/// Names the fields that differ. Both are of one type, so that their long forms have the same lines.
fn differing(told: &impl Debug, found: &impl Debug) -> Vec<Field> {
    let (told, found) = (format!("{told:#?}"), format!("{found:#?}"));
    let mut within: Vec<(String, usize)> = Vec::new();
    let mut fields = Vec::new();
    for (told, found) in told.lines().zip(found.lines()) {
        let text = told.trim().trim_end_matches(',');
        if matches!(text, "}" | "]" | ")") {
            within.pop();
            continue;
        }
        let (name, value) = match text.split_once(": ") {
            Some((name, value)) => (name.to_owned(), value),
            None => {
                let place = within.last_mut().map_or(0, |(_, place)| {
                    *place = place.saturating_add(1);
                    place.saturating_sub(1)
                });
                (place.to_string(), text)
            }
        };
        if value.ends_with(['{', '[', '(']) {
            within.push((name, 0));
            continue;
        }
        if told != found {
            let found = found.trim().trim_end_matches(',');
            let found = found.split_once(": ").map_or(found, |(_, value)| value);
            // The outermost name is the type's.
            let path = within.iter().skip(1).map(|(name, _)| name.as_str()).chain([name.as_str()]);
            let name = path.collect::<Vec<_>>().join(".");
            fields.push(Field { name, told: value.to_owned(), found: found.to_owned() });
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_differs_is_named_with_what_it_is_within() {
        let told = Job { accepted: 7, ..Job::zeroed() };
        let mut found = told;
        found.accepted = 8;
        if let Some(due) = found.dues.get_mut(2) {
            due.stake = 5;
        }
        let fields = differing(&told, &found);
        let named: Vec<_> =
            fields.iter().map(|f| (f.name.as_str(), f.told.as_str(), f.found.as_str())).collect();
        assert_eq!(named, [("accepted", "7", "8"), ("dues.2.stake", "0", "5")]);
        let words = Beside { sequence: 1, differing: fields }.words();
        assert_eq!(words, "accepted is 8, by its events 7; dues.2.stake is 5, by its events 0");
    }

    #[test]
    fn data_of_another_kind_is_no_account_of_this_one() {
        let entity = Entity::from(Totals::zeroed());
        let of = |discriminator: [u8; 8]| {
            [discriminator.as_slice(), bytemuck::bytes_of(&Totals::zeroed())].concat()
        };
        let same = beside(&entity, &of(Totals::DISCRIMINATOR));
        assert_eq!(same, Some(Beside { sequence: 0, differing: vec![] }));
        assert_eq!(beside(&entity, &of(Price::DISCRIMINATOR)), None);
        assert_eq!(beside(&entity, &[]), None);
    }
}
