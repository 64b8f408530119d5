//! All faults: what health says while each holds, and how many runs of the indexer it disturbs. The table for
//! operators, `docs/operations/faults.md`, says the same (`table.rs` compares them).

/// A fault.
#[derive(Debug)]
pub struct Fault {
    /// The test that makes it.
    pub test: &'static str,
    /// What health has to say while it holds: the state, and the code of each reason.
    pub state: &'static str,
    pub reasons: &'static [&'static str],
    /// Runs that it disturbs, each of which has to end with the tables of a clean one: at least so many.
    pub runs: u32,
}

const READY: &str = "ready";
const DEGRADED: &str = "degraded";
const FAILING: &str = "failing";

const fn fault(
    test: &'static str,
    state: &'static str,
    reasons: &'static [&'static str],
    runs: u32,
) -> Fault {
    Fault { test, state, reasons, runs }
}

pub const FAULTS: &[Fault] = &[
    fault("calls_fail_now_and_then", READY, &[], 1),
    fault("the_only_node_answers_nothing", FAILING, &["stale"], 1),
    fault("one_of_two_nodes_answers_nothing", READY, &[], 1),
    fault("the_only_node_falls_behind_what_is_stored", FAILING, &["stale"], 1),
    fault("one_of_two_nodes_lags", READY, &[], 1),
    fault("the_node_loses_its_history", FAILING, &["lag"], 1),
    fault("pages_repeat_what_was_listed", READY, &[], 2),
    fault("pages_come_out_of_order", READY, &[], 2),
    fault("pages_break_off", READY, &[], 2),
    fault("a_transaction_is_left_out_of_the_lists", DEGRADED, &["gaps", "waiting"], 1),
    fault("a_slot_with_a_block_is_said_to_be_skipped", FAILING, &["lag"], 4),
    fault("confirmed_blocks_leave_the_chain", READY, &[], 1),
    fault("failed_transactions_carry_the_bytes_of_events", READY, &[], 1),
    fault("strangers_write_what_looks_like_events", READY, &[], 4),
    fault("an_event_is_of_an_unknown_version", DEGRADED, &["gaps", "waiting", "undecodable"], 1),
    fault("a_poison_transaction_cannot_be_read_at_all", FAILING, &["lag"], 1),
    fault("a_poison_transaction_contradicts_what_is_stored", DEGRADED, &["waiting", "contradictions"], 1),
    fault("a_stream_is_cut_repeats_and_reorders", READY, &[], 2),
    fault("a_stream_leaves_out_blocks_and_transactions", READY, &[], 1),
    fault("a_stream_stalls", READY, &[], 1),
    fault("the_database_restarts", FAILING, &["database"], 1),
    fault("connections_are_ended_again_and_again", READY, &[], 1),
    fault("others_take_every_connection_of_the_server", FAILING, &["database"], 1),
    fault("a_lock_exhausts_the_pool", FAILING, &["database"], 1),
    fault("the_disk_fills_up", FAILING, &["stale"], 1),
    fault("killed_before_each_commit", FAILING, &["stale"], 20),
    fault("killed_after_each_commit", FAILING, &["stale"], 20),
    fault("killed_at_random_moments", FAILING, &["stale"], 1),
    fault("two_processes_want_the_head", READY, &[], 1),
];
