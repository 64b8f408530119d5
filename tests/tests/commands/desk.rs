//! A network in the VM, key files, and the command line run on them as a person would.

use crate::node::serve;
use serde_json::Value;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tests::World;
use tests::rpc::Sent;

/// The command line, built as it is now.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let build =
            Command::new(env!("CARGO")).args(["build", "--quiet", "--locked", "--package", "tally"]).status();
        assert!(build.unwrap().success(), "the command line cannot be built");
        // This test lies in deps/ of the folder that the binary is built to.
        let mut path = std::env::current_exe().unwrap();
        path.pop();
        path.pop();
        path.join("tally")
    })
}

/// Everything that a test needs.
pub struct Desk {
    pub world: World,
    sent: Sent,
    listener: TcpListener,
    folder: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Desk {
    pub fn new(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("tally-commands-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { world, sent: Sent::default(), listener, folder }
    }

    /// Writes a file, and says where it is.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A key's file.
    pub fn key(&self, key: &Keypair) -> String {
        let bytes = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
        self.file(&format!("{}.json", key.pubkey()), &bytes)
    }

    /// Runs the command line by this key to its end, and answers what it asks meanwhile.
    fn run(&mut self, key: &Keypair, arguments: &[&str]) -> Output {
        let address = self.listener.local_addr().unwrap();
        let config = self.file("config.yml", &format!("---\njson_rpc_url: \"http://{address}\"\n"));
        let mut command = Command::new(binary());
        command.args(arguments).args(["--json", "--yes", "--config", &config, "--keypair", &self.key(key)]);
        command.arg("--state").arg(self.folder.join("state"));
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let told = ended.clone();
        let ending = std::thread::spawn(move || {
            let output = child.wait_with_output().unwrap();
            told.store(true, Ordering::SeqCst);
            // Wakes the loop below, which waits for the next question.
            drop(TcpStream::connect(address).unwrap());
            output
        });
        loop {
            let (stream, _) = self.listener.accept().unwrap();
            let asked = serve(&mut self.world, &mut self.sent, stream);
            if !asked && ended.load(Ordering::SeqCst) {
                return ending.join().unwrap();
            }
        }
    }

    fn run_json(&mut self, key: &Keypair, arguments: &[&str]) -> (Option<i32>, Value, String) {
        let output = self.run(key, arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {}\n{errors}", String::from_utf8_lossy(&output.stdout))
        });
        (output.status.code(), document, errors)
    }

    /// Runs it; it must succeed with one JSON document.
    #[track_caller]
    pub fn done(&mut self, key: &Keypair, arguments: &[&str]) -> Value {
        let (code, document, errors) = self.run_json(key, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        document
    }

    /// Runs it; it must be refused before anything was signed, and nothing may have changed. The sentence.
    #[track_caller]
    pub fn refused(&mut self, key: &Keypair, arguments: &[&str]) -> String {
        let before = self.world.snapshot();
        let (code, document, errors) = self.run_json(key, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        assert_eq!(document["outcome"], "refused", "{arguments:?}: {errors}");
        assert_eq!(self.world.snapshot(), before, "{arguments:?}: a refusal changed an account");
        let sentence = document["error"].as_str().unwrap().to_owned();
        assert!(!sentence.contains("simulation"), "{arguments:?}: found out by simulation alone: {sentence}");
        sentence
    }
}
