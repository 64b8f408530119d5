//! The comparison as a table.

use super::Comparison;
use super::book::Row;
use crate::failure::{Context, Result};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Widest name, and widest value, that a column makes room for.
const WIDEST: usize = 56;
const VALUE: usize = 24;

/// Prints every figure twice, differences marked, and says how it ended. What is shown only if it
/// differs (each receipt, each hour, …) is counted by kind.
pub fn print(comparison: &Comparison) {
    let rows: Vec<&Row> =
        comparison.book.rows.iter().filter(|row| row.family.is_none() || !row.agrees()).collect();
    // Standard output that is closed wants no table.
    let _ = lines(&mut std::io::stdout().lock(), comparison, &rows);
}

/// Writes the table with every single row to a file.
pub fn write(comparison: &Comparison, file: &Path) -> Result<()> {
    let what = || format!("cannot write {}", file.display());
    let mut open = std::io::BufWriter::new(std::fs::File::create(file).context(what())?);
    let rows: Vec<&Row> = comparison.book.rows.iter().collect();
    lines(&mut open, comparison, &rows).and_then(|()| open.flush()).context(what())
}

fn lines(out: &mut impl Write, comparison: &Comparison, rows: &[&Row]) -> std::io::Result<()> {
    let Comparison { book, slot } = comparison;
    // Addresses and signatures run over; they would push the figures apart.
    let width = |value: fn(&Row) -> &str, least: usize| {
        let widths = rows.iter().map(|row| value(row).chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0).max(least)
    };
    let figure = width(|row| &row.figure, 6);
    let (api, chain) = (width(|row| &row.api, 3).min(VALUE), width(|row| &row.chain, 5).min(VALUE));
    writeln!(out, "     {:<figure$}  {:>api$}  {:>chain$}", "figure", "API", "chain")?;
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for family in book.rows.iter().filter(|row| row.agrees()).filter_map(|row| row.family) {
        let count = counted.entry(family).or_default();
        *count = count.saturating_add(1);
    }
    if rows.len() < book.rows.len() {
        for (family, count) in counted {
            writeln!(out, "     {count} figures of {family}: equal")?;
        }
    }
    let mut group = "";
    for row in rows {
        if row.group != group {
            writeln!(out, "{}", row.group)?;
            group = &row.group;
        }
        let mark = if row.agrees() { "" } else { "!!" };
        writeln!(out, "  {mark:<2} {:<figure$}  {:>api$}  {:>chain$}", row.figure, row.api, row.chain)?;
    }
    for left in &book.unchecked {
        writeln!(out, "  !! {left}: served by the API and compared with nothing")?;
    }
    let wrong = book.rows.iter().filter(|row| !row.agrees()).count();
    let all = book.rows.len();
    if book.is_equal() {
        writeln!(out, "{all} figures at slot {slot}: API and chain are equal to the base unit.")
    } else {
        let missed = book.unchecked.len();
        writeln!(out, "{wrong} of {all} figures differ at slot {slot}, and {missed} could not be compared.")
    }
}
