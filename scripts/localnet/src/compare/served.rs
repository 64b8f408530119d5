//! The API's answers, as they are served.

use super::moment::Moment;
use crate::failure::{Context, Failure, Result};
use reqwest::blocking::Client;
use serde_json::Value;
use std::time::Duration;

/// Rows of one page.
const PAGE: usize = 200;

/// A connection to the API.
pub struct Served {
    client: Client,
    url: String,
}

impl Served {
    /// Connects when first asked.
    pub fn new(url: &str) -> Result<Self> {
        let client = Client::builder().timeout(Duration::from_secs(30)).no_proxy().build();
        let client = client.context("cannot make an HTTP client")?;
        Ok(Self { client, url: url.trim_end_matches('/').to_owned() })
    }

    /// The text at a path; an answer that is no success is a failure that says what the API said.
    pub fn text(&self, path: &str) -> Result<String> {
        let url = format!("{}{path}", self.url);
        let answer =
            self.client.get(&url).send().map_err(|error| {
                Failure::new(format!("the API cannot be reached at {url}: {}", root(&error)))
            })?;
        let status = answer.status();
        let text = answer.text().context(format!("{url} broke off"))?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(Failure::new(format!("{url}: {status}: {}", text.trim())))
        }
    }

    /// The JSON at a path.
    pub fn json(&self, path: &str) -> Result<Value> {
        serde_json::from_str(&self.text(path)?).context(format!("{path} is not JSON"))
    }

    /// The data at a path, and the moment that it is of.
    pub fn data(&self, path: &str) -> Result<(Value, Moment)> {
        let answer = self.json(path)?;
        let data = answer.pointer("/data").cloned().context(format!("{path} has no data"))?;
        Ok((data, Moment::of(&answer).context(format!("{path} does not say of when it is"))?))
    }

    /// All items of all pages of a path, oldest first.
    pub fn items(&self, path: &str) -> Result<Vec<Value>> {
        Ok(self.items_at(path)?.into_iter().map(|(item, _)| item).collect())
    }

    /// The same, each with the moment that its page is of.
    pub fn items_at(&self, path: &str) -> Result<Vec<(Value, Moment)>> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("{path}?order=asc&limit={PAGE}{cursor}"))?;
            let items = page.pointer("/items").and_then(Value::as_array);
            let moment = Moment::of(&page).context(format!("{path} does not say of when it is"))?;
            let items = items.context(format!("{path} has no items"))?;
            all.extend(items.iter().map(|item| (item.clone(), moment)));
            match page.pointer("/next").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }
}

/// The innermost cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
