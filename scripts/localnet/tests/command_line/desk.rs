//! A network, key files, and the command line run on them as a person would.

use localnet::genesis::{endow, load_program, parameters};
use localnet::market::wall_clock;
use localnet::network::Ports;
use localnet::world::World;
use serde_json::Value;
use settlement_interface::accounts::Layout;
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// Folder of files that is removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Everything that a test needs.
pub struct Desk {
    world: World,
    url: String,
    keys: HashMap<&'static str, Keypair>,
    folder: Folder,
}

/// The command line, built as it is now.
fn binary() -> &'static Path {
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

impl Desk {
    /// A network as it is after `initialize`, and people with lamports and tokens.
    pub fn new() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/settlement.so");
        let program = load_program(&file).unwrap();
        let world =
            World::found(Ports::choose(0, 0).unwrap(), wall_clock().unwrap(), 7, &program, parameters())
                .unwrap();
        let url = world.network().rpc_url();
        let name = format!("tally-{}-{}", std::process::id(), url.rsplit(':').next().unwrap());
        let folder = Folder(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).unwrap();
        let mut keys = HashMap::new();
        for name in ["provider", "consumer", "session"] {
            keys.insert(name, Keypair::new());
        }
        let officers = &world.officers;
        for (name, key) in
            [("admin", &officers.admin), ("guardian", &officers.guardian), ("stranger", &officers.stranger)]
        {
            keys.insert(name, key.insecure_clone());
        }
        for (name, key) in &keys {
            let bytes = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
            std::fs::write(folder.0.join(format!("{name}.json")), bytes).unwrap();
        }
        let desk = Self { world, url, keys, folder };
        for name in ["provider", "consumer"] {
            let wallet = solana_signer::Signer::pubkey(desk.key(name));
            endow(&desk.world.chain, &desk.world.officers, &desk.world.addresses, &wallet, 10_000).unwrap();
        }
        desk.world.chain.confirm().unwrap();
        let config = format!("---\njson_rpc_url: \"{}\"\ncommitment: confirmed\n", desk.url);
        std::fs::write(desk.folder.0.join("config.yml"), config).unwrap();
        desk
    }

    /// Somebody's key.
    pub fn key(&self, name: &str) -> &Keypair {
        self.keys.get(name).unwrap()
    }

    /// Somebody's key file.
    pub fn path(&self, name: &str) -> String {
        self.folder.0.join(format!("{name}.json")).to_str().unwrap().to_owned()
    }

    /// Where the network answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn command(&self, name: &str, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).args(["--keypair", &self.path(name)]);
        command.arg("--config").arg(self.folder.0.join("config.yml"));
        command.arg("--state").arg(self.folder.0.join("state"));
        if url != self.url {
            command.args(["--url", url]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it.
    pub fn spawn(&self, name: &str, url: &str, arguments: &[&str]) -> Child {
        self.command(name, url, arguments).spawn().unwrap()
    }

    /// Runs it to its end.
    pub fn run(&self, name: &str, url: &str, arguments: &[&str]) -> Output {
        self.command(name, url, arguments).output().unwrap()
    }

    fn run_json(&mut self, name: &str, arguments: &[&str]) -> (Option<i32>, Value, String) {
        self.world.refresh().unwrap();
        let arguments = [arguments, &["--json", "--yes"]].concat();
        let output = self.run(name, &self.url, &arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {}\n{errors}", String::from_utf8_lossy(&output.stdout))
        });
        (output.status.code(), document, errors)
    }

    /// Runs it by somebody's key; it must succeed with one JSON document.
    pub fn done(&mut self, name: &str, arguments: &[&str]) -> Value {
        let (code, document, errors) = self.run_json(name, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        document
    }

    /// Runs it by somebody's key; it must be refused, with this sentence.
    pub fn refused(&mut self, name: &str, arguments: &[&str]) -> String {
        let (code, document, errors) = self.run_json(name, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        assert_eq!(document["outcome"], "refused", "{arguments:?}: {errors}");
        document["error"].as_str().unwrap().to_owned()
    }

    /// Lets time pass, and as many slots as belong to it.
    pub fn pass(&mut self, seconds: i64) {
        self.world.pass(seconds).unwrap();
    }

    /// An account of the program.
    pub fn read<T: Layout>(&self, address: &Address) -> T {
        self.world.chain.read(address).unwrap()
    }

    /// A wallet's tokens, base units.
    pub fn balance(&self, wallet: &Address) -> u64 {
        self.world.chain.balance(&pda::associated_token(wallet, &self.world.addresses.mint)).unwrap()
    }

    /// A wallet's lamports.
    pub fn lamports(&self, wallet: &Address) -> u64 {
        self.world.chain.rpc().get_balance(wallet).unwrap()
    }
}
