//! Starting, using and ending a cluster.

use crate::command::{Error, binaries, is_root, remove, run, unprivileged};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Starts the server, crashes and starts it again as it is told, and ends it and its folder when standard
/// input closes.
const WATCHER: &str = r#"
dir=$1; shift
start() { "$@" >>"$dir/log" 2>&1 & server=$!; }
crash() { kill -QUIT $server 2>/dev/null; wait $server; }
start "$@"
while read -r order; do
  case $order in
    crash) crash; echo crashed ;;
    start) start "$@" ;;
  esac
done
crash
rm -rf "$dir"
"#;

/// Runs all of it where a small file system of its own is mounted, which nobody else sees and which goes with the
/// last process that does.
const WITH_SMALL_DISK: &str = r#"
dir=$1; size=$2; shift 2
mkdir "$dir/small" && mount -t tmpfs -o "size=$size,mode=0700,uid=postgres,gid=postgres" small "$dir/small" || exit
"$@"
umount "$dir/small"
rm -rf "$dir"
"#;

/// Name of the database with all migrations applied that others are copied from.
const TEMPLATE: &str = "migrated";

/// Longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server with its folder. Dropping it, or the end of the process, removes both.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    watcher: Child,
    databases: AtomicU32,
    template: OnceLock<Result<(), Error>>,
}

/// The cluster that all tests of one process share, started by the first one that asks.
pub fn shared() -> Result<&'static Cluster, Error> {
    static SHARED: OnceLock<Result<Cluster, Error>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref().map_err(Clone::clone)
}

/// As an operator has it: everything durable. The sizes are those of a machine with 8 GB for the database.
pub const DURABLE: [&str; 6] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
];
/// Durable only as long as the process lives; that is all that a test needs.
const FLEETING: [&str; 2] = ["fsync=off", "full_page_writes=off"];

impl Cluster {
    /// Creates and starts a cluster of its own, for a test that stops it; else use [`shared`].
    pub fn start() -> Result<Self, Error> {
        Self::start_with(&FLEETING)
    }

    /// The same with these settings of the server (`name=value`) and its defaults for the rest: as an
    /// operator has it, which is what a benchmark measures.
    pub fn start_with(settings: &[&str]) -> Result<Self, Error> {
        Self::start_on(None, settings)
    }

    /// A cluster with a tablespace `small` in a file system of so many bytes, for a test that fills it: databases
    /// are made in it by [`Cluster::small_database`]. Only root can mount one, and not in every container: the
    /// error then says so.
    pub fn start_with_small_disk(bytes: u64) -> Result<Self, Error> {
        if !is_root() {
            return Err(Error("only root can mount a small file system".into()));
        }
        let cluster = Self::start_on(Some(bytes), &FLEETING)?;
        let place = cluster.folder.join("small");
        cluster.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", place.display()))?;
        Ok(cluster)
    }

