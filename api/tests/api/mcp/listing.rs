//! What an agent is told before it asks.

use crate::support::Service;
use crate::support::agent::Agent;
use serde_json::{Value, json};

const TOOLS: [&str; 5] = ["quote", "find_providers", "build_escrow", "follow_job", "reconcile_job"];

async fn agent() -> Agent {
    Agent::at(&Service::new().listen().await).await
}

#[tokio::test]
async fn every_tool_is_listed_with_what_it_does_and_schemas_of_both_sides() {
    let agent = agent().await;
    let names: Vec<&str> = agent.tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, TOOLS);
    assert!(agent.instructions().contains("holds no keys"));
    for tool in &agent.tools {
        let annotations = tool.annotations.as_ref().unwrap();
        assert_eq!(annotations.read_only_hint, Some(true), "{} changes nothing", tool.name);
        assert!(tool.title.is_some() && tool.description.as_ref().unwrap().len() > 100, "{}", tool.name);
        for schema in [&tool.input_schema, tool.output_schema.as_ref().unwrap()] {
            let schema = Value::Object(schema.as_ref().clone());
            assert_eq!(schema["type"], "object", "{}", tool.name);
            jsonschema::validator_for(&schema).unwrap();
            assert!(!schema.to_string().contains("#/components"), "{}: it is complete in itself", tool.name);
        }
    }
}

#[tokio::test]
async fn every_argument_is_described_and_none_else_is_taken() {
    let agent = agent().await;
    for tool in &agent.tools {
        let schema = Value::Object(tool.input_schema.as_ref().clone());
        assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
        for (name, argument) in schema["properties"].as_object().unwrap() {
            let described = argument["description"].as_str().is_some_and(|text| text.len() > 10);
            assert!(described, "{} of {}: {argument}", name, tool.name);
        }
        let validator = jsonschema::validator_for(&schema).unwrap();
        let example = &schema["examples"][0];
        assert!(validator.is_valid(example), "{}: {example}", tool.name);
        let mut wrong = example.clone();
        wrong["budged_usd"] = json!("1");
        assert!(!validator.is_valid(&wrong), "{}", tool.name);
        let told = agent.refused(&tool.name, wrong, "unknown-parameter").await;
        assert!(told.starts_with("This tool has no argument \"budged_usd\"; it has "), "{told}");
    }
}

#[tokio::test]
async fn what_is_missing_or_cannot_be_read_is_named() {
    let agent = agent().await;
    let told = agent.refused("quote", json!({ "hardware": 1 }), "invalid-parameter").await;
    assert_eq!(told, "The argument \"gpu_hours\" is required.");
    let cases = [
        ("quote", json!({ "hardware": 1, "gpu_hours": "many" }), "gpu_hours"),
        ("quote", json!({ "hardware": 1, "gpu_hours": "0" }), "gpu_hours"),
        ("quote", json!({ "hardware": 1, "gpu_hours": 10 }), "gpu_hours"),
        ("quote", json!({ "hardware": 70_000, "gpu_hours": "1" }), "hardware"),
        ("quote", json!({ "hardware": 1, "gpu_hours": "1", "days": 400 }), "days: 400"),
        ("quote", json!({ "hardware": 1, "gpu_hours": "1", "rail": "gold" }), "\"gold\" is not one of"),
        ("find_providers", json!({ "hardware": 1, "min_score": 1_000_001 }), "min_score: 1000001"),
        ("find_providers", json!({ "hardware": 1, "limit": 0 }), "limit: 0"),
        ("find_providers", json!({ "hardware": 1, "max_rate_usd": "-1" }), "max_rate_usd"),
        ("follow_job", json!({ "job": "hello" }), "\"hello\" is not a Solana address"),
    ];
    for (tool, arguments, part) in cases {
        let told = agent.refused(tool, arguments.clone(), "invalid-parameter").await;
        assert!(told.contains(part), "{arguments}: {told}");
    }
}

#[tokio::test]
async fn a_tool_that_does_not_exist_is_an_error_of_the_protocol_that_names_those_that_do() {
    let agent = agent().await;
    let error = agent.call("steal", json!({})).await.unwrap_err().to_string();
    assert!(error.contains("no tool \"steal\"") && error.contains("build_escrow"), "{error}");
}
