//! The protocol's requests: what this server is, which tools there are, and what one answers.

use super::catalogue::{LISTED, call};
use crate::error::{Kind, Problem};
use crate::given_up;
use crate::middleware::Reference;
use crate::state::App;
use axum::http::request::Parts;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use tracing::Instrument;

const INSTRUCTIONS: &str = "Tally settles GPU work on Solana: a consumer pays into a job's escrow, the provider is paid for \
    receipts that the consumer's key has signed. A job goes: quote, find_providers, build_escrow, then the wallet's owner \
    signs and sends the transaction, follow_job until it is over, reconcile_job. This server holds no keys and sends \
    nothing. build_escrow hands out no transaction that takes more out of the wallet than the budget that you state; state \
    what you were told, not more. Amounts are integers as strings, with the exact decimal beside them. Every answer says \
    from which slot and at which commitment it is: confirmed is seconds old and may in principle still change, finalized \
    cannot.";

/// The server; it remembers nothing of a request.
#[derive(Clone, Debug)]
pub struct Server {
    app: App,
}

impl Server {
    /// Over what every request shares.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let who = Implementation::new("tally", env!("CARGO_PKG_VERSION")).with_title("Tally");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(who)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(LISTED.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        LISTED.iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let reference =
            context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Reference>());
        let reference = reference.map(Reference::to_string).unwrap_or_default();
        let span = tracing::info_span!("tool", %reference, name = %request.name);
        // A little less than a request has, so that the tool's own answer says so.
        let time = self.app.settings.request_timeout();
        let time = time.saturating_sub(time.checked_div(16).unwrap_or_default());
        let answer = call(&self.app, &request.name, request.arguments.unwrap_or_default());
        let answer = given_up::within(time, answer.instrument(span));
        // The transport runs it in a task of its own, which goes on when its reader has gone, and only says so.
        let answer = tokio::select! {
            answer = answer => answer,
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("The call was given up.", None)),
        };
        let answer = answer.unwrap_or_else(|_| {
            Some(Err(Problem::new(Kind::Timeout, "The tool took longer than the service allows; try again.")))
        });
        let result = match answer {
            Some(Ok(answer)) => CallToolResult::structured(answer),
            Some(Err(problem)) => failed(&problem, &reference),
            None => {
                let names: Vec<_> = LISTED.iter().map(|tool| tool.name.as_ref()).collect();
                let says = format!("There is no tool \"{}\"; there is {}.", request.name, names.join(", "));
                return Err(ErrorData::invalid_params(says, None));
            }
        };
        Ok(result.into())
    }
}

/// A problem as a tool's error: in the words that a path would answer with. It is no structured content, whose schema is
/// the answer's.
fn failed(problem: &Problem, reference: &str) -> CallToolResult {
    let kind = problem.kind;
    let body = json!({
        "type": format!("/problems/{}", kind.slug()),
        "title": kind.title(),
        "status": kind.status().as_u16(),
        "detail": problem.detail,
        "reference": reference,
    });
    CallToolResult::error(vec![ContentBlock::text(body.to_string())])
}
