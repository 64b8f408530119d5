//! A row's values as text, which the database casts: so 64- and 128-bit amounts and domains need no
//! driver types, and a row is one buffer however many columns it has.

use settlement_interface::Address;
use std::fmt::Write;
use std::sync::Arc;

/// Room for a value when a row is begun.
const GUESS: usize = 24;

/// A row's values in order of the table's columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    /// Where each value ends in `text`; `None` is NULL.
    ends: Vec<Option<usize>>,
}

impl Cells {
    /// A row without values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With room for so many values.
    pub fn with_room(values: usize) -> Self {
        let text = String::with_capacity(values.saturating_mul(GUESS));
        Self { text, ends: Vec::with_capacity(values) }
    }

    /// Adds a value.
    pub fn push(&mut self, value: &(impl Cell + ?Sized)) {
        let end = value.put(&mut self.text).then_some(self.text.len());
        self.ends.push(end);
    }

    /// Adds another row's values.
    pub fn extend(&mut self, other: &Self) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end.map(|end| end.saturating_add(start))));
    }

    /// This row with another's values behind its own.
    pub fn then(mut self, other: &Self) -> Self {
        self.extend(other);
        self
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The values in order; `None` is NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let value = self.text.get(start..(*end)?);
            start = end.unwrap_or(start);
            value
        })
    }

    /// Adds the row to rows in the text format of `COPY`.
    pub fn copy(&self, out: &mut Vec<u8>) {
        for (column, value) in self.iter().enumerate() {
            if column > 0 {
                out.push(b'\t');
            }
            match value {
                None => out.extend_from_slice(b"\\N"),
                Some(value) => escape(value.as_bytes(), out),
            }
        }
        out.push(b'\n');
    }
}

/// What stands for itself in `COPY` and what needs a backslash before it or a letter instead.
fn escape(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some(place) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
        let (plain, from) = rest.split_at(place);
        out.extend_from_slice(plain);
        let Some((special, after)) = from.split_first() else { return };
        out.push(b'\\');
        out.push(match special {
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            _ => b'\\',
        });
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// A value on its way into a row.
pub trait Cell {
    /// Adds its text; false, with nothing added, if it is NULL.
    fn put(&self, text: &mut String) -> bool;
}

macro_rules! displayed {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn put(&self, text: &mut String) -> bool {
                write!(text, "{self}").is_ok()
            }
        }
    )*};
}
displayed!(u64, u32, u16, u8, i64, i32, u128, i128, usize, bool, Address, serde_json::Value);

macro_rules! texts {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn put(&self, text: &mut String) -> bool {
                text.push_str(self);
                true
            }
        }
    )*};
}
texts!(str, String, Arc<str>);

fn hexadecimal(bytes: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.reserve(bytes.len().saturating_mul(2));
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(DIGITS.get(usize::from(half)).copied().unwrap_or(b'0').into());
        }
    }
}

impl Cell for [u8; 32] {
    fn put(&self, text: &mut String) -> bool {
        hexadecimal(self, text);
        true
    }
}

/// Bytes in the form that `bytea` reads.
#[derive(Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Cell for Bytes<'_> {
    fn put(&self, text: &mut String) -> bool {
        text.push_str("\\x");
        hexadecimal(self.0, text);
        true
    }
}

impl<T: Cell + ?Sized> Cell for &T {
    fn put(&self, text: &mut String) -> bool {
        (**self).put(text)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn put(&self, text: &mut String) -> bool {
        self.as_ref().is_some_and(|value| value.put(text))
    }
}

/// A row of values.
macro_rules! cells {
    ($($value:expr),* $(,)?) => {{
        const VALUES: usize = <[&str]>::len(&[$(stringify!($value)),*]);
        let mut cells = $crate::store::cells::Cells::with_room(VALUES);
        $(cells.push(&$value);)*
        cells
    }};
}
pub(crate) use cells;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may fail
    use super::*;

    #[test]
    fn a_row_gives_back_what_was_put_in() {
        let row = cells![7u64, None::<u64>, "", "x"].then(&cells![None::<u64>, -1i64]);
        let values: Vec<_> = row.iter().collect();
        assert_eq!(values, [Some("7"), None, Some(""), Some("x"), None, Some("-1")]);
        assert_eq!(row.len(), 6);
    }

    #[test]
    fn what_copy_takes_for_its_own_is_escaped() {
        let mut out = Vec::new();
        cells!["a\tb\\c\nd\re", None::<u64>, "", Bytes(&[0x0f, 0xa0])].copy(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a\\tb\\\\c\\nd\\re\t\\N\t\t\\\\x0fa0\n");
    }
}
