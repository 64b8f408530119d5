//! The recorder: stands between a source and whoever listens, and writes down what passes.

use super::{Head, Last, VERSION};
use crate::Error;
use crate::error::one_line;
use crate::source::{Resume, Source, Until, Update};
use serde::Serialize;
use settlement_interface::{Address, ID};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zstd::stream::write::Encoder;

/// Updates between the source and the recorder.
const CHANNEL: usize = 64;

/// A source whose updates are written to a file before anybody else gets them.
#[derive(Debug)]
pub struct Recorded<S> {
    source: S,
    file: File,
    path: PathBuf,
    cluster: String,
}

impl<S: Source> Recorded<S> {
    /// Records what `source` says of `cluster` in a new file.
    pub fn create(source: S, path: &Path, cluster: &str) -> Result<Self, Error> {
        let file = File::create_new(path).map_err(|error| {
            let reason = one_line(&error);
            Error::Setup(format!("Cannot make the recording {}: {reason}; name a new file.", path.display()))
        })?;
        Ok(Self { source, file, path: path.to_owned(), cluster: cluster.to_owned() })
    }
}

impl<S: Source> Source for Recorded<S> {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let Self { source, file, path, cluster } = self;
        let program: Address = ID;
        let head =
            Head { tally_recording: VERSION, program: program.to_string(), cluster, after: resume.finalized };
        let (given, received) = mpsc::channel(CHANNEL);
        let writing = tokio::task::spawn_blocking(move || {
            write(file, &head, received, &sink).map_err(|error| {
                Error::Setup(format!("Cannot write the recording {}: {}.", path.display(), one_line(&error)))
            })
        });
        let read = source.run(resume, until, given, stop).await;
        let written = writing
            .await
            .unwrap_or_else(|error| Err(Error::Setup(format!("The recorder failed: {}.", one_line(&error)))));
        written.and(read)
    }
}

/// Writes what is received and passes it on, until either side ends.
fn write(
    file: File,
    head: &Head,
    mut received: mpsc::Receiver<Update>,
    sink: &mpsc::Sender<Update>,
) -> std::io::Result<()> {
    let mut encoder = Encoder::new(BufWriter::new(file), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    line(&mut encoder, head)?;
    let mut updates = 0u64;
    while let Some(update) = received.blocking_recv() {
        line(&mut encoder, &update)?;
        updates = updates.saturating_add(1);
        // So that a process that is killed leaves nearly all of it.
        if received.is_empty() {
            encoder.flush()?;
        }
        if sink.blocking_send(update).is_err() {
            break;
        }
    }
    line(&mut encoder, &Last::End { updates })?;
    let file = encoder.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()
}

fn line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