    fn start_on(small_disk: Option<u64>, settings: &[&str]) -> Result<Self, Error> {
        let binaries = binaries()?;
        let folder = new_folder()?;
        let data = folder.join("data");
        let mut initdb = unprivileged(binaries.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", "tally", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
        run(&mut initdb).inspect_err(|_| remove(&folder))?;
        Self::launch(folder, binaries, small_disk, settings)
    }

    /// Starts a server on the data in `folder`.
    fn launch(
        folder: PathBuf,
        binaries: PathBuf,
        small_disk: Option<u64>,
        settings: &[&str],
    ) -> Result<Self, Error> {
        let mut watcher = match small_disk {
            None => unprivileged("sh"),
            Some(bytes) => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "sh", "-c", WITH_SMALL_DISK, "disk"]).arg(&folder);
                let inner = unprivileged("sh");
                command.arg(bytes.to_string()).arg(inner.get_program()).args(inner.get_args());
                command
            }
        };
        watcher.args(["-c", WATCHER, "watcher"]).arg(&folder).arg(binaries.join("postgres"));
        watcher.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder);
        for setting in ["listen_addresses=", "max_connections=200"].iter().chain(settings) {
            watcher.args(["-c", setting]);
        }
        // A group of its own: a signal to the tests' group must not reach it before it has cleaned up.
        let watcher = watcher
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let watcher = watcher.map_err(|e| Error(format!("cannot start the PostgreSQL server: {e}")))?;
        let mut cluster =
            Self { folder, binaries, watcher, databases: AtomicU32::new(0), template: OnceLock::new() };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Makes a standby of this cluster, as an operator does: a base backup, then streaming. It answers reads, and
    /// follows until it is promoted. Its databases have the same names; [`Cluster::same`] translates URLs.
    pub fn standby(&self) -> Result<Self, Error> {
        let folder = new_folder()?;
        let mut backup = unprivileged(self.binaries.join("pg_basebackup"));
        backup.arg("-D").arg(folder.join("data")).arg("-h").arg(&self.folder);
        backup.args([
            "-U",
            "tally",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-sync",
        ]);
        run(&mut backup).inspect_err(|_| remove(&folder))?;
        let settings = ["hot_standby=on", "hot_standby_feedback=on"];
        Self::launch(folder, self.binaries.clone(), None, &[&FLEETING[..], &settings].concat())
    }

    /// The URL of the database of this cluster that has the same name as the one of another cluster at `url`.
    pub fn same(&self, url: &str) -> String {
        self.url(name_of(url))
    }

    /// Has commits wait, from now on, until a standby has applied them: what was acknowledged, a standby shows. It must
    /// be streaming already.
    pub fn require_standby(&self) -> Result<(), Error> {
        let settings = [("synchronous_standby_names", "*"), ("synchronous_commit", "remote_apply")];
        for (name, value) in settings {
            self.sql("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"))?;
        }
        self.sql("postgres", "SELECT pg_reload_conf()")?;
        self.until("SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
    }

    /// Makes a standby a primary, and waits until it is.
    pub fn promote(&self) -> Result<(), Error> {
        self.sql("postgres", "SELECT pg_promote(wait => FALSE)")?;
        self.until("SELECT NOT pg_is_in_recovery()")
    }

    /// Waits until a question is answered with yes.
    pub fn until(&self, question: &str) -> Result<(), Error> {
        let asking =
            format!("DO $$ BEGIN IF NOT ({question}) THEN RAISE EXCEPTION 'not yet'; END IF; END $$");
        let started = Instant::now();
        loop {
            match self.sql("postgres", &asking) {
                Err(_) if started.elapsed() < PATIENCE => std::thread::yield_now(),
                Err(error) => return Err(Error(format!("it was not so in time: {question}: {error}"))),
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Kills every process of the server at once (SIGKILL), as a machine does that loses its power. The folder stays.
    pub fn kill(&self) -> Result<(), Error> {
        let file = self.folder.join("data").join("postmaster.pid");
        let text = std::fs::read_to_string(&file)
            .map_err(|e| Error(format!("cannot read {}: {e}", file.display())))?;
        let server = text.lines().next().unwrap_or_default().trim().to_owned();
        // Before its processes are listed it must not start another one.
        run(Command::new("kill").args(["-STOP", &server]))?;
        let mut all = children(&server);
        all.push(server.clone());
        run(Command::new("kill").arg("-KILL").args(&all))?;
        let started = Instant::now();
        while all.iter().any(|process| lives(process)) {
            if started.elapsed() > PATIENCE {
                return Err(Error("the PostgreSQL server outlived its end".into()));
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Creates an empty database and returns its URL.
    pub fn empty_database(&self) -> Result<String, Error> {
        let name = self.next_name();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(self.url(&name))
    }

    /// Creates a database with all files of the checkout's `migrations/` applied, in order of name,
    /// and returns its URL.
    pub fn database(&self) -> Result<String, Error> {
        self.template.get_or_init(|| self.make_template()).clone()?;
        let name = self.next_name();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))?;
        Ok(self.url(&name))
    }

    /// Creates a copy of a database that nobody is connected to, and returns its URL.
    pub fn copy(&self, url: &str) -> Result<String, Error> {
        let (name, original) = (self.next_name(), name_of(url));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {original}"))?;
        Ok(self.url(&name))
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tally@localhost/{database}?host={}", self.folder.display())
    }

    /// Creates an empty database on the small disk and returns its URL.
    pub fn small_database(&self) -> Result<String, Error> {
        let name = self.next_name();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 TABLESPACE small"))?;
        Ok(self.url(&name))
    }

    /// Ends the server at once, as `pg_ctl stop -m immediate` does: it has to recover when it starts again.
    pub fn crash(&mut self) -> Result<(), Error> {
        self.order("crash")?;
        let failed = |reason: String| Error(format!("the PostgreSQL server did not crash: {reason}"));
        let told = self.watcher.stdout.as_mut().ok_or_else(|| failed("nobody tells".into()))?;
        // The one line that it ever says; nothing is read ahead of it.
        BufReader::with_capacity(1, told).read_line(&mut String::new()).map_err(|e| failed(e.to_string()))?;
        Ok(())
    }

    /// Starts it again after a crash, and waits until it is ready.
    pub fn start_again(&mut self) -> Result<(), Error> {
        self.order("start")?;
        self.wait_until_ready()
    }

    fn order(&mut self, order: &str) -> Result<(), Error> {
        let sent = self.watcher.stdin.as_mut().map(|input| writeln!(input, "{order}"));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(Error("the PostgreSQL server has ended".into())),
        }
    }

    /// Stops the server at once, as a crash would, and removes its folder.
    pub fn stop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
        remove(&self.folder);
    }

    /// Runs SQL with `psql` in a database given by name or URL; the first error ends it.
    pub fn sql(&self, database: &str, sql: &str) -> Result<(), Error> {
        let mut psql = self.psql(database);
        let mut child = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| Error(format!("cannot run psql: {e}")))?;
        if let Some(mut input) = child.stdin.take() {
            // If psql ends early, its standard error below says why; the broken pipe adds nothing.
            let _ = input.write_all(sql.as_bytes());
        }
        let output = child.wait_with_output().map_err(|e| Error(format!("psql did not end: {e}")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error(format!("psql: {}", String::from_utf8_lossy(&output.stderr).trim())))
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "tally", "-d", database, "-h"])
            .arg(&self.folder);
        psql
    }

    fn make_template(&self) -> Result<(), Error> {
        self.sql("postgres", &format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0"))?;
        self.migrate(TEMPLATE)
    }

    /// Applies all files of the checkout's `migrations/` to an empty database.
    pub fn migrate(&self, database: &str) -> Result<(), Error> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let entries = std::fs::read_dir(&folder)
            .map_err(|e| Error(format!("cannot read {}: {e}", folder.display())))?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        for file in files {
            let mut psql = self.psql(database);
            run(psql.arg("-1").arg("-f").arg(&file))
                .map_err(|e| Error(format!("{}: {e}", file.display())))?;
        }
        Ok(())
    }

    fn next_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            let answer = run(self.psql("postgres").args(["-c", "SELECT 1"]));
            match answer {
                Ok(()) => return Ok(()),
                Err(_) if matches!(self.watcher.try_wait(), Ok(Some(_))) => {
                    return Err(Error("the PostgreSQL server ended before it was ready".into()));
                }
                Err(_) if started.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20)); // the server has no other signal
                }
                Err(error) => {
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    return Err(Error(format!("the PostgreSQL server did not start: {error}\n{log}")));
                }
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The name in a database's URL.
fn name_of(url: &str) -> &str {
    url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or(url)
}

/// State and parent of a process, as Linux lists it after the name in parentheses.
fn status(process: &str) -> Option<(String, String)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut words = text.rsplit(')').next()?.split_whitespace().map(str::to_owned);
    Some((words.next()?, words.next()?))
}

fn children(parent: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().into_string().ok());
    all.filter(|process| status(process).is_some_and(|(_, its)| its == parent)).collect()
}

/// Whether a process can still do anything.
fn lives(process: &str) -> bool {
    status(process).is_some_and(|(state, _)| state != "Z")
}

/// A new folder that the server's user owns, with a path short enough for a socket.
fn new_folder() -> Result<PathBuf, Error> {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("tally-pg-{}-{number}", std::process::id()));
    remove(&folder);
    std::fs::create_dir(&folder).map_err(|e| Error(format!("cannot create {}: {e}", folder.display())))?;
    if is_root() {
        run(Command::new("chown").arg("postgres:postgres").arg(&folder))?;
    }
    Ok(folder)
}
