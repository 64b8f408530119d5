//! One Action as a path: what its GET and its POST do, whatever it is about.
//!
//! The same two answers serve Solana Actions and Solana Pay's transaction requests (specification 1.1): a GET
//! with any of the parameters is answered with `label` and `icon` among what else an Action says, a POST of
//! `{"account"}` with `transaction` and `message`. Only the account that was posted has to sign.

use super::desk::Desk;
use super::draft::Draft;
use super::form::{self, Form};
use super::limit::{Limit, Spending};
use super::price::UnitPrice;
use super::spec::{ActionDescription, ActionRequest, ActionTransaction};
use super::{chain, document, in_time, prepare};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Body, query, query_so_far};
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::get;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use settlement_interface::Address;
use utoipa::IntoParams;
use utoipa_axum::router::UtoipaMethodRouter;

/// Where all Actions are.
pub const FOLDER: &str = "/v1/actions/";

/// Something that a wallet can sign. Its fields are its query parameters: their documentation is that of the
/// API, and what is not a field is refused.
pub trait Action: DeserializeOwned + IntoParams + Send + Sync + 'static {
    /// Last part of its path.
    const NAME: &'static str;
    /// Its title.
    const TITLE: &'static str;
    /// What it does, in sentences, for somebody who has not decided yet.
    const ABOUT: &'static str;
    /// What a wallet's form asks for: one form for each way of filling it in.
    const FORMS: &'static [Form];

    /// Reads, checks in the reader's terms, and says what would be signed and what it moves.
    fn plan(&self, desk: &Desk<'_>) -> impl Future<Output = Result<Draft>> + Send;
}

/// What every Action can be asked besides.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Fees {
    /// Price of a compute unit, millionths of a lamport; what recent blocks took, at most 100000, if not
    /// given. `wallet` leaves compute budget out for wallets that set it: many do so only if there is none.
    #[param(pattern = "^([0-9]{1,7}|10000000|wallet)$")]
    compute_unit_price: Option<String>,
}

/// A query, divided into what is the Action's and what is everybody's.
struct Asked {
    own: String,
    fees: String,
    pairs: Vec<(String, String)>,
}

/// The path of an Action, its handlers and its documentation.
pub fn route<A: Action>() -> UtoipaMethodRouter<App> {
    (Vec::new(), document::paths::<A>(), get(describe::<A>).post(answer::<A>))
}

/// What it is, as a form.
async fn describe<A: Action>(State(app): State<App>, uri: Uri) -> Result<Json<ActionDescription>> {
    let asked = Asked::read::<A>(&uri)?;
    // What is given must be right; the form asks for what is missing.
    query_so_far::<A>(&asked.own)?;
    UnitPrice::read(query::<Fees>(&asked.fees)?.compute_unit_price.as_deref())?;
    Ok(Json(form::describe::<A>(&app.public_url, &asked.pairs)))
}

/// The transaction.
async fn answer<A: Action>(
    State(app): State<App>,
    uri: Uri,
    Body(request): Body<ActionRequest>,
) -> Result<Json<ActionTransaction>> {
    let asked = Asked::read::<A>(&uri)?;
    let action: A = query(&asked.own)?;
    let price = UnitPrice::read(query::<Fees>(&asked.fees)?.compute_unit_price.as_deref())?;
    let (transaction, _) = build(&app, request.account.0, &action, price, None).await?;
    Ok(Json(transaction))
}

/// The transaction of an Action for a wallet; with it what it takes of a limit, if there is one.
///
/// # Errors
/// As [`Action::plan`] and [`prepare::prepare`].
pub async fn build<A: Action>(
    app: &App,
    wallet: Address,
    action: &A,
    price: UnitPrice,
    limit: Option<&Limit>,
) -> Result<(ActionTransaction, Option<Spending>)> {
    let desk = Desk { chain: chain(app)?, wallet };
    let work = async {
        let draft = action.plan(&desk).await?;
        prepare::prepare(&desk, draft, price, limit).await
    };
    in_time(app, work).await
}

impl Asked {
    fn read<A: Action>(uri: &Uri) -> Result<Self> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let (own, fees) = (document::names::<A>(), document::names::<Fees>());
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !own.contains(name) && !fees.contains(name)) {
            let known: Vec<_> = own.into_iter().chain(fees).collect();
            return Err(Problem::new(
                Kind::UnknownParameter,
                format!("This path has no query parameter \"{name}\"; it has {}.", known.join(", ")),
            ));
        }
        let written = |names: &[String]| {
            let mut text = form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(pairs.iter().filter(|(name, _)| names.contains(name)));
            text.finish()
        };
        Ok(Self { own: written(&own), fees: written(&fees), pairs })
    }
}
