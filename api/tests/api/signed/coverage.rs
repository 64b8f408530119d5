//! That the transaction of every Action is signed and sent here.

use crate::solana_pay::paths;
use std::path::Path;

/// The tests run in any order, so that none of them can know what the others sent: their sources say it.
#[test]
fn every_action_is_signed_and_sent_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/signed");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let sources = sources.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = |name: &str| {
        [format!("\"{name}\""), format!("\"{name}?")].iter().any(|quoted| sources.contains(quoted))
    };
    let paths = paths();
    let missing: Vec<_> = paths.iter().filter(|path| !named(path.rsplit('/').next().unwrap())).collect();
    assert!(missing.is_empty(), "no test signs {missing:?}");
}
