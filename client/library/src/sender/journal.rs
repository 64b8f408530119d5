//! Where pending transactions are kept, so that a restart does not forget them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// One intent: its latest transaction and whether it landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The intent's name.
    pub name: String,
    /// Digest of the intent's instructions.
    pub instructions: String,
    /// The signed transaction, base64.
    pub transaction: String,
    /// Last block height at which it can land.
    pub last_height: u64,
    /// Whether it may have been handed to a node.
    pub submitted: bool,
    /// Slot in which it landed and succeeded.
    pub landed: Option<u64>,
}

/// Why the journal failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Cannot be read.
    #[error("the journal of pending transactions cannot be read: {0}")]
    Read(String),
    /// Cannot be written.
    #[error("the journal of pending transactions cannot be written, so that nothing was sent: {0}")]
    Write(String),
    /// Another process uses it.
    #[error("another process sends with the journal in {0}; wait for it or use another folder")]
    InUse(PathBuf),
}

/// A store of intents by name. What `put` returned from must survive whatever the caller wants to survive.
pub trait Journal: Sync {
    /// The entry of this name.
    ///
    /// # Errors
    /// [`JournalError`].
    fn get(&self, name: &str) -> Result<Option<Entry>, JournalError>;
    /// Every entry whose end is not known, by name.
    ///
    /// # Errors
    /// [`JournalError`].
    fn pending(&self) -> Result<Vec<Entry>, JournalError>;
    /// Stores or replaces the entry of its name.
    ///
    /// # Errors
    /// [`JournalError`].
    fn put(&self, entry: &Entry) -> Result<(), JournalError>;
    /// Forgets.
    ///
    /// # Errors
    /// [`JournalError`].
    fn remove(&self, name: &str) -> Result<(), JournalError>;
}

/// Survives nothing: for tests and for whoever can afford to pay twice.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<HashMap<String, Entry>>);

impl Journal for MemoryJournal {
    fn get(&self, name: &str) -> Result<Option<Entry>, JournalError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }
    fn pending(&self) -> Result<Vec<Entry>, JournalError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pending: Vec<_> = all.values().filter(|entry| entry.landed.is_none()).cloned().collect();
        pending.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(pending)
    }
    fn put(&self, entry: &Entry) -> Result<(), JournalError> {
        let name = entry.name.clone();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, entry.clone());
        Ok(())
    }
    fn remove(&self, name: &str) -> Result<(), JournalError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

/// A folder with one file an intent, written whole or not at all, and used by one process at a time.
#[derive(Debug)]
pub struct FileJournal {
    folder: PathBuf,
    /// Locked as long as this exists.
    _lock: File,
}

impl FileJournal {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// [`JournalError::InUse`] if another process has it open.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|error| write_failed(&folder, &error))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|error| write_failed(&path, &error))?;
        lock.try_lock().map_err(|_| JournalError::InUse(folder.clone()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Names may hold anything, so that the file's name is a digest.
    fn path(&self, name: &str) -> PathBuf {
        let digest: String =
            Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{digest}.json"))
    }
}

/// The entry in a file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Entry>, JournalError> {
    let failed = |what: &dyn std::fmt::Display| JournalError::Read(format!("{}: {what}", path.display()));
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn write_failed(path: &Path, error: &std::io::Error) -> JournalError {
    JournalError::Write(format!("{}: {error}", path.display()))
}

impl Journal for FileJournal {
    fn get(&self, name: &str) -> Result<Option<Entry>, JournalError> {
        read(&self.path(name))
    }

    fn pending(&self) -> Result<Vec<Entry>, JournalError> {
        let failed =
            |error: std::io::Error| JournalError::Read(format!("{}: {error}", self.folder.display()));
        let mut pending = Vec::new();
        for file in fs::read_dir(&self.folder).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                pending.extend(read(&path)?.filter(|entry| entry.landed.is_none()));
            }
        }
        pending.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(pending)
    }

    fn put(&self, entry: &Entry) -> Result<(), JournalError> {
        let path = self.path(&entry.name);
        let failed = |error: &std::io::Error| write_failed(&path, error);
        let bytes = serde_json::to_vec(entry).map_err(|error| JournalError::Write(error.to_string()))?;
        let half = path.with_extension("new");
        let mut file = File::create(&half).map_err(|error| failed(&error))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(|error| failed(&error))?;
        fs::rename(&half, &path).map_err(|error| failed(&error))?;
        // The rename itself must survive a power cut, too.
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))
    }

    fn remove(&self, name: &str) -> Result<(), JournalError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(write_failed(&path, &error)),
            _ => Ok(()),
        }
    }
}
