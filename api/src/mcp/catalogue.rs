//! Every tool by its name.

use super::schema;
use super::tool::Tool;
use super::tools::{BuildEscrow, FindProviders, FollowJob, Quote, ReconcileJob};
use crate::error::{Problem, Result};
use crate::extract::arguments;
use crate::state::App;
use rmcp::model::{self, ToolAnnotations};
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};

macro_rules! tools {
    ($($tool:ty),* $(,)?) => {
        /// As they are listed.
        pub static LISTED: LazyLock<Vec<model::Tool>> =
            LazyLock::new(|| [$(listed::<$tool>()),*].into_iter().filter_map(Result::ok).collect());

        /// What the tool of a name answers; `None` if there is none.
        pub async fn call(app: &App, name: &str, given: Map<String, Value>) -> Option<Result<Value>> {
            match name {
                $(<$tool>::NAME => Some(answer::<$tool>(app, given).await),)*
                _ => None,
            }
        }
    };
}

tools!(Quote, FindProviders, BuildEscrow, FollowJob, ReconcileJob);

async fn answer<T: Tool>(app: &App, given: Map<String, Value>) -> Result<Value> {
    let answer = arguments::<T>(given)?.run(app).await?;
    serde_json::to_value(answer).map_err(Problem::internal)
}

/// A tool as it is listed.
///
/// # Errors
/// None in practice; a test counts them.
fn listed<T: Tool>() -> Result<model::Tool> {
    let mut input = schema::of::<T>(Vec::new()).map_err(Problem::internal)?;
    input.insert("examples".to_owned(), json!([T::example()]));
    let output = schema::of::<T::Answer>(schema::content::<T::Data>()).map_err(Problem::internal)?;
    // Nothing is changed by any of them; what a transaction does, it does once its owner has signed and sent it.
    let annotations = ToolAnnotations::new().read_only(true).destructive(false).open_world(false);
    Ok(model::Tool::new(T::NAME, T::ABOUT, Arc::new(input))
        .with_title(T::TITLE)
        .with_raw_output_schema(Arc::new(output))
        .with_annotations(annotations))
}
