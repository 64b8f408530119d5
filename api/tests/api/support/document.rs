//! Holds answers against the OpenAPI document, more strictly than the document itself: a member that
//! it does not name fails too.

use super::Reply;
use axum::http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub struct Document {
    document: Value,
    /// By pointer to the schema, because compiling one takes longer than most tests.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    pub fn new() -> Self {
        let mut document: Value = serde_json::from_str(&api::openapi::pretty().unwrap()).unwrap();
        let parts = parts_of_compositions(&document);
        for (name, schema) in document["components"]["schemas"].as_object_mut().unwrap() {
            close(schema, parts.contains(&format!("#/components/schemas/{name}")));
        }
        Self { document, validators: Mutex::default() }
    }

    pub fn check(&self, method: &Method, path: &str, reply: &Reply) {
        let bodyless = reply.status == StatusCode::NOT_MODIFIED
            || reply.status.is_redirection()
            || *method == Method::OPTIONS;
        let path = path.split('?').next().unwrap();
        let Some(operation) = self.operation(method, path).filter(|_| !bodyless) else { return };
        let responses = &operation["responses"];
        let status = reply.status.as_u16().to_string();
        let response = responses.get(&status).unwrap_or(&responses["default"]);
        let response = match response["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => response,
        };
        let content_type = reply.header("content-type").split(';').next().unwrap();
        let schema = &response["content"][content_type]["schema"];
        assert!(
            !schema.is_null(),
            "{method} {path} does not document {status} as {content_type}: {}",
            reply.text
        );
        let compressed = !reply.header("content-encoding").is_empty();
        if compressed || !content_type.ends_with("json") {
            return;
        }
        let name = format!("{schema}");
        let known = self.validators.lock().unwrap().get(&name).cloned();
        let validator = known.unwrap_or_else(|| {
            let mut root = schema.as_object().unwrap().clone();
            root.insert("components".into(), self.document["components"].clone());
            let mut root = Value::Object(root);
            close(&mut root, false);
            let validator = Arc::new(jsonschema::draft202012::new(&root).unwrap());
            self.validators.lock().unwrap().insert(name, validator.clone());
            validator
        });
        let errors: Vec<String> = validator
            .iter_errors(&reply.json)
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{method} {path}\n{}\n{}", errors.join("\n"), reply.text);
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object().unwrap();
        let exact = paths.get(path);
        let item = exact
            .or_else(|| paths.iter().find(|(template, _)| matches(template, path)).map(|(_, item)| item))?;
        item.get(method.as_str().to_lowercase())
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(part, given)| part.starts_with('{') || *part == given)
}

/// References that occur inside `allOf`: what they name is a part of something larger.
fn parts_of_compositions(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                if key == "allOf" {
                    found.extend(
                        inner
                            .as_array()
                            .unwrap()
                            .iter()
                            .filter_map(|part| Some(part["$ref"].as_str()?.to_owned())),
                    );
                }
                found.extend(parts_of_compositions(inner));
            }
        }
        Value::Array(items) => found.extend(items.iter().flat_map(parts_of_compositions)),
        _ => {}
    }
    found
}

/// Refuses members that a schema does not name.
fn close(schema: &mut Value, is_part: bool) {
    let Some(object) = schema.as_object_mut() else { return };
    for choice in object.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        close(choice, false);
    }
    if object.contains_key("$ref") {
        object.insert("unevaluatedProperties".into(), json!(false));
    }
    if object.contains_key("allOf") {
        object.insert("unevaluatedProperties".into(), json!(false));
        for part in object["allOf"].as_array_mut().unwrap() {
            close_members(part.as_object_mut().unwrap());
        }
        return;
    }
    if object.contains_key("properties") && !is_part {
        object.entry("additionalProperties").or_insert(json!(false));
    }
    close_members(object);
}

fn close_members(object: &mut Map<String, Value>) {
    if let Some(members) = object.get_mut("properties").and_then(Value::as_object_mut) {
        members.values_mut().for_each(|member| close(member, false));
    }
    if let Some(items) = object.get_mut("items") {
        close(items, false);
    }
}
