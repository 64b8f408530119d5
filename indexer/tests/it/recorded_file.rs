//! What a source says, recorded in a file and indexed again from there.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::process::{Scratch, command, indexing, output, refusal};
use super::support::script::{Script, reached, straight};
use super::support::tables::{CLUSTER, Database, assert_same, database};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::file::{FileSource, Recorded};
use indexer::source::{Resume, Source, Until};
use indexer::store::Committed;
use settlement_interface::ID;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

async fn run(database: &Database, source: impl Source, until: Until, batch: usize) -> Result<u64, String> {
    let metrics = Arc::new(Metrics::default());
    let pipeline = Pipeline {
        store: database.store.clone(),
        batch_events: batch,
        metrics: metrics.clone(),
        progress: watch::channel(Committed::default()).0,
        stop: CancellationToken::new(),
    };
    pipeline.run(source, until).await.map_err(|error| error.to_string())?;
    Ok(metrics.reverted_blocks_total.get())
}

fn open(path: &Path) -> Result<FileSource, String> {
    FileSource::open(path, Arc::default()).map_err(|error| error.to_string())
}

/// A recording of `chain`, said straight and in steps.
async fn record(chain: &Chain, path: &Path) {
    let mut updates = Vec::new();
    for block in chain.source_blocks() {
        let slot = block.slot;
        updates.extend([indexer::source::Update::Block(block), reached(slot, slot - 1)]);
    }
    updates.push(reached(chain.last_slot, chain.last_slot));
    let recorded = Recorded::create(Script(updates), path, CLUSTER).unwrap();
    run(&database().await, recorded, Until::Head, 50).await.unwrap();
}

#[tokio::test]
async fn a_market_recorded_from_a_node_and_indexed_again_gives_the_same_tables() {
    let chain = Chain::make(Recipe { seed: 51, slots: 150, noise: true });
    let habits = Habits { calls_a_slot: 9, forks: true, failing: 3, says_index: false };
    let node = Node::start(&chain, habits).await;
    let file = Scratch::new();
    let live = test_postgres::shared().unwrap().empty_database().unwrap();
    let mut recording = indexing(&live, &node.url);
    recording.args(["--until-slot", &chain.last_slot.to_string(), "--page-size", "20", "--record-to"]);
    recording.arg(&file.0);
    assert!(output(recording).await.status.success());
    let one = super::support::tables::sums(&live).await;

    for batch in [1, 30, 1_000] {
        let other = database().await;
        let reverted = run(&other, open(&file.0).unwrap(), Until::Head, batch).await.unwrap();
        assert!(reverted > 3, "{reverted} blocks left the chain");
        assert_same(&one, &other.sums().await, &[]);
    }
    // As a process; and the tables are those of the chain.
    let replayed = test_postgres::shared().unwrap().empty_database().unwrap();
    let mut replaying = command();
    replaying.args(["--database-url", &replayed, "--from-file"]).arg(&file.0);
    assert!(output(replaying).await.status.success());
    assert_same(&one, &super::support::tables::sums(&replayed).await, &[]);
    let straightforward = database().await;
    straightforward.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    assert_same(&one, &straightforward.sums().await, &[]);
    // A recording is never written over.
    let mut again = indexing(&live, &node.url);
    again.args(["--once", "--record-to"]).arg(&file.0);
    let error = refusal(again).await;
    assert!(error.contains("name a new file"), "{error}");
}

#[tokio::test]
async fn indexing_a_recording_goes_on_where_it_was_stopped() {
    let chain = Chain::make(Recipe { seed: 52, slots: 120, noise: true });
    let file = Scratch::new();
    record(&chain, &file.0).await;
    let (whole, parts) = (database().await, database().await);
    run(&whole, open(&file.0).unwrap(), Until::Head, 50).await.unwrap();
    for until in [10, 40, 41, 90] {
        run(&parts, open(&file.0).unwrap(), Until::Slot(until), 7).await.unwrap();
    }
    run(&parts, open(&file.0).unwrap(), Until::Head, 7).await.unwrap();
    assert_same(&whole.sums().await, &parts.sums().await, &[]);
    let error = run(&parts, open(&file.0).unwrap(), Until::Slot(10_000), 7).await.unwrap_err();
    assert!(error.contains("before slot 10000"), "{error}");
}

