//! The source that gives a recording again.

use super::{Head, LAST, Last, VERSION};
use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::source::{Reached, Resume, Source, Until, Update};
use serde::de::DeserializeOwned;
use settlement_interface::{Address, ID};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zstd::stream::read::Decoder;

/// Longest line that is read, in bytes: many times a block full of nothing else.
const LONGEST_LINE: u64 = 1 << 30;

/// A recording, opened.
pub struct FileSource {
    lines: Lines,
    head: Head,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSource").field("path", &self.lines.path).field("head", &self.head).finish()
    }
}

impl FileSource {
    /// Opens a recording of this version and this program; whoever uses it compares the cluster.
    pub fn open(path: &Path, metrics: Arc<Metrics>) -> Result<Self, Error> {
        let shown = path.display();
        let failed = |error: std::io::Error| {
            Error::Setup(format!("Cannot read the recording {shown}: {}.", one_line(&error)))
        };
        let decoder = Decoder::new(File::open(path).map_err(failed)?).map_err(failed)?;
        let mut lines = Lines { reader: BufReader::new(decoder), path: path.to_owned(), line: Vec::new() };
        let no_recording = || Error::Setup(format!("The file {shown} is not a recording of the indexer."));
        let first: serde_json::Value = lines
            .next()
            .ok()
            .flatten()
            .and_then(|line| serde_json::from_slice(line).ok())
            .ok_or_else(no_recording)?;
        let version = first.get("tally_recording").ok_or_else(no_recording)?;
        if *version != VERSION {
            return Err(Error::Setup(format!(
                "The recording {shown} has the format {version}; this indexer reads {VERSION}. Use the version of the \
                 indexer that made it."
            )));
        }
        let head: Head = serde_json::from_value(first).map_err(|_| no_recording())?;
        let program: Address = ID;
        if head.program != program.to_string() {
            return Err(Error::Setup(format!(
                "The recording {shown} is of the program {}; this indexer is of {program}.",
                head.program
            )));
        }
        Ok(Self { lines, head, metrics })
    }

    /// Genesis hash of the cluster that was recorded.
    pub fn cluster(&self) -> &str {
        &self.head.cluster
    }

    fn give(
        mut self,
        resume: &Resume,
        until: Until,
        sink: &mpsc::Sender<Update>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let (after, stored) = (self.head.after, resume.finalized);
        if stored < after {
            return Err(Error::Setup(format!(
                "The recording {} begins after slot {after}, and the database has everything through slot {stored} \
                 alone; replay it onto a copy of the database that it was made beside.",
                self.lines.path.display()
            )));
        }
        // All that was given before everything through `stored` was final is stored, in that very order.
        let mut is_stored = stored > after;
        let mut last = Reached { confirmed: after, finalized: after, ..Reached::default() };
        let mut updates = 0u64;
        while !stop.is_cancelled() {
            let Some(update) = self.lines.update(last, updates)? else {
                return match until {
                    Until::Slot(slot) if last.finalized < slot => Err(Error::Setup(format!(
                        "The recording {} ends at the final slot {}, before slot {slot}.",
                        self.lines.path.display(),
                        last.finalized
                    ))),
                    _ => Ok(()),
                };
            };
            updates = updates.saturating_add(1);
            if let Update::Reached(reached) = &update {
                last = *reached;
                is_stored = is_stored && reached.finalized < stored;
                self.metrics.head_confirmed.set(reached.head.confirmed);
                self.metrics.head_finalized.set(reached.head.finalized);
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                self.metrics.seen_at.set(now.as_secs());
            }
            let is_enough = matches!(until, Until::Slot(slot) if last.finalized >= slot);
            if !is_stored && sink.blocking_send(update).is_err() || is_enough {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Source for FileSource {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let giving = tokio::task::spawn_blocking(move || self.give(&resume, until, &sink, &stop));
        giving.await.unwrap_or_else(|error| {
            Err(Error::Setup(format!("Reading the recording failed: {}.", one_line(&error))))
        })
    }
}

/// The lines of a recording.
struct Lines {
    reader: BufReader<Decoder<'static, BufReader<File>>>,
    path: PathBuf,
    line: Vec<u8>,
}

impl Lines {
    /// The next line with its end; `None` at the end of the file.
    fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        Ok((read > 0).then_some(&*self.line))
    }

    /// The next update; `None` at the end of a whole recording. `last` is how far the file has told, in so
    /// many `updates`.
    fn update(&mut self, last: Reached, updates: u64) -> Result<Option<Update>, Error> {
        let path = self.path.display().to_string();
        let broken = |what: &str| {
            Error::Setup(format!(
                "The recording {path} {what} after {updates} updates; the last slot that is whole in it is {} \
                 (final: {}).",
                last.confirmed, last.finalized
            ))
        };
        let line = match self.next() {
            Ok(Some(line)) if line.ends_with(b"\n") => line,
            Ok(_) => return Err(broken("breaks off")),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(broken("breaks off"));
            }
            Err(error) => return Err(broken(&format!("is damaged ({})", one_line(&error)))),
        };
        if !line.starts_with(LAST) {
            return parse(line).map(Some).map_err(|reason| broken(&format!("is damaged ({reason})")));
        }
        match parse(line) {
            Ok(Last::End { updates: said }) if said == updates => {}
            Ok(Last::End { updates: said }) => {
                return Err(broken(&format!("has lost some of its {said} updates")));
            }
            Err(reason) => return Err(broken(&format!("is damaged ({reason})"))),
        }
        match self.next() {
            Ok(None) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(broken("breaks off")),
            // A checksum of everything stands at the end.
            Err(error) => Err(broken(&format!("is damaged ({})", one_line(&error)))),
            Ok(Some(_)) => Err(broken("goes on behind its end")),
        }
    }
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| one_line(&error))
}
