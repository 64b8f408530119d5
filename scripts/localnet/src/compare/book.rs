//! Rows of the comparison, and sheets of JSON of which every leaf must be compared.

use crate::failure::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// One figure, twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it belongs.
    pub group: String,
    /// What it is.
    pub figure: String,
    /// As the API serves it.
    pub api: String,
    /// As the chain has it.
    pub chain: String,
    /// What it is counted under where only differences are shown; `None` if it is always shown.
    pub family: Option<&'static str>,
}

impl Row {
    /// Whether both say the same.
    pub fn agrees(&self) -> bool {
        self.api == self.chain
    }
}

/// All rows.
#[derive(Debug, Default)]
pub struct Book {
    /// In the order in which they are shown.
    pub rows: Vec<Row>,
    /// What the API served and nothing was compared with.
    pub unchecked: Vec<String>,
}

impl Book {
    /// Adds a figure.
    pub fn add(&mut self, group: &str, figure: &str, api: impl ToString, chain: impl ToString) {
        self.rows.push(Row {
            group: group.to_owned(),
            figure: figure.to_owned(),
            api: api.to_string(),
            chain: chain.to_string(),
            family: None,
        });
    }

    /// Whether nothing differs and nothing was left out.
    pub fn is_equal(&self) -> bool {
        self.rows.iter().all(Row::agrees) && self.unchecked.is_empty()
    }
}

/// A piece of an answer whose leaves are compared one by one.
pub struct Sheet<'a> {
    words: Option<&'static str>,
    amounts: Option<&'static str>,
    book: &'a mut Book,
    group: String,
    value: Value,
    decimals: u32,
    seen: BTreeSet<String>,
}

impl<'a> Sheet<'a> {
    /// Opens a sheet over `value`; `decimals` are the token's.
    pub fn new(book: &'a mut Book, group: impl Into<String>, value: &Value, decimals: u32) -> Self {
        let (value, seen) = (value.clone(), BTreeSet::new());
        Self { words: None, amounts: None, book, group: group.into(), value, decimals, seen }
    }

    /// Shows only what differs, and counts the rest under `family`.
    pub fn counted(mut self, family: &'static str) -> Self {
        (self.words, self.amounts) = (Some(family), Some(family));
        self
    }

    /// The same for all that is no amount.
    pub fn words_counted(mut self, family: &'static str) -> Self {
        self.words = Some(family);
        self
    }

    /// A string at `pointer`, for finding one's way; it counts as compared.
    pub fn key(&mut self, pointer: &str) -> Result<String> {
        let text = self.value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        self.seen.insert(pointer.to_owned());
        text.context(format!("{}: the API has no text at {pointer}", self.group))
    }

