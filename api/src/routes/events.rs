//! Events as the chain emitted them: what every figure can be recomputed from.

use super::count;
use crate::answer::Page;
use crate::db::events::{After, Event as Row};
use crate::error::Result;
use crate::extract::{Address, Commitment, Query};
use crate::moment::rfc3339;
use crate::openapi::words;
use crate::pagination::{Limit, Order};
use crate::state::App;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use settlement_interface::events::Event as Emitted;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only events of this name, such as Converted.
    #[param(inline)]
    name: Option<EventName>,
    /// Only events that changed this account: a job, a provider, an epoch, ….
    #[param(inline)]
    entity: Option<Address>,
    /// Newest or oldest first.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Most events on a page.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// `next` of the page before.
    #[param(format = "cursor")]
    cursor: Option<String>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// One event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its name, as in the IDL.
    #[schema(example = "Converted")]
    name: String,
    /// Slot of its transaction.
    slot: u64,
    /// Its transaction.
    signature: String,
    /// Place of that transaction in the block.
    tx_index: u64,
    /// Index of the outer instruction.
    instruction: u64,
    /// Index among the inner instructions under it.
    inner_index: u64,
    /// The cluster's time.
    at: String,
    /// The accounts that it changed, each with this event's number among those of the account, from 1 without a gap.
    entities: Vec<EventEntity>,
    /// Every field, amounts as strings of base units or micro-dollars.
    #[schema(value_type = Object)]
    body: Value,
}

/// An account that an event changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventEntity {
    /// The account.
    entity: String,
    /// The event's number among the account's.
    sequence: u64,
}

/// Events
///
/// In order of the chain. Every figure of this API follows from finalized events; the sequence numbers
/// show that none is missing.
#[utoipa::path(get, path = "/v1/events", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Event>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn events(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Event>> {
    let name = wanted.name.map(EventName::text);
    let entity = wanted.entity.map(|entity| entity.0.to_string());
    let query = format!(
        "events {} {} {} {}",
        wanted.order.name(),
        wanted.commitment.name(),
        name.unwrap_or("-"),
        entity.as_deref().unwrap_or("-"),
    );
    let after = app.cursors.after(&query, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.events(name, entity.as_deref(), after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| After { place: row.place.clone(), sequence: row.sequence });
    let next = app.cursors.next(&query, next)?;
    Ok(view.page(rows.into_iter().map(shown).collect(), next))
}

/// The name of an event, as the IDL has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventName(&'static str);

impl EventName {
    /// As the database has it.
    pub(super) const fn text(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for EventName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = Emitted::NAMES.iter().find(|name| **name == text);
        known.map(|name| Self(name)).ok_or_else(|| {
            de::Error::custom(format!("\"{text}\" is not one of: {}", Emitted::NAMES.join(", ")))
        })
    }
}

impl PartialSchema for EventName {
    fn schema() -> RefOr<Schema> {
        words(Emitted::NAMES.iter().copied())
    }
}

impl ToSchema for EventName {}

/// An event as it is shown.
pub(crate) fn shown(row: Row) -> Event {
    let place = row.place;
    // In the order of their addresses, whatever the program's is.
    let mut entities: Vec<EventEntity> = serde_json::from_value(row.entities).unwrap_or_default();
    entities.sort_by(|one, other| one.entity.cmp(&other.entity));
    Event {
        name: row.name,
        slot: count(place.slot),
        signature: place.signature,
        tx_index: count(i64::from(place.tx_index)),
        instruction: count(i64::from(place.instruction)),
        inner_index: count(i64::from(place.inner_index)),
        at: rfc3339(row.at),
        entities,
        body: row.body,
    }
}
