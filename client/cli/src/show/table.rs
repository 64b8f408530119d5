//! Aligned text.

use super::Record;

/// A record as lines of label and value.
pub fn lines(record: &Record) -> String {
    let width = record.shown().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let lines: Vec<_> = record.shown().map(|(label, value)| format!("  {label:<width$}  {value}")).collect();
    lines.join("\n")
}

/// Records of one kind as rows under a head.
pub fn table(rows: &[Record]) -> String {
    let Some(first) = rows.first() else { return "none".to_owned() };
    let head: Vec<String> = first.shown().map(|(label, _)| label.to_uppercase()).collect();
    let body = rows.iter().map(|row| row.shown().map(|(_, value)| value.to_owned()).collect::<Vec<_>>());
    let all: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..first.shown().count()).map(width).collect();
    let written = all.iter().map(|row| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    });
    written.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [
            Record::new().text("job", "a").count("receipts", 12),
            Record::new().text("job", "bcd").count("receipts", 3),
        ];
        assert_eq!(table(&rows), "JOB  RECEIPTS\na    12\nbcd  3");
        assert_eq!(table(&[]), "none");
        assert_eq!(lines(&rows[0]), "  job       a\n  receipts  12");
    }
}
