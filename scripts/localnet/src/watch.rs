//! A short table of the API's figures, again and again: what a market does to them.

use crate::compare::Served;
use crate::failure::Result;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Lines after which the head is repeated.
const PAGE: usize = 20;

/// Prints a line whenever a figure changes, until `file` says that the market is over (or for ever).
pub fn watch(api: &str, file: Option<&Path>, every: Duration) -> Result<()> {
    let served = Served::new(api)?;
    let (mut last, mut lines) = (String::new(), 0usize);
    loop {
        let over = file.is_some_and(|file| {
            std::fs::read_to_string(file).is_ok_and(|text| text.contains("\"phase\": \"played\""))
        });
        if let Ok((figures, slot)) = line(&served)
            && figures != last
        {
            if lines.is_multiple_of(PAGE) {
                let head = columns(["revenue USD", "burned", "minted", "supply", "slashed", "jobs"]);
                println!("{head}  {:>8}", "slot");
            }
            println!("{figures}  {slot:>8}");
            // A reader that went away is no reason to stop what is watched.
            let _ = std::io::stdout().flush();
            lines = lines.saturating_add(1);
            last = figures;
        }
        if over {
            return Ok(());
        }
        std::thread::sleep(every);
    }
}

/// The figures, and the slot that they are from, which alone is no news.
fn line(served: &Served) -> Result<(String, u64)> {
    let (revenue, _) = served.data("/v1/revenue?interval=day&commitment=confirmed")?;
    let (supply, moment) = served.data("/v1/supply?commitment=confirmed")?;
    let text = |value: &Value, pointer: &str| match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "-".to_owned(),
    };
    let figures = [
        text(&revenue, "/total/fees/usd"),
        text(&supply, "/burned_here/tokens"),
        text(&supply, "/minted/tokens"),
        text(&supply, "/total/tokens"),
        text(&revenue, "/total/tokens/slashed/tokens"),
        text(&revenue, "/total/counts/jobs_opened"),
    ];
    let [usd, burned, minted, total, slashed, jobs] = &figures;
    Ok((columns([usd, burned, minted, total, slashed, jobs]), moment.slot))
}

fn columns(values: [&str; 6]) -> String {
    let [usd, burned, minted, supply, slashed, jobs] = values;
    format!("  {usd:>12}  {burned:>16}  {minted:>16}  {supply:>22}  {slashed:>14}  {jobs:>5}")
}
