//! The real program, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// It ends with the value.
pub struct Service {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Service {
    /// Starts it on a free port, without limits but those given, and waits until it says which.
    pub fn start(database: &str, settings: &[(&str, &str)]) -> Self {
        let own = [
            ("DATABASE_URL", database),
            ("LISTEN", "127.0.0.1:0"),
            // All who ask are at one address.
            ("REQUESTS_PER_SECOND", "0"),
            ("CONNECTIONS_EACH", "0"),
            ("STREAM_LISTENERS_EACH", "0"),
        ];
        let settings = own.iter().chain(settings).map(|(name, value)| (format!("TALLY_API_{name}"), value));
        let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
        let mut child = command.env_clear().envs(settings).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the API ended before it listened");
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.split('/').next().unwrap().to_owned();
            }
        };
        // Nobody reads what it says from now on, but it must be able to say it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, address }
    }

    /// Resident memory.
    pub fn resident_kib(&self) -> u64 {
        self.kib("VmRSS:")
    }

    /// The most resident memory since [`Service::forget_peak`].
    pub fn peak_kib(&self) -> u64 {
        self.kib("VmHWM:")
    }

    /// Has the kernel count the most resident memory from now on.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    fn kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
