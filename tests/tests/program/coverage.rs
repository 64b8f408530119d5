//! That every way in which the program says no is tested here, and what the documents say is.

use settlement_interface::SettlementError;
use std::path::Path;

/// Errors that no test brings about, and why.
const UNREACHABLE: [(&str, &str); 2] = [
    ("InvariantViolated", "the last line of defence: no sequence of instructions is known to reach it"),
    ("MintExceedsBurn", "the same"),
];

#[test]
fn every_error_of_the_program_is_brought_about_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != "coverage.rs"))
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

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../SECURITY.md")).unwrap();
    let names: Vec<(&str, &str)> = page.split('`').filter_map(|part| part.split_once("::")).collect();
    assert!(names.len() > 20, "only {} tests are named", names.len());
    for (module, name) in names {
        let file = root.join(format!("tests/program/{module}.rs"));
        let source = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no module {module}"));
        assert!(source.contains(&format!("#[test]\nfn {name}()")), "no test {module}::{name}");
    }
}
