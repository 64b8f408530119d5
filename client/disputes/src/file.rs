//! Traces as files: JSON, hashes in hexadecimal.

use crate::Trace;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A trace as a file.
#[derive(Serialize, Deserialize)]
pub struct File {
    /// Name of the computation, if it is one that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computation: Option<String>,
    /// Seed of its weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Its values, from the pixels to the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<i32>>,
    /// Its step hashes.
    pub steps: Vec<String>,
}

/// A file's text, or a sentence that names the file.
///
/// # Errors
/// The sentence.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A file's JSON.
///
/// # Errors
/// A sentence that names the file.
pub fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// A trace, and the file that it is in.
///
/// # Errors
/// A sentence that names the file and what is wrong in it.
pub fn load(path: &Path) -> Result<(File, Trace), String> {
    let file: File = parse(path)?;
    let mut steps = Vec::with_capacity(file.steps.len());
    for (at, text) in file.steps.iter().enumerate() {
        let mut step = [0; 32];
        hex::decode_to_slice(text, &mut step)
            .map_err(|error| format!("{}: step {at} is no hash of 32 bytes: {error}", path.display()))?;
        steps.push(step);
    }
    let trace = Trace::new(steps).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((file, trace))
}
