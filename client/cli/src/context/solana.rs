//! The configuration file of Solana's command-line tools.
//!
//! It is four settings in plain YAML. They are read here rather than by Solana's own crate, which
//! brings drivers of hardware wallets along.

use crate::failure::{Failure, Result};
use solana_commitment_config::CommitmentLevel;
use std::io::ErrorKind;
use std::path::Path;

/// What of the file matters; defaults are those of Solana's tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// URL of the node, or a moniker.
    pub json_rpc_url: String,
    /// Key file.
    pub keypair_path: String,
    /// Level of commitment.
    pub commitment: String,
}

impl Settings {
    fn defaults() -> Self {
        let home = std::env::home_dir().unwrap_or_default();
        Self {
            json_rpc_url: "m".into(),
            keypair_path: home.join(".config/solana/id.json").to_string_lossy().into_owned(),
            commitment: "confirmed".into(),
        }
    }

    /// Reads the file, which must exist if it was named.
    pub fn read(named: Option<&Path>) -> Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => std::env::home_dir().unwrap_or_default().join(".config/solana/cli/config.yml"),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|line| unreadable(&path, line)),
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(Self::defaults()),
            Err(error) => Err(Failure::Usage(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    /// Top-level `key: value` lines; what is indented belongs to a key that does not matter here. The
    /// number of a line that is neither is the error.
    fn parse(text: &str) -> std::result::Result<Self, usize> {
        let mut settings = Self::defaults();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line == "---" || line == "..." || line.starts_with(['#', ' ', '\t']) {
                continue;
            }
            let number = at.saturating_add(1);
            let (key, value) = line.split_once(':').ok_or(number)?;
            let target = match key.trim() {
                "json_rpc_url" => &mut settings.json_rpc_url,
                "keypair_path" => &mut settings.keypair_path,
                "commitment" => &mut settings.commitment,
                _ => continue,
            };
            let value = scalar(value.trim()).ok_or(number)?;
            if !value.is_empty() {
                *target = value;
            }
        }
        Ok(settings)
    }
}

fn unreadable(path: &Path, line: usize) -> Failure {
    Failure::Usage(format!(
        "{} cannot be read: line {line} is not a setting such as \"key: value\"",
        path.display()
    ))
}

/// A plain or quoted value; `None` if quotes do not close, or for what a single setting cannot be.
fn scalar(text: &str) -> Option<String> {
    let quoted = |quote: char| text.strip_prefix(quote).map(|rest| rest.strip_suffix(quote));
    if let Some(inner) = quoted('\'') {
        return Some(inner?.replace("''", "'"));
    }
    if let Some(inner) = quoted('"') {
        let inner = inner?;
        return serde_json::from_str(&format!("\"{inner}\"")).ok();
    }
    if text.starts_with(['[', '{', '|', '>', '&', '*', '!']) {
        return None;
    }
    Some(text.split(" #").next().unwrap_or_default().trim_end().to_owned())
}

/// A moniker's URL; anything else is a URL already.
pub fn expand(url: &str) -> String {
    match url {
        "m" | "mainnet-beta" => "https://api.mainnet-beta.solana.com",
        "t" | "testnet" => "https://api.testnet.solana.com",
        "d" | "devnet" => "https://api.devnet.solana.com",
        "l" | "localhost" => "http://localhost:8899",
        other => other,
    }
    .to_owned()
}

/// A level of commitment by its name.
pub fn commitment(name: &str) -> Result<CommitmentLevel> {
    name.parse().map_err(|_| {
        Failure::Usage(format!(
            "\"{name}\" is no level of commitment; write processed, confirmed or finalized"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_as_solanas_tools_write_it() {
        let text = "---\njson_rpc_url: \"https://api.devnet.solana.com\"\nwebsocket_url: \"\"\nkeypair_path: /home/a b/id.json\naddress_labels:\n  \"11111111111111111111111111111111\": System Program\ncommitment: finalized\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.json_rpc_url, "https://api.devnet.solana.com");
        assert_eq!(settings.keypair_path, "/home/a b/id.json");
        assert_eq!(settings.commitment, "finalized");
        let single = Settings::parse("json_rpc_url: 'http://x' \nkeypair_path: k # mine\n").unwrap();
        assert_eq!((single.json_rpc_url.as_str(), single.keypair_path.as_str()), ("http://x", "k"));
        assert_eq!(single.commitment, "confirmed");
        assert_eq!(Settings::parse("").unwrap(), Settings::defaults());
    }

    #[test]
    fn what_cannot_be_read_names_its_line() {
        assert_eq!(Settings::parse("commitment: confirmed\nnonsense\n"), Err(2));
        assert_eq!(Settings::parse("keypair_path: \"open\n"), Err(1));
        assert_eq!(Settings::parse("json_rpc_url: [a]\n"), Err(1));
        let named = Settings::read(Some(Path::new("/nowhere/config.yml"))).unwrap_err();
        assert!(named.sentence().contains("/nowhere/config.yml"), "{named:?}");
    }

    #[test]
    fn monikers_are_solanas() {
        assert_eq!(expand("l"), "http://localhost:8899");
        assert_eq!(expand("devnet"), "https://api.devnet.solana.com");
        assert_eq!(expand("https://x"), "https://x");
        assert!(commitment("confirmed").is_ok());
        assert!(commitment("sure").unwrap_err().sentence().contains("finalized"));
    }
}
