//! Rows as Apache Parquet: read from the text format of `COPY`, written a row group at a time.
//!
//! Whole numbers beyond 64 bits are decimals without fraction. A sum of more than 38 digits, which no chain can reach,
//! breaks the export off rather than being rounded.

use super::pump::Encode;
use crate::db::export::{Column, Holds};
use crate::error::{Problem, Result};
use axum::body::Bytes;
use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::io;
use std::sync::Arc;

/// What the format is registered as.
pub const CONTENT_TYPE: &str = "application/vnd.apache.parquet";
/// Rows of a row group: a file has at most 32,767 groups.
const GROUP_ROWS: usize = 32_768;
/// Bytes of text from which on a group is written even if it has fewer rows.
const GROUP_BYTES: usize = 8 << 20;
/// Bytes of a decimal of 20 and of 38 digits, the fewest that hold one.
const AMOUNT: usize = 9;
const WIDE: usize = 16;

/// Values of a column that wait to be written.
#[derive(Debug)]
enum Values {
    Long(Vec<i64>),
    Integer(Vec<i32>),
    Decimal(usize, Vec<FixedLenByteArray>),
    Boolean(Vec<bool>),
    Text(Vec<ByteArray>),
}

#[derive(Debug)]
struct Waiting {
    values: Values,
    /// For each row 1 for a value and 0 for none.
    levels: Vec<i16>,
}

/// Writes a file.
pub struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Waiting>,
    rows: usize,
    bytes: usize,
}

impl Encoder {
    /// A file of a table with these columns.
    ///
    /// # Errors
    /// None in practice: the schema is made of the catalog's names.
    pub fn new(table: &str, columns: &[Column]) -> Result<Self> {
        let fields: String = columns.iter().map(field).collect();
        let schema =
            parse_message_type(&format!("message {table} {{ {fields}}}")).map_err(Problem::internal)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("tally-api ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties));
        let columns =
            columns.iter().map(|column| Waiting { values: empty(column.holds), levels: Vec::new() });
        Ok(Self { writer: writer.map_err(Problem::internal)?, columns: columns.collect(), rows: 0, bytes: 0 })
    }

    fn write_group(&mut self) -> parquet::errors::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for waiting in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            waiting.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Encode for Encoder {
    fn add(&mut self, row: &[u8]) -> io::Result<()> {
        let text = row.strip_suffix(b"\n").unwrap_or(row);
        let mut cells = text.split(|byte| *byte == b'\t');
        for column in &mut self.columns {
            let cell = cells.next().ok_or_else(|| malformed("a row has too few values"))?;
            column.add(cell)?;
        }
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(text.len());
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES
    }

    fn encode(&mut self, last: bool) -> io::Result<Bytes> {
        self.write_group()?;
        if last {
            self.writer.finish()?;
        }
        self.writer.flush()?;
        // What was written is sent; positions in the file are counted apart.
        Ok(std::mem::take(self.writer.inner_mut()).into())
    }
}

impl Waiting {
    fn add(&mut self, cell: &[u8]) -> io::Result<()> {
        if cell == b"\\N" {
            self.levels.push(0);
            return Ok(());
        }
        self.levels.push(1);
        match &mut self.values {
            Values::Long(values) => values.push(number(cell)?),
            Values::Integer(values) => values.push(number(cell)?),
            Values::Decimal(length, values) => {
                let bytes = number::<i128>(cell)?.to_be_bytes();
                let from = bytes.len().saturating_sub(*length);
                values.push(ByteArray::from(bytes.get(from..).unwrap_or_default().to_vec()).into());
            }
            Values::Boolean(values) => values.push(cell == b"true"),
            Values::Text(values) => values.push(unescaped(cell).into()),
        }
        Ok(())
    }

    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> parquet::errors::Result<()> {
        let levels = Some(self.levels.as_slice());
        match &self.values {
            Values::Long(values) => column.typed::<Int64Type>().write_batch(values, levels, None)?,
            Values::Integer(values) => column.typed::<Int32Type>().write_batch(values, levels, None)?,
            Values::Decimal(_, values) => {
                column.typed::<FixedLenByteArrayType>().write_batch(values, levels, None)?
            }
            Values::Boolean(values) => column.typed::<BoolType>().write_batch(values, levels, None)?,
            Values::Text(values) => column.typed::<ByteArrayType>().write_batch(values, levels, None)?,
        };
        self.levels.clear();
        match &mut self.values {
            Values::Long(values) => values.clear(),
            Values::Integer(values) => values.clear(),
            Values::Decimal(_, values) => values.clear(),
            Values::Boolean(values) => values.clear(),
            Values::Text(values) => values.clear(),
        }
        Ok(())
    }
}

fn empty(holds: Holds) -> Values {
    match holds {
        Holds::Long => Values::Long(Vec::new()),
        Holds::Integer => Values::Integer(Vec::new()),
        Holds::Amount => Values::Decimal(AMOUNT, Vec::new()),
        Holds::Wide => Values::Decimal(WIDE, Vec::new()),
        Holds::Boolean => Values::Boolean(Vec::new()),
        Holds::Text | Holds::Json => Values::Text(Vec::new()),
    }
}

/// A column in the schema's own language.
fn field(column: &Column) -> String {
    let (kind, name) = (column.holds, &column.name);
    match kind {
        Holds::Long => format!("OPTIONAL INT64 {name}; "),
        Holds::Integer => format!("OPTIONAL INT32 {name}; "),
        Holds::Amount => format!("OPTIONAL FIXED_LEN_BYTE_ARRAY ({AMOUNT}) {name} (DECIMAL(20,0)); "),
        Holds::Wide => format!("OPTIONAL FIXED_LEN_BYTE_ARRAY ({WIDE}) {name} (DECIMAL(38,0)); "),
        Holds::Boolean => format!("OPTIONAL BOOLEAN {name}; "),
        Holds::Text => format!("OPTIONAL BYTE_ARRAY {name} (STRING); "),
        Holds::Json => format!("OPTIONAL BYTE_ARRAY {name} (JSON); "),
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn number<N: std::str::FromStr>(cell: &[u8]) -> io::Result<N> {
    let text = str::from_utf8(cell).map_err(io::Error::other)?;
    text.parse().map_err(|_| malformed(&format!("{text} is no number of this column")))
}

/// A value as it was before `COPY` escaped it.
fn unescaped(cell: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(cell.len());
    let mut bytes = cell.iter();
    while let Some(byte) = bytes.next() {
        value.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'v') => 11,
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    value
}
