//! What is not about figures.

use crate::support::Service;
use api::error::Kind;

#[tokio::test]
async fn every_kind_of_problem_has_a_page() {
    let service = Service::empty();
    for kind in Kind::ALL {
        let reply = service.get(&format!("/problems/{}", kind.slug())).await;
        assert!(reply.text.starts_with(kind.title()), "{}", reply.text);
    }
    service.get("/problems/none").await.problem("unknown-path");
}

#[tokio::test]
async fn the_documentation_is_served_by_the_service_itself() {
    let service = Service::empty();
    assert_eq!(service.get("/").await.header("location"), "/docs/");
    assert_eq!(service.get("/docs").await.header("location"), "/docs/");
    let page = service.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("swagger-ui"));
    for line in page.text.lines() {
        assert!(
            !line.contains("src=\"http") && !line.contains("href=\"http"),
            "a third party is asked: {line}"
        );
    }
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert_eq!(service.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    let initializer = service.get("/docs/swagger-initializer.js").await.text;
    assert!(initializer.contains("\"validatorUrl\": \"none\""), "{initializer}");
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(service.get("/icon.svg").await.header("content-type"), "image/svg+xml");
    let idl = service.get("/idl.json").await;
    assert_eq!(idl.header("content-type"), "application/json");
    assert_eq!(idl.json["address"], settlement_interface::ID.to_string());
    service.get("/docs/nothing.js").await.problem("unknown-path");
}
