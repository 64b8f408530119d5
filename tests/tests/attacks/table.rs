//! That the record of attacks and the tests name each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names of the tests in a folder, each with where it stands; no name twice.
fn tests(folder: &str) -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder), &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        for rest in source.split("#[test]\n").skip(1) {
            let Some(signature) = rest.trim_start().strip_prefix("fn ") else { continue };
            let name = signature.split('(').next().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name} twice, in {}", file.display());
        }
    }
    names
}

/// The rows of the record: cells by column.
fn rows() -> Vec<Vec<String>> {
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/attacks.md");
    let text = std::fs::read_to_string(record).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|cells| cells[0] != "attempt")
        .collect()
}

#[test]
fn every_row_of_the_record_has_its_test_and_every_test_its_row() {
    let mut named = BTreeSet::new();
    for cells in rows() {
        assert!(matches!(cells.len(), 3 | 4) && !cells[1].is_empty(), "{cells:?}");
        let name = cells[2].trim_matches('`').to_owned();
        assert!(named.insert(name.clone()), "two rows name {name}");
    }
    let here = tests("attacks");
    let missing: Vec<_> =
        here.iter().filter(|name| !named.contains(*name) && !name.starts_with("every_row_of")).collect();
    assert!(missing.is_empty(), "tests without a row in docs/attacks.md: {missing:?}");
    let elsewhere = tests("properties");
    let unknown: Vec<_> = named.difference(&here).filter(|name| !elsewhere.contains(*name)).collect();
    assert!(unknown.is_empty(), "rows of docs/attacks.md without a test: {unknown:?}");
}
