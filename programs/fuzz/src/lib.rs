//! Fuzz targets: what is searched for with libFuzzer by `scripts/fuzz`, and run over the committed
//! corpus by `cargo test`.
//!
//! A target is one file of [`targets`]: a function that takes any bytes and panics if what the code
//! under test says differs from an independent reading of its specification, and seeds to start from.

pub mod big;
pub mod input;
pub mod targets;

/// One thing that is fuzzed.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also the folder of its corpus.
    pub name: &'static str,
    /// Runs it once. It panics if something is wrong.
    pub run: fn(&[u8]),
    /// Inputs that reach what random bytes would not.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<Self> {
        targets::ALL.iter().find(|target| target.name == name).copied()
    }
}
