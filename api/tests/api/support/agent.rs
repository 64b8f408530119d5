//! An agent: the SDK's own client of the protocol, over HTTP, which holds every answer against the schema that its tool
//! states.

use rmcp::model::{CallToolRequestParams, CallToolResult, Tool};
use rmcp::service::{RoleClient, RunningService, ServiceError, ServiceExt};
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::Value;

pub struct Agent {
    client: RunningService<RoleClient, ()>,
    pub tools: Vec<Tool>,
}

impl Agent {
    /// Connects to the service at a URL and asks what there is.
    pub async fn at(url: &str) -> Self {
        let transport = StreamableHttpClientTransport::from_uri(format!("{url}/mcp"));
        let client = ().serve(transport).await.unwrap();
        let tools = client.list_all_tools().await.unwrap();
        Self { client, tools }
    }

    pub fn tool(&self, name: &str) -> &Tool {
        self.tools.iter().find(|tool| tool.name == name).unwrap()
    }

    /// What the server says of itself.
    pub fn instructions(&self) -> String {
        self.client.peer_info().unwrap().instructions.clone().unwrap()
    }

    pub async fn call(&self, name: &str, arguments: Value) -> Result<CallToolResult, ServiceError> {
        let Value::Object(arguments) = arguments else { panic!("{arguments} are no arguments") };
        let request = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        self.client.call_tool(request).await
    }

    /// What a tool answers: its structured content, which is also its text and fits its schema.
    pub async fn ask(&self, name: &str, arguments: Value) -> Value {
        let result = self.call(name, arguments).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{name}: {result:?}");
        let answer = result.structured_content.clone().unwrap();
        assert_eq!(text(&result), answer, "{name}");
        let schema = Value::Object(self.tool(name).output_schema.as_ref().unwrap().as_ref().clone());
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<_> = validator.iter_errors(&answer).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?} in {answer}");
        answer
    }

    /// The detail of a problem of a kind that a tool answers with.
    pub async fn refused(&self, name: &str, arguments: Value, slug: &str) -> String {
        let result = self.call(name, arguments).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{name}: {result:?}");
        assert!(result.structured_content.is_none(), "{name}: a problem is not what the schema describes");
        let problem = text(&result);
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{name}: {problem}");
        assert_eq!(problem["reference"].as_str().unwrap().len(), 16, "{name}: {problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

fn text(result: &CallToolResult) -> Value {
    let [content] = result.content.as_slice() else { panic!("{result:?}") };
    serde_json::from_str(&content.as_text().unwrap().text).unwrap()
}