    /// How many entries the list at `pointer` has.
    pub fn count(&self, pointer: &str) -> usize {
        self.value.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// An amount of tokens, base units.
    pub fn tokens(&mut self, pointer: &str, chain: impl Into<i128>) {
        self.tokens_of(pointer, &name(pointer), chain);
    }

    /// The same under another name than its place.
    pub fn tokens_of(&mut self, pointer: &str, figure: &str, chain: impl Into<i128>) {
        let label = format!("{figure}, base units");
        self.amount(pointer, ("base", "tokens"), &label, chain.into(), self.decimals);
    }

    /// The same in a mint of so many decimals.
    pub fn tokens_with(&mut self, pointer: &str, chain: impl Into<i128>, places: u32) {
        let label = format!("{}, base units", name(pointer));
        self.amount(pointer, ("base", "tokens"), &label, chain.into(), places);
    }

    /// Decimals of the compute token.
    pub fn decimals(&self) -> u32 {
        self.decimals
    }

    /// An amount of dollars, micro-dollars; `null` for `None`.
    pub fn maybe_usd(&mut self, pointer: &str, chain: Option<u64>) {
        match chain {
            Some(chain) => self.usd(pointer, chain),
            None => self.maybe(pointer, None::<u64>),
        }
    }

    /// An amount of dollars, micro-dollars.
    pub fn usd(&mut self, pointer: &str, chain: impl Into<i128>) {
        let label = format!("{}, micro-USD", name(pointer));
        self.amount(pointer, ("micro", "usd"), &label, chain.into(), 6);
    }

    fn amount(&mut self, pointer: &str, (exact, shown): (&str, &str), label: &str, chain: i128, places: u32) {
        self.leaf(&format!("{pointer}/{exact}"), label, chain.to_string(), self.amounts);
        // The decimal beside it must be the same number.
        let beside = format!("{pointer}/{shown}");
        let (found, wanted) = (self.text(&beside), decimal(chain, places));
        self.seen.insert(beside.clone());
        if found != wanted {
            self.row(&name(&beside), found, wanted, None);
        }
    }

    /// Anything, under another name than its place.
    pub fn plain_of(&mut self, pointer: &str, figure: &str, chain: impl ToString) {
        self.leaf(pointer, figure, chain.to_string(), self.words);
    }

    /// Anything that is written as a number or as text, `null` for `None`.
    pub fn plain(&mut self, pointer: &str, chain: impl ToString) {
        self.leaf(pointer, &name(pointer), chain.to_string(), self.words);
    }

    /// The same, if there is one; `null` otherwise.
    pub fn maybe(&mut self, pointer: &str, chain: Option<impl ToString>) {
        let chain = chain.map_or_else(|| "null".to_owned(), |chain| chain.to_string());
        self.leaf(pointer, &name(pointer), chain, self.words);
    }

    /// The length of a list.
    pub fn plain_count(&mut self, pointer: &str, chain: usize) {
        let (api, figure) = (self.count(pointer), format!("number of {}", name(pointer)));
        self.row(&figure, api.to_string(), chain.to_string(), self.words);
    }

    /// A number at `pointer`, to reckon with; it counts as compared.
    pub fn whole_number(&mut self, pointer: &str) -> Result<u64> {
        self.seen.insert(pointer.to_owned());
        let number = self.value.pointer(pointer).and_then(Value::as_u64);
        number.context(format!("{}: the API has no number at {pointer}", self.group))
    }

    /// A figure that is reckoned from several of the API's.
    pub fn note(&mut self, figure: &str, api: impl ToString, chain: impl ToString) {
        self.row(figure, api.to_string(), chain.to_string(), self.words);
    }

    fn leaf(&mut self, pointer: &str, label: &str, chain: String, family: Option<&'static str>) {
        let api = self.text(pointer);
        self.seen.insert(pointer.to_owned());
        self.row(label, api, chain, family);
    }

    fn row(&mut self, figure: &str, api: String, chain: String, family: Option<&'static str>) {
        let (group, figure) = (self.group.clone(), figure.to_owned());
        self.book.rows.push(Row { group, figure, api, chain, family });
    }

    fn text(&self, pointer: &str) -> String {
        match self.value.pointer(pointer) {
            None => "(missing)".into(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Everything under `pointer` is words, not figures, or is compared elsewhere.
    pub fn skip(&mut self, pointer: &str) {
        let mut leaves = Vec::new();
        if let Some(value) = self.value.pointer(pointer) {
            collect(value, pointer, &mut leaves);
        }
        self.seen.extend(leaves);
    }

    /// Notes what was not compared.
    pub fn close(self) {
        let mut leaves = Vec::new();
        collect(&self.value, "", &mut leaves);
        let left = leaves.into_iter().filter(|leaf| !self.seen.contains(leaf));
        self.book.unchecked.extend(left.map(|leaf| format!("{}{leaf}", self.group)));
    }
}

fn collect(value: &Value, pointer: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, &format!("{pointer}/{name}"), leaves));
        }
        Value::Array(entries) => {
            entries
                .iter()
                .enumerate()
                .for_each(|(at, value)| collect(value, &format!("{pointer}/{at}"), leaves));
        }
        _ => leaves.push(pointer.to_owned()),
    }
}

fn name(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace(['/', '_'], " ")
}

/// `value / 10^places`, exact, without trailing zeros: how amounts are shown beside their integers. Not the
/// client library's, which the API may share.
pub fn decimal(value: i128, places: u32) -> String {
    let width = usize::try_from(places).unwrap_or(0);
    let digits = format!("{:0>1$}", value.unsigned_abs(), width.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(width));
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_not_compared_is_named() {
        let mut book = Book::default();
        let value = json!({ "a": { "base": "1500000000", "tokens": "1.5" }, "b": 2, "c": { "d": null } });
        let mut sheet = Sheet::new(&mut book, "test", &value, 9);
        sheet.tokens("/a", 1_500_000_000i128);
        sheet.plain("/b", 2);
        sheet.close();
        assert!(book.rows.iter().all(Row::agrees));
        assert_eq!(book.unchecked, ["test/c/d"]);
    }

    #[test]
    fn a_wrong_integer_and_a_wrong_decimal_both_show() {
        let mut book = Book::default();
        let value = json!({ "a": { "base": "1", "tokens": "0.000000002" } });
        let mut sheet = Sheet::new(&mut book, "test", &value, 9);
        sheet.tokens("/a", 1i128);
        sheet.close();
        let wrong: Vec<_> = book.rows.iter().filter(|row| !row.agrees()).collect();
        assert_eq!(wrong.len(), 1);
        assert_eq!(wrong[0].figure, "a tokens");
    }
}
