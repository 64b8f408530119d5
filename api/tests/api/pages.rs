//! What is not about figures.

use crate::support::{Reply, Service};
use api::error::Kind;
use api::routes::page;
use axum::http::Method;

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

/// Every path of the page has the page's document, in this binary with the page or without.
#[tokio::test]
async fn the_views_of_the_page_are_served_under_a_policy_that_lets_them_load_their_own_files_alone() {
    let service = Service::empty();
    let address = crate::support::market::provider_a();
    let paths = ["/".to_owned(), "/jobs".into(), format!("/jobs/{address}"), format!("/providers/{address}")];
    for path in paths.into_iter().chain([format!("/consumers/{address}")]) {
        let view = service.get(&path).await;
        assert_eq!(view.status, 200, "{path}");
        assert_eq!(view.header("content-type"), "text/html; charset=utf-8");
        let policy = view.header("content-security-policy");
        for part in
            ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let says_how = view.text.contains("scripts/build-page");
        assert_ne!(says_how, page::is_built(), "{}", view.text);
    }
    assert_eq!(service.get("/v1/network").await.header("content-security-policy"), NOTHING);
}

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn a_path_that_is_none_is_a_page_to_a_reader_and_a_problem_to_a_program() {
    let service = Service::empty();
    let reader = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = service.request(Method::GET, "/nowhere", &reader, None).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"));
    service.request(Method::GET, "/v1/nowhere", &reader, None).await.problem("unknown-path");
    service.request(Method::POST, "/nowhere", &reader, None).await.problem("unknown-path");
    service.get("/nowhere").await.problem("unknown-path");
}

/// The files that the page's document names; none if the page was not built.
async fn files(service: &Service) -> Vec<String> {
    let document = service.get("/").await.text;
    let named = document.split('"').filter(|text| text.starts_with("/assets/") || *text == "/theme.js");
    let named: Vec<String> = named.map(str::to_owned).collect();
    assert_eq!(named.is_empty(), !page::is_built(), "{document}");
    named
}

#[tokio::test]
async fn what_is_named_by_its_content_is_kept_for_ever_and_the_document_is_asked_for_again() {
    let service = Service::empty();
    for file in files(&service).await {
        let reply = service.get(&file).await;
        assert_eq!(reply.status, 200, "{file}");
        let kept = reply.header("cache-control").contains("immutable");
        assert_eq!(kept, file.starts_with("/assets/"), "{file}");
    }
    let document = service.get("/").await;
    if page::is_built() {
        assert_eq!(document.header("cache-control"), "no-cache");
        let known = [("if-none-match", document.header("etag"))];
        let again = service.request(Method::GET, "/", &known, None).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    }
}

#[tokio::test]
async fn a_file_of_the_page_is_sent_in_the_smallest_form_that_the_reader_takes() {
    let service = Service::empty();
    let script = files(&service).await.into_iter().find(|file| file.ends_with(".js"));
    let Some(script) = script.filter(|file| file.starts_with("/assets/")) else { return };
    let ask = async |accepted: &str| -> Reply {
        service.request(Method::GET, &script, &[("accept-encoding", accepted)], None).await
    };
    for (accepted, form) in
        [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", "")]
    {
        let reply = ask(accepted).await;
        assert_eq!(reply.header("content-encoding"), form, "{accepted}");
        assert!(reply.header("vary").contains("accept-encoding"));
    }
}

#[tokio::test]
async fn documents_are_compressed_once() {
    let service = Service::empty();
    for path in ["/openapi.json", "/idl.json"] {
        let plain = service.get(path).await;
        assert_eq!(plain.header("content-encoding"), "");
        let zip = |headers: &'static [(&str, &str)]| service.request(Method::GET, path, headers, None);
        let small = zip(&[("accept-encoding", "gzip, br")]).await;
        assert_eq!(small.header("content-encoding"), "gzip", "{path}: not by the layer, which prefers br");
        assert_eq!(small.header("etag"), plain.header("etag"));
        let known = [("if-none-match", plain.header("etag"))];
        let again = service.request(Method::GET, path, &known, None).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{path}");
    }
}