#[tokio::test]
async fn a_recording_that_breaks_off_is_an_error_that_names_the_last_whole_slot() {
    let chain = Chain::make(Recipe { seed: 53, slots: 120, noise: true });
    let file = Scratch::new();
    record(&chain, &file.0).await;
    let text = zstd::decode_all(std::fs::File::open(&file.0).unwrap()).unwrap();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    // As a recorder leaves it that waits for its source now and then.
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    for some in lines.chunks(20) {
        encoder.write_all(&some.concat()).unwrap();
        encoder.flush().unwrap();
    }
    let bytes = encoder.finish().unwrap();
    let mut slots = Vec::new();
    for part in 1..=6 {
        let cut = Scratch::new();
        std::fs::write(&cut.0, &bytes[..bytes.len() * part / 6 - 1]).unwrap();
        let other = database().await;
        let error = run(&other, open(&cut.0).unwrap(), Until::Head, 50).await.unwrap_err();
        let mark = other.number("SELECT confirmed_slot FROM watermark").await;
        let named = format!("the last slot that is whole in it is {mark} ");
        assert!(error.contains("breaks off") && error.contains(&named), "{named}: {error}");
        slots.push(mark);
    }
    assert!(slots.is_sorted() && slots[0] < slots[5], "{slots:?}");
    // Without its last line, though compressed as a whole; with one update less; and with a flipped bit.
    let (last, middle) = (lines.len() - 1, lines.len() / 2);
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != left_out);
        zstd::encode_all(&*kept.flat_map(|(_, line)| line.iter().copied()).collect::<Vec<u8>>(), 3).unwrap()
    };
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for (bytes, says) in
        [(without(last), "breaks off"), (without(middle), "has lost some"), (flipped, "is damaged")]
    {
        let wrong = Scratch::new();
        std::fs::write(&wrong.0, bytes).unwrap();
        let error = run(&database().await, open(&wrong.0).unwrap(), Until::Head, 50).await.unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[tokio::test]
async fn a_recording_of_another_version_program_or_cluster_is_refused() {
    let head = |version: u32, program: &str, cluster: &str, after: u64| {
        format!(
            "{{\"tally_recording\":{version},\"program\":\"{program}\",\"cluster\":\"{cluster}\",\"after\":{after}}}\n\
             {{\"end\":{{\"updates\":0}}}}\n"
        )
    };
    let write = |text: &str| {
        let file = Scratch::new();
        std::fs::write(&file.0, zstd::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
        file
    };
    let ours = ID.to_string();
    let error = open(&write(&head(2, &ours, CLUSTER, 0)).0).unwrap_err();
    assert!(error.contains("has the format 2; this indexer reads 1"), "{error}");
    let error = open(&write(&head(1, CLUSTER, CLUSTER, 0)).0).unwrap_err();
    assert!(error.contains(CLUSTER) && error.contains(&ours), "{error}");
    for text in ["", "{}\n", "no JSON\n"] {
        let error = open(&write(text).0).unwrap_err();
        assert!(error.contains("is not a recording of the indexer"), "{text}: {error}");
    }
    let plain = Scratch::new();
    std::fs::File::create_new(&plain.0).unwrap().write_all(b"plain text").unwrap();
    assert!(open(&plain.0).unwrap_err().contains("is not a recording"), "plain text");
    assert!(open(Path::new("/nowhere/at/all")).unwrap_err().contains("Cannot read the recording"));

    let later = write(&head(1, &ours, CLUSTER, 50));
    let error = run(&database().await, open(&later.0).unwrap(), Until::Head, 50).await.unwrap_err();
    assert!(error.contains("begins after slot 50"), "{error}");
    let elsewhere = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY";
    let other = write(&head(1, &ours, elsewhere, 0));
    let mut replaying = command();
    replaying.args(["--database-url", &database().await.url, "--from-file"]).arg(&other.0);
    let error = refusal(replaying).await;
    assert!(error.contains(elsewhere) && error.contains(CLUSTER), "{error}");
}

/// A recorder whose process dies leaves all but what it was just about to write.
#[tokio::test]
async fn what_is_recorded_can_be_read_while_the_recorder_still_runs() {
    let chain = Chain::make(Recipe { seed: 54, slots: 40, noise: false });
    let file = Scratch::new();
    let blocks = chain.source_blocks();
    let recorded = Recorded::create(Paused(straight(&blocks, chain.last_slot)), &file.0, CLUSTER).unwrap();
    let (sink, mut received) = mpsc::channel(1_000);
    let stop = CancellationToken::new();
    let running = tokio::spawn(recorded.run(Resume::default(), Until::Head, sink, stop.clone()));
    for _ in 0..=blocks.len() {
        received.recv().await.unwrap();
    }
    let mut text = Vec::new();
    let mut so_far = zstd::Decoder::new(std::fs::File::open(&file.0).unwrap()).unwrap();
    let end = so_far.read_to_end(&mut text).unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), blocks.len() + 2);
    stop.cancel();
    running.await.unwrap().unwrap();
    let whole = zstd::decode_all(std::fs::File::open(&file.0).unwrap()).unwrap();
    assert!(whole.ends_with(format!("{{\"end\":{{\"updates\":{}}}}}\n", blocks.len() + 1).as_bytes()));
}

/// Says what it was told and then nothing until it is stopped.
struct Paused(Vec<indexer::source::Update>);

impl Source for Paused {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<indexer::source::Update>,
        stop: CancellationToken,
    ) -> Result<(), indexer::Error> {
        Script(self.0).run(resume, until, sink.clone(), stop.clone()).await?;
        stop.cancelled().await;
        drop(sink);
        Ok(())
    }
}
