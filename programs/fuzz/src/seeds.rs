//! `seeds` lists the targets; `seeds TARGET FOLDER` writes the target's seeds into the folder.

use fuzz::{Target, targets};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        targets::ALL.iter().for_each(|target| println!("{}", target.name));
        return Ok(());
    };
    let target = Target::named(name).unwrap_or_else(|| panic!("there is no target '{name}'"));
    std::fs::create_dir_all(folder)?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(Path::new(folder).join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
