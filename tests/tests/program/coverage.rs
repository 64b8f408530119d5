//! That every way in which the program says no is tested here.

use settlement_interface::SettlementError;
use std::path::Path;

/// Errors that no test brings about, and why.
const UNREACHABLE: [(&str, &str); 3] = [
    ("InvariantViolated", "the last line of defence: no sequence of instructions is known to reach it"),
    ("MintExceedsBurn", "the same"),
    ("StableMintSet", "so far the stablecoin is set by initialize alone, which works once"),
];

#[test]
fn every_error_of_the_program_is_brought_about_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "coverage.rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let tested = |name: &str| {
        sources.split("E::").skip(1).any(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            &rest[..end] == name
        })
    };
    for error in SettlementError::ALL {
        let reason = UNREACHABLE.iter().find(|(name, _)| *name == error.name());
        assert_ne!(tested(error.name()), reason.is_some(), "{}: {reason:?}", error.name());
    }
}
