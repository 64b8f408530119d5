//! Every target over its seeds and its committed corpus, and over small changes of both that are the
//! same on every machine.

use fuzz::{Target, targets};
use std::fs;
use std::path::{Path, PathBuf};

/// Changed copies of each input.
const CHANGES: usize = 100;
/// Most that the corpora may weigh together, bytes.
const LIMIT: usize = 200_000;

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder(target)).unwrap_or_else(|e| panic!("corpus of {}: {e}", target.name));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Xorshift: the same series everywhere.
struct Series(u64);

impl Series {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    fn change(&mut self, input: &[u8]) -> Vec<u8> {
        let mut changed = input.to_vec();
        for _ in 0..1 + self.next() % 4 {
            let at = self.next() % changed.len().max(1);
            match (self.next() % 4, changed.get_mut(at)) {
                (0, Some(byte)) => *byte ^= 1 << (self.next() % 8),
                (1, Some(byte)) => *byte = [0, 1, 0x7F, 0x80, 0xFF][self.next() % 5],
                (2, _) => changed.truncate(at),
                _ => changed.insert(at.min(changed.len()), self.next() as u8),
            }
        }
        changed
    }
}

fn check(name: &str) {
    let target = Target::named(name).unwrap();
    let inputs = [(target.seeds)(), corpus(&target)].concat();
    let mut series = Series(0x7A11_1E5E_ED00_0001);
    for input in inputs {
        (target.run)(&input);
        for _ in 0..CHANGES {
            (target.run)(&series.change(&input));
        }
    }
    (target.run)(&[]);
}

macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
    };
}
fuzz::targets!(tests);

#[test]
fn the_corpora_stay_small_and_belong_to_a_target() {
    let size: usize = targets::ALL.iter().flat_map(corpus).map(|input| input.len()).sum();
    assert!(size < LIMIT, "{size} bytes; run scripts/fuzz --minimise");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(Target::named(&name).is_some(), "corpus/{name} is of no target");
    }
}
