//! What a tool is: its arguments, its answer, and what it does.

use crate::error::Result;
use crate::state::App;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that an agent can ask. Its fields are its arguments: their documentation is what the agent reads, and what is
/// not a field is refused. It changes nothing.
pub trait Tool: DeserializeOwned + ToSchema + Send + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Its title.
    const TITLE: &'static str;
    /// What it does and when to use it, for an agent that has not decided yet.
    const ABOUT: &'static str;
    /// What it answers, with slot and commitment.
    type Answer: Serialize + ToSchema;
    /// What is in that.
    type Data: ToSchema;

    /// Arguments that show how it is asked.
    fn example() -> Value;

    /// Does it.
    fn run(self, app: &App) -> impl Future<Output = Result<Self::Answer>> + Send;
}
