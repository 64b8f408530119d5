//! Which part of a list of things that happened: a time, a direction, a page.

use crate::error::{Kind, Problem, Result};
use crate::extract::{Address, Commitment};
use crate::moment::{Moment, rfc3339};
use crate::pagination::{Limit, Order};
use serde::Deserialize;
use std::ops::Range;
use utoipa::IntoParams;

/// All of time.
pub const EVER: Range<i64> = i64::MIN..i64::MAX;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct During {
    /// Only what happened at this moment or later.
    #[param(inline)]
    from: Option<Moment>,
    /// Only what happened before this moment.
    #[param(inline)]
    to: Option<Moment>,
    /// Newest or oldest first.
    #[serde(default)]
    #[param(inline)]
    pub order: Order,
    /// Most rows on a page.
    #[serde(default)]
    #[param(inline)]
    pub limit: Limit,
    /// `next` of the page before.
    #[param(format = "cursor")]
    pub cursor: Option<String>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    pub commitment: Commitment,
}

/// The same of one provider, or of all.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DuringOf {
    /// Only what concerns this provider: its account or its authority's wallet.
    #[param(inline)]
    pub provider: Option<Address>,
    /// Only what happened at this moment or later.
    #[param(inline)]
    from: Option<Moment>,
    /// Only what happened before this moment.
    #[param(inline)]
    to: Option<Moment>,
    /// Newest or oldest first.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Most rows on a page.
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

impl DuringOf {
    /// The provider, and the rest.
    pub fn split(self) -> (Option<Address>, During) {
        let Self { provider, from, to, order, limit, cursor, commitment } = self;
        (provider, During { from, to, order, limit, cursor, commitment })
    }
}

impl During {
    /// Unix seconds from the first that is meant to the first that is not.
    ///
    /// # Errors
    /// [`Kind::Unanswerable`] if that is no time at all.
    pub fn range(&self) -> Result<Range<i64>> {
        within(self.from, self.to)
    }

    /// The list and the query as its cursors name them.
    pub fn cursor_name(&self, list: &str) -> String {
        let (order, commitment) = (self.order.name(), self.commitment.name());
        let moment = |moment: Option<Moment>| moment.map_or_else(|| "-".to_owned(), |it| it.0.to_string());
        format!("{list} {order} {commitment} {} {}", moment(self.from), moment(self.to))
    }
}

/// Unix seconds from one moment to another; either may be left open.
///
/// # Errors
/// [`Kind::Unanswerable`] if that is no time at all.
pub fn within(from: Option<Moment>, to: Option<Moment>) -> Result<Range<i64>> {
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        let (from, to) = (rfc3339(from.0), rfc3339(to.0));
        let detail = format!("from: {from} does not lie before {to}; exchange or widen them.");
        return Err(Problem::new(Kind::Unanswerable, detail));
    }
    Ok(from.map_or(i64::MIN, |from| from.0)..to.map_or(i64::MAX, |to| to.0))
}
