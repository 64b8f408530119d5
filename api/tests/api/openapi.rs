//! The document: what is served is what the repository keeps.

use crate::support::Service;
use crate::support::document::Document;
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn the_document_is_the_one_in_the_repository() {
    let kept = include_str!("../../openapi.json");
    let now = api::openapi::pretty().unwrap();
    assert!(
        kept.trim() == now,
        "the API's contract changed; if that is meant, announce it and run: cargo run -p api -- openapi > api/openapi.json"
    );
    let service = Service::empty();
    let served = service.get("/openapi.json").await;
    let kept: serde_json::Value = serde_json::from_str(kept).unwrap();
    assert_eq!(served.json, kept);
}

#[test]
fn every_operation_is_described_and_documents_its_problems() {
    let document: serde_json::Value = serde_json::from_str(&api::openapi::pretty().unwrap()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "two operations are called {name}");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(operation["responses"]["200"].is_object(), "{method} {path} has no answer");
            assert!(
                operation["responses"]["default"].is_object() || path == "/actions.json",
                "{method} {path}"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(
                    parameter["description"].is_string() && parameter["schema"].is_object(),
                    "{method} {path} {parameter}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_checker_of_these_tests_notices_members_that_are_not_documented() {
    let service = Service::new();
    let document = Document::new();
    let mut reply = service.get("/v1/providers?order=asc").await;
    document.check(&Method::GET, "/v1/providers", &reply);
    let places = [
        "",
        "/items/0",
        "/items/0/stake",
        "/items/0/stake/total",
        "/items/0/reputation",
        "/items/0/reputation/interval",
        "/items/0/rates/0",
    ];
    for place in places {
        let object = reply.json.pointer_mut(place).unwrap().as_object_mut().unwrap();
        object.insert("surprise".into(), json!(1));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            document.check(&Method::GET, "/v1/providers", &reply);
        }));
        assert!(caught.is_err(), "a surprise in {place} was not noticed");
        reply.json.pointer_mut(place).unwrap().as_object_mut().unwrap().remove("surprise");
    }
    reply.json["items"][0]["stake"]["total"]["base"] = json!(5);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        document.check(&Method::GET, "/v1/providers", &reply);
    }));
    assert!(caught.is_err(), "money as a number was not noticed");
}
